// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <functional>
#include <memory>

// Asio compiles its machinery anew for each handler type, which costs a user's unit a tenth of a second and more. So what does
// not happen for each event goes through these, which have one.
namespace ringtail::net {

/// Call `work` on that executor, and never from within this call.
void post(asio::any_io_executor const& on, std::function<void()> work);

/** Coroutines that run beside their owner, one at a time, and can be stopped.

    Asio goes on using the cancellation slot of a coroutine until its completion was called, which may be later than the last
    line of the coroutine. So each has a signal of its own, and the next one may begin as soon as the work of this one is done. */
class background {
public:
    /** Run `work` on that executor.

        @param done  called there at the end, with what was thrown. It is destroyed only then, so it may own what `work` uses. */
    void run(asio::any_io_executor const& on, asio::awaitable<void> work, std::function<void(std::exception_ptr)> done);

    /// Cancel what was run last; nothing if that is over.
    void stop() noexcept;
    /// What was run last is over: keep nothing for `stop`.
    void forget() noexcept { running_.reset(); }

private:
    class running;
    std::weak_ptr<running> running_; // the coroutine's own, so that it goes with it
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/background.ipp>
#endif
