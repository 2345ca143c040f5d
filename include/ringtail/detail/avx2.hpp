// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <cstdint>

// 32 bytes at a time, on processors that can. By the compilers' vectors and documented built-in functions, for <immintrin.h>, which
// has the same by other names, costs each unit of a program 100 MiB and a third of a second.
#if defined(__x86_64__) && defined(__GNUC__) // clang, too
#define RINGTAIL_AVX2

namespace ringtail::detail::avx2 {

using bytes = char __attribute__((vector_size(32)));
using halves = short __attribute__((vector_size(32)));
using words = int __attribute__((vector_size(32)));

inline bool is_here() noexcept
{
    return __builtin_cpu_supports("avx2");
}

/// The highest bit of each byte, the first byte's lowest.
__attribute__((target("avx2"), always_inline)) inline std::uint32_t bits_of(bytes const& which) noexcept
{
    return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb256(which));
}

/// For each byte of `places` the one of `table` that its lower half names, in either half of them; 0 where its highest bit is set.
__attribute__((target("avx2"), always_inline)) inline bytes looked_up(bytes const& table, bytes const& places) noexcept
{
    return __builtin_ia32_pshufb256(table, places);
}

} // namespace ringtail::detail::avx2

#endif
