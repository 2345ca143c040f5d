// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "support/world.hpp"

#include <ringtail/pubnub.hpp>
#include <ringtail/websocket.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace {

using namespace test_support;
using ringtail::error;
using ringtail::fault;
using ringtail::pubnub;
using ringtail::websocket;
using effect = ringtail::fault_effect;

/// Hear one notification and acknowledge it.
asio::awaitable<void> begin(world& w, listener& program, ringtail::any_subscription& subscription)
{
    w.tell(1);
    co_await program.hear(1);
    subscription.acknowledge();
}

} // namespace

TEST_CASE("what was left at the address of before is told behind a restart")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        std::optional<ringtail::cursor> saved;
        {
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            listener program(subscription);
            co_await begin(w, program, subscription);
            saved = subscription.cursor();
        }
        w.tell(2);
        w.box.rotate_subscription(saved->subscription_id(), ringtail::sandbox_rotation::channel);
        auto subscription = co_await account.adopt_subscription<pubnub>(*saved, messages());
        listener program(subscription);
        w.tell(3);
        co_await program.hear(3);
        CHECK(program.heard() == "gap:stale_position/possible 3");
        CHECK(std::none_of(w.log->begin(), w.log->end(), [](std::string const& line) { return line.starts_with("attach: "); }));
    });
}

TEST_CASE("a cursor that is saved while the address of before is still listened to says so")
{
    auto options = world::usual();
    options.rotate_on_renewal = ringtail::sandbox_rotation::channel;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        std::optional<ringtail::cursor> saved;
        {
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            listener program(subscription);
            co_await begin(w, program, subscription);
            co_await subscription.renew();
            w.tell(2);
            co_await program.hear(2);
            subscription.acknowledge();
            saved = subscription.cursor();
        }
        auto subscription = co_await account.adopt_subscription<pubnub>(*saved, messages());
        listener program(subscription);
        w.tell(3);
        co_await program.hear(3);
        CHECK(program.heard() == "gap:stale_position/possible 3");
    });
}

TEST_CASE("a cursor names the subscription that its events are of, not the one that was created behind them")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        std::optional<ringtail::cursor> saved;
        {
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            auto const before = subscription.info().id;
            listener program(subscription);
            co_await begin(w, program, subscription);
            w.tell(2); // received or not, it is not taken
            co_await w.turns();
            w.box.delete_subscription(before);
            static_cast<void>(co_await failure_of(subscription.renew()));
            co_await w.until([&] { return subscription.info().id != before; });
            saved = subscription.cursor();
            CHECK(saved->subscription_id() == before);
            co_await program.hear("recreated"); // behind the gap
            subscription.acknowledge();
            CHECK(subscription.cursor().subscription_id() == subscription.info().id);
        }
        auto subscription = co_await account.adopt_subscription<pubnub>(*saved, messages());
        listener program(subscription);
        w.tell(3);
        co_await program.hear(3);
        CHECK(program.heard() == "gap:recreated/proven 3");
    });
}

TEST_CASE("the gap behind a restart reaches back to when the subscription last was known to live, not to the last poll")
{
    auto options = world::usual();
    options.empty_poll_moves_cursor = true;
    options.poll_hold = 20ms;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        std::optional<ringtail::cursor> saved;
        {
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            listener program(subscription);
            co_await begin(w, program, subscription);
            w.box.delete_subscription(subscription.info().id);
            auto const polls = w.requests(sandbox_call::pubnub_subscribe);
            co_await w.until_requests(sandbox_call::pubnub_subscribe, polls + 5); // which PubNub answers gladly
            CHECK_FALSE(subscription.try_next_event());
            saved = subscription.cursor();
            CHECK(*saved->complete_until() < *saved->confirmed());
        }
        auto subscription = co_await account.adopt_subscription<pubnub>(*saved, messages());
        listener program(subscription);
        co_await program.hear("gap:recreated/proven");
        CHECK(program.last<ringtail::gap>().from <= saved->complete_until());
    });
}

TEST_CASE("the position of a session that has no subscription yet is not saved")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        std::optional<ringtail::cursor> saved;
        {
            auto subscription = co_await account.create_subscription<websocket>(messages());
            auto const before = subscription.info().id;
            listener program(subscription);
            co_await begin(w, program, subscription);
            w.box.inject(fault::recovery_refused("WSG-1003"));
            w.box.inject(fault::stall(sandbox_call::subscription_create));
            w.box.disturb_gateway(fault(sandbox_call::any, effect::reset));
            co_await w.until([&] { return w.box.statistics().gateway_connections == 2; });
            co_await w.turns();
            while (subscription.try_next_event()) {
            }
            saved = subscription.cursor();
            CHECK(saved->subscription_id() == before);
            w.box.clear_faults();
        }
        auto subscription = co_await account.adopt_subscription<websocket>(*saved, messages());
        listener program(subscription);
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.last<ringtail::gap>().from <= saved->complete_until());
    });
}

TEST_CASE("a subscription that may not be looked at is not adopted, and the service is asked once")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        std::optional<ringtail::cursor> saved;
        {
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            saved = subscription.cursor();
        }
        w.box.inject(fault::status(sandbox_call::subscription_get, 403, {"CMN-408"}).always());
        auto const why = co_await failure_of(called([&] { return account.adopt_subscription<pubnub>(*saved, messages()); }));
        REQUIRE(why);
        CHECK(why->code() == error::refused);
        CHECK(why->has("CMN-408"));
        CHECK(w.requests(sandbox_call::subscription_get) == 1);
    });
}

TEST_CASE("another user's cursor is refused before anything is asked with it")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        co_await account.login();
        auto const foreign = ringtail::cursor("17360000000000001/4").named("pubnub", "5f1c", {}).owned("999", {});
        auto const why = co_await failure_of(called([&] { return account.adopt_subscription<pubnub>(foreign, messages()); }));
        REQUIRE(why);
        CHECK(why->code() == error::invalid_cursor);
        CHECK(w.requests(sandbox_call::subscription_get) == 0);
    });
}

TEST_CASE("a position that PubNub can't have given is refused: of no time, or of one to come")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        for (std::string const position : {"0", "0/4", "97360000000000001/4", "123456789012345678901", "half a page"}) {
            CAPTURE(position);
            auto const mangled = ringtail::cursor(position).named("pubnub", "5f1c", {});
            auto const why = co_await failure_of(called([&] { return account.adopt_subscription<pubnub>(mangled, messages()); }));
            REQUIRE(why);
            CHECK(why->code() == error::invalid_cursor);
        }
    });
}
