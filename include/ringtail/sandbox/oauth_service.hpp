// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/extension_directory.hpp>
#include <ringtail/sandbox/http_message.hpp>
#include <ringtail/sandbox/options.hpp>
#include <ringtail/sandbox/toolbox.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ringtail::sandbox_detail {

/// One login. Its tokens are replaced at every refresh, it stays the same.
class oauth_session {
public:
    std::string id;
    std::string owner_id;
    std::string client_id;
    std::string endpoint_id;
    wall_time created;
    std::chrono::seconds access_lifetime{};
    std::chrono::seconds refresh_lifetime{};

    std::string access_token;
    wall_time access_expires;
    std::optional<wall_time> access_first_used;
    std::string refresh_token; ///< empty when the app has refresh tokens switched off
    wall_time refresh_expires;
    std::string previous_refresh_token;
    wall_time refreshed;
};

/// Whom a Bearer token belongs to, or the answer that refuses it.
class bearer {
public:
    explicit bearer(std::shared_ptr<oauth_session> its_session) : session(std::move(its_session)) {}
    explicit bearer(http_reply its_refusal) : refusal(std::move(its_refusal)) {}

    std::shared_ptr<oauth_session> session;
    http_reply refusal;
};

/** Logins of the sandbox: all grants, refresh, revoke and the gateway's tokens.

    Refresh follows what was measured on the service: the old access token dies at once (OAU-129, after 10 s
    OAU-213); the old refresh token goes on giving the same new pair until 10 s after the new access token's first
    use, or for an hour when that is never used. So a lost answer can be asked for again. */
class oauth_service {
public:
    oauth_service(sandbox_options const& options, extension_directory const& directory, id_source& ids,
                  std::string websocket_uri);

    [[nodiscard]] std::string const& client_id() const noexcept { return client_id_; }
    [[nodiscard]] std::string const& client_secret() const noexcept { return client_secret_; } ///< empty: public
    [[nodiscard]] std::string jwt(std::string_view extension_id) const;

    [[nodiscard]] http_reply authorize(field_list const& query, wall_time now);
    [[nodiscard]] http_reply token(http_request const& request, wall_time now);
    [[nodiscard]] http_reply revoke(http_request const& request, wall_time now);
    [[nodiscard]] http_reply wstoken(std::shared_ptr<oauth_session> session, wall_time now);

    /// The extension a token request is about, or the app: logins are counted per extension.
    [[nodiscard]] std::string subject(http_request const& request) const;

    [[nodiscard]] bearer check(http_request const& request, field_list const& query, wall_time now);

    /// The same for a request over the gateway, which comes with the login of its connection.
    [[nodiscard]] bearer check(std::shared_ptr<oauth_session> const& session, wall_time now) const;

    /// The session of a token for the gateway, which is then used up; null when it is unknown, used or expired.
    [[nodiscard]] std::shared_ptr<oauth_session> redeem_wstoken(std::string const& token, wall_time now);

    void expire_access_tokens(wall_time now);

private:
    struct authorization_code {
        std::string client_id, redirect_uri, challenge, method;
        wall_time expires;
    };
    struct access_entry {
        std::shared_ptr<oauth_session> session;
        std::optional<wall_time> died; ///< replaced or revoked
    };
    struct wstoken_entry {
        std::shared_ptr<oauth_session> session;
        wall_time expires;
    };

    [[nodiscard]] std::optional<http_reply> refuse_app(http_request const& request, field_list const& form) const;
    [[nodiscard]] std::string extension_of_jwt(std::string_view assertion) const;
    [[nodiscard]] std::optional<http_reply> refuse_code(field_list const& form, wall_time now);
    [[nodiscard]] http_reply log_in(std::string owner_id, field_list const& form, wall_time now);
    [[nodiscard]] http_reply refresh(std::string const& refresh_token, wall_time now);
    [[nodiscard]] http_reply token_reply(oauth_session const& session, wall_time now) const;
    void issue(std::shared_ptr<oauth_session> const& session, wall_time now);
    void end(std::shared_ptr<oauth_session> const& session, wall_time now);
    void forget_the_dead(wall_time now);

    sandbox_options const& options_;
    extension_directory const& directory_;
    id_source& ids_;
    std::string websocket_uri_;
    std::string client_id_;
    std::string client_secret_;
    std::string signature_key_; ///< makes each extension's JWT, so that none need be stored

    std::map<std::string, authorization_code, std::less<>> codes_;
    std::map<std::string, std::shared_ptr<oauth_session>> sessions_; ///< the living, by id
    std::map<std::string, access_entry, std::less<>> access_;        ///< every access token not long dead
    std::map<std::string, std::shared_ptr<oauth_session>, std::less<>> refresh_; ///< null: revoked
    std::map<std::string, wstoken_entry> wstokens_;
    wall_time swept_;
};

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/oauth_service.ipp>
#endif
