// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "support/interceptor.hpp"

#include <ringtail/timestamp.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>

namespace {

using namespace test_support;
using ringtail::delivery_mode;
using ringtail::error;
using ringtail::fault;
using ringtail::pubnub;
using ringtail::secret;

constexpr char const* resources = "/restapi/v1.0/subscription";
constexpr char const* presence = "/restapi/v1.0/account/~/extension/~/presence";

/// The paths a sandbox grants for `messages()` and presence, with ids in place of `~`.
std::string granted(world& w, std::string_view what)
{
    return "/restapi/v1.0/account/" + w.box.account_id() + "/extension/" + w.box.extension_ids().front() + std::string(what);
}

TEST_CASE("a created subscription can be read with every field, one by one and in the list")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto filters = messages();
        filters.presence("~", ringtail::detailed_telephony_state);
        auto const start = std::chrono::system_clock::now();
        auto subscription = co_await account.create_subscription<pubnub>(filters);
        auto const made = subscription.info();
        CHECK(made.uri == w.box.server_url() + resources + '/' + made.id);
        CHECK(made.status_kind() == ringtail::subscription_status::active);
        REQUIRE(made.creation_time.has_value());
        CHECK(*made.creation_time >= start - 1s);
        REQUIRE(made.expiration_time.has_value());
        CHECK(*made.expiration_time - *made.creation_time == 900s);
        REQUIRE(made.expires_in.has_value());
        CHECK(*made.expires_in == 899s);
        CHECK(made.event_filters == std::vector{granted(w, "/message-store"), granted(w, "/presence?detailedTelephonyState=true")});
        CHECK(made.disabled_filters.empty());
        CHECK(made.delivery.transport_type == ringtail::transport_type::pubnub);
        CHECK_FALSE(made.delivery.address.empty());
        CHECK(made.delivery.subscriber_key.starts_with("sub-c-"));
        CHECK(made.delivery.secret_key.reveal().starts_with("sec-c-"));
        CHECK(made.delivery.encryption == true);
        CHECK(made.delivery.encryption_algorithm == "AES");
        CHECK(made.delivery.encryption_key.reveal().size() == 24);
        CHECK(subscription.filters() == filters);
        CHECK(subscription.outcome().complete());

        auto const read = co_await account.get_subscription(made.id);
        CHECK(read.id == made.id);
        CHECK(read.delivery.address == made.delivery.address);
        CHECK(json::parse(read.raw()).at("id").as_string() == made.id);
        auto const all = co_await account.list_subscriptions();
        REQUIRE(all.size() == 1);
        CHECK(all.front().id == made.id);
    });
}

TEST_CASE("unknown fields and values, numbers for ids and nulls survive")
{
    world w;
    interceptor proxy(w);
    proxy.edits([](wire_request const& asked, wire_reply& answer) {
        if (asked.target.starts_with(resources) && answer.status == 200 && asked.method == "GET") {
            auto body = json::parse(answer.body).as_object();
            body["id"] = 512345678901;
            body["status"] = "Frobnicated";
            body["shoeSize"] = json::array{46, "EU"};
            body["disabledFilters"] = nullptr;
            body["expiresIn"] = "77";
            answer.body = json::serialize(body);
        }
    });
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        auto account = w.account(settings);
        auto const made = co_await account.create_resource(messages(), delivery_mode::pubnub());
        auto const read = co_await account.get_subscription(made.id);
        CHECK(read.id == "512345678901");
        CHECK(read.status == "Frobnicated");
        CHECK(read.status_kind() == ringtail::subscription_status::unknown);
        CHECK(read.expires_in == 77s);
        CHECK(read.disabled_filters.empty());
        CHECK(json::parse(read.raw()).at("shoeSize").at(0) == 46);
    });
}

