// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/http_connection.hpp>
#include <ringtail/net/http_response_parser.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/impl/basic_parser.hpp>

#include <algorithm>
#include <charconv>
#include <ctime>

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
    bool late = false;
    alarm const limit(time_, deadline, [&] {
        late = true;
        stream_->close();
    });
    try {
        co_await transfer(message, reply, limits, std::move(on_sent));
    } catch (...) {
        close();
        if (late) {
            throw failure(error::timed_out, "waiting for the reply");
        }
        throw;
    }
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

RINGTAIL_DECL asio::awaitable<void> http_connection::transfer(std::string_view message, response& reply, http_limits limits,
                                                              std::function<void()> on_sent)
{
    answered_ = false;
    error_code how;
    while (!message.empty()) {
        auto const sent = stream_->write(message.data(), message.size(), how);
        message.remove_prefix(sent);
        if (how == asio::error::would_block) {
            co_await stream_->writable();
        } else if (how) {
            detail::throw_broken(how);
        }
    }
    if (on_sent) {
        on_sent();
    }

    http_response_parser parser(reply, limits.max_body, limits.max_header);
    std::string rest; // a header that came in pieces
    while (!parser.is_done()) {
        auto const got = stream_->read(scratch_.data(), scratch_.size(), how);
        if (how == asio::error::would_block) {
            co_await stream_->readable();
            continue;
        }
        boost::beast::error_code verdict;
        if (how == asio::error::eof && parser.got_some()) {
            parser.put_eof(verdict);
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
            while (used != size && !parser.is_done()) {
                auto const taken = parser.put(asio::const_buffer(from + used, size - used), verdict);
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
    }
    keep_ = parser.keep_alive() && rest.empty();
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

// IMF-fixdate, such as "Mon, 05 Jan 2026 09:00:00 GMT"; nobody sends the older forms any more.
RINGTAIL_DECL std::optional<std::int64_t> http_date(std::string_view text)
{
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    auto const number = [&](std::size_t at, std::size_t size) -> int {
        int value = -1;
        if (text.size() >= at + size) {
            std::from_chars(text.data() + at, text.data() + at + size, value);
        }
        return value;
    };
    auto const month = text.size() < 29 ? std::string_view::npos : months.find(text.substr(8, 3));
    auto const day = number(5, 2);
    if (month == std::string_view::npos || month % 3 != 0 || day < 1) {
        return std::nullopt;
    }
    std::chrono::year_month_day const date{std::chrono::year(number(12, 4)),
                                           std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    auto const days = std::chrono::sys_days(date).time_since_epoch().count();
    return days * std::int64_t{86'400} + number(17, 2) * 3'600 + number(20, 2) * 60 + number(23, 2);
}

RINGTAIL_DECL std::optional<std::chrono::seconds> retry_after(response const& reply)
{
    auto const text = reply.header("Retry-After");
    std::int64_t seconds = 0;
    auto const [end, bad] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (bad != std::errc{}) {
        auto const until = http_date(text);
        auto const now = http_date(reply.header("Date"));
        if (!until || !now) {
            return std::nullopt;
        }
        seconds = *until - *now;
    }
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, 86'400));
}

} // namespace ringtail::net
