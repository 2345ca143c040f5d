// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>
#include <ringtail/net/tls_peer.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace ringtail::net {

/** What TLS connections share: trust, protocol bounds and sessions to resume.

    Trust is the system's, or `SSL_CERT_FILE` / `SSL_CERT_DIR` where set, as OpenSSL reads them. TLS 1.2 at least. With
    the system's trust it holds about 1.4 MiB, so there is one for each environment. */
class tls_context {
public:
    /// Which side of a connection it is for. A server asks nobody for a certificate.
    enum class role { client, server };

    explicit tls_context(role side = role::client);

    /// Trust the certificates in this PEM file, too. @throws failure(error::tls_failed) if it has none.
    void add_trust(std::string const& pem_file);

    /// The server of that name and port, the same for all connections.
    [[nodiscard]] std::shared_ptr<tls_peer> peer(std::string const& host, std::uint16_t port);

    /// OpenSSL's `SSL_CTX*`.
    [[nodiscard]] void* native() const noexcept { return context_.get(); }

private:
    struct free_context {
        void operator()(void* context) const noexcept;
    };
    static constexpr std::size_t most_peers = 64; // with sessions, but without a connection

    std::unique_ptr<void, free_context> context_;
    std::map<std::pair<std::string, std::uint16_t>, std::shared_ptr<tls_peer>> peers_;
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/tls_context.ipp>
#endif
