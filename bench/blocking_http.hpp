// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// Blocking sockets for services that do as little as a client lets them, and for the floors beside the clients.
#pragma once

#include "answers.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace bench {

inline sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    return at;
}

/// A connection to a port of this machine that gives up a wait after ten seconds.
inline int connected(std::uint16_t port)
{
    auto const socket = ::socket(AF_INET, SOCK_STREAM, 0);
    auto const to = loopback(port);
    timeval const patience{10, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    int const yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (::connect(socket, reinterpret_cast<sockaddr const*>(&to), sizeof to) != 0) {
        throw std::runtime_error("nobody listens on port " + std::to_string(port));
    }
    return socket;
}

inline bool send_all(int to, std::string_view text)
{
    while (!text.empty()) {
        auto const sent = ::send(to, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

/// Append what has come; false at the end.
inline bool fill(int from, std::string& buffer)
{
    std::array<char, 16 * 1024> part{};
    auto const got = ::recv(from, part.data(), part.size(), 0);
    if (got <= 0) {
        return false;
    }
    buffer.append(part.data(), static_cast<std::size_t>(got));
    return true;
}

/** A server of one thread per connection. For each request it calls `serves(socket, head, buffer)`, which answers, may go on
    reading by itself, and returns whether another request may follow. Bodies of requests are dropped. */
class blocking_server {
public:
    using handler = std::function<bool(int, std::string const&, std::string&)>;

    explicit blocking_server(handler serves) : serves_(std::move(serves)), listener_(::socket(AF_INET, SOCK_STREAM, 0))
    {
        auto at = loopback(0);
        socklen_t size = sizeof at;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener_, 1'024) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
            throw std::runtime_error("no port");
        }
        port_ = ntohs(at.sin_port);
        accepting_ = std::thread([this] { accept(); });
    }
    blocking_server(blocking_server const&) = delete;
    blocking_server& operator=(blocking_server const&) = delete;
    ~blocking_server()
    {
        ::shutdown(listener_, SHUT_RDWR);
        accepting_.join();
        {
            std::lock_guard const lock(mutex_);
            for (auto const each : sockets_) {
                ::shutdown(each, SHUT_RDWR);
            }
        }
        for (auto& each : serving_) {
            each.join();
        }
        ::close(listener_);
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

private:
    void accept()
    {
        for (;;) {
            auto const taken = ::accept(listener_, nullptr, nullptr);
            if (taken < 0) {
                return;
            }
            int const yes = 1;
            ::setsockopt(taken, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            std::lock_guard const lock(mutex_);
            sockets_.push_back(taken);
            serving_.emplace_back([this, taken] {
                serve(taken);
                {
                    std::lock_guard const again(mutex_);
                    std::erase(sockets_, taken);
                }
                ::close(taken);
            });
        }
    }

    void serve(int socket)
    {
        std::string buffer;
        for (;;) {
            std::size_t end = 0;
            while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
                if (!fill(socket, buffer)) {
                    return;
                }
            }
            auto const head = buffer.substr(0, end + 2);
            auto const length = header(head, "content-length");
            auto const size = end + 4 + (length.empty() ? 0 : std::stoul(length));
            while (buffer.size() < size) {
                if (!fill(socket, buffer)) {
                    return;
                }
            }
            buffer.erase(0, size);
            if (!serves_(socket, head, buffer)) {
                return;
            }
        }
    }

    handler serves_;
    int listener_;
    std::uint16_t port_ = 0;
    std::thread accepting_;
    std::mutex mutex_;
    std::vector<std::thread> serving_;
    std::vector<int> sockets_;
};

} // namespace bench
