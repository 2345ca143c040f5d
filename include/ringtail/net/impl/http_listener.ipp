// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/background.hpp>
#include <ringtail/net/http_listener.hpp>
#include <ringtail/net/http_request_parser.hpp>
#include <ringtail/net/services.hpp>
#include <ringtail/net/tcp_acceptor.hpp>

#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/impl/basic_parser.hpp>

#include <algorithm>

namespace ringtail::net {

/// One peer. Bytes that came behind a request are the beginning of the next one.
class http_listener::connection {
public:
    connection(std::unique_ptr<stream> accepted, std::shared_ptr<services> of)
        : owner(std::move(of)), peer(std::move(accepted)), limit(owner->deadlines)
    {
    }

    std::shared_ptr<services> owner; // of the deadlines
    std::unique_ptr<stream> peer;
    alarm limit; // of the request, or of the pause between two
    bool late = false;
    bool idle = true; // between requests
    steady_time since;
    std::string rest;
    webhook_request request;
    std::string target;
};

namespace detail {

inline char const* reason_phrase(int status) noexcept
{
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 431: return "Request Header Fields Too Large";
    default: return "Error";
    }
}

inline webhook_reply refusal(int status)
{
    webhook_reply answer;
    answer.status = status;
    answer.headers.emplace_back("Content-Type", "application/json");
    if (status == 405) {
        answer.headers.emplace_back("Allow", "POST");
    }
    return answer;
}

} // namespace detail

RINGTAIL_DECL std::shared_ptr<http_listener> http_listener::at(services& owner, listening_point const& where, listener_limits const& limits)
{
    auto& known = owner.listeners[{where.address, where.port}];
    auto found = known.lock();
    if (found && !(found->where_ == where)) {
        throw failure(error::invalid_argument, where.address + ':' + std::to_string(where.port) + " is listened on with another certificate");
    }
    if (!found || !found->acceptor_) {
        found = std::make_shared<http_listener>(owner.shared_from_this(), where, limits);
        found->acceptor_ = owner.connector->listen(where);
        if (!found->acceptor_) {
            found->acceptor_ = std::make_shared<tcp_acceptor>(owner.strand, where);
        }
        background().run(owner.strand, run(found), [](std::exception_ptr) {}); // ends when it is closed
        known = found;
    }
    return found;
}

RINGTAIL_DECL http_listener::http_listener(std::shared_ptr<services> owner, listening_point where, listener_limits limits)
    : owner_(std::move(owner)), where_(std::move(where)), limits_(limits)
{
}

RINGTAIL_DECL http_listener::~http_listener() = default;

RINGTAIL_DECL std::unique_ptr<http_listener::route> http_listener::handle(std::string path, http_handler& by)
{
    if (!handlers_.emplace(path, &by).second) {
        throw failure(error::invalid_argument, "another webhook listens for " + path + " on port " + std::to_string(where_.port));
    }
    return std::make_unique<route>(shared_from_this(), std::move(path));
}

RINGTAIL_DECL void http_listener::remove(std::string const& path)
{
    handlers_.erase(path);
    if (handlers_.empty()) {
        close();
    }
}

RINGTAIL_DECL void http_listener::close() noexcept
{
    if (acceptor_) {
        acceptor_->close();
        acceptor_.reset();
    }
    for (auto const& each : connections_) {
        each->peer->close();
    }
}

RINGTAIL_DECL http_handler* http_listener::handler_of(std::string_view target) const
{
    auto const found = handlers_.find(target.substr(0, target.find('?')));
    return found == handlers_.end() ? nullptr : found->second;
}

RINGTAIL_DECL void http_listener::make_room()
{
    if (connections_.size() < limits_.max_connections) {
        return;
    }
    auto const older = [](auto const& a, auto const& b) { return a->idle != b->idle ? a->idle : a->since < b->since; };
    (*std::min_element(connections_.begin(), connections_.end(), older))->peer->close();
}

RINGTAIL_DECL asio::awaitable<void> http_listener::run(std::shared_ptr<http_listener> self)
{
    auto const from = self->acceptor_;
    for (;;) {
        auto accepted = co_await from->accept();
        if (!self->acceptor_) {
            co_return;
        }
        self->make_room();
        auto const peer = std::make_shared<connection>(std::move(accepted), self->owner_);
        peer->since = self->owner_->deadlines.now();
        self->connections_.push_back(peer);
        background().run(self->owner_->strand, serve(self, peer), [self, peer](std::exception_ptr) { std::erase(self->connections_, peer); });
    }
}

RINGTAIL_DECL asio::awaitable<void> http_listener::serve(std::shared_ptr<http_listener> self, std::shared_ptr<connection> with)
{
    for (auto more = true; more && self->acceptor_;) {
        more = co_await self->exchange(*with);
    }
    with->limit.reset();
    with->peer->close();
}