TEST_CASE("a subscription that the program does not follow is created, renewed, modified and deleted")
{
    world w;
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        auto account = w.account(settings);
        auto const made = co_await account.create_resource(messages(), delivery_mode::pubnub(), 100s);
        CHECK(made.expires_in == 99s);
        CHECK(w.box.subscription_ids() == std::vector{made.id});

        co_await w.another_millisecond();
        auto const renewed = co_await account.renew_resource(made.id);
        CHECK(renewed.id == made.id);
        CHECK(*renewed.expiration_time > *made.expiration_time);
        CHECK(proxy.seen("POST", "/renew") == 1);

        ringtail::event_filters others;
        others.presence("~");
        auto const modified = co_await account.modify_resource(made.id, others);
        CHECK(modified.event_filters == std::vector{granted(w, "/presence")});

        co_await w.another_millisecond();
        auto const prolonged = co_await account.modify_resource(made.id, std::nullopt);
        CHECK(proxy.seen().back().method == "PUT");
        CHECK(proxy.seen().back().body.empty());
        CHECK(prolonged.event_filters == modified.event_filters);
        CHECK(*prolonged.expiration_time > *modified.expiration_time);

        co_await account.delete_subscription(made.id);
        CHECK(w.box.subscription_ids().empty());
        auto const gone = co_await refused(account.get_subscription(made.id), error::subscription_gone);
        CHECK(gone.http_status() == 404);
        CHECK(gone.has("CMN-102"));
        co_await refused(account.renew_resource(made.id), error::subscription_gone);
        co_await refused(account.delete_subscription(made.id), error::subscription_gone);
        co_await refused(called([&] { return account.get_subscription(""); }), error::invalid_argument);
    });
}

TEST_CASE("all ways of delivery can be asked for, and only what was set is sent")
{
    world w;
    interceptor proxy(w);
    std::vector<json::value> bodies;
    proxy.answers([&](wire_request const& asked) -> std::optional<wire_reply> {
        if (asked.method != "POST" || asked.target != resources) {
            return std::nullopt;
        }
        bodies.push_back(json::parse(asked.body));
        json::object reply{{"id", "5f1c"}, {"status", "Active"}, {"deliveryMode", bodies.back().at("deliveryMode")}};
        return reply_with(200, json::serialize(reply));
    });
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        auto account = w.account(settings);
        auto const ask = [&](delivery_mode mode, std::optional<std::chrono::seconds> life = {}) {
            return account.create_resource(messages(), std::move(mode), life);
        };
        auto const sent = [&] { return json::serialize(bodies.back().at("deliveryMode")); };
        co_await ask(delivery_mode::pubnub());
        CHECK(sent() == R"({"transportType":"PubNub"})");
        CHECK_FALSE(bodies.back().as_object().contains("expiresIn"));
        CHECK(bodies.back().at("eventFilters") == json::array{message_store});
        co_await ask(delivery_mode::pubnub(true), 60s);
        CHECK(sent() == R"({"transportType":"PubNub","encryption":true})");
        CHECK(bodies.back().at("expiresIn") == 60);
        co_await ask(delivery_mode::pubnub(false));
        CHECK(sent() == R"({"transportType":"PubNub","encryption":false})");
        co_await ask(delivery_mode::websocket());
        CHECK(sent() == R"({"transportType":"WebSocket"})");
        auto const hook = co_await ask(delivery_mode::webhook("https://hook.example.com/x?y=1", secret("verify-me")));
        CHECK(json::parse(sent()) == json::parse(R"({"transportType":"WebHook","address":"https://hook.example.com/x?y=1","verificationToken":"verify-me"})"));
        CHECK(hook.delivery.address == "https://hook.example.com/x?y=1");
        co_await ask(delivery_mode::webhook("https://hook.example.com/"));
        CHECK_FALSE(bodies.back().at("deliveryMode").as_object().contains("verificationToken"));
        co_await ask(delivery_mode::apns("cert", "device-1", true));
        CHECK(json::parse(sent()) == json::parse(R"({"transportType":"RC/APNS","certificateName":"cert","registrationId":"device-1","encryption":true})"));
        co_await ask(delivery_mode::gcm("cert", "device-2"));
        CHECK(json::parse(sent()) == json::parse(R"({"transportType":"RC/GCM","certificateName":"cert","registrationId":"device-2"})"));
    });
}

TEST_CASE("a transport that the service does not serve is a clear failure")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const why = co_await failure_of(account.create_resource(messages(), delivery_mode::websocket()));
        REQUIRE(why.has_value());
        CHECK(why->http_status() == 501);
        CHECK(w.requests(sandbox_call::subscription_create) == 1);
    });
}

