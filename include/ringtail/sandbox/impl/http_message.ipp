// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/http_message.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace ringtail::sandbox_detail {

RINGTAIL_DECL bool same_text(std::string_view a, std::string_view b) noexcept
{
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

RINGTAIL_DECL void field_list::set(std::string_view name, std::string value)
{
    std::erase_if(fields_, [&](auto const& field) { return same_text(field.first, name); });
    fields_.emplace_back(std::string(name), std::move(value));
}

RINGTAIL_DECL std::optional<std::string> field_list::find(std::string_view name) const
{
    for (auto const& [field, value] : fields_)
        if (same_text(field, name))
            return value;
    return std::nullopt;
}

RINGTAIL_DECL std::vector<std::string> field_list::all(std::string_view name) const
{
    std::vector<std::string> values;
    for (auto const& [field, value] : fields_)
        if (same_text(field, name))
            values.push_back(value);
    return values;
}

RINGTAIL_DECL http_reply json_reply(int status, json::value const& body)
{
    http_reply reply(status, json::serialize(body));
    reply.headers.set("Content-Type", "application/json;charset=utf-8");
    return reply;
}

RINGTAIL_DECL http_reply api_error(int status, std::string_view code, std::string_view message,
                                   std::string_view parameter, std::string_view outer)
{
    json::object entry{{"errorCode", code}, {"message", message}};
    if (!parameter.empty())
        entry["parameterName"] = parameter;
    json::object body{{"errorCode", outer.empty() ? code : outer}, {"message", message}};
    body["errors"] = json::array{std::move(entry)};
    return json_reply(status, std::move(body));
}

RINGTAIL_DECL http_reply oauth_error(int status, std::string_view error, std::string_view code,
                                     std::string_view message)
{
    json::object body{{"error", error}, {"error_description", message}};
    body["errors"] = json::array{json::object{{"errorCode", code}, {"message", message}}};
    return json_reply(status, std::move(body));
}

RINGTAIL_DECL std::string percent_decode(std::string_view text, bool plus_is_space)
{
    auto const digit = [](char c) { // -1: none
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                      : -1;
    };
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
            plain += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            plain += plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    return plain;
}

RINGTAIL_DECL std::string percent_encode(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view unreserved = "-._~";
    std::string encoded;
    for (char const c : text) {
        bool const alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (alphanumeric || unreserved.find(c) != unreserved.npos) {
            encoded += c;
        } else {
            auto const byte = static_cast<unsigned char>(c);
            encoded += {'%', digits[byte >> 4], digits[byte & 15]};
        }
    }
    return encoded;
}

RINGTAIL_DECL field_list parse_parameters(std::string_view text)
{
    field_list fields;
    while (!text.empty()) {
        auto const pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        auto const name = pair.substr(0, pair.find('='));
        auto const value = pair.substr(std::min(pair.size(), name.size() + 1));
        if (!pair.empty())
            fields.add(percent_decode(name, true), percent_decode(value, true));
    }
    return fields;
}

RINGTAIL_DECL split_target::split_target(std::string_view target)
    : path(target.substr(0, target.find('?')))
    , query(parse_parameters(target.substr(std::min(target.size(), path.size() + 1))))
{
}

RINGTAIL_DECL std::vector<std::string_view> split_target::segments() const
{
    std::vector<std::string_view> parts;
    std::string_view rest = path;
    while (!rest.empty()) {
        rest.remove_prefix(rest.front() == '/' ? 1 : 0);
        parts.push_back(rest.substr(0, rest.find('/')));
        rest.remove_prefix(parts.back().size());
    }
    return parts;
}

RINGTAIL_DECL std::string http_date(wall_time when)
{
    namespace chrono = std::chrono;
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const today = chrono::floor<chrono::days>(when);
    chrono::year_month_day const date(today);
    chrono::hh_mm_ss const time(chrono::floor<chrono::seconds>(when) - today);
    auto const two = [](auto number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    return std::string(days[chrono::weekday(today).c_encoding()]) + ", " + two(static_cast<unsigned>(date.day())) + ' ' +
           months[static_cast<unsigned>(date.month()) - 1] + ' ' + std::to_string(static_cast<int>(date.year())) + ' ' + two(time.hours().count()) +
           ':' + two(time.minutes().count()) + ':' + two(time.seconds().count()) + " GMT";
}

} // namespace ringtail::sandbox_detail
