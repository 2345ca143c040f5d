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
