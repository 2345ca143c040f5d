// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/request.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace ringtail::protocol {

/** The gates of one account, one for each API group.

    Every request that the service sees inside a penalty restarts it (vendor's page "Rate limits"), so after a 429 nothing
    of that group may leave before the gate opens. */
class throttle {
public:
    /// When a request of the group may leave; nothing means now.
    [[nodiscard]] std::optional<steady_time> closed_until(api_group group, steady_time now) const noexcept
    {
        auto const opens = opens_[index(group)];
        return opens > now ? std::optional(opens) : std::nullopt;
    }

    /** A 429 came: close the gate of its group.

        @param retry_after  `Retry-After` if there was one; else a minute, the length of the service's windows. */
    void refused(api_group group, steady_time now, std::optional<std::chrono::seconds> retry_after) noexcept
    {
        auto const wait = std::clamp(retry_after.value_or(std::chrono::seconds(60)), std::chrono::seconds(1), std::chrono::seconds(3'600));
        auto& opens = opens_[index(group)];
        opens = std::max(opens, now + wait);
    }

private:
    static constexpr std::size_t index(api_group group) noexcept { return static_cast<std::size_t>(group); }
    std::array<steady_time, 4> opens_{};
};

} // namespace ringtail::protocol
