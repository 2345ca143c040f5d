// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/net/url.hpp>

#include <algorithm>
#include <charconv>

namespace ringtail::net {

RINGTAIL_DECL url url::parse(std::string_view text)
{
    auto const refuse = [&](std::string const& why) {
        return failure(error::invalid_argument, "URL \"" + std::string(text.substr(0, text.find('?'))) + "\": " + why);
    };
    url result;
    auto const colon = text.find("://");
    if (colon == std::string_view::npos) {
        throw refuse("no scheme");
    }
    result.scheme = text.substr(0, colon);
    std::transform(result.scheme.begin(), result.scheme.end(), result.scheme.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (result.scheme != "http" && result.scheme != "https" && result.scheme != "ws" && result.scheme != "wss") {
        throw refuse("the scheme is not http, https, ws or wss");
    }
    result.port = result.encrypted() ? 443 : 80;

    auto rest = text.substr(colon + 3);
    auto const end = std::min(rest.find_first_of("/?#"), rest.size());
    auto authority = rest.substr(0, end);
    result.path = rest.substr(end, rest.find('#') - end);
    if (!result.path.empty() && result.path.front() == '?') {
        result.path.insert(0, 1, '/');
    }
    auto const clean = [](std::string_view part) {
        return std::all_of(part.begin(), part.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    };
    if (authority.find('@') != std::string_view::npos) {
        throw failure(error::invalid_argument, "URL: user information is not allowed");
    }
    if (!clean(authority) || !clean(result.path)) {
        throw refuse("white space or control characters");
    }

    auto port_at = authority.rfind(':');
    if (!authority.empty() && authority.front() == '[') {
        auto const bracket = authority.find(']');
        if (bracket == std::string_view::npos) {
            throw refuse("unfinished IPv6 address");
        }
        result.host = authority.substr(1, bracket - 1);
        port_at = bracket + 1 < authority.size() && authority[bracket + 1] == ':' ? bracket + 1 : std::string_view::npos;
    } else {
        result.host = authority.substr(0, port_at);
    }
    if (result.host.empty()) {
        throw refuse("no host");
    }
    if (port_at != std::string_view::npos) {
        auto const digits = authority.substr(port_at + 1);
        auto const [stop, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
        if (bad != std::errc{} || stop != digits.data() + digits.size() || result.port == 0) {
            throw refuse("bad port");
        }
    }
    return result;
}

RINGTAIL_DECL bool url::loopback() const noexcept
{
    auto const dotted = host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
    return dotted || host == "localhost" || host == "::1";
}

RINGTAIL_DECL std::string url::authority() const
{
    auto const shown = host.find(':') == std::string::npos ? host : '[' + host + ']';
    return port == (encrypted() ? 443 : 80) ? shown : shown + ':' + std::to_string(port);
}

RINGTAIL_DECL void url::require_secure(bool allow_unencrypted) const
{
    if (!encrypted() && !loopback() && !allow_unencrypted) {
        throw failure(error::insecure_url, scheme + "://" + authority());
    }
}

} // namespace ringtail::net
