// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/avx2.hpp>

#include <cstddef>
#include <cstring>
#include <string_view>

namespace ringtail::crypto::detail {

#ifdef RINGTAIL_AVX2

/** Decode what stands at the beginning of `text`, 32 characters at a time, where all of it is base64's own.

    After W. Muła and D. Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions", ACM Transactions on the Web 12(3). Two
    look-ups by the halves of a byte tell whether it belongs to the alphabet, a third one what to add for its value.
    @return how many characters are decoded, a multiple of 32: three bytes for each four of them. */
__attribute__((target("avx2"))) inline std::size_t base64_decode_wide(std::string_view text, unsigned char* out) noexcept
{
    using namespace ringtail::detail::avx2;
    constexpr bytes by_low = {0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a,
                              0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a};
    constexpr bytes by_high = {0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
                               0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10};
    constexpr bytes shifts = {0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0};
    constexpr bytes order = {2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1};
    constexpr bytes pairs = {0x40, 1, 0x40, 1, 0x40, 1, 0x40, 1, 0x40, 1, 0x40, 1, 0x40, 1, 0x40, 1,
                             0x40, 1, 0x40, 1, 0x40, 1, 0x40, 1, 0x40, 1, 0x40, 1, 0x40, 1, 0x40, 1};
    constexpr halves fours = {0x1000, 1, 0x1000, 1, 0x1000, 1, 0x1000, 1, 0x1000, 1, 0x1000, 1, 0x1000, 1, 0x1000, 1};
    constexpr words together = {0, 1, 2, 4, 5, 6, 3, 7};
    std::size_t done = 0;
    // Each step writes 32 bytes, of which 24 count; so the last characters are left to others.
    for (; text.size() - done >= 45; done += 32, out += 24) {
        bytes chunk;
        std::memcpy(&chunk, text.data() + done, sizeof chunk);
        auto const high = bytes(words(chunk) >> 4) & '/'; // a mask for four bits, too: a look-up heeds those and the highest one
        auto const low = chunk & '/';
        if (bits_of((looked_up(by_low, low) & looked_up(by_high, high)) != 0) != 0) {
            break;
        }
        auto const sextets = chunk + looked_up(shifts, high + (chunk == '/'));
        auto const triples = bytes(__builtin_ia32_pmaddwd256(__builtin_ia32_pmaddubsw256(sextets, pairs), fours));
        auto const decoded = __builtin_ia32_permvarsi256(words(looked_up(triples, order)), together);
        std::memcpy(out, &decoded, sizeof decoded);
    }
    return done;
}

inline std::size_t base64_decode_prefix(std::string_view text, unsigned char* out) noexcept
{
    return ringtail::detail::avx2::is_here() ? base64_decode_wide(text, out) : 0;
}

#else

inline std::size_t base64_decode_prefix(std::string_view, unsigned char*) noexcept
{
    return 0;
}

#endif

} // namespace ringtail::crypto::detail
