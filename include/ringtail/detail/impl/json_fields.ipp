// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/json_fields.hpp>
#include <ringtail/error.hpp>
#include <ringtail/timestamp.hpp>
#include <ringtail/values.hpp>

#include <boost/json/value.hpp>

#include <charconv>
#include <cmath>

namespace ringtail::detail {

inline std::optional<std::int64_t> number_in(json::value const& value) noexcept
{
    if (auto const* number = value.if_int64()) {
        return *number;
    }
    if (auto const* number = value.if_double()) {
        // 2^63 is exact as a double: everything below it fits
        if (std::abs(*number) < 9223372036854775808.0 && *number == std::trunc(*number)) {
            return static_cast<std::int64_t>(*number);
        }
    }
    if (auto const* text = value.if_string()) {
        std::int64_t number = 0;
        auto const* const end = text->data() + text->size();
        auto const result = std::from_chars(text->data(), end, number);
        if (result.ec == std::errc{} && result.ptr == end) {
            return number;
        }
    }
    return std::nullopt;
}

inline std::string text_in(json::value const& value)
{
    if (auto const* text = value.if_string()) {
        return {text->data(), text->size()};
    }
    if (auto const* number = value.if_uint64()) {
        return std::to_string(*number);
    }
    auto const number = number_in(value);
    return number ? std::to_string(*number) : std::string{};
}

RINGTAIL_DECL json_fields json_fields::of(json::value const& value, std::string_view what)
{
    auto const* object = value.if_object();
    if (object == nullptr) {
        throw failure(error::invalid_reply, std::string(what) + " is not a JSON object");
    }
    return json_fields(object);
}

RINGTAIL_DECL json::value const* json_fields::find(std::string_view name) const noexcept
{
    return object_ == nullptr ? nullptr : object_->if_contains({name.data(), name.size()});
}

RINGTAIL_DECL std::string json_fields::text(std::string_view name) const
{
    auto const* value = find(name);
    return value == nullptr ? std::string{} : text_in(*value);
}

RINGTAIL_DECL std::optional<bool> json_fields::flag(std::string_view name) const
{
    auto const* value = find(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (auto const* flag = value->if_bool()) {
        return *flag;
    }
    auto const text = text_in(*value);
    if (equal_without_case(text, "true")) {
        return true;
    }
    if (equal_without_case(text, "false")) {
        return false;
    }
    return std::nullopt;
}

RINGTAIL_DECL std::optional<std::int64_t> json_fields::number(std::string_view name) const
{
    auto const* value = find(name);
    return value == nullptr ? std::nullopt : number_in(*value);
}

RINGTAIL_DECL std::optional<std::chrono::seconds> json_fields::seconds(std::string_view name) const
{
    // nothing here lasts longer than a century, and more could not be added to a clock's time safely
    constexpr std::int64_t most = 100LL * 366 * 86'400;
    auto const count = number(name);
    if (!count || *count < 0 || *count > most) {
        return std::nullopt;
    }
    return std::chrono::seconds{*count};
}

RINGTAIL_DECL std::optional<wall_time> json_fields::time(std::string_view name) const
{
    return parse_timestamp(text(name));
}

RINGTAIL_DECL std::vector<std::string> json_fields::texts(std::string_view name) const
{
    std::vector<std::string> found;
    auto const* value = find(name);
    auto const take = [&found](json::value const& each) {
        if (auto text = text_in(each); !text.empty()) {
            found.push_back(std::move(text));
        }
    };
    if (value != nullptr && value->is_array()) {
        auto const& list = value->get_array();
        found.reserve(list.size());
        for (auto const& each : list) {
            take(each);
        }
    } else if (value != nullptr) {
        take(*value);
    }
    return found;
}

RINGTAIL_DECL json_fields json_fields::object(std::string_view name) const
{
    auto const* value = find(name);
    return json_fields(value == nullptr ? nullptr : value->if_object());
}

RINGTAIL_DECL std::vector<json_fields> json_fields::objects(std::string_view name) const
{
    std::vector<json_fields> found;
    auto const* value = find(name);
    auto const* list = value == nullptr ? nullptr : value->if_array();
    if (list != nullptr) {
        found.reserve(list->size());
        for (auto const& each : *list) {
            if (auto const* object = each.if_object()) {
                found.emplace_back(object);
            }
        }
    }
    return found;
}

} // namespace ringtail::detail
