// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/net/deadlines.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace ringtail::net {

/// The machine's clocks, and one Asio timer on the given strand.
class real_time final : public time_source {
public:
    explicit real_time(asio::any_io_executor strand) : timer_(std::move(strand)) {}

    [[nodiscard]] steady_time now() const noexcept override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] wall_time wall_now() const noexcept override { return std::chrono::system_clock::now(); }

    void wake_at(std::optional<steady_time> when) override
    {
        if (!when) {
            timer_.cancel();
            return;
        }
        timer_.expires_at(*when);
        timer_.async_wait([wake = on_wake](error_code cancelled) { // not `this`: nothing takes back what is due already
            if (!cancelled) {
                wake();
            }
        });
    }

private:
    asio::steady_timer timer_;
};

} // namespace ringtail::net
