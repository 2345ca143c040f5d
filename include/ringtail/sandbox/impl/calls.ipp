// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/calls.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace ringtail {

namespace sandbox_detail {
inline constexpr std::array<std::string_view, 23> call_names{
    "any",                 "authorize",           "token",              "revoke",
    "wstoken",             "subscription_create", "subscription_list",  "subscription_get",
    "subscription_modify", "subscription_renew",  "subscription_delete", "extension_list",
    "presence",            "message_sync",        "call_log",           "pubnub_subscribe",
    "gateway_connect",     "message",
    "gateway_request",     "gateway_heartbeat",   "webhook_validation", "webhook_delivery",
    "other"};

/// Requests of clients, as opposed to what the sandbox sends by itself.
inline bool is_of_client(sandbox_call call) noexcept
{
    return call != sandbox_call::webhook_validation && call != sandbox_call::webhook_delivery;
}
} // namespace sandbox_detail

RINGTAIL_DECL std::string_view to_string(sandbox_call call) noexcept
{
    return sandbox_detail::call_names[static_cast<std::size_t>(call)];
}

RINGTAIL_DECL std::optional<sandbox_call> parse_sandbox_call(std::string_view name) noexcept
{
    auto const& names = sandbox_detail::call_names;
    auto const found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
        return std::nullopt;
    return static_cast<sandbox_call>(found - names.begin());
}

RINGTAIL_DECL std::uint64_t sandbox_statistics::requests(sandbox_call call) const
{
    std::uint64_t sum = 0;
    for (auto const& [each, by_status] : answers)
        if (call == each || (call == sandbox_call::any && sandbox_detail::is_of_client(each)))
            for (auto const& [status, count] : by_status)
                sum += count;
    return sum;
}

RINGTAIL_DECL std::uint64_t sandbox_statistics::requests(sandbox_call call, int status) const
{
    std::uint64_t sum = 0;
    for (auto const& [each, by_status] : answers)
        if (call == each || (call == sandbox_call::any && sandbox_detail::is_of_client(each)))
            if (auto const found = by_status.find(status); found != by_status.end())
                sum += found->second;
    return sum;
}

RINGTAIL_DECL json::value to_json(sandbox_statistics const& statistics)
{
    json::object answers;
    for (auto const& [call, by_status] : statistics.answers) {
        json::object counts;
        for (auto const& [status, count] : by_status)
            counts[std::to_string(status)] = count;
        answers[to_string(call)] = std::move(counts);
    }
    return json::object{{"answers", std::move(answers)},
                        {"connections", statistics.connections},
                        {"throttled", statistics.throttled},
                        {"insidePenalty", statistics.inside_penalty},
                        {"emptyPolls", statistics.empty_polls},
                        {"messagesPublished", statistics.messages_published},
                        {"messagesDelivered", statistics.messages_delivered},
                        {"faults", statistics.faults},
                        {"gatewayConnections", statistics.gateway_connections},
                        {"gatewayOpen", statistics.gateway_open},
                        {"gatewayRefused", statistics.gateway_refused},
                        {"gatewayEarlyFrames", statistics.gateway_early_frames},
                        {"gatewayRequests", statistics.gateway_requests},
                        {"gatewayHeartbeats", statistics.gateway_heartbeats},
                        {"gatewayTimeouts", statistics.gateway_timeouts},
                        {"excessRequests", statistics.excess_requests},
                        {"recoveries", statistics.recoveries},
                        {"failedRecoveries", statistics.failed_recoveries},
                        {"refusedRecoveries", statistics.refused_recoveries},
                        {"messagesReplayed", statistics.messages_replayed},
                        {"messagesOverflowed", statistics.messages_overflowed},
                        {"webhookRepeats", statistics.webhook_repeats},
                        {"webhooksBlacklisted", statistics.webhooks_blacklisted}};
}

} // namespace ringtail
