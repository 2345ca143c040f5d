// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <string>
#include <string_view>

namespace ringtail::protocol {

/// Append `text` with everything percent-encoded but RFC 3986's unreserved characters.
inline void append_percent_encoded(std::string& result, std::string_view text)
{
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (auto const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        auto const plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        if (plain) {
            result += c;
        } else {
            result += '%';
            result += hex[byte >> 4];
            result += hex[byte & 15];
        }
    }
}

/// Percent-encode everything but RFC 3986's unreserved characters.
[[nodiscard]] inline std::string percent_encoded(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    append_percent_encoded(result, text);
    return result;
}

} // namespace ringtail::protocol
