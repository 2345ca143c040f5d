// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "support/interceptor.hpp"

#include <boost/asio/post.hpp>

namespace {

using namespace test_support;
using ringtail::error;
using ringtail::fault;
using ringtail::pubnub;
using effect = ringtail::fault_effect;
constexpr auto poll = sandbox_call::pubnub_subscribe;

// Waiting

TEST_CASE("next_event gives up at its deadline, and what comes later is not lost")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        auto late = std::optional<ringtail::failure>();
        auto wait = [&]() -> asio::awaitable<void> { late = co_await failure_of(subscription.next_event(ringtail::duration(60s))); };
        w.beside(wait());
        co_await w.turns();
        w.pass(59s);
        co_await w.turns();
        CHECK_FALSE(late.has_value());
        w.pass(2s);
        co_await w.until([&] { return late.has_value(); });
        CHECK(late->code() == error::timed_out);
        w.tell(2);
        co_await program.hear(2);
        auto const past = std::chrono::steady_clock::now() - 1h;
        co_await refused(subscription.next_event(past), error::timed_out);
        CHECK(program.heard() == "1 2");
    });
}

TEST_CASE("an event that is there is yielded even behind the deadline, and one that comes before it in time")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.tell(2, 3);
        co_await w.until([&] { return w.box.statistics().messages_delivered == 3; });
        co_await w.turns();
        auto const past = std::chrono::steady_clock::now() - 1h;
        auto const second = co_await subscription.next_event(past);
        REQUIRE(second.has_value());
        CHECK(word(*second) == "2");
        auto const third = co_await subscription.next_event(ringtail::duration(-5s));
        REQUIRE(third.has_value());
        CHECK(word(*third) == "3");
        std::optional<ringtail::event> fourth;
        auto wait = [&]() -> asio::awaitable<void> { fourth = co_await subscription.next_event(ringtail::duration(60s)); };
        w.beside(wait());
        co_await w.turns();
        w.tell(4);
        co_await w.until([&] { return fourth.has_value(); });
        CHECK(word(*fourth) == "4");
    });
}

TEST_CASE("try_next_event takes a batch without waiting, and yields nothing where next_event would wait")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        CHECK_FALSE(subscription.try_next_event().has_value());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.tell(2, 51);
        co_await program.hear(2);
        while (auto event = subscription.try_next_event()) {
            program.events.push_back(std::move(*event));
        }
        CHECK(program.heard() == numbers(1, 51));
        CHECK_FALSE(subscription.try_next_event().has_value());
        co_await subscription.close();
        CHECK_FALSE(subscription.try_next_event().has_value());
    });
}

TEST_CASE("a second next_event beside a waiting one is an error, and does the first no harm")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        auto wait = [&]() -> asio::awaitable<void> { co_await program.hear(2); };
        w.beside(wait());
        co_await w.turns();
        co_await refused(subscription.next_event(), error::operation_in_progress);
        co_await refused(subscription.next_event(ringtail::duration(10s)), error::operation_in_progress);
        w.tell(2);
        co_await w.until([&] { return program.heard() == "1 2"; });
        w.tell(3);
        co_await program.hear(3);
    });
}

// Positions

TEST_CASE("taken means returned, and the following call acknowledges it")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        auto const position = [&] { return std::string(subscription.cursor().position()); };
        w.tell(1);
        co_await program.hear(1);
        auto const before = position();
        w.tell(2);
        co_await w.until([&] { return w.box.statistics().messages_delivered == 2; });
        co_await w.turns();
        CHECK(position() == before); // 1 is not acknowledged yet
        co_await program.hear(2);
        auto const behind_1 = position();
        CHECK(behind_1 != before);
        subscription.acknowledge();
        auto const behind_2 = position();
        CHECK(behind_2 != behind_1);
        subscription.acknowledge();
        CHECK_FALSE(subscription.try_next_event().has_value());
        CHECK(position() == behind_2);
        auto const cursor = subscription.cursor();
        CHECK(cursor.transport() == "pubnub");
        CHECK(cursor.subscription_id() == subscription.info().id);
        CHECK(cursor.confirmed().has_value());
    });
}

// A program that is slow

