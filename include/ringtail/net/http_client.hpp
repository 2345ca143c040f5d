// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/http_connection.hpp>
#include <ringtail/net/stream.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <string>

namespace ringtail::net {

/** Calls over kept connections, shared by all clients of an environment.

    A connection is kept for a while after its reply; no timer is set for its end, for that would keep the program's context
    alive. A call that met a connection which the server had just closed is repeated on another one, at last on a fresh one; what must not be
    repeated goes over a fresh one at once. */
class http_client {
public:
    http_client(connector& connects, deadlines& time, std::vector<char>& scratch)
        : connector_(connects), time_(time), scratch_(scratch)
    {
    }

    class call_options {
    public:
        call_options(http_limits bounds, steady_time until) : limits(bounds), deadline(until) {}
        http_limits limits;
        steady_time deadline;                  ///< total
        duration connect_timeout = std::chrono::seconds(10);
        bool repeatable = true;                ///< false if a second delivery could do harm
        bool* sent = nullptr;                  ///< set as soon as the server may have seen the request
        bool* repeated = nullptr;              ///< set when it may have seen it twice, for a kept connection broke behind it
    };

    /// @throws as `connector::connect` and `http_connection::exchange` do.
    asio::awaitable<response> call(endpoint to, std::string message, call_options options);

    void close_idle() noexcept;
    ~http_client() { close_idle(); }

private:
    class idle {
    public:
        idle(endpoint peer, std::unique_ptr<http_connection> kept, steady_time at) : to(std::move(peer)), connection(std::move(kept)), since(at) {}
        endpoint to;
        std::unique_ptr<http_connection> connection;
        steady_time since;
    };

    std::unique_ptr<http_connection> take(endpoint const& to);
    void keep(endpoint to, std::unique_ptr<http_connection> connection);
    void drop_old();

    connector& connector_;
    deadlines& time_;
    std::vector<char>& scratch_;
    std::list<idle> idle_; // the most recently used first
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/http_client.ipp>
#endif
