// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/options.hpp>

#include <boost/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace interop {

/// Options of a sandbox from their JSON form: members spelt as in the control API, durations in milliseconds.
inline ringtail::sandbox_options read_settings(boost::json::object const& members)
{
    ringtail::sandbox_options options;
    auto const time = [](auto& option, boost::json::value const& value) {
        using duration = std::remove_reference_t<decltype(option)>;
        option = std::chrono::ceil<duration>(std::chrono::milliseconds(value.to_number<std::int64_t>()));
    };
    for (auto const& [name, value] : members) {
        if (name == "seed")
            options.seed = value.to_number<std::uint64_t>();
        else if (name == "extensions")
            options.extensions = value.to_number<std::size_t>();
        else if (name == "accessTokenLifetime")
            time(options.access_token_lifetime, value);
        else if (name == "subscriptionLifetime")
            time(options.subscription_lifetime, value);
        else if (name == "pollHold")
            time(options.poll_hold, value);
        else if (name == "recoveryTimeout")
            time(options.recovery_timeout, value);
        else if (name == "replayDelay")
            time(options.replay_delay, value);
        else if (name == "idleTimeout")
            time(options.idle_timeout, value);
        else if (name == "pingInterval")
            time(options.ping_interval, value);
        else if (name == "rotateOnRenewal")
            options.rotate_on_renewal = value.as_bool() ? ringtail::sandbox_rotation::channel |
                                                              ringtail::sandbox_rotation::key
                                                        : ringtail::sandbox_rotation::none;
        else if (name == "wstokenLifetime")
            time(options.wstoken_lifetime, value);
        else if (name == "wstokenReusable")
            options.wstoken_reusable = value.as_bool();
        else if (name == "rateLimits")
            options.rate_limits = value.as_bool();
        else
            throw std::invalid_argument("no such setting: " + std::string(name));
    }
    return options;
}

} // namespace interop
