// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// Export what a subscription meets to Prometheus: `metrics FILE` rewrites FILE every few seconds, in the directory that the
// node exporter's textfile collector reads.
#include <ringtail.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace asio = boost::asio;

std::string prometheus_text(ringtail::counters const& now)
{
    std::ostringstream out;
    auto const put = [&](char const* name, char const* type, auto value, char const* help) {
        out << "# HELP ringtail_" << name << ' ' << help << "\n# TYPE ringtail_" << name << ' ' << type << "\nringtail_" << name << ' ' << value << '\n';
    };
    put("notifications_total", "counter", now.notifications, "Notifications received.");
    put("duplicates_total", "counter", now.duplicates, "Notifications that were delivered before, and dropped.");
    put("undecodable_total", "counter", now.undecodable, "Messages that could not be read.");
    put("gaps_total", "counter", now.gaps, "Gaps told to the program.");
    put("reconnects_total", "counter", now.reconnects, "Times delivery was interrupted.");
    put("renewals_total", "counter", now.renewals, "Renewals of the subscription.");
    put("recreations_total", "counter", now.recreations, "Subscriptions created again.");
    put("audits_total", "counter", now.audits, "Times the service was asked whether the subscription lives.");
    put("throttled_total", "counter", now.throttled, "Answers 429.");
    put("message_bytes_total", "counter", now.bytes, "Bytes of messages as delivered.");
    put("queued_events", "gauge", now.queued, "Events that wait for the program.");
    if (now.lag) {
        auto const seconds = [](ringtail::duration time) { return std::chrono::duration<double>(time).count(); };
        put("lag_seconds", "gauge", seconds(*now.lag), "From the last notification's timestamp until it was here.");
        put("greatest_lag_seconds", "gauge", seconds(*now.greatest_lag), "The greatest lag so far.");
    }
    return out.str();
}

void save(std::string const& path, std::string const& text)
{
    auto const beside = path + ".new";
    if (std::ofstream file(beside); !(file << text << std::flush)) {
        std::cerr << "metrics: " << beside << " can't be written" << std::endl;
        return; // the next time may be better
    }
    std::filesystem::rename(beside, path); // whole or not at all
}

asio::awaitable<void> follow(ringtail::client account, std::string path)
{
    ringtail::event_filters filters;
    filters.message_store("~");
    auto subscription = co_await account.create_subscription<ringtail::websocket>(filters);
    for (auto saved = std::chrono::steady_clock::time_point();;) {
        bool quiet = false;
        std::optional<ringtail::event> event;
        try {
            event = co_await subscription.next_event(std::chrono::seconds(15));
        } catch (ringtail::failure const& why) {
            if (why.code() != ringtail::error::timed_out) {
                throw;
            }
            quiet = true;
        }
        if (auto const now = std::chrono::steady_clock::now(); quiet || now - saved >= std::chrono::seconds(5)) {
            save(path, prometheus_text(subscription.counters()));
            saved = now;
        }
        if (!quiet && !event) {
            co_return;
        }
    }
}

int main(int argc, char** argv)
try {
    if (argc != 2) {
        std::cerr << "usage: metrics FILE\n";
        return 2;
    }
    asio::io_context context(1);
    ringtail::client account(context.get_executor(), ringtail::config::from_environment());
    asio::co_spawn(context, follow(account, argv[1]), [](std::exception_ptr failed) {
        if (failed) {
            std::rethrow_exception(failed);
        }
    });
    context.run();
} catch (std::exception const& failed) {
    std::cerr << "metrics: " << failed.what() << '\n';
    return 1;
}
