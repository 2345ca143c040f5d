// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/cursor.hpp>
#include <ringtail/fwd.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringtail::protocol {

/// A position in PubNub's stream: the timetoken (Unix time in 100 ns, 17 digits, kept as text) and the region it is of.
class pubnub_position {
public:
    pubnub_position() = default;
    pubnub_position(std::string_view token, std::string_view where) : timetoken(token), region(where) {}

    /// Read what `text` wrote; nothing if it is something else.
    [[nodiscard]] static std::optional<pubnub_position> parse(std::string_view text);
    /// `timetoken` or `timetoken/region`.
    [[nodiscard]] std::string text() const { return region.empty() ? timetoken : timetoken + '/' + region; }
    [[nodiscard]] bool empty() const noexcept { return timetoken.empty(); }

    std::string timetoken;
    std::string region;
};

/// The timetoken of an instant.
[[nodiscard]] RINGTAIL_DECL std::string timetoken_of(wall_time when);
/// The instant of a timetoken, if it is one.
[[nodiscard]] RINGTAIL_DECL std::optional<wall_time> time_of(std::string_view timetoken);

/** The request target of a subscribe call.

    `/v2/subscribe/{key}/{channels}/0?tt=..&tr=..&uuid=..&pnsdk=..`, or `/subscribe/{key}/{channels}/0/{tt}?..` in the
    legacy form. Channels are percent-encoded and joined by bare commas. */
[[nodiscard]] RINGTAIL_DECL std::string subscribe_target(std::string_view subscriber_key, std::span<std::string const> channels,
                                                         pubnub_position const& from, std::string_view uuid, bool legacy);

} // namespace ringtail::protocol

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/protocol/impl/pubnub_poll.ipp>
#endif
