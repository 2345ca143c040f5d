// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// The public loop and nothing else, against any service; see consume/options.hpp for what it understands and prints.
#include "consume/forked_sandbox.hpp"
#include "consume/options.hpp"
#include "measure.hpp"

#include <ringtail.hpp>
#include <ringtail/pooled_pubnub.hpp>
#include <ringtail/pubnub.hpp>
#include <ringtail/timestamp.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;

/// What all subscriptions have taken.
class tally {
public:
    tally(std::uint64_t wanted, bool from_sandbox) : wanted_(wanted), every_(1 + wanted / 200'000), from_sandbox_(from_sandbox) {}

    void take(ringtail::event const& what)
    {
        if (auto const* const got = std::get_if<ringtail::notification>(&what)) {
            if (events_++ % every_ == 0) {
                if (auto const since = published(*got)) {
                    latencies_.add(bench::wall_ns() - *since);
                }
            }
        } else {
            gaps_ += std::holds_alternative<ringtail::gap>(what) ? 1u : 0u;
            undecodable_ += std::holds_alternative<ringtail::undecodable>(what) ? 1u : 0u;
        }
    }

    /// All subscriptions stand.
    void stand()
    {
        standing_ = true;
        if (2 * events_ < wanted_) { // else most came while the subscriptions were made
            before_ = events_;
            cpu_us_ = bench::process_cpu_us();
            began_ = bench::wall_ns();
        }
    }
    [[nodiscard]] bool standing() const noexcept { return standing_; }
    [[nodiscard]] bool done() const noexcept { return standing_ && events_ >= wanted_; }
    [[nodiscard]] std::uint64_t events() const noexcept { return events_; }

    [[nodiscard]] std::string json(long resident_before, std::uint64_t subscriptions) const
    {
        auto const since = static_cast<double>(std::max<std::uint64_t>(events_ - before_, 1));
        auto const resident = bench::resident_kib();
        std::array<char, 400> text{};
        std::snprintf(text.data(), text.size(),
                      R"({"events":%llu,"gaps":%llu,"undecodable":%llu,"cpu_us_per_event":%.3f,"wall_s":%.3f,"rss_kib":%ld,)"
                      R"("rss_kib_per_subscription":%.2f,"p50_us":%.1f,"p99_us":%.1f})",
                      static_cast<unsigned long long>(events_), static_cast<unsigned long long>(gaps_), static_cast<unsigned long long>(undecodable_),
                      (bench::process_cpu_us() - cpu_us_) / since, static_cast<double>(bench::wall_ns() - began_) / 1e9, resident,
                      static_cast<double>(resident - resident_before) / static_cast<double>(subscriptions), latencies_.percentile_us(0.5),
                      latencies_.percentile_us(0.99));
        return text.data();
    }

private:
    [[nodiscard]] std::optional<std::int64_t> published(ringtail::notification const& what) const
    {
        if (from_sandbox_) {
            auto const body = what.body_json();
            auto const at = body.find("\"t\":");
            return at == std::string_view::npos ? std::nullopt : std::optional(std::strtoll(body.data() + at + 4, nullptr, 10));
        }
        auto const when = ringtail::parse_timestamp(what.timestamp());
        return when ? std::optional(std::chrono::duration_cast<std::chrono::nanoseconds>(when->time_since_epoch()).count()) : std::nullopt;
    }

    std::uint64_t wanted_;
    std::uint64_t every_; // is timed
    bool from_sandbox_;
    std::uint64_t events_ = 0;
    std::uint64_t before_ = 0; // it is looked at what they cost
    std::uint64_t gaps_ = 0;
    std::uint64_t undecodable_ = 0;
    bool standing_ = false;
    double cpu_us_ = bench::process_cpu_us();
    std::int64_t began_ = bench::wall_ns();
    bench::histogram latencies_;
};

/// One run: subscribe, take, and stop the context at the end.
class consumer {
public:
    consumer(asio::io_context& context, consume::options wanted, ringtail::config const& settings, bool from_sandbox)
        : context_(context), wanted_(std::move(wanted)), seen_(wanted_.count, from_sandbox), watchdog_(context), resident_before_(bench::resident_kib()),
          account_(context.get_executor(), settings)
    {
        for (auto const& each : wanted_.filters) {
            filters_.raw(each);
        }
    }

    /// @param when_standing  called once all subscriptions are there
    void run(std::function<void()> when_standing)
    {
        when_standing_ = std::move(when_standing);
        static constexpr std::uint64_t at_once = 8;
        for (std::uint64_t i = 0; i != std::min(at_once, wanted_.subscriptions); ++i) {
            spawn(subscribe_some());
        }
        watch(0, 0);
        context_.run();
        if (failed_) {
            std::rethrow_exception(failed_);
        }
    }

private:
    void spawn(asio::awaitable<void> what)
    {
        asio::co_spawn(context_, std::move(what), [this](std::exception_ptr how) {
            if (how && !seen_.done()) {
                stop(how);
            }
        });
    }

    void stop(std::exception_ptr how)
    {
        if (!std::exchange(stopped_, true)) {
            failed_ = how;
            context_.stop();
        }
    }

