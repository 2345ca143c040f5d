// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/deadlines.hpp>
#include <ringtail/net/parking.hpp>
#include <ringtail/net/stream.hpp>
#include <ringtail/webhook_request.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail::net {

class services;

/// Bounds of what others may do to a listener.
class listener_limits {
public:
    std::size_t max_body = 1'024 * 1'024;
    std::size_t max_header = 16 * 1'024;
    std::size_t max_connections = 256;
    duration request_time = std::chrono::seconds(10); ///< from its first byte to its last
    duration idle_time = std::chrono::seconds(75);    ///< a connection without a request; a TLS handshake is no request
};

/// What answers the requests for one path.
class http_handler {
public:
    virtual ~http_handler() = default;
    /// The head of a request is here: 0, or the status to refuse it with.
    [[nodiscard]] virtual int judge(webhook_request const& head, bool has_body) const noexcept = 0;
    /// All of it is here. What it does with it must not take long: the answer waits.
    virtual webhook_reply answer(webhook_request&& request) = 0;
};

/** An HTTP/1.1 server on one port, for the handlers of its paths.

    Requests that are malformed get 400, oversized ones 413 or 431, slow ones 408, and the connection ends; a path that
    nobody handles gets 404. When there are too many connections, the one that has been idle for longest ends. */
class http_listener : public std::enable_shared_from_this<http_listener> {
public:
    /// The listener on that port, which all who ask share; opened if it is not there yet.
    /// @throws failure as `connector::listen` does, and if the port is listened on with another certificate.
    [[nodiscard]] static std::shared_ptr<http_listener> at(services& owner, listening_point const& where, listener_limits const& limits);

    http_listener(std::shared_ptr<services> owner, listening_point where, listener_limits limits);
    http_listener(http_listener const&) = delete;
    http_listener& operator=(http_listener const&) = delete;
    ~http_listener();

    /// Handlers of one path, until the returned handle goes; the listener closes with the last of them.
    class route {
    public:
        route(std::shared_ptr<http_listener> of, std::string path) : listener_(std::move(of)), path_(std::move(path)) {}
        route(route const&) = delete;
        route& operator=(route const&) = delete;
        ~route() { listener_->remove(path_); }

    private:
        std::shared_ptr<http_listener> listener_;
        std::string path_;
    };
    /// @throws failure(error::invalid_argument) if the path is taken. The handler must outlive the route.
    [[nodiscard]] std::unique_ptr<route> handle(std::string path, http_handler& by);

private:
    class connection;
    using connection_list = std::list<std::shared_ptr<connection>>;

    void remove(std::string const& path);
    void close() noexcept;
    void make_room();
    static asio::awaitable<void> run(std::shared_ptr<http_listener> self);
    static asio::awaitable<void> serve(std::shared_ptr<http_listener> self, std::shared_ptr<connection> with);
    asio::awaitable<bool> exchange(connection& with);
    asio::awaitable<bool> fill(connection& with);
    asio::awaitable<void> reply(connection& with, webhook_reply answer, bool keep);
    asio::awaitable<bool> refuse(connection& with, int status, bool whole);
    [[nodiscard]] http_handler* handler_of(std::string_view target) const;

    std::shared_ptr<services> const owner_;
    listening_point const where_;
    listener_limits const limits_;
    std::shared_ptr<acceptor> acceptor_; // none once it is closed
    std::map<std::string, http_handler*, std::less<>> handlers_;
    connection_list connections_;
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/http_listener.ipp>
#endif
