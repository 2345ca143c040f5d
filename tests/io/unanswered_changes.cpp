// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "support/world.hpp"

#include <ringtail/pubnub.hpp>

#include <optional>

namespace {

using namespace test_support;
using ringtail::fault;
using ringtail::pubnub;

constexpr auto change = sandbox_call::subscription_modify;

ringtail::event_filters messages_and_presence()
{
    auto filters = messages();
    filters.presence("~");
    return filters;
}

ringtail::event_filters presence_only()
{
    ringtail::event_filters filters;
    filters.presence("~");
    return filters;
}

} // namespace

TEST_CASE("a change of filters that had no answer and was carried out is taken back, and a gap stands for the time between")
{
    for (auto const lost : {2u, 4u}) { // over a kept connection it is asked twice; the second pair is what takes it back
        CAPTURE(lost);
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            auto subscription = co_await account.create_subscription<pubnub>(messages_and_presence());
            listener program(subscription);
            w.tell(1);
            co_await program.hear(1);
            w.box.inject(fault::lost(change).times(lost));
            auto const why = co_await failure_of(subscription.modify(presence_only()));
            REQUIRE(why);
            CHECK(subscription.filters().size() == 2);
            co_await program.hear("gap:lapsed/possible");
            CHECK(subscription.info().event_filters.size() == 2);
            CHECK(w.tell(2) == 1);
            co_await program.hear(2);
            CHECK(program.heard() == "1 gap:lapsed/possible 2");
        });
    }
}

TEST_CASE("a change of filters that never arrived leaves everything as it was")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages_and_presence());
        listener program(subscription);
        w.box.inject(fault::reset(change).times(2));
        auto const why = co_await failure_of(subscription.modify(presence_only()));
        REQUIRE(why);
        co_await w.until_requests(sandbox_call::subscription_get, 1);
        w.tell(1);
        co_await program.hear(1);
        CHECK(program.heard() == "1");
        CHECK(subscription.filters().size() == 2);
    });
}

TEST_CASE("what came to the address between a change without an answer and the next change is heard")
{
    auto options = world::usual();
    options.rotate_on_renewal = ringtail::sandbox_rotation::channel;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.inject(fault::lost(change).times(2));
        auto const why = co_await failure_of(subscription.modify(messages_and_presence()));
        REQUIRE(why);
        w.tell(2);
        co_await subscription.modify(messages_and_presence());
        w.tell(3);
        co_await program.hear(3);
        auto const all = program.heard();
        CHECK((all == "1 2 3" || all.find("gap:lapsed/possible") != std::string::npos));
    });
}

TEST_CASE("where both of them had no answer, what a look finds may have been the second move: that is told")
{
    auto options = world::usual();
    options.rotate_on_renewal = ringtail::sandbox_rotation::channel;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        co_await subscription.renew(); // over the connection that is kept from here on
        w.box.inject(fault::lost(change).times(2));
        auto const why = co_await failure_of(subscription.modify(messages_and_presence()));
        REQUIRE(why);
        CHECK(w.requests(change) == 2);
        co_await program.hear("gap:lapsed/possible");
        w.tell(1);
        co_await program.hear(1);
    });
}

TEST_CASE("a change that was asked for twice, for a kept connection broke behind it, may have moved twice: that is told")
{
    auto options = world::usual();
    options.rotate_on_renewal = ringtail::sandbox_rotation::channel;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        co_await subscription.renew(); // over the connection that is kept from here on
        w.box.inject(fault::lost(sandbox_call::subscription_renew));
        co_await subscription.renew();
        w.tell(1);
        co_await program.hear(1);
        CHECK(w.requests(sandbox_call::subscription_renew) == 3);
        CHECK(program.heard() == "gap:lapsed/possible 1");
    });
}
