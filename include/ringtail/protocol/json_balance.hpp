// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ringtail::protocol {

/** Finds where an array or object ends by its brackets and quotes alone; what stands between them is not looked at. */
class json_balance {
public:
    /// Behind the array or object that begins at `at`, or null if it does not end.
    static constexpr char const* after(char const* at, char const* end) noexcept
    {
        json_balance open;
        while (at != end) {
#if defined(__SSE2__)
            if (!std::is_constant_evaluated() && end - at >= 64) {
                auto const from = at;
                if (open.take_64(at)) {
                    return at;
                }
                if (at != from) {
                    continue;
                }
            }
#endif
            // One by one: the last few, and where backslashes may hide quotes.
            for (auto left = 64; left > 0 && at != end; --left, ++at) {
                if (open.in_string_ && *at == '\\') {
                    if (++at == end) {
                        return nullptr;
                    }
                } else if (open.take(*at)) {
                    return at + 1;
                }
            }
        }
        return nullptr;
    }

private:
#if defined(__SSE2__)
    /// A bit for each of 64 characters.
    class block {
    public:
        explicit block(char const* text) noexcept
        {
            for (unsigned i = 0; i != 64; i += 16) {
                __m128i chunk;
                std::memcpy(&chunk, text + i, sizeof chunk);
                auto const bits = [&](__m128i with, char c) {
                    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(with, _mm_set1_epi8(c))))) << i;
                };
                // A bracket and its brace differ in one bit only.
                auto const folded = _mm_or_si128(chunk, _mm_set1_epi8(0x20));
                quotes |= bits(chunk, '"');
                backslashes |= bits(chunk, '\\');
                opening |= bits(folded, '{');
                closing |= bits(folded, '}');
            }
        }
        std::uint64_t quotes = 0;
        std::uint64_t backslashes = 0;
        std::uint64_t opening = 0;
        std::uint64_t closing = 0;
    };

    // Move over 64 characters, unless backslashes are among them; or behind the last bracket, and true then.
    bool take_64(char const*& at) noexcept
    {
        block const next(at);
        if (next.backslashes != 0) {
            return false;
        }
        auto strings = next.quotes; // from each opening quote to before its closing one
        for (unsigned by = 1; by != 64; by *= 2) {
            strings ^= strings << by;
        }
        strings ^= in_string_ ? ~std::uint64_t{0} : 0;
        in_string_ = strings >> 63 != 0;
        for (auto brackets = (next.opening | next.closing) & ~strings; brackets != 0; brackets &= brackets - 1) {
            auto const lowest = brackets & (~brackets + 1);
            depth_ = (next.opening & lowest) != 0 ? depth_ + 1 : depth_ - 1;
            if (depth_ == 0) {
                at += __builtin_ctzll(lowest) + 1;
                return true;
            }
        }
        at += 64;
        return false;
    }
#endif

    // Whether it is the last bracket.
    constexpr bool take(char c) noexcept
    {
        if (c == '"') {
            in_string_ = !in_string_;
        } else if (!in_string_ && (c == '{' || c == '[')) {
            ++depth_;
        } else if (!in_string_ && (c == '}' || c == ']')) {
            --depth_;
            return depth_ == 0;
        }
        return false;
    }

    std::size_t depth_ = 0;
    bool in_string_ = false;
};

} // namespace ringtail::protocol
