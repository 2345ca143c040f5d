// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/sandbox/fault.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace ringtail {

namespace sandbox_detail {
inline constexpr std::array<std::string_view, 37> effect_names{
    "status",     "oauth_error",  "pubnub_error", "garbage",     "html",          "empty",         "oversized",
    "deep_json",  "stall",        "reset",        "lost",        "cut_header",    "cut_body",      "wrong_length",
    "trickle",    "close_after",  "delay",        "refuse_filter", "region_change", "bad_base64",  "bad_padding",
    "not_json",   "wrong_key",    "duplicate",    "drop",
    "no_details", "recovery_refused", "recovery_unsaid", "error_frame", "error_reply", "close_frame",
    "no_pong",    "out_of_order", "boundary",     "binary_frame", "details_again", "no_uri"};

/// A member that counts something; `otherwise` when it is absent.
inline std::size_t count_member(json::object const& object, std::string_view name, std::size_t otherwise)
{
    auto const* const member = object.if_contains(name);
    if (!member)
        return otherwise;
    boost::system::error_code problem;
    auto const value = member->to_number<std::size_t>(problem);
    if (problem)
        throw failure(error::invalid_argument, "fault: " + std::string(name) + " has to be a count");
    return value;
}
} // namespace sandbox_detail

RINGTAIL_DECL std::string_view to_string(fault_effect effect) noexcept
{
    return sandbox_detail::effect_names[static_cast<std::size_t>(effect)];
}

RINGTAIL_DECL std::optional<fault_effect> parse_fault_effect(std::string_view name) noexcept
{
    auto const& names = sandbox_detail::effect_names;
    auto const found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
        return std::nullopt;
    return static_cast<fault_effect>(found - names.begin());
}

RINGTAIL_DECL fault parse_fault(json::value const& description)
{
    using sandbox_detail::count_member;
    auto const* const object = description.if_object();
    if (!object)
        throw failure(error::invalid_argument, "a fault is a JSON object");
    auto const text = [&](std::string_view name) {
        auto const* const member = object->if_contains(name);
        return member && member->is_string() ? std::string(member->get_string()) : std::string();
    };
    auto const call = object->contains("call") ? parse_sandbox_call(text("call")) : sandbox_call::any;
    auto const effect = parse_fault_effect(text("effect"));
    if (!call || !effect)
        throw failure(error::invalid_argument, call ? "fault: unknown effect" : "fault: unknown call");

    fault made(*call, *effect);
    made.http_status = static_cast<int>(std::min<std::size_t>(999, count_member(*object, "status", 500)));
    made.size = count_member(*object, "size", 0);
    made.delay = std::chrono::milliseconds(count_member(*object, "delay", 0));
    made.part = text("part");
    made.to_skip = count_member(*object, "after", 0);
    made.period = std::max<std::size_t>(1, count_member(*object, "every", 1));
    made.left = count_member(*object, "times", 1);
    if (made.left == 0u || (made.period > 1 && !object->contains("times")))
        made.always();
    if (object->contains("retryAfter"))
        made.retry_after = std::chrono::seconds(count_member(*object, "retryAfter", 0));
    if (auto const* const codes = object->if_contains("codes"); codes && codes->is_array())
        for (auto const& code : codes->get_array())
            if (code.is_string())
                made.codes.emplace_back(code.get_string());
    return made;
}

} // namespace ringtail
