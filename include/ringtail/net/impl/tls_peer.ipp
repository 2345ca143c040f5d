// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/tls_peer.hpp>

#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace ringtail::net {

namespace detail {

inline bool resumable(tls_peer::session const& kept, std::time_t now) noexcept
{
    auto* const session = static_cast<SSL_SESSION*>(kept.handle.get());
    auto const age = now - SSL_SESSION_get_time(session);
    auto const trusted = now - kept.verified;
    auto const hint = SSL_SESSION_get_ticket_lifetime_hint(session); // none is 0
    auto const over = age >= SSL_SESSION_get_timeout(session) || (hint != 0 && static_cast<unsigned long>(age) >= hint);
    if (SSL_SESSION_is_resumable(session) != 1 || age < 0 || over || trusted < 0 ||
        trusted >= std::chrono::seconds(tls_peer::longest_trust).count()) {
        return false;
    }
    auto const* const certificate = SSL_SESSION_get0_peer(session);
    return certificate != nullptr && X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0;
}

} // namespace detail

RINGTAIL_DECL void tls_peer::session::release::operator()(void* session) const noexcept
{
    SSL_SESSION_free(static_cast<SSL_SESSION*>(session));
}

RINGTAIL_DECL tls_peer::tls_peer(std::string name) : host(std::move(name))
{
    kept_.reserve(most); // OpenSSL calls `keep`, and knows no exceptions
}

RINGTAIL_DECL tls_peer::session tls_peer::take(std::time_t now)
{
    std::erase_if(kept_, [now](session const& each) { return !detail::resumable(each, now); });
    if (kept_.empty()) {
        return {};
    }
    if (kept_.size() == 1) {
        auto* const shared = kept_.front().handle.get();
        SSL_SESSION_up_ref(static_cast<SSL_SESSION*>(shared));
        return {shared, kept_.front().verified};
    }
    auto newest = std::move(kept_.back());
    kept_.pop_back();
    return newest;
}

RINGTAIL_DECL void tls_peer::keep(session fresh) noexcept
{
    if (kept_.size() == most) {
        kept_.erase(kept_.begin());
    }
    kept_.push_back(std::move(fresh));
}

} // namespace ringtail::net
