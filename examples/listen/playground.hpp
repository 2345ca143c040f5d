// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail.hpp>
#include <ringtail/sandbox.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace app {

/// The sandbox that stands in for an account while no credentials are set, with a call centre at work in it.
class playground {
public:
    explicit playground(boost::asio::any_io_executor const& executor) : sandbox_(executor)
    {
        std::fprintf(stderr, "listen: no credentials set, so this is a sandbox at %s with %zu invented extensions\n",
                     sandbox_.server_url().c_str(), sandbox_.extension_ids().size());
        ringtail::call_center_options day; // a short one: a minute is ten seconds
        day.calls_per_minute = 8;
        day.messages_per_minute = 6;
        day.speed = 6;
        sandbox_.start_call_center(day);
    }

    [[nodiscard]] ringtail::config settings() const
    {
        ringtail::config result;
        result.server_url = sandbox_.server_url();
        result.pubnub_origin = sandbox_.pubnub_origin();
        result.client_id = sandbox_.client_id();
        result.client_secret = ringtail::secret(sandbox_.client_secret());
        result.login = ringtail::jwt_login(ringtail::secret(sandbox_.jwt()));
        return result;
    }

    /// Everybody's calls, and the administrator's messages.
    [[nodiscard]] std::vector<std::string> filters() const
    {
        ringtail::event_filters filters;
        for (auto const& each : sandbox_.extension_ids()) {
            filters.presence(each, ringtail::detailed_telephony_state);
        }
        filters.message_store("~").instant_messages("~");
        return filters.paths();
    }

    void stop() { sandbox_.stop(); }

private:
    ringtail::sandbox sandbox_;
};

} // namespace app
