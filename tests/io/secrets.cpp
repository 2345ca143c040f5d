// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "support/interceptor.hpp"

#include <ringtail/sandbox/toolbox.hpp>

#include <set>

namespace {

using namespace test_support;
using ringtail::error;
using ringtail::fault;
using ringtail::pubnub;
using ringtail::secret;
using effect = ringtail::fault_effect;

constexpr char const* own_extension = "/restapi/v1.0/account/~/extension/~";
constexpr char const* body_mark = "BODYMARK4711";

/// Texts that nobody may see, gathered from what passes by on the wire; and texts that anybody may see.
class watch {
public:
    explicit watch(world& in) : proxy(in), world_(in)
    {
        add(in.box.client_secret());
        add(in.box.jwt());
        add(ringtail::sandbox_detail::base64_encode(in.box.client_id() + ':' + in.box.client_secret()));
        add(body_mark);
        proxy.edits([this](wire_request const& asked, wire_reply& answer) {
            boost::system::error_code broken;
            auto const value = json::parse(answer.body, broken);
            if (!broken && value.is_object()) {
                gather(value.as_object());
            }
            if (spoils) {
                spoils(asked, answer);
            }
        });
    }

    void add(std::string text)
    {
        if (text.size() >= 4) {
            secrets.insert(std::move(text));
        }
    }

    /// A failure's whole content joins the texts.
    void see(ringtail::failure const& why)
    {
        seen.push_back(why.what());
        for (auto const& each : why.errors()) {
            seen.push_back(each.code + '|' + each.message + '|' + each.parameter);
        }
        seen.push_back(why.request_id());
    }
    void see(std::optional<ringtail::failure> const& why)
    {
        if (why) {
            see(*why);
        }
    }

    /// What the program is told beside the notifications and raw messages themselves.
    void see(ringtail::event const& what)
    {
        if (auto const* const change = std::get_if<ringtail::state_change>(&what)) {
            seen.push_back(change->reason);
        } else if (auto const* const bad = std::get_if<ringtail::undecodable>(&what)) {
            seen.push_back(bad->reason);
        }
    }

    /// Whatever was seen must hold none of the secrets.
    void judge()
    {
        CHECK(secrets.size() >= 4);
        CHECK_FALSE(world_.log->empty());
        auto texts = seen;
        texts.insert(texts.end(), world_.log->begin(), world_.log->end());
        for (auto const& text : texts) {
            for (auto const& each : secrets) {
                CHECK_MESSAGE(text.find(each) == std::string::npos, "'", each, "' stands in: ", text);
            }
        }
    }

    interceptor proxy;
    std::function<void(wire_request const&, wire_reply&)> spoils;
    std::set<std::string> secrets;
    std::vector<std::string> seen;

private:
    void gather(json::object const& from)
    {
        for (auto const* const name : {"access_token", "refresh_token", "encryptionKey", "secretKey"}) {
            if (auto const* const member = from.if_contains(name); member != nullptr && member->is_string()) {
                add(json::value_to<std::string>(*member));
            }
        }
        if (auto const* const mode = from.if_contains("deliveryMode"); mode != nullptr && mode->is_object()) {
            gather(mode->as_object());
        }
    }

