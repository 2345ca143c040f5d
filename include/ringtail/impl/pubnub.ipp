// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/config.hpp>
#include <ringtail/net/background.hpp>
#include <ringtail/net/http_connection.hpp>
#include <ringtail/net/parking.hpp>
#include <ringtail/net/services.hpp>
#include <ringtail/net/socket_options.hpp>
#include <ringtail/net/url.hpp>
#include <ringtail/protocol/failure_table.hpp>
#include <ringtail/protocol/http_date.hpp>
#include <ringtail/protocol/position_history.hpp>
#include <ringtail/protocol/pubnub_poll.hpp>
#include <ringtail/protocol/pubnub_reply.hpp>
#include <ringtail/pubnub.hpp>
#include <ringtail/version.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <list>
#include <vector>

namespace ringtail {

/** The long poll of one subscription.

    `receive` polls; `attach` changes what is polled and interrupts it. The connection is this object's, the position
    moves with each reply. */
class pubnub::state : public std::enable_shared_from_this<pubnub::state> {
public:
    state(transport_context in, std::optional<bool> wish)
        : context_(std::move(in)), settings_(context_.settings()), authority_(origin().authority()), wish_(wish)
    {
        origin().require_secure(settings_.allow_unencrypted_connections);
    }

    opened open(cursor const& where)
    {
        closed_ = false;
        attached_ = false;
        if (!confirmed_) {
            confirmed_ = where.confirmed(); // taken over from another process
        }
        auto const place = protocol::pubnub_place::parse(where.position());
        auto const resumed = place ? std::optional(place->position) : std::nullopt;
        if (channel_.empty() && !where.position().empty() && (!resumed || !protocol::is_plausible(resumed->timetoken, context_.wall_now()))) {
            throw failure(error::invalid_cursor, "its position is none of PubNub's");
        }
        // What was received and did not arrive is fetched again; and where a channel was moved to, ours was put back.
        if (resumed && (position_.empty() || protocol::is_before(resumed->timetoken, position_.timetoken))) {
            position_ = *resumed;
        }
        if (channel_.empty() && place) {
            adopted_ = where;
        }
        if (!covered_ && confirmed_) {
            auto const given = resumed ? protocol::time_of(resumed->timetoken) : std::nullopt;
            covered_ = std::min(given.value_or(*confirmed_), *confirmed_);
        }
        if (std::exchange(denied_, denied_ % denials_believed) == denials_believed) {
            return {continuity::lost, "PubNub denies the channel again and again"};
        }
        return resumed ? continuity::resumed : continuity::fresh;
    }

    [[nodiscard]] delivery_mode requested() const { return delivery_mode::pubnub(wish_); }

    asio::awaitable<void> attach(subscription_info const& info)
    {
        auto const& mode = info.delivery;
        if (mode.address.empty() || mode.subscriber_key.empty()) {
            throw failure(error::invalid_reply, "the subscription's deliveryMode lacks address or subscriberKey");
        }
        auto const another = info.id != subscription_id_;
        auto const told = std::exchange(told_at_, info.asked_at); // that it was still as before
        if (another || mode.subscriber_key != key_ || mode.address != channel_) {
            auto const moved = mode.subscriber_key != key_ || mode.address != channel_;
            interrupt();
            auto const reached = history_.latest() == nullptr ? position_ : *history_.latest(); // before it was put back for a channel
            if (!channel_.empty() && moved) {
                // What the old channel still holds is taken by a poll of its own, beside the new one and for a while.
                auto& left = drains_.emplace_back(key_, channel_, position_, covered_, context_.now() + settings_.pubnub_resume_window);
                left.confirmed = confirmed_;
                left.confirmed_at = confirmed_at_;
                left.stale = stale_;
            }
            if (subscription_id_.empty() && info.id == adopted_.subscription_id()) {
                tell_if_moved_meanwhile(mode);
            }
            if (another && moved) {
                start_at_creation_of(info);
            } else if (moved) {
                position_ = history_.at(told ? told : info.asked_at, position_, settings_.pubnub_start_margin);
                auto const now = context_.services().now();
                auto const since = std::min(info.asked_at.value_or(now.wall), now.wall); // there was nothing on it before
                covered_ = std::min(covered_.value_or(since), told.value_or(since));
                confirm({now.steady - std::chrono::duration_cast<duration>(now.wall - since), since});
            }
            subscription_id_ = info.id;
            history_.clear();
            history_.add(another ? position_ : reached, context_.wall_now(), settings_.call_timeout);
            channel_ = mode.address;
            key_ = mode.subscriber_key;
            polling_ = false;
        }
        start_drains();
        attached_ = true;
        changed_.notify();
        return poll_leaves();
    }