TEST_CASE("the filters of a running subscription can be replaced and added to, and nothing is lost meanwhile")
{
    world w;
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);

        ringtail::event_filters more;
        more.presence("~");
        w.box.inject(fault::delayed(sandbox_call::subscription_modify, 20ms));
        auto publish = [&]() -> asio::awaitable<void> {
            co_await w.until_requests(sandbox_call::subscription_modify, 1);
            w.tell(2, 4);
        };
        w.beside(publish());
        co_await subscription.add_filters(more);
        CHECK(subscription.filters().paths() == std::vector<std::string>{std::string(message_store), presence});
        CHECK(subscription.info().event_filters == std::vector{granted(w, "/message-store"), granted(w, "/presence")});
        auto const sent = json::parse(proxy.seen().back().body);
        CHECK(sent == json::parse(R"({"eventFilters":[")" + std::string(message_store) + R"(",")" + presence + R"("]})"));
        w.box.publish(presence, "{}");
        co_await program.hear("notification");
        CHECK(program.heard() == "1 2 3 4 notification");

        co_await subscription.modify(more);
        CHECK(subscription.filters() == more);
        w.tell(5);
        w.box.publish(presence, "{}");
        co_await program.hear("notification");
        CHECK(program.heard() == "1 2 3 4 notification notification");
        CHECK(program.all().find("modified") != std::string::npos);
    });
}

TEST_CASE("a modification that is refused leaves the old filters, and the subscription goes on")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        co_await refused(subscription.modify(ringtail::event_filters()), error::invalid_filter);
        co_await refused(subscription.modify(ringtail::event_filters("not a path")), error::invalid_filter);
        CHECK(w.requests(sandbox_call::subscription_modify) == 0);
        auto const why = co_await refused(subscription.modify(ringtail::event_filters("/restapi/v1.0/no/such/thing")), error::invalid_filter);
        CHECK(why.http_status() == 400);
        CHECK(why.has("SUB-508"));
        CHECK(std::string(why.what()).find("/restapi/v1.0/no/such/thing") != std::string::npos);
        CHECK(subscription.filters() == messages());
        CHECK(subscription.outcome().complete());
        w.tell(1);
        co_await program.hear(1);
        CHECK(program.heard() == "1");
    });
}

TEST_CASE("renew extends the life at once")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        auto const before = subscription.info().expiration_time;
        co_await w.another_millisecond();
        co_await subscription.renew();
        CHECK(*subscription.info().expiration_time > *before);
        CHECK(w.requests(sandbox_call::subscription_renew, 200) == 1);
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        CHECK(program.all().find("renewed") != std::string::npos);
        CHECK(program.heard() == "1");
    });
}

TEST_CASE("unsubscribe removes the subscription from the server")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        co_await subscription.unsubscribe();
        CHECK(w.box.subscription_ids().empty());
        CHECK(w.requests(sandbox_call::subscription_delete, 204) == 1);
        co_await subscription.unsubscribe(); // once is enough, twice is fine
        CHECK(w.requests(sandbox_call::subscription_delete) == 1);
        co_await refused(subscription.renew(), error::closed);
        co_await refused(subscription.modify(messages()), error::closed);
    });
}

TEST_CASE("close leaves the subscription on the server")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        co_await subscription.close();
        CHECK(w.box.subscription_ids() == std::vector{subscription.info().id});
        CHECK(w.requests(sandbox_call::subscription_delete) == 0);
        co_await subscription.close();
    });
}

TEST_CASE("refused filters are named by extension, and the others are delivered")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const ids = w.box.extension_ids();
        ringtail::event_filters filters;
        for (auto const& id : ids) {
            filters.presence(id).message_store(id);
        }
        filters.presence("999000999");
        auto subscription = co_await account.create_subscription<pubnub>(filters);
        auto const outcome = subscription.outcome();
        CHECK_FALSE(outcome.complete());
        CHECK(outcome.requested == filters.paths());
        CHECK(outcome.granted.size() == ids.size() + 1);
        REQUIRE(outcome.refused.size() == ids.size());
        for (std::size_t i = 1; i < ids.size(); ++i) {
            CHECK(outcome.refused[i - 1].extension_id() == ids[i]);
            CHECK(outcome.refused[i - 1].reason == "SUB-405");
            CHECK_FALSE(outcome.refused[i - 1].message.empty());
        }
        CHECK(outcome.refused.back().extension_id() == "999000999");
        CHECK(outcome.refused.back().reason == "SUB-408");
        listener program(subscription);
        w.box.publish("/restapi/v1.0/account/~/extension/" + ids[3] + "/presence", "{}");
        w.tell(1);
        co_await program.hear(1);
        CHECK(program.heard() == "notification 1");
    });
}

