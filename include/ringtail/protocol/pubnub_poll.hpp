// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/cursor.hpp>
#include <ringtail/fwd.hpp>

#include <chrono>
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

/** What a program saves: a position, and of which channel.

    Another channel may be in use when it is taken up again; what was on its way by this one is then lost. */
class pubnub_place {
public:
    pubnub_place() = default;
    pubnub_place(pubnub_position at, std::string its_mark) : position(std::move(at)), mark(std::move(its_mark)) {}

    /// Read what `text` wrote, or a position alone; nothing if it is something else.
    [[nodiscard]] static std::optional<pubnub_place> parse(std::string_view text);
    /// `timetoken/region/mark`.
    [[nodiscard]] std::string text() const { return text_of(position, mark); }
    [[nodiscard]] static std::string text_of(pubnub_position const& position, std::string_view mark);
    /// Of more channels than one: what the former ones still hold is none of any one's.
    static constexpr std::string_view mark_of_several = "several";
    /// Of a channel: short, and no way back to its name.
    [[nodiscard]] static std::string mark_of(std::string_view subscriber_key, std::string_view channel);

    pubnub_position position;
    std::string mark; ///< empty: unknown
};

/// From a question that was answered with nothing to the next one. PubNub holds such a poll for minutes; what stands in its place and
/// answers at once would be asked thousands of times a second.
inline constexpr std::chrono::milliseconds between_empty_polls{100};

/// The timetoken of an instant.
[[nodiscard]] RINGTAIL_DECL std::string timetoken_of(wall_time when);
/// The instant of a timetoken, if it is one.
[[nodiscard]] RINGTAIL_DECL std::optional<wall_time> time_of(std::string_view timetoken);
/// Whether a poll may begin there: from a time to come PubNub says nothing until then, and from 0 only what is new.
[[nodiscard]] RINGTAIL_DECL bool is_plausible(std::string_view timetoken, wall_time now);
/// Whether one is of an earlier instant than the other; both are digits.
[[nodiscard]] inline bool is_before(std::string_view timetoken, std::string_view other) noexcept
{
    return timetoken.size() != other.size() ? timetoken.size() < other.size() : timetoken < other;
}

/** Append the request target of a subscribe call.

    `/v2/subscribe/{key}/{channels}/0?tt=..&tr=..&uuid=..&pnsdk=..`, or `/subscribe/{key}/{channels}/0/{tt}?..` in the
    legacy form. Channels are percent-encoded and joined by bare commas. */
RINGTAIL_DECL void append_subscribe_target(std::string& text, std::string_view subscriber_key, std::span<std::string const> channels,
                                           pubnub_position const& from, std::string_view uuid, bool legacy);

/// The call as an HTTP request, in one piece so that it leaves in one segment. @param authority  of PubNub's origin
[[nodiscard]] RINGTAIL_DECL std::string subscribe_call(std::string_view authority, std::string_view subscriber_key, std::span<std::string const> channels,
                                                       pubnub_position const& from, std::string_view uuid, bool legacy);

} // namespace ringtail::protocol

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/protocol/impl/pubnub_poll.ipp>
#endif
