// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/protocol/percent_encoding.hpp>
#include <ringtail/protocol/shared_polls.hpp>

#include <algorithm>

namespace ringtail::protocol {

namespace detail {
inline constexpr std::size_t remembered_replies = 16;
// Polls that are looked at for a channel, the youngest first: among thousands the others are full.
inline constexpr std::size_t looked_at = 64;
} // namespace detail

inline std::string const& later(std::string const& one, std::string const& other) { return is_before(one, other) ? other : one; }

RINGTAIL_DECL std::size_t shared_poll::messages_behind(std::string_view since) const
{
    std::size_t result = 0;
    for (auto const& [where, messages] : replies_) {
        result += is_before(since, where) ? messages : 0;
    }
    auto const unknown = forgot_some_ && !replies_.empty() && is_before(since, replies_.front().first);
    return unknown ? static_cast<std::size_t>(-1) : result;
}

RINGTAIL_DECL void shared_poll::count_until(steady_time now)
{
    auto const elapsed = now - counting_since_;
    if (elapsed >= shared_polls::counting_time) {
        before_ = elapsed < 2 * shared_polls::counting_time ? recent_ : 0;
        recent_ = 0;
        counting_since_ = now;
        for (auto const& each : channels) {
            each->recent = 0;
        }
    }
}

RINGTAIL_DECL std::size_t shared_poll::load(steady_time now) const
{
    auto const elapsed = now - counting_since_;
    return elapsed >= 2 * shared_polls::counting_time ? 0 : elapsed >= shared_polls::counting_time ? recent_ : std::max(recent_, before_);
}

RINGTAIL_DECL std::size_t shared_polls::size_in_url(polled_channel const& which)
{
    return percent_encoded(which.name).size() + 1;
}

RINGTAIL_DECL bool shared_polls::fits(shared_poll const& which, std::size_t channels, std::size_t url_size) const
{
    auto const several = which.channels.size() + channels > 1;
    auto const spoiled = several && !which.channels.empty() && which.channels.front()->alone;
    return !spoiled && which.channels.size() + channels <= limits_.channels && (which.url_size_ + url_size <= limits_.url_size || !several);
}

RINGTAIL_DECL shared_poll& shared_polls::begin_at(poll_standing where)
{
    auto& made = *polls_.emplace_back(make_poll());
    made.place_ = std::prev(polls_.end());
    made.at = std::move(where);
    return made;
}

RINGTAIL_DECL void shared_polls::enter(shared_poll& where, std::shared_ptr<polled_channel> const& which)
{
    which->poll = &where;
    which->entered = where.questions;
    where.channels.push_back(which);
    where.url_size_ += size_in_url(*which);
    where.changed = true;
    if (which->own) {
        where.at.newest = later(where.at.newest, which->own->newest);
        where.floor_ = later(where.floor_, which->own->newest);
    }
    touched(where);
}

RINGTAIL_DECL std::shared_ptr<polled_channel> shared_polls::leave(polled_channel& which)
{
    auto& from = *which.poll;
    auto const found = std::find_if(from.channels.begin(), from.channels.end(), [&](auto const& each) { return each.get() == &which; });
    auto result = std::move(*found);
    from.channels.erase(found);
    from.url_size_ -= size_in_url(which);
    which.poll = nullptr;
    touched(from);
    if (from.channels.size() == limits_.channels / 2) {
        polls_.splice(polls_.end(), polls_, from.place_); // where others look
    }
    return result;
}

RINGTAIL_DECL shared_poll& shared_polls::add(std::shared_ptr<polled_channel> const& which, steady_time now)
{
    auto const& place = *which->own;
    auto looks = detail::looked_at;
    for (auto each = polls_.rbegin(); !which->alone && each != polls_.rend() && looks-- != 0; ++each) {
        auto& candidate = **each;
        auto const& there = candidate.at.position.timetoken;
        auto const nothing_behind = !there.empty() && !is_before(place.position.timetoken, there) && !is_before(there, place.newest);
        auto const quiet = candidate.load(now) < busy() / 2;
        if (!candidate.channels.empty() && candidate.may_be_disturbed() && nothing_behind && quiet && fits(candidate, 1, size_in_url(*which))) {
            enter(candidate, which);
            return candidate;
        }
    }
    auto start = place;
    start.unknown_start = start.stale = false; // its own trouble
    auto& made = begin_at(std::move(start));
    enter(made, which);
    return made;
}

RINGTAIL_DECL void shared_polls::remove(polled_channel& which, poll_standing const* at)
{
    auto const& from = *which.poll;
    if (at != nullptr || !which.own) {
        which.own = std::make_unique<poll_standing>(at != nullptr ? *at : from.at);
    }
    static_cast<void>(leave(which));
}

RINGTAIL_DECL void shared_polls::count(polled_channel& which, std::size_t messages, steady_time now)
{
    which.poll->count_until(now);
    which.poll->recent_ += messages;
    which.recent = static_cast<std::uint16_t>(std::min<std::size_t>(which.recent + messages, UINT16_MAX));
}

RINGTAIL_DECL void shared_polls::advance(shared_poll& which, poll_standing next, std::size_t messages, steady_time now)
{
    which.count_until(now);
    if (messages != 0) {
        next.newest = next.position.timetoken;
        which.replies_.emplace_back(next.newest, messages);
        if (which.replies_.size() > detail::remembered_replies) {
            which.replies_.erase(which.replies_.begin());
            which.forgot_some_ = true;
        }
    } else {
        next.newest = later(next.newest, which.at.newest);
    }
    which.at = std::move(next);
    auto const all = which.channels;
    for (auto const& each : all) {
        if (each->entered < which.questions) {
            each->own.reset();
            each->alone = false;
        } else if (each->own && is_before(each->own->position.timetoken, which.at.position.timetoken)) {
            auto const moved = leave(*each);
            add(moved, now);
        }
    }
    spread(which, now);
    merge(which, now);
}

// To one whose position is not ahead.
RINGTAIL_DECL void shared_polls::move(polled_channel& which, shared_poll& to)
{
    auto const& from = *which.poll;
    if (!which.own) {
        which.own = std::make_unique<poll_standing>(from.at);
    }
    separate(which, to);
}

// To one at the same place, or with a place of its own.
RINGTAIL_DECL void shared_polls::separate(polled_channel& which, shared_poll& to)
{
    auto const moved = leave(which);
    enter(to, moved);
}

// While all is well: a burst of what is busy now must not push out what others wait for.
RINGTAIL_DECL void shared_polls::spread(shared_poll& which, steady_time now)
{
    if (which.channels.size() < 2 || which.recent_ < busy()) {
        return;
    }
    auto by_load = which.channels;
    std::sort(by_load.begin(), by_load.end(), [](auto const& a, auto const& b) { return a->recent != b->recent ? a->recent > b->recent : a->name < b->name; });
    auto const starts = [&](shared_poll& made, std::size_t messages) {
        made.counting_since_ = now;
        made.recent_ = messages;
        made.replies_ = which.replies_;
        made.forgot_some_ = which.forgot_some_;
        made.floor_ = which.floor_;
    };
    for (auto const& each : by_load) {
        if (which.recent_ < busy() || which.channels.size() == 1 || each->recent < busy() / 2) {
            break;
        }
        which.recent_ -= std::min<std::size_t>(which.recent_, each->recent);
        auto& made = begin_at(which.at);
        starts(made, each->recent);
        separate(*each, made);
    }
    if (which.channels.size() > 1 && which.recent_ >= busy()) { // all of them a little
        auto& made = begin_at(which.at);
        starts(made, 0);
        auto second = false;
        for (auto const& each : by_load) {
            if (each->poll == &which && std::exchange(second, !second)) {
                which.recent_ -= std::min<std::size_t>(which.recent_, each->recent);
                made.recent_ += each->recent;
                separate(*each, made);
            }
        }
    }
}

// It has just heard of all its channels, so its position is the latest there is, and another poll's is not behind it.
RINGTAIL_DECL void shared_polls::merge(shared_poll& which, steady_time now)
{
    auto const quiet = busy() / 4;
    if (which.channels.empty() || which.channels.size() > limits_.channels / 2 || which.load(now) > quiet) {
        return;
    }
    auto const spoiled = std::any_of(which.channels.begin(), which.channels.end(), [](auto const& each) { return each->alone; });
    auto looks = detail::looked_at;
    for (auto each = polls_.rbegin(); !spoiled && each != polls_.rend() && looks-- != 0; ++each) {
        auto& other = **each;
        auto const& there = other.at.position.timetoken;
        auto const better = &other != &which && other.channels.size() >= which.channels.size() && !there.empty();
        if (better && other.may_be_disturbed() && !is_before(which.at.position.timetoken, there) && !is_before(there, which.floor_) &&
            which.messages_behind(there) <= quiet && other.load(now) + which.load(now) < busy() / 2 && fits(other, which.channels.size(), which.url_size_)) {
            auto const all = which.channels;
            for (auto const& channel : all) {
                move(*channel, other);
            }
            return;
        }
    }
}

RINGTAIL_DECL void shared_polls::halve(shared_poll& which)
{
    auto& made = begin_at(which.at);
    made.replies_ = which.replies_;
    made.forgot_some_ = which.forgot_some_;
    made.floor_ = which.floor_;
    made.counting_since_ = which.counting_since_;
    auto const all = which.channels;
    for (auto i = all.size() / 2; i != all.size(); ++i) {
        separate(*all[i], made);
    }
}

RINGTAIL_DECL void shared_polls::erase(shared_poll const& which)
{
    polls_.erase(which.place_);
}

} // namespace ringtail::protocol
