// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/gateway_connection.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <array>
#include <chrono>
#include <string>
#include <type_traits>
#include <utility>

namespace ringtail::sandbox_detail {

/// The socket below a WebSocket, which can misbehave: lose pongs, fall silent, collect what is written.
class moody_stream {
public:
    using executor_type = asio::ip::tcp::socket::executor_type;

    explicit moody_stream(asio::ip::tcp::socket& socket) : socket_(socket) {}

    [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
    [[nodiscard]] asio::ip::tcp::socket& socket() noexcept { return socket_; }

    template <class Buffers, class Token>
    auto async_read_some(Buffers const& buffers, Token&& token)
    {
        return socket_.async_read_some(buffers, std::forward<Token>(token));
    }

    template <class Buffers, class Token>
    auto async_write_some(Buffers const& buffers, Token&& token)
    {
        auto const initiate = [this](auto handler, Buffers const& what) {
            auto const size = boost::beast::buffer_bytes(what);
            bool const swallowed = silent || (mute && is_pong(what));
            if (!swallowed && !collecting)
                return socket_.async_write_some(what, std::move(handler));
            if (!swallowed)
                collected += boost::beast::buffers_to_string(what);
            auto const executor = asio::get_associated_executor(handler, get_executor());
            asio::post(executor, [done = std::move(handler), size]() mutable {
                std::move(done)(boost::system::error_code(), size);
            });
        };
        return asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(initiate, token, buffers);
    }

    bool mute = false;       ///< lose pongs
    bool silent = false;     ///< lose everything
    bool collecting = false; ///< until it is sent from here
    std::string collected;

private:
    /// A whole frame of that kind, which Beast writes alone.
    template <class Buffers>
    static bool is_pong(Buffers const& buffers)
    {
        std::array<unsigned char, 2> head{};
        auto const copied = asio::buffer_copy(asio::buffer(head), buffers);
        return copied == 2 && head[0] == 0x8a && head[1] + 2u == boost::beast::buffer_bytes(buffers);
    }

    asio::ip::tcp::socket& socket_;
};

// What Beast asks of a stream of one's own.

inline void beast_close_socket(moody_stream& stream)
{
    boost::system::error_code ignored;
    stream.socket().close(ignored);
}

inline void teardown(boost::beast::role_type role, moody_stream& stream, boost::system::error_code& problem)
{
    boost::beast::websocket::teardown(role, stream.socket(), problem);
}

template <class Handler>
void async_teardown(boost::beast::role_type role, moody_stream& stream, Handler&& handler)
{
    if (!stream.silent)
        return boost::beast::websocket::async_teardown(role, stream.socket(), std::forward<Handler>(handler));
    auto const executor = asio::get_associated_executor(handler, stream.get_executor());
    asio::post(executor, [done = std::decay_t<Handler>(std::forward<Handler>(handler))]() mutable {
        std::move(done)(boost::system::error_code());
    });
}

struct gateway_connection::web_socket {
    explicit web_socket(asio::ip::tcp::socket& socket) : stream(socket) {}

