// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace ringtail {

/// The calls a sandbox serves, as statistics and faults tell them apart.
enum class sandbox_call {
    any, ///< every request
    authorize,
    token,
    revoke,
    wstoken,
    subscription_create,
    subscription_list,
    subscription_get,
    subscription_modify,
    subscription_renew,
    subscription_delete,
    extension_list,
    presence,
    message_sync,
    call_log,
    pubnub_subscribe,
    gateway_connect,    ///< the upgrade to the WebSocket gateway
    message,            ///< not a request: one published message on its way to one subscription
    gateway_request,    ///< not counted: a request over the gateway, besides the call that it is
    gateway_heartbeat,  ///< not counted: a client's `Heartbeat`
    webhook_validation, ///< the sandbox's own request: the handshake with a webhook's address
    webhook_delivery,   ///< ... one notification to a webhook's address
    other,
};

[[nodiscard]] RINGTAIL_DECL std::string_view to_string(sandbox_call call) noexcept; ///< `subscription_create`
[[nodiscard]] RINGTAIL_DECL std::optional<sandbox_call> parse_sandbox_call(std::string_view name) noexcept;

/// What happened in a sandbox so far.
class sandbox_statistics {
public:
    sandbox_statistics() {}

    /// Requests of one call (or of `any`), and those of them answered with `status`; 0 are the ones without answer.
    /// Of the webhook calls these are the sandbox's requests and the listener's answers; `any` leaves them out.
    [[nodiscard]] std::uint64_t requests(sandbox_call call) const;
    [[nodiscard]] std::uint64_t requests(sandbox_call call, int status) const;

    std::map<sandbox_call, std::map<int, std::uint64_t>> answers; ///< by call and status

    std::uint64_t connections = 0;        ///< TCP connections accepted
    std::uint64_t throttled = 0;          ///< requests answered 429 by the rate limits
    std::uint64_t inside_penalty = 0;     ///< those of them that came before the `Retry-After` was over
    std::uint64_t empty_polls = 0;        ///< long polls answered without a message, first ones not counted
    std::uint64_t messages_published = 0; ///< one per subscription hit
    std::uint64_t messages_delivered = 0; ///< handed out in answers; a repeated poll counts again
    std::uint64_t faults = 0;             ///< injected faults that struck

    // The WebSocket gateway
    std::uint64_t gateway_connections = 0; ///< that got as far as `ConnectionDetails`
    std::uint64_t gateway_open = 0;        ///< now, as the sandbox sees it
    std::uint64_t gateway_refused = 0;     ///< for their token
    std::uint64_t gateway_early_frames = 0;///< of clients that did not wait for `ConnectionDetails`; not answered
    std::uint64_t gateway_requests = 0;    ///< over the socket
    std::uint64_t gateway_heartbeats = 0;  ///< from clients
    std::uint64_t gateway_timeouts = 0;    ///< connections closed for silence, for age or for a missing pong
    std::uint64_t excess_requests = 0;     ///< beyond `max_active_requests`
    std::uint64_t recoveries = 0;          ///< answered `Successful`
    std::uint64_t failed_recoveries = 0;   ///< answered `Failed`
    std::uint64_t refused_recoveries = 0;  ///< answered with an `Error` frame, for a malformed `wsc`
    std::uint64_t messages_replayed = 0;   ///< after recoveries
    std::uint64_t messages_overflowed = 0; ///< missed and beyond the recovery buffer, at recoveries

    // Webhooks; their requests and answers are in `answers`
    std::uint64_t webhook_repeats = 0;     ///< deliveries that were tried once more
    std::uint64_t webhooks_blacklisted = 0;
};

[[nodiscard]] RINGTAIL_DECL json::value to_json(sandbox_statistics const& statistics);

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/calls.ipp>
#endif
