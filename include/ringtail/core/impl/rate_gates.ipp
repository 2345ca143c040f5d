// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/core/rate_gates.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace ringtail::core {

RINGTAIL_DECL asio::awaitable<std::unique_ptr<rate_gates::departure>> rate_gates::pass(api_group group, steady_time deadline,
                                                                                       duration longer_for_penalty)
{
    auto& queue = waiting_[static_cast<std::size_t>(group)];
    auto waited = false;
    // Somebody who passes may close the gate again before the next one does.
    while (auto const hold = held(group)) {
        if (hold->until >= deadline && !hold->penalty) {
            break; // only a guess: better tried than not
        }
        if (hold->until >= deadline + longer_for_penalty) {
            auto const left = std::chrono::ceil<std::chrono::seconds>(hold->until - time_.now());
            throw failure(error::throttled, "the rate limit's gate opens in " + std::to_string(left.count()) + " s")
                .with_answer(0, {}, {}, left);
        }
        net::alarm opens(time_);
        try {
            co_await net::park([&](std::shared_ptr<net::parked> waiter) {
                opens.set(hold->until, [waiter] { waiter->wake(); });
                if (std::exchange(waited, true)) {
                    queue.push_front(std::move(waiter));
                } else {
                    queue.push_back(std::move(waiter));
                }
            });
        } catch (...) {
            wake_next(group); // it may have been this one's turn
            throw;
        }
    }
    limits_.sent(group, time_.now());
    auto place = std::make_unique<departure>(*this, group);
    wake_next(group); // there may be room for more
    co_return place;
}

// One at a time: waking all for each answer would cost the square of their number.
RINGTAIL_DECL void rate_gates::wake_next(api_group group)
{
    auto& queue = waiting_[static_cast<std::size_t>(group)];
    for (auto woken = false; !woken && !queue.empty();) {
        woken = queue.front()->wake();
        queue.pop_front();
    }
}

RINGTAIL_DECL rate_gates::departure::~departure()
{
    if (!answered_) {
        from_.limits_.lost(group_);
        from_.wake_next(group_);
    }
}

RINGTAIL_DECL void rate_gates::departure::answered(response const& by)
{
    answered_ = true;
    if (by.status == 429) {
        from_.refused_.fetch_add(1, std::memory_order_relaxed);
    }
    from_.limits_.answered(group_, from_.time_.now(), by);
    from_.wake_next(group_);
}

} // namespace ringtail::core
