// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringtail::protocol {

/// Append what a JSON string means; `content` stands between its quotes and has passed a `json_scanner`.
inline void append_unescaped(std::string_view content, std::string& out)
{
    auto const hex4 = [&](std::size_t at) {
        std::uint32_t unit = 0;
        for (auto const c : content.substr(at, 4)) {
            unit = unit << 4 | static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        }
        return unit;
    };
    auto const put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };

    for (std::size_t at = 0;;) {
        auto const backslash = content.find('\\', at);
        out += content.substr(at, backslash - at);
        if (backslash == std::string_view::npos) {
            return;
        }
        at = backslash + 2;
        switch (auto const c = content[backslash + 1]) {
        case 'b': out += '\b'; break;
        case 'f': out += '\f'; break;
        case 'n': out += '\n'; break;
        case 'r': out += '\r'; break;
        case 't': out += '\t'; break;
        case 'u': {
            auto point = hex4(at);
            at += 4;
            if (point >= 0xd800 && point < 0xdc00) {
                point = 0x10000 + ((point - 0xd800) << 10) + (hex4(at + 2) - 0xdc00);
                at += 6;
            }
            if (point < 0x80) {
                put(point);
            } else if (point < 0x800) {
                put(0xc0 | point >> 6);
                put(0x80 | (point & 0x3f));
            } else if (point < 0x10000) {
                put(0xe0 | point >> 12);
                put(0x80 | (point >> 6 & 0x3f));
                put(0x80 | (point & 0x3f));
            } else {
                put(0xf0 | point >> 18);
                put(0x80 | (point >> 12 & 0x3f));
                put(0x80 | (point >> 6 & 0x3f));
                put(0x80 | (point & 0x3f));
            }
            break;
        }
        default: out += c;
        }
    }
}

} // namespace ringtail::protocol
