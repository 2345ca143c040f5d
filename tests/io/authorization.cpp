// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "support/interceptor.hpp"

#include <ringtail/sandbox/toolbox.hpp>

#include <algorithm>

namespace {

using namespace test_support;
using ringtail::error;
using ringtail::fault;
using ringtail::pubnub;
using ringtail::secret;

constexpr char const* own_extension = "/restapi/v1.0/account/~/extension/~";

/// `count` calls at the same time; how many of them succeeded.
asio::awaitable<std::size_t> call_together(world& w, ringtail::client account, std::size_t count)
{
    std::size_t succeeded = 0;
    std::size_t done = 0;
    auto one = [&]() -> asio::awaitable<void> {
        auto const failed = co_await failure_of(account.get(own_extension));
        succeeded += failed ? 0u : 1u;
        ++done;
    };
    for (std::size_t i = 0; i < count; ++i) {
        w.beside(one());
    }
    co_await w.until([&] { return done == count; });
    co_return succeeded;
}

TEST_CASE("a JWT logs in once, and the client knows whom and what for")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        CHECK_FALSE(account.authorized());
        CHECK(account.owner_id().empty());
        CHECK(account.scopes().empty());
        co_await account.login();
        CHECK(account.authorized());
        CHECK(account.owner_id() == w.box.extension_ids().front());
        auto const scopes = account.scopes();
        CHECK(std::count(scopes.begin(), scopes.end(), "ReadPresence") == 1);
        CHECK(std::count(scopes.begin(), scopes.end(), "TeamMessaging") == 1);
        co_await account.login();
        CHECK(w.requests(sandbox_call::token) == 1);
    });
}

TEST_CASE("a JWT of another extension logs in as that one")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto const someone = w.box.extension_ids().back();
        auto settings = w.settings();
        settings.login = ringtail::jwt_login(secret(w.box.jwt(someone)));
        auto account = w.account(settings);
        co_await account.login();
        CHECK(account.owner_id() == someone);
    });
}

TEST_CASE("no login is needed before a call")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const mine = co_await account.get(own_extension);
        CHECK(json::serialize(mine.at("id")) == account.owner_id());
        CHECK(w.requests(sandbox_call::token) == 1);
    });
}

TEST_CASE("a password logs in, with and without an extension number")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        co_await account.login(ringtail::password_login("+15550100001", secret("secret")));
        CHECK(account.owner_id() == w.box.extension_ids()[0]);
        co_await account.login(ringtail::password_login("+15550100001", secret("secret"), "103"));
        CHECK(account.owner_id() == w.box.extension_ids()[2]);
        co_await refused(account.login(ringtail::password_login("+15550100001", secret("wrong"))), error::bad_credentials);
        CHECK_FALSE(account.authorized());
    });
}

/// Let the user's browser visit the page; where it is sent.
asio::awaitable<std::string> visit(world& w, std::string url)
{
    auto const base = w.box.server_url();
    REQUIRE(url.starts_with(base + "/restapi/oauth/authorize?"));
    auto const page = co_await browse(base, url.substr(base.size()));
    REQUIRE(page.status == 302);
    co_return page.headers.get("Location");
}

TEST_CASE("an authorization code logs in, with and without PKCE")
{
    for (auto const pkce : {true, false}) {
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            auto const asked = account.begin_authorization("https://app.example.com/back?from=here&x=1", pkce);
            CHECK((asked.url().find("code_challenge_method=S256") != std::string::npos) == pkce);
            CHECK(asked.code_verifier().empty() != pkce);
            auto const answer = co_await visit(w, asked.url());
            CHECK(answer.starts_with("https://app.example.com/back?from=here&x=1&code="));
            co_await account.login(asked.accept(answer));
            CHECK(account.authorized());
            co_await account.get(own_extension);
        });
    }
}