TEST_CASE("when the whole call is refused, the failure says which filter it was")
{
    auto options = world::usual();
    options.refused_filters_fail_call = true;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto filters = messages();
        filters.presence("999000999");
        auto const why = co_await failure_of(account.create_subscription<pubnub>(filters));
        REQUIRE(why.has_value());
        CHECK(why->http_status() == 403);
        CHECK(why->has("SUB-408"));
        CHECK(std::string(why->what()).find("/extension/999000999/presence") != std::string::npos);
        CHECK_FALSE(why->request_id().empty());
        CHECK(w.requests(sandbox_call::subscription_create) == 1);

        auto const unknown = co_await failure_of(account.create_subscription<pubnub>(ringtail::event_filters("/restapi/v1.0/nonsense")));
        REQUIRE(unknown.has_value());
        CHECK(unknown->code() == error::invalid_filter);
        CHECK(std::string(unknown->what()).find("/restapi/v1.0/nonsense") != std::string::npos);
        CHECK(w.box.subscription_ids().empty());
    });
}

TEST_CASE("a malformed or empty filter list is refused before a request leaves")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        ringtail::event_filters only_reminder;
        only_reminder.renewal_reminder(60s, 15s);
        for (auto const& filters : {ringtail::event_filters(), ringtail::event_filters("presence"), ringtail::event_filters("/a b"),
                                    ringtail::event_filters("/restapi/v1.0/account/~/extension/{id}/presence"), only_reminder}) {
            co_await refused(account.create_subscription<pubnub>(filters), error::invalid_filter);
            co_await refused(called([&] { return account.create_resource(filters, delivery_mode::pubnub()); }), error::invalid_filter);
        }
        CHECK(w.requests(sandbox_call::any) == 0);
    });
}

TEST_CASE("too many subscriptions is a failure that lists their ids, and none of them is touched")
{
    auto options = world::usual();
    options.subscription_limit = 3;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        std::vector<std::string> ids;
        for (auto i = 0; i < 3; ++i) {
            auto const made = co_await account.create_resource(messages(), delivery_mode::pubnub());
            ids.push_back(made.id);
        }
        auto const why = co_await refused(account.create_subscription<pubnub>(messages()), error::too_many_subscriptions);
        CHECK(why.has("SUB-505"));
        for (auto const& id : ids) {
            CHECK(std::string(why.what()).find(id) != std::string::npos);
        }
        CHECK(w.requests(sandbox_call::subscription_create) == 4);
        CHECK(w.requests(sandbox_call::subscription_delete) == 0);
        CHECK(w.box.subscription_ids().size() == 3);
        co_await account.delete_subscription(ids.front()); // with the id, by the program's will
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        co_await subscription.unsubscribe();
    });
}

/// Follows a subscription of a sandbox with such answers through its first message, a renewal and another message.
void lives_with(ringtail::sandbox_options options, std::function<void(ringtail::subscription_info const&, std::string const& base)> check)
{
    world w(std::move(options));
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account(w.calm_settings());
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        check(subscription.info(), w.box.server_url());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.pass(800s); // behind the time to renew
        co_await program.hear("renewed");
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.heard() == "1 2");
        CHECK(w.requests(sandbox_call::subscription_create) == 1);
        CHECK(w.requests(sandbox_call::subscription_renew) == 1);
    });
}

TEST_CASE("text for booleans is understood")
{
    auto options = world::usual();
    options.encryption_as_text = true;
    lives_with(options, [](auto const& info, auto const&) { CHECK(info.delivery.encryption == true); });
}

