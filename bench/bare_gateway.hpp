// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "blocking_http.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

/** A gateway of blocking sockets that does as little as a client lets it: so what is measured is the client.

    It knows one login, one connection and one subscription, and checks nothing. */
class bare_gateway {
public:
    [[nodiscard]] std::string url() const { return server_.url(); }
    [[nodiscard]] std::uint16_t port() const noexcept { return server_.port(); }
    /// Whether somebody has subscribed since the last call.
    [[nodiscard]] bool subscribed() { return subscribed_.exchange(false); }

    /// The frame that brings an envelope.
    [[nodiscard]] static std::string notification(std::string_view envelope, std::uint64_t number)
    {
        auto const text = std::to_string(number);
        return text_frame(R"([{"type":"ServerNotification","messageId":"n)" + text + R"(","status":200,"wsc":{"token":"T)" + text + R"(","sequence":)" +
                          std::to_string(number + 1) + "}}," + std::string(envelope) + ']');
    }

    /// Send it now, from the calling thread.
    void send(std::string_view frame) { send_all(gateway_, frame); }

private:
    bool serve(int socket, std::string const& head, std::string& buffer)
    {
        if (head.starts_with("GET /ws")) {
            send_all(socket, upgrade_answer(head));
            send_all(socket, details_frame());
            serve_gateway(socket, buffer);
            return false;
        }
        return send_all(socket, http_reply(login_answer(head, "127.0.0.1:" + std::to_string(port()), false).value_or("{}")));
    }

    void serve_gateway(int socket, std::string& buffer)
    {
        for (;;) {
            auto const frame = client_frame::take(buffer);
            if (!frame && !fill(socket, buffer)) {
                return;
            }
            if (frame && frame->opcode == 8) {
                return;
            }
            if (frame && frame->opcode == 1) {
                send_all(socket, frame->answer(subscription_json(subscription_id, websocket_delivery, std::chrono::hours(24))));
                if (!frame->says("Heartbeat") && !frame->says("DELETE")) {
                    gateway_ = socket;
                    subscribed_ = true;
                }
            }
        }
    }

    std::atomic<int> gateway_ = -1;
    std::atomic<bool> subscribed_ = false;
    blocking_server server_{[this](int socket, std::string const& head, std::string& buffer) { return serve(socket, head, buffer); }};
};

} // namespace bench
