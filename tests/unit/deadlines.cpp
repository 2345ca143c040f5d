// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/environment.hpp>
#include <ringtail/net/deadlines.hpp>
#include <ringtail/net/services.hpp>

#include <support/hand_clock.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <random>

namespace {

using namespace ringtail;
using namespace std::chrono_literals;
using test_support::hand_clock;

TEST_CASE("alarms run in the order of their times, each once, whatever was set, moved and dropped")
{
    hand_clock clock;
    net::deadlines heap(clock);
    std::mt19937 random(11);
    std::vector<std::unique_ptr<net::alarm>> alarms;
    std::vector<steady_time> ran;
    std::size_t dropped = 0;
    for (int i = 0; i != 500; ++i) {
        auto& made = *alarms.emplace_back(std::make_unique<net::alarm>(heap));
        made.set(clock.time + std::chrono::milliseconds(random() % 1'000), [&] { ran.push_back(clock.time); });
        if (i % 3 == 0) {
            made.set(clock.time + std::chrono::milliseconds(random() % 1'000));
        }
        if (i % 7 == 0) {
            made.reset();
            ++dropped;
        }
    }
    clock.run_until(clock.time + 2s);
    CHECK(ran.size() == 500 - dropped);
    CHECK(std::is_sorted(ran.begin(), ran.end()));
    CHECK(heap.size() == 0);
    CHECK(!clock.armed);
}

TEST_CASE("moving an alarm to a later time does not touch the timer")
{
    hand_clock clock;
    net::deadlines heap(clock);
    auto runs = 0;
    net::alarm earlier(heap, clock.time + 10s, [] {});
    net::alarm poll(heap, clock.time + 310s, [&] { ++runs; });
    auto const arms = clock.arms;
    for (int i = 0; i != 100; ++i) {
        poll.set(clock.time + 310s + std::chrono::seconds(i));
    }
    CHECK(clock.arms == arms);
    clock.run_until(clock.time + 500s);
    CHECK(runs == 1);
}

TEST_CASE("an alarm may set itself again, drop others and destroy itself while it runs")
{
    hand_clock clock;
    net::deadlines heap(clock);
    auto ticks = 0;
    net::alarm tick(heap);
    tick.set(clock.time + 1s, [&] {
        if (++ticks < 5) {
            tick.set(clock.time + 1s);
        }
    });
    auto victim = std::make_unique<net::alarm>(heap, clock.time + 3s, [] { FAIL("was dropped"); });
    auto suicide = std::make_unique<net::alarm>(heap);
    suicide->set(clock.time + 2s, [&] {
        victim.reset();
        suicide.reset();
    });
    clock.run_until(clock.time + 10s);
    CHECK(ticks == 5);
    CHECK(!clock.armed);
}

TEST_CASE("an environment may go while its timer is due already")
{
    asio::io_context context;
    auto const past = std::chrono::steady_clock::now() - 1s;
    std::optional<environment> shared;
    std::optional<net::alarm> alarm;
    asio::steady_timer before(context, past - 1s);
    before.async_wait([&](error_code) {
        alarm.reset();
        shared.reset();
    });
    shared.emplace(context.get_executor());
    auto ran = false;
    alarm.emplace(shared->services()->deadlines, past, [&] { ran = true; });
    context.run(); // both timers are due, and nothing takes back what is due
    CHECK(!ran);
}

TEST_CASE("50,000 that watch the clocks are told once each, also where some of them leave or come meanwhile")
{
    asio::io_context context;
    auto made = std::make_unique<hand_clock>();
    auto& clock = *made;
    auto const shared = std::make_shared<net::services>(context.get_executor(), std::move(made), 1);
    using watch = net::services::clock_watch;
    std::vector<std::optional<watch>> watches(50'000);
    std::vector<std::unique_ptr<watch>> late;
    std::vector<int> told(watches.size());
    for (std::size_t i = 0; i != watches.size(); ++i) {
        watches[i].emplace(*shared, [&, i](duration) {
            ++told[i];
            if (i % 3 == 0) {
                watches[i + 1].reset();
                late.push_back(std::make_unique<watch>(*shared, [](duration) { FAIL("came behind it"); }));
            }
        });
    }
    clock.gained = 10s;
    shared->compare_clocks();
    for (std::size_t i = 0; i != told.size(); ++i) {
        REQUIRE(told[i] == (i % 3 == 1 ? 0 : 1));
    }
    shared->compare_clocks(); // nothing has changed since
    CHECK(told[0] == 1);
    for (auto each = watches.rbegin(); each != watches.rend(); ++each) { // each among all the others
        each->reset();
    }
    CHECK(clock.armed);
    late.clear();
    CHECK(!clock.armed);
}

TEST_CASE("a jump of the clocks that shows while another one is told loses nobody")
{
    asio::io_context context;
    auto made = std::make_unique<hand_clock>();
    auto& clock = *made;
    auto const shared = std::make_shared<net::services>(context.get_executor(), std::move(made), 1);
    using watch = net::services::clock_watch;
    std::optional<watch> first;
    std::optional<watch> second;
    std::vector<duration> heard;
    first.emplace(*shared, [&](duration by) {
        if (by == 10s) {
            clock.gained += 20s;
            shared->compare_clocks();
            first.reset();
        }
    });
    second.emplace(*shared, [&](duration by) { heard.push_back(by); });
    clock.gained = 10s;
    shared->compare_clocks();
    CHECK(heard == std::vector<duration>{20s, 10s});
    second.reset();
    CHECK(!clock.armed);
}

} // namespace
