// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// What a platform, a PubNub and a gateway say that know one login and check nothing.
#pragma once

#include "payload.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace bench {

/// A field of a message's head, by its name in small letters.
inline std::string header(std::string_view head, std::string const& name)
{
    std::string low(head);
    std::transform(low.begin(), low.end(), low.begin(), [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
    auto const at = low.find("\r\n" + name + ": ");
    if (at == std::string::npos) {
        return {};
    }
    auto const from = at + name.size() + 4;
    return std::string(head.substr(from, head.find("\r\n", from) - from));
}

inline std::string http_reply(std::string_view body)
{
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline std::string instant(std::chrono::seconds from_now)
{
    auto const when = std::time(nullptr) + from_now.count();
    std::tm parts{};
    gmtime_r(&when, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.000Z", &parts);
    return text.data();
}

/// A subscription's resource, created now. @param delivery  `deliveryMode` without its braces
inline std::string subscription_json(std::string const& id, std::string const& delivery, std::chrono::seconds lifetime)
{
    return R"({"id":")" + id + R"(","uri":"http://127.0.0.1/restapi/v1.0/subscription/)" + id + R"(","status":"Active","creationTime":")" + instant({}) +
           R"(","expirationTime":")" + instant(lifetime) + R"(","expiresIn":)" + std::to_string(lifetime.count()) +
           R"(,"eventFilters":["/restapi/v1.0/account/1/extension/2/message-store"],"deliveryMode":{)" + delivery + "}}";
}

inline std::string pubnub_delivery(std::string const& channel)
{
    return R"("transportType":"PubNub","encryption":true,"address":")" + channel +
           R"(","subscriberKey":"sub-c-1","encryptionAlgorithm":"AES","encryptionKey":")" + std::string(pubnub_key) + '"';
}

inline constexpr char const* websocket_delivery = R"("transportType":"WebSocket","encryption":false)";

/// The platform's answer to a request that is about no subscription. @param host  with its port, of the gateway. @param secure  wss
inline std::optional<std::string> login_answer(std::string_view head, std::string const& host, bool secure)
{
    if (head.find("/oauth/token") != std::string_view::npos) {
        return R"({"access_token":"a","token_type":"bearer","expires_in":3600,"refresh_token":"r","refresh_token_expires_in":604800,)"
               R"("scope":"ReadMessages ReadPresence WebSocketsSubscription","owner_id":"2","endpoint_id":"e"})";
    }
    if (head.find("/oauth/wstoken") != std::string_view::npos) {
        return R"({"uri":")" + std::string(secure ? "wss://" : "ws://") + host + R"(/ws","ws_access_token":"w","expires_in":30})";
    }
    return std::nullopt;
}

/// A text frame as a server sends it: not masked.
inline std::string text_frame(std::string_view text)
{
    std::string frame = "\x81";
    if (text.size() < 126) {
        frame += static_cast<char>(text.size());
    } else {
        frame += static_cast<char>(126);
        frame += static_cast<char>(text.size() >> 8 & 0xff);
        frame += static_cast<char>(text.size() & 0xff);
    }
    return frame.append(text);
}

/// The gateway's answer to the upgrade.
inline std::string upgrade_answer(std::string_view head)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    std::array<unsigned char, 64> encoded{};
    unsigned size = 0;
    auto const text = header(head, "sec-websocket-key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           std::string(reinterpret_cast<char const*>(encoded.data())) + "\r\n\r\n";
}

/// The gateway's first frame, in a write of its own: some clients listen only once they have seen the upgrade.
inline std::string details_frame()
{
    return text_frame(R"([{"type":"ConnectionDetails","messageId":"m0","status":200,"wsc":{"token":"T","sequence":1},"headers":{}},{"creationTime":")" +
                      instant({}) + R"(","recoveryBufferSize":100,"recoveryTimeout":180,"idleTimeout":1800,"absoluteTimeout":86400,"maxActiveRequests":10}])");
}

/// A frame that a client sent.
class client_frame {
public:
    unsigned opcode = 0;
    std::string payload;

    /// The first one of `buffer`, which it leaves, once it is whole. Clients' frames are short here.
    static std::optional<client_frame> take(std::string& buffer)
    {
        auto const octet = [&](std::size_t at) { return static_cast<unsigned char>(buffer[at]); };
        if (buffer.size() < 8 && (buffer.size() < 6 || (octet(1) & 0x7f) != 0)) {
            return std::nullopt;
        }
        auto const length = octet(1) & 0x7fu;
        std::size_t const start = length == 126 ? 8 : 6;
        auto const size = length == 126 ? static_cast<std::size_t>(octet(2) << 8 | octet(3)) : length;
        if (buffer.size() < start + size) {
            return std::nullopt;
        }
        client_frame taken;
        taken.opcode = octet(0) & 0x0fu;
        for (std::size_t i = 0; i != size; ++i) {
            taken.payload += static_cast<char>(octet(start + i) ^ octet(start - 4 + i % 4));
        }
        buffer.erase(0, start + size);
        return taken;
    }

    [[nodiscard]] bool says(char const* what) const { return payload.find(what) != std::string::npos; }

    /// What the gateway sends back, with this subscription if it is about one.
    [[nodiscard]] std::string answer(std::string const& subscription) const
    {
        if (says("Heartbeat")) {
            return text_frame(payload);
        }
        auto const from = payload.find(R"("messageId":")") + 13;
        auto const head = R"([{"type":"ClientRequest","messageId":")" + payload.substr(from, payload.find('"', from) - from);
        return text_frame(says("DELETE") ? head + R"(","status":204,"headers":{}}])"
                                         : head + R"(","status":200,"headers":{"Content-Type":"application/json"}},)" + subscription + ']');
    }
};

} // namespace bench