TEST_CASE("a full queue stops the polling, and nothing is lost")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.queue_capacity = 5;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        for (auto n = 2; n <= 6; ++n) { // each by a poll of its own
            w.tell(n);
            co_await w.until([&] { return w.box.statistics().messages_delivered == static_cast<std::uint64_t>(n); });
            co_await w.turns(20);
        }
        auto const asked = w.requests(poll);
        w.tell(7, 60);
        co_await w.turns();
        CHECK(w.requests(poll) == asked);
        CHECK(w.box.statistics().messages_delivered == 6);
        co_await program.hear(60);
        CHECK(program.heard() == numbers(1, 60));
    });
}

TEST_CASE("what a stopped polling let the server forget is a gap")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.queue_capacity = 1;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.tell(2);
        co_await w.until([&] { return w.box.statistics().messages_delivered == 2; });
        co_await w.turns();
        w.tell(3, 200);
        co_await program.hear(200);
        CHECK(program.heard() == "1 2 gap:buffer_overflow/possible " + numbers(101, 200));
    });
}

TEST_CASE("polling that was stopped for longer than the buffer surely holds goes on behind a possible gap")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.queue_capacity = 1;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.tell(2);
        co_await w.until([&] { return w.box.statistics().messages_delivered == 2; });
        co_await w.turns();
        w.pass(150s);
        w.tell(3);
        co_await program.hear(3);
        CHECK(program.heard() == "1 2 gap:stale_position/possible 3");
    });
}

// Ends

TEST_CASE("close lets the rest be taken, and then the stream is at its end")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        w.tell(1, 3);
        co_await w.until([&] { return w.box.statistics().messages_delivered == 3; });
        co_await w.turns();
        co_await subscription.close();
        listener program(subscription);
        while (co_await program.hear()) {
        }
        CHECK(program.heard() == "1 2 3");
        auto const more = co_await subscription.next_event();
        CHECK_FALSE(more.has_value());
        auto const later = co_await subscription.next_event(ringtail::duration(10s));
        CHECK_FALSE(later.has_value());
    });
}

TEST_CASE("close, unsubscribe and the end of the handle let a waiting next_event go with the end of the stream")
{
    using ending = std::function<asio::awaitable<void>(std::optional<ringtail::any_subscription>&)>;
    ending const close = [](auto& handle) -> asio::awaitable<void> { co_await handle->close(); };
    ending const unsubscribe = [](auto& handle) -> asio::awaitable<void> { co_await handle->unsubscribe(); };
    ending const destroy = [](auto& handle) -> asio::awaitable<void> {
        handle.reset();
        co_return;
    };
    ending const replace = [](auto& handle) -> asio::awaitable<void> {
        *handle = ringtail::any_subscription();
        co_return;
    };
    for (auto const& how : {close, unsubscribe, destroy, replace}) {
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            std::optional<ringtail::any_subscription> handle;
            handle.emplace(co_await account.create_subscription<pubnub>(messages()));
            auto ended = false;
            std::string heard;
            auto wait = [&]() -> asio::awaitable<void> {
                auto const& subscription = *handle;
                auto pending = subscription.next_event();
                auto event = co_await std::move(pending);
                while (event) {
                    heard += word(*event) + ' ';
                    if (!handle || !*handle) {
                        break;
                    }
                    event = co_await handle->next_event();
                }
                ended = true;
            };
            w.tell(1);
            w.beside(wait());
            co_await w.until([&] { return heard.find('1') != std::string::npos; });
            co_await w.turns();
            CHECK_FALSE(ended);
            co_await how(handle);
            co_await w.until([&] { return ended; });
            CHECK(heard == "connected 1 ");
        });
    }
}

TEST_CASE("a handle may be moved while next_event runs")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        std::optional<ringtail::any_subscription> first;
        first.emplace(co_await account.create_subscription<pubnub>(messages()));
        std::string heard;
        auto wait = [&]() -> asio::awaitable<void> {
            auto pending = first->next_event();
            auto event = co_await std::move(pending);
            heard = word(*event);
        };
        w.beside(wait());
        co_await w.turns();
        ringtail::any_subscription second(std::move(*first));
        first.reset();
        ringtail::any_subscription third;
        third = std::move(second);
        CHECK_FALSE(static_cast<bool>(second)); // NOLINT: what moving leaves behind is promised
        w.tell(1);
        co_await w.until([&] { return !heard.empty(); });
        CHECK(heard == "connected");
        listener program(third);
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.heard() == "1 2");
    });
}

