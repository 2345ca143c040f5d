// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/cursor.hpp>
#include <ringtail/detail/text_hash.hpp>
#include <ringtail/error.hpp>
#include <ringtail/timestamp.hpp>

#include <boost/json.hpp>

namespace ringtail {

namespace detail {

// A digit that went wrong must not send a subscription to another time.
inline std::string cursor_check(json::object const& members)
{
    auto const text_of = [&](std::string_view name) {
        auto const* const member = members.if_contains(name);
        return member != nullptr && member->is_string() ? std::string_view(member->get_string()) : std::string_view();
    };
    return text_hash({text_of("transport"), text_of("subscription"), text_of("position"), text_of("owner"), text_of("confirmed"), text_of("complete_until")});
}

} // namespace detail

RINGTAIL_DECL std::string cursor::to_json() const
{
    json::object object;
    object["ringtail_cursor"] = 1;
    object["transport"] = transport();
    object["subscription"] = subscription_id();
    object["position"] = position();
    if (!owner().empty()) {
        object["owner"] = owner();
    }
    if (confirmed_) {
        object["confirmed"] = format_timestamp(*confirmed_);
    }
    if (complete_until_) {
        object["complete_until"] = format_timestamp(*complete_until_);
    }
    object["check"] = detail::cursor_check(object);
    return json::serialize(object);
}

RINGTAIL_DECL cursor cursor::parse(std::string_view text)
{
    auto const refuse = [](std::string const& why) { return failure(error::invalid_cursor, why); };
    error_code broken;
    auto const value = json::parse(text, broken);
    if (broken || !value.is_object()) {
        throw refuse("the saved cursor is not a JSON object (truncated or corrupt)");
    }
    auto const& object = value.get_object();
    auto const* const version = object.if_contains("ringtail_cursor");
    if (version == nullptr || !version->is_int64()) {
        throw refuse("the saved text is not a cursor of this library");
    }
    if (version->get_int64() != 1) {
        throw refuse("the saved cursor has version " + std::to_string(version->get_int64()) + ", this library reads 1");
    }
    auto const text_of = [&](std::string_view name) {
        auto const* const member = object.if_contains(name);
        if (member == nullptr || !member->is_string()) {
            throw refuse("the saved cursor lacks \"" + std::string(name) + '"');
        }
        return json::value_to<std::string>(*member);
    };
    auto result = cursor(text_of("position")).with(text_of("transport"), text_of("subscription"), object.contains("owner") ? text_of("owner") : std::string());
    auto const time_of = [&](std::string_view name) -> std::optional<wall_time> {
        if (!object.contains(name)) {
            return std::nullopt;
        }
        auto const when = parse_timestamp(text_of(name));
        if (!when) {
            throw refuse("the saved cursor's time can't be read");
        }
        return when;
    };
    result.confirmed_ = time_of("confirmed");
    result.complete_until_ = time_of("complete_until");
    if (text_of("check") != detail::cursor_check(object)) {
        throw refuse("the saved cursor is corrupt: its check sum differs");
    }
    return result;
}

} // namespace ringtail