    world& world_;
};

TEST_CASE("no secret and no body stands in any log line or failure, through a life full of faults")
{
    auto options = world::usual();
    options.rotate_on_renewal = ringtail::sandbox_rotation::all;
    world w(options);
    watch eyes(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = eyes.proxy.url();
        settings.call_timeout = 2s;
        settings.max_response_size = 100'000;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        auto n = 0;
        auto const hear = [&](std::string const& state) -> asio::awaitable<void> {
            for (auto heard = std::string(); heard != state;) {
                auto const event = co_await subscription.next_event();
                eyes.see(*event);
                heard = word(*event);
            }
        };
        auto const tell = [&] {
            ++n;
            w.box.publish(message_store, R"({"n":)" + std::to_string(n) + R"(,"text":")" + body_mark + "\"}");
        };
        tell();
        co_await hear("1");
        // The poll
        for (auto const how : {effect::reset, effect::garbage, effect::html, effect::cut_body, effect::empty}) {
            w.box.inject(fault(sandbox_call::pubnub_subscribe, how));
            tell();
            tell();
            co_await hear(std::to_string(n));
        }
        w.box.inject(fault::pubnub_error(403, false));
        w.box.inject(fault::pubnub_error(500, true));
        w.box.inject(fault::sized(sandbox_call::pubnub_subscribe, effect::oversized, 300'000));
        tell();
        tell();
        co_await hear(std::to_string(n));
        // Payloads
        for (auto const how : {effect::bad_base64, effect::bad_padding, effect::not_json, effect::wrong_key}) {
            w.box.inject({sandbox_call::message, how});
            tell();
            co_await hear("undecodable");
        }
        // Renewals
        for (auto const& trouble : {fault::status(sandbox_call::subscription_renew, 500), fault(sandbox_call::subscription_renew, effect::html),
                                    fault::status(sandbox_call::subscription_renew, 429, {"CMN-301"}, 0s), fault::reset(sandbox_call::subscription_renew),
                                    fault::status(sandbox_call::subscription_renew, 401, {"TokenInvalid", "OAU-213"})}) {
            w.box.inject(trouble);
            auto const why = co_await failure_of(subscription.renew());
            eyes.see(why);
            tell();
            co_await hear(std::to_string(n));
        }
        // Deleted and created again
        w.box.delete_subscription(subscription.info().id);
        auto const gone = co_await failure_of(subscription.renew());
        eyes.see(gone);
        co_await hear("recreated");
        // Calls
        for (auto const& trouble : {fault::status(sandbox_call::other, 400), fault::status(sandbox_call::other, 403, {"CMN-401"}), fault(sandbox_call::other, effect::html),
                                    fault::status(sandbox_call::other, 429, {"CMN-301"}, 100s)}) {
            auto strikes = trouble;
            w.box.inject(strikes.always());
            auto const why = co_await failure_of(account.get(own_extension));
            eyes.see(why);
            w.box.clear_faults();
        }
        // Tokens
        w.box.inject(fault::oauth_error(sandbox_call::token, 400, "invalid_grant", "OAU-211"));
        w.box.expire_tokens();
        auto const tokens = co_await failure_of(account.list_extensions());
        eyes.see(tokens);
        co_await subscription.unsubscribe();
        co_await account.revoke();
        eyes.judge();
    });
}

/// The service answers every call with an error that repeats what it was sent: header, form and all.
void echoes(int status, std::function<void(ringtail::config&, watch&)> change, std::function<asio::awaitable<void>(ringtail::client, watch&)> calls)
{
    world w;
    watch eyes(w);
    eyes.proxy.answers([&](wire_request const& asked) -> std::optional<wire_reply> {
        if (asked.target == "/restapi/oauth/token" && status != 400) {
            return std::nullopt; // the login works, what follows does not
        }
        auto const all = "You sent [" + asked.headers.get("Authorization") + "] and [" + asked.body + "] to " + asked.target;
        json::object const nested{{"errorCode", "CMN-101"}, {"message", all}, {"parameterName", "x"}, {"parameterValue", all}};
        json::object const body{{"errorCode", "CMN-101"}, {"error", "invalid_request"}, {"error_description", all}, {"message", all}, {"errors", json::array{nested}}};
        return reply_with(status, json::serialize(body));
    });
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = eyes.proxy.url();
        settings.call_timeout = 1s;
        settings.retry = [](auto const&) { return ringtail::duration(300ms); };
        if (change) {
            change(settings, eyes);
        }
        auto account = w.account(settings);
        co_await calls(account, eyes);
        CHECK_FALSE(eyes.seen.empty());
        eyes.judge();
    });
}

TEST_CASE("an error text of the service that repeats the token shows none of it")
{
    for (auto const status : {403, 404, 500}) {
        echoes(status, {}, [](ringtail::client account, watch& eyes) -> asio::awaitable<void> {
            auto const first = co_await failure_of(account.get(own_extension));
            eyes.see(first);
            auto const second = co_await failure_of(account.list_extensions());
            eyes.see(second);
            auto const third = co_await failure_of(account.renew_resource("an-id"));
            eyes.see(third);
        });
    }
}

