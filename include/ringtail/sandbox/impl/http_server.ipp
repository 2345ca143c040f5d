// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/sandbox/control_api.hpp>
#include <ringtail/sandbox/http_server.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace ringtail::sandbox_detail {

inline constexpr std::uint32_t longest_header = 64 * 1024; // room for a URI that PubNub then calls too long
inline constexpr std::uint64_t longest_request = 16 * 1024 * 1024;
inline constexpr std::size_t trickled = 16; // bytes at a time

RINGTAIL_DECL http_server::http_server(asio::any_io_executor const& executor, sandbox_options options)
    : strand_(asio::make_strand(executor))
    , acceptor_(strand_)
    , timer_(strand_)
    , details_with_upgrade_(options.details_with_upgrade)
    , omit_date_(options.omit_date)
{
    tcp::endpoint const where(asio::ip::address_v4::loopback(), options.port);
    try {
        acceptor_.open(where.protocol());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        acceptor_.bind(where);
        acceptor_.listen();
    } catch (boost::system::system_error const& problem) {
        throw failure(problem.code(), "the sandbox cannot listen on 127.0.0.1:" + std::to_string(options.port));
    }
    sender_ = std::make_shared<webhook_sender>(
        strand_, options.webhook_certificates, [this](post_id id, webhook_result const& result) {
            change([&](services& all, wall_time now) { all.webhooks().report(id, result, now); });
        });
    auto const origin = "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    services_ = std::make_unique<services>(std::move(options), origin);
}

RINGTAIL_DECL void http_server::start()
{
    asio::co_spawn(strand_, accept(shared_from_this()), asio::detached); // ends without throwing
}

RINGTAIL_DECL void http_server::stop()
{
    asio::dispatch(strand_, [self = shared_from_this()] {
        boost::system::error_code ignored;
        self->stopped_ = true;
        self->acceptor_.close(ignored);
        self->timer_.cancel();
        self->sender_->stop();
        for (auto const& to : self->peers_) {
            to->socket.close(ignored);
            to->timer.cancel();
        }
    });
}

RINGTAIL_DECL asio::awaitable<void> http_server::accept(std::shared_ptr<http_server> self)
{
    while (!self->stopped_) {
        boost::system::error_code problem;
        auto socket = co_await self->acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, problem));
        if (self->stopped_)
            break;
        if (problem) { // out of descriptors, perhaps: try again, but not at once
            asio::steady_timer rest(self->strand_, std::chrono::milliseconds(50));
            co_await rest.async_wait(asio::redirect_error(asio::use_awaitable, problem));
            continue;
        }
        boost::system::error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        auto to = std::make_shared<connection>(std::move(socket));
        self->peers_.insert(to);
        self->change([](services& all, wall_time) { all.count_connection(); });
        auto const leave = [self, to](std::exception_ptr) { // a broken connection is the client's affair
            boost::system::error_code closed;
            to->socket.close(closed);
            self->peers_.erase(to);
        };
        asio::co_spawn(self->strand_, serve(self, to), leave);
    }
}

RINGTAIL_DECL asio::awaitable<void> http_server::serve(std::shared_ptr<http_server> self, peer to)
{
    namespace http = boost::beast::http;
    boost::beast::flat_buffer buffer;
    bool keep_alive = true;
    while (keep_alive && !self->stopped_) {
        http::request_parser<http::string_body> parser;
        parser.header_limit(longest_header);
        parser.body_limit(longest_request);
        boost::system::error_code problem;
        co_await http::async_read(to->socket, buffer, parser, asio::redirect_error(asio::use_awaitable, problem));
        bool const ended = problem == http::error::end_of_stream || problem == http::error::partial_message;
        bool const not_http = !ended && problem.category() == make_error_code(http::error::bad_method).category();
        if (not_http)
            co_await send(to, http_reply(400), false);
        if (problem)
            break;

        auto const& message = parser.get();
        http_request request(std::string(message.method_string()), std::string(message.target()), message.body());
        for (auto const& field : message)
            request.headers.add(std::string(field.name_string()), std::string(field.value()));
        keep_alive = message.keep_alive();
        using opening = std::optional<std::variant<gateway_id, http_reply>>; // empty: it asks for something else
        auto const upgrade = [&](services& all, wall_time now) -> opening {
            if (!all.is_upgrade(request))
                return std::nullopt;
            return all.upgrade(request, now);
        };
        auto upgraded = self->change(upgrade);
        if (auto const* const gateway = upgraded ? std::get_if<gateway_id>(&*upgraded) : nullptr) {
            co_await serve_gateway(self, to, *gateway, std::move(request));
            break;
        }
        std::optional<http_reply> reply;
        if (upgraded)
            reply = std::get<http_reply>(std::move(*upgraded));
        else
            reply = co_await answer(self, to, std::move(request));
        if (!reply)
            break;
        if (!self->omit_date_)
            reply->headers.add("Date", http_date(std::chrono::system_clock::now()));
        keep_alive = co_await send(to, std::move(*reply), keep_alive);
    }
}

/// Until the WebSocket has ended.
RINGTAIL_DECL asio::awaitable<void> http_server::serve_gateway(std::shared_ptr<http_server> self, peer to,
                                                               gateway_id id, http_request upgrade)
{
    auto const on_text = [server = self.get(), id](std::string_view text) {
        server->change([&](services& all, wall_time now) { all.gateway().receive(id, text, now); });
    };
    auto const on_pong = [server = self.get(), id] {
        server->change([&](services& all, wall_time) { all.gateway().receive_pong(id); });
    };
    std::shared_ptr<tcp::socket> const socket(to, &to->socket);
    auto const line = std::make_shared<gateway_connection>(socket, on_text, on_pong);
    self->gateways_[id] = line; // `wake` comes behind this, with the first frame
    co_await gateway_connection::run(line, std::move(upgrade), self->details_with_upgrade_);
    self->gateways_.erase(id);
    self->change([id](services& all, wall_time now) { all.gateway().closed(id, now); });
}

