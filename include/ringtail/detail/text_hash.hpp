// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace ringtail::detail {

/// FNV-1a over several texts, with a mark behind each: decimal, to be saved. It finds slips, not forgers.
inline std::string text_hash(std::initializer_list<std::string_view> texts)
{
    std::uint32_t state = 0x811c9dc5u;
    auto const add = [&state](unsigned char octet) { state = (state ^ octet) * 0x01000193u; };
    for (auto const text : texts) {
        for (auto const c : text) {
            add(static_cast<unsigned char>(c));
        }
        add(0xff); // in no character of UTF-8
    }
    return std::to_string(state);
}

} // namespace ringtail::detail
