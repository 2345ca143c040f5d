// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/core/event_queue.hpp>
#include <ringtail/protocol/envelope.hpp>
#include <ringtail/timestamp.hpp>

#include <support/spawned.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>

namespace {

using namespace ringtail;
using namespace std::chrono_literals;
using namespace test_support;

constexpr wall_time noon{490'000h};

/// A block with notifications named by numbers.
detail::block_ptr block_of(int first, int count)
{
    auto made = detail::block_ptr::make();
    for (int i = first; i != first + count; ++i) {
        auto const offset = made->text.size();
        made->text += R"({"uuid":")" + std::to_string(i) + R"(","timestamp":")" + format_timestamp(noon + std::chrono::seconds(i)) + R"("})";
        REQUIRE(protocol::add_envelope(*made, offset, 64));
    }
    return made;
}

void push(core::event_queue& queue, int first, int count)
{
    queue.push_run(block_of(first, count), 0, static_cast<std::size_t>(count));
}

/// A delivery: notifications and the position behind them.
void deliver(core::event_queue& queue, int first, int count, std::string const& position)
{
    if (count != 0) {
        push(queue, first, count);
    }
    queue.push_position(cursor(position));
    queue.publish();
}

std::string name(event const& what)
{
    class namer {
    public:
        std::string operator()(notification const& n) const { return std::string(n.uuid()); }
        std::string operator()(gap const& g) const { return "gap:" + std::string(to_string(g.reason)); }
        std::string operator()(undecodable const& u) const { return "undecodable:" + u.raw; }
        std::string operator()(state_change const& s) const { return std::string(to_string(s.state)); }
    };
    return std::visit(namer(), what);
}

std::string take(core::event_queue& queue)
{
    auto const taken = queue.try_take();
    return taken ? name(*taken) : "";
}

std::string take_all(core::event_queue& queue)
{
    std::string all;
    for (auto each = take(queue); !each.empty(); each = take(queue)) {
        all += all.empty() ? each : ' ' + each;
    }
    return all;
}

std::string at(core::event_queue const& queue)
{
    return std::string(queue.acknowledged().position());
}

asio::awaitable<void> wait(core::event_queue* queue)
{
    co_await queue->wait();
}

TEST_CASE("events are taken in the order they were pushed, of whatever kind")
{
    core::event_queue queue(100);
    CHECK(take(queue).empty());
    queue.push(state_change(subscription_state::connected));
    push(queue, 1, 3);
    queue.push(gap(gap_reason::recreated, certainty::proven, {}, noon));
    queue.push(undecodable("why", "raw"));
    queue.push_run(block_of(10, 5), 1, 3); // only a part of the block
    queue.push(state_change(subscription_state::renewed));
    CHECK(queue.depth() == 9);
    CHECK(take_all(queue) == "connected 1 2 3 gap:recreated undecodable:raw 11 12 renewed");
    CHECK(queue.depth() == 0);
}

TEST_CASE("taken means returned, the following call acknowledges: the position moves behind a delivery once all of it is acknowledged")
{
    core::event_queue queue(100);
    queue.start_at(cursor("0"));
    CHECK(at(queue) == "0");
    deliver(queue, 1, 3, "3");
    deliver(queue, 4, 1, "4");
    for (auto const& [expected, position] : {std::pair("1", "0"), {"2", "0"}, {"3", "0"}, {"4", "3"}, {"", "4"}}) {
        CHECK(take(queue) == expected);
        CHECK(at(queue) == position);
    }
}

TEST_CASE("a batch can be acknowledged without taking more")
{
    core::event_queue queue(100);
    deliver(queue, 1, 1, "1");
    deliver(queue, 2, 1, "2");
    CHECK(take(queue) == "1");
    CHECK(at(queue).empty());
    queue.acknowledge_taken();
    CHECK(at(queue) == "1");
    queue.acknowledge_taken();
    CHECK(at(queue) == "1");
    CHECK(take(queue) == "2");
    CHECK(at(queue) == "1");
}

TEST_CASE("a delivery of nothing moves the position, but never before what is not acknowledged")
{
    core::event_queue queue(100);
    deliver(queue, 0, 0, "a");
    CHECK(at(queue) == "a"); // nothing outstanding
    deliver(queue, 1, 2, "b");
    deliver(queue, 0, 0, "c");
    CHECK(at(queue) == "a");
    CHECK(take(queue) == "1");
    deliver(queue, 0, 0, "d");
    CHECK(at(queue) == "a");
    CHECK(take(queue) == "2");
    deliver(queue, 0, 0, "e"); // taken, not acknowledged
    CHECK(at(queue) == "a");
    queue.acknowledge_taken();
    CHECK(at(queue) == "e");
    deliver(queue, 0, 0, "f");
    CHECK(at(queue) == "f");
}

TEST_CASE("whatever is pushed, dropped and taken at random: the position never passes an event that was neither acknowledged nor covered by a gap")
{
    unsigned state = 1;
    auto const random = [&](unsigned below) {
        state = state * 1'664'525u + 1'013'904'223u;
        return (state >> 16) % below;
    };
    for (int run = 0; run != 50; ++run) {
        bool const drops = run % 2 == 1;
        core::event_queue queue(20);
        queue.start_at(cursor("0"));
        int delivered = 0;    // notifications are numbered; a position is the number of the last one behind it
        int taken = 0;        // the last one returned
        bool covered = false; // a gap was returned since
        for (int step = 0; step != 500; ++step) {
            if (random(3) == 0) {
                auto const count = static_cast<int>(random(8));
                if (random(5) == 0) {
                    queue.push(state_change(random(2) == 0 ? subscription_state::renewed : subscription_state::modified));
                }
                deliver(queue, delivered + 1, count, std::to_string(delivered + count));
                delivered += count;
                if (drops) {
                    queue.drop_overflow(noon);
                    CHECK(queue.depth() <= 20);
                }
            } else if (auto const event = queue.try_take()) {
                // What this call acknowledged is what the one before returned.
                auto const position = std::stoi(at(queue));
                REQUIRE((position <= taken || covered));
                if (auto const* const one = std::get_if<notification>(&*event)) {
                    auto const number = std::stoi(std::string(one->uuid()));
                    REQUIRE(number > taken);
                    REQUIRE((number == taken + 1 || covered));
                    taken = number;
                    covered = false;
                } else if (std::holds_alternative<gap>(*event)) {
                    covered = true;
                }
            } else {
                CHECK(at(queue) == std::to_string(delivered)); // all taken, all acknowledged
            }
        }
    }
}

TEST_CASE("an overflow drops the oldest and puts a proven gap in their place")
{
    core::event_queue queue(10);
    queue.start_at(cursor("0"));
    for (int i = 0; i != 5; ++i) {
        deliver(queue, i * 5 + 1, 5, std::to_string(i * 5 + 5));
    }
    queue.drop_overflow(noon);
    CHECK(queue.depth() == 10);
    auto const first = queue.try_take();
    REQUIRE(first);
    auto const* const missing = std::get_if<gap>(&*first);
    REQUIRE(missing != nullptr);
    CHECK(missing->reason == gap_reason::queue_overflow);
    CHECK(missing->certainty == certainty::proven);
    REQUIRE(missing->from);
    REQUIRE(missing->until);
    CHECK(*missing->from == noon + 1s);
    CHECK(*missing->until == noon + 16s);
    CHECK(at(queue) == "0");
    CHECK(take(queue) == "17");
    CHECK(at(queue) == "15"); // what was dropped is accounted for, once its gap is acknowledged
    CHECK(take_all(queue) == "18 19 20 21 22 23 24 25");
    CHECK(at(queue) == "25");
}

TEST_CASE("an overflow that goes on is one gap, not one for each drop")
{
    core::event_queue queue(10);
    for (int i = 0; i != 100; ++i) {
        deliver(queue, i * 3 + 1, 3, std::to_string(i));
        queue.drop_overflow(noon);
        CHECK(queue.depth() <= 10);
    }
    auto const first = queue.try_take();
    REQUIRE(first);
    CHECK(*std::get<gap>(*first).from == noon + 1s);
    CHECK(*std::get<gap>(*first).until == noon + 291s);
    CHECK(take_all(queue) == "292 293 294 295 296 297 298 299 300");
}

TEST_CASE("a delivery larger than the queue keeps its newest")
{
    core::event_queue queue(5);
    deliver(queue, 1, 100, "100");
    queue.drop_overflow(noon);
    CHECK(take_all(queue) == "gap:queue_overflow 97 98 99 100");
    CHECK(at(queue) == "100");
}

TEST_CASE("what fits is not touched")
{
    core::event_queue queue(5);
    deliver(queue, 1, 5, "5");
    queue.drop_overflow(noon);
    CHECK(take_all(queue) == "1 2 3 4 5");
}

TEST_CASE("the smallest queues drop, too")
{
    for (std::size_t const capacity : {1u, 2u, 3u}) {
        core::event_queue queue(capacity);
        deliver(queue, 1, 10, "10");
        queue.drop_overflow(noon);
        CHECK(queue.depth() <= capacity);
        CHECK(take(queue) == "gap:queue_overflow");
        (void)take_all(queue);
        CHECK(at(queue) == "10");
    }
}

TEST_CASE("a full queue says so, and whoever waits for room is called once, when there is some")
{
    core::event_queue queue(3);
    auto calls = 0;
    queue.call_when_room([&] { ++calls; });
    CHECK(calls == 1); // there is
    push(queue, 1, 2);
    CHECK(!queue.full());
    push(queue, 3, 2);
    CHECK(queue.full());
    queue.call_when_room([&] { ++calls; });
    CHECK(calls == 1);
    CHECK(take(queue) == "1");
    CHECK(queue.full());
    CHECK(calls == 1);
    CHECK(take(queue) == "2");
    CHECK(!queue.full());
    CHECK(calls == 2);
    (void)take_all(queue);
    CHECK(calls == 2);
}

TEST_CASE("whoever is called for room may push and ask again")
{
    core::event_queue queue(1);
    int pushed = 0;
    std::function<void()> refill = [&] {
        if (++pushed < 10) {
            push(queue, pushed, 1);
            queue.call_when_room(refill);
        }
    };
    push(queue, 0, 1);
    queue.call_when_room(refill);
    CHECK(take_all(queue) == "0 1 2 3 4 5 6 7 8 9");
}

TEST_CASE("a wait ends when something was published, and at once if there is something")
{
    asio::io_context context;
    core::event_queue queue(10);
    spawned const first(context, wait(&queue));
    drain(context);
    CHECK(!first.done());
    push(queue, 1, 1);
    drain(context);
    CHECK(!first.done()); // pushed, not yet published
    queue.publish();
    drain(context);
    CHECK(first.succeeded());
    spawned const second(context, wait(&queue));
    drain(context);
    CHECK(second.succeeded());
    CHECK(take(queue) == "1");
}

TEST_CASE("publishing nothing wakes nobody, an interruption wakes for nothing")
{
    asio::io_context context;
    core::event_queue queue(10);
    spawned const call(context, wait(&queue));
    drain(context);
    queue.publish();
    drain(context);
    CHECK(!call.done());
    queue.interrupt();
    drain(context);
    CHECK(call.succeeded());
    CHECK(take(queue).empty());
    queue.interrupt();
}

TEST_CASE("two waits at a time are misuse, told as an error to the second, and harm the first in nothing")
{
    asio::io_context context;
    core::event_queue queue(10);
    spawned const first(context, wait(&queue));
    drain(context);
    spawned const second(context, wait(&queue));
    drain(context);
    REQUIRE(second.done());
    CHECK(second.code() == error::operation_in_progress);
    CHECK(!first.done());
    deliver(queue, 1, 1, "1");
    drain(context);
    CHECK(first.succeeded());
}

TEST_CASE("a cancelled wait loses nothing, and another one may follow")
{
    asio::io_context context;
    core::event_queue queue(10);
    for (int i = 0; i != 3; ++i) {
        spawned call(context, wait(&queue));
        drain(context);
        call.cancel();
        if (i == 1) {
            deliver(queue, 1, 1, "1"); // at the same time
        }
        drain(context);
        REQUIRE(call.done());
        if (i != 1) {
            CHECK((call.code() == asio::error::operation_aborted || i == 2));
        }
    }
    spawned const call(context, wait(&queue));
    drain(context);
    CHECK(call.succeeded());
    CHECK(take(queue) == "1");
}

TEST_CASE("the end wakes, comes behind everything that was pushed, and keeps its first reason")
{
    asio::io_context context;
    core::event_queue queue(10);
    spawned const call(context, wait(&queue));
    drain(context);
    push(queue, 1, 2);
    CHECK(!queue.finished());
    queue.end(failure(error::too_many_subscriptions));
    queue.end(failure(error::closed));
    queue.end(std::nullopt);
    queue.publish();
    drain(context);
    CHECK(call.succeeded());
    CHECK(!queue.finished());
    CHECK(take(queue) == "1");
    CHECK(take(queue) == "2");
    CHECK(queue.finished());
    for (int i = 0; i != 2; ++i) {
        try {
            queue.rethrow_end();
            FAIL("did not throw");
        } catch (failure const& why) {
            CHECK(why.code() == error::too_many_subscriptions);
        }
    }
    spawned const later(context, wait(&queue));
    drain(context);
    CHECK(later.succeeded());
}

TEST_CASE("an end without a reason throws nothing")
{
    core::event_queue queue(10);
    queue.end(std::nullopt);
    queue.end(failure(error::closed));
    CHECK(queue.finished());
    queue.rethrow_end();
}

TEST_CASE("a context may go down while somebody waits in it")
{
    core::event_queue queue(10);
    {
        asio::io_context context;
        spawned const call(context, wait(&queue));
        drain(context);
    }
    deliver(queue, 1, 1, "1"); // nobody is there any more
    CHECK(take(queue) == "1");
    asio::io_context other;
    spawned const call(other, wait(&queue));
    drain(other);
    CHECK(!call.done());
    deliver(queue, 2, 1, "2");
    drain(other);
    CHECK(call.succeeded());
}

TEST_CASE("one thread may deliver while another takes: in order, each once, with room asked for")
{
    constexpr int total = 20'000;
    core::event_queue queue(16);
    std::atomic<bool> room = true;
    std::thread producer([&] {
        for (int i = 1; i <= total;) {
            if (!room.exchange(false)) {
                std::this_thread::yield();
                continue;
            }
            auto const count = std::min(total - i + 1, 1 + i % 5);
            push(queue, i, count);
            queue.push_position(cursor(std::to_string(i + count - 1)));
            i += count;
            queue.call_when_room([&] { room = true; });
        }
        queue.end(std::nullopt);
    });
    int expected = 1;
    while (!queue.finished()) {
        if (auto const taken = queue.try_take()) {
            REQUIRE(name(*taken) == std::to_string(expected));
            ++expected;
        } else {
            std::this_thread::yield();
        }
    }
    producer.join();
    CHECK(expected == total + 1);
    queue.acknowledge_taken();
    CHECK(at(queue) == std::to_string(total));
}

TEST_CASE("the gap of an overflow does not begin behind notifications that it drops")
{
    // Dropped are 1 and 2 from before the earlier gap, whose `from` is later than they are.
    core::event_queue queue(3);
    auto const put = [&](int number) {
        auto block = ringtail::detail::block_ptr::make();
        block->text = R"({"uuid":")" + std::to_string(number) + R"("})";
        REQUIRE(protocol::add_envelope(*block, 0, 64));
        queue.push_run(block, 0, 1);
    };
    put(1);
    put(2);
    queue.push(gap(gap_reason::stale_position, certainty::possible, wall_time(10h), wall_time(11h)));
    put(3);
    put(4);
    queue.drop_overflow(wall_time(12h));
    auto const first = queue.try_take();
    REQUIRE(first);
    CHECK(!std::get<gap>(*first).from); // not known
}

} // namespace
