// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "support/world.hpp"

#include <ringtail/pubnub.hpp>

#include <string>

namespace {

using namespace test_support;
using ringtail::fault;
using ringtail::pubnub;

ringtail::sandbox_options changing()
{
    auto options = world::usual();
    options.rotate_on_renewal = ringtail::sandbox_rotation::key;
    return options;
}

} // namespace

TEST_CASE("what comes under a key that a lost answer told is held until the service is reached again, and the program hears of it")
{
    world w(changing());
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.inject(fault::reset(sandbox_call::subscription_get).always());
        w.box.inject(fault::lost(sandbox_call::subscription_renew).times(2));
        auto const why = co_await failure_of(subscription.renew());
        REQUIRE(why);
        w.box.inject(fault::reset(sandbox_call::subscription_renew).always());
        w.tell(2, 3);
        co_await w.turns();
        w.pass(w.settings().call_timeout + 1s);
        co_await program.hear("reconnecting");
        CHECK(program.heard() == "1");
        w.box.clear_faults();
        w.pass(60s);
        co_await program.hear(3);
        CHECK(program.heard() == "1 2 3");
        CHECK(program.all().find("resumed") != std::string::npos);
        CHECK(subscription.counters().undecodable == 0);
    });
}

TEST_CASE("the keys of renewals while PubNub can't be reached are all remembered")
{
    world w(changing());
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.inject(fault::reset(sandbox_call::pubnub_subscribe).always());
        for (auto n = 2; n <= 5; ++n) {
            co_await subscription.renew();
            w.tell(n);
        }
        w.box.clear_faults();
        co_await program.hear(5);
        CHECK(program.heard() == "1 2 3 4 5");
    });
}