TEST_CASE("operations may outlive the handle and the client that started them")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        std::optional<ringtail::client> account(w.account());
        std::optional<ringtail::any_subscription> handle;
        handle.emplace(co_await account->create_subscription<pubnub>(messages()));
        auto done = 0;
        auto keep = [&](asio::awaitable<void> operation) -> asio::awaitable<void> {
            co_await failure_of(std::move(operation));
            ++done;
        };
        w.box.inject(fault::delayed(sandbox_call::any, 10ms).always());
        w.beside(keep(handle->renew()));
        w.beside(keep(handle->modify(messages())));
        w.beside(keep(account->login()));
        auto get = account->get("/restapi/v1.0/account/~/extension/~");
        auto read = [&](asio::awaitable<json::value> operation) -> asio::awaitable<void> {
            auto const value = co_await std::move(operation);
            CHECK(value.is_object());
            ++done;
        };
        w.beside(read(std::move(get)));
        co_await w.turns(5);
        handle.reset();
        account.reset();
        co_await w.until([&] { return done == 4; });
    });
}

TEST_CASE("an awaitable that was made but never awaited does no harm, whatever happens to the handle")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        std::optional<ringtail::any_subscription> handle;
        handle.emplace(co_await account.create_subscription<pubnub>(messages()));
        auto unused_event = handle->next_event();
        auto unused_close = handle->close();
        auto unused_renew = handle->renew();
        auto late = handle->next_event();
        handle.reset();
        co_await w.turns();
        for (;;) {
            auto const event = co_await std::move(late);
            if (!event) {
                break;
            }
            CHECK(word(*event) == "connected");
            break;
        }
    });
}

TEST_CASE("an empty handle is an error, not undefined behaviour")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        ringtail::subscription<pubnub> empty;
        CHECK_FALSE(static_cast<bool>(empty));
        CHECK_THROWS_AS(static_cast<void>(empty.try_next_event()), ringtail::failure);
        CHECK_THROWS_AS(empty.acknowledge(), ringtail::failure);
        CHECK_THROWS_AS(static_cast<void>(empty.info()), ringtail::failure);
        CHECK_THROWS_AS(static_cast<void>(empty.filters()), ringtail::failure);
        CHECK_THROWS_AS(static_cast<void>(empty.outcome()), ringtail::failure);
        CHECK_THROWS_AS(static_cast<void>(empty.cursor()), ringtail::failure);
        auto count = 0;
        auto const closed = [&](auto call) {
            try {
                auto pending = call();
            } catch (ringtail::failure const& why) {
                count += why.code() == error::closed ? 1 : 0;
            }
        };
        closed([&] { return empty.next_event(); });
        closed([&] { return empty.renew(); });
        closed([&] { return empty.modify(messages()); });
        closed([&] { return empty.add_filters(messages()); });
        closed([&] { return empty.close(); });
        closed([&] { return empty.unsubscribe(); });
        CHECK(count == 6);
        co_return;
    });
}

TEST_CASE("the program is done once it has closed its subscription: the context runs out of work")
{
    world w; // for its sandbox
    auto& context = w.context;
    auto settings = w.settings();
    ringtail::client account(context.get_executor(), settings); // lives on, as in a program's main
    auto closed = false;
    auto program = [&]() -> asio::awaitable<void> {
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        w.tell(1);
        listener hears(subscription);
        co_await hears.hear(1);
        co_await subscription.close();
        closed = true;
        w.box.stop();
    };
    w.beside(program());
    context.run_for(15s);
    CHECK(closed);
    CHECK(context.stopped());
}

TEST_CASE("a subscription that ended for good says why, every time it is asked")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.tell(2);
        co_await w.until([&] { return w.box.statistics().messages_delivered == 2; });
        co_await w.turns();
        w.box.expire_tokens();
        w.box.inject(fault::oauth_error(sandbox_call::token, 400, "invalid_grant", "OAU-211"));
        w.box.inject(fault::oauth_error(sandbox_call::token, 400, "invalid_grant", "OAU-140"));
        co_await failure_of(subscription.renew());
        co_await program.hear(2); // what was received can still be taken
        std::optional<ringtail::failure> why;
        while (!why) {
            why = co_await failure_of(program.hear());
        }
        CHECK(why->code() == error::bad_credentials);
        co_await refused(subscription.next_event(), error::bad_credentials);
        co_await refused(subscription.renew(), error::closed);
        co_await subscription.close();
    });
}

