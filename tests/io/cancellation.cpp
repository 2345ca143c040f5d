// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "support/world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

namespace {

using namespace test_support;
using ringtail::error;
using ringtail::fault;
using ringtail::pubnub;
using effect = ringtail::fault_effect;

constexpr char const* own_extension = "/restapi/v1.0/account/~/extension/~";

/// An operation that can be cancelled, and how it ended.
class attempt {
public:
    attempt(world& in, asio::awaitable<void> operation)
    {
        asio::co_spawn(in.context, std::move(operation), asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr how) {
            ended = true;
            try {
                if (how) {
                    std::rethrow_exception(how);
                }
            } catch (boost::system::system_error const& thrown) {
                code = thrown.code();
            }
        }));
    }
    attempt(attempt const&) = delete;
    attempt& operator=(attempt const&) = delete;

    void cancel(asio::cancellation_type how = asio::cancellation_type::terminal) { signal.emit(how); }
    [[nodiscard]] bool cancelled() const { return ended && code == asio::error::operation_aborted; }

    asio::cancellation_signal signal;
    bool ended = false;
    boost::system::error_code code;
};

asio::awaitable<void> take(ringtail::any_subscription const& from, std::string& into)
{
    auto const event = co_await from.next_event();
    into += (into.empty() ? "" : " ") + (event ? word(*event) : std::string("end"));
}

TEST_CASE("a next_event that is cancelled at once loses nothing")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        for (auto n = 2; n < 30; ++n) {
            std::string heard;
            attempt waiting(w, take(subscription, heard));
            co_await w.turns(n % 3);
            waiting.cancel();
            co_await w.until([&] { return waiting.ended; });
            CHECK(waiting.cancelled());
            CHECK(heard.empty());
            w.tell(n);
            co_await program.hear(n);
        }
        CHECK(program.heard() == numbers(1, 29));
    });
}

TEST_CASE("every kind of cancellation ends a next_event")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        auto again = [&]() -> asio::awaitable<void> {
            // The default filter of a coroutine lets only terminal through.
            co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
            co_await subscription.next_event();
        };
        for (auto const kind : {asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total}) {
            attempt waiting(w, again());
            co_await w.turns(3);
            waiting.cancel(kind);
            co_await w.until([&] { return waiting.ended; });
            CHECK(waiting.cancelled());
        }
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.heard() == "1 2");
    });
}

TEST_CASE("a next_event that is cancelled while an event arrives either yields it or leaves it, whatever the moment")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        std::string heard;
        auto yielded = 0;
        auto left = 0;
        for (auto n = 2; n < 120; ++n) {
            attempt waiting(w, take(subscription, heard));
            co_await asio::post(w.context, asio::use_awaitable);
            w.tell(n);
            for (auto i = 0; i < n % 40; ++i) {
                co_await asio::post(w.context, asio::use_awaitable);
            }
            waiting.cancel();
            co_await w.until([&] { return waiting.ended; });
            if (waiting.cancelled()) {
                ++left;
                co_await take(subscription, heard);
            } else {
                ++yielded;
            }
        }
        CHECK(heard == numbers(2, 119));
        CHECK(yielded > 0);
        CHECK(left > 0);
    });
}

TEST_CASE("a next_event with a deadline that is cancelled loses nothing either")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        auto wait = [&]() -> asio::awaitable<void> { co_await subscription.next_event(ringtail::duration(60s)); };
        for (auto n = 2; n < 20; ++n) {
            attempt waiting(w, wait());
            co_await w.turns(n % 4);
            waiting.cancel();
            co_await w.until([&] { return waiting.ended; });
            CHECK(waiting.cancelled());
            w.tell(n);
            co_await program.hear(n);
        }
        CHECK(program.heard() == numbers(1, 19));
    });
}

/// Cancels a creation when `when` holds; nothing may be left on the server, and the client must go on working.
void cancelled_creation(std::function<void(world&)> prepare, std::function<bool(world&)> when, int turns_later)
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.call_timeout = 5s;
        auto account = w.account(settings);
        if (prepare) {
            prepare(w);
        }
        auto create = [&]() -> asio::awaitable<void> { co_await account.create_subscription<pubnub>(messages()); };
        attempt creating(w, create());
        co_await w.until([&] { return creating.ended || !when || when(w); });
        for (auto i = 0; i < turns_later; ++i) {
            co_await asio::post(w.context, asio::use_awaitable);
        }
        creating.cancel();
        co_await w.until([&] { return creating.ended; });
        auto const was_cancelled = creating.cancelled();
        if (was_cancelled) {
            co_await w.turns(40);
            co_await w.until([&] { return w.box.subscription_ids().empty(); });
            co_await w.turns(40);
            CHECK(w.box.subscription_ids().empty());
        } else {
            CHECK_FALSE(creating.code);
        }
        w.box.clear_faults();
        auto const left = w.box.subscription_ids().size();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        co_await subscription.unsubscribe();
        CHECK(w.box.subscription_ids().size() == left);
        CHECK(left == (was_cancelled ? 0u : 1u));
    });
}

