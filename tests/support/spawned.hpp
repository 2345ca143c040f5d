// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace test_support {

/// A coroutine on a context of the test's, and what became of it.
class spawned {
public:
    spawned(boost::asio::io_context& on, boost::asio::awaitable<void> work) : state_(std::make_shared<state>())
    {
        boost::asio::co_spawn(on, std::move(work),
                              boost::asio::bind_cancellation_slot(state_->cancel.slot(), [kept = state_](std::exception_ptr thrown) {
                                  kept->done = true;
                                  kept->thrown = std::move(thrown);
                              }));
    }

    void cancel(boost::asio::cancellation_type kind = boost::asio::cancellation_type::terminal) { state_->cancel.emit(kind); }
    [[nodiscard]] bool done() const noexcept { return state_->done; }

    /// The code that it ended with: success if it returned, and nothing that a code says if it threw something else.
    [[nodiscard]] ringtail::error_code code() const
    {
        if (!state_->thrown) {
            return {};
        }
        try {
            std::rethrow_exception(state_->thrown);
        } catch (boost::system::system_error const& known) {
            return known.code();
        }
    }

    /// Whether it ended, and that in success.
    [[nodiscard]] bool succeeded() const { return done() && !state_->thrown; }

private:
    class state {
    public:
        boost::asio::cancellation_signal cancel;
        bool done = false;
        std::exception_ptr thrown;
    };
    std::shared_ptr<state> state_;
};

/// Run what is ready, and what that makes ready.
inline void drain(boost::asio::io_context& context)
{
    context.restart();
    while (context.poll() != 0) {
    }
}

} // namespace test_support
