// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/config.hpp>
#include <ringtail/net/parking.hpp>
#include <ringtail/net/services.hpp>
#include <ringtail/net/url.hpp>
#include <ringtail/net/websocket_connection.hpp>
#include <ringtail/protocol/failure_table.hpp>
#include <ringtail/protocol/gateway_frame.hpp>
#include <ringtail/protocol/json_scanner.hpp>
#include <ringtail/timestamp.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/error.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <list>
#include <string>
#include <utility>
#include <vector>

namespace ringtail {

/** A session with the gateway and its present connection.

    `receive` reads; what is no notification it handles on the way: replies for `exchange`, heartbeats, errors. */
class websocket::state : public std::enable_shared_from_this<websocket::state> {
public:
    explicit state(transport_context in)
        : context_(std::move(in)), settings_(context_.settings()), heartbeat_(context_.services().deadlines)
    {
    }

    asio::awaitable<opened> open(cursor where)
    {
        auto const self = shared_from_this();
        closed_ = false;
        early_.clear();
        last_error_.clear();
        dead_ = awaiting_beat_ = holding_ = false;
        take_position(where);
        auto const epoch = ++epoch_;
        auto const made_before = details_.creation_time;

        auto connection = co_await connect();
        if (closed_ || epoch != epoch_) {
            connection->close();
            throw boost::system::system_error(asio::error::operation_aborted);
        }
        connection_ = std::move(connection);
        auto const asked_to_recover = !session_token_.empty();
        std::exception_ptr failed;
        try {
            co_await await_details();
        } catch (...) {
            failed = std::current_exception();
        }
        if (failed) {
            close();
            std::rethrow_exception(failed);
        }
        refusals_ = 0;
        new_session_ = true;
        last_sent_ = context_.now();
        unanswered_since_.reset();
        keep_alive();

        if (details_.recovered != true) {
            // What a replay that was cut had left out shows in no other one.
            overflowed_ = overflowed_ || replayed_.value_or(0) != 0;
            replayed_.reset();
        }
        if (!asked_to_recover) {
            co_return subscription_id_.empty() ? opened(continuity::fresh) : opened(continuity::lost, "there was no session to recover");
        }
        if (details_.recovered == true) {
            holding_ = true;
            hold_until_ = context_.now() + settings_.gateway_replay_hold;
            if (details_.creation_time == made_before) {
                details_.creation_time.reset(); // of the session, so it tells nothing of this connection
            }
            if (!replayed_) { // else the last replay was cut, and this is the rest of it
                replayed_ = 0;
                missed_since_ = confirmed_;
            }
            co_return continuity::resumed;
        }
        auto const why = details_.recovered ? "the gateway refused to recover: " + details_.recovery_error : std::string("the gateway did not recover");
        session_sequence_ = 0;
        co_return opened(continuity::lost, why);
    }

    asio::awaitable<void> attach(std::string subscription_id)
    {
        subscription_id_ = std::move(subscription_id);
        co_return;
    }

    asio::awaitable<delivery> receive()
    {
        auto const self = shared_from_this();
        messages_.clear();
        texts_.clear();
        listening_since_ = context_.services().now();
        require_open();
        if (holding_) {
            co_await receive_replay();
        } else if (!std::exchange(new_session_, false)) { // else nothing but the position, so that it can be saved before anything happens
            if (!early_.empty()) {
                take_early();
                for (auto const& each : texts_) {
                    messages_.emplace_back(each, false);
                }
            }
            auto const connection = connection_;
            while (messages_.empty()) {
                for (auto waits = true; waits && connection->nothing_came();) {
                    try {
                        co_await connection->readable();
                    } catch (boost::system::system_error const&) {
                        waits = false; // and `read` says why
                    }
                }
                auto const* const frames = co_await read(connection);
                handle(*frames);
            }
        }
        co_return delivered();
    }

