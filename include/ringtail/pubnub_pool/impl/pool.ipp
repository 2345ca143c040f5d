// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/socket_options.hpp>
#include <ringtail/protocol/failure_table.hpp>
#include <ringtail/protocol/http_date.hpp>
#include <ringtail/pubnub_pool/pool.hpp>

#include <boost/asio/error.hpp>
#include <boost/json.hpp>

#include <functional>
#include <numeric>

namespace ringtail::detail {

RINGTAIL_DECL std::string pubnub_pool::terms::text() const
{
    std::string result = origin.scheme + "://" + origin.authority() + (legacy ? " legacy" : " v2");
    for (auto const each : {read_timeout, resume_window, call_timeout, connect_timeout, start_margin}) {
        result += ' ' + std::to_string(each.count());
    }
    for (auto const each : {reply_size, header_size, bounds.channels, bounds.url_size, bounds.buffer}) {
        result += ' ' + std::to_string(each);
    }
    return result;
}

inline std::string pool_name(std::uint64_t bits)
{
    static constexpr std::string_view hex = "0123456789abcdef";
    std::string result = "ringtail-";
    for (; result.size() < 25; bits >>= 4) {
        result += hex[bits & 15];
    }
    return result;
}

RINGTAIL_DECL pubnub_pool::pubnub_pool(std::shared_ptr<net::services> shared, terms with, std::string its_key)
    : shared_polls(with.bounds), key(std::move(its_key)), services_(std::move(shared)), terms_(std::move(with)),
      name_(pool_name(services_->random.next())), gather_(services_->deadlines), retry_(services_->deadlines),
      drains_(services_->deadlines)
{
}

RINGTAIL_DECL std::shared_ptr<pubnub_pool> pubnub_pool::of(std::shared_ptr<net::services> const& shared, config const& settings,
                                                           std::string const& subscriber_key)
{
    terms with(settings);
    auto const registered = "pubnub " + with.text() + ' ' + subscriber_key;
    if (auto const known = shared->pools.find(registered); known != shared->pools.end()) {
        if (auto found = std::static_pointer_cast<pubnub_pool>(known->second.lock())) {
            return found;
        }
    }
    std::erase_if(shared->pools, [](auto const& each) { return each.second.expired(); });
    auto made = std::make_shared<pubnub_pool>(shared, std::move(with), subscriber_key);
    shared->pools[registered] = made;
    return made;
}

RINGTAIL_DECL void pubnub_pool::enter(std::shared_ptr<pooled_channel> const& which)
{
    if (which->poll == nullptr) {
        add(which, services_->deadlines.now());
        settle();
    }
    if (which->draining) {
        watch_drains();
    }
}

RINGTAIL_DECL void pubnub_pool::leave(pooled_channel& which)
{
    if (which.poll != nullptr) {
        auto const has_next = which.taken && which.poll == handing_over_;
        remove(which, has_next ? handed_over_to_ : nullptr);
        settle();
    }
}

RINGTAIL_DECL bool pubnub_pool::is_heard(pooled_channel const& which) const
{
    // What comes for it stays with PubNub until its poll asks; and that PubNub can be reached is seen by any poll.
    return which.poll == nullptr || !which.own || asking_ != 0;
}

RINGTAIL_DECL protocol::poll_standing const& pubnub_pool::standing(pooled_channel const& which) const
{
    return which.own ? *which.own : which.poll->at;
}

RINGTAIL_DECL protocol::pubnub_position pubnub_pool::position_before(std::optional<wall_time> when, protocol::pubnub_position const& now_at) const
{
    return history_.at(when, now_at, terms_.start_margin);
}

// Start, end and interrupt what was changed.
RINGTAIL_DECL void pubnub_pool::settle()
{
    for (auto* const each : std::exchange(touched_, {})) {
        if (each->channels.empty()) {
            each->work.stop();
            interrupt(*each);
        } else if (!std::exchange(each->running, true)) {
            // Not at once: it may fail at once, and somebody may be in the middle of its channels.
            net::post(services_->strand, [self = shared_from_this(), each] { self->run(*each); });
        } else if (each->changed && each->asking_since && !gather_.is_set()) {
            gather_.set(services_->deadlines.now() + gathering_time, [this] { gather(); });
        }
    }
}

RINGTAIL_DECL void pubnub_pool::gather()
{
    for (auto const& each : polls()) {
        auto& poll = static_cast<pooled_poll&>(*each);
        if (poll.changed && poll.asking_since) {
            interrupt(poll);
        }
    }
}

RINGTAIL_DECL void pubnub_pool::run(pooled_poll& which)
{
    auto const self = shared_from_this();
    which.work.run(services_->strand, follow(self, which), [self, &which](std::exception_ptr unexpected) {
        if (unexpected) {
            self->give_up(which, unexpected);
        }
        self->settle();
        if (which.channels.empty()) {
            self->erase(which);
        } else {
            self->run(which);
        }
    });
}

RINGTAIL_DECL asio::awaitable<void> pubnub_pool::follow(std::shared_ptr<pubnub_pool> self, pooled_poll& which)
{
    while (!which.channels.empty()) {
        if (self->services_->deadlines.now() < which.not_before) {
            co_await self->services_->sleep_until(which.not_before);
            continue;
        }
        co_await self->ask(which);
    }
}

RINGTAIL_DECL asio::awaitable<std::shared_ptr<net::http_connection>> pubnub_pool::connect()
{
    net::endpoint const to(terms_.origin.host, terms_.origin.port, terms_.origin.encrypted());
    auto stream = co_await services_->connector->connect(to, services_->deadlines.now() + terms_.connect_timeout);
    co_return std::make_shared<net::http_connection>(std::move(stream), services_->deadlines, services_->scratch);
}

RINGTAIL_DECL std::string pubnub_pool::question(pooled_poll& which)
{
    auto const now = services_->now();
    std::vector<std::string> names;
    names.reserve(which.channels.size());
    for (auto const& each : which.channels) {
        names.push_back(each->name);
        if (each->own) {
            each->own->stale = each->own->stale || each->own->is_older_than(terms_.resume_window, now.steady, now.wall);
        }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    auto const known_start = std::any_of(which.channels.begin(), which.channels.end(), [](auto const& each) { return !each->own; });
    which.at.stale = which.at.stale || (known_start && which.at.is_older_than(terms_.resume_window, now.steady, now.wall));
    which.changed = false;
    ++which.questions;
    which.only = names.size() == 1 ? names.front() : std::string();
    return protocol::subscribe_call(terms_.origin.authority(), key, names, which.at.position, name_, terms_.legacy);
}

RINGTAIL_DECL bool pubnub_pool::hung_for(pooled_poll const& which, duration least) const
{
    return which.asking_since && services_->deadlines.now() - *which.asking_since >= least;
}

// Whether a poll that is still out shows that nothing came: not once it is out for longer than PubNub ever held one here, nor where the
// network was away meanwhile.
RINGTAIL_DECL bool pubnub_pool::silence_counts(pooled_poll const& which) const
{
    auto const usual = longest_hold_ == duration::zero() || !hung_for(which, longest_hold_ + latest_answer);
    return usual && services_->unreached == which.unreached;
}

RINGTAIL_DECL bool pooled_poll::may_be_disturbed() const
{
    if (!asking_since) {
        return true;
    }
    auto const now = pool.services_->now();
    auto const proven = pool.hung_for(*this, pubnub_pool::latest_answer + net::unnoticed_at_most) && pool.silence_counts(*this);
    return proven || !at.is_older_than(pool.terms_.resume_window / 4, now.steady, now.wall);
}

// Nothing that was published until then is missing, but what PubNub still holds for their positions.
RINGTAIL_DECL void pubnub_pool::confirm(pooled_poll& which, net::services::instant until) noexcept
{
    which.at.confirm(until.steady, until.wall, ahead);
    for (auto const& each : which.channels) {
        if (each->own && each->entered < which.questions) {
            each->own->confirm(until.steady, until.wall, ahead);
        }
    }
}

RINGTAIL_DECL void pubnub_pool::interrupt(pooled_poll& which) noexcept
{
    ++which.round;
    if (hung_for(which, latest_answer + net::unnoticed_at_most) && silence_counts(which)) {
        auto const alive = services_->earliest_arrival(which.asked);
        confirm(which, {alive.steady - net::unnoticed_at_most, alive.wall - net::unnoticed_at_most});
    }
    if (std::exchange(which.asking_since, std::nullopt)) {
        --asking_;
    }
    if (which.connection) {
        which.connection->close();
        which.connection.reset();
    }
}

// One long poll, and what comes of it.
RINGTAIL_DECL asio::awaitable<void> pubnub_pool::ask(pooled_poll& which)
{
    auto const round = which.round;
    which.asked = services_->now();
    auto const deadline = which.asked.steady + terms_.read_timeout;
    std::exception_ptr failed;
    bool late = false;
    bool ended = false;
    bool raced = false;
    bool kept = true;
    try {
        if (!which.connection || !which.connection->reusable()) {
            which.connection.reset();
            kept = false;
            which.connection = co_await connect();
            if (round != which.round) {
                which.connection.reset();
                co_return;
            }
        }
        auto message = question(which);
        net::http_limits bounds(terms_.reply_size, terms_.header_size);
        bounds.longest_pause = terms_.call_timeout;
        auto const connection = which.connection; // stays when an interruption lets go of it
        std::function<void()> on_sent = [this, &which, &message] {
            which.asking_since = services_->deadlines.now();
            which.unreached = services_->unreached;
            ++asking_;
            std::string().swap(message); // of thousands of polls
            left_.notify();
            if (which.changed && !gather_.is_set()) {
                gather_.set(services_->deadlines.now() + gathering_time, [this] { gather(); });
            }
        };
        co_await connection->exchange(message, which.reply, bounds, deadline, std::move(on_sent));
    } catch (failure const& why) {
        auto const unanswered = which.connection && which.connection->unanswered();
        late = why.code() == error::timed_out && which.asking_since && unanswered;
        ended = which.connection && which.connection->ended_unanswered() && hung_for(which, latest_answer);
        raced = unanswered && services_->deadlines.now() - which.asked.steady < race_time;
        failed = std::current_exception();
    } catch (boost::system::system_error const&) {
        failed = std::current_exception();
    }
    if (std::exchange(which.asking_since, std::nullopt)) {
        --asking_;
    }
    if (round != which.round) {
        co_return; // interrupted: the same position with other channels, or the end
    }
    if (ended) { // an orderly end comes behind everything that was sent
        confirm(which, services_->earliest_arrival(which.asked));
    }
    if (!failed) {
        try {
            take_reply(which);
        } catch (failure const&) {
            failed = std::current_exception();
        }
    } else if (late || (raced && kept)) {
        which.connection.reset();
        co_return; // a long silence is no error, nor is a kept connection that was let go as we asked
    }
    if (failed) {
        which.connection.reset();
        give_up(which, failed);
    }
    settle();
}

// A denial of several: whether it was seen to by asking for fewer.
RINGTAIL_DECL bool pubnub_pool::was_denied(pooled_poll& which, int status)
{
    auto const denied = status == 400 || status == 403 || status == 404;
    if (!(denied || status == 414) || which.channels.empty()) {
        return false;
    }
    auto const why = std::make_exception_ptr(failure(error::service_unavailable, "PubNub answered " + std::to_string(status)));
    if (which.channels.size() == 1) {
        if (denied) {
            deny(std::static_pointer_cast<pooled_channel>(which.channels.front()), why);
        }
        return denied;
    }
    // PubNub may say which ones.
    std::vector<std::shared_ptr<pooled_channel>> named;
    error_code broken;
    auto const body = json::parse(which.reply.body, broken);
    auto const* const object = broken ? nullptr : body.if_object();
    auto const* const payload = object != nullptr && object->contains("payload") ? object->at("payload").if_object() : nullptr;
    auto const* const list = payload != nullptr && payload->contains("channels") ? payload->at("channels").if_array() : nullptr;
    for (auto const& channel : which.channels) {
        auto const is_it = [&](json::value const& each) { return each.is_string() && std::string_view(each.get_string()) == channel->name; };
        if (list != nullptr && std::any_of(list->begin(), list->end(), is_it)) {
            named.push_back(std::static_pointer_cast<pooled_channel>(channel));
        }
    }
    if (named.empty()) {
        halve(which);
    }
    for (auto const& each : named) {
        deny(each, why);
    }
    return true;
}

RINGTAIL_DECL void pubnub_pool::deny(std::shared_ptr<pooled_channel> const& which, std::exception_ptr const& why)
{
    leave(*which);
    which->alone = true;
    auto const listener = which->listener.lock();
    if (!listener) {
        return;
    }
    if (which->draining) {
        try_drain_again(which);
    } else {
        listener->denied();
        listener->failed(why);
    }
}

// Throws, unless it is a denial that concerns a part of its channels only.
RINGTAIL_DECL void pubnub_pool::refuse(pooled_poll& which)
{
    auto const& reply = which.reply;
    auto const hidden = reply.status == 200 ? protocol::pubnub_reply::error_status(reply.body) : 0;
    auto const status = hidden != 0 ? hidden : reply.status;
    if (status == 200) {
        throw failure(error::invalid_reply, "PubNub's reply is in none of its forms");
    }
    if (!was_denied(which, status)) {
        auto const code = status == 429 ? error::throttled : error::service_unavailable;
        throw failure(code, "PubNub answered " + std::to_string(status)).with_answer(0, {}, {}, protocol::retry_after(reply));
    }
}

RINGTAIL_DECL void pubnub_pool::take_reply(pooled_poll& which)
{
    auto const& reply = which.reply;
    auto const now = services_->now();
    auto const legible = reply.status == 200 && parsed_.parse(reply.body, which.only) && protocol::is_plausible(parsed_.timetoken, now.wall);
    // Of several channels, a message that names none is for nobody, and the next position would leave it behind.
    if (!legible || std::any_of(parsed_.messages.begin(), parsed_.messages.end(), [](message const& each) { return each.channel.empty(); })) {
        refuse(which);
        return;
    }
    if (parsed_.messages.empty()) {
        longest_hold_ = std::max(longest_hold_, now.steady - which.asked.steady);
        which.not_before = which.asked.steady + protocol::between_empty_polls;
    }
    read_clock(which);
    // An answer comes behind its question, and a position that moved says when it was given.
    auto const moved = parsed_.timetoken != which.at.position.timetoken;
    auto const given = moved ? protocol::time_of(parsed_.timetoken) : std::nullopt;
    protocol::poll_standing next;
    next.position = protocol::pubnub_position(parsed_.timetoken, parsed_.region);
    next.newest = parsed_.messages.empty() ? which.at.newest : parsed_.timetoken; // also for who leaves on hearing them
    next.covered = given ? *given : std::max(which.asked.wall, which.at.covered.value_or(which.asked.wall));
    auto const until = services_->earliest_arrival(which.asked);
    next.confirm(until.steady, until.wall, ahead);
    history_.add(next.position, now.wall, terms_.call_timeout);
    hand_over(which, next);
    auto const messages = parsed_.messages.size();
    advance(which, std::move(next), messages, now.steady);
    if (messages == 0) {
        which.reply = {}; // nothing comes for a while
    }
}

// Whether the position was older than it seemed, for the service's clock neither sleeps nor is set with ours; where its answers have a date.
RINGTAIL_DECL void pubnub_pool::read_clock(pooled_poll& which)
{
    auto const now = services_->now();
    auto const date = protocol::http_date(which.reply.header("Date"));
    if (!date) {
        ahead.reset();
        return;
    }
    wall_time const answered{std::chrono::seconds(*date)};
    auto const took = std::max<duration>(now.steady - which.asked.steady, now.wall - which.asked.wall);
    auto const judge = [&](protocol::poll_standing& each) {
        each.stale = each.stale || (each.served && answered - took - *each.served > terms_.resume_window);
    };
    judge(which.at);
    for (auto const& each : which.channels) {
        if (each->own) {
            judge(*each->own);
        }
    }
    ahead = answered - now.wall;
}

RINGTAIL_DECL std::vector<std::string> pubnub_pool::names_in(pooled_poll const& which) const
{
    std::vector<std::string> result;
    for (auto const& each : which.channels) {
        if (each->entered < which.questions) {
            result.push_back(each->name);
        }
    }
    return result;
}

RINGTAIL_DECL std::optional<gap> pubnub_pool::missing_before(pooled_poll const& which, pooled_channel const& channel) const
{
    auto const now = services_->deadlines.wall_now();
    auto const& from = standing(channel);
    auto const until = protocol::time_of(parsed_.first_published).value_or(now);
    if (from.unknown_start) {
        return gap(gap_reason::unknown_start, certainty::possible, std::nullopt, now, {channel.name});
    }
    if (parsed_.messages.size() >= terms_.bounds.buffer) {
        return gap(gap_reason::buffer_overflow, certainty::possible, from.covered, until, names_in(which));
    }
    if (which.at.stale) {
        return gap(gap_reason::stale_position, certainty::possible, from.covered, until, names_in(which));
    }
    if (from.stale) {
        return gap(gap_reason::stale_position, certainty::possible, from.covered, until, {channel.name});
    }
    return std::nullopt;
}

// To each channel what is its own. Whoever gets something may leave, close or move while he does.
// Those of one channel stay in their order. For std::stable_sort clang warns of the standard library.
inline void sort_by_channel(std::vector<message>& messages)
{
    std::vector<std::size_t> order(messages.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        auto const compared = messages[a].channel.compare(messages[b].channel);
        return compared != 0 ? compared < 0 : a < b;
    });
    std::vector<message> sorted;
    sorted.reserve(messages.size());
    for (auto const each : order) {
        sorted.push_back(messages[each]);
    }
    messages = std::move(sorted);
}

RINGTAIL_DECL void pubnub_pool::hand_over(pooled_poll& which, protocol::poll_standing const& next)
{
    auto const now = services_->deadlines.now();
    auto const all = which.channels;
    auto const by_channel = [](message const& a, message const& b) { return a.channel < b.channel; };
    if (!std::is_sorted(parsed_.messages.begin(), parsed_.messages.end(), by_channel)) {
        sort_by_channel(parsed_.messages);
    }
    auto const messages_of = [&](std::string_view name) {
        auto const [first, last] = std::equal_range(parsed_.messages.begin(), parsed_.messages.end(), message({}, false, name), by_channel);
        return std::span<message const>(first, last);
    };
    auto const trouble = which.at.stale || parsed_.messages.size() >= terms_.bounds.buffer;
    auto const tell_all = now - which.told >= telling_time;
    which.told = tell_all ? now : which.told;
    handing_over_ = &which;
    handed_over_to_ = &next;
    for (auto const& each : all) {
        auto& channel = static_cast<pooled_channel&>(*each);
        auto const in_it = channel.entered < which.questions;
        auto const own_trouble = channel.own && (channel.own->stale || channel.own->unknown_start);
        channel.taken = in_it && !trouble && !own_trouble && messages_of(channel.name).empty();
    }
    for (auto const& each : all) {
        auto const channel = std::static_pointer_cast<pooled_channel>(each);
        auto const still = [&] { return channel->poll == &which && channel->entered < which.questions; };
        if (!still()) {
            continue;
        }
        auto const listener = channel->listener.lock();
        if (!listener) {
            remove(*channel);
            continue;
        }
        auto const messages = messages_of(channel->name);
        count(*channel, messages.size(), now);
        auto before = channel->taken ? std::nullopt : missing_before(which, *channel);
        auto const tell = tell_all || channel->own;
        auto refused = false;
        std::exception_ptr broken;
        if (!channel->taken || tell) {
            channel->taken = true;
            try {
                refused = !listener->take(*channel, std::move(before), messages, next, tell, which.asked);
            } catch (...) { // its own trouble, not that of the others
                broken = std::current_exception();
            }
        }
        if (!channel->draining) {
            listener->heard();
        }
        if ((refused || broken) && still()) {
            channel->taken = false;
            remove(*channel);
        }
        if (broken) {
            listener->failed(broken);
        } else if (channel->draining && still() && now >= channel->draining->until) {
            leave(*channel);
            listener->drained(channel, true);
        }
    }
    for (auto const& each : all) {
        static_cast<pooled_channel&>(*each).taken = false;
    }
    handing_over_ = nullptr;
    handed_over_to_ = nullptr;
}

// It is gone for all of them. First all leave, so that none comes back to it.
RINGTAIL_DECL void pubnub_pool::give_up(pooled_poll& which, std::exception_ptr why)
{
    auto const all = which.channels;
    for (auto const& each : all) {
        if (each->poll == &which) {
            remove(*each);
        }
    }
    for (auto const& each : all) {
        auto const channel = std::static_pointer_cast<pooled_channel>(each);
        auto const listener = channel->listener.lock();
        if (!listener || channel->poll != nullptr) {
            continue;
        }
        if (channel->draining) {
            try_drain_again(channel);
        } else {
            listener->failed(why);
        }
    }
}

// The old channel's trouble is not that of the one in use.
RINGTAIL_DECL void pubnub_pool::try_drain_again(std::shared_ptr<pooled_channel> which)
{
    auto const now = services_->deadlines.now();
    auto const listener = which->listener.lock();
    if (listener && now >= which->draining->give_up) {
        listener->drained(which, false);
        return;
    }
    to_retry_.push_back(which);
    if (!retry_.is_set()) {
        retry_.set(now + drain_retry, [this] {
            auto const self = shared_from_this();
            for (auto const& each : std::exchange(to_retry_, {})) {
                auto const channel = each.lock();
                auto const of = channel ? channel->listener.lock() : nullptr;
                if (of && of->is_open()) {
                    enter(channel);
                }
            }
        });
    }
}

RINGTAIL_DECL void pubnub_pool::watch_drains()
{
    if (!drains_.is_set()) {
        drains_.set(services_->deadlines.now() + latest_answer, [this] { end_drains(); });
    }
}

// PubNub was there behind the end of the time, as it answered or let us connect, and would have answered at once.
RINGTAIL_DECL bool pubnub_pool::is_silent(pooled_channel const& which) const
{
    auto const& in = static_cast<pooled_poll const&>(*which.poll);
    return which.entered < in.questions && in.asked.steady >= which.draining->until && hung_for(in, latest_answer) && silence_counts(in);
}

// Not every poll is answered soon: one that gets other channels again and again may never be.
RINGTAIL_DECL void pubnub_pool::end_drains()
{
    auto const self = shared_from_this();
    auto const now = services_->deadlines.now();
    std::vector<std::shared_ptr<pooled_channel>> silent;
    std::vector<std::shared_ptr<pooled_channel>> kept_waiting;
    auto more = false;
    for (auto const& poll : polls()) {
        for (auto const& each : poll->channels) {
            auto channel = std::static_pointer_cast<pooled_channel>(each);
            if (!channel->draining) {
                continue;
            }
            if (is_silent(*channel)) {
                silent.push_back(std::move(channel));
                continue;
            }
            more = true;
            if (now < channel->draining->until + drain_patience) {
                continue;
            }
            if (poll->channels.size() > 1) {
                kept_waiting.push_back(std::move(channel));
            } else if (auto& own = static_cast<pooled_poll&>(*poll); own.asking_since && own.asked.steady < channel->draining->until) {
                interrupt(own);
            }
        }
    }
    for (auto const& each : silent) {
        leave(*each);
        if (auto const listener = each->listener.lock()) {
            listener->drained(each, !(each->own->stale || each->own->unknown_start));
        }
    }
    for (auto const& each : kept_waiting) {
        leave(*each);
        each->alone = true;
        enter(each);
    }
    if (more) {
        watch_drains();
    }
}

} // namespace ringtail::detail
