// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/config.hpp>
#include <ringtail/net/http_connection.hpp>
#include <ringtail/net/parking.hpp>
#include <ringtail/net/services.hpp>
#include <ringtail/net/url.hpp>
#include <ringtail/protocol/failure_table.hpp>
#include <ringtail/protocol/pubnub_poll.hpp>
#include <ringtail/protocol/pubnub_reply.hpp>
#include <ringtail/pubnub.hpp>
#include <ringtail/version.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <deque>

namespace ringtail {

/** The long poll of one subscription.

    `receive` polls; `attach` changes what is polled and interrupts it. The connection is this object's, the position
    moves with each reply. */
class pubnub::state : public std::enable_shared_from_this<pubnub::state> {
public:
    state(transport_context in, std::optional<bool> wish)
        : context_(std::move(in)), settings_(context_.settings()), origin_(net::url::parse(settings_.pubnub_origin)), wish_(wish)
    {
        origin_.require_secure(settings_.allow_unencrypted_connections);
    }

    opened open(cursor const& where)
    {
        closed_ = false;
        attached_ = false;
        auto const resumed = protocol::pubnub_position::parse(where.position());
        if (!resumed) {
            return continuity::fresh;
        }
        position_ = *resumed;
        if (!confirmed_) {
            confirmed_ = where.confirmed(); // taken over from another process
        }
        if (std::exchange(denied_, denied_ % denials_believed) == denials_believed) {
            return {continuity::lost, "PubNub denies the channel again and again"};
        }
        return continuity::resumed;
    }

    [[nodiscard]] delivery_mode requested() const { return delivery_mode::pubnub(wish_); }

    asio::awaitable<void> attach(subscription_info info)
    {
        auto const self = shared_from_this();
        auto const& mode = info.delivery;
        if (mode.address.empty() || mode.subscriber_key.empty()) {
            throw failure(error::invalid_reply, "the subscription's deliveryMode lacks address or subscriberKey");
        }
        if (info.id != subscription_id_) {
            start_at_creation_of(info);
        }
        auto const same_key = mode.subscriber_key == key_;
        if (!same_key || mode.address != channel_) {
            if (!channel_.empty() && same_key) {
                draining_ = channel_;
                drain_until_ = context_.now() + settings_.pubnub_drain_time;
            } else if (!channel_.empty()) {
                asio::co_spawn(context_.get_executor(), drain(self, key_, channel_), asio::detached);
            }
            channel_ = mode.address;
            key_ = mode.subscriber_key;
            polling_ = false;
            interrupt();
        }
        attached_ = true;
        changed_.notify();
        while (!polling_ && !closed_) {
            co_await started_.wait();
        }
        if (closed_) {
            throw boost::system::system_error(asio::error::operation_aborted);
        }
    }

    asio::awaitable<delivery> receive()
    {
        auto const self = shared_from_this();
        for (;;) {
            while (!attached_ && !closed_ && drained_.empty()) {
                co_await changed_.wait();
            }
            if (closed_) {
                throw boost::system::system_error(asio::error::operation_aborted);
            }
            if (!drained_.empty()) {
                co_return take_drained();
            }
            if (auto received = co_await poll()) {
                co_return std::move(*received);
            }
        }
    }

    void close() noexcept
    {
        closed_ = true;
        attached_ = false;
        polling_ = false;
        interrupt();
        if (drain_connection_ != nullptr) {
            drain_connection_->close();
        }
        changed_.notify();
        started_.notify();
    }

private:
    // What the second poll got.
    class drained_reply {
    public:
        response answer;
        protocol::pubnub_reply parsed;
        std::vector<std::string> channels;
    };

    // So many denials in a row mean that the channel is no more, whatever the subscription says.
    static constexpr unsigned denials_believed = 3;

    // A subscription that was not seen before: it begins at its creation.
    void start_at_creation_of(subscription_info const& info)
    {
        auto const adopted = subscription_id_.empty() && !position_.empty();
        if (!adopted) {
            position_ = {};
            confirmed_ = context_.wall_now();
            stale_since_.reset();
            unknown_start_ = !info.creation_time && settings_.pubnub_start_at_creation;
            if (info.creation_time && settings_.pubnub_start_at_creation) {
                position_.timetoken = protocol::timetoken_of(*info.creation_time - settings_.pubnub_start_margin);
            }
            channel_.clear();
            key_.clear();
            draining_.clear();
        }
        subscription_id_ = info.id;
    }

