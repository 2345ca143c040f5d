// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/fault_book.hpp>
#include <ringtail/sandbox/http_message.hpp>
#include <ringtail/sandbox/oauth_service.hpp>
#include <ringtail/sandbox/options.hpp>
#include <ringtail/sandbox/pubnub_service.hpp>
#include <ringtail/sandbox/subscription_service.hpp>
#include <ringtail/sandbox/toolbox.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ringtail::sandbox_detail {

/// One WebSocket.
enum class gateway_id : std::uint64_t {};

/// What is to be done on a WebSocket.
enum class gateway_step {
    send,        ///< `text` as a text frame
    send_binary, ///< ... as a binary frame
    send_raw,    ///< ... as bytes that are no frame
    cut,         ///< half of a text frame of `text`, then the end of the connection
    ping,
    mute,        ///< answer no more pings
    close,       ///< a close frame with `code`, then the end
    finish,      ///< the end of the connection, without a close frame
    reset,       ///< RST
    stall,       ///< nothing any more, in either direction
};

class gateway_action {
public:
    gateway_action(gateway_id its_connection, gateway_step its_step, std::string its_text = {})
        : connection(its_connection), what(its_step), text(std::move(its_text))
    {
    }

    gateway_id connection;
    gateway_step what;
    std::string text;
    std::uint16_t code = 0;
    bool more = false; ///< goes out in one segment with what follows
};

/** The WebSocket gateway without its sockets: connections and frames come in with the time, actions come out.

    A session is a client through all its connections: it has the subscription and the newest notifications, and is
    what a `wsc` token names. It outlives its connection by the recovery timeout.
    @code
    auto opened = all.upgrade(request, now);         // an HTTP answer, or the id of the connection
    all.gateway().receive(id, text, now);            // and receive_pong, closed
    for (auto& action : all.take_actions())          // after each call, and at next_wakeup()
    @endcode */
class gateway_service {
public:
    /// How a request over the socket is answered: as over HTTP, for a login and a session.
    using request_handler = std::function<outcome(http_request const& request,
                                                  std::shared_ptr<oauth_session> const& who, gateway_session via,
                                                  wall_time now)>;

    gateway_service(sandbox_options const& options, id_source& ids, oauth_service& oauth,
                    subscription_service& subscriptions, fault_book& faults, request_handler handler);

    // What comes in -------------------------------------------------------------------------------------------------

    /// The upgrade to WebSocket: its token and `wsc` stand in the query. Empty: `closed` has to be called in the end.
    [[nodiscard]] std::variant<gateway_id, http_reply> open(http_request const& upgrade,
                                                            std::optional<fault> const& damage, wall_time now);
    void receive(gateway_id id, std::string_view text, wall_time now);
    void receive_pong(gateway_id id);
    void closed(gateway_id id, wall_time now); ///< the client has gone, or the action that ends it is done

    /// A notification for a subscription of transport `WebSocket`.
    void notify(outgoing const& message, std::optional<fault> const& damage, wall_time now);
    /// The late answer to a request; false when it was not made over a socket.
    bool answer(poll_id poll, http_reply const& reply, wall_time now);
    /// Lets a fault strike every open connection now; how many there were.
    std::size_t disturb(fault const& what, wall_time now);

    // What goes out -------------------------------------------------------------------------------------------------

