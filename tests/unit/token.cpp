// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/crypto/base64.hpp>
#include <ringtail/error.hpp>
#include <ringtail/protocol/token.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

namespace {

using namespace ringtail;
using namespace std::chrono_literals;
using protocol::token_set;

constexpr steady_time start{100h};

std::string unescaped(std::string_view text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            plain += text[i] == '+' ? ' ' : text[i];
        }
    }
    return plain;
}

/// The fields of a form, each of which must be there once.
std::map<std::string, std::string> fields(secret const& form)
{
    std::map<std::string, std::string> found;
    auto rest = form.reveal();
    CHECK(rest.find_first_of(" \r\n\"") == std::string_view::npos);
    while (!rest.empty()) {
        auto const end = std::min(rest.find('&'), rest.size());
        auto const equals = rest.find('=');
        REQUIRE(equals < end);
        CHECK(found.emplace(unescaped(rest.substr(0, equals)), unescaped(rest.substr(equals + 1, end - equals - 1))).second);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return found;
}

using form = std::map<std::string, std::string>;

TEST_CASE("the answer of the token endpoint is read with its lifetimes, scopes and owner")
{
    auto const got = token_set::parse(R"({"access_token":"A1","token_type":"bearer","expires_in":3600,"refresh_token":"R1",)"
                                      R"("refresh_token_expires_in":604800,"scope":"ReadAccounts ReadPresence SubscriptionWebhook",)"
                                      R"("owner_id":"700100","endpoint_id":"e-1","session_id":"s-1","later":[{}]})",
                                      start);
    CHECK(got.access.reveal() == "A1");
    CHECK(got.refresh.reveal() == "R1");
    CHECK(got.expires == start + 3'600s);
    REQUIRE(got.refresh_expires);
    CHECK(*got.refresh_expires == start + 604'800s);
    CHECK(got.lifetime == 3'600s);
    CHECK(got.scopes == std::vector<std::string>{"ReadAccounts", "ReadPresence", "SubscriptionWebhook"});
    CHECK(got.owner_id == "700100");
}

TEST_CASE("an application that may not refresh, or is itself the owner, gets less; numbers may be text and ids numbers")
{
    auto const got = token_set::parse(R"({"access_token":"A1","token_type":"bearer","expires_in":"600","owner_id":402853446008})", start);
    CHECK(got.refresh.empty());
    CHECK(!got.refresh_expires);
    CHECK(got.scopes.empty());
    CHECK(got.owner_id == "402853446008");
    CHECK(got.expires == start + 600s);
    auto const least = token_set::parse(R"({"access_token":"A1"})", start);
    CHECK(least.owner_id.empty());
    CHECK(least.expires > start); // a lifetime is assumed
    CHECK(least.expires <= start + 1h);
    CHECK(least.fresh(start));
}

TEST_CASE("scopes are separated by any white space, and an empty text names none")
{
    CHECK(token_set::parse(R"({"access_token":"A","scope":" ReadAccounts  ReadPresence "})", start).scopes ==
          std::vector<std::string>{"ReadAccounts", "ReadPresence"});
    CHECK(token_set::parse(R"({"access_token":"A","scope":""})", start).scopes.empty());
    CHECK(token_set::parse(R"({"access_token":"A","scope":null})", start).scopes.empty());
}

TEST_CASE("an answer without an access token is refused, and nothing of it is repeated")
{
    for (std::string_view const text : {"", "{", "null", "[]", "s3cret", "{}", R"({"refresh_token":"s3cret","expires_in":3600})", R"({"access_token":"s3cret")",
                                        "<html>s3cret</html>"}) {
        CAPTURE(text);
        std::optional<failure> why;
        try {
            (void)token_set::parse(text, start);
        } catch (failure const& refused) {
            why = refused;
        }
        REQUIRE(why);
        CHECK(why->code() == error::invalid_reply);
        CHECK(std::string(why->what()).find("s3cret") == std::string::npos);
    }
}

TEST_CASE("lifetimes that make no sense do not make a token that lives for ever or overflows")
{
    for (std::string_view const text : {"-5", "0", "1e300", "9223372036854775807", "99999999999999999999", "\"soon\"", "null", "{}"}) {
        CAPTURE(text);
        auto const got = token_set::parse(R"({"access_token":"A","expires_in":)" + std::string(text) + R"(,"refresh_token":"R","refresh_token_expires_in":)" + std::string(text) + "}", start);
        CHECK(got.expires <= start + 24h * 366);
        CHECK(got.expires >= start);
    }
}

TEST_CASE("a token is fresh until a minute before its end, or until three quarters of a short life")
{
    auto const living = [](int seconds) {
        return token_set::parse(R"({"access_token":"A","expires_in":)" + std::to_string(seconds) + "}", start);
    };
    auto const hour = living(3'600);
    CHECK(hour.fresh(start));
    CHECK(hour.fresh(start + 3'539s));
    CHECK(!hour.fresh(start + 3'541s));
    CHECK(!hour.fresh(start + 3'601s));
    CHECK(!hour.fresh(start + 24h));
    for (auto const life : {4, 30, 60, 120}) { // a test server's
        CAPTURE(life);
        CHECK(living(life).fresh(start));
        CHECK(living(life).fresh(start + std::chrono::milliseconds(life * 740)));
        CHECK(!living(life).fresh(start + std::chrono::milliseconds(life * 760)));
    }
    CHECK(!token_set().fresh(start));
}

TEST_CASE("every kind of login has its grant and fields; a public application names itself in the form")
{
    auto const jwt = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    CHECK(fields(protocol::login_form(jwt_login(secret("a.b-c_d+/=&")), "")) == form{{"grant_type", jwt}, {"assertion", "a.b-c_d+/=&"}});
    CHECK(fields(protocol::login_form(jwt_login(secret("j")), "public id")) == form{{"grant_type", jwt}, {"assertion", "j"}, {"client_id", "public id"}});

    CHECK(fields(protocol::login_form(password_login("+15550100001", secret("p&w=d %\xc3\xa4"), "101"), "")) ==
          form{{"grant_type", "password"}, {"username", "+15550100001"}, {"extension", "101"}, {"password", "p&w=d %\xc3\xa4"}});
    auto const without = fields(protocol::login_form(password_login("me", secret("p")), ""));
    CHECK((without.count("extension") == 0 || without.at("extension").empty()));

    auto const code = fields(protocol::login_form(code_login(secret("c"), "https://app.example/cb?x=1"), ""));
    CHECK(code.at("grant_type") == "authorization_code");
    CHECK(code.at("code") == "c");
    CHECK(code.at("redirect_uri") == "https://app.example/cb?x=1");
    CHECK(code.count("code_verifier") == 0);
    auto const pkce = fields(protocol::login_form(code_login(secret("c"), "https://a", secret("v-_v")), "id"));
    CHECK(pkce.at("code_verifier") == "v-_v");
    CHECK(pkce.at("client_id") == "id");

    CHECK(fields(protocol::login_form(client_credentials_login::for_account("700000"), "")) ==
          form{{"grant_type", "client_credentials"}, {"account_id", "700000"}});
    CHECK(fields(protocol::login_form(client_credentials_login::for_brand("1210"), "")) ==
          form{{"grant_type", "client_credentials"}, {"brand_id", "1210"}});
    CHECK(fields(protocol::login_form(client_credentials_login::for_brand("1210", "p1"), "")) ==
          form{{"grant_type", "client_credentials"}, {"brand_id", "1210"}, {"partner_account_id", "p1"}});

    CHECK(fields(protocol::login_form(refresh_login(secret("r/1")), "")) == form{{"grant_type", "refresh_token"}, {"refresh_token", "r/1"}});
}

TEST_CASE("a refresh has its grant and token, and the id of a public application")
{
    CHECK(fields(protocol::refresh_form(secret("r+1"), "")) == form{{"grant_type", "refresh_token"}, {"refresh_token", "r+1"}});
    CHECK(fields(protocol::refresh_form(secret("r"), "id")) == form{{"grant_type", "refresh_token"}, {"refresh_token", "r"}, {"client_id", "id"}});
}

TEST_CASE("an application with a secret authenticates with both, one without sends no Authorization at all")
{
    auto const header = protocol::client_authorization("the-id", secret("the:secret"));
    std::string_view const prefix = "Authorization: Basic ";
    REQUIRE(header.reveal().starts_with(prefix));
    REQUIRE(header.reveal().ends_with("\r\n"));
    auto const text = header.reveal().substr(prefix.size(), header.reveal().size() - prefix.size() - 2);
    CHECK(crypto::base64_decode(text) == "the-id:the:secret");
    CHECK(protocol::client_authorization("the-id", secret()).empty()); // ringcentral-js#182: an empty secret breaks the refresh
}

TEST_CASE("a secret is wiped when it goes or is moved from, and compares by its text")
{
    alignas(secret) unsigned char room[sizeof(secret)];
    std::fill(std::begin(room), std::end(room), static_cast<unsigned char>(0x55));
    auto* const made = new (room) secret("short-key");
    CHECK(*made == secret("short-key"));
    CHECK(!(*made == secret("short-kex")));
    secret const taken(std::move(*made));
    CHECK(made->empty());
    CHECK(taken.reveal() == "short-key");
    made->~secret();
    std::string const left(reinterpret_cast<char const*>(room), sizeof(room));
    CHECK(left.find("short") == std::string::npos);
}

TEST_CASE("an answer whose access token is null or empty holds no access token")
{
    for (std::string_view const text : {R"({"access_token":null})", R"({"access_token":""})", R"({"access_token":{}})"}) {
        CHECK_THROWS_AS((void)protocol::token_set::parse(text, steady_time()), failure);
    }
}

} // namespace
