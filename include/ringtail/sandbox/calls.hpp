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
    pubnub_subscribe,
    message, ///< not a request: one published message on its way to one subscription
    other,
};

[[nodiscard]] RINGTAIL_DECL std::string_view to_string(sandbox_call call) noexcept; ///< `subscription_create`
[[nodiscard]] RINGTAIL_DECL std::optional<sandbox_call> parse_sandbox_call(std::string_view name) noexcept;

/// What happened in a sandbox so far.
class sandbox_statistics {
public:
    sandbox_statistics() {}

    /// Requests of one call (or of `any`), and those of them answered with `status`; 0 are the ones without answer.
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
};

[[nodiscard]] RINGTAIL_DECL json::value to_json(sandbox_statistics const& statistics);

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/calls.ipp>
#endif