TEST_CASE("a code without the verifier that belongs to it is refused")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const asked = account.begin_authorization("https://app.example.com/back");
        auto const answer = co_await visit(w, asked.url());
        auto stolen = asked.accept(answer);
        stolen.code_verifier = secret("another verifier");
        auto const why = co_await refused(account.login(stolen), error::bad_credentials);
        CHECK(why.http_status() == 403);
        CHECK(why.has("OAU-106"));
    });
}

TEST_CASE("an authorization answer with another state is not believed, and nothing is sent")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const asked = account.begin_authorization("https://app.example.com/back");
        auto const other = account.begin_authorization("https://app.example.com/back");
        CHECK(asked.state() != other.state());
        auto const answer = co_await visit(w, other.url());
        for (auto const& forged : {answer, std::string("https://app.example.com/back?code=x"),
                                   std::string("https://app.example.com/back?code=x&state=")}) {
            try {
                static_cast<void>(asked.accept(forged));
                FAIL("believed: ", forged);
            } catch (ringtail::failure const& why) {
                CHECK(why.code() == error::state_mismatch);
            }
        }
        CHECK(w.requests(sandbox_call::token) == 0);
    });
}

TEST_CASE("a user who refuses is a refusal with the reason, and an answer without a code is an invalid one")
{
    world w;
    auto account = w.account();
    auto const asked = account.begin_authorization("https://app.example.com/back");
    auto const code_of = [&](std::string const& query) {
        try {
            static_cast<void>(asked.accept("https://app.example.com/back?" + query + "&state=" + asked.state()));
        } catch (ringtail::failure const& why) {
            CHECK((query.find("error") == std::string::npos || std::string(why.what()).find("he said no") != std::string::npos));
            return why.code();
        }
        return ringtail::error_code();
    };
    CHECK(code_of("error=access_denied&error_description=he%20said+no") == error::bad_credentials);
    CHECK(code_of("expires_in=60") == error::invalid_reply);
    CHECK(code_of("code=abc") == ringtail::error_code());
}

TEST_CASE("a code login goes on by its refresh token, and is over for good without one")
{
    for (auto const refreshes : {true, false}) {
        auto options = world::usual();
        options.refresh_tokens = refreshes;
        world w(options);
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            auto const asked = account.begin_authorization("https://app.example.com/back");
            co_await account.login(asked.accept(co_await visit(w, asked.url())));
            w.box.expire_tokens();
            auto const why = co_await failure_of(account.get(own_extension));
            CHECK(why.has_value() != refreshes);
            if (why) {
                CHECK(why->code() == error::bad_credentials);
                auto const asked_so_far = w.requests(sandbox_call::token);
                co_await refused(account.get(own_extension), error::bad_credentials);
                CHECK(w.requests(sandbox_call::token) == asked_so_far);
            }
        });
    }
}

TEST_CASE("a refresh token that was kept elsewhere logs in")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto const basic = "Basic " + ringtail::sandbox_detail::base64_encode(w.box.client_id() + ':' + w.box.client_secret());
        auto const form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + w.box.jwt();
        auto const tokens = co_await browse(w.box.server_url(), "/restapi/oauth/token", "POST", form, basic);
        auto const kept = json::value_to<std::string>(json::parse(tokens.body).at("refresh_token"));
        auto settings = w.settings();
        settings.login = ringtail::refresh_login(secret(kept));
        auto account = w.account(settings);
        co_await account.get(own_extension);
        w.box.expire_tokens();
        co_await account.get(own_extension); // by the newer one that came with the login
        CHECK(w.requests(sandbox_call::token, 200) == 3);
        auto another = w.account();
        co_await refused(another.login(ringtail::refresh_login(secret("no such token"))), error::bad_credentials);
    });
}

