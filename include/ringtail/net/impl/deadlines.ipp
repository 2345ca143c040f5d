// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/deadlines.hpp>

namespace ringtail::net {

RINGTAIL_DECL void alarm::set(steady_time when, std::function<void()> action)
{
    action_ = std::move(action);
    set(when);
}

RINGTAIL_DECL void alarm::set(steady_time when)
{
    reset();
    when_ = when;
    owner_->insert(*this);
}

RINGTAIL_DECL void alarm::reset() noexcept
{
    if (is_set()) {
        owner_->remove(*this);
    }
}

RINGTAIL_DECL deadlines::deadlines(time_source& time) : time_(time)
{
    time_.on_wake = [this] { wake(); };
}

RINGTAIL_DECL deadlines::~deadlines()
{
    time_.on_wake = nullptr;
}

RINGTAIL_DECL void deadlines::place(std::size_t at, alarm& entry) noexcept
{
    heap_[at] = &entry;
    entry.place_ = at;
}

RINGTAIL_DECL void deadlines::sift(std::size_t at) noexcept
{
    auto& entry = *heap_[at];
    while (at != 0 && entry.when_ < heap_[(at - 1) / 2]->when_) {
        place(at, *heap_[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (;;) {
        auto child = 2 * at + 1;
        if (child >= heap_.size()) {
            break;
        }
        if (child + 1 < heap_.size() && heap_[child + 1]->when_ < heap_[child]->when_) {
            ++child;
        }
        if (entry.when_ <= heap_[child]->when_) {
            break;
        }
        place(at, *heap_[child]);
        at = child;
    }
    place(at, entry);
}

RINGTAIL_DECL void deadlines::insert(alarm& entry)
{
    heap_.push_back(&entry);
    sift(heap_.size() - 1);
    arm();
}

RINGTAIL_DECL void deadlines::remove(alarm& entry) noexcept
{
    auto const at = std::exchange(entry.place_, alarm::nowhere);
    auto* const last = heap_.back();
    heap_.pop_back();
    if (last != &entry) {
        place(at, *last);
        sift(at);
    }
    if (heap_.empty()) {
        arm(); // an armed timer keeps the program's context running
    }
}

RINGTAIL_DECL void deadlines::arm()
{
    if (running_) {
        return;
    }
    if (heap_.empty()) {
        if (armed_) {
            armed_.reset();
            time_.wake_at(std::nullopt);
        }
    } else if (!armed_ || heap_.front()->when_ < *armed_) {
        armed_ = heap_.front()->when_;
        time_.wake_at(armed_);
    }
}

RINGTAIL_DECL void deadlines::wake()
{
    armed_.reset();
    running_ = true;
    auto const now = time_.now();
    while (!heap_.empty() && heap_.front()->when_ <= now) {
        auto& due = *heap_.front();
        remove(due);
        auto const action = due.action_; // it may destroy the alarm
        action();
    }
    running_ = false;
    arm();
}

} // namespace ringtail::net
