// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/deadlines.hpp>

#include <chrono>
#include <optional>

namespace test_support {

/// A clock that a test moves; waiting costs nothing.
class hand_clock final : public ringtail::net::time_source {
public:
    [[nodiscard]] ringtail::steady_time now() const noexcept override { return time; }
    [[nodiscard]] ringtail::wall_time wall_now() const noexcept override
    {
        return ringtail::wall_time(std::chrono::duration_cast<ringtail::wall_time::duration>((time + gained).time_since_epoch()));
    }
    void wake_at(std::optional<ringtail::steady_time> when) override
    {
        armed = when;
        ++arms;
    }

    void run_until(ringtail::steady_time until)
    {
        while (armed && *armed <= until) {
            time = *armed;
            armed.reset();
            on_wake();
        }
        time = until;
    }

    ringtail::steady_time time{std::chrono::hours(1)};
    ringtail::duration gained{0}; ///< by the wall clock, on the other one
    std::optional<ringtail::steady_time> armed;
    int arms = 0;
};

} // namespace test_support
