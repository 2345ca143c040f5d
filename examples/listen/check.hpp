// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "options.hpp"

#include <ringtail.hpp>
#include <ringtail/protocol/http_date.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdio>
#include <string>

namespace app {

/// What a support engineer would ask, step by step; stops at the first step that fails.
class check {
public:
    explicit check(ringtail::client account) : account_(std::move(account)) {}

    /// @return whether all is well
    template <ringtail::transport T, class... Args>
    boost::asio::awaitable<bool> run(ringtail::config settings, ringtail::event_filters filters, Args... args)
    {
        say("environment", "client id, JWT" + std::string(settings.client_secret.empty() ? " (a public application: no secret)" : ", secret") + " set");
        say("server", settings.server_url);
        std::string step = "login";
        std::string trouble;
        try {
            co_await account_.login();
            std::string scopes;
            for (auto const& each : account_.scopes()) {
                scopes += ' ' + each;
            }
            say("login", "as extension " + account_.owner_id());
            step = "clock";
            say("clock", co_await clock());
            step = "scopes";
            check_scopes(filters);
            say("scopes", scopes.empty() ? "not named by the service" : scopes.substr(1));
            step = "create";
            using namespace std::chrono_literals;
            filters.renewal_reminder(10s, 5s);
            auto subscription = co_await account_.create_subscription<T>(filters, std::move(args)...);
            auto const outcome = subscription.outcome();
            say("create", "subscription " + subscription.info().id + ", " + std::to_string(outcome.granted.size()) + " filters granted, " +
                              std::to_string(outcome.refused.size()) + " refused");
            for (auto const& each : outcome.refused) {
                say("refused", each.filter + ' ' + each.reason + ' ' + each.message);
            }
            step = "delivery";
            say("delivery", co_await round_trip(subscription));
            step = "delete";
            co_await subscription.unsubscribe();
            say("delete", "removed");
        } catch (std::exception const& failed) {
            trouble = failed.what();
        }
        if (!trouble.empty()) {
            std::printf("%-12s FAILED  %s\nverdict      not usable: %s\n", step.c_str(), trouble.c_str(), step.c_str());
            co_return false;
        }
        std::printf("verdict      all is well\n");
        co_return true;
    }

private:
    static void say(char const* step, std::string const& what)
    {
        std::printf("%-12s ok      %s\n", step, what.c_str());
        std::fflush(stdout);
    }

    boost::asio::awaitable<std::string> clock()
    {
        ringtail::request wanted("GET", "/restapi/v1.0/subscription", ringtail::api_group::light);
        auto const answer = co_await account_.call(std::move(wanted));
        auto const date = ringtail::protocol::http_date(answer.header("Date"));
        if (!date) {
            co_return "the server names no time";
        }
        auto const here = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
        auto const apart = here - *date;
        co_return (apart < 0 ? -apart : apart) <= 2 ? std::string("agrees with the server's")
                                                    : "differs from the server's by " + std::to_string(apart) + " s (harmless, but set it)";
    }

    void check_scopes(ringtail::event_filters const& filters) const
    {
        auto const scopes = account_.scopes();
        for (auto const& path : filters.paths()) {
            auto const needed = ringtail::required_scope(path);
            auto const covered = std::any_of(scopes.begin(), scopes.end(), [&](auto const& each) { return ringtail::scope_covers(each, needed); });
            if (!scopes.empty() && !covered) {
                throw ringtail::failure(ringtail::error::missing_scope, std::string(needed) + " for " + path);
            }
        }
    }

    // The service reminds of the end of the subscription, which it then reaches soon: one notification all the way.
    static boost::asio::awaitable<std::string> round_trip(ringtail::any_subscription& subscription)
    {
        auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (auto event = co_await subscription.next_event(until)) {
            if (std::holds_alternative<ringtail::notification>(*event)) {
                co_return "a notification arrived";
            }
            if (auto const* const bad = std::get_if<ringtail::undecodable>(&*event)) {
                throw ringtail::failure(ringtail::error::undecodable, bad->reason);
            }
        }
        throw ringtail::failure(ringtail::error::closed);
    }

    ringtail::client account_;
};

} // namespace app
