// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/secret.hpp>

#include <string>
#include <utility>
#include <variant>

namespace ringtail {

/// Log in with a JWT made in the vendor's developer console ("JWT auth flow"). Can be repeated, so it never expires here.
class jwt_login {
public:
    explicit jwt_login(secret jwt) : assertion(std::move(jwt)) {}
    secret assertion;
};

/// Log in with a user's password; deprecated by the vendor, older accounts still have it.
class password_login {
public:
    password_login(std::string user, secret word, std::string extension_number = {})
        : username(std::move(user)), extension(std::move(extension_number)), password(std::move(word))
    {
    }
    std::string username;
    std::string extension;
    secret password;
};

/// Redeem an authorization code, with or without PKCE; see `authorization_request`. Works once, then tokens are refreshed.
class code_login {
public:
    code_login(secret the_code, std::string the_redirect_uri, secret verifier = {})
        : code(std::move(the_code)), redirect_uri(std::move(the_redirect_uri)), code_verifier(std::move(verifier))
    {
    }
    secret code;
    std::string redirect_uri;
    secret code_verifier;
};

/** Log in as the application itself. Such a token has no extension: a filter with extension `~` is refused.

    Give one of: an account, a brand, or a brand with a partner's account id. */
class client_credentials_login {
public:
    client_credentials_login() = default;
    [[nodiscard]] static client_credentials_login for_account(std::string id)
    {
        client_credentials_login login;
        login.account_id = std::move(id);
        return login;
    }
    [[nodiscard]] static client_credentials_login for_brand(std::string id, std::string partner_account = {})
    {
        client_credentials_login login;
        login.brand_id = std::move(id);
        login.partner_account_id = std::move(partner_account);
        return login;
    }
    std::string account_id;
    std::string brand_id;
    std::string partner_account_id;
};

/// Go on with a refresh token that was kept elsewhere.
class refresh_login {
public:
    explicit refresh_login(secret token) : refresh_token(std::move(token)) {}
    secret refresh_token;
};

/// How a client logs in; empty until given.
using credentials = std::variant<std::monostate, jwt_login, password_login, code_login, client_credentials_login, refresh_login>;

} // namespace ringtail
