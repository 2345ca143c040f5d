// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/credentials.hpp>
#include <ringtail/fwd.hpp>
#include <ringtail/log.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace ringtail {

/// What a retry policy is told about the attempt that failed.
class retry_attempt {
public:
    retry_attempt(std::size_t failures_in_a_row, std::optional<std::chrono::seconds> server_asked, double random_fraction)
        : number(failures_in_a_row), retry_after(server_asked), random(random_fraction)
    {
    }
    std::size_t number;                              ///< failures in a row, 1 at the first
    std::optional<std::chrono::seconds> retry_after; ///< `Retry-After`, if the server sent one
    double random;                                   ///< in [0, 1), for jitter
};

/// How long to wait before the next attempt. Asked for each attempt; must not throw.
using retry_policy = std::function<duration(retry_attempt const&)>;

/// At once (within 250 ms) first, then 1 s doubling to 60 s, with full jitter; never before `Retry-After` is over.
RINGTAIL_DECL duration default_retry_policy(retry_attempt const& attempt);

/** One account's settings. Every bound of the library has its name and default here. */
class config {
public:
    config();
    config(config const&);
    config(config&&) noexcept;
    config& operator=(config const&);
    config& operator=(config&&) noexcept;
    ~config();

    /** From the vendor's environment variables: RC_SERVER_URL, RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET, RC_USER_JWT, and
        RINGTAIL_PUBNUB_ORIGIN.

        @throws failure(error::missing_configuration) naming the variables that are not set; only the secret (a public
        application has none), the server and the origin may be absent. */
    [[nodiscard]] static config from_environment();

    std::string server_url = "https://platform.ringcentral.com";
    std::string client_id;
    secret client_secret; ///< empty for a public application
    credentials login;
    /// Sent as the application's part of `User-Agent` and `X-User-Agent`, such as `Switchboard/2.1`.
    std::string application = "ringtail-application/1.0";
    /// Plain http or ws to hosts that are not loopback; tokens then cross the network unprotected.
    bool allow_unencrypted_connections = false;

    std::chrono::seconds start_timeout{60};  ///< how long a start is tried while there is no network or service
    std::chrono::seconds call_timeout{30};   ///< one API call with all its repeats
    std::chrono::seconds connect_timeout{10};///< name, TCP and TLS of one attempt
    retry_policy retry = default_retry_policy;

    std::size_t queue_capacity = 1'024;                  ///< events waiting to be taken
    std::size_t duplicate_window = 1'024;                ///< uuids remembered to remove duplicates
    std::size_t max_response_size = 16 * 1'024 * 1'024;  ///< bytes of one reply's body
    std::size_t max_header_size = 64 * 1'024;            ///< bytes of one reply's header
    std::size_t max_json_depth = 64;
    std::size_t creations_per_ten_minutes = 5; ///< how often one subscription may be created again

    /// `expiresIn` to ask for; the service's default unless given (about 900 s for PubNub, a week for web hooks).
    std::optional<std::chrono::seconds> subscription_lifetime;
    bool renew_subscriptions = true; ///< false leaves it to `any_subscription::renew`
    std::chrono::seconds repair_timeout{180};     ///< one repair of a gap with all the lists it reads
    std::size_t repair_max_records = 10'000;      ///< of one list; then its filters are unhealed
    std::chrono::seconds audit_interval{300}; ///< `GET` of the subscription after so long without traffic

    /// The service's own PubNub host unless told otherwise.
    std::string pubnub_origin = "https://ringcentral.pubnubapi.com";
    std::chrono::seconds pubnub_read_timeout{310};  ///< the server holds a poll for up to 280 s
    std::chrono::seconds pubnub_resume_window{120}; ///< a position older than this may have left the server's buffer
    /// Start at the subscription's creation rather than "from now on", so that its first moments are not missed.
    bool pubnub_start_at_creation = true;
    std::chrono::seconds pubnub_start_margin{10}; ///< allowance for clocks that differ between the two services
    std::chrono::seconds pubnub_drain_time{10};   ///< how long the old channel is still heard after a change
    std::size_t pubnub_buffer_size = 100;         ///< messages the server keeps; a reply this large may hide a loss
    bool pubnub_legacy = false;                   ///< use `/subscribe/` instead of `/v2/subscribe/`
    std::size_t pubnub_channels_per_poll = 50;    ///< of `pooled_pubnub`; PubNub advises 30 to 50
    std::size_t pubnub_poll_url_size = 8'000;     ///< bytes of the channels that share a poll; PubNub refuses some 32 KiB

    std::chrono::seconds gateway_details_timeout{15}; ///< from the connection to the gateway's first frame
    std::chrono::seconds gateway_heartbeat{60};       ///< silence before a heartbeat; a third of the idle timeout if less
    std::chrono::seconds gateway_patience{15};        ///< without any frame after a heartbeat: the connection is dead
    std::chrono::milliseconds gateway_replay_hold{250}; ///< how long a replay is collected before it is delivered

    std::size_t webhook_max_body = 1'024 * 1'024;     ///< bytes of one delivery; more is answered 413
    std::size_t webhook_max_connections = 256;        ///< to one port; the one that was idle for longest makes room
    std::chrono::seconds webhook_request_timeout{10}; ///< from a request's first byte to its last, then 408
    std::chrono::seconds webhook_idle_timeout{75};    ///< how long a kept connection may be silent

    std::optional<std::chrono::seconds> access_token_ttl;  ///< 600 to 3600
    std::optional<std::chrono::seconds> refresh_token_ttl; ///< up to 2592000
    /** Given each new refresh token, on the strand and before anybody uses what came with it: for programs that go on with
        their session after a restart (`client::resume_session`). It is worth a password; must not throw. */
    std::function<void(secret const& refresh_token)> keep_refresh_token;

    log_sink log;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/config.ipp>
#endif
