// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/net/tls_context.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace ringtail::net {

namespace detail {

// A session that can be resumed; with TLS 1.3 they come in the course of the reading.
inline int keep_session(SSL* of, SSL_SESSION* session) noexcept
{
    auto const& link = *static_cast<tls_link const*>(BIO_get_data(SSL_get_rbio(of)));
    link.peer->keep({session, link.verified});
    return 1; // it is ours now
}

} // namespace detail

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
    if (asks) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_set_timeout(context, std::chrono::seconds(tls_peer::longest_trust).count()); // where a server names no time
        SSL_CTX_sess_set_new_cb(context, &detail::keep_session);
    }
    // Buffers of 16 KiB each way exist only while bytes are in them; a write may be repeated from another address.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

RINGTAIL_DECL std::shared_ptr<tls_peer> tls_context::peer(std::string const& host, std::uint16_t port)
{
    std::pair const key(host, port);
    if (auto const known = peers_.find(key); known != peers_.end()) {
        return known->second;
    }
    if (peers_.size() >= most_peers) {
        std::erase_if(peers_, [](auto const& each) { return each.second.use_count() == 1; });
    }
    return peers_[key] = std::make_shared<tls_peer>(host);
}

RINGTAIL_DECL void tls_context::add_trust(std::string const& pem_file)
{
    if (SSL_CTX_load_verify_locations(static_cast<SSL_CTX*>(context_.get()), pem_file.c_str(), nullptr) != 1) {
        ERR_clear_error();
        throw failure(error::tls_failed, "no certificates in " + pem_file);
    }
}

} // namespace ringtail::net