    // For the current channel.
    asio::awaitable<void> poll_leaves()
    {
        auto const self = shared_from_this();
        auto const closings = closings_;
        while (!polling_ && !closed_ && closings == closings_) {
            co_await started_.wait();
        }
        if (closed_ || closings != closings_) {
            throw boost::system::system_error(asio::error::operation_aborted);
        }
    }

    asio::awaitable<delivery> receive()
    {
        auto const self = shared_from_this();
        auto answered = false;
        while (!answered) {
            while (!attached_ && !closed_ && drained_.empty()) {
                co_await changed_.wait();
            }
            if (closed_) {
                throw boost::system::system_error(asio::error::operation_aborted);
            }
            if (!drained_.empty()) {
                break;
            }
            if (answer_ && answer_->parsed.messages.empty()) { // else the next one may be as large
                answer_.reset();
            }
            if (context_.now() < not_before_) {
                co_await pause();
                continue;
            }
            answered = co_await poll();
        }
        co_return take(answered); // one for both, for each result has a place of its own while this waits
    }

    void close() noexcept
    {
        closed_ = true;
        ++closings_;
        attached_ = false;
        polling_ = false;
        interrupt();
        for (auto& each : drains_) {
            each.polls.stop();
        }
        changed_.notify();
        started_.notify();
    }

private:
    // What the poll got.
    class polled_reply {
    public:
        response text;
        protocol::pubnub_reply parsed;
    };

    // What the second poll got.
    class drained_reply {
    public:
        std::optional<gap> before;
        response answer;
        protocol::pubnub_reply parsed;
    };

    // An old channel that is still listened to.
    class draining {
    public:
        draining(std::string its_key, std::string its_channel, protocol::pubnub_position from, std::optional<wall_time> covered,
                 steady_time latest)
            : key(std::move(its_key)), channel(std::move(its_channel)), position(std::move(from)), since(covered), give_up(latest)
        {
        }
        std::string key;
        std::string channel;
        protocol::pubnub_position position;
        std::optional<wall_time> since; // covered up to here
        std::optional<wall_time> confirmed; // as that of the channel in use
        std::optional<steady_time> confirmed_at;
        bool stale = false;
        steady_time give_up;            // if PubNub was not reached until then
        std::optional<steady_time> until; // silent until then: over
        bool reached = false;             // the last attempt got an answer or silence
        bool certain = false;             // there was an answer, or silence before: a poll that hangs is silent, too
        bool running = false;
        bool over = false;
        net::background polls;
    };

    // So many denials in a row mean that the channel is no more, whatever the subscription says.
    static constexpr unsigned denials_believed = 3;

    // PubNub answers at once if there is something.
    static constexpr duration latest_answer = std::chrono::seconds(5);

    // A kept connection that ends so soon behind a request was on its way out already.
    static constexpr duration race_time = std::chrono::seconds(1);

    // The process before may have left something where the service does not deliver any more.
    void tell_if_moved_meanwhile(delivery_mode const& mode)
    {
        auto const place = protocol::pubnub_place::parse(adopted_.position());
        if (place && !place->mark.empty() && place->mark != protocol::pubnub_place::mark_of(mode.subscriber_key, mode.address)) {
            auto answer = std::make_unique<drained_reply>();
            auto since = protocol::time_of(place->position.timetoken);
            if (auto const complete = adopted_.complete_until()) {
                since = std::min(since.value_or(*complete), *complete);
            }
            answer->before = gap(gap_reason::stale_position, certainty::possible, since, context_.wall_now(), {mode.address});
            drained_.push_back(std::move(answer));
        }
    }

    // What a program may save now.
    [[nodiscard]] cursor place() const
    {
        using protocol::pubnub_place;
        auto const mark = drains_.empty() ? pubnub_place::mark_of(key_, channel_) : std::string(pubnub_place::mark_of_several);
        cursor result(pubnub_place::text_of(position_, mark));
        for (auto const& each : drains_) {
            result.complete_only_until(each.since.value_or(each.confirmed.value_or(context_.wall_now())));
        }
        return result;
    }

