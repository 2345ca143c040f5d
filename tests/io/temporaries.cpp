// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

// g++ 12 destroys some temporaries of a full expression with co_await twice. Here every public function that is awaited
// is called with temporaries, whose texts are long enough to live on the heap; the sanitizers do the checking.

#include "support/interceptor.hpp"

#include <ringtail/sandbox/toolbox.hpp>

namespace {

using namespace test_support;
using ringtail::error;
using ringtail::pubnub;
using ringtail::secret;

constexpr char const* own_extension = "/restapi/v1.0/account/~/extension/~";
constexpr char const* own_messages = "/restapi/v1.0/account/~/extension/~/message-store";
constexpr char const* own_presence = "/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true";

std::string text(char const* content)
{
    return content;
}

TEST_CASE("logins may be awaited with temporaries")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        co_await account.login(ringtail::jwt_login(secret(w.box.jwt())));
        co_await account.login(ringtail::password_login(text("+15550100001 is the user's name"), secret(text("secret")), text("101")));
        co_await account.login(ringtail::client_credentials_login::for_account(w.box.account_id() + ""));
        co_await account.login(ringtail::client_credentials_login::for_brand(text("a brand with a long name"), text("a partner with a long name")));
        co_await account.login(ringtail::credentials(ringtail::jwt_login(secret(w.box.jwt()))));
        co_await ringtail::client(w.environment(), w.settings()).login();
        co_await ringtail::client(co_await asio::this_coro::executor, w.settings()).login();
        co_await ringtail::client(ringtail::environment(co_await asio::this_coro::executor, ringtail::environment_options()), w.settings()).login();

        auto const asked = account.begin_authorization(text("https://app.example.com/a/long/redirect/uri"));
        co_await account.login(asked.accept((co_await browse(w.box.server_url(), asked.url().substr(w.box.server_url().size()))).headers.get("Location")));
        co_await account.revoke();
        co_await w.account().revoke();
        co_await w.account().login();
    });
}

TEST_CASE("failures may come out of expressions with temporaries")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto caught = 0;
        try {
            co_await account.login(ringtail::jwt_login(secret(text("a token that is long enough for the heap"))));
        } catch (ringtail::failure const&) {
            ++caught;
        }
        try {
            co_await account.login(ringtail::code_login(secret(text("a code that is long enough for the heap")),
                                                        text("https://app.example.com/a/long/redirect/uri"),
                                                        secret(text("a verifier that is long enough for the heap"))));
        } catch (ringtail::failure const&) {
            ++caught;
        }
        try {
            co_await account.login(ringtail::refresh_login(secret(text("a refresh token that is long enough"))));
        } catch (ringtail::failure const&) {
            ++caught;
        }
        co_await account.login(ringtail::jwt_login(secret(w.box.jwt())));
        try {
            co_await account.create_subscription<pubnub>(ringtail::event_filters(text("/restapi/v1.0/no/such/filter/at/all")), std::optional<bool>(true));
        } catch (ringtail::failure const&) {
            ++caught;
        }
        try {
            co_await account.create_subscription<pubnub>(ringtail::event_filters(text("this is no path, and it is long")));
        } catch (ringtail::failure const&) {
            ++caught;
        }
        try {
            co_await account.adopt_subscription<pubnub>(ringtail::cursor(text("17360000000000001/4")).named(text("some other transport"), text("some subscription or other"), {}),
                                                        ringtail::event_filters(text(own_messages)));
        } catch (ringtail::failure const&) {
            ++caught;
        }
        try {
            co_await account.get_subscription(text("an id that is long enough for the heap"));
        } catch (ringtail::failure const&) {
            ++caught;
        }
        try {
            co_await account.create_resource(ringtail::event_filters(text(own_messages), text(own_presence)),
                                             ringtail::delivery_mode::webhook(text("https://hook.example.com/a/long/path"), secret(text("a verification token"))),
                                             std::chrono::seconds(60));
        } catch (ringtail::failure const&) {
            ++caught;
        }
        try {
            co_await account.modify_resource(text("an id that is long enough for the heap"), ringtail::event_filters(text(own_messages)));
        } catch (ringtail::failure const&) {
            ++caught;
        }
        try {
            co_await account.modify_resource(text("an id that is long enough for the heap"), std::nullopt);
        } catch (ringtail::failure const&) {
            ++caught;
        }
        try {
            co_await account.renew_resource(text("an id that is long enough for the heap"));
        } catch (ringtail::failure const&) {
            ++caught;
        }
        try {
            co_await account.delete_subscription(text("an id that is long enough for the heap"));
        } catch (ringtail::failure const&) {
            ++caught;
        }
        try {
            co_await account.get(text("no slash, but long enough for the heap"));
        } catch (ringtail::failure const&) {
            ++caught;
        }
        CHECK(caught == 13);
    });
}

