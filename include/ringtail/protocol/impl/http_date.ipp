// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/protocol/http_date.hpp>

#include <algorithm>
#include <charconv>

namespace ringtail::protocol {

// IMF-fixdate, such as "Mon, 05 Jan 2026 09:00:00 GMT"; nobody sends the older forms any more.
RINGTAIL_DECL std::optional<std::int64_t> http_date(std::string_view text)
{
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    auto const number = [&](std::size_t at, std::size_t size) -> int {
        int value = -1;
        if (text.size() >= at + size) {
            std::from_chars(text.data() + at, text.data() + at + size, value);
        }
        return value;
    };
    auto const month = text.size() < 29 ? std::string_view::npos : months.find(text.substr(8, 3));
    auto const day = number(5, 2);
    if (month == std::string_view::npos || month % 3 != 0 || day < 1) {
        return std::nullopt;
    }
    std::chrono::year_month_day const date{std::chrono::year(number(12, 4)),
                                           std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    auto const days = std::chrono::sys_days(date).time_since_epoch().count();
    return days * std::int64_t{86'400} + number(17, 2) * 3'600 + number(20, 2) * 60 + number(23, 2);
}

RINGTAIL_DECL std::optional<std::chrono::seconds> retry_after(response const& reply)
{
    auto const text = reply.header("Retry-After");
    std::int64_t seconds = 0;
    auto const [end, bad] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (bad != std::errc{}) {
        auto const until = http_date(text);
        auto const now = http_date(reply.header("Date"));
        if (!until || !now) {
            return std::nullopt;
        }
        seconds = *until - *now;
    }
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, 86'400));
}

} // namespace ringtail::protocol