    // A subscription that was not seen before: it begins at its creation.
    void start_at_creation_of(subscription_info const& info)
    {
        auto const adopted = subscription_id_.empty() && !position_.empty();
        if (!adopted) {
            position_ = {};
            if (!subscription_id_.empty() || !confirmed_) { // else taken over from a process that had heard nothing yet
                confirm(context_.services().now());
                covered_ = std::min(covered_.value_or(*confirmed_), *confirmed_); // the old channel's silence proves nothing
            }
            stale_ = false;
            unknown_start_ = !info.creation_time && settings_.pubnub_start_at_creation;
            if (info.creation_time && settings_.pubnub_start_at_creation) {
                // By the earlier of two clocks: from a time to come PubNub would say nothing until then.
                auto const created = std::min(*info.creation_time, info.asked_at.value_or(*info.creation_time));
                position_.timetoken = protocol::timetoken_of(created - settings_.pubnub_start_margin);
            }
        }
    }

    // Nothing that was published until then is missing, but what PubNub still holds for our position.
    void confirm(net::services::instant until)
    {
        confirmed_ = until.wall;
        confirmed_at_ = until.steady;
        served_ = ahead_ ? std::optional(until.wall + *ahead_) : std::nullopt;
    }

    // Whether the poll was asked so long ago: then nothing was there to answer, if the peer lived.
    [[nodiscard]] bool hung_for(duration least) const { return asking_since_ && context_.now() - *asking_since_ >= least; }

    // Whether a poll that is still out shows that nothing came: not once it is out for longer than PubNub ever held one here, nor where
    // the network was away meanwhile.
    [[nodiscard]] bool silence_counts() const
    {
        auto const usual = longest_hold_ == duration::zero() || !hung_for(longest_hold_ + latest_answer);
        return usual && context_.unreached() == unreached_;
    }

    // Whether the position is older than what PubNub surely holds. By the clock that says more: the steady one does not run while
    // the machine sleeps, the other one may be set back.
    [[nodiscard]] bool is_stale(std::optional<wall_time> confirmed, std::optional<steady_time> confirmed_at, net::services::instant now) const
    {
        auto const window = settings_.pubnub_resume_window;
        return (confirmed && now.wall - *confirmed > window) || (confirmed_at && now.steady - *confirmed_at > window);
    }

    // Until the next poll may leave, or something has changed.
    asio::awaitable<void> pause()
    {
        net::alarm const over(context_.services().deadlines, not_before_, [this] { changed_.notify(); });
        co_await changed_.wait();
    }

    // One long poll, into `answer_`; false if it must be asked anew with the same position. It is for most of its time that it waits, so
    // what it needs before and after that is in coroutines of their own.
    asio::awaitable<bool> poll()
    {
        auto const round = round_;
        asked_ = context_.services().now();
        auto const deadline = asked_.steady + settings_.pubnub_read_timeout;
        stale_ = stale_ || is_stale(confirmed_, confirmed_at_, asked_);
        std::exception_ptr failed;
        bool late = false;
        bool ended = false;
        bool raced = false;
        bool kept = true;
        try {
            auto const connection = co_await ask(round, deadline, kept);
            if (!connection) {
                co_return false;
            }
            for (auto waits = true; waits && connection->nothing_came();) {
                try {
                    co_await connection->readable();
                } catch (boost::system::system_error const&) {
                    waits = false; // and `answer` says why
                }
            }
            if (!answer_) {
                answer_ = std::make_unique<polled_reply>();
            }
            co_await connection->answer(answer_->text, reply_limits(), deadline);
        } catch (failure const& why) {
            late = why.code() == error::timed_out && asking_since_ && connection_ && connection_->unanswered();
            ended = connection_ && connection_->ended_unanswered() && hung_for(latest_answer);
            raced = connection_ && connection_->unanswered() && context_.now() - asked_.steady < race_time;
            failed = std::current_exception();
        } catch (boost::system::system_error const&) {
            failed = std::current_exception();
        }
        asking_since_.reset();
        if (round != round_ && !closed_) {
            co_return false; // interrupted: the same position with other channels
        }
        if (ended) {
            confirm(context_.services().earliest_arrival(asked_)); // an orderly end comes behind everything that was sent
        }
        if (failed) {
            connection_.reset();
            if (late || (raced && kept)) {
                co_return false; // a long silence is no error, nor is a kept connection that was let go as we asked
            }
            std::rethrow_exception(failed);
        }
        co_return true;
    }

