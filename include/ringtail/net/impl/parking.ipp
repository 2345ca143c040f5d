// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/parking.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>

namespace ringtail::net {

namespace detail {

template <class Handler>
class parked_handler final : public parked {
public:
    explicit parked_handler(Handler&& handler)
        : work_(asio::get_associated_executor(handler)), handler_(std::move(handler)),
          lot_(asio::use_service<parking_lot>(asio::query(work_->get_executor(), asio::execution::context)))
    {
    }

    void enter(std::shared_ptr<parked> const& self) { entry_ = lot_.add(self); }

private:
    void resume(error_code how) override
    {
        lot_.remove(entry_);
        auto const executor = work_->get_executor();
        asio::post(executor, [handler = std::move(*handler_), work = std::move(*work_), how]() mutable {
            // Emitting and clearing belong to the same executor, so nobody emits meanwhile.
            auto slot = asio::get_associated_cancellation_slot(handler);
            if (slot.is_connected()) {
                slot.clear();
            }
            std::move(handler)(how);
        });
    }

    void drop() override
    {
        handler_.reset();
        work_.reset();
    }

    // A waiting coroutine is unfinished work: without the guard its context would run out and end in silence.
    std::optional<asio::executor_work_guard<asio::associated_executor_t<Handler>>> work_;
    std::optional<Handler> handler_;
    parking_lot& lot_;
    parking_lot::entry entry_;
};

} // namespace detail

RINGTAIL_DECL asio::awaitable<void> park(std::function<void(std::shared_ptr<parked>)> keep)
{
    using keeper = std::function<void(std::shared_ptr<parked>)>;
    return asio::async_initiate<asio::use_awaitable_t<> const, void(error_code)>(
        [](auto handler, keeper place) {
            using handler_type = decltype(handler);
            auto slot = asio::get_associated_cancellation_slot(handler);
            auto const waiter = std::allocate_shared<detail::parked_handler<handler_type>>(
                asio::recycling_allocator<void>(), std::move(handler));
            waiter->enter(waiter);
            if (slot.is_connected()) {
                slot.assign([waiter](asio::cancellation_type kind) {
                    if (kind != asio::cancellation_type::none) {
                        waiter->wake(asio::error::operation_aborted);
                    }
                });
            }
            place(std::shared_ptr<parked>(waiter));
        },
        asio::use_awaitable, std::move(keep));
}

} // namespace ringtail::net
