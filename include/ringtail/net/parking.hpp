// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/fwd.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace ringtail::net {

/** A coroutine that waits until somebody wakes it.

    Waking posts, always: a waiter that was resumed inside the waking call would let a loop that never waits recurse
    until the stack is gone. Whoever claims it first, waker or cancellation, decides how it goes on. */
class parked {
public:
    parked() = default;
    parked(parked const&) = delete;
    parked& operator=(parked const&) = delete;
    virtual ~parked() = default;

    [[nodiscard]] bool woken() const noexcept { return claimed_.load(); }

    /// Let it go on: normally, or with an exception that carries `how`. False if it goes on already.
    bool wake(error_code how = {})
    {
        if (claimed_.exchange(true)) {
            return false;
        }
        resume(how);
        return true;
    }

    /// Its context goes down: let go of the coroutine.
    void abandon()
    {
        if (!claimed_.exchange(true)) {
            drop();
        }
    }

protected:
    virtual void resume(error_code how) = 0;
    virtual void drop() = 0;

private:
    std::atomic<bool> claimed_ = false;
};

/** Knows who waits in one execution context.

    A waiting coroutine often owns what would wake it: when a context is destroyed before that happened, both would leak.
    Asio destroys its own pending handlers then, and so does this for ours. */
class parking_lot final : public asio::execution_context::service {
public:
    using key_type = parking_lot;
    static inline asio::execution_context::id id;
    using list = std::list<std::weak_ptr<parked>, asio::recycling_allocator<std::weak_ptr<parked>>>;
    using entry = list::iterator;

    explicit parking_lot(asio::execution_context& of) : service(of) {}

    entry add(std::shared_ptr<parked> const& waiter)
    {
        std::lock_guard const lock(mutex_);
        return waiters_.emplace(waiters_.end(), waiter);
    }

    void remove(entry which)
    {
        std::lock_guard const lock(mutex_);
        if (!down_) {
            waiters_.erase(which);
        }
    }

private:
    void shutdown() override
    {
        {
            std::lock_guard const lock(mutex_);
            down_ = true;
        }
        for (auto const& each : waiters_) {
            if (auto const waiter = each.lock()) {
                waiter->abandon();
            }
        }
    }

    std::mutex mutex_;
    bool down_ = false;
    list waiters_;
};

/** Suspend until woken.

    @param keep  called with the `std::shared_ptr<parked>` once the coroutine is suspended; it must store or wake it.
    @throws boost::system::system_error(operation_aborted) when cancelled (all cancellation types). */
RINGTAIL_DECL asio::awaitable<void> park(std::function<void(std::shared_ptr<parked>)> keep);

/// Waiters of one strand that are all woken together; a condition variable for coroutines.
class notifier {
public:
    notifier() = default;
    notifier(notifier const&) = delete;
    notifier& operator=(notifier const&) = delete;
    ~notifier() { notify(asio::error::operation_aborted); }

    asio::awaitable<void> wait()
    {
        return park([this](std::shared_ptr<parked> waiter) { waiters_.push_back(std::move(waiter)); });
    }

    void notify(error_code how = {})
    {
        for (auto const& waiter : std::exchange(waiters_, {})) {
            waiter->wake(how);
        }
    }

private:
    std::vector<std::shared_ptr<parked>> waiters_;
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/parking.ipp>
#endif