    void advance(wall_time now); ///< do what is due
    [[nodiscard]] std::vector<gateway_action> take_actions();
    [[nodiscard]] std::optional<wall_time> next_wakeup() const;
    void count(sandbox_statistics& statistics) const; ///< fills in its part

private:
    struct notification {
        std::uint64_t serial;
        std::string uuid;
        std::string envelope;
    };
    struct client_session {
        gateway_session id{};
        std::shared_ptr<oauth_session> login;
        std::string key;            ///< what tokens name it by; a new one with each connection
        std::int64_t sequence = 0;  ///< of the last frame with `wsc` on this connection
        std::uint64_t serial = 0;   ///< of the last notification
        std::uint64_t sent = 0;     ///< serial of the last one that went out
        std::deque<notification> buffer;
        std::optional<gateway_id> connection;
        wall_time ends;             ///< when there is no connection
    };
    struct greeting {
        gateway_id id{};
        std::string wsc;
        std::shared_ptr<oauth_session> login;
    };
    struct pending_reply {
        std::string message_id;
        http_reply reply;
        std::optional<fault> damage;
    };
    struct web_socket {
        gateway_session session{};
        bool over = false;      ///< the end is on its way; nothing else is sent or heard
        bool stalled = false;   ///< the same, but the client is not told
        wall_time opened;
        wall_time active;       ///< the client's last frame
        std::optional<wall_time> next_ping;
        std::optional<wall_time> pong_due;
        wall_time renewal;      ///< of the subscription
        std::optional<wall_time> replay; ///< when what was missed goes out; what comes until then goes with it
        std::size_t requests = 0;      ///< not answered yet
        std::vector<std::string> held; ///< frames that let the next one pass
    };

    // Recovery
    [[nodiscard]] std::string token_of(client_session const& of) const;
    [[nodiscard]] std::optional<std::pair<std::string, std::uint64_t>> read_token(std::string_view wsc) const;
    void name(client_session& of); ///< anew
    void end_session(gateway_session id);
    void greet(gateway_id id, std::string const& wsc, std::shared_ptr<oauth_session> login,
               std::optional<fault> const& damage, wall_time now);
    void send_details(gateway_id id, json::object const& recovery, std::optional<fault> const& damage, bool more,
                      wall_time now);
    void repeat_details(gateway_id id);
    void replay(gateway_id id, client_session& of);
    void send_notification(gateway_id id, client_session& of, notification const& what,
                           std::optional<fault> const& damage, bool more = false);

    // Requests
    void request(gateway_id id, std::string message_id, json::object const& meta, json::value const* body,
                 wall_time now);
    void reply(gateway_id id, pending_reply const& what, wall_time now);
    void reply_now(gateway_id id, pending_reply const& what, wall_time now);

    // Frames
    void send(gateway_id id, json::object meta, std::string_view body, bool with_wsc,
              std::optional<fault> const& damage = {}, bool more = false);
    void send_error(gateway_id id, std::string_view message_id, int status, std::string_view code,
                    std::string_view words);
    bool strike(gateway_id id, fault const& what, wall_time now);
    void act(gateway_id id, gateway_step what, std::string text = {}, bool more = false);
    void finish(gateway_id id, gateway_step how, wall_time now, std::uint16_t code = 0);
    void detach(gateway_id id, wall_time now);
    [[nodiscard]] web_socket* alive(gateway_id id);
    void scan(wall_time now);
    void wake_at(wall_time when) { soonest_ = std::min(soonest_, when); }

    sandbox_options const& options_;
    id_source& ids_;
    oauth_service& oauth_;
    subscription_service& subscriptions_;
    fault_book& faults_;
    request_handler handler_;
    std::string const mark_; ///< tells tokens from noise

    std::uint64_t last_id_ = 0;
    std::map<gateway_id, web_socket> connections_;
    std::map<gateway_session, client_session> sessions_;
    std::map<std::string, gateway_session, std::less<>> keys_; ///< every key that is good for a recovery
    std::multimap<wall_time, greeting> greetings_; ///< that a fault puts off
    std::multimap<wall_time, std::pair<gateway_id, pending_reply>> delayed_;
    std::map<poll_id, std::pair<gateway_id, pending_reply>> waiting_;
    std::vector<gateway_action> actions_;
    wall_time soonest_ = wall_time::max(); ///< nothing that `scan` looks after is due before
    sandbox_statistics counted_; ///< the gateway's part of it
};

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/gateway_service.ipp>
#include <ringtail/sandbox/impl/gateway_frames.ipp>
#endif
