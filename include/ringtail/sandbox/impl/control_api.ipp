// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/sandbox/control_api.hpp>

#include <boost/json.hpp>

#include <cmath>
#include <utility>

namespace ringtail::sandbox_detail {

/// What the caller did wrong, as opposed to what the sandbox pretends.
inline http_reply control_error(int status, std::string_view words)
{
    return json_reply(status, json::object{{"error", words}});
}

inline http_reply done_or_missing(bool done)
{
    return done ? json_reply(200, json::object()) : control_error(404, "no such subscription");
}

inline json::object describe_account(services& all)
{
    json::array extensions;
    for (auto const& person : all.directory().people())
        extensions.push_back(json::object{{"id", person.id_text()},
                                          {"extensionNumber", person.number},
                                          {"name", person.name()},
                                          {"jwt", all.oauth().jwt(person.id_text())}});
    return json::object{{"serverUrl", all.origin()},
                        {"pubnubOrigin", all.origin()},
                        {"clientId", all.oauth().client_id()},
                        {"clientSecret", all.oauth().client_secret()},
                        {"jwt", all.oauth().jwt(all.directory().owner_id())},
                        {"accountId", all.directory().account_id()},
                        {"extensions", std::move(extensions)}};
}

inline sandbox_rotation rotation_of(json::object const& body)
{
    auto const has = [&](std::string_view name) {
        auto const* const member = body.if_contains(name);
        return member && *member == json::value(true);
    };
    using enum sandbox_rotation;
    return (has("channel") ? channel : none) | (has("key") ? key : none) |
           (has("subscriberKey") ? subscriber_key : none);
}

inline call_center_options call_center_of(json::object const& body)
{
    call_center_options options;
    auto const read = [&](std::string_view name, double otherwise) {
        auto const* const member = body.if_contains(name);
        boost::system::error_code problem;
        auto const value = member ? member->to_number<double>(problem) : otherwise;
        if (problem || !std::isfinite(value) || value < 0 || value > 1e12)
            throw failure(error::invalid_argument, std::string(name) + " has to be a number, not below 0");
        return value;
    };
    options.calls_per_minute = read("callsPerMinute", options.calls_per_minute);
    options.messages_per_minute = read("messagesPerMinute", options.messages_per_minute);
    options.speed = read("speed", options.speed);
    options.seed = static_cast<std::uint64_t>(read("seed", static_cast<double>(options.seed)));
    options.duration = std::chrono::milliseconds(static_cast<std::int64_t>(read("duration", 0)));
    return options;
}

inline http_reply control_subscription(services& all, std::string const& method, std::string const& id,
                                       std::string_view verb, json::object const& body, wall_time now)
{
    auto& subscriptions = all.subscriptions();
    if (method == "DELETE" && verb.empty())
        return done_or_missing(subscriptions.erase(id));
    if (method == "POST" && verb == "expire")
        return done_or_missing(subscriptions.expire(id, now));
    if (method == "POST" && verb == "suspend")
        return done_or_missing(subscriptions.suspend(id));
    if (method == "POST" && verb == "rotate")
        return done_or_missing(subscriptions.rotate(id, rotation_of(body)));
    return control_error(404, "no such call");
}

inline http_reply control(services& all, std::string const& method, std::vector<std::string_view> const& parts,
                          json::object const& body, wall_time now)
{
    auto const part = [&](std::size_t i) { return i < parts.size() ? parts[i] : std::string_view(); };
    auto const text = [&](std::string_view name) {
        auto const* const member = body.if_contains(name);
        if (!member || !member->is_string())
            throw failure(error::invalid_argument, std::string(name) + " has to be a text");
        return std::string(member->get_string());
    };
    auto const is = [&](std::string_view wanted_method, std::string_view name) {
        return method == wanted_method && part(1) == name && parts.size() == 2;
    };
    if (is("GET", "account"))
        return json_reply(200, describe_account(all));
    if (is("GET", "statistics"))
        return json_reply(200, to_json(all.statistics()));
    if (is("POST", "publish")) {
        auto const* const content = body.if_contains("body");
        auto const hit = all.publish(text("event"), content ? *content : json::value(), now);
        return json_reply(200, json::object{{"subscriptions", hit}});
    }
    if (is("POST", "publish-raw"))
        return done_or_missing(all.publish_raw(text("subscriptionId"), text("text"), now));
    if (is("POST", "faults")) {
        all.inject(parse_fault(body));
        return json_reply(200, json::object());
    }
    if (is("DELETE", "faults")) {
        all.clear_faults();
        return json_reply(200, json::object());
    }
    if (method == "POST" && part(1) == "gateway" && part(2) == "disturb" && parts.size() == 3)
        return json_reply(200, json::object{{"connections", all.disturb_gateway(parse_fault(body), now)}});
    if (is("POST", "call-center")) {
        all.people().start(call_center_of(body), now);
        return json_reply(200, json::object());
    }
    if (is("DELETE", "call-center")) {
        all.people().stop();
        return json_reply(200, json::object());
    }
    if (is("GET", "subscriptions")) {
        json::array ids;
        for (auto const& id : all.subscriptions().living(now))
            ids.emplace_back(id);
        return json_reply(200, json::object{{"ids", std::move(ids)}});
    }
    if (method == "POST" && part(1) == "tokens" && part(2) == "expire") {
        all.oauth().expire_access_tokens(now);
        return json_reply(200, json::object());
    }
    if (part(1) == "subscriptions" && parts.size() >= 3)
        return control_subscription(all, method, percent_decode(part(2)), part(3), body, now);
    return control_error(404, "no such call");
}

RINGTAIL_DECL http_reply control_api(services& all, http_request const& request, wall_time now)
{
    split_target const target(request.target);
    boost::system::error_code problem;
    auto const body = request.body.empty() ? json::value(json::object()) : json::parse(request.body, problem);
    if (problem || !body.is_object())
        return control_error(400, "the body has to be a JSON object");
    try {
        return control(all, request.method, target.segments(), body.get_object(), now);
    } catch (failure const& wrong) {
        return control_error(400, wrong.what());
    }
}

} // namespace ringtail::sandbox_detail
