// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// CPU of the receiving thread per notification over PubNub, beside the floor: through `try_next_event`, which takes what is there,
// and through `next_event` alone. The three take turns, so that ratios are of figures from the same moments. With --pin client
// and server share one core, as where a poll brings one event.
#include "bare_pubnub.hpp"
#include "measure.hpp"
#include "settings.hpp"
#ifdef BENCH_FLOOR
#include "floor.hpp"
#endif

#include <ringtail.hpp>
#include <ringtail/pubnub.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <sched.h>

#include <functional>
#include <iostream>
#include <optional>

namespace {

namespace asio = boost::asio;

constexpr char const* usage = R"(bench/pubnub [OPTION]...
  --per-reply N     events in each reply (100)
  --events N        of each run (50000)
  --repetitions N   runs of each client (7)
  --pin             client and server on one core
  --peer COMMAND    run this, too: a client of another kind, such as bench/peers/subscriptions_4.mjs
  --client NAME     only floor, try_next_event or next_event: for strace and perf)";

/// What one run took, and what it took it for.
class tally {
public:
    explicit tally(std::size_t wanted) : wanted_(wanted) {}

    void take(std::string_view uuid, std::string_view event, std::string_view timestamp, bool has_body)
    {
        if (done()) {
            return; // the floor takes whole replies
        }
        if (events_++ == 0) {
            began_ = bench::thread_cpu_us();
        }
        check_ += uuid.size() + event.size() + timestamp.size() + static_cast<unsigned char>(uuid.back()) + (has_body ? 1u : 0u);
        if (done()) {
            cpu_us_ = (bench::thread_cpu_us() - began_) / static_cast<double>(events_ - 1);
        }
    }
    [[nodiscard]] bool done() const noexcept { return events_ == wanted_; }
    [[nodiscard]] double cpu_us_per_event() const noexcept { return cpu_us_; }
    /// Equal for all who have read the same.
    [[nodiscard]] std::size_t check() const noexcept { return check_; }

private:
    std::size_t wanted_;
    std::size_t events_ = 0;
    std::size_t check_ = 0;
    double began_ = 0;
    double cpu_us_ = 0;
};

asio::awaitable<void> follow(ringtail::client account, bool one_by_one, tally* into)
{
    ringtail::event_filters filters;
    filters.message_store("~");
    auto subscription = co_await account.create_subscription<ringtail::pubnub>(filters);
    while (!into->done()) {
        auto event = one_by_one ? std::optional<ringtail::event>() : subscription.try_next_event();
        if (!event) {
            event = co_await subscription.next_event();
        }
        if (auto const* const got = std::get_if<ringtail::notification>(&*event)) {
            into->take(got->uuid(), got->event(), got->timestamp(), !got->body_json().empty());
        } else if (!std::holds_alternative<ringtail::state_change>(*event)) {
            throw std::runtime_error("a gap, or what can't be read");
        }
    }
    co_await subscription.close();
}

void run_ringtail(bench::bare_pubnub const& server, bool one_by_one, tally& into)
{
    asio::io_context context(1);
    auto settings = bench::settings_for(server.url());
    settings.pubnub_buffer_size = 1'000'000; // else each full reply is a gap
    asio::co_spawn(context, follow(ringtail::client(context.get_executor(), settings), one_by_one, &into), [](std::exception_ptr failed) {
        if (failed) {
            std::rethrow_exception(failed);
        }
    });
    context.run();
}

#ifdef BENCH_FLOOR
void run_floor(bench::bare_pubnub const& server, tally& into)
{
    bench::floor_client client(server.port());
    while (!into.done()) {
        client.poll([&](std::string_view uuid, std::string_view event, std::string_view timestamp, bool has_body) {
            into.take(uuid, event, timestamp, has_body);
        });
    }
}
#endif

class contender {
public:
    std::string name;
    std::function<void(bench::bare_pubnub const&, tally&)> run;
    bench::series cpu_us{};
    bench::series of_floor{};
};

std::vector<contender> contenders(std::string const& only)
{
    std::vector<contender> all;
#ifdef BENCH_FLOOR
    if (__builtin_cpu_supports("avx2")) {
        all.push_back({"floor", run_floor});
    }
#endif
    all.push_back({"try_next_event", [](auto& server, auto& into) { run_ringtail(server, false, into); }});
    all.push_back({"next_event", [](auto& server, auto& into) { run_ringtail(server, true, into); }});
    if (!only.empty()) {
        std::erase_if(all, [&](contender const& each) { return each.name != only; });
    } else if (all.front().name != "floor") {
        std::cerr << "bench/pubnub: no floor: it needs simdjson and a processor with AVX2\n";
    }
    return all;
}

void pin_to_one_core()
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(sched_getcpu()), &one);
    sched_setaffinity(0, sizeof one, &one);
}

} // namespace

int main(int argc, char** argv)
try {
    if (bench::help(argc, argv, usage)) {
        return 0;
    }
    auto const per_reply = std::stoul(bench::option(argc, argv, "per-reply", "100"));
    auto const events = std::stoul(bench::option(argc, argv, "events", "50000"));
    auto const repetitions = std::stoul(bench::option(argc, argv, "repetitions", "7"));
    auto const pinned = bench::flag(argc, argv, "pin");
    if (pinned) {
        pin_to_one_core();
    }
    bench::bare_pubnub const server(per_reply);
    auto all = contenders(bench::option(argc, argv, "client", ""));
    std::optional<std::size_t> check;
    for (std::size_t i = 0; i != repetitions + 1; ++i) { // the first to warm up
        auto floor_us = 0.0;
        for (auto& each : all) {
            tally run(events);
            each.run(server, run);
            if (check.value_or(run.check()) != run.check()) {
                throw std::runtime_error(each.name + " has read something else than the others");
            }
            check = run.check();
            floor_us = each.name == "floor" ? run.cpu_us_per_event() : floor_us;
            if (i != 0) {
                each.cpu_us.add(run.cpu_us_per_event());
                each.of_floor.add(floor_us == 0 ? 0 : run.cpu_us_per_event() / floor_us);
            }
        }
    }
    for (auto& each : all) {
        bench::say(R"({"row":"pubnub","client":")" + each.name + R"(","per_reply":)" + std::to_string(per_reply) + R"(,"pinned":)" +
                   (pinned ? "true" : "false") + R"(,"events":)" + std::to_string(events) + R"(,"repetitions":)" + std::to_string(repetitions) + ',' +
                   each.cpu_us.json("cpu_us_per_event") + ',' + each.of_floor.json("of_floor") + '}');
    }
    auto const peer = bench::option(argc, argv, "peer", "");
    return peer.empty() || bench::run_peer(peer, server.url(), events) ? 0 : 1;
} catch (std::exception const& failed) {
    std::cerr << "bench/pubnub: " << failed.what() << '\n';
    return 1;
}
