// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/text_hash.hpp>
#include <ringtail/protocol/percent_encoding.hpp>
#include <ringtail/protocol/pubnub_poll.hpp>
#include <ringtail/version.hpp>

#include <array>
#include <charconv>

namespace ringtail::protocol {

namespace detail {

inline bool only_digits(std::string_view text) noexcept
{
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

using timetoken_ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;

} // namespace detail

RINGTAIL_DECL std::optional<pubnub_position> pubnub_position::parse(std::string_view text)
{
    auto const slash = text.find('/');
    pubnub_position result(text.substr(0, slash), slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1));
    auto const good = !result.timetoken.empty() && result.timetoken.size() <= 20 && result.region.size() <= 20 &&
                      detail::only_digits(result.timetoken) && detail::only_digits(result.region);
    return good ? std::optional(std::move(result)) : std::nullopt;
}

RINGTAIL_DECL std::optional<pubnub_place> pubnub_place::parse(std::string_view text)
{
    std::array<std::string_view, 3> parts; // timetoken, region, mark
    for (auto& part : parts) {
        auto const slash = text.find('/');
        part = text.substr(0, slash);
        text = slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
    }
    auto position = pubnub_position::parse(std::string(parts[0]) + '/' + std::string(parts[1]));
    if (!position || !text.empty() || parts[2].size() > 20) {
        return std::nullopt;
    }
    return pubnub_place(std::move(*position), std::string(parts[2]));
}

RINGTAIL_DECL std::string pubnub_place::text_of(pubnub_position const& position, std::string_view mark)
{
    std::string text;
    text.reserve(position.timetoken.size() + position.region.size() + mark.size() + 2);
    (text.append(position.timetoken) += '/').append(position.region) += '/';
    return text.append(mark);
}

RINGTAIL_DECL std::string pubnub_place::mark_of(std::string_view subscriber_key, std::string_view channel)
{
    return ringtail::detail::text_hash({subscriber_key, channel});
}

RINGTAIL_DECL std::string timetoken_of(wall_time when)
{
    return std::to_string(std::chrono::duration_cast<detail::timetoken_ticks>(when.time_since_epoch()).count());
}

RINGTAIL_DECL std::optional<wall_time> time_of(std::string_view timetoken)
{
    std::int64_t ticks = 0;
    auto const [end, bad] = std::from_chars(timetoken.data(), timetoken.data() + timetoken.size(), ticks);
    auto const latest = std::chrono::duration_cast<detail::timetoken_ticks>(wall_time::duration::max()).count();
    if (bad != std::errc{} || end != timetoken.data() + timetoken.size() || ticks < 0 || ticks > latest) {
        return std::nullopt;
    }
    return wall_time(std::chrono::duration_cast<wall_time::duration>(detail::timetoken_ticks(ticks)));
}

RINGTAIL_DECL bool is_plausible(std::string_view timetoken, wall_time now)
{
    auto const when = time_of(timetoken);
    return timetoken.find_first_not_of('0') != std::string_view::npos && when && *when < now + std::chrono::hours(24 * 366);
}

RINGTAIL_DECL void append_subscribe_target(std::string& text, std::string_view subscriber_key, std::span<std::string const> channels,
                                           pubnub_position const& from, std::string_view uuid, bool legacy)
{
    text += legacy ? "/subscribe/" : "/v2/subscribe/";
    append_percent_encoded(text, subscriber_key);
    for (auto const& channel : channels) {
        text += &channel == channels.data() ? '/' : ',';
        append_percent_encoded(text, channel);
    }
    text += legacy ? "/0/" : "/0?tt=";
    text += from.empty() ? std::string_view("0") : std::string_view(from.timetoken);
    text += legacy ? '?' : '&';
    if (!legacy && !from.region.empty()) {
        text.append("tr=").append(from.region) += '&';
    }
    text += "uuid=";
    append_percent_encoded(text, uuid);
    text += "&pnsdk=ringtail%2F" RINGTAIL_VERSION;
}

RINGTAIL_DECL std::string subscribe_call(std::string_view authority, std::string_view subscriber_key, std::span<std::string const> channels,
                                         pubnub_position const& from, std::string_view uuid, bool legacy)
{
    std::string text;
    text.reserve(512);
    text = "GET ";
    append_subscribe_target(text, subscriber_key, channels, from, uuid, legacy);
    text.append(" HTTP/1.1\r\nHost: ").append(authority);
    text += "\r\nUser-Agent: ringtail/" RINGTAIL_VERSION "\r\nAccept: text/javascript\r\n\r\n";
    return text;
}

} // namespace ringtail::protocol
