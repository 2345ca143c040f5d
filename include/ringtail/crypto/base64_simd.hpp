// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

#if defined(__x86_64__) && defined(__GNUC__)
#define RINGTAIL_SSSE3
#include <tmmintrin.h>
#endif

namespace ringtail::crypto::detail {

#ifdef RINGTAIL_SSSE3

/** Decode what stands at the beginning of `text`, 16 characters at a time, where all of it is base64's own.

    After W. Muła and D. Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions", ACM Transactions on the Web 12(3). Two
    look-ups by the halves of a byte tell whether it belongs to the alphabet, a third one what to add for its value.
    @return how many characters are decoded, a multiple of 16: three bytes for each four of them. */
__attribute__((target("ssse3"))) inline std::size_t base64_decode_wide(std::string_view text, unsigned char* out) noexcept
{
    auto const by_low = _mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
    auto const by_high = _mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
    auto const shifts = _mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
    auto const order = _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    auto const slash = _mm_set1_epi8(0x2f); // a mask for four bits, too: a look-up heeds those and the highest one
    std::size_t done = 0;
    // Each step writes 16 bytes, of which 12 count; so the last characters are left to others.
    for (; text.size() - done >= 24; done += 16, out += 12) {
        __m128i chunk;
        std::memcpy(&chunk, text.data() + done, sizeof chunk);
        auto const high = _mm_and_si128(_mm_srli_epi32(chunk, 4), slash);
        auto const low = _mm_and_si128(chunk, slash);
        auto const foreign = _mm_and_si128(_mm_shuffle_epi8(by_low, low), _mm_shuffle_epi8(by_high, high));
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(foreign, _mm_setzero_si128())) != 0xffff) {
            break;
        }
        auto const sextets = _mm_add_epi8(chunk, _mm_shuffle_epi8(shifts, _mm_add_epi8(_mm_cmpeq_epi8(chunk, slash), high)));
        auto const pairs = _mm_maddubs_epi16(sextets, _mm_set1_epi32(0x01400140));
        auto const bytes = _mm_shuffle_epi8(_mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000)), order);
        std::memcpy(out, &bytes, sizeof bytes);
    }
    return done;
}

inline std::size_t base64_decode_prefix(std::string_view text, unsigned char* out) noexcept
{
    return __builtin_cpu_supports("ssse3") ? base64_decode_wide(text, out) : 0;
}

#else

inline std::size_t base64_decode_prefix(std::string_view, unsigned char*) noexcept
{
    return 0;
}

#endif

} // namespace ringtail::crypto::detail
