// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/request.hpp>

#include <string_view>

namespace ringtail::protocol {

/// What a failure means for whoever wanted the call: this is the one place that decides it.
enum class verdict {
    transient,    ///< the same request may succeed later
    throttled,    ///< later, and not before the gate of its group opens
    unauthorized, ///< with another access token
    unreachable,  ///< once the service reaches our webhook: a mistake at the start, an outage later
    gone,         ///< the subscription does not exist any more: create it again
    too_many,     ///< the account's limit of subscriptions (SUB-505): a person must decide which one goes
    fatal,        ///< never
};

/** Judge what was thrown by a call.

    No answer at all is transient; so is an answer that is not what the service would say (a proxy's page, a truncated
    body). A failed certificate is fatal at the start and transient later: the caller knows which. */
RINGTAIL_DECL verdict judge(boost::system::system_error const& failed) noexcept;

/// Whether the service said that it did not do what it was asked; any other failure leaves that open.
[[nodiscard]] inline bool was_refused(failure const& why) noexcept
{
    return why.http_status() >= 400 && why.http_status() < 500;
}

/// The failure that an unsuccessful answer of the API or of its OAuth endpoints stands for.
[[nodiscard]] RINGTAIL_DECL failure failure_of(response const& answer, std::string const& what);

} // namespace ringtail::protocol

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/protocol/impl/failure_table.ipp>
#endif
