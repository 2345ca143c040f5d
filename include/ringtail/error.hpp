// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail {

using boost::system::error_code;

/// What went wrong, in this library's own words. `failure` carries the service's words beside it.
enum class error {
    closed = 1,            ///< the subscription or client was closed
    operation_in_progress, ///< the same operation is already running on this object
    timed_out,             ///< the operation's total deadline passed
    start_timeout,         ///< nothing answered within `config::start_timeout`
    missing_configuration, ///< a required setting or credential is absent
    invalid_argument,      ///< a value that can never work, refused before anything was sent
    insecure_url,          ///< plain http or ws to a host that is not loopback
    bad_credentials,       ///< the login was refused
    not_authorized,        ///< no valid access token, and none could be obtained
    missing_scope,         ///< the token lacks a scope that the call needs (named in the text)
    state_mismatch,        ///< the authorization answer's `state` is not the one that was sent
    refused,               ///< the service refused the request for good
    invalid_filter,        ///< an event filter is malformed or was refused
    too_many_subscriptions,///< the account's limit is reached (SUB-505)
    subscription_gone,     ///< the subscription no longer exists on the server
    throttled,             ///< a rate limit would hold the call longer than its deadline
    service_unavailable,   ///< the service failed, and the retries too
    unusable_key,          ///< the encryption key is not 16 bytes, or the algorithm is unknown
    undecodable,           ///< a payload could not be decoded
    invalid_reply,         ///< the reply is not what the protocol says
    reply_too_large,       ///< a configured bound on the size of a reply was exceeded
    connection_failed,     ///< the connection could not be made or broke
    tls_failed,            ///< the TLS handshake failed: certificate, host name or protocol
    invalid_cursor,        ///< a saved cursor is corrupt, foreign, stale or of a newer version
    unsupported,           ///< what was asked is not possible with this transport
};

RINGTAIL_DECL boost::system::error_category const& error_category() noexcept;

inline error_code make_error_code(error e) noexcept
{
    return {static_cast<int>(e), error_category()};
}

/// One entry of the service's error list. Codes such as `CMN-102` are stable, messages may be localised.
class service_error {
public:
    service_error() = default;
    service_error(std::string its_code, std::string its_message, std::string its_parameter = {})
        : code(std::move(its_code)), message(std::move(its_message)), parameter(std::move(its_parameter))
    {
    }

    std::string code;
    std::string message;
    std::string parameter; ///< name of the request's parameter that it is about, or empty
};

/** What the library throws: an error code together with what the service said.

    `what()` is one line fit for a person: this library's words, the HTTP status, the service's codes and message and
    the request id. It never holds a token, a key or a message body. */
class failure : public boost::system::system_error {
public:
    explicit failure(error_code code, std::string const& text = {});
    failure(failure const&) = default; // and no move: one that was moved from has words, too
    failure& operator=(failure const&) = default;

    /// HTTP status of the answer, 0 when there was none.
    [[nodiscard]] int http_status() const noexcept { return said_->http_status; }

    /** Everything the service listed: the outer error first, then the nested ones, which may differ from it
        (a dead token gives outer `TokenInvalid` and nested `OAU-213`). */
    [[nodiscard]] std::vector<service_error> const& errors() const noexcept { return said_->errors; }

    /// Whether `code` (such as `SUB-505`) is anywhere in `errors()`.
    [[nodiscard]] bool has(std::string_view code) const noexcept;

    /// The service's `RCRequestId`, for a support case; empty when there was none.
    [[nodiscard]] std::string const& request_id() const noexcept { return said_->request_id; }

    /// How long the service asked to wait.
    [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const noexcept { return said_->retry_after; }

    /// A copy that also carries what the service answered; the codes and message join the text.
    [[nodiscard]] failure with_answer(int status, std::vector<service_error> errors, std::string request_id,
                                      std::optional<std::chrono::seconds> retry_after) const;

    /// A copy whose text begins with what was wanted.
    [[nodiscard]] failure during(std::string const& what) const;

    /// One line.
    [[nodiscard]] char const* what() const noexcept override { return said_->text.c_str(); }

private:
    class sayings {
    public:
        std::string text;
        int http_status = 0;
        std::vector<service_error> errors;
        std::string request_id;
        std::optional<std::chrono::seconds> retry_after;
    };

    std::shared_ptr<sayings const> said_; // shared, for copies of an exception must not throw
};

} // namespace ringtail

namespace boost::system {
template <>
struct is_error_code_enum<ringtail::error> : std::true_type {};
} // namespace boost::system

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/error.ipp>
#endif