TEST_CASE("a creation that is cancelled leaves nothing on the server: while logging in")
{
    cancelled_creation([](world& w) { w.box.inject(fault::delayed(sandbox_call::token, 50ms)); },
                       [](world& w) { return w.requests(sandbox_call::token) == 1; }, 20);
}

TEST_CASE("a creation that is cancelled leaves nothing on the server: while the create request waits for its answer")
{
    cancelled_creation([](world& w) { w.box.inject(fault::delayed(sandbox_call::subscription_create, 30ms)); },
                       [](world& w) { return w.requests(sandbox_call::subscription_create) == 1; }, 20);
}

TEST_CASE("a creation that is cancelled leaves nothing on the server: when the answer gets lost")
{
    cancelled_creation([](world& w) { w.box.inject(fault::lost(sandbox_call::subscription_create)); },
                       [](world& w) { return w.requests(sandbox_call::subscription_create) == 1; }, 0);
    cancelled_creation([](world& w) { w.box.inject(fault(sandbox_call::subscription_create, effect::cut_body)); },
                       [](world& w) { return w.requests(sandbox_call::subscription_create) == 1; }, 5);
}

TEST_CASE("a creation that is cancelled leaves nothing on the server: while the service is unreachable")
{
    cancelled_creation([](world& w) { w.box.inject(fault::reset(sandbox_call::subscription_create).always()); },
                       [](world& w) { return w.requests(sandbox_call::subscription_create) >= 3; }, 0);
}

TEST_CASE("a creation that is cancelled leaves nothing on the server: at any step")
{
    for (auto turns = 0; turns < 60; ++turns) {
        cancelled_creation({}, {}, turns);
    }
}

TEST_CASE("a cancelled call ends at once, and the client goes on working")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        auto const as_void = [](auto operation) -> asio::awaitable<void> { co_await std::move(operation); };
        std::vector<std::function<asio::awaitable<void>()>> const calls{
            [&] { return as_void(account.get(own_extension)); },
            [&] { return as_void(account.list_extensions()); },
            [&] { return as_void(account.list_subscriptions()); },
            [&] { return as_void(account.get_subscription("x")); },
            [&] { return as_void(account.create_resource(messages(), ringtail::delivery_mode::pubnub())); },
            [&] { return as_void(account.modify_resource("x", messages())); },
            [&] { return as_void(account.renew_resource("x")); },
            [&] { return account.delete_subscription("x"); },
            [&] { return as_void(account.call(ringtail::request("GET", own_extension))); },
            [&] { return account.revoke(); },
            [&] { return account.login(ringtail::jwt_login(ringtail::secret(w.box.jwt()))); },
            [&] { return subscription.renew(); },
            [&] { return subscription.modify(messages()); },
            [&] { return subscription.add_filters(messages()); },
        };
        for (auto const& call : calls) {
            CAPTURE(&call - calls.data());
            co_await w.turns(50); // the subscription's poll waits again, so the stall is for the call
            w.box.inject(fault::stall(sandbox_call::any));
            auto const faults = w.box.statistics().faults;
            attempt running(w, call()); // which may be the only one that asks for anything
            co_await w.until([&] { return w.box.statistics().faults > faults; });
            co_await w.turns(5);
            CHECK_FALSE(running.ended);
            running.cancel();
            co_await w.turns(50);
            CHECK(running.cancelled());
            w.box.clear_faults();
            co_await account.get(own_extension);
        }
        co_await subscription.close();
    });
}

TEST_CASE("a caller that is cancelled while it waits for a token does the other callers no harm")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto call = [&]() -> asio::awaitable<void> { co_await account.get(own_extension); };
        w.box.inject(fault::delayed(sandbox_call::token, 20ms));
        attempt first(w, call());
        attempt second(w, call());
        attempt third(w, call());
        co_await w.until_requests(sandbox_call::token, 1);
        first.cancel();
        third.cancel();
        co_await w.until([&] { return first.ended && second.ended && third.ended; });
        CHECK(first.cancelled());
        CHECK_FALSE(second.code);
        CHECK(third.cancelled());
        CHECK(w.requests(sandbox_call::token) == 1);
    });
}

TEST_CASE("a caller that is cancelled while a rate limit holds it ends at once")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.call_timeout = 100s;
        auto account = w.account(settings);
        co_await account.login();
        w.box.inject(fault::status(sandbox_call::other, 429, {"CMN-301"}, 50s));
        auto call = [&]() -> asio::awaitable<void> { co_await account.get(own_extension); };
        attempt running(w, call());
        co_await w.until_requests(sandbox_call::other, 1);
        co_await w.turns();
        CHECK_FALSE(running.ended);
        running.cancel();
        co_await w.turns(20);
        CHECK(running.cancelled());
    });
}

