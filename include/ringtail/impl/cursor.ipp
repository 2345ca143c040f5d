// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/cursor.hpp>
#include <ringtail/error.hpp>
#include <ringtail/timestamp.hpp>

#include <boost/json.hpp>

namespace ringtail {

RINGTAIL_DECL std::string cursor::to_json() const
{
    json::object object;
    object["ringtail_cursor"] = 1;
    object["transport"] = transport_;
    object["subscription"] = subscription_id_;
    object["position"] = position_;
    if (confirmed_) {
        object["confirmed"] = format_timestamp(*confirmed_);
    }
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
    cursor result(text_of("position"));
    result.transport_ = text_of("transport");
    result.subscription_id_ = text_of("subscription");
    if (object.contains("confirmed")) {
        result.confirmed_ = parse_timestamp(text_of("confirmed"));
        if (!result.confirmed_) {
            throw refuse("the saved cursor's time can't be read");
        }
    }
    return result;
}

} // namespace ringtail
