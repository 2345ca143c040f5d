// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/config.hpp>
#include <ringtail/request.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringtail::protocol {

/// Seconds since 1970 of a `Date` header (RFC 9110 section 5.6.7).
[[nodiscard]] RINGTAIL_DECL std::optional<std::int64_t> http_date(std::string_view text);

/// `Retry-After` of a reply: seconds, or an HTTP date reduced by the reply's own `Date`. Bounded to a day.
[[nodiscard]] RINGTAIL_DECL std::optional<std::chrono::seconds> retry_after(response const& reply);

} // namespace ringtail::protocol

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/protocol/impl/http_date.ipp>
#endif
