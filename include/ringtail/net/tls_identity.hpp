// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/tls_context.hpp>

#include <string>

namespace ringtail::net {

/** A server's certificate chain and key. TLS 1.2 at least, as the service demands of web hooks.

    @throws failure(error::tls_failed) from the constructor: unreadable, not fitting, not valid yet or expired. */
class tls_identity {
public:
    tls_identity(std::string const& certificate_chain, std::string const& private_key);

    /// OpenSSL's `SSL_CTX*`.
    [[nodiscard]] void* native() const noexcept { return context_.native(); }

private:
    tls_context context_;
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/tls_identity.ipp>
#endif