TEST_CASE("a session goes on in another process by the refresh token that was kept, and a dead one is followed by a login")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        std::vector<secret> kept;
        settings.keep_refresh_token = [&kept](secret const& token) { kept.push_back(token); };
        auto before = w.account(settings);
        co_await before.login();
        REQUIRE(kept.size() == 1);

        auto after = w.account(settings);
        after.resume_session(kept.back());
        co_await after.get(own_extension);
        CHECK(kept.size() == 2);
        CHECK(w.requests(sandbox_call::token, 200) == 2);
        after.resume_session(secret("too late")); // there is a token
        co_await after.get(own_extension);
        CHECK(w.requests(sandbox_call::token) == 2);

        auto with_a_dead_one = w.account(settings);
        with_a_dead_one.resume_session(secret("no such token"));
        co_await with_a_dead_one.get(own_extension);
        CHECK(w.requests(sandbox_call::token, 400) == 1);
        CHECK(w.requests(sandbox_call::token, 200) == 3);
    });
}

TEST_CASE("a dead session of an earlier process is followed by the login with a code or a refresh token, once")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto first = w.account();
        auto const asked = first.begin_authorization("https://app.example.com/back");
        auto by_code = w.settings();
        std::vector<secret> kept;
        by_code.login = asked.accept(co_await visit(w, asked.url()));
        by_code.keep_refresh_token = [&kept](secret const& token) { kept.push_back(token); };
        auto second = w.account(by_code);
        second.resume_session(secret("no such token"));
        co_await second.get(own_extension);
        REQUIRE(kept.size() == 1);

        auto by_refresh = w.settings();
        by_refresh.login = ringtail::refresh_login(kept.back());
        auto third = w.account(by_refresh);
        third.resume_session(secret("no such token"));
        co_await third.get(own_extension);
        CHECK(w.requests(sandbox_call::token, 400) == 2);
        CHECK(w.requests(sandbox_call::token, 200) == 2);

        auto fourth = w.account(by_code); // its code was spent
        fourth.resume_session(secret("no such token"));
        co_await refused(fourth.get(own_extension), error::bad_credentials);
        co_await refused(fourth.get(own_extension), error::bad_credentials);
        CHECK(w.requests(sandbox_call::token) == 6);
    });
}

TEST_CASE("however many callers wait, one login is in flight")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const succeeded = co_await call_together(w, account, 30);
        CHECK(succeeded == 30);
        CHECK(w.requests(sandbox_call::token) == 1);
    });
}

TEST_CASE("tokens are refreshed before they expire, once, however many callers wait")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        co_await account.login();
        w.pass(3'500s);
        co_await account.get(own_extension);
        CHECK(w.requests(sandbox_call::token) == 1); // not yet
        w.pass(45s);
        CHECK(account.authorized()); // not expired
        auto const succeeded = co_await call_together(w, account, 30);
        CHECK(succeeded == 30);
        CHECK(w.requests(sandbox_call::token) == 2);
        CHECK(w.requests(sandbox_call::any, 401) == 0);
    });
}

TEST_CASE("tokens that died early are refreshed once, and each call that met it is repeated once")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        co_await account.login();
        w.box.expire_tokens();
        auto const succeeded = co_await call_together(w, account, 10);
        CHECK(succeeded == 10);
        CHECK(w.requests(sandbox_call::token) == 2);
        CHECK(w.requests(sandbox_call::other, 401) <= 10);
        CHECK(w.requests(sandbox_call::other, 200) == 10);
    });
}

TEST_CASE("a call that is answered 401 even with a new token fails, and is not repeated for ever")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        w.box.inject(fault::status(sandbox_call::other, 401, {"TokenInvalid", "OAU-213"}).always());
        auto const why = co_await refused(account.get(own_extension), error::not_authorized);
        CHECK(why.http_status() == 401);
        CHECK(why.has("TokenInvalid"));
        CHECK(why.has("OAU-213"));
        CHECK_FALSE(why.request_id().empty());
        CHECK(w.requests(sandbox_call::other) == 2);
    });
}

