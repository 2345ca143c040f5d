// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/credentials.hpp>
#include <ringtail/fwd.hpp>
#include <ringtail/secret.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail::protocol {

/// What the token endpoint granted.
class token_set {
public:
    secret access;
    secret refresh; ///< empty if the application may not refresh
    steady_time expires;
    std::optional<steady_time> refresh_expires;
    duration lifetime{};
    std::vector<std::string> scopes; ///< empty if the answer did not name them
    std::string owner_id;            ///< the extension that `~` stands for; empty for an application-only token

    /** Read the answer of the token endpoint, received at `now`.

        @throws failure(error::invalid_reply) if there is no access token in it. */
    [[nodiscard]] static token_set parse(std::string_view json_text, steady_time now);

    /// Whether a request that leaves now will still meet a valid token: refreshed a minute early, or at three quarters
    /// of a short life.
    [[nodiscard]] bool fresh(steady_time now) const noexcept;
};

/** The form of a token request (RFC 6749, vendor's page "Token endpoint").

    @param public_client_id  the application's id if it has no secret: then it stands in the form, else it is empty. */
[[nodiscard]] RINGTAIL_DECL secret login_form(credentials const& login, std::string_view public_client_id);
[[nodiscard]] RINGTAIL_DECL secret refresh_form(secret const& refresh_token, std::string_view public_client_id);

/// `Authorization: Basic ...` as a header line, or nothing for an application without a secret.
[[nodiscard]] RINGTAIL_DECL secret client_authorization(std::string_view client_id, secret const& client_secret);

} // namespace ringtail::protocol

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/protocol/impl/token.ipp>
#endif
