// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/authorization_request.hpp>
#include <ringtail/crypto/base64.hpp>
#include <ringtail/error.hpp>

#include <doctest/doctest.h>
#include <openssl/sha.h>

#include <map>
#include <optional>
#include <set>
#include <string>

namespace {

using namespace ringtail;

std::string unescaped(std::string_view text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

std::map<std::string, std::string> parameters(std::string_view url)
{
    std::map<std::string, std::string> found;
    auto rest = url.substr(std::min(url.find('?') + 1, url.size()));
    while (!rest.empty()) {
        auto const end = std::min(rest.find('&'), rest.size());
        auto const equals = std::min(rest.find('='), end);
        CHECK(found.emplace(unescaped(rest.substr(0, equals)), unescaped(rest.substr(equals + 1, end - equals - 1))).second);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return found;
}

std::optional<failure> refusal(authorization_request const& asked, std::string const& answer)
{
    try {
        (void)asked.accept(answer);
    } catch (failure const& why) {
        return why;
    }
    return std::nullopt;
}

TEST_CASE("the address to send the browser to has the documented parameters, encoded")
{
    authorization_request const asked("https://platform.ringcentral.com", "the id&", "https://app.example/cb?x=1&y=2", false);
    CHECK(asked.url().starts_with("https://platform.ringcentral.com/restapi/oauth/authorize?"));
    auto const given = parameters(asked.url());
    CHECK(given.at("response_type") == "code");
    CHECK(given.at("client_id") == "the id&");
    CHECK(given.at("redirect_uri") == "https://app.example/cb?x=1&y=2");
    CHECK(given.at("state") == asked.state());
    CHECK(given.count("code_challenge") == 0);
    CHECK(asked.code_verifier().empty());
    CHECK(asked.url().find(' ') == std::string::npos);
}

TEST_CASE("a server with a slash at its end, or a port, makes a sound address")
{
    CHECK(authorization_request("https://h:8443/", "i", "r", false).url().starts_with("https://h:8443/restapi/oauth/authorize?"));
    CHECK(authorization_request("http://127.0.0.1:8080", "i", "r", false).url().starts_with("http://127.0.0.1:8080/restapi/oauth/authorize?"));
}

TEST_CASE("with PKCE the challenge is the unpadded base64url of the verifier's SHA-256 (RFC 7636), and stays out of the address otherwise")
{
    authorization_request const asked("https://h", "i", "https://r", true);
    std::string const verifier(asked.code_verifier().reveal());
    CHECK(verifier.size() >= 43);
    CHECK(verifier.size() <= 128);
    CHECK(verifier.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") == std::string::npos);
    auto const given = parameters(asked.url());
    CHECK(given.at("code_challenge_method") == "S256");
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<unsigned char const*>(verifier.data()), verifier.size(), digest);
    auto expected = crypto::base64_encode(std::string(reinterpret_cast<char*>(digest), sizeof(digest)));
    expected.erase(expected.find('='));
    for (auto& c : expected) {
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    CHECK(given.at("code_challenge") == expected);
    CHECK(asked.url().find(verifier) == std::string::npos);
}

TEST_CASE("state and verifier are new each time, and long enough not to be guessed")
{
    std::set<std::string> seen;
    for (int i = 0; i != 100; ++i) {
        authorization_request const asked("https://h", "i", "https://r", true);
        CHECK(asked.state().size() >= 22); // 128 bits in base64
        CHECK(seen.insert(asked.state()).second);
        CHECK(seen.insert(std::string(asked.code_verifier().reveal())).second);
    }
}

TEST_CASE("the answer with the right state is a login with its code, decoded, and the same redirect URI")
{
    authorization_request const asked("https://h", "i", "https://app.example/cb?x=1", true);
    for (auto const& answer : {"https://app.example/cb?x=1&code=U0pDMTF%7EQ%3D%3D&state=" + asked.state() + "&expires_in=60",
                               "https://app.example/cb?state=" + asked.state() + "&code=U0pDMTF%7eQ==#fragment",
                               "/cb?code=U0pDMTF~Q%3d%3d&state=" + asked.state()}) {
        CAPTURE(answer);
        auto const login = asked.accept(answer);
        CHECK(login.code.reveal() == "U0pDMTF~Q==");
        CHECK(login.redirect_uri == "https://app.example/cb?x=1");
        CHECK(login.code_verifier == asked.code_verifier());
    }
}

TEST_CASE("an answer to another request is not believed, whatever else it says")
{
    authorization_request const asked("https://h", "i", "https://r", false);
    for (std::string const& answer : std::initializer_list<std::string>{
                               "https://r?code=c&state=other", "https://r?code=c", "https://r?code=c&state=",
                               "https://r", "", "https://r?code=c&xstate=" + asked.state(), "https://r?code=c#state=" + asked.state(),
                               "https://r?code=c&state=" + asked.state() + "x", "https://r?error=access_denied&state=other",
                               "https://r?code=c&state=" + asked.state().substr(1)}) {
        CAPTURE(answer);
        auto const why = refusal(asked, answer);
        REQUIRE(why);
        CHECK(why->code() == error::state_mismatch);
        CHECK(std::string(why->what()).find(asked.state()) == std::string::npos);
    }
}

TEST_CASE("a user who refuses is told with the service's reason; an answer without a code is invalid")
{
    authorization_request const asked("https://h", "i", "https://r", false);
    auto const refused = refusal(asked, "https://r?error=access_denied&error_description=The%20user+declined&state=" + asked.state());
    REQUIRE(refused);
    CHECK(refused->code() == error::bad_credentials);
    CHECK(std::string(refused->what()).find("access_denied") != std::string::npos);
    CHECK(std::string(refused->what()).find("The user declined") != std::string::npos);
    for (auto const* const rest : {"", "&code=", "&xcode=c", "&CODE=c"}) {
        auto const why = refusal(asked, "https://r?state=" + asked.state() + rest);
        REQUIRE(why);
        CHECK(why->code() == error::invalid_reply);
    }
}

TEST_CASE("broken percent-encoding in an answer is taken as it is, at every cut")
{
    authorization_request const asked("https://h", "i", "https://r", false);
    auto const whole = "https://r?state=" + asked.state() + "&code=a%2Fb%";
    for (std::size_t size = whole.size() - 8; size <= whole.size(); ++size) {
        auto const why = refusal(asked, whole.substr(0, size));
        CHECK((!why || why->code() == error::invalid_reply));
    }
}

TEST_CASE("a server address that is none is refused at once")
{
    CHECK_THROWS_AS(authorization_request("platform.ringcentral.com", "i", "https://r", true), failure);
}

} // namespace