TEST_CASE("a revoked refresh token makes the client log in again with its JWT")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        co_await account.login();
        w.box.expire_tokens();
        w.box.inject(fault::oauth_error(sandbox_call::token, 400, "invalid_grant", "OAU-211"));
        co_await account.get(own_extension);
        CHECK(account.authorized());
        CHECK(w.requests(sandbox_call::token, 200) == 2);
        CHECK(w.requests(sandbox_call::token, 400) == 1);
    });
}

TEST_CASE("a session that was ended elsewhere is replaced by a new login")
{
    auto options = world::usual();
    options.parallel_sessions = 1;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto first = w.account();
        co_await first.login();
        auto second = w.account();
        co_await second.login(); // cuts the first one's session
        co_await first.get(own_extension);
        CHECK(first.authorized());
    });
}

TEST_CASE("an application without refresh tokens logs in again with its JWT")
{
    auto options = world::usual();
    options.refresh_tokens = false;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        co_await account.login();
        w.box.expire_tokens();
        co_await account.get(own_extension);
        w.pass(3'590s);
        co_await account.get(own_extension);
        CHECK(w.requests(sandbox_call::token, 200) == 3);
    });
}

TEST_CASE("a token endpoint that fails for a moment is tried again")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        w.box.inject(fault::status(sandbox_call::token, 503));
        co_await account.login();
        CHECK(w.requests(sandbox_call::token) == 2);
    });
}

TEST_CASE("a throttled token endpoint is left alone until Retry-After is over")
{
    auto options = world::usual();
    options.rate_limits = true;
    options.auth_budget = 1;
    options.rate_window = 1s;
    options.rate_penalty = 1s;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto first = w.account();
        co_await first.login();
        auto second = w.account();
        co_await call_together(w, second, 5);
        CHECK(second.authorized());
        CHECK(w.box.statistics().inside_penalty == 0);
    });
}

TEST_CASE("a token endpoint that never answers is a clear failure within the call's time")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.call_timeout = 1s;
        auto account = w.account(settings);
        w.box.inject(fault::stall(sandbox_call::token).always());
        co_await refused(account.login(), error::timed_out);
        CHECK_FALSE(account.authorized());
        for (auto tries = 0; tries < 5; ++tries) { // what nobody waits for any more gives up later
            w.pass(15s);
            co_await w.turns();
        }
    });
}

TEST_CASE("wrong credentials are fatal, and the service is asked only once")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.login = ringtail::jwt_login(secret("a.wrong.one"));
        auto account = w.account(settings);
        auto const why = co_await refused(account.create_subscription<pubnub>(messages()), error::bad_credentials);
        CHECK(why.http_status() == 400);
        CHECK(why.has("invalid_grant"));
        CHECK(why.has("OAU-140"));
        co_await refused(account.create_subscription<pubnub>(messages()), error::bad_credentials);
        auto const succeeded = co_await call_together(w, account, 5);
        CHECK(succeeded == 0);
        CHECK(w.requests(sandbox_call::token) == 1);
        CHECK(w.requests(sandbox_call::subscription_create) == 0);
        co_await account.login(ringtail::jwt_login(secret(w.box.jwt()))); // somebody corrected them
        CHECK(account.authorized());
        co_await account.get(own_extension);
    });
}

TEST_CASE("a wrong client secret is fatal, and the service is asked only once")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.client_secret = secret("wrong");
        auto account = w.account(settings);
        auto const why = co_await refused(account.login(), error::bad_credentials);
        CHECK(why.http_status() == 401);
        CHECK(why.has("OAU-146"));
        co_await refused(account.login(), error::bad_credentials);
        CHECK(w.requests(sandbox_call::token) == 1);
    });
}

