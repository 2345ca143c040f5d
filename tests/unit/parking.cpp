// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/net/parking.hpp>

#include <support/spawned.hpp>

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/this_coro.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <thread>

namespace {

using namespace ringtail;
using namespace test_support;

using waiter_ptr = std::shared_ptr<net::parked>;

/// Counts how many of it live.
class counted {
public:
    explicit counted(int& count) : count_(&count) { ++count; }
    counted(counted const& other) : count_(other.count_) { ++*count_; }
    counted& operator=(counted const&) = delete;
    ~counted() { --*count_; }

private:
    int* count_;
};

asio::awaitable<void> wait_for(waiter_ptr* place)
{
    co_await net::park([place](waiter_ptr waiter) { *place = std::move(waiter); });
}

TEST_CASE("a parked coroutine goes on when it is woken, not inside the call that wakes it")
{
    asio::io_context context;
    waiter_ptr waiter;
    spawned const call(context, wait_for(&waiter));
    drain(context);
    REQUIRE(waiter);
    CHECK(!waiter->woken());
    CHECK(waiter->wake());
    CHECK(waiter->woken());
    CHECK(!call.done());
    drain(context);
    CHECK(call.succeeded());
}

TEST_CASE("the first to wake decides how it goes on; later ones change nothing")
{
    asio::io_context context;
    waiter_ptr waiter;
    spawned call(context, wait_for(&waiter));
    drain(context);
    CHECK(waiter->wake(make_error_code(error::timed_out)));
    CHECK(!waiter->wake());
    call.cancel();
    waiter->abandon();
    drain(context);
    REQUIRE(call.done());
    CHECK(call.code() == error::timed_out);
    CHECK(!waiter->wake());
}

TEST_CASE("a wait can be cancelled in every way, and a wake-up that comes after that is refused")
{
    for (auto const kind : {asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total}) {
        asio::io_context context;
        waiter_ptr waiter;
        auto const lets_all_through = [](waiter_ptr* place) -> asio::awaitable<void> {
            co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
            co_await net::park([place](waiter_ptr made) { *place = std::move(made); });
        };
        spawned call(context, lets_all_through(&waiter));
        drain(context);
        call.cancel(kind);
        drain(context);
        CHECK(!waiter->wake());
        drain(context);
        REQUIRE(call.done());
        CHECK(call.code() == asio::error::operation_aborted);
    }
}

TEST_CASE("a coroutine may be woken by what it parks with, before it sleeps")
{
    asio::io_context context;
    auto const work = []() -> asio::awaitable<void> {
        for (int i = 0; i != 200'000; ++i) { // and as often as it likes: the stack does not grow
            co_await net::park([](waiter_ptr waiter) { waiter->wake(); });
        }
    };
    spawned const call(context, work());
    drain(context);
    CHECK(call.succeeded());
}

TEST_CASE("a context does not run out while a coroutine waits")
{
    asio::io_context context;
    waiter_ptr waiter;
    spawned const call(context, wait_for(&waiter));
    drain(context);
    CHECK(!context.stopped());
    waiter->wake();
    waiter.reset();
    context.restart();
    context.run(); // and does once it was woken
    CHECK(call.done());
}

TEST_CASE("destroying a context destroys what waits in it, even if only itself could wake it")
{
    int alive = 0;
    waiter_ptr kept;
    {
        asio::io_context context;
        auto const owner = [](counted, waiter_ptr* outside) -> asio::awaitable<void> {
            auto const cycle = std::make_shared<waiter_ptr>(); // the frame owns what owns the frame
            auto keep = [cycle, outside](waiter_ptr waiter) { // named: g++ 12 would destroy the captures twice
                if (outside != nullptr) {
                    *outside = waiter;
                }
                *cycle = std::move(waiter);
            };
            co_await net::park(std::move(keep));
        };
        asio::co_spawn(context, owner(counted(alive), nullptr), [](std::exception_ptr) { FAIL("must not complete"); });
        asio::co_spawn(context, owner(counted(alive), &kept), [](std::exception_ptr) { FAIL("must not complete"); });
        drain(context);
        CHECK(alive == 2);
    }
    CHECK(alive == 0);
    CHECK(!kept->wake()); // late, and harmless
    CHECK(kept->woken());
}

TEST_CASE("destroying a context right after a wake-up that did not run destroys the coroutine as well")
{
    int alive = 0;
    {
        asio::io_context context;
        waiter_ptr waiter;
        auto const work = [](counted, waiter_ptr* place) -> asio::awaitable<void> {
            co_await net::park([place](waiter_ptr made) { *place = std::move(made); });
            FAIL("must not go on");
        };
        asio::co_spawn(context, work(counted(alive), &waiter), [](std::exception_ptr) {});
        drain(context);
        waiter->wake();
        CHECK(alive == 1);
    }
    CHECK(alive == 0);
}

TEST_CASE("destroying a context with waiters that own further waiters leaves none")
{
    int alive = 0;
    {
        asio::io_context context;
        auto const inner = [](counted, std::shared_ptr<net::notifier> bell) -> asio::awaitable<void> { co_await bell->wait(); };
        auto const outer = [inner](counted mark, asio::io_context* on, std::shared_ptr<net::notifier> bell) -> asio::awaitable<void> {
            auto const child = std::make_shared<net::notifier>();
            asio::co_spawn(*on, inner(mark, child), [](std::exception_ptr) {});
            co_await bell->wait();
        };
        auto const bell = std::make_shared<net::notifier>();
        for (int i = 0; i != 20; ++i) {
            asio::co_spawn(context, outer(counted(alive), &context, bell), [](std::exception_ptr) {});
        }
        drain(context);
        CHECK(alive >= 40);
    }
    CHECK(alive == 0);
}

TEST_CASE("a cancellation that comes after the wake-up, before it runs, does no harm")
{
    asio::io_context context;
    waiter_ptr waiter;
    spawned call(context, wait_for(&waiter));
    drain(context);
    waiter->wake();
    call.cancel();
    drain(context);
    CHECK(call.done());
    call.cancel(); // and after it ran
    drain(context);
}

TEST_CASE("a notifier wakes all that wait, each once, and those who come later wait for the next time")
{
    asio::io_context context;
    net::notifier bell;
    int rings = 0;
    auto const listener = [](net::notifier* at, int times, int* count) -> asio::awaitable<void> {
        for (int i = 0; i != times; ++i) {
            co_await at->wait();
            ++*count;
        }
    };
    std::vector<spawned> calls;
    for (int i = 1; i <= 5; ++i) {
        calls.emplace_back(context, listener(&bell, i, &rings));
    }
    drain(context);
    for (int expected : {5, 9, 12, 14, 15, 15}) {
        bell.notify();
        drain(context);
        CHECK(rings == expected);
    }
    for (auto const& each : calls) {
        CHECK(each.succeeded());
    }
}

TEST_CASE("a notifier passes on why, and one that goes ends the waits as aborted")
{
    asio::io_context context;
    auto bell = std::make_unique<net::notifier>();
    auto const listener = [](net::notifier* at) -> asio::awaitable<void> { co_await at->wait(); };
    spawned const told(context, listener(bell.get()));
    drain(context);
    bell->notify(make_error_code(error::closed));
    spawned const left(context, listener(bell.get()));
    drain(context);
    bell.reset();
    drain(context);
    CHECK(told.code() == error::closed);
    REQUIRE(left.done());
    CHECK(left.code() == asio::error::operation_aborted);
}

TEST_CASE("one listener cancelled does not wake the others, and is forgotten")
{
    asio::io_context context;
    net::notifier bell;
    auto const listener = [](net::notifier* at) -> asio::awaitable<void> { co_await at->wait(); };
    spawned gone(context, listener(&bell));
    spawned const stays(context, listener(&bell));
    drain(context);
    gone.cancel();
    drain(context);
    CHECK(gone.code() == asio::error::operation_aborted);
    CHECK(!stays.done());
    bell.notify();
    drain(context);
    CHECK(stays.succeeded());
}

TEST_CASE("a waiter may be woken from another thread, and goes on where it waited")
{
    asio::thread_pool pool(2);
    auto const strand = asio::make_strand(pool);
    std::atomic<int> done = 0;
    auto const work = [](asio::strand<asio::thread_pool::executor_type> on, std::atomic<int>* count) -> asio::awaitable<void> {
        for (int i = 0; i != 500; ++i) {
            std::thread other;
            co_await net::park([&other](waiter_ptr waiter) { other = std::thread([waiter] { waiter->wake(); }); });
            other.join();
            if (!on.running_in_this_thread()) {
                throw std::logic_error("elsewhere");
            }
        }
        ++*count;
    };
    std::promise<std::exception_ptr> ended;
    asio::co_spawn(strand, work(strand, &done), [&ended](std::exception_ptr thrown) { ended.set_value(std::move(thrown)); });
    CHECK(ended.get_future().get() == nullptr);
    CHECK(done == 1);
    pool.join();
}

TEST_CASE("waking and cancelling from two threads at once has one winner")
{
    asio::thread_pool pool(2);
    for (int i = 0; i != 300; ++i) {
        auto const strand = asio::make_strand(pool);
        std::promise<waiter_ptr> parked;
        auto const ended = std::make_shared<std::promise<void>>(); // must outlive set_value, not only the wait for it
        auto const cancel = std::make_shared<asio::cancellation_signal>();
        std::atomic<int> ends = 0;
        auto const work = [](std::promise<waiter_ptr>* place) -> asio::awaitable<void> {
            co_await net::park([place](waiter_ptr waiter) { place->set_value(std::move(waiter)); });
        };
        asio::co_spawn(strand, work(&parked), asio::bind_cancellation_slot(cancel->slot(), [&ends, ended](std::exception_ptr) {
                           ++ends;
                           ended->set_value();
                       }));
        auto const waiter = parked.get_future().get();
        asio::post(strand, [cancel] { cancel->emit(asio::cancellation_type::terminal); });
        waiter->wake();
        ended->get_future().get();
        CHECK(ends == 1);
    }
    pool.join();
}

} // namespace
