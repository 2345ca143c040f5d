// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/timestamp.hpp>

namespace ringtail {

RINGTAIL_DECL std::string format_timestamp(wall_time at)
{
    auto const midnight = std::chrono::floor<std::chrono::days>(at);
    std::chrono::year_month_day const date{midnight};
    std::chrono::hh_mm_ss const time{std::chrono::floor<std::chrono::milliseconds>(at - midnight)};

    std::string text = "0000-00-00T00:00:00.000Z";
    auto const put = [&text](std::size_t last, std::size_t digits, long long value) {
        for (; digits != 0; --digits, --last, value /= 10) {
            text[last] = static_cast<char>('0' + value % 10);
        }
    };
    put(3, 4, static_cast<int>(date.year()));
    put(6, 2, static_cast<unsigned>(date.month()));
    put(9, 2, static_cast<unsigned>(date.day()));
    put(12, 2, time.hours().count());
    put(15, 2, time.minutes().count());
    put(18, 2, time.seconds().count());
    put(22, 3, time.subseconds().count());
    return text;
}

} // namespace ringtail