TEST_CASE("client credentials log in the application, and a filter on extension ~ is a clear error before any request")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.login = ringtail::client_credentials_login::for_account(w.box.account_id());
        auto account = w.account(settings);
        auto const why = co_await refused(account.create_subscription<pubnub>(messages()), error::invalid_filter);
        CHECK(std::string(why.what()).find("application-only") != std::string::npos);
        CHECK(std::string(why.what()).find(message_store) != std::string::npos);
        CHECK(w.requests(sandbox_call::subscription_create) == 0);

        ringtail::event_filters everybody;
        everybody.account_presence();
        auto subscription = co_await account.create_subscription<pubnub>(everybody);
        co_await subscription.unsubscribe();

        auto by_brand = w.account();
        co_await by_brand.login(ringtail::client_credentials_login::for_brand("1210", "77"));
        CHECK(by_brand.authorized());
        auto unknown = w.account();
        co_await refused(unknown.login(ringtail::client_credentials_login::for_account("1")), error::bad_credentials);
    });
}

TEST_CASE("a public application needs no secret: it logs in, refreshes and revokes")
{
    auto options = world::usual();
    options.public_app = true;
    world w(options);
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        CHECK(settings.client_secret.empty());
        auto account = w.account(settings);
        auto const asked = ringtail::authorization_request(w.box.server_url(), settings.client_id, "https://app.example.com/back", true);
        co_await account.login(asked.accept(co_await visit(w, asked.url())));
        co_await account.get(own_extension);
        w.box.expire_tokens();
        co_await account.get(own_extension);
        co_await account.revoke();
        CHECK(w.requests(sandbox_call::token, 200) == 2);
        CHECK(w.requests(sandbox_call::revoke, 200) == 1);
        for (auto const& each : proxy.seen()) {
            if (each.target.starts_with("/restapi/oauth/")) {
                CHECK_FALSE(each.headers.find("Authorization").has_value());
                CHECK(each.body.find("client_id=" + settings.client_id) != std::string::npos);
            }
        }
    });
}

TEST_CASE("revoke ends the session on the server and forgets the tokens")
{
    world w;
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        auto account = w.account(settings);
        co_await account.get(own_extension);
        auto const token = proxy.seen().back().headers.get("Authorization");
        REQUIRE(token.starts_with("Bearer "));
        co_await account.revoke();
        CHECK_FALSE(account.authorized());
        CHECK(account.scopes().empty());
        CHECK(account.owner_id().empty());
        CHECK(w.requests(sandbox_call::revoke, 200) == 1);
        auto const dead = co_await browse(w.box.server_url(), own_extension, "GET", {}, token);
        CHECK(dead.status == 401);
        co_await account.revoke(); // nothing to revoke: nothing is asked
        CHECK(w.requests(sandbox_call::revoke) == 1);
    });
}

TEST_CASE("a missing scope is named before any subscription request leaves")
{
    auto options = world::usual();
    options.scope = "ReadAccounts ReadMessages";
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto filters = messages();
        filters.presence("~");
        auto const why = co_await refused(account.create_subscription<pubnub>(filters), error::missing_scope);
        auto const words = std::string(why.what());
        CHECK(words.find("ReadPresence") != std::string::npos);
        CHECK(words.find("/restapi/v1.0/account/~/extension/~/presence") != std::string::npos);
        for (auto const call : {sandbox_call::subscription_create, sandbox_call::subscription_list, sandbox_call::pubnub_subscribe}) {
            CHECK(w.requests(call) == 0);
        }
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        co_await subscription.close();
    });
}

TEST_CASE("the lifetimes asked for reach the service")
{
    world w;
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        settings.access_token_ttl = 600s;
        settings.refresh_token_ttl = 7'200s;
        auto account = w.account(settings);
        co_await account.login();
        auto const form = proxy.seen().front().body;
        CHECK(form.find("&access_token_ttl=600") != std::string::npos);
        CHECK(form.find("&refresh_token_ttl=7200") != std::string::npos);
        w.pass(550s);
        co_await account.get(own_extension);
        CHECK(w.requests(sandbox_call::token, 200) == 2);
    });
}

