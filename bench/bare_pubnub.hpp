// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "blocking_http.hpp"
#include "measure.hpp"
#include "payload.hpp"

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/** PubNub and the platform in one, of blocking sockets, that do as little as a client lets them: a firehose.

    Every poll is answered at once, with as many events as every other, from the first on for whoever has no position yet. The
    events come round again, but far behind any window in which a client looks for duplicates. It knows one login and any number of equal
    subscriptions, and checks nothing. */
class bare_pubnub {
public:
    explicit bare_pubnub(std::size_t events_per_reply)
    {
        static constexpr std::size_t different = 8'000;
        std::uint64_t number = 0;
        for (std::size_t i = 0; i != (different + events_per_reply - 1) / events_per_reply; ++i) {
            std::string messages;
            for (std::size_t k = 0; k != events_per_reply; ++k) {
                messages += k == 0 ? "" : ",";
                messages += R"({"a":"4","f":0,"i":"server","p":{"t":")" + timetoken(number) + R"(","r":4},"k":"sub-c-1","c":"channel1","d":")";
                messages += encrypted(presence_envelope(number)) + "\"}";
                ++number;
            }
            replies_.push_back(R"(","r":4},"m":[)" + messages + "]}");
        }
    }

    [[nodiscard]] std::string url() const { return server_.url(); }
    [[nodiscard]] std::uint16_t port() const noexcept { return server_.port(); }

private:
    [[nodiscard]] std::string timetoken(std::uint64_t number) const { return std::to_string(start_ + number); }

    // The number of the reply that follows a position: the first for all that are not ours.
    [[nodiscard]] std::uint64_t behind(std::uint64_t position) const { return position < start_ ? 0 : position - start_ + 1; }

    bool serve(int socket, std::string const& head, std::string&)
    {
        if (head.starts_with("GET /v2/subscribe/")) {
            auto const number = behind(std::strtoull(head.c_str() + head.find("tt=") + 3, nullptr, 10));
            return answer(socket, number, replies_[number % replies_.size()]);
        }
        if (auto const login = login_answer(head, "", false)) {
            return send_all(socket, http_reply(*login));
        }
        auto const about_one = head.find("/subscription") != std::string::npos && !head.starts_with("DELETE");
        return send_all(socket, http_reply(about_one ? subscription_json(subscription_id, pubnub_delivery("channel1"), std::chrono::hours(24)) : "{}"));
    }

    // In one call without a copy, as far as the socket takes it.
    bool answer(int socket, std::uint64_t number, std::string_view rest)
    {
        auto const position = R"({"t":{"t":")" + timetoken(number);
        auto const head = "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nContent-Length: " + std::to_string(position.size() + rest.size()) +
                          "\r\n\r\n" + position;
        std::array<iovec, 2> parts{iovec{const_cast<char*>(head.data()), head.size()}, iovec{const_cast<char*>(rest.data()), rest.size()}};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        auto const sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
        return sent >= static_cast<ssize_t>(head.size()) && send_all(socket, rest.substr(static_cast<std::size_t>(sent) - head.size()));
    }

    std::uint64_t start_ = static_cast<std::uint64_t>(wall_ns() / 100);
    std::vector<std::string> replies_; // from behind their timetoken on
    blocking_server server_{[this](int socket, std::string const& head, std::string& buffer) { return serve(socket, head, buffer); }};
};

} // namespace bench
