// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/protocol/pubnub_poll.hpp>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace ringtail::protocol {

/** Where polls stood lately: a second apart, no longer than an answer may take.

    The service may have moved to a new channel any time since the request whose answer tells of it, while the old channel still moved the
    position on. On a channel that is new an early position costs nothing. */
class position_history {
public:
    /// @param longest_answer  of a call to the service
    void add(pubnub_position const& reached, wall_time now, std::chrono::seconds longest_answer);
    void clear() noexcept { places_.clear(); }

    /// The last one that was added, if any.
    [[nodiscard]] pubnub_position const* latest() const noexcept { return places_.empty() ? nullptr : &places_.back().second; }

    /** The position at that time; before what is remembered, so much before the earliest one.

        @param present  what it is without a time, or without a history
        @param margin   for clocks that differ, where a time has to be made a position */
    [[nodiscard]] pubnub_position at(std::optional<wall_time> when, pubnub_position const& present, std::chrono::seconds margin) const;

private:
    std::vector<std::pair<wall_time, pubnub_position>> places_;
};

} // namespace ringtail::protocol

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/protocol/impl/position_history.ipp>
#endif
