// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/background.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace ringtail::net {

RINGTAIL_DECL void post(asio::any_io_executor const& on, std::function<void()> work)
{
    asio::post(on, std::move(work));
}

class background::running {
public:
    explicit running(asio::any_io_executor executor) : on(std::move(executor)) {}
    asio::cancellation_signal stop;
    asio::any_io_executor on;
};

RINGTAIL_DECL void background::run(asio::any_io_executor const& on, asio::awaitable<void> work, std::function<void(std::exception_ptr)> done)
{
    std::shared_ptr<running> const begun(new running(on)); // apart from its count, which `running_` keeps
    running_ = begun;
    asio::co_spawn(on, std::move(work),
                   asio::bind_cancellation_slot(begun->stop.slot(), [begun, done = std::move(done)](std::exception_ptr how) { done(std::move(how)); }));
}

RINGTAIL_DECL void background::stop() noexcept
{
    if (auto const begun = running_.lock()) {
        begun->stop.emit(asio::cancellation_type::terminal);
        post(begun->on, [begun] {}); // what Asio has posted for it uses the signal, perhaps when the coroutine has ended
    }
}

} // namespace ringtail::net
