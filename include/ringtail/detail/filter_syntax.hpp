// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/values.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// How event filters are written and taken apart; for the bodies only.

namespace ringtail::detail {

inline bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

inline bool is_unreserved(char c) noexcept
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_'
           || c == '~';
}

/// Percent-encodes all but unreserved characters and those in `also`. An id that holds a `/` must not become two
/// segments of a valid path.
inline std::string encode_part(std::string_view text, std::string_view also)
{
    std::string encoded;
    encoded.reserve(text.size());
    for (char const c : text) {
        if (is_unreserved(c) || also.find(c) != std::string_view::npos) {
            encoded += c;
        } else {
            constexpr char const digits[] = "0123456789ABCDEF";
            auto const byte = static_cast<unsigned char>(c);
            encoded += '%';
            encoded += digits[byte >> 4];
            encoded += digits[byte & 15];
        }
    }
    return encoded;
}

inline int hex_value(char c) noexcept
{
    if (is_digit(c)) {
        return c - '0';
    }
    char const lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The byte that a percent sign at `at` encodes, or -1.
inline int escaped_byte(std::string_view text, std::size_t at) noexcept
{
    if (at + 2 >= text.size()) {
        return -1;
    }
    int const high = hex_value(text[at + 1]);
    int const low = hex_value(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Decodes what is the same encoded and plain; delimiters stay encoded.
inline std::string decode_part(std::string_view text)
{
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i != text.size(); ++i) {
        int const byte = text[i] == '%' ? escaped_byte(text, i) : -1;
        if (byte > 0 && (is_unreserved(static_cast<char>(byte)) || byte == '+' || byte == ':' || byte == ',')) {
            decoded += static_cast<char>(byte);
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

inline void add_parameter(std::string& query, std::string_view name, std::string_view value)
{
    query += query.empty() ? '?' : '&';
    query += name;
    query += '=';
    query += encode_part(value, "+"); // the service's own examples leave the plus of a number as it is
}

inline std::string account_path(std::string_view account)
{
    return "/restapi/v1.0/account/" + encode_part(account, "=");
}

inline std::string extension_path(std::string_view account, std::string_view extension)
{
    return account_path(account) + "/extension/" + encode_part(extension, "=");
}

inline bool is_own(std::string_view id) noexcept
{
    return id == "~" || equal_without_case(id, "%7E");
}

/// A filter taken apart; all views refer to it.
class filter_parts {
public:
    explicit filter_parts(std::string_view filter) noexcept
    {
        auto const mark = filter.find('?');
        path = filter.substr(0, mark);
        if (mark != std::string_view::npos) {
            query = filter.substr(mark + 1);
        }
        rest = path;
        std::string_view previous;
        for (std::size_t at = path.find('/'); at < path.size();) {
            auto const end = std::min(path.find('/', at + 1), path.size());
            auto const segment = path.substr(at + 1, end - at - 1);
            bool const is_account = !account && (previous == "account" || previous == "accounts");
            // an extension's id stands right behind the account's, or it is another resource's
            bool const is_extension = account && !extension && previous == "extension"
                                      && path.data() + at == rest.data() + std::string_view("/extension").size();
            if (is_account) {
                account = segment;
            } else if (is_extension) {
                extension = segment;
            }
            if (is_account || is_extension) {
                rest = path.substr(end);
            }
            previous = segment;
            at = end;
        }
    }

    bool is_reminder() const noexcept { return path == "/restapi/v1.0/subscription/~"; }

    /// Whether it is one of the presence filters that come plain and detailed.
    bool has_detail() const noexcept
    {
        return extension
               && (rest == "/presence" || rest == "/presence/line/presence" || rest == "/favorite/presence");
    }

    std::string_view path;
    std::optional<std::string_view> query;
    std::optional<std::string_view> account;
    std::optional<std::string_view> extension;
    std::string_view rest; ///< the path behind the ids, with its slash
};

/// Calls `visit(name, value)` for each parameter; `value` has no data when there was no `=`.
template <class Visitor>
void each_parameter(std::string_view query, Visitor visit)
{
    for (;;) {
        auto const end = query.find('&');
        auto const pair = query.substr(0, end);
        auto const equals = pair.find('=');
        auto const name = pair.substr(0, equals);
        visit(name, equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
        if (end == std::string_view::npos) {
            return;
        }
        query.remove_prefix(end + 1);
    }
}

inline bool is_resource_id(std::string_view id) noexcept
{
    auto const digits = [](std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); };
    return is_own(id) || (!id.empty() && digits(id)) || (id.starts_with("pid=") && id.size() > 4);
}

/// Why a reminder can't be accepted; empty when it can.
inline std::string_view reminder_fault(std::string_view query)
{
    std::optional<std::int64_t> threshold;
    std::optional<std::int64_t> interval;
    each_parameter(query, [&](std::string_view name, std::string_view value) {
        std::int64_t number = 0;
        auto const* const end = value.data() + value.size();
        auto const result = std::from_chars(value.data(), end, number);
        if (value.empty() || result.ec != std::errc{} || result.ptr != end) {
            return;
        }
        if (name == "threshold") {
            threshold = number;
        } else if (name == "interval") {
            interval = number;
        }
    });
    if (!threshold || !interval || *threshold <= 0 || *interval <= 0) {
        return "a reminder needs a threshold and an interval in seconds, both above 0";
    }
    if (*interval > *threshold / 2) {
        return "a reminder's interval is at most half of its threshold";
    }
    return {};
}

/// Why the service would not take a filter; empty when nothing speaks against it.
inline std::string_view filter_fault(std::string_view filter)
{
    if (!filter.starts_with('/')) {
        return "an event filter is a path and begins with '/'";
    }
    for (std::size_t i = 0; i != filter.size(); ++i) {
        char const c = filter[i];
        if (c <= ' ' || c > '~') {
            return "white space, control and non-ASCII characters are not allowed";
        }
        if (c == '#') {
            return "a fragment is not allowed";
        }
        if (std::string_view("<>{}\"\\^`|").find(c) != std::string_view::npos) {
            return "not a URI character (a placeholder that was not replaced?)";
        }
        if (c == '%' && escaped_byte(filter, i) < 0) {
            return "a percent sign needs two hexadecimal digits behind it";
        }
    }
    filter_parts const parts(filter);
    std::string_view path = parts.path;
    while (!path.empty()) {
        path.remove_prefix(1);
        auto const segment = path.substr(0, path.find('/'));
        if (segment.empty()) {
            return "an empty path segment (an empty id?)";
        }
        if (segment == "." || segment == "..") {
            return "dot segments are not allowed";
        }
        path.remove_prefix(segment.size());
    }
    if (parts.path.starts_with("/restapi/")) {
        if (parts.account && !is_resource_id(*parts.account)) {
            return "an account id is digits, '~' or 'pid=X'";
        }
        if (parts.extension && !is_resource_id(*parts.extension)) {
            return "an extension id is digits, '~' or 'pid=X'";
        }
    }
    std::string_view fault;
    if (parts.query) {
        each_parameter(*parts.query, [&](std::string_view name, std::string_view value) {
            if (name.empty()) {
                fault = "a query parameter without a name";
            } else if (value.data() != nullptr && value.empty()) {
                fault = "a query parameter without a value behind its '='";
            } else if (name.find('?') != std::string_view::npos || value.find('?') != std::string_view::npos) {
                fault = "more than one '?'";
            }
        });
    }
    return fault.empty() && parts.is_reminder() ? reminder_fault(parts.query.value_or("")) : fault;
}

/// A filter as an error text can show it: printable and of bounded length.
inline std::string shown_filter(std::string_view filter)
{
    constexpr std::size_t longest = 200;
    std::string shown = "\"";
    for (char const c : filter.substr(0, longest)) {
        shown += c >= ' ' && c <= '~' ? c : '?';
    }
    shown += filter.size() > longest ? "...\"" : "\"";
    return shown;
}

} // namespace ringtail::detail