// More bytes into `rest`; false at the end of the connection. The time that is left is the alarm's.
RINGTAIL_DECL asio::awaitable<bool> http_listener::fill(connection& with)
{
    for (;;) {
        if (with.peer->drained()) {
            co_await with.peer->readable();
            if (with.late) {
                co_return false;
            }
        }
        error_code how;
        auto& scratch = owner_->scratch;
        auto const got = with.peer->read(scratch.data(), scratch.size(), how);
        if (!how) {
            with.rest.append(scratch.data(), got);
            co_return true;
        }
        if (how != asio::error::would_block) {
            co_return false;
        }
    }
}

// What is refused may still be sent: closing on it would reset the connection before the answer was read.
RINGTAIL_DECL asio::awaitable<bool> http_listener::refuse(connection& with, int status, bool whole)
{
    co_await reply(with, detail::refusal(status), whole);
    if (whole) {
        co_return true;
    }
    with.limit.set(owner_->deadlines.now() + std::chrono::seconds(2), [&with] { with.peer->close(); });
    std::size_t passed_over = 0;
    with.rest.clear();
    for (auto more = true; more && passed_over < 256 * 1'024;) {
        more = co_await fill(with);
        passed_over += with.rest.size();
        with.rest.clear();
    }
    co_return false;
}

// One request; whether another one may follow.
RINGTAIL_DECL asio::awaitable<bool> http_listener::exchange(connection& with)
{
    namespace http = boost::beast::http;
    auto& time = owner_->deadlines;
    auto const expire = [&with] {
        with.late = true;
        if (!with.idle) {
            static constexpr std::string_view too_slow = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            error_code ignored;
            with.peer->write(too_slow.data(), too_slow.size(), ignored); // if there is room for it
        }
        with.peer->close();
    };
    with.idle = true;
    with.since = time.now();
    if (with.rest.empty()) {
        with.limit.set(time.now() + limits_.idle_time, expire);
        if (!co_await fill(with)) {
            co_return false;
        }
    }
    with.idle = false;
    with.limit.set(time.now() + limits_.request_time, expire);

    http_request_parser parser(with.request, with.target, limits_.max_body, limits_.max_header);
    http_handler* handler = nullptr;
    auto judged = false;
    for (;;) {
        boost::beast::error_code verdict;
        std::size_t used = 0;
        while (used != with.rest.size() && !parser.is_done() && !verdict) {
            auto const taken = parser.put(asio::const_buffer(with.rest.data() + used, with.rest.size() - used), verdict);
            used += taken;
            if (parser.is_header_done() && !judged) {
                break;
            }
            if (taken == 0) {
                break;
            }
        }
        with.rest.erase(0, used);
        if (verdict == http::error::need_more) {
            verdict = {};
        }
        if (verdict) {
            auto const large = verdict == http::error::body_limit;
            auto const long_head = verdict == http::error::header_limit || verdict == http::error::buffer_overflow;
            co_return co_await refuse(with, large ? 413 : long_head ? 431 : 400, false);
        }
        if (parser.is_header_done() && !std::exchange(judged, true)) {
            handler = handler_of(with.target);
            auto const has_body = !parser.is_done();
            auto const refused = handler == nullptr ? 404 : handler->judge(with.request, has_body);
            if (refused != 0) {
                co_return co_await refuse(with, refused, !has_body && parser.keep_alive());
            }
            if (ringtail::detail::equals_ignoring_case(with.request.header("Expect"), "100-continue")) {
                error_code ignored;
                static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
                with.peer->write(go_on.data(), go_on.size(), ignored);
            }
            parser.eager(true);
            if (!with.rest.empty()) {
                continue;
            }
        }
        if (parser.is_done()) {
            break;
        }
        if (!co_await fill(with)) {
            co_return false;
        }
    }
    auto const keep = parser.keep_alive();
    handler = handler_of(with.target); // it may have left while the body came
    if (handler == nullptr) {
        co_return co_await refuse(with, 404, keep);
    }
    auto const answer = handler->answer(std::move(with.request));
    co_await reply(with, answer, keep);
    co_return keep;
}

// In one piece, without a body.
RINGTAIL_DECL asio::awaitable<void> http_listener::reply(connection& with, webhook_reply answer, bool keep)
{
    auto text = "HTTP/1.1 " + std::to_string(answer.status) + ' ' + detail::reason_phrase(answer.status) + "\r\nContent-Length: 0\r\n";
    for (auto const& [name, value] : answer.headers) {
        text.append(name).append(": ").append(value).append("\r\n");
    }
    text += keep ? "\r\n" : "Connection: close\r\n\r\n";
    std::string_view left = text;
    while (!left.empty()) {
        error_code how;
        left.remove_prefix(with.peer->write(left.data(), left.size(), how));
        if (how == asio::error::would_block) {
            co_await with.peer->writable();
        } else if (how) {
            co_return; // it has left
        }
    }
}

} // namespace ringtail::net