    asio::awaitable<response> exchange(request call)
    {
        auto const self = shared_from_this();
        if (call.path.starts_with("/restapi/oauth/")) {
            throw failure(error::unsupported, "the gateway does not carry " + call.path.substr(0, call.path.find('?')));
        }
        auto const deadline = call.deadline.value_or(context_.now() + settings_.call_timeout);
        while (connection_ && pending_.size() >= details_.most_requests) {
            co_await wait_for_place(deadline);
        }
        if (closed_ || !connection_) {
            throw failure(error::connection_failed, "there is no connection to the gateway");
        }
        auto const entry = pending_.emplace(pending_.end());
        entry->id = next_id();
        send(protocol::gateway_request(entry->id, call));
        if (!unanswered_since_) {
            unanswered_since_ = last_sent_;
            keep_alive();
        }
        net::alarm limit(context_.services().deadlines);
        std::exception_ptr cancelled;
        try {
            co_await net::park([&](std::shared_ptr<net::parked> waiter) {
                entry->waiter = waiter;
                limit.set(deadline, [waiter] { waiter->wake(make_error_code(error::timed_out)); });
            });
        } catch (...) {
            cancelled = std::current_exception();
        }
        auto answer = std::move(entry->answer);
        auto const answered = entry->answered;
        pending_.erase(entry);
        free_place();
        if (cancelled) {
            rethrow_named(cancelled);
        }
        if (!answered) {
            throw failure(error::connection_failed, "the gateway's connection ended before the reply");
        }
        co_return answer;
    }

    void close() noexcept
    {
        closed_ = true;
        ++epoch_;
        holding_ = false;
        heartbeat_.reset();
        if (connection_) {
            if (!replay_may_go_on()) {
                replayed_.reset();
            }
            std::exchange(connection_, nullptr)->close();
        }
        for (auto& each : pending_) {
            if (each.waiter) {
                each.waiter->wake();
            }
        }
        free_place();
    }

private:
    // Notifications from before the connection that come so long behind the hold still belong to the replay.
    static constexpr duration replay_time = std::chrono::seconds(10);

    // The vendor's guide wants no heartbeat sooner.
    static constexpr duration shortest_silence = std::chrono::seconds(30);

    // So many refusals in a row may be about the position, whatever they say.
    static constexpr unsigned refusals_believed = 3;

    class ticket {
    public:
        net::url where;
        secret token;
    };
    class pending_call {
    public:
        std::string id;
        std::shared_ptr<net::parked> waiter;
        bool answered = false;
        response answer;
    };

    static void rethrow_named(std::exception_ptr thrown)
    {
        try {
            std::rethrow_exception(std::move(thrown));
        } catch (boost::system::system_error const& why) {
            if (why.code() == error::timed_out) {
                throw failure(error::timed_out, "waiting for the gateway's reply");
            }
            throw;
        }
    }

    void require_open() const
    {
        if (closed_ || !connection_) {
            throw boost::system::system_error(asio::error::operation_aborted);
        }
    }

    // Position: `token/sequence`, the newest of any frame.
    void take_position(cursor const& where)
    {
        auto const text = where.position();
        auto const slash = text.rfind('/');
        if (!started_) {
            subscription_id_ = where.subscription_id();
            if (slash != std::string_view::npos) {
                session_token_ = text.substr(0, slash);
            }
        }
        started_ = true;
    }

    asio::awaitable<ticket> fetch_ticket()
    {
        // A connection is a new attempt, so a new token: the gateway takes each of them once.
        request wanted("POST", "/restapi/oauth/wstoken", api_group::light);
        wanted.deadline = context_.now() + settings_.call_timeout;
        auto const answer = co_await context_.request(std::move(wanted));
        if (!answer.ok()) {
            throw protocol::failure_of(answer, "asking for a gateway token");
        }
        error_code broken;
        auto const value = json::parse(answer.body, broken);
        auto const* const object = broken ? nullptr : value.if_object();
        auto const text = [&](std::string_view name) {
            auto const* const member = object != nullptr ? object->if_contains(name) : nullptr;
            return member != nullptr && member->is_string() ? json::value_to<std::string>(*member) : std::string();
        };
        ticket result;
        result.token = secret(text("ws_access_token"));
        auto const uri = text("uri");
        if (uri.empty() || result.token.empty()) {
            throw failure(error::invalid_reply, "the gateway token's answer lacks uri or ws_access_token");
        }
        result.where = net::url::parse(uri);
        result.where.require_secure(settings_.allow_unencrypted_connections);
        co_return result;
    }

