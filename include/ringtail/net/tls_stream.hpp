// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/stream.hpp>
#include <ringtail/net/tls_context.hpp>
#include <ringtail/net/tls_identity.hpp>
#include <ringtail/net/tls_peer.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace ringtail::net {

/** A TLS connection: OpenSSL directly on the socket.

    Without the memory BIOs of `asio::ssl::stream` an idle connection needs 21 KiB and not 83. The socket's own BIO raises
    SIGPIPE on a peer that left, so ours sends with MSG_NOSIGNAL. */
class tls_stream final : public stream {
public:
    /// To a server, whose certificate must fit its name; `handshake` comes first.
    tls_stream(asio::ip::tcp::socket connected, tls_context const& context, std::shared_ptr<tls_peer> server);
    /// To a client; the handshake takes place within the first reads.
    tls_stream(asio::ip::tcp::socket connected, tls_identity const& identity);
    tls_stream(tls_stream const&) = delete; // OpenSSL knows it by its address
    tls_stream& operator=(tls_stream const&) = delete;

    /** @throws failure(error::tls_failed) with the reason: protocol, certificate or host name. */
    asio::awaitable<void> handshake();
    /// Whether it goes on with an earlier connection's session, whose certificates were verified.
    [[nodiscard]] bool resumed() const noexcept;

    RINGTAIL_DECL std::size_t read(char* to, std::size_t room, error_code& how) noexcept override;
    [[nodiscard]] RINGTAIL_DECL bool drained() const noexcept override;
    RINGTAIL_DECL std::size_t write(char const* from, std::size_t size, error_code& how) noexcept override;
    RINGTAIL_DECL asio::awaitable<void> readable() override;
    RINGTAIL_DECL void when_readable(std::function<void(error_code)> told) override;
    RINGTAIL_DECL asio::awaitable<void> writable() override;
    RINGTAIL_DECL void close() noexcept override;

private:
    struct free_ssl {
        void operator()(void* ssl) const noexcept;
    };
    // What OpenSSL waits for; a read may need to write first, and the reverse.
    enum class want { read, write };

    void attach_socket();
    std::size_t outcome(int result, std::size_t moved, want& next, error_code& how) noexcept;
    void return_buffers() noexcept;
    asio::awaitable<void> wait(want what);

    asio::ip::tcp::socket socket_;
    tls_link link_;
    std::unique_ptr<void, free_ssl> ssl_;
    bool blocked_ = false; // the last read was
    want read_needs_ = want::read;
    want write_needs_ = want::write;
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/tls_stream.ipp>
#endif
