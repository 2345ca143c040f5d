// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// What a subscription costs on which nothing happens: memory, and CPU time for renewals, audits, empty polls and heartbeats.
// Each has a TLS connection of its own, verified up to a root of this program's over an intermediate certificate. The server is
// another process.
#include "child.hpp"
#include "idle/tls_server.hpp"
#include "measure.hpp"
#include "settings.hpp"

#include <support/certificate.hpp>

#include <ringtail.hpp>
#include <ringtail/pooled_pubnub.hpp>
#include <ringtail/pubnub.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <iostream>

namespace {

namespace asio = boost::asio;

constexpr char const* usage = R"(bench/idle [OPTION]...
  --transport T       pubnub or websocket (pubnub)
  --pool              over PubNub: subscriptions share polls; then rss_kib_per_subscription is without the user's coroutine that
                      waits for events, and rss_kib_with_coroutine with it
  --subscriptions N   (1000)
  --clients N         that have them, in one environment (1)
  --seconds N         of silence that are measured (20)
  --hurry K           lives, audits, polls and heartbeats K times as short, and the CPU share divided by K (10))";

/// Everything that is spawned, and the first thing that went wrong.
class crowd {
public:
    crowd(asio::io_context& context, std::vector<ringtail::client> accounts, std::string transport, bool pool, std::size_t count)
        : context_(context), accounts_(std::move(accounts)), transport_(std::move(transport)), pool_(pool)
    {
        if (pool_) {
            handles_.reserve(count);
            spawn(take_as_it_comes());
        }
        filters_.message_store("~");
    }

    asio::awaitable<void> grow_to(std::size_t count)
    {
        asio::steady_timer pause(context_);
        wanted_ = count;
        for (std::size_t i = 0; i != std::min<std::size_t>(16, count); ++i) {
            spawn(add());
        }
        while (standing_ < count) {
            pause.expires_after(std::chrono::milliseconds(20));
            co_await pause.async_wait(asio::use_awaitable);
        }
    }

    /// What came so far, without a coroutine.
    void take_all()
    {
        for (auto& each : handles_) {
            while (auto const event = each.try_next_event()) {
                judge(*event);
            }
        }
    }

    void follow_all()
    {
        for (auto& each : handles_) {
            spawn(follow(std::move(each)));
        }
        handles_.clear();
    }

    [[nodiscard]] std::size_t surprises() const noexcept { return surprises_; }

private:
    void spawn(asio::awaitable<void> what)
    {
        asio::co_spawn(context_, std::move(what), [](std::exception_ptr how) {
            if (how) {
                std::rethrow_exception(how); // out of run()
            }
        });
    }

    // As a program does, so that nothing is kept for it.
    asio::awaitable<void> take_as_it_comes()
    {
        asio::steady_timer pause(context_);
        for (;;) {
            pause.expires_after(std::chrono::milliseconds(500));
            co_await pause.async_wait(asio::use_awaitable);
            take_all();
        }
    }

    asio::awaitable<void> add()
    {
        while (begun_ < wanted_) {
            auto& account = accounts_[begun_++ % accounts_.size()];
            if (pool_) {
                handles_.push_back(co_await account.create_subscription<ringtail::pooled_pubnub>(filters_));
            } else if (transport_ == "websocket") {
                spawn(follow(co_await account.create_subscription<ringtail::websocket>(filters_)));
            } else {
                spawn(follow(co_await account.create_subscription<ringtail::pubnub>(filters_)));
            }
            ++standing_;
        }
    }

    // The user's own coroutine.
    asio::awaitable<void> follow(ringtail::any_subscription subscription)
    {
        while (auto const event = co_await subscription.next_event()) {
            judge(*event);
        }
    }

    void judge(ringtail::event const& what)
    {
        auto const* const change = std::get_if<ringtail::state_change>(&what);
        auto const usual = change != nullptr && (change->state == ringtail::subscription_state::connected || change->state == ringtail::subscription_state::renewed);
        surprises_ += usual ? 0u : 1u;
    }

