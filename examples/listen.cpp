// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// Follow an account from the command line; see listen/options.hpp for what it understands. Without credentials it plays
// against a sandbox in the same process.
#include "listen/check.hpp"
#include "listen/forwarder.hpp"
#include "listen/options.hpp"
#include "listen/output.hpp"
#include "listen/playground.hpp"
#include "listen/state_file.hpp"
#include "listen/webhook_address.hpp"

#include <ringtail.hpp>
#include <ringtail/pubnub.hpp>
#include <ringtail/webhook.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>

namespace {

namespace asio = boost::asio;

/// What happened, for the last line.
class tally {
public:
    std::uint64_t notifications = 0;
    std::uint64_t gaps = 0;
    std::uint64_t undecodable = 0;

    void add(ringtail::event const& what)
    {
        notifications += std::holds_alternative<ringtail::notification>(what) ? 1u : 0u;
        gaps += std::holds_alternative<ringtail::gap>(what) ? 1u : 0u;
        undecodable += std::holds_alternative<ringtail::undecodable>(what) ? 1u : 0u;
    }
};

ringtail::event_filters filters_of(app::options const& wanted)
{
    ringtail::event_filters filters;
    if (wanted.filters.empty()) {
        filters.presence("~", ringtail::detailed_telephony_state).message_store("~");
    }
    for (auto const& each : wanted.filters) {
        filters.raw(each);
    }
    return filters;
}

/// Subscribe, or go on with the subscription of the saved position.
template <ringtail::transport T, class... Args>
asio::awaitable<ringtail::any_subscription> subscribe(ringtail::client account, ringtail::event_filters filters,
                                                      std::optional<ringtail::cursor> saved, Args... args)
{
    if (saved) {
        co_return co_await account.adopt_subscription<T>(std::move(*saved), std::move(filters), std::move(args)...);
    }
    co_return co_await account.create_subscription<T>(std::move(filters), std::move(args)...);
}

asio::awaitable<ringtail::any_subscription> subscribe_as_wanted(app::options const& wanted, ringtail::client account,
                                                                std::optional<ringtail::cursor> saved)
{
    if (wanted.transport == "websocket") {
        return subscribe<ringtail::websocket>(account, filters_of(wanted), std::move(saved));
    }
    if (wanted.transport == "webhook") {
        return subscribe<ringtail::webhook>(account, filters_of(wanted), std::move(saved), app::webhook_of(wanted));
    }
    return subscribe<ringtail::pubnub>(account, filters_of(wanted), std::move(saved));
}

/// The loop, until it is cancelled, has counted far enough, or the subscription ends.
asio::awaitable<void> follow(app::options const& wanted, ringtail::any_subscription& subscription, app::state_file* state,
                             app::forwarder* forwards, app::output& out, tally& seen)
{
    while (!wanted.count || seen.notifications < *wanted.count) {
        auto event = subscription.try_next_event();
        if (!event) {
            // Everything before is acknowledged by now.
            if (state != nullptr) {
                state->save(subscription.cursor());
            }
            event = co_await subscription.next_event();
            if (!event) {
                co_return;
            }
        }
        auto const* const notification = std::get_if<ringtail::notification>(&*event);
        if (forwards != nullptr && notification != nullptr) {
            std::string json(notification->json());
            co_await forwards->forward(std::move(json));
        }
        out.print(*event);
        seen.add(*event);
        if (!out.good()) {
            co_return; // nobody reads any more
        }
    }
    // The last one counts as taken: it is printed.
    subscription.acknowledge();
    if (state != nullptr) {
        state->save(subscription.cursor());
    }
}

asio::awaitable<void> run(app::options const& wanted, ringtail::environment environment, ringtail::config settings, app::output& out, tally& seen)
{
    std::optional<app::state_file> state;
    std::optional<ringtail::cursor> saved;
    if (!wanted.state_file.empty()) {
        state.emplace(wanted.state_file);
        saved = state->load();
    }
    std::optional<app::forwarder> forwards;
    if (!wanted.forward_to.empty()) {
        forwards.emplace(environment.services(), wanted.forward_to);
    }
    std::optional<ringtail::secret> session;
    if (wanted.keep_session) {
        auto const file = std::make_shared<app::session_file>(wanted.state_file);
        session = file->load();
        settings.keep_refresh_token = [file](ringtail::secret const& token) {
            try {
                file->save(token);
            } catch (std::exception const& failed) {
                std::cerr << "listen: " << failed.what() << '\n'; // the next start logs in again
            }
        };
    }
    ringtail::client account(environment, settings);
    if (session) {
        account.resume_session(std::move(*session));
    }
    auto subscription = co_await subscribe_as_wanted(wanted, account, std::move(saved));

    std::exception_ptr stopped;
    try {
        co_await follow(wanted, subscription, state ? &*state : nullptr, forwards ? &*forwards : nullptr, out, seen);
    } catch (...) {
        stopped = std::current_exception();
    }
    // A cancelled coroutine throws at each further wait; the goodbye must not.
    co_await asio::this_coro::reset_cancellation_state();
    if (!state) {
        try {
            co_await subscription.unsubscribe();
        } catch (std::exception const&) {
            // it expires by itself
        }
    }
    if (stopped) {
        std::rethrow_exception(stopped);
    }
}

asio::awaitable<void> run_check(app::options const& wanted, ringtail::environment environment, ringtail::config settings)
{
    settings.subscription_lifetime = std::chrono::seconds(20);
    settings.renew_subscriptions = false;
    ringtail::client account(environment, settings);
    app::check steps(account);
    auto filters = filters_of(wanted);
    auto well = false;
    if (wanted.transport == "websocket") {
        well = co_await steps.run<ringtail::websocket>(settings, filters);
    } else if (wanted.transport == "webhook") {
        well = co_await steps.run<ringtail::webhook>(settings, filters, app::webhook_of(wanted));
    } else {
        well = co_await steps.run<ringtail::pubnub>(settings, filters);
    }
    if (!well) {
        throw std::runtime_error("the check failed");
    }
}

bool any_credentials()
{
    auto const set = [](char const* name) {
        auto const* const value = std::getenv(name);
        return value != nullptr && *value != '\0';
    };
    return set("RC_APP_CLIENT_ID") || set("RC_APP_CLIENT_SECRET") || set("RC_USER_JWT");
}

int listen_main(int argc, char** argv)
{
    auto wanted = app::options::parse(argc, argv);
    if (wanted.help) {
        std::cout << app::usage;
        return 0;
    }
    asio::io_context context(1);
    std::optional<app::playground> playground;
    ringtail::config settings;
    if (any_credentials()) {
        try {
            settings = ringtail::config::from_environment();
        } catch (ringtail::failure const& missing) {
            throw app::usage_error(missing.what());
        }
    } else if (wanted.server.empty() && std::getenv("RC_SERVER_URL") == nullptr) {
        playground.emplace(context.get_executor());
        settings = playground->settings();
        if (!wanted.run_for && !wanted.count && !wanted.check) {
            wanted.run_for = std::chrono::seconds(30);
        }
        if (wanted.filters.empty()) {
            wanted.filters = playground->filters();
        }
    } else {
        throw app::usage_error("set RC_APP_CLIENT_ID and RC_USER_JWT");
    }
    if (!wanted.server.empty()) {
        settings.server_url = wanted.server;
    }
    if (!wanted.pubnub_origin.empty()) {
        settings.pubnub_origin = wanted.pubnub_origin;
    }
    settings.application = "ringtail-listen/" RINGTAIL_VERSION;
    settings.log = [](ringtail::log_level level, std::string_view line) {
        static bool const wordy = std::getenv("RINGTAIL_LOG") != nullptr;
        if (wordy || level == ringtail::log_level::error) {
            std::cerr << "listen: " << line << '\n';
        }
    };

    ringtail::environment environment(context.get_executor());
    app::output out(wanted.json, wanted.quiet);
    tally seen;
    std::exception_ptr ended;
    auto asked_to_stop = false;
    asio::cancellation_signal cancel;
    asio::steady_timer patience(context);
    asio::steady_timer duration(context);
    asio::signal_set signals(context, SIGINT, SIGTERM);
    std::signal(SIGPIPE, SIG_IGN);

    auto const finish = [&] {
        signals.cancel();
        duration.cancel();
        if (playground) {
            playground->stop();
        }
        patience.expires_after(std::chrono::milliseconds(300));
        patience.async_wait([&](auto) { context.stop(); });
    };
    auto const stop = [&](auto...) {
        if (!std::exchange(asked_to_stop, true)) {
            patience.expires_after(std::chrono::milliseconds(1'200));
            patience.async_wait([&](ringtail::error_code cancelled) {
                if (!cancelled) {
                    context.stop();
                }
            });
            cancel.emit(asio::cancellation_type::terminal);
        }
    };
    signals.async_wait([&](ringtail::error_code failed, int) {
        if (!failed) {
            stop();
        }
    });
    if (wanted.run_for) {
        duration.expires_after(std::chrono::duration_cast<std::chrono::nanoseconds>(*wanted.run_for));
        duration.async_wait([&](ringtail::error_code failed) {
            if (!failed) {
                stop();
            }
        });
    }
    auto work = wanted.check ? run_check(wanted, environment, settings) : run(wanted, environment, settings, out, seen);
    asio::co_spawn(context, std::move(work), asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr how) {
                       ended = how;
                       finish();
                   }));
    context.run();

    if (ended && !asked_to_stop) {
        std::rethrow_exception(ended);
    }
    if (!wanted.quiet && !wanted.check) {
        std::cerr << "listen: " << seen.notifications << " notifications, " << seen.gaps << " gaps, " << seen.undecodable << " undecodable\n";
    }
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return listen_main(argc, argv);
    } catch (app::usage_error const& wrong) {
        std::cerr << "listen: " << wrong.text << "\nTry --help.\n";
        return 2;
    } catch (std::exception const& failed) {
        std::cerr << "listen: " << failed.what() << '\n';
        return 1;
    }
}
