// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace ringtail {

/// What a subscription has met since this process follows it, at one moment. See examples/metrics.cpp.
class counters {
public:
    std::uint64_t notifications = 0; ///< received; duplicates left out
    std::uint64_t duplicates = 0;    ///< dropped, for the service delivered them before
    std::uint64_t undecodable = 0;   ///< messages that could not be read
    std::uint64_t gaps = 0;          ///< told or waiting to be, whatever their certainty
    std::uint64_t reconnects = 0;    ///< times `subscription_state::reconnecting` was told
    std::uint64_t renewals = 0;      ///< carried out
    std::uint64_t recreations = 0;   ///< times the subscription was gone and was created again
    std::uint64_t audits = 0;        ///< times the service was asked whether the subscription lives
    std::uint64_t throttled = 0;     ///< answers 429 to the whole account
    std::uint64_t bytes = 0;         ///< of messages, as they were delivered
    std::size_t queued = 0;          ///< events that wait for the program now

    /// From the timestamp of the last notification until it was here, by this machine's clock: below zero if the clocks
    /// disagree. Not known before the first one.
    std::optional<duration> lag;
    std::optional<duration> greatest_lag;
};

} // namespace ringtail