    asio::awaitable<ringtail::any_subscription> subscribe()
    {
        if (wanted_.transport == "websocket") {
            co_return co_await account_.create_subscription<ringtail::websocket>(filters_);
        }
        if (wanted_.pool) {
            co_return co_await account_.create_subscription<ringtail::pooled_pubnub>(filters_);
        }
        co_return co_await account_.create_subscription<ringtail::pubnub>(filters_);
    }

    asio::awaitable<void> subscribe_some()
    {
        while (asked_ < wanted_.subscriptions) {
            ++asked_;
            auto made = co_await subscribe();
            subscriptions_.push_back(std::make_unique<ringtail::any_subscription>(std::move(made)));
            if (subscriptions_.size() == wanted_.subscriptions) {
                seen_.stand();
                when_standing_();
            }
            spawn(follow(*subscriptions_.back()));
        }
    }

    asio::awaitable<void> follow(ringtail::any_subscription& subscription)
    {
        while (!seen_.done()) {
            auto event = subscription.try_next_event();
            if (!event) {
                event = co_await subscription.next_event();
            }
            if (!event) {
                throw std::runtime_error("a subscription was closed");
            }
            seen_.take(*event);
        }
        if (!std::exchange(told_, true)) {
            bench::say(seen_.json(resident_before_, wanted_.subscriptions));
            co_await leave();
        }
    }

    // Tidily, but not for long: what stays expires by itself.
    asio::awaitable<void> leave()
    {
        watchdog_.expires_after(std::chrono::seconds(5));
        watchdog_.async_wait([this](auto cancelled) {
            if (!cancelled) {
                stop(nullptr);
            }
        });
        for (auto const& each : subscriptions_) {
            try {
                co_await each->unsubscribe();
            } catch (ringtail::failure const&) {
            }
        }
        stop(nullptr);
    }

    // Once a second, whether there was any progress lately.
    void watch(std::uint64_t before, std::uint64_t seconds)
    {
        watchdog_.expires_after(std::chrono::seconds(1));
        watchdog_.async_wait([this, before, seconds](auto cancelled) {
            auto const progress = seen_.events() + subscriptions_.size();
            if (cancelled) {
                return;
            }
            if (progress != before || seconds + 1 < wanted_.patience) {
                watch(progress, progress != before ? 0 : seconds + 1);
                return;
            }
            stop(std::make_exception_ptr(std::runtime_error("nothing for " + std::to_string(wanted_.patience) + " s: " + so_far())));
        });
    }

    [[nodiscard]] std::string so_far() const
    {
        std::uint64_t duplicates = 0;
        for (auto const& each : subscriptions_) {
            duplicates += each->counters().duplicates;
        }
        return std::to_string(subscriptions_.size()) + " of " + std::to_string(wanted_.subscriptions) + " subscriptions, " + std::to_string(seen_.events()) +
               " of " + std::to_string(wanted_.count) + " events, " + std::to_string(duplicates) + " duplicates";
    }

    asio::io_context& context_;
    consume::options wanted_;
    tally seen_;
    asio::steady_timer watchdog_;
    long resident_before_;
    ringtail::client account_;
    ringtail::event_filters filters_;
    std::function<void()> when_standing_;
    std::uint64_t asked_ = 0;
    std::vector<std::unique_ptr<ringtail::any_subscription>> subscriptions_;
    bool told_ = false;
    bool stopped_ = false;
    std::exception_ptr failed_;
};

bool set(char const* name)
{
    auto const* const value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

int consume_main(int argc, char** argv)
{
    auto wanted = consume::options::parse(argc, argv);
    if (wanted.help) {
        std::cout << consume::usage;
        return 0;
    }
    bench::allow_many_sockets();
    std::optional<consume::forked_sandbox> sandbox;
    ringtail::config settings;
    if (set("RC_APP_CLIENT_ID") || set("RC_APP_CLIENT_SECRET") || set("RC_USER_JWT")) {
        settings = ringtail::config::from_environment();
    } else if (wanted.server.empty() && wanted.pubnub_origin.empty() && !set("RC_SERVER_URL")) {
        sandbox.emplace(wanted.rate);
        settings = sandbox->settings();
        wanted.filters = {std::string(consume::published_path)};
    } else {
        throw consume::usage_error("set RC_APP_CLIENT_ID and RC_USER_JWT");
    }
    if (wanted.filters.empty()) {
        ringtail::event_filters usual;
        usual.presence("~", ringtail::detailed_telephony_state).message_store("~");
        wanted.filters = usual.paths();
    }
    if (!wanted.server.empty()) {
        settings.server_url = wanted.server;
    }
    if (!wanted.pubnub_origin.empty()) {
        settings.pubnub_origin = wanted.pubnub_origin;
    }
    settings.application = "ringtail-consume/1.0";
    settings.start_timeout = std::chrono::seconds(wanted.patience);

    asio::io_context context(1);
    consumer all(context, wanted, settings, sandbox.has_value());
    all.run([&] {
        if (sandbox) {
            sandbox->start();
        }
    });
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return consume_main(argc, argv);
    } catch (consume::usage_error const& wrong) {
        std::cerr << "consume: " << wrong.what() << "\nTry --help.\n";
        return 2;
    } catch (std::exception const& failed) {
        std::cerr << "consume: " << failed.what() << '\n';
        return 1;
    }
}
