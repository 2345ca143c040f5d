// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/core/event_queue.hpp>
#include <ringtail/timestamp.hpp>

#include <algorithm>

namespace ringtail::core {

RINGTAIL_DECL void event_queue::push_run(ringtail::detail::block_ptr block, std::size_t from, std::size_t to)
{
    std::lock_guard const lock(mutex_);
    count_ += to - from;
    items_.push_back({run{std::move(block), from, to}, std::nullopt});
}

RINGTAIL_DECL void event_queue::push(gap what)
{
    std::lock_guard const lock(mutex_);
    ++count_;
    items_.push_back({std::move(what), std::nullopt});
}

RINGTAIL_DECL void event_queue::push(undecodable what)
{
    std::lock_guard const lock(mutex_);
    ++count_;
    items_.push_back({std::move(what), std::nullopt});
}

RINGTAIL_DECL void event_queue::push(state_change what)
{
    std::lock_guard const lock(mutex_);
    if (!items_.empty() && !items_.back().after) {
        auto* const last = std::get_if<state_change>(&items_.back().content);
        if (last != nullptr && last->state == what.state) {
            *last = std::move(what); // a program that does not look learns the latest, not all of them
            return;
        }
    }
    ++count_;
    items_.push_back({std::move(what), std::nullopt});
}

RINGTAIL_DECL void event_queue::push_position(cursor after)
{
    std::lock_guard const lock(mutex_);
    if (!items_.empty()) {
        items_.back().after = std::move(after);
    } else if (outstanding_) {
        with_next_call_ = std::move(after);
    } else {
        acknowledged_ = std::move(after);
    }
}

RINGTAIL_DECL bool event_queue::drop_overflow(wall_time now)
{
    std::lock_guard const lock(mutex_);
    if (count_ <= capacity_) {
        return false;
    }
    gap missing(gap_reason::queue_overflow, certainty::proven, std::nullopt, std::nullopt);
    auto another = true;
    auto start_known = true;
    auto const cover = [&](std::optional<wall_time> from, std::optional<wall_time> until) {
        start_known = start_known && from;
        missing.from = std::min(missing.from.value_or(wall_time::max()), from.value_or(wall_time::max()));
        missing.until = std::max(missing.until.value_or(wall_time::min()), until.value_or(now));
    };
    std::optional<cursor> passed;
    while (count_ + 1 > capacity_ && !items_.empty()) {
        auto& oldest = items_.front();
        if (auto* const part = std::get_if<run>(&oldest.content)) {
            auto const happened = parse_timestamp(part->block->view(part->block->envelopes[part->next].timestamp));
            cover(happened, happened);
            if (part->next + 1 < part->end) {
                ++part->next;
                --count_;
                continue;
            }
        } else if (auto const* const earlier = std::get_if<gap>(&oldest.content)) {
            cover(earlier->from, earlier->until);
            another = another && earlier->reason != gap_reason::queue_overflow;
        } else if (std::holds_alternative<undecodable>(oldest.content)) {
            cover({}, {});
        }
        if (oldest.after) {
            passed = std::move(oldest.after);
        }
        --count_;
        items_.pop_front();
    }
    if (!start_known || missing.from == wall_time::max()) { // nothing but state changes was dropped
        missing.from.reset();
    }
    missing.until = missing.until.value_or(now);
    ++count_;
    items_.push_front({std::move(missing), std::move(passed)});
    return another;
}

RINGTAIL_DECL void event_queue::end(std::optional<failure> reason)
{
    std::lock_guard const lock(mutex_);
    if (!std::exchange(ended_, true)) {
        reason_ = reason ? std::make_unique<failure>(std::move(*reason)) : nullptr;
    }
}

RINGTAIL_DECL void event_queue::publish()
{
    std::shared_ptr<net::parked> waiter;
    {
        std::lock_guard const lock(mutex_);
        if (anything()) {
            waiter = std::exchange(waiter_, nullptr);
        }
    }
    if (waiter) {
        waiter->wake();
    }
}

RINGTAIL_DECL bool event_queue::full() const
{
    std::lock_guard const lock(mutex_);
    return count_ >= capacity_;
}

RINGTAIL_DECL void event_queue::call_when_room(std::function<void()> resume)
{
    {
        std::lock_guard const lock(mutex_);
        if (count_ >= capacity_) {
            on_room_ = std::move(resume);
            return;
        }
    }
    resume();
}

RINGTAIL_DECL void event_queue::acknowledge()
{
    outstanding_ = false;
    if (with_next_call_) {
        acknowledged_ = std::move(*with_next_call_);
        with_next_call_.reset();
    }
}

RINGTAIL_DECL void event_queue::acknowledge_taken()
{
    std::lock_guard const lock(mutex_);
    acknowledge();
}

RINGTAIL_DECL std::optional<event> event_queue::pop()
{
    if (items_.empty()) {
        return std::nullopt;
    }
    outstanding_ = true;
    --count_;
    auto& front = items_.front();
    if (auto* const part = std::get_if<run>(&front.content); part != nullptr && part->next + 1 < part->end) {
        return event(std::in_place_type<notification>, part->block, part->next++);
    }
    with_next_call_ = std::move(front.after);
    auto taken = std::visit(
        [](auto& content) {
            if constexpr (std::is_same_v<std::decay_t<decltype(content)>, run>) {
                return event(std::in_place_type<notification>, std::move(content.block), content.next);
            } else {
                return event(std::move(content));
            }
        },
        front.content);
    items_.pop_front();
    if (items_.empty() && !std::holds_alternative<notification>(taken)) { // so far apart are these
        items_.release();
    }
    return taken;
}

RINGTAIL_DECL std::optional<event> event_queue::try_take()
{
    std::function<void()> resume;
    std::optional<event> taken;
    {
        std::lock_guard const lock(mutex_);
        acknowledge();
        taken = pop();
        if (on_room_ && count_ < capacity_) {
            resume = std::exchange(on_room_, nullptr);
        }
    }
    if (resume) {
        resume();
    }
    return taken;
}

RINGTAIL_DECL bool event_queue::finished() const
{
    std::lock_guard const lock(mutex_);
    return ended_ && items_.empty();
}

RINGTAIL_DECL void event_queue::rethrow_end() const
{
    std::lock_guard const lock(mutex_);
    if (reason_) {
        throw *reason_;
    }
}

RINGTAIL_DECL asio::awaitable<void> event_queue::wait()
{
    return net::park([this](std::shared_ptr<net::parked> waiter) {
        std::unique_lock lock(mutex_);
        if (anything()) {
            lock.unlock();
            waiter->wake();
            return;
        }
        if (waiter_ && !waiter_->woken()) {
            lock.unlock();
            waiter->wake(make_error_code(error::operation_in_progress));
            return;
        }
        waiter_ = std::move(waiter);
    });
}

RINGTAIL_DECL void event_queue::interrupt()
{
    std::shared_ptr<net::parked> waiter;
    {
        std::lock_guard const lock(mutex_);
        waiter = std::exchange(waiter_, nullptr);
    }
    if (waiter) {
        waiter->wake();
    }
}

RINGTAIL_DECL cursor event_queue::acknowledged() const
{
    std::lock_guard const lock(mutex_);
    return acknowledged_;
}

RINGTAIL_DECL void event_queue::start_at(cursor where)
{
    std::lock_guard const lock(mutex_);
    acknowledged_ = std::move(where);
}

RINGTAIL_DECL std::size_t event_queue::depth() const
{
    std::lock_guard const lock(mutex_);
    return count_;
}

} // namespace ringtail::core