    asio::awaitable<std::shared_ptr<net::websocket_connection>> connect()
    {
        auto& services = context_.services();
        auto const with = co_await fetch_ticket();
        auto where = with.where;
        if (where.path.empty()) {
            where.path = "/";
        }
        where.path += (where.path.find('?') == std::string::npos ? "?" : "&") + std::string("access_token=") + net::percent_encoded(with.token.reveal());
        if (!session_token_.empty()) {
            where.path += "&wsc=" + net::percent_encoded(session_token_);
        }
        net::endpoint const to(where.host, where.port, where.encrypted());
        auto stream = co_await services.connector->connect(to, context_.now() + settings_.connect_timeout);
        auto connection = std::make_shared<net::websocket_connection>(std::move(stream), services.strand, services.scratch, services.random, settings_.max_response_size);
        auto late = false;
        net::alarm const limit(services.deadlines, context_.now() + settings_.connect_timeout, [&] {
            late = true;
            connection->close();
        });
        std::exception_ptr failed;
        try {
            co_await connection->upgrade(where, "User-Agent: ringtail\r\n");
        } catch (...) {
            failed = std::current_exception();
        }
        if (late) {
            throw failure(error::timed_out, "upgrading the connection to the gateway");
        }
        if (failed) {
            std::rethrow_exception(failed);
        }
        co_return connection;
    }

    // The first frame; what stands behind it in the same segment is kept for `receive`.
    asio::awaitable<void> await_details()
    {
        auto const connection = connection_;
        auto late = false;
        net::alarm const limit(context_.services().deadlines, context_.now() + settings_.gateway_details_timeout, [&] {
            late = true;
            connection->close();
        });
        std::vector<std::string_view> const* frames = nullptr;
        std::exception_ptr failed;
        try {
            frames = co_await connection->read();
        } catch (...) {
            failed = std::current_exception();
        }
        if (late) {
            throw failure(error::timed_out, "waiting for the gateway's ConnectionDetails");
        }
        if (failed) {
            std::rethrow_exception(failed);
        }
        protocol::gateway_frame first;
        if (!first.parse(frames->front()) || first.type != protocol::gateway_frame::kind::connection_details) {
            if (first.type == protocol::gateway_frame::kind::error) {
                refuse(first);
            }
            throw failure(error::invalid_reply, "the gateway's first frame is no ConnectionDetails");
        }
        details_ = protocol::gateway_details::of(first);
        adopt_session(first);
        early_.assign(frames->begin() + 1, frames->end());
    }

    // An Error instead of the details. A position it can't read is given up, so that the next attempt begins anew.
    [[noreturn]] void refuse(protocol::gateway_frame const& frame)
    {
        note_error(frame);
        if (last_error_.starts_with("WSG-400") || ++refusals_ >= refusals_believed) {
            session_token_.clear();
            session_sequence_ = 0;
        }
        throw failure(error::connection_failed, "the gateway refused the connection: " + last_error_);
    }

    void note_error(protocol::gateway_frame const& frame)
    {
        auto const answer = frame.to_response();
        auto const why = protocol::failure_of(answer, "gateway");
        last_error_ = why.errors().empty() ? "unknown error" : why.errors().front().code + ' ' + why.errors().front().message.substr(0, 200);
        context_.log(log_level::info, "gateway: " + last_error_);
    }

    // A session that was recovered, or begins, counts anew.
    void adopt_session(protocol::gateway_frame const& frame)
    {
        auto const restarted = frame.type == protocol::gateway_frame::kind::connection_details;
        if (!frame.session_token.empty() && (restarted || frame.session_sequence > session_sequence_)) {
            session_token_ = frame.session_token;
            session_sequence_ = frame.session_sequence;
        }
    }

    asio::awaitable<std::vector<std::string_view> const*> read(std::shared_ptr<net::websocket_connection> from)
    {
        std::exception_ptr failed;
        try {
            co_return co_await from->read();
        } catch (failure const& why) {
            failed = std::make_exception_ptr(dead_   ? failure(error::timed_out, "the gateway is silent")
                                             : last_error_.empty() ? why
                                                                   : failure(error::connection_failed, "the gateway ended the connection: " + last_error_));
        } catch (boost::system::system_error const&) {
            failed = dead_ ? std::make_exception_ptr(failure(error::timed_out, "the gateway is silent")) : std::current_exception();
        }
        std::rethrow_exception(failed);
    }

    // What was missed comes at once; it is collected first, because a gap must stand before it.
    asio::awaitable<void> receive_replay()
    {
        auto const connection = connection_;
        auto& time = context_.services().deadlines;
        take_early();
        try {
            while (texts_.size() < details_.recovery_buffer && replayed_ && context_.now() < hold_until_) {
                require_open();
                auto const more = co_await connection->readable_by(time, hold_until_);
                if (!more) {
                    break;
                }
                auto const* const frames = co_await read(connection);
                keep(*frames);
            }
        } catch (boost::system::system_error const&) {
            if (texts_.empty()) {
                throw;
            }
            // The gateway has sent them and will not do so again; the next call finds out how the connection is.
        }
        holding_ = false;
        for (auto const& each : texts_) {
            messages_.emplace_back(each, false);
        }
    }