    // Let the poll leave; nothing if an interruption came first.
    asio::awaitable<std::shared_ptr<net::http_connection>> ask(unsigned round, steady_time deadline, bool& kept)
    {
        if (!connection_ || !connection_->kept()) { // one that has ended meanwhile shows at once
            connection_.reset();
            kept = false;
            connection_ = co_await connect(context_.services());
            if (round != round_) {
                connection_.reset();
                co_return nullptr;
            }
        }
        auto connection = connection_; // stays when an interruption lets go of it
        auto const message = question(key_, channel_, position_);
        co_await connection->ask(message, deadline);
        asking_since_ = context_.now();
        unreached_ = context_.unreached();
        if (!std::exchange(polling_, true)) {
            started_.notify();
        }
        co_return connection;
    }

    [[nodiscard]] net::url origin() const { return net::url::parse(settings_.pubnub_origin); }

    asio::awaitable<std::shared_ptr<net::http_connection>> connect(net::services& services)
    {
        auto const there = origin();
        net::endpoint const to(there.host, there.port, there.encrypted());
        auto stream = co_await services.connector->connect(to, context_.now() + settings_.connect_timeout);
        co_return std::make_shared<net::http_connection>(std::move(stream), services.deadlines, services.scratch);
    }

    [[noreturn]] void refuse(response const& reply)
    {
        auto const hidden = reply.status == 200 ? protocol::pubnub_reply::error_status(reply.body) : 0;
        auto const status = hidden != 0 ? hidden : reply.status;
        if (status == 200) {
            denied_ = 0;
            throw failure(error::invalid_reply, "PubNub's reply is in none of its forms");
        }
        if (status == 400 || status == 403 || status == 404) {
            ++denied_;
        }
        auto const code = status == 429 ? error::throttled : error::service_unavailable;
        throw failure(code, "PubNub answered " + std::to_string(status)).with_answer(0, {}, {}, protocol::retry_after(reply));
    }

    delivery take_reply()
    {
        auto& [text, parsed] = *answer_;
        auto const now = context_.services().now();
        if (text.status != 200 || !parsed.parse(text.body, channel_) || !protocol::is_plausible(parsed.timetoken, now.wall)) {
            refuse(text);
        }
        denied_ = 0;
        delivery result;
        if (parsed.messages.empty()) {
            longest_hold_ = std::max(longest_hold_, now.steady - asked_.steady);
            not_before_ = asked_.steady + protocol::between_empty_polls;
        }
        read_clock(text, now);
        result.before = missing_before(parsed, now.wall);
        result.messages = wanted_of(parsed, channel_);
        // An answer comes behind its question, and a position that moved says when it was given.
        auto const moved = parsed.timetoken != position_.timetoken;
        auto const given = moved ? protocol::time_of(parsed.timetoken) : std::nullopt;
        covered_ = given ? *given : std::max(asked_.wall, covered_.value_or(asked_.wall));
        position_.timetoken = parsed.timetoken;
        position_.region = parsed.region;
        confirm(context_.services().earliest_arrival(asked_, now));
        history_.add(position_, now.wall, settings_.call_timeout);
        result.after = place();
        return result;
    }

    // Whether the position was older than it seemed, for the service's clock neither sleeps nor is set with ours; where its answers
    // have a date.
    void read_clock(response const& reply, net::services::instant now)
    {
        auto const date = protocol::http_date(reply.header("Date"));
        if (!date) {
            ahead_.reset();
            return;
        }
        wall_time const answered{std::chrono::seconds(*date)};
        auto const took = std::max<duration>(now.steady - asked_.steady, now.wall - asked_.wall);
        stale_ = stale_ || (served_ && answered - took - *served_ > settings_.pubnub_resume_window);
        ahead_ = answered - now.wall;
    }

    static std::span<message const> wanted_of(protocol::pubnub_reply& reply, std::string const& channel)
    {
        std::erase_if(reply.messages, [&](message const& each) { return each.channel != channel; });
        return reply.messages;
    }

