// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/arrival.hpp>
#include <ringtail/net/deadlines.hpp>
#include <ringtail/net/stream.hpp>
#include <ringtail/request.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail::net {

/// Bounds of one reply; all of them end in `failure(error::reply_too_large)`.
class http_limits {
public:
    http_limits(std::size_t body, std::size_t header) : max_body(body), max_header(header) {}
    std::size_t max_body;
    std::size_t max_header;
    duration longest_pause = duration::max(); ///< inside a reply that has begun; then it is timed out, too
};

/** One HTTP/1.1 connection: a request, its reply, and again.

    It keeps no read buffer: bytes go from the environment's scratch memory into the reply. */
class http_connection {
public:
    http_connection(std::unique_ptr<stream> connected, deadlines& time, std::vector<char>& scratch)
        : stream_(std::move(connected)), time_(time), scratch_(scratch), limit_(time)
    {
    }

    /** Send `message` and read the reply into `reply`.

        @param on_sent  called when the request has left, if given.
        @throws failure(error::timed_out) at the deadline, failure(error::connection_failed) when the connection ends
        before the reply does, failure(error::reply_too_large), failure(error::invalid_reply) for what is not HTTP;
        `operation_aborted` when cancelled or closed. The connection is unusable after a throw. */
    asio::awaitable<void> exchange(std::string_view message, response& reply, http_limits limits, steady_time deadline,
                                   std::function<void()> on_sent = {});

    /** The same in steps, for an answer that is long in coming: nothing but the connection is held meanwhile.

        Behind `ask`, and as long as `nothing_came`, wait for `readable`; then comes `answer`, also if that threw: `answer` throws
        what it means. The deadline is for all of them. */
    asio::awaitable<void> ask(std::string_view message, steady_time deadline);
    [[nodiscard]] bool nothing_came() noexcept { return arrival_.nothing_came(*stream_, scratch_); }
    asio::awaitable<void> readable() { return arrival_.readable(*stream_); }
    asio::awaitable<void> answer(response& reply, http_limits limits, steady_time deadline);

    /// End it at once; a pending exchange fails with `operation_aborted`.
    void close() noexcept;

    /// Whether the server keeps the connection open for another request.
    [[nodiscard]] bool kept() const noexcept { return keep_; }
    /// Whether, moreover, it has not ended it meanwhile; asks the system.
    [[nodiscard]] bool reusable() noexcept;

    /// Whether the exchange that failed had met a connection that gave no byte of an answer.
    [[nodiscard]] bool unanswered() const noexcept { return !answered_; }

    /// Whether it failed by an orderly end of the connection before any byte of an answer: nothing was on its way then.
    [[nodiscard]] bool ended_unanswered() const noexcept { return !answered_ && ended_; }

private:
    asio::awaitable<void> transfer(response& reply, http_limits limits, steady_time deadline);
    [[noreturn]] void give_up();

    std::unique_ptr<stream> stream_;
    deadlines& time_;
    std::vector<char>& scratch_;
    alarm limit_;
    bool late_ = false;
    arrival arrival_;
    bool keep_ = true;
    bool answered_ = false;
    bool ended_ = false;
};

/** The bytes of a request: one piece, so that it leaves in one segment.

    @param headers  complete lines, each ending in CRLF. */
[[nodiscard]] RINGTAIL_DECL std::string http_request(std::string_view method, std::string_view target, std::string_view authority,
                                                     std::string_view headers, std::string_view body);

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/http_connection.ipp>
#endif
