// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "support/world.hpp"

#include <algorithm>

namespace {

using namespace test_support;

constexpr std::string_view texts = "/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS";
constexpr std::string_view sessions = "/restapi/v1.0/account/~/extension/~/telephony/sessions";

std::string text_message(int id)
{
    return R"({"id":")" + std::to_string(id) + R"(","type":"SMS","creationTime":")" +
           ringtail::format_timestamp(std::chrono::time_point_cast<ringtail::wall_time::duration>(std::chrono::system_clock::now())) + R"("})";
}

std::string call_over(std::string const& id)
{
    return R"({"sessionId":"1","telephonySessionId":")" + id + R"(","parties":[{"direction":"Inbound","status":{"code":"Disconnected"}}]})";
}

// Around now, as a gap that was told just now.
ringtail::gap missing_now()
{
    auto const now = std::chrono::time_point_cast<ringtail::wall_time::duration>(std::chrono::system_clock::now());
    return ringtail::gap(ringtail::gap_reason::recreated, ringtail::certainty::proven, now - 10s, now + 10s);
}

ringtail::event_filters messages_and_calls()
{
    ringtail::event_filters filters;
    filters.instant_messages("~").telephony_sessions("~");
    return filters;
}

} // namespace

TEST_CASE("a gap is repaired from message-sync and the call log, each record once, the oldest first")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<ringtail::pubnub>(messages_and_calls());
        w.box.publish(texts, text_message(1));
        co_await w.another_millisecond();
        w.box.publish(sessions, call_over("s-1"));
        co_await w.another_millisecond();
        w.box.publish(texts, text_message(2));
        auto const found = co_await subscription.repair(missing_now());
        CHECK(found.complete());
        REQUIRE(found.records.size() == 3);
        CHECK(std::count_if(found.records.begin(), found.records.end(), [](auto const& each) {
                  return each.source == ringtail::record_source::message_sync;
              }) == 2);
        CHECK(std::is_sorted(found.records.begin(), found.records.end(), [](auto const& a, auto const& b) { return a.time < b.time; }));
        co_await subscription.unsubscribe();
    });
}

TEST_CASE("a repair reads to the last page")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        for (auto i = 0; i != 600; ++i) {
            w.box.publish(texts, text_message(i));
            w.box.publish(sessions, call_over("s-" + std::to_string(i)));
            if (i % 50 == 0) {
                co_await w.another_millisecond(); // no more of one moment than a page holds
            }
        }
        auto const found = co_await account.repair(missing_now(), messages_and_calls());
        CHECK(found.complete());
        CHECK(found.records.size() == 1200);
        CHECK(w.requests(sandbox_call::message_sync) >= 3);
        CHECK(w.requests(sandbox_call::call_log) == 3);
    });
}

TEST_CASE("a repair keeps what it read of a list that is longer than its bound, and names the bound")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.repair_max_records = 100;
        auto account = w.account(settings);
        for (auto i = 0; i != 300; ++i) {
            w.box.publish(sessions, call_over("s-" + std::to_string(i)));
        }
        auto const found = co_await account.repair(missing_now(), messages_and_calls());
        REQUIRE(found.unhealed.size() == 1);
        CHECK(found.unhealed.front().reason.find("repair_max_records") != std::string::npos);
        CHECK(found.records.size() == 250);
    });
}

TEST_CASE("what a repair can't read is named with its reason, and the rest is read all the same")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        w.box.publish(texts, text_message(1));
        w.box.inject(ringtail::fault::status(sandbox_call::call_log, 403, {"CMN-408"}));
        auto const found = co_await account.repair(missing_now(), messages_and_calls());
        CHECK_FALSE(found.complete());
        REQUIRE(found.unhealed.size() == 1);
        CHECK(found.unhealed[0].filter.ends_with("/telephony/sessions"));
        CHECK_FALSE(found.unhealed[0].reason.empty());
        CHECK(found.records.size() == 1);
    });
}

TEST_CASE("a repair finds what was missed although this machine's clock is wrong")
{
    for (auto const ahead : {1h, -1h}) {
        world w;
        w.set_wall_clock(ahead);
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            w.box.publish(texts, text_message(1));
            auto missing = missing_now();
            *missing.from += ahead;
            *missing.until += ahead;
            auto const found = co_await account.repair(missing, messages_and_calls());
            CHECK(found.records.size() == 1);
        });
    }
}

TEST_CASE("a repair ends at its own deadline, keeps what it has read by then, and names what it has not")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.repair_timeout = settings.call_timeout - 10s;
        auto account = w.account(settings);
        w.box.publish(texts, text_message(1));
        w.box.inject(ringtail::fault::stall(sandbox_call::call_log).always());
        std::optional<ringtail::gap_repair> found;
        auto const repair = [&]() -> asio::awaitable<void> { found = co_await account.repair(missing_now(), messages_and_calls()); };
        w.beside(repair());
        co_await w.until_requests(sandbox_call::call_log, 1);
        CHECK_FALSE(found);
        w.pass(settings.repair_timeout);
        co_await w.until([&] { return found.has_value(); });
        CHECK(found->records.size() == 1);
        REQUIRE(found->unhealed.size() == 1);
        CHECK(found->unhealed.front().reason.find("deadline") != std::string::npos);
    });
}
