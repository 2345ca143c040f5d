// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/counters.hpp>
#include <ringtail/cursor.hpp>
#include <ringtail/event.hpp>
#include <ringtail/event_filters.hpp>
#include <ringtail/gap_repair.hpp>
#include <ringtail/request.hpp>
#include <ringtail/subscription_info.hpp>
#include <ringtail/transport.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace ringtail {

namespace core {
class subscription_core;
}

/** A subscription whose transport is not part of its type; `subscription<T>` is one.

    A handle: movable, and moving or destroying it while its operations run is safe. Destroying it closes the subscription
    here and leaves it on the server until it expires; `unsubscribe` removes it there. Calls of an empty handle throw
    `failure(error::closed)` at once.

    The subscription goes on receiving, answering and renewing while nobody calls `next_event`, until its queue is full.
    @par Thread safety Distinct objects: safe. Shared: `next_event` from one executor at a time, the rest from any. */
class any_subscription {
public:
    any_subscription() = default;
    explicit any_subscription(std::shared_ptr<core::subscription_core> of) noexcept : core_(std::move(of)) {}
    any_subscription(any_subscription&&) noexcept = default;
    any_subscription& operator=(any_subscription&& other) noexcept;
    ~any_subscription();

    /** Wait for the next event.

        Taken means returned: the following call acknowledges it, and moves `cursor()` behind it.
        @par Completes when an event is there; the subscription was closed and all is taken (empty optional); or it ended
             for good (throws what ended it: refused credentials, a filter that is no longer granted, ...). What can be
             healed is healed meanwhile and shows as `state_change` and `gap`.
        @par Preconditions No other `next_event` pending, else `failure(error::operation_in_progress)`.
        @par Cancellation  All kinds (of which Asio lets only `terminal` reach a spawned coroutine that does not ask for more).
             Nothing is lost: a later call yields the event.
        @par Lifetimes     The handle may be moved or destroyed meanwhile.
        @see try_next_event, examples/next_event.cpp */
    [[nodiscard]] asio::awaitable<std::optional<event>> next_event() const;

    /// The same, but throws `failure(error::timed_out)` at the deadline. Never race `next_event` with a timer by `||`.
    [[nodiscard]] asio::awaitable<std::optional<event>> next_event(steady_time deadline) const;
    [[nodiscard]] asio::awaitable<std::optional<event>> next_event(duration timeout) const;

    /** The next event if there is one now, without a coroutine: the way to take a batch.

        Acknowledges as `next_event` does. Empty also when the subscription has ended; `next_event` then says how. */
    [[nodiscard]] std::optional<event> try_next_event() const;

    /// Acknowledge the event that was returned last without asking for another one: the program is done with it.
    void acknowledge() const;

    /** Replace the event filters; renews the subscription, too. Nothing published meanwhile is lost.

        @throws failure(error::invalid_filter), or what the service answered; the old filters then stay. */
    [[nodiscard]] asio::awaitable<void> modify(event_filters filters);
    /// `modify` with these beside the present ones.
    [[nodiscard]] asio::awaitable<void> add_filters(event_filters filters);
    /// Extend the subscription's life now. It is renewed in time without being asked.
    [[nodiscard]] asio::awaitable<void> renew();
    /** Any call of the API over the transport's own connection where it carries requests (the gateway does), else over REST.

        @return whatever was answered, of any status.
        @throws failure(error::unsupported) for another subscription and for `/restapi/oauth/`, failure(error::timed_out),
            failure(error::connection_failed). */
    [[nodiscard]] asio::awaitable<response> exchange(request wanted);
    /** Read again, over REST, what the service keeps of a gap: messages (message-sync) and finished calls (call log) of the
        filters that this subscription wants.

        Records that were delivered may be among them, for their moments are known to the minute only. A list that can't be
        read, for want of a scope or for what the service answered, leaves its filters in `gap_repair::unhealed`.
        @throws failure  if the login fails; nothing else.
        @par Cancellation All kinds.
        @see examples/repair.cpp */
    [[nodiscard]] asio::awaitable<gap_repair> repair(gap missing) const;
    /** Remove the subscription from the server and close it. Events that were received can still be taken.

        @throws failure if the server did not remove it; it is closed here all the same. */
    [[nodiscard]] asio::awaitable<void> unsubscribe();
    /// Close it here, within moments whatever the peer does; on the server it stays until it expires.
    [[nodiscard]] asio::awaitable<void> close();

    /// What the server last said of it.
    [[nodiscard]] subscription_info info() const;
    /// What the program wants: also what it is created again with.
    [[nodiscard]] event_filters filters() const;
    /// Requested, granted and refused filters.
    [[nodiscard]] filter_outcome outcome() const;
    /// What it has met so far, for a program's own metrics.
    [[nodiscard]] ringtail::counters counters() const;
    /// Behind the last acknowledged event; save it to go on after a restart, see `client::adopt_subscription`.
    [[nodiscard]] ringtail::cursor cursor() const;

    [[nodiscard]] explicit operator bool() const noexcept { return core_ != nullptr; }

private:
    [[nodiscard]] std::shared_ptr<core::subscription_core> const& core() const;

    std::shared_ptr<core::subscription_core> core_;
};

/// A subscription over the transport `T`.
template <transport T>
class subscription : public any_subscription {
public:
    using transport_type = T;
    subscription() = default;
    explicit subscription(any_subscription made) noexcept : any_subscription(std::move(made)) {}
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/subscription.ipp>
#endif
