// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/gateway_connection.hpp>
#include <ringtail/sandbox/services.hpp>
#include <ringtail/sandbox/webhook_sender.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace ringtail::sandbox_detail {

/** The sockets of a sandbox: HTTP/1.1 on loopback over `services`.

    All I/O happens on one strand. The services stand behind a mutex and are never waited under, so calls from outside
    may come from any thread; whatever they make ready is sent by the strand. */
class http_server : public std::enable_shared_from_this<http_server> {
public:
    /// Binds 127.0.0.1; throws `failure` when the port is taken.
    http_server(asio::any_io_executor const& executor, sandbox_options options);

    void start();
    void stop();

    /// `f(services, now)` under the lock; then what it made ready is sent.
    template <class F>
    auto change(F f)
    {
        wake_when_done const after(*this); // behind the lock: the strand may be another thread
        std::lock_guard const lock(mutex_);
        return f(*services_, std::chrono::system_clock::now());
    }

private:
    using tcp = asio::ip::tcp;

    /// One client. The timer serves every wait of its coroutine, so that `stop` can end them all.
    struct connection {
        explicit connection(tcp::socket its_socket) : socket(std::move(its_socket)), timer(socket.get_executor()) {}

        tcp::socket socket;
        asio::steady_timer timer;
        std::optional<http_reply> poll_reply;
        char peeked = 0;      ///< whether there is more input is all that matters
    };
    using peer = std::shared_ptr<connection>;

    [[nodiscard]] static asio::awaitable<void> accept(std::shared_ptr<http_server> self);
    [[nodiscard]] static asio::awaitable<void> serve(std::shared_ptr<http_server> self, peer to);
    [[nodiscard]] static asio::awaitable<std::optional<http_reply>> answer(std::shared_ptr<http_server> self, peer to,
                                                                           http_request request);
    [[nodiscard]] static asio::awaitable<void> serve_gateway(std::shared_ptr<http_server> self, peer to,
                                                             gateway_id id, http_request upgrade);
    [[nodiscard]] static asio::awaitable<bool> send(peer to, http_reply reply, bool keep_alive);
    [[nodiscard]] static asio::awaitable<void> pause(peer to, std::chrono::milliseconds time);
    [[nodiscard]] static asio::awaitable<void> wait_for_poll(peer to);

    struct wake_when_done {
        explicit wake_when_done(http_server& its_server) : server(its_server) {}
        wake_when_done(wake_when_done const&) = delete;
        wake_when_done& operator=(wake_when_done const&) = delete;
        ~wake_when_done() { server.wake_later(); }

        http_server& server;
    };

    void wake_later();
    void wake();

    asio::strand<asio::any_io_executor> strand_;
    tcp::acceptor acceptor_;
    asio::steady_timer timer_; ///< for `services::next_wakeup`
    bool stopped_ = false;
    std::set<peer> peers_;
    std::map<poll_id, peer> polls_;
    std::map<gateway_id, std::shared_ptr<gateway_connection>> gateways_;
    bool const details_with_upgrade_;
    bool const omit_date_;
    std::shared_ptr<webhook_sender> sender_;

    std::mutex mutex_; ///< guards the services
    std::unique_ptr<services> services_;
};

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/http_server.ipp>
#endif