    boost::beast::websocket::stream<moody_stream, false> stream;
};

RINGTAIL_DECL gateway_connection::gateway_connection(std::shared_ptr<asio::ip::tcp::socket> socket,
                                                     std::function<void(std::string_view)> on_text,
                                                     std::function<void()> on_pong)
    : socket_(std::move(socket))
    , on_text_(std::move(on_text))
    , on_pong_(std::move(on_pong))
    , news_(socket_->get_executor(), steady_time::max())
    , patience_(socket_->get_executor())
    , stream_(std::make_unique<web_socket>(*socket_))
{
}

RINGTAIL_DECL gateway_connection::~gateway_connection() = default;

RINGTAIL_DECL void gateway_connection::push(gateway_action action)
{
    outbox_.push_back(std::move(action));
    news_.cancel();
}

RINGTAIL_DECL asio::awaitable<void> gateway_connection::run(std::shared_ptr<gateway_connection> self,
                                                            http_request upgrade, bool details_with_upgrade)
{
    namespace http = boost::beast::http;
    namespace websocket = boost::beast::websocket;
    auto& stream = self->stream_->stream;
    boost::system::error_code problem;
    http::request<http::empty_body> request(http::verb::get, upgrade.target, 11);
    for (auto const& [name, value] : upgrade.headers)
        request.insert(name, value);
    stream.control_callback([raw = self.get()](websocket::frame_type kind, boost::beast::string_view) {
        if (kind == websocket::frame_type::pong && !raw->over_)
            raw->on_pong_();
    });
    stream.next_layer().collecting = details_with_upgrade;
    co_await stream.async_accept(request, asio::redirect_error(asio::use_awaitable, problem));
    if (problem) {
        self->end(false);
        co_return;
    }
    asio::co_spawn(self->socket_->get_executor(), write(self), asio::detached);
    while (!problem) {
        boost::beast::flat_buffer buffer;
        co_await stream.async_read(buffer, asio::redirect_error(asio::use_awaitable, problem));
        if (!problem)
            self->on_text_(boost::beast::buffers_to_string(buffer.data()));
    }
    problem.clear();
    std::array<char, 512> ignored;
    while (stream.next_layer().silent && !problem) // a dead peer does not even hang up
        co_await self->socket_->async_read_some(asio::buffer(ignored),
                                                asio::redirect_error(asio::use_awaitable, problem));
    self->end(false);
}

RINGTAIL_DECL void gateway_connection::end(bool abruptly)
{
    boost::system::error_code ignored;
    over_ = true;
    if (abruptly)
        socket_->set_option(asio::socket_base::linger(true, 0), ignored);
    else
        socket_->shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    socket_->close(ignored);
    news_.cancel();
    patience_.cancel();
}

RINGTAIL_DECL asio::awaitable<void> gateway_connection::write(std::shared_ptr<gateway_connection> self)
{
    while (!self->over_) {
        if (self->outbox_.empty()) {
            boost::system::error_code cancelled;
            co_await self->news_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
            continue;
        }
        auto action = std::move(self->outbox_.front());
        self->outbox_.pop_front();
        co_await perform(self, std::move(action)); // problems end the reading, too
    }
}

/// A server's text frame as it stands on the wire.
inline std::string text_frame(std::string const& text)
{
    std::string frame = "\x81";
    auto const size = text.size();
    int const bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
    frame += static_cast<char>(bytes == 0 ? size : bytes == 2 ? 126 : 127);
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        frame += static_cast<char>(size >> shift & 0xff);
    return frame + text;
}

RINGTAIL_DECL asio::awaitable<void> gateway_connection::perform(std::shared_ptr<gateway_connection> self,
                                                                gateway_action action)
{
    namespace websocket = boost::beast::websocket;
    auto& stream = self->stream_->stream;
    auto& below = stream.next_layer();
    boost::system::error_code problem;
    switch (action.what) {
    case gateway_step::send:
    case gateway_step::send_binary:
        below.collecting = below.collecting || action.more;
        stream.binary(action.what == gateway_step::send_binary);
        co_await stream.async_write(asio::buffer(action.text), asio::redirect_error(asio::use_awaitable, problem));
        break;
    case gateway_step::send_raw:
        co_await asio::async_write(*self->socket_, asio::buffer(action.text),
                                   asio::redirect_error(asio::use_awaitable, problem));
        break;
    case gateway_step::cut: {
        auto const frame = text_frame(action.text);
        co_await asio::async_write(*self->socket_, asio::buffer(frame.data(), frame.size() / 2),
                                   asio::redirect_error(asio::use_awaitable, problem));
        self->end(false);
        break;
    }
    case gateway_step::ping:
        co_await stream.async_ping({}, asio::redirect_error(asio::use_awaitable, problem));
        break;
    case gateway_step::mute: below.mute = true; break;
    case gateway_step::stall: below.silent = true; break;
    case gateway_step::finish: self->end(false); break;
    case gateway_step::reset: self->end(true); break;
    case gateway_step::close: {
        self->patience_.expires_after(std::chrono::seconds(5));
        self->patience_.async_wait([self](boost::system::error_code cancelled) {
            if (!cancelled)
                self->end(false);
        });
        auto const code = static_cast<websocket::close_code>(action.code == 0 ? 1001 : action.code);
        websocket::close_reason const reason(code);
        co_await stream.async_close(reason, asio::redirect_error(asio::use_awaitable, problem));
        self->end(false);
        break;
    }
    }
    if (below.collecting && !action.more && !self->over_) {
        below.collecting = false;
        auto const together = std::exchange(below.collected, std::string());
        co_await asio::async_write(*self->socket_, asio::buffer(together),
                                   asio::redirect_error(asio::use_awaitable, problem));
    }
}

} // namespace ringtail::sandbox_detail