TEST_CASE("an answer without expiresIn is renewed in time by its expirationTime")
{
    auto options = world::usual();
    options.omit_expires_in = true;
    lives_with(options, [](auto const& info, auto const&) {
        CHECK_FALSE(info.expires_in.has_value());
        CHECK(info.expiration_time.has_value());
    });
}

TEST_CASE("a relative uri is taken as it is")
{
    auto options = world::usual();
    options.relative_uri = true;
    lives_with(options, [](auto const& info, auto const&) { CHECK(info.uri == resources + ('/' + info.id)); });
}

TEST_CASE("all forms of time are understood")
{
    using form = ringtail::sandbox_time_form;
    for (auto const each : {form::zulu_milliseconds, form::zulu_seconds, form::offset, form::colon_offset, form::short_offset}) {
        auto options = world::usual();
        options.time_form = each;
        options.omit_expires_in = true;
        lives_with(options, [](auto const& info, auto const&) {
            REQUIRE(info.creation_time.has_value());
            REQUIRE(info.expiration_time.has_value());
            auto const now = std::chrono::system_clock::now();
            CHECK(*info.creation_time > now - 60s);
            CHECK(*info.creation_time <= now);
        });
    }
}

TEST_CASE("the algorithm None is no encryption")
{
    auto options = world::usual();
    options.algorithm_none = true;
    options.encryption = ringtail::sandbox_encryption::never;
    lives_with(options, [](auto const& info, auto const&) {
        CHECK(info.delivery.encryption == false);
        CHECK(info.delivery.encryption_algorithm == "None");
    });
}

TEST_CASE("filters that come back with ~ instead of ids count as granted")
{
    auto options = world::usual();
    options.keep_tilde = true;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        CHECK(subscription.outcome().complete());
        co_await subscription.close();
    });
}

TEST_CASE("a lifetime can be asked for")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.subscription_lifetime = 5'000s;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        CHECK(subscription.info().expires_in == 4'999s);
        co_await subscription.close();
    });
}

/// Creating with the answer's deliveryMode changed must fail with this code.
void refuses_delivery(std::function<void(json::object&)> change, error with, std::string const& words)
{
    world w;
    interceptor proxy(w);
    proxy.edits([&](wire_request const& asked, wire_reply& answer) {
        if (asked.method == "POST" && asked.target == resources) {
            auto body = json::parse(answer.body).as_object();
            change(body["deliveryMode"].as_object());
            answer.body = json::serialize(body);
        }
    });
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        auto account = w.account(settings);
        auto const why = co_await refused(account.create_subscription<pubnub>(messages(), true), with);
        CHECK_MESSAGE(std::string(why.what()).find(words) != std::string::npos, why.what());
        co_await w.until([&] { return w.box.subscription_ids().empty(); }); // nothing is left behind
        CHECK(w.requests(sandbox_call::subscription_create) == 1);
    });
}

TEST_CASE("a key that is not 16 bytes, no base64 or missing is fatal at the start, and nothing is left on the server")
{
    refuses_delivery([](auto& mode) { mode["encryptionKey"] = "c2hvcnQ="; }, error::unusable_key, "16");
    refuses_delivery([](auto& mode) { mode["encryptionKey"] = "***"; }, error::unusable_key, "key");
    refuses_delivery([](auto& mode) { mode.erase("encryptionKey"); }, error::unusable_key, "encryptionKey");
}

TEST_CASE("an unknown algorithm is reported, not guessed at, and nothing is left on the server")
{
    refuses_delivery([](auto& mode) { mode["encryptionAlgorithm"] = "ROT13"; }, error::unusable_key, "ROT13");
}

TEST_CASE("a throttled creation waits for Retry-After and happens once")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        w.box.inject(fault::status(sandbox_call::subscription_create, 429, {"CMN-301"}, 10s));
        std::optional<ringtail::any_subscription> made;
        auto create = [&]() -> asio::awaitable<void> { made.emplace(co_await account.create_subscription<pubnub>(messages())); };
        w.beside(create());
        co_await w.until_requests(sandbox_call::subscription_create, 1);
        co_await w.turns();
        w.pass(9s);
        co_await w.turns();
        CHECK(w.requests(sandbox_call::subscription_create) == 1);
        w.pass(2s);
        co_await w.until([&] { return made.has_value(); });
        CHECK(w.requests(sandbox_call::subscription_create) == 2);
        CHECK(w.box.subscription_ids().size() == 1);
        co_await made->close();
    });
}

