// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace ringtail {

/// When the sandbox encrypts what it delivers over PubNub.
enum class sandbox_encryption {
    as_asked, ///< when the request asks for it, and always when one filter is sensitive, as the service does
    always,   ///< whatever was asked
    never,    ///< not even for sensitive filters
};

/// How instants are spelt in the sandbox's answers; all of these have been seen on the service.
enum class sandbox_time_form {
    zulu_milliseconds, ///< `2026-01-05T09:00:00.123Z`
    zulu_seconds,      ///< `2026-01-05T09:00:00Z`
    offset,            ///< `2026-01-05T09:00:00.123+0000`
    colon_offset,      ///< `2026-01-05T09:00:00+00:00`
    short_offset,      ///< `2026-01-05T09:00:00+00`
};

/// What changes about the address of a PubNub subscription. Combine with `|`.
enum class sandbox_rotation : unsigned { none = 0, channel = 1, key = 2, subscriber_key = 4, all = 7 };

constexpr sandbox_rotation operator|(sandbox_rotation a, sandbox_rotation b) noexcept
{
    return static_cast<sandbox_rotation>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// Whether `part` is among what `whole` changes.
constexpr bool rotates(sandbox_rotation whole, sandbox_rotation part) noexcept
{
    return (static_cast<unsigned>(whole) & static_cast<unsigned>(part)) != 0;
}

/** What a sandbox is like. The defaults are the service's own figures; a test shortens the lifetimes and the hold.

    Wherever the service's behaviour is undocumented or seen both ways, there is a switch for it here. */
class sandbox_options {
public:
    sandbox_options() {} // not an aggregate: it travels through coroutines

    // The place and its people
    std::uint16_t port = 0;         ///< on 127.0.0.1; 0 takes a free one
    std::uint64_t seed = 0;         ///< of all ids, keys and tokens; 0 takes a random one
    std::size_t extensions = 8;     ///< users of the account; the first is the administrator who logs in
    std::string client_id;          ///< empty: generated
    std::string client_secret;      ///< empty: generated
    std::string jwt;                ///< the first extension's; empty: generated
    std::string password = "secret";///< of every extension, for the password grant
    bool public_app = false;        ///< the app has no secret: no `Authorization` header, `client_id` in the form

    // Tokens
    std::chrono::seconds access_token_lifetime{3600};
    std::chrono::seconds refresh_token_lifetime{604800};
    std::chrono::seconds wstoken_lifetime{30};
    bool refresh_tokens = true;         ///< whether the app has them switched on
    std::size_t parallel_sessions = 5;  ///< per user; the oldest is cut beyond; 0 is no limit
    /// Scopes that every token has.
    std::string scope = "A2PSMS CallControl ReadAccounts ReadCallLog ReadMessages ReadPresence RingSense "
                        "SubscriptionWebhook TeamMessaging WebSocketsSubscription";

    // Subscriptions
    std::chrono::milliseconds subscription_lifetime{900'000};         ///< when the request names none
    std::chrono::milliseconds max_subscription_lifetime{604'800'000}; ///< a longer wish is cut to it
    std::size_t subscription_limit = 20;   ///< per user and app, then SUB-505
    sandbox_encryption encryption = sandbox_encryption::as_asked;
    sandbox_rotation rotate_on_renewal = sandbox_rotation::none; ///< at every renewal and modification
    std::size_t late_messages = 0;         ///< so many messages after a rotation still use the old channel and key
    bool refused_filters_fail_call = false;///< 403 for the whole call instead of an entry in `disabledFilters`
    bool messages_of_others = false;       ///< message filters of other extensions are allowed, else SUB-405
    bool relative_uri = false;             ///< `uri` is a bare path
    bool omit_expires_in = false;          ///< only `expirationTime` is sent
    bool omit_date = false;                ///< answers have no `Date`
    bool encryption_as_text = false;       ///< `"true"` and `"false"` instead of booleans
    bool algorithm_none = false;           ///< unencrypted: `"encryptionAlgorithm":"None"` instead of no member
    bool keep_tilde = false;               ///< `~` stays in answers and events instead of becoming an id
    sandbox_time_form time_form = sandbox_time_form::zulu_milliseconds;

    // PubNub
    std::chrono::milliseconds poll_hold{280'000};      ///< a poll without messages is answered after it
    std::size_t buffer_size = 100;                     ///< newest messages kept, and the most in one answer
    std::chrono::milliseconds buffer_age{12 * 60'000}; ///< older messages are forgotten
    int region = 4;                                    ///< `t.r` of the answers
    bool empty_poll_moves_cursor = false;              ///< an empty answer after the hold carries a new `t.t`

    // The WebSocket gateway. Timeouts of 0 never come; `ConnectionDetails` names them in whole seconds, rounded up.
    std::chrono::milliseconds idle_timeout{1'800'000};      ///< without a frame of the client: WSG-902
    std::chrono::milliseconds absolute_timeout{86'400'000}; ///< WSG-903
    std::chrono::milliseconds recovery_timeout{180'000};    ///< a session lives on without a connection; 0: not
    std::size_t recovery_buffer_size = 100;                 ///< newest missed notifications kept for a recovery
    std::size_t max_active_requests = 10;                   ///< more at a time are refused with an `Error` frame
    std::chrono::milliseconds ping_interval{30'000};        ///< the sandbox's own pings
    std::chrono::milliseconds pong_timeout{10'000};         ///< without an answer to one the connection is cut
    std::chrono::milliseconds gateway_latency{0};           ///< of replies
    std::chrono::seconds websocket_lifetime{86'400};        ///< of subscriptions; they are renewed without request
    bool notifications_are_activity = false;      ///< they put off the idle timeout, as frames of the client do
    bool wsc_on_every_frame = false;              ///< else on `ConnectionDetails` and notifications only
    bool wsc_token_per_frame = true;              ///< else one per connection: what was in flight is then lost
    bool wsc_single_use = false;                  ///< recovery voids the tokens of the time before it
    bool awkward_wsc = false;                     ///< its token has characters that a URL must not have
    /// Between `ConnectionDetails` and what a recovery brings. Clients that look for it only once they have read the
    /// former lose what comes in the same read, which over loopback may be all of it.
    std::chrono::milliseconds replay_delay{0};
    bool replay_in_one_segment = false;           ///< with `ConnectionDetails`, so that one read gets it all
    bool details_with_upgrade = false;            ///< `ConnectionDetails` in the segment of the upgrade's answer
    bool gateway_refuses_upgrade = false;         ///< a bad token gets a 401 instead of an `Error` frame
    bool gateway_needs_fresh_token = false;       ///< requests over the socket fail once the access token is expired
    bool wstoken_reusable = false;                ///< for clients that keep it
    bool escaped_slashes = false;                 ///< `\/` in the frames' JSON
    bool loud_error_type = false;                 ///< `ERROR` instead of `Error`

    // Webhooks. Only loopback addresses are posted to; those may be plain HTTP, as no address of the service's may.
    std::chrono::seconds webhook_lifetime{604'800};         ///< when the request names none
    std::chrono::seconds max_webhook_lifetime{630'720'000}; ///< a longer wish is cut to it
    std::chrono::milliseconds webhook_timeout{3'000};       ///< for an answer, to the handshake and to a delivery
    std::size_t webhook_response_limit = 1024;              ///< bytes of the handshake's answer, header included
    std::size_t webhook_attempts = 4;                       ///< for one notification, the first included
    std::chrono::milliseconds webhook_retry_delay{2'000};   ///< before the second attempt; doubled for each further
    std::chrono::milliseconds blacklist_after{600'000};     ///< of failures without a success between them
    std::chrono::milliseconds blacklist_recheck{0};         ///< a handshake so long after it revives; 0: never
    std::string webhook_certificates;             ///< PEM file, trusted for `https://localhost`
    bool validation_token_on_delivery = false;    ///< deliveries carry a `Validation-Token`, too
    bool verification_token_on_validation = true; ///< the handshake carries the `Verification-Token`

    // Rate limits: requests per user, app and group in a window; then 429 for as long as nothing is sent
    bool rate_limits = true;
    std::size_t auth_budget = 5;
    std::size_t light_budget = 50;
    std::size_t medium_budget = 40;
    std::size_t heavy_budget = 10;
    std::chrono::seconds rate_window{60};
    std::chrono::seconds rate_penalty{60};  ///< `Retry-After`; each request inside it starts it anew
    bool retry_after_header = true;         ///< whether a 429 says how long
};

/// How busy the sandbox's virtual people are.
class call_center_options {
public:
    call_center_options() {} // not an aggregate, as above

    double calls_per_minute = 6;            ///< of the whole account
    double messages_per_minute = 3;         ///< text messages, besides the voicemails that missed calls leave
    double speed = 1;                       ///< 10: ten times as fast, in everything
    std::uint64_t seed = 1;                 ///< the same seed and start give the same day
    std::chrono::milliseconds duration{0};  ///< then nothing new begins and the calls end; 0: until stopped
};

} // namespace ringtail
