// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/protocol/failure_table.hpp>
#include <ringtail/protocol/http_date.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace ringtail::protocol {

namespace detail {

class code_row {
public:
    std::string_view code;
    verdict means;
};

// Codes that say more than their HTTP status (vendor's pages "Error codes", "Subscription errors").
inline constexpr auto code_table = std::to_array<code_row>({
    {"SUB-505", verdict::too_many},
    {"SUB-507", verdict::gone},
    {"CMN-102", verdict::gone},
    {"SUB-520", verdict::unreachable},
    {"SUB-521", verdict::unreachable},
    {"SUB-522", verdict::unreachable},
    {"SUB-524", verdict::unreachable},
    {"SUB-525", verdict::unreachable},
    {"SUB-528", verdict::fatal},
    {"CMN-201", verdict::transient},
    {"CMN-203", verdict::transient},
    {"CMN-301", verdict::throttled},
    {"CMN-302", verdict::throttled},
    {"CMN-303", verdict::fatal}, // no plan: waiting changes nothing
    {"CMN-304", verdict::throttled},
    {"CMN-310", verdict::throttled},
});

inline verdict judge_status(int status) noexcept
{
    switch (status) {
    case 0:
    case 408: return verdict::transient;
    case 401: return verdict::unauthorized;
    case 404:
    case 410: return verdict::gone;
    case 429: return verdict::throttled;
    case 501: return verdict::fatal;
    default: return status >= 500 || (status >= 200 && status < 300) ? verdict::transient : verdict::fatal;
    }
}

inline std::string text_member(json::object const& from, std::string_view name)
{
    auto const* const member = from.if_contains(name);
    return member != nullptr && member->is_string() ? json::value_to<std::string>(*member) : std::string();
}

inline std::vector<service_error> listed_errors(std::string_view body)
{
    std::vector<service_error> found;
    error_code broken;
    auto const value = json::parse(body, broken);
    if (broken || !value.is_object()) {
        return found; // an empty body or a page of a proxy says nothing
    }
    auto const& outer = value.get_object();
    auto const first_of = [](json::object const& from, std::initializer_list<std::string_view> names) {
        std::string text;
        for (auto const name : names) {
            text = text.empty() ? text_member(from, name) : text;
        }
        return text;
    };
    auto const code = first_of(outer, {"errorCode", "error"});
    auto const message = first_of(outer, {"description", "error_description", "message"});
    if (!code.empty() || !message.empty()) {
        found.emplace_back(code, message);
    }
    auto const* const nested = outer.if_contains("errors");
    if (nested != nullptr && nested->is_array()) {
        for (auto const& each : nested->get_array()) {
            if (!each.is_object()) {
                continue;
            }
            auto const& inner = each.get_object();
            auto parameter = text_member(inner, "parameterName");
            auto value_of = text_member(inner, "parameterValue");
            auto const* const list = inner.if_contains("parameters");
            if (parameter.empty() && list != nullptr && list->is_array() && !list->get_array().empty() &&
                list->get_array().front().is_object()) {
                auto const& named = list->get_array().front().get_object();
                parameter = text_member(named, "parameterName");
                value_of = text_member(named, "parameterValue");
            }
            if (!value_of.empty()) {
                parameter += '=' + value_of;
            }
            found.emplace_back(text_member(inner, "errorCode"), first_of(inner, {"description", "message"}), std::move(parameter));
        }
    }
    return found;
}

} // namespace detail

RINGTAIL_DECL verdict judge(boost::system::system_error const& failed) noexcept
{
    auto const* const answered = dynamic_cast<failure const*>(&failed);
    if (answered == nullptr) {
        return verdict::transient;
    }
    for (auto const& row : detail::code_table) {
        if (answered->has(row.code) && answered->http_status() != 0) {
            return row.means;
        }
    }
    auto const status = answered->http_status();
    if ((status == 403 || status == 407) && answered->errors().empty()) {
        return verdict::transient; // a proxy's page: the service says what it refuses
    }
    if (status != 0) {
        return detail::judge_status(status);
    }
    auto const code = answered->code();
    if (code == error::subscription_gone) {
        return verdict::gone;
    }
    auto const healing = code == error::connection_failed || code == error::timed_out || code == error::invalid_reply ||
                         code == error::reply_too_large || code == error::service_unavailable || code == error::tls_failed;
    return code == error::throttled ? verdict::throttled : healing ? verdict::transient : verdict::fatal;
}

RINGTAIL_DECL failure failure_of(response const& answer, std::string const& what)
{
    auto errors = detail::listed_errors(answer.body);
    auto const verdict_of_status = detail::judge_status(answer.status);
    auto code = verdict_of_status == verdict::transient      ? error::service_unavailable
                : verdict_of_status == verdict::unauthorized ? error::not_authorized
                : verdict_of_status == verdict::gone         ? error::subscription_gone
                : verdict_of_status == verdict::throttled    ? error::throttled
                                                             : error::refused;
    auto const says = [&](std::string_view wanted) {
        return std::any_of(errors.begin(), errors.end(), [&](auto const& e) { return e.code == wanted; });
    };
    if (says("SUB-505")) {
        code = error::too_many_subscriptions;
    } else if (says("SUB-508") || says("SUB-515") || says("SUB-516")) {
        code = error::invalid_filter;
    }
    auto const id = answer.header("RCRequestId");
    return failure(code, what).with_answer(answer.status, std::move(errors), std::string(id), retry_after(answer));
}

} // namespace ringtail::protocol
