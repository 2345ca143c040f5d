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

/// What a process leaves that heard one notification and was killed.
asio::awaitable<ringtail::cursor> left_behind(world& w, ringtail::client account)
{
    auto subscription = co_await account.create_subscription<pubnub>(messages());
    listener program(subscription);
    co_await begin(w, program, subscription);
    co_return subscription.cursor();
}

/// Another process goes on where this one stood after it took `taken` of the notifications 1 to 5.
void goes_on_elsewhere(bool at_once, int taken, bool acknowledges_last, std::string const& expected)
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        std::string saved;
        std::string id;
        {
            auto account = w.account();
            auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
            id = subscription.info().id;
            listener program(subscription);
            if (at_once) {
                w.tell(1, 5);
            }
            for (auto n = 1; n <= taken; ++n) {
                if (!at_once) {
                    w.tell(n);
                }
                co_await program.hear(n);
            }
            if (acknowledges_last) {
                subscription.acknowledge();
            }
            saved = subscription.cursor().to_json();
        } // as by kill -9: nothing is said to the server
        if (!at_once) {
            w.tell(taken + 1, 5);
        }
        auto account = w.account();
        auto subscription = co_await account.adopt_subscription<pubnub>(ringtail::cursor::parse(saved), messages());
        CHECK(subscription.info().id == id);
        listener program(subscription);
        w.tell(6);
        co_await program.hear(6);
        CHECK(program.heard() == expected);
        CHECK(w.requests(sandbox_call::subscription_create) == 1);
    });
}

TEST_CASE("a subscription is adopted where its cursor stands: the event that was not acknowledged comes again, and none is lost")
{
    goes_on_elsewhere(false, 3, false, "3 4 5 6");
    goes_on_elsewhere(false, 5, false, "5 6");
}

TEST_CASE("a subscription is adopted behind the last acknowledged event without a repetition")
{
    goes_on_elsewhere(false, 3, true, "4 5 6");
    goes_on_elsewhere(false, 5, true, "6");
}

TEST_CASE("a subscription that is adopted with all of a batch acknowledged repeats nothing")
{
    goes_on_elsewhere(true, 5, true, "6");
}

TEST_CASE("a batch that was not acknowledged to its end comes again as a whole: at least once over a restart")
{
    goes_on_elsewhere(true, 3, true, "1 2 3 4 5 6");
    goes_on_elsewhere(true, 3, false, "1 2 3 4 5 6");
}

TEST_CASE("a subscription is adopted with the filters that are wanted now")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const saved = co_await left_behind(w, account);
        auto more = messages();
        more.extension_list();
        auto subscription = co_await account.adopt_subscription<pubnub>(saved, more);
        CHECK(subscription.outcome().complete());
        listener program(subscription);
        w.box.publish("/restapi/v1.0/account/~/extension", R"({"n":2})");
        w.tell(3);
        co_await program.hear(3);
        CHECK(program.heard() == "2 3");
    });
}

TEST_CASE("adopting a subscription that is gone creates another one, behind a gap")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const saved = co_await left_behind(w, account);
        w.box.delete_subscription(saved.subscription_id());
        auto subscription = co_await account.adopt_subscription<pubnub>(saved, messages());
        CHECK(subscription.info().id != saved.subscription_id());
        listener program(subscription);
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.heard() == "gap:recreated/proven 2");
    });
}

TEST_CASE("adopting from a position older than the buffer surely holds brings a possible gap")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const saved = co_await left_behind(w, account);
        w.tell(2);
        w.pass(150s);
        auto subscription = co_await account.adopt_subscription<pubnub>(saved, messages());
        listener program(subscription);
        co_await program.hear(2);
        CHECK(program.heard() == "gap:stale_position/possible 2");
        CHECK(program.last<ringtail::gap>().from.has_value());
    });
}

TEST_CASE("the times of a saved cursor are by the service's clock, whatever ours says then and later")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        w.set_wall_clock(1h);
        auto const saved = co_await left_behind(w, account);
        auto const now = std::chrono::system_clock::now();
        CHECK(*saved.confirmed() > now - 10s); // by the service's clock
        CHECK(*saved.confirmed() < now + 10s);
        w.set_wall_clock(0s);
        w.tell(2);
        auto another = w.account();
        auto subscription = co_await another.adopt_subscription<pubnub>(saved, messages());
        listener program(subscription);
        co_await program.hear(2);
        CHECK(program.heard() == "2");
    });
}

TEST_CASE("adopting learns of an address that changed meanwhile, and tells that something may have been left at the old one")
{
    for (auto combination = 1u; combination < 8u; ++combination) {
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            std::optional<ringtail::cursor> saved;
            {
                auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
                listener program(subscription);
                w.tell(1);
                co_await program.hear(1);
                subscription.acknowledge();
                saved = subscription.cursor();
            }
            w.box.rotate_subscription(saved->subscription_id(), static_cast<ringtail::sandbox_rotation>(combination));
            w.tell(2, 4);
            auto subscription = co_await account.adopt_subscription<pubnub>(*saved, messages());
            listener program(subscription);
            co_await program.hear(4);
            auto const elsewhere = (combination & 5u) != 0; // not the encryption key alone
            CHECK(program.heard() == (elsewhere ? "gap:stale_position/possible 2 3 4" : "2 3 4"));
        });
    }
}

TEST_CASE("a cursor of another transport, without a subscription or corrupt is refused with the reason")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const code_of = [&](ringtail::cursor from) -> asio::awaitable<ringtail::error_code> {
            auto const why = co_await failure_of(called([&] { return account.adopt_subscription<pubnub>(from, messages()); }));
            co_return why ? why->code() : ringtail::error_code();
        };
        auto const foreign = co_await code_of(ringtail::cursor("1").named("websocket", "id", {}));
        CHECK(foreign == error::invalid_cursor);
        auto const empty = co_await code_of(ringtail::cursor());
        CHECK(empty == error::invalid_cursor);
        auto const unnamed = co_await code_of(ringtail::cursor("17/4").named("pubnub", "", {}));
        CHECK(unnamed == error::invalid_cursor);
        for (auto const* const text : {"", "{", "[]", "{}", R"({"ringtail_cursor":2})", R"({"ringtail_cursor":1,"transport":"pubnub"})",
                                       R"({"ringtail_cursor":1,"transport":"pubnub","subscription":"s","position":"17/4","confirmed":"yesterday"})"}) {
            CHECK_THROWS_AS(static_cast<void>(ringtail::cursor::parse(text)), ringtail::failure);
        }
        CHECK(w.requests(sandbox_call::any) == 0);
    });
}

TEST_CASE("what was left at the address of before is told behind a restart")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const saved = co_await left_behind(w, account);
        w.tell(2);
        w.box.rotate_subscription(saved.subscription_id(), ringtail::sandbox_rotation::channel);
        auto subscription = co_await account.adopt_subscription<pubnub>(saved, messages());
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

TEST_CASE("meanwhile it is complete only until that address was left, wherever the new one's position is")
{
    auto options = world::usual();
    options.rotate_on_renewal = ringtail::sandbox_rotation::channel;
    options.omit_date = true; // so that all clocks are one
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        co_await begin(w, program, subscription);
        co_await w.another_millisecond();
        auto const left = std::chrono::system_clock::now();
        co_await w.another_millisecond();
        co_await subscription.renew();
        co_await w.another_millisecond();
        w.tell(2);
        co_await program.hear(2);
        subscription.acknowledge();
        auto const complete = subscription.cursor().complete_until();
        REQUIRE(complete);
        CHECK(*complete <= left);
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

} // namespace