    asio::io_context& context_;
    std::vector<ringtail::client> accounts_;
    std::string transport_;
    bool pool_;
    std::vector<ringtail::any_subscription> handles_; // of the pool
    ringtail::event_filters filters_;
    std::size_t wanted_ = 0;
    std::size_t begun_ = 0;
    std::size_t standing_ = 0;
    std::size_t surprises_ = 0;
};

asio::awaitable<void> pass(double seconds)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6)));
    co_await timer.async_wait(asio::use_awaitable);
}

} // namespace

int main(int argc, char** argv)
try {
    if (bench::help(argc, argv, usage)) {
        return 0;
    }
    auto const transport = bench::option(argc, argv, "transport", "pubnub");
    auto const pool = bench::flag(argc, argv, "pool");
    auto const count = std::stoul(bench::option(argc, argv, "subscriptions", "1000"));
    auto const clients = std::stoul(bench::option(argc, argv, "clients", "1"));
    auto const seconds = std::stol(bench::option(argc, argv, "seconds", "20"));
    auto const hurry = std::stol(bench::option(argc, argv, "hurry", "10"));
    bench::allow_many_sockets();

    // In a service of 900 s a renewal comes after 765 s; from short lives the library takes half.
    idle::service_times times;
    times.lifetime = hurry == 1 ? times.lifetime : std::chrono::seconds(2 * 765 / hurry);
    times.hold = std::chrono::seconds(280 / hurry);
    test_support::certificate_files const files;
    bench::child server([&](int line) {
        idle::tls_server serving(files.chain(), files.key(), times);
        bench::send_all(line, serving.host() + '\n');
        serving.run(line);
    });
    auto settings = bench::settings_for("https://" + server.hear());
    settings.audit_interval = std::chrono::seconds(300 / hurry);
    settings.gateway_heartbeat = std::chrono::seconds(60 / hurry);

    auto const before = bench::resident_kib();
    asio::io_context context(1);
    ringtail::environment_options trust;
    trust.trusted_certificates = files.authority();
    ringtail::environment environment(context.get_executor(), std::move(trust));
    std::vector<ringtail::client> accounts;
    for (std::size_t i = 0; i != clients; ++i) {
        accounts.emplace_back(environment, settings);
    }
    crowd all(context, std::move(accounts), transport, pool, count);

    long resident = 0;
    long with_coroutine = 0;
    double cpu_us = 0;
    double created_s = 0;
    auto const script = [&]() -> asio::awaitable<void> {
        auto const start = bench::wall_ns();
        co_await all.grow_to(count);
        created_s = static_cast<double>(bench::wall_ns() - start) / 1e9;
        co_await pass(static_cast<double>(times.hold.count()) + 2); // renewals and polls are under way by then
        auto const began = bench::process_cpu_us();
        co_await pass(static_cast<double>(seconds));
        cpu_us = bench::process_cpu_us() - began;
        all.take_all();
        resident = bench::resident_kib();
        if (pool) {
            all.follow_all();
            co_await pass(1);
        }
        with_coroutine = bench::resident_kib();
        context.stop();
    };
    asio::co_spawn(context, script(), [](std::exception_ptr how) { if (how) std::rethrow_exception(how); });
    context.run();

    auto const share = cpu_us / 1e6 / static_cast<double>(seconds);
    auto const each_of = [&](long kib) { return static_cast<double>(kib - before) / static_cast<double>(count); };
    std::printf(R"({"row":"idle","transport":"%s","subscriptions":%zu,"clients":%zu,"created_s":%.1f,"rss_kib":%ld,"rss_kib_per_subscription":%.2f,)"
                R"("rss_kib_with_coroutine":%.2f,"hurry":%ld,"cpu_share_in_a_hurry":%.4f,"cpu_share":%.5f,"surprises":%zu})"
                "\n",
                pool ? "pubnub, shared polls" : transport.c_str(), count, clients, created_s, resident, each_of(resident), each_of(with_coroutine), hurry, share,
                share / static_cast<double>(hurry), all.surprises());
    return 0;
} catch (std::exception const& failed) {
    std::cerr << "bench/idle: " << failed.what() << '\n';
    return 1;
}
