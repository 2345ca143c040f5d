// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/pubnub_pool/member.hpp>

#include <boost/asio/error.hpp>

namespace ringtail::detail {

RINGTAIL_DECL pubnub_member::pubnub_member(transport_context in, std::optional<bool> wish) : context_(std::move(in)), wish_(wish)
{
    auto const& settings = context_.settings();
    net::url::parse(settings.pubnub_origin).require_secure(settings.allow_unencrypted_connections);
}

RINGTAIL_DECL pubnub_member::~pubnub_member()
{
    close();
    if (!channels_.empty()) { // a program's thread may be the last one to let go of us, and a pool ends on its strand
        net::post(context_.get_executor(), [left = std::move(channels_)] {});
    }
}

RINGTAIL_DECL opened pubnub_member::open(cursor const& where)
{
    open_ = true;
    attached_ = waiting_ = false;
    auto const place = protocol::pubnub_place::parse(where.position());
    if (channels_.empty()) {
        if (!where.position().empty() && (!place || !protocol::is_plausible(place->position.timetoken, context_.wall_now()))) {
            throw failure(error::invalid_cursor, "its position is none of PubNub's");
        }
        if (place) {
            adopted_ = std::make_unique<cursor>(where);
        }
        if (!start_ && (place || where.confirmed())) {
            start_ = std::make_unique<protocol::poll_standing>();
            start_->position = place ? place->position : protocol::pubnub_position();
            start_->newest = start_->position.timetoken; // the process before may have had something until then
            start_->confirmed = where.confirmed();
            if (auto const confirmed = where.confirmed()) {
                auto const given = place ? protocol::time_of(place->position.timetoken) : std::nullopt;
                start_->covered = std::min(given.value_or(*confirmed), *confirmed);
            }
        }
    }
    if (denied_ >= denials_believed) {
        denied_ = 0;
        return {continuity::lost, "PubNub denies the channel again and again"};
    }
    return place ? continuity::resumed : continuity::fresh;
}

// A subscription that was not seen before: it begins at its creation.
RINGTAIL_DECL protocol::poll_standing pubnub_member::first_standing(subscription_info const& info)
{
    auto const& settings = context_.settings();
    auto const first = subscription_ == 0;
    auto const from = first ? std::exchange(start_, nullptr) : nullptr;
    if (from && !from->position.empty()) {
        return *from;
    }
    protocol::poll_standing result;
    if (from && from->confirmed) { // taken over from a process that had heard nothing yet
        result = *from;
    } else {
        auto const now = context_.services().now();
        result.confirm(now.steady, now.wall, std::nullopt);
        auto const covered = current() ? current()->pool->standing(*current()).covered : std::nullopt;
        result.covered = std::min(covered.value_or(now.wall), now.wall); // the old channel's silence proves nothing
    }
    result.unknown_start = !info.creation_time && settings.pubnub_start_at_creation;
    if (info.creation_time && settings.pubnub_start_at_creation) {
        // By the earlier of two clocks: from a time to come PubNub would say nothing until then.
        auto const created = std::min(*info.creation_time, info.asked_at.value_or(*info.creation_time));
        result.position.timetoken = protocol::timetoken_of(created - settings.pubnub_start_margin);
    }
    return result;
}

// The service may have moved to the new channel any time since it told of the old one.
RINGTAIL_DECL protocol::poll_standing pubnub_member::moved_standing(subscription_info const& info, std::optional<wall_time> told) const
{
    auto const& old = *current();
    auto const& left = old.pool->standing(old);
    auto const now = context_.services().now();
    auto const since = std::min(info.asked_at.value_or(now.wall), now.wall); // there was nothing on it before
    protocol::poll_standing result;
    result.position = old.pool->position_before(told ? told : info.asked_at, left.position);
    result.covered = std::min(left.covered.value_or(since), told.value_or(since));
    result.confirm(now.steady - std::chrono::duration_cast<duration>(now.wall - since), since, old.pool->ahead);
    return result;
}

// The process before may have left something where the service does not deliver any more.
RINGTAIL_DECL void pubnub_member::tell_if_moved_meanwhile(delivery_mode const& mode)
{
    auto const place = adopted_ ? protocol::pubnub_place::parse(adopted_->position()) : std::nullopt;
    if (place && !place->mark.empty() && place->mark != protocol::pubnub_place::mark_of(mode.subscriber_key, mode.address)) {
        auto since = protocol::time_of(place->position.timetoken);
        if (auto const complete = adopted_->complete_until()) {
            since = std::min(since.value_or(*complete), *complete);
        }
        tell(gap(gap_reason::stale_position, certainty::possible, since, context_.wall_now(), {mode.address}));
    }
}

RINGTAIL_DECL void pubnub_member::tell(gap what)
{
    if (sink_ != nullptr && open_) {
        delivery only;
        only.before = std::move(what);
        auto const now = context_.services().now();
        static_cast<void>(sink_->take(only, now.steady, now.wall));
    }
}

RINGTAIL_DECL asio::awaitable<void> pubnub_member::attach(subscription_info info)
{
    auto const self = shared_from_this();
    auto const& mode = info.delivery;
    auto const& settings = context_.settings();
    if (mode.address.empty() || mode.subscriber_key.empty()) {
        throw failure(error::invalid_reply, "the subscription's deliveryMode lacks address or subscriberKey");
    }
    auto const closings = closings_;
    auto const used = current();
    auto const moved = !used || mode.subscriber_key != used->pool->key || mode.address != used->name;
    auto const id = std::max<std::size_t>(std::hash<std::string>()(info.id), 1);
    auto const another = id != subscription_;
    auto const told = std::exchange(told_at_, info.asked_at); // that it was still as before
    std::optional<delivery_mode> taken_over;
    if (moved) {
        if (subscription_ == 0 && adopted_ && info.id == adopted_->subscription_id()) {
            taken_over = mode;
        }
        auto from = another ? first_standing(info) : moved_standing(info, told);
        if (used) {
            // What the old channel still holds is heard by the poll that it is in, for a while.
            auto const now = context_.now();
            used->draining = std::make_unique<pooled_channel::drain>();
            used->draining->until = now + settings.pubnub_drain_time;
            used->draining->give_up = now + settings.pubnub_resume_window;
            used->pool->watch_drains();
        }
        auto pool = pubnub_pool::of(context_.services().shared_from_this(), settings, mode.subscriber_key);
        if (channels_.size() > most_left) {
            auto const oldest = channels_.front();
            oldest->pool->leave(*oldest);
            auto const since = oldest->pool->standing(*oldest).covered.value_or(context_.wall_now());
            forgotten_since_ = std::min(forgotten_since_.value_or(since), since);
            channels_.erase(channels_.begin());
        }
        channels_.push_back(std::make_shared<pooled_channel>(mode.address, std::move(pool), weak_from_this(), std::move(from)));
    }
    subscription_ = id;
    if (taken_over) {
        tell_if_moved_meanwhile(*taken_over);
    }
    adopted_.reset();
    start_.reset();
    attached_ = true;
    if (open_ && closings == closings_) {
        enter_all();
    }
    auto const now_used = current();
    attaching_ = true;
    while (open_ && closings == closings_ && !now_used->pool->is_heard(*now_used)) {
        co_await now_used->pool->another_question();
    }
    attaching_ = false;
    if (!open_ || closings != closings_) {
        throw boost::system::system_error(asio::error::operation_aborted);
    }
}

RINGTAIL_DECL void pubnub_member::enter_all()
{
    if (!waiting_) {
        if (auto const since = std::exchange(forgotten_since_, std::nullopt)) {
            tell(gap(gap_reason::stale_position, certainty::possible, since, context_.wall_now()));
        }
        auto const all = channels_;
        for (auto const& each : all) {
            each->pool->enter(each);
        }
    }
}

RINGTAIL_DECL void pubnub_member::go_on()
{
    waiting_ = false;
    if (is_open()) {
        enter_all();
    }
}

RINGTAIL_DECL void pubnub_member::close() noexcept
{
    if (!open_) {
        return; // whoever lets go of us last may be no friend of the strand
    }
    open_ = attached_ = false;
    ++closings_;
    auto const all = channels_;
    for (auto const& each : all) {
        each->pool->leave(*each);
        if (attaching_) {
            each->pool->wake();
        }
    }
}

// What a program may save now.
RINGTAIL_DECL cursor pubnub_member::place(pooled_channel const& of, protocol::poll_standing const& at) const
{
    using protocol::pubnub_place;
    auto const mark = channels_.size() == 1 ? pubnub_place::mark_of(of.pool->key, of.name) : std::string(pubnub_place::mark_of_several);
    cursor result(pubnub_place(at.position, mark).text());
    for (auto const& each : channels_) {
        if (each->draining) {
            auto const& old = each->pool->standing(*each);
            result.complete_only_until(old.covered.value_or(old.confirmed.value_or(context_.wall_now())));
        }
    }
    return result;
}

RINGTAIL_DECL bool pubnub_member::take(pooled_channel const& from, std::optional<gap> before, std::span<message const> messages,
                                       protocol::poll_standing const& next, bool tell, net::services::instant asked)
{
    if (sink_ == nullptr || !open_) {
        return false;
    }
    if (!messages.empty() && (waiting_ || !sink_->ready())) {
        waiting_ = true;
        return false;
    }
    delivery brought;
    brought.before = std::move(before);
    brought.messages = messages;
    if (from.draining == nullptr) {
        brought.after = place(from, next);
    } else if (tell && !brought.before && messages.empty()) {
        return true;
    }
    if (!sink_->take(brought, asked.steady, asked.wall)) {
        waiting_ = true;
        return false;
    }
    return true;
}

RINGTAIL_DECL void pubnub_member::failed(std::exception_ptr const& why)
{
    if (sink_ != nullptr && open_) {
        sink_->failed(why);
    }
}

RINGTAIL_DECL void pubnub_member::drained(std::shared_ptr<pooled_channel> const& which, bool reached)
{
    auto const since = which->pool->standing(*which).covered;
    std::erase(channels_, which);
    if (!reached) {
        tell(gap(gap_reason::stale_position, certainty::possible, since, context_.wall_now(), {which->name}));
    }
}

} // namespace ringtail::detail