TEST_CASE("the account's calls may be awaited with temporaries")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const made = co_await account.create_resource(ringtail::event_filters(text(own_messages), own_presence),
                                                           ringtail::delivery_mode::pubnub(true), std::chrono::seconds(600));
        CHECK((co_await account.get_subscription(made.id + "")).id == made.id);
        CHECK((co_await account.list_subscriptions()).size() == 1);
        CHECK((co_await account.renew_resource(made.id + "")).id == made.id);
        CHECK((co_await account.modify_resource(made.id + "", ringtail::event_filters(text(own_presence)))).event_filters.size() == 1);
        CHECK((co_await account.modify_resource(made.id + "", std::optional<ringtail::event_filters>(ringtail::event_filters(text(own_messages))))).id == made.id);
        CHECK((co_await account.modify_resource(made.id + "", std::nullopt)).id == made.id);
        co_await account.delete_subscription(made.id + "");
        CHECK((co_await account.list_extensions(ringtail::extension_query().status(text("Enabled")).type(text("User")).per_page(3))).size() == 8);
        CHECK((co_await account.list_extensions()).size() == 8);
        CHECK((co_await account.get(text(own_extension))).is_object());
        CHECK((co_await account.call(ringtail::request(text("GET"), text(own_extension), ringtail::api_group::light, std::string()))).ok());
        CHECK((co_await w.account().list_extensions(ringtail::extension_query())).front().id == w.box.extension_ids().front());
    });
}

TEST_CASE("subscriptions may be awaited with temporaries, and may be temporaries")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(ringtail::event_filters(text(own_messages), text(own_presence)), std::optional<bool>(true));
        w.tell(1, 3);
        std::string heard;
        while (heard != "1 2 3") {
            auto const event = co_await subscription.next_event(std::chrono::steady_clock::now() + 30s);
            if (std::holds_alternative<ringtail::notification>(*event)) {
                heard += (heard.empty() ? "" : " ") + word(*event);
            }
        }
        w.box.publish(own_presence, R"({"extensionId":"700100","telephonyStatus":"Ringing","activeCalls":[]})");
        CHECK(std::get<ringtail::notification>(*(co_await subscription.next_event(ringtail::duration(30s)))).as<ringtail::presence>().extension_id == "700100");
        co_await subscription.modify(ringtail::event_filters(text(own_messages)));
        co_await subscription.add_filters(ringtail::event_filters(text(own_presence), text("/restapi/v1.0/account/~/extension")));
        co_await subscription.renew();
        CHECK(subscription.filters().size() == 3);
        auto const where = subscription.cursor().to_json();
        co_await subscription.close();

        auto adopted = co_await account.adopt_subscription<pubnub>(ringtail::cursor::parse(where + ""), ringtail::event_filters(text(own_messages)), std::optional<bool>(true));
        w.tell(4);
        heard.clear();
        while (heard != "4") {
            heard = word(*(co_await adopted.next_event()));
        }
        co_await adopted.unsubscribe();

        // A handle that goes with its expression closes its subscription: the stream has an end.
        auto const event = co_await (co_await account.create_subscription<pubnub>(ringtail::event_filters(text(own_messages)))).next_event();
        CHECK((!event || std::holds_alternative<ringtail::state_change>(*event)));
        co_await (co_await account.create_subscription<pubnub>(ringtail::event_filters(text(own_messages)))).unsubscribe();
        co_await (co_await account.create_subscription<pubnub>(messages(), true)).close();
        co_await ringtail::any_subscription(co_await account.create_subscription<pubnub>(messages())).renew();
    });
}

TEST_CASE("temporaries in branches, loops and arguments of other calls are destroyed once")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        for (auto const yes : {true, false}) {
            // Not by `?:`, whose awaited results g++ 12 destroys twice, whoever wrote the coroutine.
            if (yes) {
                CHECK((co_await account.get(text(own_extension))).is_object());
            } else {
                CHECK((co_await account.get(text(own_extension) + "/presence")).is_object());
            }
        }
        std::vector<std::string> ids;
        ids.push_back((co_await account.create_resource(ringtail::event_filters(text(own_messages)), ringtail::delivery_mode::pubnub())).id);
        for (auto const& each : co_await account.list_subscriptions()) {
            ids.push_back(each.id);
        }
        CHECK(ids[0] == ids[1]);
        if (auto const all = co_await account.list_extensions(ringtail::extension_query().type(text("User"))); !all.empty()) {
            ringtail::event_filters filters;
            filters.presence(all.front().id);
            auto subscription = co_await account.create_subscription<pubnub>(std::move(filters));
            while (auto const event = co_await subscription.next_event(ringtail::duration(30s))) {
                break;
            }
        }
    });
}

} // namespace
