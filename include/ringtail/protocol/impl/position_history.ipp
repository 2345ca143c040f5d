// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/protocol/position_history.hpp>

#include <cstddef>

namespace ringtail::protocol {

RINGTAIL_DECL void position_history::add(pubnub_position const& reached, wall_time now, std::chrono::seconds longest_answer)
{
    if (places_.empty() || now - places_.back().first >= std::chrono::seconds(1) || now < places_.back().first) {
        places_.emplace_back(now, reached);
    }
    auto const kept = longest_answer + std::chrono::seconds(5);
    std::size_t old = 0;
    while (old + 1 < places_.size() && now - places_[old + 1].first > kept) { // the one before was the position until then
        ++old;
    }
    places_.erase(places_.begin(), places_.begin() + static_cast<std::ptrdiff_t>(old));
}

RINGTAIL_DECL pubnub_position position_history::at(std::optional<wall_time> when, pubnub_position const& present, std::chrono::seconds margin) const
{
    if (!when || places_.empty()) {
        return present;
    }
    auto found = places_.front().second;
    for (auto const& [since, position] : places_) {
        if (since <= *when) {
            found = position;
        }
    }
    if (auto const first = places_.front().first; *when < first) {
        if (auto const then = time_of(found.timetoken)) {
            found.timetoken = timetoken_of(*then - (first - *when) - margin);
        }
    }
    return found;
}

} // namespace ringtail::protocol