TEST_CASE("a start whose delivery can't be reached is tried until its time is over, and leaves nothing on the server")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_origin = "http://127.0.0.1:1"; // nobody listens there
        settings.retry = [](auto const&) { return ringtail::duration(1s); };
        auto account = w.account(settings);
        std::optional<ringtail::failure> why;
        auto start = [&]() -> asio::awaitable<void> { why = co_await failure_of(account.create_subscription<pubnub>(messages())); };
        w.beside(start());
        for (auto i = 0; i < 40 && !why; ++i) {
            co_await w.turns(50);
            w.pass(2s);
        }
        co_await w.turns();
        REQUIRE(why.has_value());
        CHECK(why->code() == error::start_timeout);
        co_await w.until([&] { return w.box.subscription_ids().empty(); });
        CHECK(w.requests(sandbox_call::subscription_create) == 1);
    });
}

TEST_CASE("wishes that come together are all carried out, and the last filters hold")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.box.inject(fault::delayed(sandbox_call::any, 3ms).always());
        auto done = 0;
        auto wish = [&](asio::awaitable<void> what) -> asio::awaitable<void> {
            co_await std::move(what);
            ++done;
        };
        auto first = messages();
        first.presence("~");
        auto second = messages();
        second.extension_list();
        w.beside(wish(subscription.modify(first)));
        w.beside(wish(subscription.renew()));
        w.beside(wish(subscription.modify(second)));
        w.beside(wish(subscription.renew()));
        w.tell(1, 3);
        co_await w.until([&] { return done == 4; });
        CHECK(subscription.filters() == second);
        auto const read = co_await account.get_subscription(subscription.info().id);
        CHECK(read.event_filters.size() == 2);
        CHECK(read.event_filters.back().ends_with("/extension"));
        CHECK(w.requests(sandbox_call::subscription_modify, 200) == 2);
        w.tell(4);
        co_await program.hear(4);
        auto removed = 0;
        auto remove = [&](asio::awaitable<void> what) -> asio::awaitable<void> {
            co_await failure_of(std::move(what));
            ++removed;
        };
        w.beside(remove(subscription.renew()));
        w.beside(remove(subscription.unsubscribe()));
        w.beside(remove(subscription.modify(first)));
        w.beside(remove(subscription.unsubscribe()));
        w.beside(remove(subscription.close()));
        co_await w.until([&] { return removed == 5; });
    });
}

TEST_CASE("a modification that finds the subscription gone fails, and another one is created")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        auto const before = subscription.info().id;
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.delete_subscription(before);
        auto filters = messages();
        filters.extension_list();
        co_await refused(subscription.modify(filters), error::subscription_gone);
        co_await program.hear("recreated");
        co_await subscription.modify(filters);
        w.box.publish("/restapi/v1.0/account/~/extension", R"({"n":2})");
        co_await program.hear(2);
        CHECK(program.heard() == "1 gap:recreated/proven 2");
    });
}

TEST_CASE("the end of one subscription is none of the others' business")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto first = co_await account.create_subscription<pubnub>(messages());
        auto second = co_await account.create_subscription<pubnub>(messages());
        {
            auto third = co_await account.create_subscription<pubnub>(messages());
            listener program(third);
            w.tell(1);
            co_await program.hear(1);
        }
        co_await first.unsubscribe();
        listener program(second);
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.heard() == "1 2");
        CHECK(w.box.subscription_ids().size() == 2);
    });
}