    // One long poll; nothing if it must be asked anew with the same position.
    asio::awaitable<std::optional<delivery>> poll()
    {
        auto const round = round_;
        auto& services = context_.services();
        auto const now = context_.now();
        if (!draining_.empty() && now >= drain_until_) {
            draining_.clear();
        }
        channels_.assign(1, channel_);
        if (!draining_.empty()) {
            channels_.push_back(draining_);
        }
        // With an old channel to let go, an empty poll must end in time to do so.
        auto deadline = now + settings_.pubnub_read_timeout;
        if (!draining_.empty()) {
            deadline = std::min(deadline, drain_until_);
        }
        if (confirmed_ && context_.wall_now() - *confirmed_ > settings_.pubnub_resume_window && !stale_since_) {
            stale_since_ = confirmed_;
        }
        std::exception_ptr failed;
        bool late = false;
        bool ended = false;
        try {
            if (!connection_ || !connection_->reusable()) {
                connection_.reset();
                connection_ = co_await connect(services);
                if (round != round_) {
                    connection_.reset();
                    co_return std::nullopt;
                }
            }
            auto const target = protocol::subscribe_target(key_, channels_, position_, context_.delivery_id(), settings_.pubnub_legacy);
            message_ = request_for(target);
            net::http_limits const limits(settings_.max_response_size, settings_.max_header_size);
            auto const connection = connection_; // stays when an interruption lets go of it
            co_await connection->exchange(message_, reply_, limits, deadline, [this] {
                if (!std::exchange(polling_, true)) {
                    started_.notify();
                }
            });
        } catch (failure const& why) {
            late = why.code() == error::timed_out && polling_;
            ended = connection_ && connection_->ended_unanswered();
            failed = std::current_exception();
        } catch (boost::system::system_error const&) {
            failed = std::current_exception();
        }
        if (round != round_ && !closed_) {
            co_return std::nullopt; // interrupted: the same position with other channels
        }
        if (ended) {
            confirmed_ = context_.wall_now(); // an orderly end comes behind everything that was sent
        }
        if (failed) {
            connection_.reset();
            if (late) {
                co_return std::nullopt; // a long silence is no error
            }
            std::rethrow_exception(failed);
        }
        co_return take_reply();
    }

    asio::awaitable<std::shared_ptr<net::http_connection>> connect(net::services& services)
    {
        net::endpoint const to(origin_.host, origin_.port, origin_.encrypted());
        auto stream = co_await services.connector->connect(to, context_.now() + settings_.connect_timeout);
        co_return std::make_shared<net::http_connection>(std::move(stream), services.deadlines, services.scratch);
    }

    void require_success(response const& reply)
    {
        auto const hidden = reply.status == 200 ? protocol::pubnub_reply::error_status(reply.body) : 0;
        auto const status = hidden != 0 ? hidden : reply.status;
        if (status == 200) {
            denied_ = 0;
            return;
        }
        if (status == 400 || status == 403 || status == 404) {
            ++denied_;
        }
        auto const code = status == 429 ? error::throttled : error::service_unavailable;
        throw failure(code, "PubNub answered " + std::to_string(status)).with_answer(0, {}, {}, net::retry_after(reply));
    }

    delivery take_reply()
    {
        require_success(reply_);
        if (!parsed_.parse(reply_.body, channel_)) {
            throw failure(error::invalid_reply, "PubNub's reply is in none of its forms");
        }
        delivery result;
        result.before = missing_before(parsed_, channels_);
        result.messages = wanted_of(parsed_, channels_);
        position_ = protocol::pubnub_position(parsed_.timetoken, parsed_.region);
        confirmed_ = context_.wall_now();
        result.after = cursor(position_.text());
        return result;
    }

    static std::span<message const> wanted_of(protocol::pubnub_reply& reply, std::vector<std::string> const& channels)
    {
        std::erase_if(reply.messages, [&](message const& each) {
            return std::find(channels.begin(), channels.end(), each.channel) == channels.end();
        });
        return reply.messages;
    }

