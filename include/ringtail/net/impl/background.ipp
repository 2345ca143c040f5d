// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/background.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <utility>

namespace ringtail::net {

RINGTAIL_DECL void background::run(asio::any_io_executor const& on, asio::awaitable<void> work, std::function<void(std::exception_ptr)> done)
{
    auto const stop = std::make_shared<asio::cancellation_signal>();
    stop_ = stop;
    asio::co_spawn(on, std::move(work),
                   asio::bind_cancellation_slot(stop->slot(), [stop, done = std::move(done)](std::exception_ptr how) { done(std::move(how)); }));
}

RINGTAIL_DECL void background::stop() noexcept
{
    if (stop_) {
        stop_->emit(asio::cancellation_type::terminal);
    }
}

} // namespace ringtail::net
