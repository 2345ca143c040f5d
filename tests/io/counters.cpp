// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "support/world.hpp"

namespace {

using namespace test_support;
using ringtail::fault;
using ringtail::fault_effect;

} // namespace

TEST_CASE("the counters tell what a subscription has met")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<ringtail::pubnub>(messages());
        auto const before = subscription.counters();
        CHECK(before.notifications == 0);
        CHECK_FALSE(before.lag);

        listener program(subscription);
        w.tell(1, 3);
        w.box.inject(fault(sandbox_call::message, fault_effect::not_json));
        w.tell(4);
        w.box.inject(fault(sandbox_call::message, fault_effect::duplicate));
        w.tell(5, 6);
        co_await program.hear(6);
        co_await subscription.renew();

        auto const after = subscription.counters();
        CHECK(after.notifications == 5);
        CHECK(after.undecodable == 1);
        CHECK(after.duplicates == 1);
        CHECK(after.renewals == 1);
        CHECK(after.reconnects == 0);
        CHECK(after.recreations == 0);
        CHECK(after.gaps == 0);
        CHECK(after.bytes > 500);
        REQUIRE(after.lag);
        CHECK(*after.lag <= *after.greatest_lag);
    });
}

TEST_CASE("what interrupts a subscription is counted, too")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<ringtail::pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.delete_subscription(subscription.info().id);
        w.pass(301s);
        co_await program.hear("recreated");
        auto const after = subscription.counters();
        CHECK(after.audits == 1);
        CHECK(after.recreations == 1);
        CHECK(after.reconnects == 1);
        CHECK(after.gaps == 1);
    });
}

TEST_CASE("events that wait for the program are counted, and no longer once they are taken")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<ringtail::pubnub>(messages());
        while (subscription.try_next_event()) {
        }
        w.tell(1, 5);
        co_await w.until([&] { return subscription.counters().queued >= 5; });
        while (subscription.try_next_event()) {
        }
        CHECK(subscription.counters().queued == 0);
        co_await subscription.unsubscribe();
    });
}

TEST_CASE("answers 429 are counted for the account")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<ringtail::pubnub>(messages());
        w.box.inject(fault::status(sandbox_call::subscription_list, 429, {"CMN-301"}, 0s));
        co_await account.list_subscriptions();
        CHECK(subscription.counters().throttled == 1);
        co_await subscription.unsubscribe();
    });
}
