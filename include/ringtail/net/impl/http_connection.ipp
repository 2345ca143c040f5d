// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/http_connection.hpp>
#include <ringtail/net/http_response_parser.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/impl/basic_parser.hpp>

#include <algorithm>

namespace ringtail::net {

RINGTAIL_DECL std::string http_request(std::string_view method, std::string_view target, std::string_view authority,
                                       std::string_view headers, std::string_view body)
{
    std::string text;
    text.reserve(method.size() + target.size() + authority.size() + headers.size() + body.size() + 96);
    text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(authority).append("\r\n");
    text.append(headers);
    if (!body.empty() || method == "POST" || method == "PUT") {
        text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    }
    text.append("\r\n").append(body);
    return text;
}

RINGTAIL_DECL asio::awaitable<void> http_connection::exchange(std::string_view message, response& reply, http_limits limits,
                                                              steady_time deadline, std::function<void()> on_sent)
{
    co_await ask(message, deadline);
    if (on_sent) {
        on_sent();
    }
    co_await answer(reply, limits, deadline);
}

// Where something was thrown.
RINGTAIL_DECL void http_connection::give_up()
{
    limit_.reset();
    close();
    if (late_) {
        throw failure(error::timed_out, "waiting for the reply");
    }
    throw;
}

namespace detail {

// A closed stream means that we gave it up; anything else is the connection's fault.
[[noreturn]] inline void throw_broken(error_code how)
{
    if (how == asio::error::operation_aborted || how == asio::error::bad_descriptor) {
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    throw failure(error::connection_failed, how == asio::error::eof ? "the server ended the connection" : how.message());
}

} // namespace detail

RINGTAIL_DECL asio::awaitable<void> http_connection::ask(std::string_view message, steady_time deadline)
{
    answered_ = false;
    arrival_ = {};
    limit_.set(deadline, [this] {
        late_ = true;
        stream_->close();
    });
    try {
        while (!message.empty()) {
            error_code how;
            auto const sent = stream_->write(message.data(), message.size(), how);
            message.remove_prefix(sent);
            if (how == asio::error::would_block) {
                co_await stream_->writable();
            } else if (how) {
                detail::throw_broken(how);
            }
        }
    } catch (...) {
        give_up();
    }
}

RINGTAIL_DECL asio::awaitable<void> http_connection::answer(response& reply, http_limits limits, steady_time deadline)
{
    try {
        co_await transfer(reply, limits, deadline);
    } catch (...) {
        give_up();
    }
    limit_.reset();
}

RINGTAIL_DECL asio::awaitable<void> http_connection::transfer(response& reply, http_limits limits, steady_time deadline)
{
    error_code how;
    std::optional<http_response_parser> parser;
    parser.emplace(reply, limits.max_body, limits.max_header);
    std::string rest; // a header that came in pieces
    for (auto read_more = true; !parser->is_done();) {
        auto got = std::size_t{0};
        if (read_more) {
            if (!arrival_.ready(*stream_)) {
                if (answered_ && limits.longest_pause != duration::max()) {
                    limit_.set(std::min(deadline, time_.now() + limits.longest_pause));
                }
                co_await stream_->readable();
            }
            got = arrival_.read(*stream_, scratch_, how);
            if (how == asio::error::would_block) {
                continue;
            }
        }
        read_more = true;
        boost::beast::error_code verdict;
        if (how == asio::error::eof && parser->got_some()) {
            parser->put_eof(verdict);
        } else if (how) {
            ended_ = how == asio::error::eof;
            detail::throw_broken(how);
        } else {
            answered_ = true;
            auto const* from = scratch_.data();
            auto size = got;
            if (!rest.empty()) {
                rest.append(scratch_.data(), got);
                from = rest.data();
                size = rest.size();
            }
            std::size_t used = 0;
            while (used != size && !parser->is_done()) {
                auto const taken = parser->put(asio::const_buffer(from + used, size - used), verdict);
                used += taken;
                if (verdict || taken == 0) {
                    break;
                }
            }
            if (verdict == boost::beast::http::error::need_more) {
                verdict = {};
            }
            std::string left(from + used, size - used);
            rest = std::move(left);
        }
        if (verdict == boost::beast::http::error::body_limit || verdict == boost::beast::http::error::header_limit ||
            verdict == boost::beast::http::error::buffer_overflow) {
            throw failure(error::reply_too_large, verdict.message());
        }
        if (verdict == boost::beast::http::error::partial_message) {
            throw failure(error::connection_failed, "the server ended the connection inside a reply");
        }
        if (verdict) {
            throw failure(error::invalid_reply, "not HTTP: " + verdict.message());
        }
        if (parser->is_done() && reply.status < 200 && reply.status != 101) {
            parser.emplace(reply, limits.max_body, limits.max_header); // interim: the answer follows, RFC 9110 section 15.2
            read_more = rest.empty();
        }
    }
    keep_ = parser->keep_alive() && rest.empty();
}

RINGTAIL_DECL void http_connection::close() noexcept
{
    keep_ = false;
    stream_->close();
}

RINGTAIL_DECL bool http_connection::reusable() noexcept
{
    if (!keep_) {
        return false;
    }
    char byte = 0;
    error_code how;
    stream_->read(&byte, 1, how);
    keep_ = how == asio::error::would_block; // an end, or bytes that nobody asked for
    return keep_;
}

} // namespace ringtail::net