TEST_CASE("an error text of the token endpoint that repeats the login shows none of it: JWT and client secret")
{
    echoes(400, {}, [](ringtail::client account, watch& eyes) -> asio::awaitable<void> {
        auto const why = co_await failure_of(account.login());
        REQUIRE(why.has_value());
        eyes.see(why);
    });
}

TEST_CASE("an error text of the token endpoint that repeats the login shows none of it: code and verifier")
{
    echoes(400, {}, [](ringtail::client account, watch& eyes) -> asio::awaitable<void> {
        auto const asked = account.begin_authorization("https://app.example.com/back");
        auto const login = asked.accept("https://app.example.com/back?code=THECODE123456789&state=" + asked.state());
        eyes.add("THECODE123456789");
        eyes.add(std::string(login.code_verifier.reveal()));
        auto const why = co_await failure_of(account.login(login));
        REQUIRE(why.has_value());
        eyes.see(why);
    });
}

TEST_CASE("an error text of the token endpoint that repeats the login shows none of it: password and refresh token")
{
    echoes(400, {}, [](ringtail::client account, watch& eyes) -> asio::awaitable<void> {
        eyes.add("PASSWORD123456");
        auto const first = co_await failure_of(account.login(ringtail::password_login("user", secret("PASSWORD123456"))));
        REQUIRE(first.has_value());
        eyes.see(first);
        eyes.add("REFRESHTOKEN123456");
        auto const second = co_await failure_of(account.login(ringtail::refresh_login(secret("REFRESHTOKEN123456"))));
        REQUIRE(second.has_value());
        eyes.see(second);
    });
}

TEST_CASE("an error text of the token endpoint that repeats the form shows no password that has to be encoded in it")
{
    echoes(400, {}, [](ringtail::client account, watch& eyes) -> asio::awaitable<void> {
        std::string const word = "pa\"ss wo+rd%&\xc3\xa9\\1";
        eyes.add(word);
        eyes.add(ringtail::sandbox_detail::percent_encode(word));
        eyes.add(json::serialize(json::string(word)));
        auto const why = co_await failure_of(account.login(ringtail::password_login("user", secret(word))));
        REQUIRE(why.has_value());
        eyes.see(why);
    });
}

TEST_CASE("an error text of the service that repeats a creation shows no verification token")
{
    echoes(400, {}, [](ringtail::client account, watch& eyes) -> asio::awaitable<void> {
        eyes.add("VERIFYME123456");
        auto const mode = ringtail::delivery_mode::webhook("https://hook.example.com/", secret("VERIFYME123456"));
        auto const why = co_await failure_of(account.create_resource(messages(), mode));
        REQUIRE(why.has_value());
        eyes.see(why);
    });
}

TEST_CASE("secrets are not part of what a subscription or a cursor shows of itself")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        auto const saved = subscription.cursor().to_json();
        auto const& mode = subscription.info().delivery;
        for (auto const& each : {std::string(mode.encryption_key.reveal()), std::string(mode.secret_key.reveal()), mode.subscriber_key, w.box.jwt(), w.box.client_secret()}) {
            CHECK(saved.find(each) == std::string::npos);
        }
        co_await subscription.close();
    });
}

TEST_CASE("a secret that is part of the word that takes its place is hidden, too, and that has an end")
{
    auto options = world::usual();
    options.client_secret = "secret";
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        w.box.inject(ringtail::fault::status(sandbox_call::subscription_create, 400, {"of the secret kind"}));
        auto const why = co_await failure_of(called([&] { return account.create_subscription<ringtail::pubnub>(messages()); }));
        REQUIRE(why);
        CHECK(std::string(why->what()).find("the secret kind") == std::string::npos);
    });
}

TEST_CASE("nothing is logged unless the program gives a sink")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.log = nullptr;
        auto account = w.account(settings);
        w.box.inject(fault::reset(sandbox_call::pubnub_subscribe));
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        co_await subscription.unsubscribe();
        CHECK(w.log->empty());
    });
}

} // namespace