/// close() within its bound while the server answers nothing any more; `first` is what is underway then.
void closes(std::function<void(world&)> trouble, std::function<asio::awaitable<void>(ringtail::any_subscription&)> first)
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.queue_capacity = 3;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        w.tell(1);
        listener program(subscription);
        co_await program.hear(1);
        if (trouble) {
            trouble(w);
        }
        std::optional<attempt> running;
        if (first) {
            running.emplace(w, first(subscription));
            co_await w.turns(60);
        }
        auto close = [&]() -> asio::awaitable<void> { co_await subscription.close(); };
        attempt closing(w, close());
        co_await w.turns(100);
        if (!closing.ended) {
            w.pass(2s); // its bound
            co_await w.turns(100);
        }
        CHECK(closing.ended);
        CHECK_FALSE(closing.code);
        if (running) {
            co_await w.turns(100);
            CHECK(running->ended);
        }
        auto event = co_await subscription.next_event();
        while (event) {
            event = co_await subscription.next_event();
        }
    });
}

TEST_CASE("close ends within its bound whatever the peer does")
{
    auto const stalls = [](world& w) { w.box.inject(fault::stall(sandbox_call::any).always()); };
    SUBCASE("while it polls")
    {
        closes({}, {});
    }
    SUBCASE("while every call stalls")
    {
        closes(stalls, {});
    }
    SUBCASE("while a renewal stalls")
    {
        closes(stalls, [](auto& s) -> asio::awaitable<void> { co_await s.renew(); });
    }
    SUBCASE("while a modification stalls")
    {
        closes(stalls, [](auto& s) -> asio::awaitable<void> { co_await s.modify(messages()); });
    }
    SUBCASE("while the removal stalls")
    {
        closes(stalls, [](auto& s) -> asio::awaitable<void> { co_await s.unsubscribe(); });
    }
    SUBCASE("while an audit stalls")
    {
        closes(
            [](world& w) {
                w.box.inject(fault::stall(sandbox_call::subscription_get).always());
                w.pass(305s);
            },
            {});
    }
    SUBCASE("while it reconnects")
    {
        closes(
            [](world& w) {
                w.box.inject(fault::reset(sandbox_call::pubnub_subscribe).always());
                w.tell(2);
            },
            {});
    }
    SUBCASE("while nobody accepts connections")
    {
        closes([](world& w) { w.box.stop(); }, {});
    }
    SUBCASE("while its queue is full")
    {
        closes([](world& w) { w.tell(2, 20); }, {});
    }
    SUBCASE("while it drains an old channel")
    {
        closes(
            [](world& w) {
                for (auto const& id : w.box.subscription_ids()) {
                    w.box.rotate_subscription(id, ringtail::sandbox_rotation::all);
                }
            },
            [](auto& s) -> asio::awaitable<void> { co_await s.renew(); });
    }
    SUBCASE("while another close runs")
    {
        closes(stalls, [](auto& s) -> asio::awaitable<void> { co_await s.close(); });
    }
}

TEST_CASE("a removal that the server does not answer fails within the call's time, and the subscription is closed all the same")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        w.box.inject(fault::stall(sandbox_call::subscription_delete).always());
        std::optional<ringtail::failure> why;
        auto remove = [&]() -> asio::awaitable<void> { why = co_await failure_of(subscription.unsubscribe()); };
        w.beside(remove());
        co_await w.until([&] { return w.box.statistics().faults >= 1; });
        co_await w.turns(20);
        CHECK_FALSE(why.has_value());
        w.pass(31s);
        co_await w.until([&] { return why.has_value(); });
        CHECK(why->code() == error::timed_out);
        auto event = co_await subscription.next_event();
        while (event) {
            event = co_await subscription.next_event();
        }
    });
}

TEST_CASE("a modification that the server does not answer fails within the call's time, and the subscription goes on")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.box.inject(fault::stall(sandbox_call::subscription_modify));
        auto filters = messages();
        filters.presence("~");
        std::optional<ringtail::failure> why;
        auto modify = [&]() -> asio::awaitable<void> { why = co_await failure_of(subscription.modify(filters)); };
        w.beside(modify());
        co_await w.until([&] { return w.box.statistics().faults >= 1; });
        w.pass(31s);
        co_await w.until([&] { return why.has_value(); });
        CHECK(why->code() == error::timed_out);
        CHECK(subscription.filters() == messages());
        co_await subscription.modify(filters);
        CHECK(subscription.filters() == filters);
        w.tell(1);
        co_await program.hear(1);
    });
}

} // namespace
