// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/fwd.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace ringtail::net {

/** Bytes to and from one peer, without blocking.

    `read` and `write` do what can be done now. When one of them reports `would_block`, the matching wait says when to
    try again; so an idle connection needs no buffer, and a test can cut the bytes wherever it likes. One reader and one
    writer at a time. Everything happens on the environment's strand. */
class stream {
public:
    virtual ~stream() = default;

    /// Bytes read; 0 with `would_block`, `asio::error::eof` at an orderly end, or what broke it.
    virtual std::size_t read(char* to, std::size_t room, error_code& how) noexcept = 0;
    /// Whether the last read left nothing behind: always when it said `would_block`, and where less than there was room for
    /// says so, too. Then `readable` comes before the next one.
    [[nodiscard]] virtual bool drained() const noexcept = 0;
    /// Bytes accepted, at most `size`; 0 with `would_block` or what broke it.
    virtual std::size_t write(char const* from, std::size_t size, error_code& how) noexcept = 0;

    /// Wait until `read` is worth another try. Throws when closed or cancelled.
    virtual asio::awaitable<void> readable() = 0;
    /// The same by a call, from the strand: for a wait that something else may end first. Called once, also when closed.
    virtual void when_readable(std::function<void(error_code)> told) = 0;
    /// Wait until `write` is worth another try. Throws when closed or cancelled.
    virtual asio::awaitable<void> writable() = 0;

    /// End it at once; pending waits fail, nothing waits for the peer.
    virtual void close() noexcept = 0;
};

/// Whom to connect to.
class endpoint {
public:
    endpoint() = default;
    endpoint(std::string name, std::uint16_t number, bool tls) : host(std::move(name)), port(number), encrypted(tls) {}
    friend bool operator==(endpoint const&, endpoint const&) = default;

    std::string host;
    std::uint16_t port = 0;
    bool encrypted = true;
};

/// Where a program listens.
class listening_point {
public:
    listening_point() = default;
    listening_point(std::string ip, std::uint16_t number) : address(std::move(ip)), port(number) {}

    std::string address; ///< of this machine, as a number
    std::uint16_t port = 0;
    std::string certificate_chain; ///< PEM files for TLS; empty for plain TCP
    std::string private_key;
    friend bool operator==(listening_point const&, listening_point const&) = default;
};

/// Streams that others open.
class acceptor {
public:
    virtual ~acceptor() = default;
    /** The next stream; a TLS handshake takes place while it is read. Throws when closed or cancelled, and nothing else:
        a connection that could not be taken is passed over. */
    virtual asio::awaitable<std::unique_ptr<stream>> accept() = 0;
    virtual void close() noexcept = 0;
};

/** Makes streams. The real one resolves, connects and, where asked, completes a verified TLS handshake.

    A test or a simulation brings its own. */
class connector {
public:
    virtual ~connector() = default;
    /** @throws failure(error::connection_failed), failure(error::tls_failed) for a certificate, host name or protocol
        that is not acceptable, or failure(error::timed_out). */
    virtual asio::awaitable<std::unique_ptr<stream>> connect(endpoint to, steady_time deadline) = 0;
    /** Nothing if it is the machine that listens: whoever asked then makes a `tcp_acceptor`, and nobody else pays for one.

        @throws failure(error::invalid_argument) if the address or port can't be had, failure(error::tls_failed) for a
        certificate that is expired or does not fit its key. */
    virtual std::unique_ptr<acceptor> listen(listening_point const& at);
};

inline std::unique_ptr<acceptor> connector::listen(listening_point const& at)
{
    throw failure(error::unsupported, "this connector can't listen on " + at.address);
}

} // namespace ringtail::net
