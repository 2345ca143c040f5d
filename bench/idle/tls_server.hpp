// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "../answers.hpp"
#include "../blocking_http.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <sys/epoll.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace idle {

/// How the service treats clients.
class service_times {
public:
    std::chrono::seconds lifetime{900}; ///< of a subscription
    std::chrono::seconds hold{280};     ///< of a poll
};

/** A platform, a PubNub and a gateway behind TLS, in one thread for any number of connections, on which nothing ever happens:
    polls are held, and answered with nothing; heartbeats and calls are answered at once.

    The first life and the first poll of each subscription are shorter, each by another part: so that what is due comes evenly, as
    it does among clients that have run for long. */
class tls_server {
public:
    tls_server(std::string const& chain, std::string const& key, service_times times) : times_(times), context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free)
    {
        if (SSL_CTX_use_certificate_chain_file(context_.get(), chain.c_str()) != 1 || SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
            throw std::runtime_error("no certificate");
        }
        SSL_CTX_set_mode(context_.get(), SSL_MODE_RELEASE_BUFFERS);
        ::signal(SIGPIPE, SIG_IGN); // OpenSSL writes to clients that are gone
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        auto at = bench::loopback(0);
        socklen_t size = sizeof at;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener_, 4'096) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
            throw std::runtime_error("no port");
        }
        host_ = "localhost:" + std::to_string(ntohs(at.sin_port));
        watch(listener_, EPOLLIN);
    }

    /// With its port.
    [[nodiscard]] std::string const& host() const noexcept { return host_; }

    /// Until something comes over `line`, or its end.
    void run(int line)
    {
        watch(line, EPOLLIN);
        std::array<epoll_event, 256> happened{};
        for (;;) {
            auto const count = ::epoll_wait(epoll_, happened.data(), static_cast<int>(happened.size()), 200);
            for (int i = 0; i < count; ++i) {
                auto const socket = happened[static_cast<std::size_t>(i)].data.fd;
                if (socket == line) {
                    return;
                }
                socket == listener_ ? accept() : serve(socket);
            }
            end_polls();
        }
    }

private:
    using clock = std::chrono::steady_clock;

    class connection {
    public:
        connection(SSL_CTX* context, int socket) : tls(SSL_new(context), SSL_free), number(++made)
        {
            SSL_set_fd(tls.get(), socket);
            SSL_set_accept_state(tls.get());
        }
        std::unique_ptr<SSL, decltype(&SSL_free)> tls;
        std::uint64_t number; // for what is still to come: sockets are used again
        std::string in;
        std::string subscription; // of the gateway's: then it speaks frames
        bool polled = false;
        static inline std::uint64_t made = 0;
    };
    class held_poll {
    public:
        int socket;
        std::uint64_t number;
    };

    // Parts of 1 that lie evenly however many there are.
    static double part(std::uint64_t number) { return std::fmod(static_cast<double>(number) * 0.618034, 1.0); }

    void watch(int socket, std::uint32_t what)
    {
        epoll_event event{};
        event.events = what;
        event.data.fd = socket;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
    }

    void accept()
    {
        for (int taken = 0; (taken = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
            int const yes = 1;
            ::setsockopt(taken, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            all_.resize(std::max(all_.size(), static_cast<std::size_t>(taken) + 1));
            of(taken) = std::make_unique<connection>(context_.get(), taken);
            watch(taken, EPOLLIN);
        }
    }

    std::unique_ptr<connection>& of(int socket) { return all_[static_cast<std::size_t>(socket)]; }

    void serve(int socket)
    {
        auto& peer = *of(socket);
        std::array<char, 4'096> part{};
        auto got = 0;
        ERR_clear_error(); // another connection's would end this one
        while ((got = SSL_read(peer.tls.get(), part.data(), static_cast<int>(part.size()))) > 0) {
            peer.in.append(part.data(), static_cast<std::size_t>(got));
        }
        if (SSL_get_error(peer.tls.get(), got) != SSL_ERROR_WANT_READ) {
            of(socket).reset();
            ::close(socket);
            return;
        }
        while (peer.subscription.empty() ? answer_request(socket, peer) : answer_frame(peer)) {
        }
    }

    // Answers are short and clients read them: they always fit.
    static void send(connection& peer, std::string const& text) { SSL_write(peer.tls.get(), text.data(), static_cast<int>(text.size())); }

    bool answer_request(int socket, connection& peer)
    {
        auto const end = peer.in.find("\r\n\r\n");
        if (end == std::string::npos) {
            return false;
        }
        auto const head = peer.in.substr(0, end + 2);
        auto const length = bench::header(head, "content-length");
        auto const size = end + 4 + (length.empty() ? 0 : std::stoul(length));
        if (peer.in.size() < size) {
            return false;
        }
        peer.in.erase(0, size);
        if (head.starts_with("GET /v2/subscribe/")) {
            auto const hold = std::exchange(peer.polled, true) ? 1.0 : part(peer.number);
            polls_.emplace(clock::now() + std::chrono::duration_cast<clock::duration>(times_.hold * hold), held_poll{socket, peer.number});
        } else if (head.starts_with("GET /ws")) {
            peer.subscription = id_in({});
            send(peer, bench::upgrade_answer(head));
            send(peer, bench::details_frame());
        } else {
            auto const id = id_in(head);
            auto const first = head.starts_with("POST") && head.find("/renew") == std::string::npos;
            auto const life = first ? std::max(least_life, std::chrono::duration_cast<std::chrono::seconds>(times_.lifetime * part(subscriptions_))) : times_.lifetime;
            auto const login = bench::login_answer(head, host_, true);
            send(peer, bench::http_reply(login ? *login : bench::subscription_json(id, bench::pubnub_delivery("channel-" + id), life)));
        }
        return true;
    }

    bool answer_frame(connection& peer)
    {
        auto const frame = bench::client_frame::take(peer.in);
        if (frame && frame->opcode == 1) {
            send(peer, frame->answer(bench::subscription_json(peer.subscription, bench::websocket_delivery, std::chrono::hours(24))));
        }
        return frame.has_value();
    }

    // Of a request that names a subscription, else a new one.
    std::string id_in(std::string_view head)
    {
        auto const line = head.substr(0, head.find(" HTTP/"));
        auto const at = line.find("/subscription/");
        if (at == std::string_view::npos) {
            return "s" + std::to_string(++subscriptions_);
        }
        auto const id = line.substr(at + 14);
        return std::string(id.substr(0, id.find_first_of("/?")));
    }

    void end_polls()
    {
        auto const now = clock::now();
        while (!polls_.empty() && polls_.begin()->first <= now) {
            auto const first = polls_.extract(polls_.begin()).mapped();
            if (auto const& peer = of(first.socket); peer && peer->number == first.number) {
                auto const timetoken = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count() * 10;
                send(*peer, bench::http_reply(R"({"t":{"t":")" + std::to_string(timetoken) + R"(","r":4},"m":[]})"));
            }
        }
    }

    static constexpr std::chrono::seconds least_life{10};
    service_times times_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    int listener_ = -1;
    std::string host_;
    std::vector<std::unique_ptr<connection>> all_; // by socket
    std::multimap<clock::time_point, held_poll> polls_; // by their end
    std::uint64_t subscriptions_ = 0;
};

} // namespace idle