    void take_early()
    {
        std::vector<std::string_view> const views(early_.begin(), early_.end());
        keep(views);
        early_.clear();
    }

    // Handle frames whose bytes do not stay.
    void keep(std::vector<std::string_view> const& frames)
    {
        handle(frames);
        for (auto const& each : messages_) {
            texts_.emplace_back(each.payload);
        }
        messages_.clear();
    }

    // Take notifications into `messages_` and deal with everything else.
    void handle(std::vector<std::string_view> const& frames)
    {
        using kind = protocol::gateway_frame::kind;
        awaiting_beat_ = false;
        unanswered_since_.reset();
        for (auto const& text : frames) {
            if (!frame_.parse(text)) {
                messages_.emplace_back(text, false); // becomes `undecodable`
                continue;
            }
            adopt_session(frame_);
            switch (frame_.type) {
            case kind::server_notification: take_notification(text); break;
            case kind::client_request: answer(); break;
            case kind::heartbeat:
                if (frame_.message_id != beat_id_) {
                    send(protocol::gateway_heartbeat(frame_.message_id));
                }
                break;
            case kind::error:
                if (frame_.message_id.empty()) {
                    note_error(frame_);
                } else {
                    answer();
                }
                break;
            case kind::connection_details:
                if (!frame_.body.empty()) {
                    details_ = protocol::gateway_details::of(frame_);
                }
                break;
            case kind::unknown: context_.log(log_level::info, "gateway: a frame of unknown type"); break;
            }
        }
    }

    void take_notification(std::string_view text)
    {
        auto const legible = !frame_.body.empty() && frame_.body_is_json;
        messages_.emplace_back(legible ? frame_.body : text, false); // else it becomes `undecodable`
        if (replayed_) {
            count_replayed();
        }
    }

    // A replay of all that the gateway keeps may be the rest of more. It is over with the first notification that is younger than
    // the connection, or when its time has passed: the hold if the gateway does not tell its own.
    void count_replayed()
    {
        if (overflowed_) {
            return;
        }
        if (is_live(frame_.body) || !replay_may_go_on()) {
            replayed_.reset();
        } else if (++*replayed_ >= details_.recovery_buffer) {
            overflowed_ = true;
        }
    }

    [[nodiscard]] bool replay_may_go_on() const
    {
        return replayed_ && context_.now() <= hold_until_ + (details_.creation_time ? replay_time : duration::zero());
    }

    // Whether it happened after this connection was made, by the gateway's own clock: then the replay is over.
    [[nodiscard]] bool is_live(std::string_view envelope) const
    {
        std::string_view text;
        protocol::json_scanner in(envelope);
        in.object([&](std::string_view name, protocol::json_scanner& value) {
            return name == "timestamp" && value.peek() == '"' ? value.string(text) : !value.unchecked_value().empty();
        });
        auto const happened = parse_timestamp(text);
        return happened && details_.surely_made_before(*happened);
    }

    void answer()
    {
        auto const found = std::find_if(pending_.begin(), pending_.end(), [this](auto const& each) { return each.id == frame_.message_id; });
        if (found == pending_.end() || found->answered) {
            return; // too late, or nobody asked
        }
        found->answered = true;
        found->answer = frame_.to_response();
        if (frame_.type == protocol::gateway_frame::kind::error && found->answer.status < 400) {
            found->answer.status = 400;
        }
        found->waiter->wake();
    }

    delivery delivered()
    {
        confirmed_ = context_.services().earliest_arrival(listening_since_).wall;
        delivery result;
        if (std::exchange(overflowed_, false)) {
            result.before = gap(gap_reason::replay_overflow, certainty::possible, missed_since_, confirmed_);
            replayed_.reset();
        }
        result.messages = messages_;
        if (!session_token_.empty()) {
            result.after = cursor(session_token_ + '/' + std::to_string(session_sequence_));
        }
        return result;
    }

    void send(std::string const& text)
    {
        last_sent_ = context_.now();
        connection_->send(text);
    }

