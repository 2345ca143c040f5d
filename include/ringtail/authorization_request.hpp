// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/credentials.hpp>

#include <string>
#include <string_view>

namespace ringtail {

/** The authorization code flow, up to the code: send the user's browser to `url()`, and give the address that it came back
    to (the redirect URI with its query) to `accept`.

    Keep the object, or its parts, until then: the answer is only believed with the same `state`. */
class authorization_request {
public:
    /** @param pkce  prove with a one-time verifier (RFC 7636, S256) that who redeems the code is who asked for it; public
        applications must. */
    authorization_request(std::string_view server_url, std::string_view client_id, std::string redirect_uri, bool pkce);

    [[nodiscard]] std::string const& url() const noexcept { return url_; }
    [[nodiscard]] std::string const& state() const noexcept { return state_; }
    [[nodiscard]] secret const& code_verifier() const noexcept { return verifier_; }

    /** The login that the answer allows, for `client::login`.

        @throws failure(error::state_mismatch) if it answers another request; failure(error::bad_credentials) with the
        service's reason if the user refused; failure(error::invalid_reply) if there is no code. */
    [[nodiscard]] code_login accept(std::string_view redirected_to) const;

private:
    std::string redirect_uri_;
    std::string state_;
    secret verifier_;
    std::string url_;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/authorization_request.ipp>
#endif
