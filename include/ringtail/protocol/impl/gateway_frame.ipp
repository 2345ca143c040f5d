// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/protocol/gateway_frame.hpp>
#include <ringtail/protocol/json_scanner.hpp>
#include <ringtail/protocol/json_unescape.hpp>
#include <ringtail/timestamp.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace ringtail::protocol {

namespace detail {

inline std::int64_t integer(std::string_view text) noexcept
{
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// A string or a number, as text without its quotes; unescaped into `spare` if it has to be.
inline bool scalar_member(json_scanner& in, std::string_view& out, std::string& spare)
{
    if (in.peek() == '"') {
        if (!in.string(out)) {
            return false;
        }
        if (in.may_have_escapes()) {
            spare.clear();
            append_unescaped(out, spare);
            out = spare;
        }
        return true;
    }
    auto const content = in.value();
    out = content == "null" ? std::string_view() : content;
    return !content.empty();
}

inline gateway_frame::kind kind_of(std::string_view name) noexcept
{
    using kind = gateway_frame::kind;
    for (auto const& [known, type] : {std::pair("ServerNotification", kind::server_notification), std::pair("ClientRequest", kind::client_request),
                                      std::pair("Heartbeat", kind::heartbeat), std::pair("Error", kind::error),
                                      std::pair("ConnectionDetails", kind::connection_details)}) {
        if (ringtail::detail::equals_ignoring_case(name, known)) {
            return type;
        }
    }
    return kind::unknown;
}

inline bool read_meta(json_scanner& in, gateway_frame& frame)
{
    std::string_view text;
    std::string spare;
    return in.object([&](std::string_view name, json_scanner& value) {
        if (name == "type" || name == "messageId" || name == "status") {
            if (!scalar_member(value, text, spare)) {
                return false;
            }
            if (name == "type") {
                frame.type = kind_of(text);
            } else if (name == "status") {
                frame.status = static_cast<int>(integer(text));
            } else {
                frame.message_id = text;
            }
            return true;
        }
        if (name == "headers" && value.peek() == '{') {
            frame.headers = value.value();
            return !frame.headers.empty();
        }
        if (name == "wsc" && value.peek() == '{') {
            return value.object([&](std::string_view part, json_scanner& inner) {
                if (part != "token" && part != "sequence") {
                    return !inner.value().empty();
                }
                auto const good = scalar_member(inner, text, spare);
                if (part == "token") {
                    frame.session_token = text;
                } else {
                    frame.session_sequence = integer(text);
                }
                return good;
            });
        }
        return !value.value().empty();
    });
}

} // namespace detail

RINGTAIL_DECL bool gateway_frame::parse(std::string_view text)
{
    reset();
    json_scanner in(text);
    std::size_t place = 0;
    auto const read = in.array([&](json_scanner& item) {
        switch (place++) {
        case 0: return item.peek() == '{' && detail::read_meta(item, *this);
        case 1: body = item.unchecked_value(); return !body.empty();
        default: return !item.value().empty();
        }
    });
    return (read && in.at_end() && place != 0) || parse_multipart(text);
}

// The texts keep their memory, for a frame is read into again and again.
RINGTAIL_DECL void gateway_frame::reset()
{
    type = kind::unknown;
    message_id.clear();
    status = 0;
    body = headers = {};
    body_is_json = true;
    session_token.clear();
    session_sequence = 0;
}

// A body that is no JSON stands as it is between boundaries.
RINGTAIL_DECL bool gateway_frame::parse_multipart(std::string_view text)
{
    auto const boundary = text.find(",--Boundary");
    if (boundary == std::string_view::npos) {
        return false;
    }
    reset();
    std::string const whole = std::string(text.substr(0, boundary)) + ']';
    json_scanner in(whole);
    if (!in.array([&](json_scanner& item) { return detail::read_meta(item, *this); }) || !in.at_end()) {
        return false;
    }
    headers = {};
    auto const end = text.rfind(']');
    body = text.substr(boundary + 1, (end == std::string_view::npos ? text.size() : end) - boundary - 1);
    body_is_json = false;
    return true;
}

RINGTAIL_DECL response gateway_frame::to_response() const
{
    response result;
    result.status = status;
    result.body = body == R"("")" || body == "null" ? std::string_view() : body;
    error_code broken;
    auto const lines = headers.empty() ? json::value() : json::parse(headers, broken);
    if (!broken && lines.is_object()) {
        for (auto const& [name, value] : lines.get_object()) {
            result.headers.emplace_back(std::string(name), value.is_string() ? json::value_to<std::string>(value) : json::serialize(value));
        }
    }
    return result;
}

RINGTAIL_DECL bool gateway_details::surely_made_before(wall_time happened) const noexcept
{
    if (!creation_time) {
        return false;
    }
    auto const cut = creation_time->time_since_epoch() % std::chrono::seconds(1) == wall_time::duration::zero();
    return cut ? happened >= *creation_time + std::chrono::seconds(1) : happened > *creation_time;
}

RINGTAIL_DECL gateway_details gateway_details::of(gateway_frame const& frame)
{
    gateway_details result;
    if (frame.body.empty() || !frame.body_is_json) {
        return result;
    }
    std::string_view text;
    std::string spare;
    json_scanner in(frame.body);
    auto const bounded = [](std::string_view from, std::int64_t least, std::int64_t most) { return std::clamp(detail::integer(from), least, most); };
    in.object([&](std::string_view name, json_scanner& value) {
        if (value.peek() == '{' || value.peek() == '[') {
            return !value.value().empty();
        }
        if (!detail::scalar_member(value, text, spare)) {
            return false;
        }
        if (name == "creationTime") {
            result.creation_time = parse_timestamp(text);
        } else if (name == "recoveryTimeout") {
            result.recovery_timeout = std::chrono::seconds(bounded(text, 0, 86'400));
        } else if (name == "idleTimeout") {
            result.idle_timeout = std::chrono::seconds(bounded(text, 1, 86'400));
        } else if (name == "absoluteTimeout") {
            result.absolute_timeout = std::chrono::seconds(bounded(text, 1, 31'536'000));
        } else if (name == "recoveryBufferSize") {
            result.recovery_buffer = static_cast<std::size_t>(bounded(text, 1, 1'000'000));
        } else if (name == "maxActiveRequests") {
            result.most_requests = static_cast<std::size_t>(bounded(text, 1, 1'000));
        } else if (name == "recoveryState") {
            result.recovered = ringtail::detail::equals_ignoring_case(text, "Successful");
        } else if (name == "recoveryErrorCode") {
            result.recovery_error = text;
        }
        return true;
    });
    return result;
}

RINGTAIL_DECL std::string gateway_request(std::string_view message_id, request const& call)
{
    auto const question = call.path.find('?');
    json::object meta;
    meta["type"] = "ClientRequest";
    meta["messageId"] = message_id;
    meta["method"] = call.method;
    meta["path"] = call.path.substr(0, question);
    if (question != std::string::npos) {
        json::object query;
        std::string_view rest = std::string_view(call.path).substr(question + 1);
        while (!rest.empty()) {
            auto const end = std::min(rest.find('&'), rest.size());
            auto const pair = rest.substr(0, end);
            auto const equals = std::min(pair.find('='), pair.size());
            query[pair.substr(0, equals)] = pair.substr(std::min(equals + 1, pair.size()));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        meta["query"] = std::move(query);
    }
    auto text = '[' + json::serialize(meta);
    if (!call.body.empty()) {
        text += ',' + call.body;
    }
    return text + ']';
}

RINGTAIL_DECL std::string gateway_heartbeat(std::string_view message_id)
{
    return json::serialize(json::array{json::object{{"type", "Heartbeat"}, {"messageId", message_id}}});
}

} // namespace ringtail::protocol