/// Empty when the client did not wait for it.
RINGTAIL_DECL asio::awaitable<std::optional<http_reply>> http_server::answer(std::shared_ptr<http_server> self,
                                                                             peer to, http_request request)
{
    auto const handle = [&](services& all, wall_time now) -> outcome {
        if (request.target.starts_with("/sandbox/"))
            return control_api(all, request, now);
        return all.handle(request, now);
    };
    auto result = self->change(handle);
    if (auto* const reply = std::get_if<http_reply>(&result))
        co_return std::move(*reply);

    auto const poll = std::get<poll_id>(result);
    self->polls_[poll] = to;
    co_await wait_for_poll(to);
    self->polls_.erase(poll);
    if (!to->poll_reply)
        self->change([poll](services& all, wall_time) { all.abandon(poll); });
    co_return std::exchange(to->poll_reply, std::nullopt);
}

/// Until `wake` brings the answer, or the client goes.
RINGTAIL_DECL asio::awaitable<void> http_server::wait_for_poll(peer to)
{
    // Peeking tells the end of the connection from an early request, and from readiness that is only a rumour. That a
    // former wait was cancelled may be heard only now, from another thread: it means nothing.
    auto const on_input = [to](boost::system::error_code problem, std::size_t) {
        if (problem && problem != asio::error::operation_aborted)
            to->timer.cancel();
    };
    boost::system::error_code cancelled;
    to->timer.expires_at(steady_time::max());
    to->socket.async_receive(asio::buffer(&to->peeked, 1), tcp::socket::message_peek, on_input);
    co_await to->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    to->socket.cancel(cancelled);
}

RINGTAIL_DECL asio::awaitable<void> http_server::pause(peer to, std::chrono::milliseconds time)
{
    if (time.count() == 0 || !to->socket.is_open())
        co_return;
    boost::system::error_code cancelled;
    to->timer.expires_after(time);
    co_await to->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

inline std::string header_text(http_reply const& reply, bool keep_alive)
{
    auto const reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(reply.status));
    auto text = "HTTP/1.1 " + std::to_string(reply.status) + " " + std::string(reason) + "\r\n";
    for (auto const& [name, value] : reply.headers)
        text += name + ": " + value + "\r\n";
    auto const promised = reply.body.size() + (reply.effect == wire_effect::wrong_length ? 64 : 0);
    if (reply.status != 204)
        text += "Content-Length: " + std::to_string(promised) + "\r\n";
    text += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    return text;
}

/// Whether the connection may carry another request.
RINGTAIL_DECL asio::awaitable<bool> http_server::send(peer to, http_reply reply, bool keep_alive)
{
    co_await pause(to, reply.delay);
    auto const header = reply.effect == wire_effect::raw ? std::string() : header_text(reply, keep_alive);
    auto text = header + reply.body;
    switch (reply.effect) {
    case wire_effect::none:
    case wire_effect::wrong_length: break;
    case wire_effect::close_after:
    case wire_effect::raw: keep_alive = false; break;
    case wire_effect::cut_header:
        text.resize(header.size() / 2);
        keep_alive = false;
        break;
    case wire_effect::cut_body:
        text.resize(header.size() + reply.body.size() / 2);
        keep_alive = false;
        break;
    case wire_effect::lost: co_return false;
    case wire_effect::reset: {
        boost::system::error_code ignored;
        to->socket.set_option(asio::socket_base::linger(true, 0), ignored);
        co_return false;
    }
    case wire_effect::stall: {
        std::array<char, 512> ignored;
        for (;;) // throws when the client gives up
            co_await to->socket.async_read_some(asio::buffer(ignored), asio::use_awaitable);
    }
    case wire_effect::trickle:
        while (text.size() > trickled) {
            co_await asio::async_write(to->socket, asio::buffer(text.data(), trickled), asio::use_awaitable);
            text.erase(0, trickled);
            co_await pause(to, reply.delay);
        }
        break;
    }
    co_await asio::async_write(to->socket, asio::buffer(text), asio::use_awaitable);
    co_return keep_alive;
}

RINGTAIL_DECL void http_server::wake_later()
{
    asio::post(strand_, [self = shared_from_this()] { self->wake(); });
}

/// Hands out what is ready, and comes again when more is due.
RINGTAIL_DECL void http_server::wake()
{
    if (stopped_)
        return;
    auto const now = std::chrono::system_clock::now();
    std::vector<std::pair<poll_id, http_reply>> ready;
    std::vector<gateway_action> actions;
    std::vector<webhook_post> posts;
    std::optional<wall_time> next;
    {
        std::lock_guard const lock(mutex_);
        ready = services_->take_ready(now);
        actions = services_->gateway().take_actions();
        posts = services_->webhooks().take_posts(now);
        next = services_->next_wakeup(now);
    }
    for (auto& [poll, reply] : ready)
        if (auto const found = polls_.find(poll); found != polls_.end()) {
            found->second->poll_reply = std::move(reply);
            found->second->timer.cancel();
        }
    for (auto& action : actions)
        if (auto const found = gateways_.find(action.connection); found != gateways_.end())
            found->second->push(std::move(action));
    for (auto& post : posts)
        sender_->send(std::move(post));
    if (next) {
        timer_.expires_after(std::chrono::ceil<std::chrono::milliseconds>(*next - now));
        timer_.async_wait([self = shared_from_this()](boost::system::error_code problem) {
            if (!problem)
                self->wake();
        });
    }
}

} // namespace ringtail::sandbox_detail
