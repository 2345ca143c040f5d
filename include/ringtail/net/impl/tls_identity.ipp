// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/net/tls_identity.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace ringtail::net {

RINGTAIL_DECL tls_identity::tls_identity(std::string const& certificate_chain, std::string const& private_key)
    : context_(tls_context::role::server)
{
    auto* const context = static_cast<SSL_CTX*>(context_.native());
    auto const refuse = [](std::string const& why) {
        ERR_clear_error();
        throw failure(error::tls_failed, why);
    };
    if (SSL_CTX_use_certificate_chain_file(context, certificate_chain.c_str()) != 1) {
        refuse("no certificate in " + certificate_chain);
    }
    if (SSL_CTX_use_PrivateKey_file(context, private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
        refuse("no private key for the certificate in " + private_key);
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        refuse("the private key in " + private_key + " is not the certificate's");
    }
    auto* const certificate = SSL_CTX_get0_certificate(context);
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
        refuse("the certificate in " + certificate_chain + " has expired");
    }
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
        refuse("the certificate in " + certificate_chain + " is not valid yet");
    }
}

} // namespace ringtail::net
