// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// What a notification costs in steps that do not depend on the machine: allocations, and calls of the system.
#include "canned_service.hpp"

#include "../../bench/settings.hpp"

#include <ringtail.hpp>
#include <ringtail/pubnub.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <exception>
#include <functional>
#include <new>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace {

std::size_t allocations = 0;

void* allocate(std::size_t size)
{
    ++allocations;
    if (auto* const room = std::malloc(size != 0 ? size : 1)) {
        return room;
    }
    throw std::bad_alloc();
}

} // namespace

void* operator new(std::size_t size)
{
    return allocate(size);
}
void* operator new[](std::size_t size)
{
    return allocate(size);
}
void operator delete(void* room) noexcept
{
    std::free(room);
}
void operator delete[](void* room) noexcept
{
    std::free(room);
}
void operator delete(void* room, std::size_t) noexcept
{
    std::free(room);
}
void operator delete[](void* room, std::size_t) noexcept
{
    std::free(room);
}

namespace {

namespace asio = boost::asio;
using test_support::canned_service;
using test_support::work;

constexpr std::size_t rounds = 64; // replies or segments that are looked at, behind as many to warm up

/// What `rounds` of them took.
class bill {
public:
    std::size_t allocations = 0;
    work of_polls;
    work of_gateway;
};

work operator-(work const& later, work const& sooner)
{
    return {later.writes - sooner.writes, later.reads - sooner.reads, later.waits - sooner.waits, later.bytes - sooner.bytes};
}

template <class Transport>
asio::awaitable<void> follow(ringtail::client account, canned_service* service, std::size_t at_a_time, bool one_by_one, bill* into)
{
    ringtail::event_filters filters;
    filters.message_store("~");
    auto subscription = co_await account.create_subscription<Transport>(filters);
    std::size_t heard = 0;
    bill before;
    while (heard != 2 * rounds * at_a_time) {
        auto event = one_by_one ? std::optional<ringtail::event>() : subscription.try_next_event();
        if (!event) {
            event = co_await subscription.next_event();
        }
        heard += std::holds_alternative<ringtail::notification>(*event) ? 1u : 0u;
        if (heard == rounds * at_a_time && before.allocations == 0) {
            before = bill{allocations, service->of_polls, service->of_gateway};
        }
    }
    *into = bill{allocations - before.allocations, service->of_polls - before.of_polls, service->of_gateway - before.of_gateway};
    co_await subscription.close();
}

/// The first so many.
template <class Transport>
asio::awaitable<void> gather(ringtail::client account, std::size_t count, std::vector<ringtail::notification>* into)
{
    ringtail::event_filters filters;
    filters.message_store("~");
    auto subscription = co_await account.create_subscription<Transport>(filters);
    while (into->size() != count) {
        auto const event = co_await subscription.next_event();
        if (auto const* const got = std::get_if<ringtail::notification>(&*event)) {
            into->push_back(*got);
        }
    }
    co_await subscription.close();
}

void run(canned_service& service, std::function<asio::awaitable<void>(ringtail::client)> const& program)
{
    asio::io_context context(1);
    ringtail::environment_options options;
    options.connector = std::make_unique<test_support::canned_connector>(service);
    auto settings = bench::settings_for("http://canned");
    settings.allow_unencrypted_connections = true;
    settings.pubnub_buffer_size = 1'000'000; // else each full reply is a gap
    ringtail::environment const shared(context.get_executor(), std::move(options));
    asio::co_spawn(context, program(ringtail::client(shared, settings)), [](std::exception_ptr failed) {
        if (failed) {
            std::rethrow_exception(failed);
        }
    });
    context.run();
}

template <class Transport>
bill bill_of(std::size_t at_a_time, bool one_by_one)
{
    canned_service service(at_a_time);
    bill result;
    run(service, [&](ringtail::client account) { return follow<Transport>(std::move(account), &service, at_a_time, one_by_one, &result); });
    return result;
}

TEST_CASE_TEMPLATE("a notification costs no allocation: what there are come with its reply or segment", Transport, ringtail::pubnub, ringtail::websocket)
{
    for (auto const one_by_one : {false, true}) {
        CAPTURE(one_by_one);
        auto const few = bill_of<Transport>(20, one_by_one).allocations;
        auto const many = bill_of<Transport>(60, one_by_one).allocations;
        CAPTURE(few);
        CHECK(many <= few + 4); // queues grow by blocks
        CHECK(few <= 24 * rounds);
    }
}

TEST_CASE_TEMPLATE("what came together stands in one block, where it was decrypted or received, and copies of events share it", Transport, ringtail::pubnub,
                   ringtail::websocket)
{
    constexpr std::size_t together = 20;
    canned_service service(together);
    std::vector<ringtail::notification> got;
    run(service, [&](ringtail::client account) { return gather<Transport>(std::move(account), together, &got); });
    std::size_t text = 0;
    for (auto const& each : got) {
        text += each.json().size();
    }
    auto const first = got.front().json();
    auto const last = got.back().json();
    CHECK(last.data() > first.data());
    CHECK(static_cast<std::size_t>(last.data() + last.size() - first.data()) < 2 * text); // base64 left room behind each
    auto const copy = got.front();
    CHECK(copy.json().data() == first.data());
}

TEST_CASE("a poll is one write, one wait, and a read for what fits into the memory that is read into")
{
    auto const one = bill_of<ringtail::pubnub>(1, true).of_polls;
    CHECK(one.writes == rounds);
    CHECK(one.waits == rounds);
    CHECK(one.reads == rounds);

    auto const hundred = bill_of<ringtail::pubnub>(100, false).of_polls; // some 130 KB
    CHECK(hundred.writes == rounds);
    CHECK(hundred.waits == rounds);
    CHECK(hundred.reads <= 3 * rounds);
}

TEST_CASE("what the gateway sends is read once, and no more often than it comes")
{
    auto const gateway = bill_of<ringtail::websocket>(20, false).of_gateway;
    CHECK(gateway.writes == 0);
    CHECK(gateway.reads <= rounds + 1);
    CHECK(gateway.waits <= rounds + 1);
}

} // namespace
