// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "support/world.hpp"

#include <ringtail/pubnub.hpp>

#include <set>
#include <string>

namespace {

using namespace test_support;
using ringtail::fault;
using ringtail::pubnub;

ringtail::sandbox_options moving()
{
    auto options = world::usual();
    options.rotate_on_renewal = ringtail::sandbox_rotation::channel;
    return options;
}

/// In whatever order: each channel has a poll of its own.
asio::awaitable<void> hear_all(listener& program, int first, int last)
{
    std::set<std::string> missing;
    for (auto n = first; n <= last; ++n) {
        missing.insert(std::to_string(n));
    }
    for (auto const& each : program.events) {
        missing.erase(word(each));
    }
    while (!missing.empty()) {
        REQUIRE(co_await program.hear());
        missing.erase(word(program.events.back()));
    }
}

} // namespace

TEST_CASE("a poll that fails behind a change of channel goes on from where the new channel begins")
{
    auto options = world::usual();
    options.empty_poll_moves_cursor = true;
    options.poll_hold = 20ms;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.rotate_subscription(subscription.info().id, ringtail::sandbox_rotation::channel);
        w.tell(2);
        auto const polls = w.requests(sandbox_call::pubnub_subscribe);
        co_await w.until_requests(sandbox_call::pubnub_subscribe, polls + 5); // the old channel's position moves on
        w.box.inject(fault::reset(sandbox_call::pubnub_subscribe).times(3));
        co_await subscription.renew();
        w.tell(3);
        co_await program.hear(3);
        CHECK(program.heard() == "1 2 3");
    });
}

TEST_CASE("of several changes of channel while the program takes nothing none is passed over")
{
    world w(moving());
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.queue_capacity = 2;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        w.tell(1, 4);
        co_await w.until([&] { return subscription.counters().queued >= 2; });
        for (auto n = 5; n <= 8; ++n) {
            co_await subscription.renew();
            w.tell(n);
        }
        listener program(subscription);
        co_await hear_all(program, 1, 8);
    });
}

TEST_CASE("of more changes of channel than are remembered the oldest are forgotten, and a gap says so")
{
    world w(moving());
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.queue_capacity = 2;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        w.tell(1, 4);
        co_await w.until([&] { return subscription.counters().queued >= 2; });
        for (auto n = 5; n <= 44; ++n) {
            co_await subscription.renew();
            w.tell(n);
        }
        listener program(subscription);
        co_await hear_all(program, 13, 44);
        CHECK(program.heard().find("gap:stale_position/possible") != std::string::npos);
    });
}

TEST_CASE("a message that nothing explains does not stop what would explain it, while changes of channel wait to be followed")
{
    world w(moving());
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.queue_capacity = 2;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        w.tell(1, 4);
        co_await w.until([&] { return subscription.counters().queued >= 2; });
        w.box.publish_raw(subscription.info().id, "neither JSON nor encrypted");
        auto const polls = w.requests(sandbox_call::pubnub_subscribe);
        for (auto n = 5; n <= 8; ++n) {
            co_await subscription.renew();
            w.tell(n);
        }
        co_await w.until_requests(sandbox_call::pubnub_subscribe, polls + 2); // what asks the first of the channels that were left
        listener program(subscription);
        co_await hear_all(program, 1, 8);
        CHECK(subscription.counters().undecodable == 1);
    });
}

TEST_CASE("of several changes of channel while PubNub can't be reached none is passed over")
{
    world w(moving());
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.inject(fault::reset(sandbox_call::pubnub_subscribe).always());
        for (auto n = 2; n <= 5; ++n) {
            co_await subscription.renew();
            w.tell(n);
        }
        w.box.clear_faults();
        co_await w.until([&] { return subscription.counters().notifications == 5; });
    });
}
