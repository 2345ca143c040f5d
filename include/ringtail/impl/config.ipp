// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/config.hpp>
#include <ringtail/error.hpp>

#include <algorithm>
#include <cstdlib>

namespace ringtail {

RINGTAIL_DECL duration default_retry_policy(retry_attempt const& attempt)
{
    using namespace std::chrono;
    auto const ceiling = attempt.number <= 1 ? 250.0 : std::min(60'000.0, 1'000.0 * static_cast<double>(1ull << std::min<std::size_t>(attempt.number - 2, 6)));
    auto const jittered = milliseconds(static_cast<milliseconds::rep>(ceiling * attempt.random));
    // Spread behind Retry-After too, or all clients of an account come back in the same second.
    return attempt.retry_after ? duration(*attempt.retry_after) + std::min(jittered, milliseconds(1'000)) : jittered;
}

RINGTAIL_DECL config::config() = default;
RINGTAIL_DECL config::config(config const&) = default;
RINGTAIL_DECL config::config(config&&) noexcept = default;
RINGTAIL_DECL config& config::operator=(config const&) = default;
RINGTAIL_DECL config& config::operator=(config&&) noexcept = default;
RINGTAIL_DECL config::~config() = default;

RINGTAIL_DECL config config::from_environment()
{
    auto const variable = [](char const* name) {
        auto const* const value = std::getenv(name);
        return std::string(value != nullptr ? value : "");
    };
    config result;
    result.client_id = variable("RC_APP_CLIENT_ID");
    result.client_secret = secret(variable("RC_APP_CLIENT_SECRET"));
    secret jwt(variable("RC_USER_JWT"));

    std::string missing;
    for (auto const& [absent, name] : {std::pair(result.client_id.empty(), "RC_APP_CLIENT_ID"), std::pair(jwt.empty(), "RC_USER_JWT")}) {
        if (absent) {
            missing += missing.empty() ? name : std::string(" and ") + name;
        }
    }
    if (!missing.empty()) {
        throw failure(error::missing_configuration, "set " + missing);
    }
    result.login = jwt_login(std::move(jwt));
    if (auto url = variable("RC_SERVER_URL"); !url.empty()) {
        result.server_url = std::move(url);
    }
    if (auto origin = variable("RINGTAIL_PUBNUB_ORIGIN"); !origin.empty()) {
        result.pubnub_origin = std::move(origin);
    }
    return result;
}

} // namespace ringtail
