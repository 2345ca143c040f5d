// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/parking.hpp>
#include <ringtail/net/services.hpp>

namespace ringtail::net {

namespace detail {
inline constexpr std::chrono::seconds clock_tick{15};
inline constexpr std::chrono::seconds clock_tolerance{3};
} // namespace detail

RINGTAIL_DECL services::clock_watch::clock_watch(services& owner, std::function<void(duration)> told)
    : owner_(owner), told_(std::move(told))
{
    if (owner_.watchers_.empty()) {
        owner_.seen_ = owner_.now();
        owner_.tick_.set(owner_.seen_.steady + detail::clock_tick, [&services = owner_] { services.compare_clocks(); });
    }
    place_ = owner_.watchers_.insert(owner_.watchers_.end(), this);
}

RINGTAIL_DECL services::clock_watch::~clock_watch()
{
    if (owner_.telling_ != 0) {
        *place_ = nullptr;
        return;
    }
    owner_.watchers_.erase(place_);
    if (owner_.watchers_.empty()) {
        owner_.tick_.reset();
    }
}

RINGTAIL_DECL asio::awaitable<void> services::sleep_until(steady_time when)
{
    alarm wake(deadlines);
    co_await park([&](std::shared_ptr<parked> waiter) { wake.set(when, [waiter] { waiter->wake(); }); });
}

RINGTAIL_DECL void services::compare_clocks()
{
    if (watchers_.empty()) {
        return;
    }
    auto const present = now();
    auto const apart = std::chrono::duration_cast<duration>(present.wall - seen_.wall) - (present.steady - seen_.steady);
    if (stood_still(present)) {
        still_since_ = seen_;
        still_until_ = present.steady;
    }
    seen_ = present;
    tick_.set(present.steady + detail::clock_tick);
    if (apart > detail::clock_tolerance || apart < -duration(detail::clock_tolerance)) {
        class telling {
        public:
            explicit telling(services& who) noexcept : who_(who) { ++who_.telling_; }
            telling(telling const&) = delete;
            telling& operator=(telling const&) = delete;
            ~telling()
            {
                if (--who_.telling_ == 0) {
                    who_.watchers_.remove(nullptr);
                    if (who_.watchers_.empty()) {
                        who_.tick_.reset();
                    }
                }
            }

        private:
            services& who_;
        } const now_told(*this);
        auto left = watchers_.size(); // who comes meanwhile has seen it
        for (auto each = watchers_.begin(); left != 0; ++each, --left) {
            if (*each != nullptr) {
                (*each)->told_(apart);
            }
        }
    }
}

// Ticks come late only if everything does.
RINGTAIL_DECL bool services::stood_still(instant until) const noexcept
{
    auto const most = detail::clock_tick + detail::clock_tolerance;
    return until.steady - seen_.steady > most || until.wall - seen_.wall > most;
}

RINGTAIL_DECL services::instant services::earliest_arrival(instant asked, instant present) const noexcept
{
    if (watchers_.empty()) {
        return asked;
    }
    auto const later = [&](instant const& since) { return since.steady > asked.steady ? since : asked; };
    if (stood_still(present)) { // and the tick has not seen it yet
        return later(seen_);
    }
    return still_until_ > asked.steady ? later(still_since_) : present;
}

} // namespace ringtail::net
