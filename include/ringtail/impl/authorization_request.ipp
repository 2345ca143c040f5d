// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/authorization_request.hpp>
#include <ringtail/crypto/base64.hpp>
#include <ringtail/error.hpp>
#include <ringtail/net/url.hpp>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>

namespace ringtail {

namespace detail {

inline std::string random_text()
{
    std::string bytes(32, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1) {
        throw failure(error::tls_failed, "OpenSSL has no randomness");
    }
    return crypto::base64url_encode(bytes);
}

inline std::string sha256_base64url(std::string_view text)
{
    std::array<unsigned char, 32> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return crypto::base64url_encode({reinterpret_cast<char const*>(digest.data()), digest.size()});
}

// The decoded value of a query parameter, or nothing.
inline std::optional<std::string> query_parameter(std::string_view url, std::string_view name)
{
    auto const question = url.find('?');
    auto rest = question == std::string_view::npos ? std::string_view() : url.substr(question + 1);
    rest = rest.substr(0, rest.find('#'));
    while (!rest.empty()) {
        auto const end = std::min(rest.find('&'), rest.size());
        auto const pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        auto const equals = pair.find('=');
        if (pair.substr(0, equals) != name) {
            continue;
        }
        std::string value;
        auto const text = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        auto const digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1; };
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
                value += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
                i += 2;
            } else {
                value += text[i] == '+' ? ' ' : text[i];
            }
        }
        return value;
    }
    return std::nullopt;
}

} // namespace detail

RINGTAIL_DECL authorization_request::authorization_request(std::string_view server_url, std::string_view client_id, std::string redirect_uri, bool pkce)
    : redirect_uri_(std::move(redirect_uri)), state_(detail::random_text())
{
    auto const server = net::url::parse(server_url);
    url_ = server.scheme + "://" + server.authority() + (server.path == "/" ? "" : server.path) + "/restapi/oauth/authorize?response_type=code&client_id=" +
           net::percent_encoded(client_id) + "&redirect_uri=" + net::percent_encoded(redirect_uri_) + "&state=" + state_;
    if (pkce) {
        verifier_ = secret(detail::random_text());
        url_ += "&code_challenge=" + detail::sha256_base64url(verifier_.reveal()) + "&code_challenge_method=S256";
    }
}

RINGTAIL_DECL code_login authorization_request::accept(std::string_view redirected_to) const
{
    if (detail::query_parameter(redirected_to, "state") != state_) {
        throw failure(error::state_mismatch);
    }
    if (auto const refused = detail::query_parameter(redirected_to, "error")) {
        throw failure(error::bad_credentials, *refused + ": " + detail::query_parameter(redirected_to, "error_description").value_or(""));
    }
    auto code = detail::query_parameter(redirected_to, "code");
    if (!code || code->empty()) {
        throw failure(error::invalid_reply, "the authorization answer holds no code");
    }
    return code_login(secret(std::move(*code)), redirect_uri_, verifier_);
}

} // namespace ringtail