TEST_CASE("reading answers JSON, whatever its size within the bounds, and a failure beyond them")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.max_response_size = 100'000;
        settings.call_timeout = 2s;
        settings.retry = [](auto const&) { return ringtail::duration(500ms); };
        auto account = w.account(settings);
        using effect = ringtail::fault_effect;
        co_await account.login();
        auto const path = std::string("/restapi/v1.0/account/~/extension/~/presence");
        w.box.inject(fault::sized(sandbox_call::presence, effect::oversized, 90'000));
        auto const large = co_await account.get(path);
        CHECK(large.as_string().size() == 90'000);
        w.box.inject(fault::sized(sandbox_call::presence, effect::deep_json, 60));
        auto const nested = co_await account.get(path);
        CHECK(nested.is_array());
        w.box.inject(fault::sized(sandbox_call::presence, effect::oversized, 200'000).always());
        co_await refused(account.get(path), error::reply_too_large);
        w.box.clear_faults();
        w.box.inject(fault::sized(sandbox_call::presence, effect::deep_json, 5'000).always());
        co_await refused(account.get(path), error::invalid_reply);
        w.box.clear_faults();
        w.box.inject(fault(sandbox_call::presence, effect::html).always());
        co_await refused(account.get(path), error::invalid_reply);
        w.box.clear_faults();
        auto const status = co_await account.get(path);
        CHECK(status.at("presenceStatus") == "Available");
    });
}

TEST_CASE("a header beyond its bound is a failure")
{
    world w;
    interceptor proxy(w);
    std::size_t size = 0;
    proxy.edits([&](wire_request const& asked, wire_reply& answer) {
        if (asked.target.ends_with("/presence")) {
            answer.headers.set("X-Large", std::string(size, 'x'));
        }
    });
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        settings.max_header_size = 8'000;
        settings.call_timeout = 1s;
        settings.retry = [](auto const&) { return ringtail::duration(300ms); };
        auto account = w.account(settings);
        auto const path = "/restapi/v1.0/account/~/extension/~/presence";
        size = 5'000;
        co_await account.get(path);
        size = 9'000;
        co_await refused(account.get(path), error::reply_too_large);
    });
}

TEST_CASE("a server that does not speak TLS where it should is fatal at the start")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = "https" + w.box.server_url().substr(4);
        auto account = w.account(settings);
        co_await refused(account.create_subscription<pubnub>(messages()), error::tls_failed);
        co_await refused(account.get("/"), error::tls_failed);
    });
}

TEST_CASE("a peer that accepts a connection and says nothing holds a TLS handshake no longer than its time")
{
    world w;
    asio::ip::tcp::acceptor silent(w.context, {asio::ip::address_v4::loopback(), 0}); // the kernel accepts, nobody reads
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = "https://127.0.0.1:" + std::to_string(silent.local_endpoint().port());
        settings.connect_timeout = 7s;
        settings.call_timeout = 10s;
        auto account = w.account(settings);
        std::optional<ringtail::failure> why;
        auto get = [&]() -> asio::awaitable<void> { why = co_await failure_of(account.get("/")); };
        w.beside(get());
        for (auto i = 0; i < 30; ++i) { // all tries together
            co_await w.turns(20);
            w.pass(5s);
        }
        co_await w.turns();
        REQUIRE(why.has_value());
        CHECK(why->code() == error::timed_out);
    });
}

TEST_CASE("any call can be made, and any answer is handed back")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const good = co_await account.call(ringtail::request("GET", "/restapi/v1.0/account/~/extension/~", ringtail::api_group::light));
        CHECK(good.ok());
        CHECK_FALSE(good.header("rcrequestid").empty());
        auto const bad = co_await account.call(ringtail::request("GET", "/restapi/v1.0/no/such/thing"));
        CHECK(bad.status == 404);
        CHECK(json::parse(bad.body).at("errorCode") == "CMN-120");
        co_await refused(account.call(ringtail::request("GET", "no/slash")), error::invalid_argument);
        co_await refused(account.get("/with a space"), error::invalid_argument);
        co_await refused(account.get("/with\r\nHeader: x"), error::invalid_argument);
    });
}

TEST_CASE("a connection that the server has just closed costs no call")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        w.box.inject(fault(sandbox_call::any, ringtail::fault_effect::close_after).always());
        for (auto i = 0; i < 10; ++i) {
            co_await account.get("/restapi/v1.0/account/~/extension/~");
        }
        auto const made = co_await account.create_resource(messages(), delivery_mode::pubnub());
        co_await account.delete_subscription(made.id);
        CHECK(w.requests(sandbox_call::subscription_create) == 1);
    });
}

} // namespace
