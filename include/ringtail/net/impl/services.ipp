// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/services.hpp>

#include <algorithm>

namespace ringtail::net {

namespace detail {
inline constexpr std::chrono::seconds clock_tick{15};
inline constexpr std::chrono::seconds clock_tolerance{3};
} // namespace detail

RINGTAIL_DECL services::clock_watch::clock_watch(services& owner, std::function<void(duration)> told)
    : owner_(owner), told_(std::move(told))
{
    if (owner_.watchers_.empty()) {
        owner_.seen_steady_ = owner_.deadlines.now();
        owner_.seen_wall_ = owner_.deadlines.wall_now();
        owner_.tick_.set(owner_.seen_steady_ + detail::clock_tick, [&services = owner_] { services.compare_clocks(); });
    }
    owner_.watchers_.push_back(this);
}

RINGTAIL_DECL services::clock_watch::~clock_watch()
{
    owner_.watchers_.remove(this);
    if (owner_.watchers_.empty()) {
        owner_.tick_.reset();
    }
}

RINGTAIL_DECL void services::compare_clocks()
{
    auto const steady = deadlines.now();
    auto const wall = deadlines.wall_now();
    auto const apart = std::chrono::duration_cast<duration>(wall - seen_wall_) - (steady - seen_steady_);
    seen_steady_ = steady;
    seen_wall_ = wall;
    tick_.set(steady + detail::clock_tick);
    if (apart > detail::clock_tolerance || apart < -duration(detail::clock_tolerance)) {
        auto const watchers = watchers_; // one of them may leave
        for (auto* const each : watchers) {
            if (std::find(watchers_.begin(), watchers_.end(), each) != watchers_.end()) {
                each->told_(std::max(apart, duration::zero()));
            }
        }
    }
}

} // namespace ringtail::net