    std::optional<gap> missing_before(protocol::pubnub_reply const& reply, std::vector<std::string> const& channels)
    {
        auto const now = context_.wall_now();
        auto const until = protocol::time_of(reply.first_published).value_or(now);
        if (std::exchange(unknown_start_, false)) {
            return gap(gap_reason::unknown_start, certainty::possible, std::nullopt, now, channels);
        }
        if (lost_old_) {
            return std::exchange(lost_old_, std::nullopt);
        }
        auto const stale_since = std::exchange(stale_since_, std::nullopt);
        if (reply.messages.size() >= settings_.pubnub_buffer_size) {
            return gap(gap_reason::buffer_overflow, certainty::possible, stale_since ? stale_since : confirmed_, until, channels);
        }
        if (stale_since) {
            return gap(gap_reason::stale_position, certainty::possible, stale_since, until, channels);
        }
        return std::nullopt;
    }

    // The old channel has another subscriber key, so it needs a poll of its own, beside the new one, for a while.
    static asio::awaitable<void> drain(std::shared_ptr<state> self, std::string key, std::string channel)
    {
        auto& services = self->context_.services();
        auto const until = self->context_.now() + self->settings_.pubnub_drain_time;
        std::vector<std::string> const channels{channel};
        auto position = self->position_;
        auto heard = false;
        while (!self->closed_ && self->context_.now() < until) {
            try {
                auto const connection = co_await self->connect(services);
                self->drain_connection_ = connection.get();
                auto reply = std::make_unique<drained_reply>();
                auto const target = protocol::subscribe_target(key, channels, position, self->context_.delivery_id(), self->settings_.pubnub_legacy);
                auto const message = self->request_for(target);
                net::http_limits const limits(self->settings_.max_response_size, self->settings_.max_header_size);
                co_await connection->exchange(message, reply->answer, limits, until);
                self->drain_connection_ = nullptr;
                if (reply->answer.status != 200 || !reply->parsed.parse(reply->answer.body, channel)) {
                    break;
                }
                heard = true;
                position = protocol::pubnub_position(reply->parsed.timetoken, reply->parsed.region);
                if (!reply->parsed.messages.empty()) {
                    reply->channels = channels;
                    self->drained_.push_back(std::move(reply));
                    self->interrupt();
                    self->changed_.notify();
                }
            } catch (boost::system::system_error const& why) {
                self->drain_connection_ = nullptr;
                heard = heard || why.code() == error::timed_out; // silent until the end
                break;
            }
        }
        if (!heard && !self->closed_) {
            self->lost_old_ = gap(gap_reason::stale_position, certainty::possible, self->confirmed_, self->context_.wall_now(), channels);
        }
    }

    delivery take_drained()
    {
        current_drained_ = std::move(drained_.front());
        drained_.pop_front();
        delivery result;
        if (current_drained_->parsed.messages.size() >= settings_.pubnub_buffer_size) {
            result.before = gap(gap_reason::buffer_overflow, certainty::possible, confirmed_,
                                protocol::time_of(current_drained_->parsed.first_published), current_drained_->channels);
        }
        result.messages = wanted_of(current_drained_->parsed, current_drained_->channels);
        return result;
    }

    std::string request_for(std::string const& target) const
    {
        return net::http_request("GET", target, origin_.authority(), "User-Agent: ringtail/" RINGTAIL_VERSION "\r\nAccept: text/javascript\r\n", {});
    }

    void interrupt() noexcept
    {
        ++round_;
        if (connection_) {
            connection_->close();
            connection_.reset();
        }
    }

    transport_context context_;
    config const& settings_;
    net::url origin_;
    std::optional<bool> wish_;

    std::string subscription_id_;
    std::string key_;
    std::string channel_;
    std::string draining_;
    steady_time drain_until_;
    protocol::pubnub_position position_;
    std::optional<wall_time> confirmed_;
    std::optional<wall_time> stale_since_; // a poll started from a position older than the buffer surely is
    std::optional<gap> lost_old_;
    bool unknown_start_ = false;
    unsigned denied_ = 0; // in a row

    bool closed_ = true;
    bool attached_ = false;
    bool polling_ = false; // a poll for the current channel has left
    unsigned round_ = 0;   // of interruptions
    net::notifier changed_;
    net::notifier started_;
    std::shared_ptr<net::http_connection> connection_;
    std::vector<std::string> channels_; // of the pending poll
    std::string message_;
    response reply_;
    protocol::pubnub_reply parsed_;

    std::deque<std::unique_ptr<drained_reply>> drained_;
    std::unique_ptr<drained_reply> current_drained_;
    net::http_connection* drain_connection_ = nullptr;
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
