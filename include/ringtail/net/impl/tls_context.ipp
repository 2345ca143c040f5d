// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/net/tls_context.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace ringtail::net {

RINGTAIL_DECL void tls_context::free_context::operator()(void* context) const noexcept
{
    SSL_CTX_free(static_cast<SSL_CTX*>(context));
}

RINGTAIL_DECL tls_context::tls_context(role side)
    : context_(SSL_CTX_new(side == role::client ? TLS_client_method() : TLS_server_method()))
{
    auto* const context = static_cast<SSL_CTX*>(context_.get());
    auto const asks = side == role::client;
    if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        (asks && SSL_CTX_set_default_verify_paths(context) != 1)) {
        ERR_clear_error();
        throw failure(error::tls_failed, "OpenSSL could not set up a TLS context");
    }
    SSL_CTX_set_verify(context, asks ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    // Buffers of 16 KiB each way exist only while bytes are in them; a write may be repeated from another address.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

RINGTAIL_DECL void tls_context::add_trust(std::string const& pem_file)
{
    if (SSL_CTX_load_verify_locations(static_cast<SSL_CTX*>(context_.get()), pem_file.c_str(), nullptr) != 1) {
        ERR_clear_error();
        throw failure(error::tls_failed, "no certificates in " + pem_file);
    }
}

} // namespace ringtail::net
