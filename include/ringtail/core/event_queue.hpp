// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/cursor.hpp>
#include <ringtail/detail/flat_queue.hpp>
#include <ringtail/error.hpp>
#include <ringtail/event.hpp>
#include <ringtail/net/deadlines.hpp>
#include <ringtail/net/parking.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>

namespace ringtail::core {

/** What was received and not yet taken, between the strand that receives and whatever executor takes.

    A mutex guards it: a hop to the strand would cost twenty times as much for each event. Positions move with the events:
    the last event of a delivery carries where to go on behind it, and that is acknowledged by the next call. */
class event_queue {
public:
    explicit event_queue(std::size_t capacity) : capacity_(capacity) {}

    // From the strand.

    /// Add the notifications [from, to) of a block; `after` only behind the last part of a delivery.
    void push_run(ringtail::detail::block_ptr block, std::size_t from, std::size_t to);
    void push(gap what);
    void push(undecodable what);
    void push(state_change what);
    /// All of the delivery is in: its position holds once what was pushed before is taken.
    void push_position(cursor after);
    /// Drop the oldest events above the capacity; a gap stands for them. True if that gap was not there before.
    bool drop_overflow(wall_time now);
    /// Nothing more comes. Further calls change nothing.
    void end(std::optional<failure> reason);
    /// Wake whoever waits for what was pushed. Once for each delivery.
    void publish();

    [[nodiscard]] bool full() const;
    /// `resume` is called, on the taker's thread, once there is room again.
    void call_when_room(std::function<void()> resume);

    // From the program.

    /// The next event if there is one now. Acknowledges the one before.
    std::optional<event> try_take();
    void acknowledge_taken();
    /// Whether everything was taken and nothing more comes.
    [[nodiscard]] bool finished() const;
    /// Throws what `end` was given.
    void rethrow_end() const;
    /** Wait until there is something to take, or the end.

        @throws boost::system::system_error(error::operation_in_progress) if another one waits, or `operation_aborted`
        when cancelled. */
    asio::awaitable<void> wait();
    /// Wake whoever waits although there is nothing.
    void interrupt();

    /// Behind the last acknowledged event.
    [[nodiscard]] cursor acknowledged() const;
    void start_at(cursor where);
    [[nodiscard]] std::size_t depth() const;

private:
    class run {
    public:
        ringtail::detail::block_ptr block;
        std::size_t next;
        std::size_t end;
    };
    class item {
    public:
        std::variant<run, gap, undecodable, state_change> content;
        std::optional<cursor> after;
    };

    [[nodiscard]] std::optional<event> pop();
    void acknowledge();
    [[nodiscard]] bool anything() const { return !items_.empty() || ended_; }

    mutable std::mutex mutex_;
    ringtail::detail::flat_queue<item> items_;
    std::size_t count_ = 0;
    std::size_t capacity_;
    bool ended_ = false;
    std::unique_ptr<failure> reason_;
    std::shared_ptr<net::parked> waiter_;
    std::function<void()> on_room_;
    cursor acknowledged_;
    std::optional<cursor> with_next_call_;
    bool outstanding_ = false; // an event was returned and not acknowledged
};

} // namespace ringtail::core

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/core/impl/event_queue.ipp>
#endif
