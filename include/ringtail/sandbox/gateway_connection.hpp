// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/gateway_service.hpp>
#include <ringtail/sandbox/http_message.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string_view>

namespace ringtail::sandbox_detail {

/** One WebSocket of the gateway: does what the actions say, and tells what it hears.

    Everything happens on the executor of the socket, which has to be a strand. */
class gateway_connection {
public:
    gateway_connection(std::shared_ptr<asio::ip::tcp::socket> socket, std::function<void(std::string_view)> on_text,
                       std::function<void()> on_pong);
    ~gateway_connection();
    gateway_connection(gateway_connection const&) = delete;
    gateway_connection& operator=(gateway_connection const&) = delete;

    void push(gateway_action action);

    /// Accepts the upgrade and reads, until the connection has ended. `details_with_upgrade`: see the options.
    [[nodiscard]] static asio::awaitable<void> run(std::shared_ptr<gateway_connection> self, http_request upgrade,
                                                   bool details_with_upgrade);

private:
    struct web_socket; // keeps Beast's streams out of this header

    [[nodiscard]] static asio::awaitable<void> write(std::shared_ptr<gateway_connection> self);
    [[nodiscard]] static asio::awaitable<void> perform(std::shared_ptr<gateway_connection> self,
                                                       gateway_action action);
    void end(bool abruptly);

    std::shared_ptr<asio::ip::tcp::socket> socket_;
    std::function<void(std::string_view)> on_text_;
    std::function<void()> on_pong_;
    asio::steady_timer news_;     ///< never expires: cancelled when there is something to write
    asio::steady_timer patience_; ///< with a client that does not answer a close frame
    std::deque<gateway_action> outbox_;
    bool over_ = false;
    std::unique_ptr<web_socket> stream_;
};

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/gateway_connection.ipp>
#endif
