// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/protocol/http_date.hpp>
#include <ringtail/protocol/throttle.hpp>

#include <algorithm>
#include <charconv>

namespace ringtail::protocol {

namespace detail {

// Before the first answer tells the budget, so many may be out at once, and for so long.
inline constexpr std::size_t requests_before_first_answer = 2;
inline constexpr duration longest_wait_for_first_answer = std::chrono::seconds(1);
// Without `Retry-After`: the length of the service's windows.
inline constexpr std::chrono::seconds usual_penalty{60};

inline std::optional<std::size_t> count_header(response const& answer, std::string_view name) noexcept
{
    auto const text = answer.header(name);
    std::size_t value = 0;
    auto const bad = std::from_chars(text.data(), text.data() + text.size(), value).ec;
    return bad == std::errc{} ? std::optional(value) : std::nullopt;
}

} // namespace detail

RINGTAIL_DECL std::optional<throttle::hold> throttle::held(api_group group, steady_time now) const noexcept
{
    auto const& at = gates_[index(group)];
    if (at.opens > now) {
        return hold{at.opens, true};
    }
    if (!at.heard && at.out >= detail::requests_before_first_answer) {
        auto const learnt = *at.first_sent + detail::longest_wait_for_first_answer;
        return learnt > now ? std::optional(hold{learnt, false}) : std::nullopt;
    }
    auto const in_window = at.remaining && at.window_ends > now;
    auto const room = in_window ? at.remaining : at.budget;
    if (!room || at.out < *room) {
        return std::nullopt;
    }
    return hold{in_window ? at.window_ends : now + detail::longest_wait_for_first_answer, false};
}

RINGTAIL_DECL void throttle::sent(api_group group, steady_time now) noexcept
{
    auto& at = gates_[index(group)];
    ++at.out;
    if (!at.first_sent) {
        at.first_sent = now;
    }
}

RINGTAIL_DECL void throttle::answered(api_group group, steady_time now, response const& answer) noexcept
{
    auto& at = gates_[index(group)];
    lost(group);
    at.heard = true;
    if (answer.status == 429) {
        auto const wait = std::clamp(retry_after(answer).value_or(detail::usual_penalty), std::chrono::seconds(1), std::chrono::seconds(3'600));
        at.opens = std::max(at.opens, now + wait);
        at.remaining.reset();
        return;
    }
    at.budget = detail::count_header(answer, "X-Rate-Limit-Limit");
    auto const remaining = detail::count_header(answer, "X-Rate-Limit-Remaining");
    auto const window = detail::count_header(answer, "X-Rate-Limit-Window");
    if (!remaining || !window) {
        at.remaining.reset();
        return;
    }
    auto const window_began = !at.remaining || *remaining > *at.remaining || at.window_ends <= now;
    if (window_began) {
        at.window_ends = now + std::chrono::seconds(std::min<std::size_t>(*window, 3'600));
    }
    at.remaining = remaining;
}

RINGTAIL_DECL void throttle::lost(api_group group) noexcept
{
    auto& at = gates_[index(group)];
    at.out -= std::min<std::size_t>(at.out, 1);
}

} // namespace ringtail::protocol
