// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "blocking_http.hpp"

#include <openssl/evp.h>

#include <array>
#include <atomic>
#include <cstddef>
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

    /// Send one notification now, from the calling thread.
    void notify(std::string_view body, std::uint64_t number)
    {
        auto const id = "n" + std::to_string(number);
        auto text = R"([{"type":"ServerNotification","messageId":")" + id + R"(","status":200,"wsc":{"token":"T)" + std::to_string(number) +
                    R"(","sequence":)" + std::to_string(number + 1) + R"(}},{"uuid":")" + id +
                    R"(","event":"/restapi/v1.0/account/1/extension/2/message-store","timestamp":"2026-01-05T09:00:00.000Z","subscriptionId":"s1","ownerId":"2","body":)";
        text += body;
        text += "}]";
        send_frame(gateway_, text);
    }

private:
    // As a server sends it: one text frame, not masked.
    static void send_frame(int to, std::string_view text)
    {
        std::string frame = "\x81";
        if (text.size() < 126) {
            frame += static_cast<char>(text.size());
        } else {
            frame += static_cast<char>(126);
            frame += static_cast<char>(text.size() >> 8 & 0xff);
            frame += static_cast<char>(text.size() & 0xff);
        }
        frame += text;
        send_all(to, frame);
    }

    bool serve(int socket, std::string const& head, std::string& buffer)
    {
        if (head.starts_with("GET /ws")) {
            serve_gateway(socket, header(head, "sec-websocket-key"), buffer);
            return false;
        }
        std::string body = "{}";
        if (head.find("/oauth/token") != std::string::npos) {
            body = token_reply;
        } else if (head.find("/oauth/wstoken") != std::string::npos) {
            body = R"({"uri":"ws://127.0.0.1:)" + std::to_string(port()) + R"(/ws","ws_access_token":"w","expires_in":30})";
        }
        return send_all(socket, http_reply(body));
    }

    void serve_gateway(int socket, std::string const& key, std::string buffer)
    {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        std::array<unsigned char, 64> encoded{};
        unsigned size = 0;
        auto const text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
        EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
        EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
        send_all(socket, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                             std::string(reinterpret_cast<char const*>(encoded.data())) + "\r\n\r\n");
        send_frame(socket, R"([{"type":"ConnectionDetails","messageId":"m0","status":200,"wsc":{"token":"T","sequence":1},"headers":{}},)"
                           R"({"creationTime":"2026-01-05T09:00:00.000+0000","recoveryBufferSize":100,"recoveryTimeout":180,"idleTimeout":1800,"absoluteTimeout":86400,"maxActiveRequests":10}])");
        for (;;) {
            auto const octet = [&](std::size_t at) { return static_cast<unsigned char>(buffer[at]); };
            while (buffer.size() < 2 || buffer.size() < 8 || buffer.size() < frame_size(buffer)) {
                if (!fill(socket, buffer)) {
                    return;
                }
            }
            auto const whole = frame_size(buffer);
            auto const start = (octet(1) & 0x7f) == 126 ? 8u : 6u;
            std::string payload = buffer.substr(start, whole - start);
            for (std::size_t i = 0; i != payload.size(); ++i) {
                payload[i] = static_cast<char>(static_cast<unsigned char>(payload[i]) ^ octet(start - 4 + i % 4));
            }
            auto const opcode = octet(0) & 0x0f;
            buffer.erase(0, whole);
            if (opcode == 8) {
                return;
            }
            if (opcode != 1) {
                continue;
            }
            auto const from = payload.find(R"("messageId":")") + 13;
            auto const id = payload.substr(from, payload.find('"', from) - from);
            if (payload.find("Heartbeat") != std::string::npos) {
                send_frame(socket, payload);
            } else if (payload.find("DELETE") != std::string::npos) {
                send_frame(socket, R"([{"type":"ClientRequest","messageId":")" + id + R"(","status":204,"headers":{}}])");
            } else {
                send_frame(socket, R"([{"type":"ClientRequest","messageId":")" + id + R"(","status":200,"headers":{"Content-Type":"application/json"}},)"
                                   R"({"id":"s1","uri":"http://127.0.0.1/restapi/v1.0/subscription/s1","status":"Active","creationTime":"2026-01-05T09:00:00.000Z","expirationTime":"2036-01-06T09:00:00.000Z","expiresIn":86399,)"
                                   R"("eventFilters":["/restapi/v1.0/account/1/extension/2/message-store"],"deliveryMode":{"transportType":"WebSocket","encryption":false}}])");
                gateway_ = socket;
                subscribed_ = true;
            }
        }
    }

    // Of clients' frames, which are short here.
    static std::size_t frame_size(std::string const& buffer)
    {
        auto const octet = [&](std::size_t at) -> std::size_t { return static_cast<unsigned char>(buffer[at]); };
        auto const length = octet(1) & 0x7f;
        return length == 126 ? 8 + (octet(2) << 8 | octet(3)) : 6 + length;
    }

    std::atomic<int> gateway_ = -1;
    std::atomic<bool> subscribed_ = false;
    blocking_server server_{[this](int socket, std::string const& head, std::string& buffer) { return serve(socket, head, buffer); }};
};

} // namespace bench