    std::optional<gap> missing_before(protocol::pubnub_reply const& reply, wall_time now)
    {
        auto const until = protocol::time_of(reply.first_published).value_or(now);
        if (std::exchange(unknown_start_, false)) {
            return gap(gap_reason::unknown_start, certainty::possible, std::nullopt, now, {channel_});
        }
        auto const stale = std::exchange(stale_, false);
        if (reply.messages.size() >= settings_.pubnub_buffer_size) {
            return gap(gap_reason::buffer_overflow, certainty::possible, covered_, until, {channel_});
        }
        if (stale) {
            return gap(gap_reason::stale_position, certainty::possible, covered_, until, {channel_});
        }
        return std::nullopt;
    }

    // Those that a lost connection stopped go on with the next one.
    void start_drains()
    {
        for (auto each = drains_.begin(); each != drains_.end(); ++each) {
            if (!std::exchange(each->running, true)) {
                auto const self = shared_from_this();
                each->polls.run(context_.get_executor(), drain(self, each), [self, each](std::exception_ptr) {
                    each->running = false;
                    if (each->over) {
                        self->drains_.erase(each);
                    } else if (self->attached_) { // stopped, and wanted again meanwhile
                        self->start_drains();
                    }
                });
            }
        }
    }

    // From the old position until it stayed silent for the drain time.
    static asio::awaitable<void> drain(std::shared_ptr<state> self, std::list<draining>::iterator what)
    {
        auto const is_over = [&] { return self->context_.now() >= (what->reached && what->until ? *what->until : what->give_up); };
        while (!self->closed_ && !is_over()) {
            auto failed = false;
            try {
                self->offer(co_await self->drain_once(*what));
            } catch (failure const&) {
                failed = true;
            }
            if (failed) {
                co_await self->context_.sleep_until(self->context_.now() + std::chrono::milliseconds(500));
            }
        }
        what->over = is_over();
        if (what->over && !what->reached) {
            auto answer = std::make_unique<drained_reply>();
            answer->before = gap(gap_reason::stale_position, certainty::possible, what->since, self->context_.wall_now(), {what->channel});
            self->offer(std::move(answer));
        }
    }

    asio::awaitable<std::unique_ptr<drained_reply>> drain_once(draining& what)
    {
        auto drained = std::make_unique<drained_reply>();
        auto const known_end = what.reached ? what.until : std::nullopt;
        what.reached = false;
        auto connection = co_await connect(context_.services());
        // A service that hangs is as silent as a channel without news. Asked for the time only, a living one answers at once.
        auto const time_only = question(what.key, what.channel, {});
        co_await connection->exchange(time_only, drained->answer, reply_limits(), context_.now() + latest_answer);
        if (drained->answer.status != 200) {
            throw failure(error::invalid_reply, "PubNub's reply for the old channel");
        }
        if (!connection->reusable()) {
            connection = co_await connect(context_.services());
        }
        what.stale = what.stale || is_stale(what.confirmed, what.confirmed_at, context_.services().now());
        auto const end = known_end.value_or(context_.now() + settings_.pubnub_drain_time);
        auto const poll = question(what.key, what.channel, what.position);
        bool silent = false;
        try {
            co_await connection->exchange(poll, drained->answer, reply_limits(), end);
        } catch (failure const& why) {
            silent = why.code() == error::timed_out && connection->unanswered();
            if (!silent) {
                throw;
            }
        }
        if (silent) {
            auto const over = std::exchange(what.certain, true);
            what.until = over ? end : context_.now() + latest_answer;
            what.reached = true;
            if (over && std::exchange(what.stale, false)) {
                drained->before = gap(gap_reason::stale_position, certainty::possible, what.since, context_.wall_now(), {what.channel});
            }
            co_return drained;
        }
        if (drained->answer.status != 200 || !drained->parsed.parse(drained->answer.body, what.channel)) {
            throw failure(error::invalid_reply, "PubNub's reply for the old channel");
        }
        what.until = end;
        what.reached = what.certain = true;
        auto const since = std::exchange(what.since, protocol::time_of(drained->parsed.timetoken));
        what.position = protocol::pubnub_position(drained->parsed.timetoken, drained->parsed.region);
        what.confirmed = context_.wall_now();
        what.confirmed_at = context_.now();
        auto const stale = std::exchange(what.stale, false);
        auto const full = drained->parsed.messages.size() >= settings_.pubnub_buffer_size;
        if (full || stale) {
            auto const until = protocol::time_of(drained->parsed.first_published).value_or(*what.confirmed);
            drained->before = gap(full ? gap_reason::buffer_overflow : gap_reason::stale_position, certainty::possible, since, until, {what.channel});
        }
        wanted_of(drained->parsed, what.channel);
        co_return drained;
    }

