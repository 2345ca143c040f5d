// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringtail {

namespace detail {

/// Takes exactly `count` digits off the front of `rest`; -1 when they are not there.
constexpr int take_digits(std::string_view& rest, std::size_t count) noexcept
{
    if (rest.size() < count) {
        return -1;
    }
    int value = 0;
    for (std::size_t i = 0; i != count; ++i) {
        if (rest[i] < '0' || rest[i] > '9') {
            return -1;
        }
        value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(count);
    return value;
}

constexpr bool take_char(std::string_view& rest, char wanted) noexcept
{
    if (rest.empty() || rest.front() != wanted) {
        return false;
    }
    rest.remove_prefix(1);
    return true;
}

/// The offset from UTC at the end of a time, in seconds; it must be the whole of `rest`.
constexpr std::optional<std::int64_t> take_utc_offset(std::string_view rest) noexcept
{
    if (rest == "Z") {
        return 0;
    }
    bool const east = take_char(rest, '+');
    if (!east && !take_char(rest, '-')) {
        return std::nullopt;
    }
    int const hours = take_digits(rest, 2);
    int minutes = 0;
    if (!rest.empty()) {
        take_char(rest, ':');
        minutes = take_digits(rest, 2);
    }
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || !rest.empty()) {
        return std::nullopt;
    }
    std::int64_t const seconds = hours * 3600 + minutes * 60;
    return east ? seconds : -seconds;
}

} // namespace detail

/** Read a time as the services write it.

    All forms that were seen are taken: `2026-01-05T09:00:00.123Z`, without a fraction, and with `+0000`, `+00:00` or
    `+00` in place of the `Z`; any other offset, and one to nine digits of fraction, work alike. No locale and no time
    zone database is asked. The official JavaScript client normalises the same forms.
    @return the instant; nothing for any other text, for a date or time that does not exist, or for an instant that
    `wall_time` cannot hold (in libstdc++ years before 1678 and after 2261). */
constexpr std::optional<wall_time> parse_timestamp(std::string_view text) noexcept
{
    int const year = detail::take_digits(text, 4);
    bool well_formed = detail::take_char(text, '-');
    int const month = detail::take_digits(text, 2);
    well_formed = well_formed && detail::take_char(text, '-');
    int const day = detail::take_digits(text, 2);
    well_formed = well_formed && detail::take_char(text, 'T');
    int const hour = detail::take_digits(text, 2);
    well_formed = well_formed && detail::take_char(text, ':');
    int const minute = detail::take_digits(text, 2);
    well_formed = well_formed && detail::take_char(text, ':');
    int const second = detail::take_digits(text, 2);
    if (!well_formed || year < 0 || month < 0 || day < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59
        || second < 0 || second > 59) {
        return std::nullopt;
    }
    std::int64_t nanoseconds = 0;
    if (detail::take_char(text, '.')) {
        std::int64_t unit = 1'000'000'000;
        while (unit > 1 && !text.empty() && text.front() >= '0' && text.front() <= '9') {
            unit /= 10;
            nanoseconds += unit * (text.front() - '0');
            text.remove_prefix(1);
        }
        if (unit == 1'000'000'000) {
            return std::nullopt;
        }
    }
    auto const offset = detail::take_utc_offset(text);
    std::chrono::year_month_day const date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!offset || !date.ok()) {
        return std::nullopt;
    }
    using std::chrono::seconds;
    std::int64_t const days = std::chrono::sys_days{date}.time_since_epoch().count();
    std::int64_t const since_epoch = days * 86'400 + hour * 3600 + minute * 60 + second - *offset;
    constexpr std::int64_t latest = std::chrono::duration_cast<seconds>(wall_time::duration::max()).count();
    if (since_epoch >= latest || since_epoch <= -latest) {
        return std::nullopt;
    }
    return wall_time{std::chrono::duration_cast<wall_time::duration>(seconds{since_epoch})
                     + std::chrono::duration_cast<wall_time::duration>(std::chrono::nanoseconds{nanoseconds})};
}

/** Write a time as the services do: `2026-01-05T09:00:00.123Z`, always UTC and milliseconds.
    Anything finer is cut off towards the past. */
RINGTAIL_DECL std::string format_timestamp(wall_time at);

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/timestamp.ipp>
#endif