    // A heartbeat when we were silent, whatever came, or when nothing came since a request: who asks again and again is not
    // silent, and may talk to nobody. Death if nothing at all comes behind it.
    void keep_alive()
    {
        heartbeat_.set(std::min(beat_due(), death_due()), [this] {
            auto const now = context_.now();
            if (!connection_) {
                return;
            }
            if (now >= death_due()) {
                dead_ = true;
                connection_->close();
                return;
            }
            if (now >= beat_due()) {
                beat(now);
            }
            keep_alive();
        });
    }

    [[nodiscard]] steady_time beat_due() const
    {
        auto const silence = std::min<duration>(settings_.gateway_heartbeat, duration(details_.idle_timeout) / 3);
        auto const due = last_sent_ + silence;
        auto const doubted = unanswered_since_ && !awaiting_beat_;
        return doubted ? std::min(due, *unanswered_since_ + std::min(silence, shortest_silence)) : due;
    }

    [[nodiscard]] steady_time death_due() const
    {
        return awaiting_beat_ ? beat_at_ + settings_.gateway_patience : steady_time::max();
    }

    void beat(steady_time now)
    {
        if (!std::exchange(awaiting_beat_, true)) {
            beat_at_ = now;
            beat_id_ = next_id(); // the same for all that wait: what comes back under it is an echo
        }
        send(protocol::gateway_heartbeat(beat_id_));
    }

    asio::awaitable<void> wait_for_place(steady_time deadline)
    {
        net::alarm limit(context_.services().deadlines);
        co_await net::park([&](std::shared_ptr<net::parked> waiter) {
            limit.set(deadline, [waiter] { waiter->wake(make_error_code(error::timed_out)); });
            places_.push_back(std::move(waiter));
        });
    }

    void free_place()
    {
        for (auto const& each : std::exchange(places_, {})) {
            each->wake();
        }
    }

    std::string next_id() { return "r" + std::to_string(++last_id_) + "-" + context_.delivery_id().substr(9, 8); }

    transport_context context_;
    config const& settings_;
    net::alarm heartbeat_;

    std::string session_token_;
    std::int64_t session_sequence_ = 0;
    std::string subscription_id_;
    protocol::gateway_details details_;
    net::services::instant listening_since_;
    std::optional<wall_time> confirmed_;
    bool started_ = false;
    bool new_session_ = false; // whose position nobody knows yet
    unsigned refusals_ = 0;    // in a row

    bool closed_ = true;
    unsigned epoch_ = 0; // of attempts to connect
    std::shared_ptr<net::websocket_connection> connection_;
    std::string last_error_;
    bool dead_ = false;
    steady_time last_sent_; // of ours: what the gateway counts as activity
    std::optional<steady_time> unanswered_since_; // a request, and no frame of any kind behind it
    bool awaiting_beat_ = false;
    steady_time beat_at_;
    std::string beat_id_;
    std::uint64_t last_id_ = 0;

    std::list<pending_call> pending_;
    std::vector<std::shared_ptr<net::parked>> places_;

    bool holding_ = false;
    std::optional<std::size_t> replayed_; // notifications of a replay that goes on
    bool overflowed_ = false;
    std::optional<wall_time> missed_since_;
    steady_time hold_until_;
    std::vector<std::string> early_; // frames that came in one segment with the details
    std::vector<std::string> texts_; // of a replay
    std::vector<message> messages_;
    protocol::gateway_frame frame_;
};

RINGTAIL_DECL websocket::websocket(transport_context context) : state_(std::make_shared<state>(std::move(context))) {}

RINGTAIL_DECL websocket::websocket(websocket&&) noexcept = default;

RINGTAIL_DECL websocket::~websocket()
{
    if (state_) {
        state_->close();
    }
}

RINGTAIL_DECL asio::awaitable<opened> websocket::open(cursor const& where)
{
    return state_->open(where);
}

RINGTAIL_DECL std::optional<delivery_mode> websocket::requested_delivery() const
{
    return delivery_mode::websocket();
}

RINGTAIL_DECL asio::awaitable<void> websocket::attach(subscription_info const& info)
{
    return state_->attach(info.id);
}

RINGTAIL_DECL asio::awaitable<delivery> websocket::receive()
{
    return state_->receive();
}

RINGTAIL_DECL asio::awaitable<response> websocket::exchange(request call)
{
    return state_->exchange(std::move(call));
}

RINGTAIL_DECL void websocket::close() noexcept
{
    state_->close();
}

} // namespace ringtail
