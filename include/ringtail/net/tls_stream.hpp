// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/stream.hpp>
#include <ringtail/net/tls_context.hpp>
#include <ringtail/net/tls_identity.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>

namespace ringtail::net {

/** A TLS connection: OpenSSL directly on the socket.

    Without the memory BIOs of `asio::ssl::stream` an idle connection needs 21 KiB and not 83. The socket's own BIO raises
    SIGPIPE on a peer that left, so ours sends with MSG_NOSIGNAL. */
class tls_stream final : public stream {
public:
    /// To a server, whose certificate must fit `host`; `handshake` comes first.
    tls_stream(asio::ip::tcp::socket connected, tls_context const& context, std::string const& host);
    /// To a client; the handshake takes place within the first reads.
    tls_stream(asio::ip::tcp::socket connected, tls_identity const& identity);

    /** @throws failure(error::tls_failed) with the reason: protocol, certificate or host name. */
    asio::awaitable<void> handshake();

    std::size_t read(char* to, std::size_t room, error_code& how) noexcept override;
    [[nodiscard]] bool drained() const noexcept override { return drained_; }
    std::size_t write(char const* from, std::size_t size, error_code& how) noexcept override;
    asio::awaitable<void> readable() override;
    void when_readable(std::function<void(error_code)> told) override;
    asio::awaitable<void> writable() override;
    void close() noexcept override;

private:
    struct free_ssl {
        void operator()(void* ssl) const noexcept;
    };
    // What OpenSSL waits for; a read may need to write first, and the reverse.
    enum class want { read, write };

    void attach_socket();
    std::size_t outcome(int result, std::size_t moved, want& next, error_code& how) noexcept;
    asio::awaitable<void> wait(want what);

    asio::ip::tcp::socket socket_;
    std::unique_ptr<void, free_ssl> ssl_;
    std::string host_;
    bool drained_ = false;
    want read_needs_ = want::read;
    want write_needs_ = want::write;
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/tls_stream.ipp>
#endif