// Contexts that go down

/// A context is destroyed when `reached` says so, with all that is then underway.
void goes_down(std::function<void(world&)> prepare, std::function<asio::awaitable<void>(world&, ringtail::any_subscription&)> what,
               std::function<bool(world&)> reached)
{
    std::optional<ringtail::client> account; // outlived by nothing but its context
    world w;
    account.emplace(w.account());
    auto program = [](world& in, ringtail::client from, auto& does) -> asio::awaitable<void> {
        auto subscription = co_await from.create_subscription<pubnub>(messages(), true);
        co_await does(in, subscription);
    };
    auto watch = [](world& in, auto& when) -> asio::awaitable<void> {
        co_await in.until([&in, &when] { return when(in); });
        co_await in.turns(20);
        in.context.stop();
    };
    prepare(w);
    w.beside(program(w, *account, what));
    w.beside(watch(w, reached));
    w.context.run_for(20s);
    CHECK(reached(w));
    account.reset();
}

TEST_CASE("a context may be destroyed with everything in flight")
{
    auto const nothing = [](world&) {};
    auto const follow = [](world& in, ringtail::any_subscription& subscription) -> asio::awaitable<void> {
        listener program(subscription);
        in.tell(1);
        while (co_await program.hear()) {
        }
    };
    auto const asked = [](sandbox_call call, std::uint64_t count) {
        return [call, count](world& w) { return w.requests(call) >= count; };
    };
    SUBCASE("while logging in")
    {
        goes_down([](world& w) { w.box.inject(fault::stall(sandbox_call::token).always()); }, follow,
                  [](world& w) { return w.box.statistics().faults >= 1; });
    }
    SUBCASE("while creating")
    {
        goes_down([](world& w) { w.box.inject(fault::stall(sandbox_call::subscription_create).always()); }, follow,
                  [](world& w) { return w.box.statistics().faults >= 1; });
    }
    SUBCASE("while waiting for an event")
    {
        goes_down(nothing, follow, [](world& w) { return w.box.statistics().messages_delivered >= 1; });
    }
    SUBCASE("while waiting for an event with a deadline")
    {
        goes_down(
            nothing,
            [](world& in, ringtail::any_subscription& subscription) -> asio::awaitable<void> {
                in.tell(1);
                for (;;) {
                    co_await subscription.next_event(ringtail::duration(60s));
                }
            },
            [](world& w) { return w.box.statistics().messages_delivered >= 1; });
    }
    SUBCASE("while renewing")
    {
        goes_down([](world& w) { w.box.inject(fault::stall(sandbox_call::subscription_renew).always()); },
                  [](world&, ringtail::any_subscription& subscription) -> asio::awaitable<void> { co_await subscription.renew(); },
                  [](world& w) { return w.box.statistics().faults >= 1; });
    }
    SUBCASE("while reconnecting")
    {
        goes_down([](world& w) { w.box.inject(fault::reset(poll).always()); }, follow, asked(poll, 3));
    }
    SUBCASE("while draining an old channel")
    {
        goes_down(
            nothing,
            [](world& in, ringtail::any_subscription& subscription) -> asio::awaitable<void> {
                in.box.rotate_subscription(subscription.info().id, ringtail::sandbox_rotation::all);
                co_await subscription.renew();
                in.tell(1);
                co_await in.until([] { return false; });
            },
            [](world& w) { return w.box.statistics().messages_delivered >= 1; });
    }
    SUBCASE("while the queue is full")
    {
        goes_down(
            nothing,
            [](world& in, ringtail::any_subscription&) -> asio::awaitable<void> {
                in.tell(1, 90);
                co_await in.until([] { return false; });
            },
            [](world& w) { return w.box.statistics().messages_delivered >= 90; });
    }
    SUBCASE("while closing")
    {
        goes_down([](world& w) { w.box.inject(fault::stall(sandbox_call::subscription_delete).always()); },
                  [](world&, ringtail::any_subscription& subscription) -> asio::awaitable<void> { co_await subscription.unsubscribe(); },
                  [](world& w) { return w.box.statistics().faults >= 1; });
    }
}

} // namespace
