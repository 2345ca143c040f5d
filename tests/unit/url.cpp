// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/error.hpp>
#include <ringtail/net/url.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace {

using namespace ringtail;
using net::url;

std::optional<failure> refusal(std::string_view text)
{
    try {
        (void)url::parse(text);
    } catch (failure const& why) {
        return why;
    }
    return std::nullopt;
}

class parts {
public:
    std::string text;
    std::string scheme;
    std::string host;
    int port;
    std::string path;
    std::string authority;
    bool encrypted;
};

TEST_CASE("a URL has scheme, host, port and path, and an authority as a Host header wants it")
{
    parts const table[] = {
        {"https://platform.ringcentral.com", "https", "platform.ringcentral.com", 443, "", "platform.ringcentral.com", true},
        {"https://platform.ringcentral.com/", "https", "platform.ringcentral.com", 443, "/", "platform.ringcentral.com", true},
        {"http://localhost:8080/a/b?c=d&e", "http", "localhost", 8080, "/a/b?c=d&e", "localhost:8080", false},
        {"wss://h.example/ws?access_token=x", "wss", "h.example", 443, "/ws?access_token=x", "h.example", true},
        {"ws://127.0.0.1:80", "ws", "127.0.0.1", 80, "", "127.0.0.1", false},
        {"https://h:80", "https", "h", 80, "", "h:80", true},
        {"http://h:443", "http", "h", 443, "", "h:443", false},
        {"http://h?q=1", "http", "h", 80, "/?q=1", "h", false},
        {"http://h/p#fragment", "http", "h", 80, "/p", "h", false},
        {"http://h#fragment/with?all", "http", "h", 80, "", "h", false},
        {"http://[::1]:8080/x", "http", "::1", 8080, "/x", "[::1]:8080", false},
        {"https://[2001:db8::1]", "https", "2001:db8::1", 443, "", "[2001:db8::1]", true},
        {"HTTPS://h", "https", "h", 443, "", "h", true},
        {"https://h:65535/a:b@c", "https", "h", 65'535, "/a:b@c", "h:65535", true},
    };
    for (auto const& each : table) {
        CAPTURE(each.text);
        auto const got = url::parse(each.text);
        CHECK(got.scheme == each.scheme);
        CHECK(got.host == each.host);
        CHECK(got.port == each.port);
        CHECK(got.path == each.path);
        CHECK(got.authority() == each.authority);
        CHECK(got.encrypted() == each.encrypted);
    }
}

TEST_CASE("what is no URL of ours is refused before anything is sent")
{
    for (std::string_view const text : {"", "platform.ringcentral.com", "//h/p", "ftp://h", "file:///etc/passwd", "javascript://h", "https:", "https:/h",
                                        "https://", "https:///path", "https://:443", "https://h:", "https://h:0", "https://h:65536", "https://h:-1",
                                        "https://h:80a", "https://h:8 0", "https://[::1", "https://[]", "https://ho st", "https://h/a b",
                                        "https://h/a\r\nX: y", "https://h\t", "https://user@h", "https://user:pass@h", "://h"}) {
        CAPTURE(text);
        auto const why = refusal(text);
        REQUIRE(why);
        CHECK(why->code() == error::invalid_argument);
    }
}

TEST_CASE("a refusal repeats neither user info nor query, which may hold secrets")
{
    for (std::string_view const text : {"https://me:s3cret@h/", "https://h:x?token=s3cret", "ftp://h/?s3cret", "https://h:99999/p?access_token=s3cret",
                                        "https://h /?s3cret", "https://[::1?s3cret"}) {
        CAPTURE(text);
        auto const why = refusal(text);
        REQUIRE(why);
        CHECK(std::string(why->what()).find("s3cret") == std::string::npos);
    }
}

TEST_CASE("plain text goes to loopback only, unless that is allowed in so many words")
{
    std::pair<char const*, bool> const table[] = {
        {"http://localhost", true},       {"http://127.0.0.1:8080", true},     {"http://127.9.8.7", true},        {"ws://[::1]:80", true},
        {"https://example.com", true},    {"wss://example.com", true},         {"http://example.com", false},     {"ws://10.0.0.1", false},
        {"http://128.0.0.1", false},      {"http://localhost.example.com", false}, {"http://127.0.0.1.example.com", false},
        {"http://127.example.com", false}, {"http://0.0.0.0", false},          {"http://[::2]", false},           {"http://notlocalhost", false},
        {"http://1270.0.0.1", false},
    };
    for (auto const& [text, fine] : table) {
        CAPTURE(text);
        auto const parsed = url::parse(text);
        parsed.require_secure(true);
        std::optional<error_code> refused;
        try {
            parsed.require_secure(false);
        } catch (failure const& why) {
            refused = why.code();
        }
        CHECK(refused.has_value() == !fine);
        CHECK((!refused || *refused == error::insecure_url));
    }
}

TEST_CASE("percent-encoding leaves the unreserved characters alone and nothing else")
{
    CHECK(net::percent_encoded("AZaz09-._~") == "AZaz09-._~");
    CHECK(net::percent_encoded("") == "");
    CHECK(net::percent_encoded(" +&=%/?#,:@[]") == "%20%2B%26%3D%25%2F%3F%23%2C%3A%40%5B%5D");
    CHECK(net::percent_encoded(std::string_view("\0\n\x7f", 3)) == "%00%0A%7F");
    CHECK(net::percent_encoded("\xc3\xa4\xff") == "%C3%A4%FF");
}

} // namespace
