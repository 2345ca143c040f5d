// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringtail::protocol {

/// SplitMix64: jitter wants spread, not secrecy, and a seed must replay a run. Safe to share between threads.
class random_source {
public:
    explicit random_source(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t next() noexcept
    {
        constexpr std::uint64_t step = 0x9e3779b97f4a7c15u;
        auto z = state_.fetch_add(step, std::memory_order_relaxed) + step;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        return z ^ z >> 31;
    }

    /// In [0, 1).
    double fraction() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

private:
    std::atomic<std::uint64_t> state_;
};

} // namespace ringtail::protocol
