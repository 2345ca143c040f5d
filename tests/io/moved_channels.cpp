// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "support/world.hpp"

#include <ringtail/pubnub.hpp>

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
        for (auto n = 1; n <= 8; ++n) {
            co_await program.hear(n);
        }
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
