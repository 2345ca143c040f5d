// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/services.hpp>

#include <boost/json.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <variant>

namespace sandbox_tests {

using namespace ringtail;
using namespace ringtail::sandbox_detail;
using namespace std::chrono_literals;

inline constexpr char const* jwt_grant_form =
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
inline constexpr char const* detailed_presence =
    R"({"eventFilters":["/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true"],)"
    R"("deliveryMode":{"transportType":"PubNub"}})";

/// The services with a clock moved by hand, and a client that is logged in when asked.
class account {
public:
    explicit account(sandbox_options options = {}) : all(seeded(std::move(options)), "http://127.0.0.1:1") {}

    static sandbox_options seeded(sandbox_options options)
    {
        options.seed = 1;
        return options;
    }

    static json::object object_of(http_reply const& reply) { return json::parse(reply.body).as_object(); }

    http_reply send(http_request request)
    {
        return std::get<http_reply>(all.handle(request, now));
    }

    /// With this app's Basic header.
    http_reply form(std::string path, std::string body)
    {
        http_request request("POST", std::move(path), std::move(body));
        request.headers.set("Content-Type", "application/x-www-form-urlencoded");
        request.headers.set("Authorization",
                            "Basic " + base64_encode(all.oauth().client_id() + ":" + all.oauth().client_secret()));
        return send(std::move(request));
    }

    http_reply login() { return form("/restapi/oauth/token", jwt_grant_form + jwt()); }
    std::string jwt() { return all.oauth().jwt(all.directory().owner_id()); }

    http_reply call(std::string method, std::string path, std::string body = {})
    {
        if (token.empty())
            token = object_of(login())["access_token"].as_string();
        http_request request(std::move(method), std::move(path), std::move(body));
        request.headers.set("Authorization", "Bearer " + token);
        request.headers.set("Content-Type", "application/json");
        return send(std::move(request));
    }

    json::object create(std::string body = detailed_presence)
    {
        auto const reply = call("POST", "/restapi/v1.0/subscription", std::move(body));
        REQUIRE(reply.status == 200);
        return object_of(reply);
    }

    /// One PubNub request; the id of the poll when it waits.
    outcome poll(json::object const& subscription, std::string const& cursor)
    {
        auto const& mode = subscription.at("deliveryMode").as_object();
        std::string const key(mode.at("subscriberKey").as_string());
        std::string const channel(mode.at("address").as_string());
        return all.handle(http_request("GET", "/v2/subscribe/" + key + "/" + channel + "/0?tt=" + cursor), now);
    }

    json::object poll_at_once(json::object const& subscription, std::string const& cursor)
    {
        auto const result = poll(subscription, cursor);
        REQUIRE(std::holds_alternative<http_reply>(result));
        return object_of(std::get<http_reply>(result));
    }

    static std::string cursor_of(json::object const& reply)
    {
        return std::string(reply.at("t").as_object().at("t").as_string());
    }

    wall_time now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 5) + 9h};
    services all;
    std::string token;
};

/// The code that stands innermost in an error body.
inline std::string nested_code(http_reply const& reply)
{
    return std::string(account::object_of(reply)["errors"].as_array().front().as_object()["errorCode"].as_string());
}

} // namespace sandbox_tests
