// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/protocol/throttle.hpp>

#include <doctest/doctest.h>

namespace {

using namespace ringtail;
using namespace std::chrono_literals;

constexpr steady_time start{100h};
constexpr api_group groups[] = {api_group::auth, api_group::light, api_group::medium, api_group::heavy};


using response_headers = std::vector<std::pair<std::string, std::string>>;

response answer(int status, response_headers headers = {})
{
    response made;
    made.status = status;
    made.headers = std::move(headers);
    return made;
}

void refuse(protocol::throttle& gates, api_group group, steady_time now, std::string const& retry_after)
{
    response_headers headers;
    if (!retry_after.empty()) {
        headers.emplace_back("Retry-After", retry_after);
    }
    gates.sent(group, now);
    gates.answered(group, now, answer(429, std::move(headers)));
}

response with_budget(int remaining, int window = 60)
{
    return answer(200, {{"X-Rate-Limit-Group", "light"}, {"X-Rate-Limit-Limit", "50"}, {"X-Rate-Limit-Remaining", std::to_string(remaining)},
                        {"X-Rate-Limit-Window", std::to_string(window)}});
}

/// When a gate that a 429 closed opens.
std::optional<steady_time> penalty(protocol::throttle const& gates, api_group group, steady_time now)
{
    auto const held = gates.held(group, now);
    return held && held->penalty ? std::optional(held->until) : std::nullopt;
}

TEST_CASE("all gates are open at first")
{
    protocol::throttle const gates;
    for (auto const group : groups) {
        CHECK(!gates.held(group, start));
        CHECK(!gates.held(group, steady_time(0h)));
    }
}

TEST_CASE("a refusal closes the gate of its own group for as long as the server asked, and no other")
{
    for (auto const group : groups) {
        protocol::throttle gates;
        refuse(gates, group, start, "30");
        for (auto const other : groups) {
            CHECK(gates.held(other, start).has_value() == (other == group));
        }
        CHECK(penalty(gates, group, start) == start + 30s);
        CHECK(penalty(gates, group, start + 29'999ms) == start + 30s);
        CHECK(!gates.held(group, start + 30s));
        CHECK(!gates.held(group, start + 1h));
    }
}

TEST_CASE("a refusal without Retry-After closes the gate for a minute")
{
    protocol::throttle gates;
    refuse(gates, api_group::medium, start, "");
    CHECK(gates.held(api_group::medium, start + 59s));
    CHECK(!gates.held(api_group::medium, start + 60s));
}

TEST_CASE("a later refusal never opens a gate earlier, and extends it when it reaches further")
{
    protocol::throttle gates;
    refuse(gates, api_group::light, start, "60");
    refuse(gates, api_group::light, start + 1s, "5"); // of a request that was on its way
    CHECK(penalty(gates, api_group::light, start + 10s) == start + 60s);
    refuse(gates, api_group::light, start + 50s, "60"); // the penalty starts anew
    CHECK(penalty(gates, api_group::light, start + 61s) == start + 110s);
}

TEST_CASE("an answer that comes behind a refusal does not open the gate")
{
    protocol::throttle gates;
    gates.sent(api_group::light, start);
    refuse(gates, api_group::light, start, "60");
    gates.answered(api_group::light, start + 1s, with_budget(30)); // of a request that was sent before
    CHECK(penalty(gates, api_group::light, start + 2s) == start + 60s);
}

TEST_CASE("a gate that was refused with zero seconds, less, or for ages neither spins nor stays shut for ever")
{
    for (auto const* const asked : {"0", "-5"}) {
        protocol::throttle gates;
        refuse(gates, api_group::heavy, start, asked);
        CHECK(gates.held(api_group::heavy, start)); // not at once again
        CHECK(!gates.held(api_group::heavy, start + 10s));
    }
    for (auto const* const asked : {"10000000", "9223372036854775807"}) {
        protocol::throttle gates;
        refuse(gates, api_group::heavy, start, asked);
        CHECK(gates.held(api_group::heavy, start + 10min));
        CHECK(!gates.held(api_group::heavy, start + 25h));
    }
}

TEST_CASE("before the first answer tells the budget only a few requests are out, and not for long")
{
    protocol::throttle gates;
    gates.sent(api_group::medium, start);
    CHECK(!gates.held(api_group::medium, start));
    gates.sent(api_group::medium, start);
    auto const held = gates.held(api_group::medium, start + 10ms);
    REQUIRE(held);
    CHECK(!held->penalty);
    CHECK(held->until == start + 1s);
    CHECK(!gates.held(api_group::medium, start + 1s)); // the first may stall
    CHECK(!gates.held(api_group::light, start + 10ms));
    gates.answered(api_group::medium, start + 20ms, answer(200)); // which tells no budget
    gates.sent(api_group::medium, start + 20ms);
    gates.sent(api_group::medium, start + 20ms);
    CHECK(!gates.held(api_group::medium, start + 20ms));
}

TEST_CASE("no more requests are out than the budget has left, until the window is over or an answer tells more")
{
    protocol::throttle gates;
    auto const light = api_group::light;
    gates.sent(light, start);
    gates.answered(light, start, with_budget(2));
    gates.sent(light, start + 1s);
    CHECK(!gates.held(light, start + 1s));
    gates.sent(light, start + 1s);
    auto const held = gates.held(light, start + 1s);
    REQUIRE(held);
    CHECK(!held->penalty);
    CHECK(held->until == start + 60s);
    gates.lost(light); // without an answer: it may have been counted or not
    CHECK(!gates.held(light, start + 1s));
    gates.answered(light, start + 2s, with_budget(0));
    CHECK(gates.held(light, start + 2s));
    CHECK(!gates.held(light, start + 60s));
}

TEST_CASE("in a new window, and behind a penalty, no more requests are out than a whole budget until an answer tells the rest")
{
    auto const light = api_group::light;
    protocol::throttle gates;
    gates.sent(light, start);
    gates.answered(light, start, with_budget(0));
    refuse(gates, light, start + 1s, "30");
    auto const later = start + 2min;
    for (auto i = 0; i != 50; ++i) { // the budget that the headers name
        REQUIRE(!gates.held(light, later));
        gates.sent(light, later);
    }
    auto const held = gates.held(light, later);
    REQUIRE(held);
    CHECK(!held->penalty);
    gates.answered(light, later, with_budget(49));
    CHECK(gates.held(light, later)); // 49 are out
    gates.answered(light, later, with_budget(49));
    CHECK(!gates.held(light, later));
}

TEST_CASE("headers that are no numbers, or lack one another, tell no budget")
{
    for (auto const& told : {answer(200, {{"X-Rate-Limit-Remaining", "none"}, {"X-Rate-Limit-Window", "60"}}),
                             answer(200, {{"X-Rate-Limit-Remaining", "0"}}), answer(500)}) {
        protocol::throttle gates;
        gates.sent(api_group::auth, start);
        gates.answered(api_group::auth, start, told);
        CHECK(!gates.held(api_group::auth, start));
    }
}

} // namespace
