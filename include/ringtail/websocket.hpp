// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/subscription_info.hpp>
#include <ringtail/transport.hpp>

#include <memory>
#include <optional>
#include <string_view>

namespace ringtail {

/** Delivery over the service's WebSocket gateway, which also carries the subscription requests.

    Settings are the `gateway_...` members of `config`. The application needs the vendor's permission for WebSocket
    subscriptions.

    - Each attempt to connect takes a token of its own over REST: they work once.
    - A lost connection is recovered with the position (`wsc`) of its session. The gateway then replays what was missed, up to
      a number of notifications that it names: a replay that large brings a gap, a refused recovery another subscription and
      a gap.
    - The gateway holds one subscription for each connection, and renews it by itself.
    - Its own heartbeat keeps the connection: protocol pings do not count there.
    @par Thread safety Used by the subscription, on its strand. */
class websocket {
public:
    static constexpr std::string_view name = "websocket";
    static constexpr when_full on_full = when_full::drop_oldest;
    static constexpr bool server_renews = true;

    explicit websocket(transport_context context);
    websocket(websocket&&) noexcept;
    ~websocket();

    asio::awaitable<opened> open(cursor const& where);
    [[nodiscard]] std::optional<delivery_mode> requested_delivery() const;
    asio::awaitable<void> attach(subscription_info const& info);
    asio::awaitable<delivery> receive();

    /** A request over the socket, answered in any order. As many are under way at once as the gateway allows; the others wait.

        @throws failure(error::unsupported) for a second subscription on this connection and for `/restapi/oauth/`;
        failure(error::timed_out); what broke the connection. */
    asio::awaitable<response> exchange(request call);
    void close() noexcept;

private:
    class state;
    std::shared_ptr<state> state_;
};

static_assert(transport<websocket> && control_channel<websocket> && renewed_by_server<websocket>);

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/websocket.ipp>
#endif
