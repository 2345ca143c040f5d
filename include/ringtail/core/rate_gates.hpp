// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/deadlines.hpp>
#include <ringtail/net/parking.hpp>
#include <ringtail/protocol/throttle.hpp>
#include <ringtail/request.hpp>

#include <boost/asio/awaitable.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>

namespace ringtail::core {

/** The rate limits of an account, as gates: one for each API group, first come, first served.

    On the strand; lives longer than what passes. */
class rate_gates {
public:
    explicit rate_gates(net::deadlines& time) : time_(time) {}

    /// The place of a request that may leave now: whatever becomes of it, the gate learns it.
    class departure {
    public:
        departure(rate_gates& from, api_group group) noexcept : from_(from), group_(group) {}
        departure(departure const&) = delete;
        departure& operator=(departure const&) = delete;
        ~departure();
        void answered(response const& by);

    private:
        rate_gates& from_;
        api_group group_;
        bool answered_ = false;
    };

    /** Wait until a request may leave.

        @throws failure(error::throttled) with the time to wait if that would be later than `deadline`; behind a penalty of
        the service, later than `longer_for_penalty` after it. */
    asio::awaitable<std::unique_ptr<departure>> pass(api_group group, steady_time deadline, duration longer_for_penalty = {});

    /// Until when, if the gate is closed.
    [[nodiscard]] auto held(api_group group) { return limits_.held(group, time_.now()); }

    /// Answers 429 so far; from any thread.
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

private:
    void wake_next(api_group group);

    net::deadlines& time_;
    protocol::throttle limits_;
    std::array<std::deque<std::shared_ptr<net::parked>>, 4> waiting_;
    std::atomic<std::uint64_t> refused_ = 0;
};

} // namespace ringtail::core

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/core/impl/rate_gates.ipp>
#endif