    [[nodiscard]] net::http_limits reply_limits() const
    {
        net::http_limits limits(settings_.max_response_size, settings_.max_header_size);
        limits.longest_pause = settings_.call_timeout;
        return limits;
    }

    // Let `receive` hand it over; the pending poll is asked again afterwards.
    void offer(std::unique_ptr<drained_reply> what)
    {
        if (!what->parsed.messages.empty() || what->before) {
            drained_.push_back(std::move(what));
            interrupt();
            changed_.notify();
        }
    }

    delivery take(bool reply) { return reply ? take_reply() : take_drained(); }

    delivery take_drained()
    {
        current_drained_ = std::move(drained_.front());
        drained_.erase(drained_.begin());
        delivery result;
        result.before = std::move(current_drained_->before);
        result.messages = current_drained_->parsed.messages;
        return result;
    }

    [[nodiscard]] std::string question(std::string const& key, std::string const& channel, protocol::pubnub_position const& from) const
    {
        return protocol::subscribe_call(authority_, key, {&channel, 1}, from, context_.delivery_id(), settings_.pubnub_legacy);
    }

    void interrupt() noexcept
    {
        ++round_;
        if (hung_for(latest_answer + net::unnoticed_at_most) && silence_counts()) {
            auto const alive = context_.services().earliest_arrival(asked_);
            confirm({alive.steady - net::unnoticed_at_most, alive.wall - net::unnoticed_at_most});
        }
        asking_since_.reset();
        if (connection_) {
            connection_->close();
            connection_.reset();
        }
    }

    transport_context context_;
    config const& settings_;
    std::string authority_;
    std::optional<bool> wish_;

    std::string subscription_id_;
    cursor adopted_; // where the process before stood
    std::optional<wall_time> told_at_;
    std::string key_;
    std::string channel_;
    protocol::pubnub_position position_;
    protocol::position_history history_;
    std::optional<wall_time> confirmed_;
    std::optional<steady_time> confirmed_at_; // the same, unless it was in another process
    std::optional<wall_time> served_;         // the same by the service's clock
    std::optional<wall_time::duration> ahead_; // which is so far ahead of ours
    net::services::instant asked_;            // for the last poll
    std::optional<steady_time> asking_since_; // a poll is out
    std::uint64_t unreached_ = 0;             // calls, when it left
    duration longest_hold_{};                 // of polls that were answered with nothing
    steady_time not_before_{};                // the next poll
    std::optional<wall_time> covered_;        // what happened until then was in a reply
    bool stale_ = false;                      // a poll started from a position older than the buffer surely is
    bool unknown_start_ = false;
    unsigned denied_ = 0; // in a row

    bool closed_ = true;
    bool attached_ = false;
    bool polling_ = false; // a poll for the current channel has left
    unsigned round_ = 0;   // of interruptions
    unsigned closings_ = 0;
    net::notifier changed_;
    net::notifier started_;
    std::shared_ptr<net::http_connection> connection_;
    std::unique_ptr<polled_reply> answer_; // while there are messages

    std::vector<std::unique_ptr<drained_reply>> drained_;
    std::unique_ptr<drained_reply> current_drained_;
    std::list<draining> drains_;
};

RINGTAIL_DECL pubnub::pubnub(transport_context context, std::optional<bool> wish)
    : state_(std::make_shared<state>(std::move(context), wish))
{
}

RINGTAIL_DECL pubnub::pubnub(pubnub&&) noexcept = default;

RINGTAIL_DECL pubnub::~pubnub()
{
    if (state_) {
        state_->close();
    }
}

RINGTAIL_DECL asio::awaitable<opened> pubnub::open(cursor const& where)
{
    co_return state_->open(where);
}

RINGTAIL_DECL std::optional<delivery_mode> pubnub::requested_delivery() const
{
    return state_->requested();
}

RINGTAIL_DECL asio::awaitable<void> pubnub::attach(subscription_info const& info)
{
    return state_->attach(info);
}

RINGTAIL_DECL asio::awaitable<delivery> pubnub::receive()
{
    return state_->receive();
}

RINGTAIL_DECL void pubnub::close() noexcept
{
    state_->close();
}

} // namespace ringtail