TEST_CASE("clients of one environment keep their accounts apart")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto const ids = w.box.extension_ids();
        std::vector<ringtail::client> accounts;
        for (auto const& id : ids) {
            auto settings = w.settings();
            settings.login = ringtail::jwt_login(secret(w.box.jwt(id)));
            accounts.push_back(w.account(settings));
        }
        for (std::size_t i = 0; i < ids.size(); ++i) {
            auto const mine = co_await accounts[i].get(own_extension);
            CHECK(json::serialize(mine.at("id")) == ids[i]);
        }
        CHECK(w.requests(sandbox_call::token) == ids.size());
        CHECK(w.box.statistics().connections <= 3); // which they share
    });
}

TEST_CASE("without a network the start is tried until its time is over, and then fails")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = "http://127.0.0.1:1"; // nobody listens there
        auto account = w.account(settings);
        std::optional<ringtail::failure> why;
        auto start = [&]() -> asio::awaitable<void> { why = co_await failure_of(account.create_subscription<pubnub>(messages())); };
        w.beside(start());
        auto const tries = [&] {
            return std::count_if(w.log->begin(), w.log->end(), [](auto const& line) { return line.find("127.0.0.1:1") != line.npos; });
        };
        for (auto waited = 0; waited < 55; waited += 5) {
            co_await w.turns();
            CHECK_FALSE(why.has_value());
            w.pass(5s);
        }
        CHECK(tries() >= 3); // they go to the log
        for (auto waited = 55; waited < 120; waited += 5) {
            w.pass(5s);
            co_await w.turns();
        }
        REQUIRE(why.has_value());
        CHECK(why->code() == error::start_timeout);
    });
}

TEST_CASE("plain http to other hosts is refused unless the settings say otherwise in so many words")
{
    world w;
    auto settings = w.settings();
    settings.server_url = "http://platform.example.com";
    auto const code = [&] {
        try {
            w.account(settings);
        } catch (ringtail::failure const& why) {
            return why.code();
        }
        return ringtail::error_code();
    };
    CHECK(code() == error::insecure_url);
    settings.allow_unencrypted_connections = true;
    CHECK(code() == ringtail::error_code());
    settings.server_url = "platform";
    CHECK(code() == error::invalid_argument);
    settings.server_url = "ftp://platform.example.com";
    CHECK(code() == error::invalid_argument);
}

TEST_CASE("a lost answer to a refresh is asked for again, and the session goes on")
{
    world w;
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        auto account = w.account(settings);
        co_await account.login();
        w.box.expire_tokens();
        w.box.inject(fault::lost(sandbox_call::token));
        co_await account.get(own_extension);
        std::vector<std::string> grants;
        for (auto const& each : proxy.seen()) {
            if (each.target == "/restapi/oauth/token") {
                grants.push_back(each.body.substr(0, each.body.find('&')));
            }
        }
        CHECK(grants == std::vector<std::string>{"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer",
                                                 "grant_type=refresh_token", "grant_type=refresh_token"});
    });
}

TEST_CASE("missing credentials are a clear failure, and nothing is sent")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.login = {};
        auto without_login = w.account(settings);
        co_await refused(without_login.login(), error::missing_configuration);
        settings = w.settings();
        settings.client_id.clear();
        auto without_application = w.account(settings);
        co_await refused(without_application.login(), error::missing_configuration);
        CHECK(w.requests(sandbox_call::any) == 0);
    });
}

TEST_CASE("errors of revoke are ignored: the tokens are forgotten all the same")
{
    for (auto const& trouble : {fault::status(sandbox_call::revoke, 500), fault::reset(sandbox_call::revoke),
                                fault(sandbox_call::revoke, ringtail::fault_effect::garbage)}) {
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            co_await account.login();
            w.box.inject(trouble);
            co_await account.revoke();
            CHECK_FALSE(account.authorized());
        });
    }
}

} // namespace
