// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/protocol/throttle.hpp>

#include <doctest/doctest.h>

namespace {

using namespace ringtail;
using namespace std::chrono_literals;

constexpr steady_time start{100h};
constexpr api_group groups[] = {api_group::auth, api_group::light, api_group::medium, api_group::heavy};

TEST_CASE("all gates are open at first")
{
    protocol::throttle const gates;
    for (auto const group : groups) {
        CHECK(!gates.closed_until(group, start));
        CHECK(!gates.closed_until(group, steady_time(0h)));
    }
}

TEST_CASE("a refusal closes the gate of its own group for as long as the server asked, and no other")
{
    for (auto const group : groups) {
        protocol::throttle gates;
        gates.refused(group, start, 30s);
        for (auto const other : groups) {
            CHECK(gates.closed_until(other, start).has_value() == (other == group));
        }
        CHECK(gates.closed_until(group, start) == start + 30s);
        CHECK(gates.closed_until(group, start + 29'999ms) == start + 30s);
        CHECK(!gates.closed_until(group, start + 30s));
        CHECK(!gates.closed_until(group, start + 1h));
    }
}

TEST_CASE("a refusal without Retry-After closes the gate for a minute")
{
    protocol::throttle gates;
    gates.refused(api_group::medium, start, std::nullopt);
    CHECK(gates.closed_until(api_group::medium, start + 59s));
    CHECK(!gates.closed_until(api_group::medium, start + 60s));
}

TEST_CASE("a later refusal never opens a gate earlier, and extends it when it reaches further")
{
    protocol::throttle gates;
    gates.refused(api_group::light, start, 60s);
    gates.refused(api_group::light, start + 1s, 5s); // of a request that was on its way
    CHECK(gates.closed_until(api_group::light, start + 10s) == start + 60s);
    gates.refused(api_group::light, start + 50s, 60s); // the penalty starts anew
    CHECK(gates.closed_until(api_group::light, start + 61s) == start + 110s);
}

TEST_CASE("a gate that was refused with zero seconds, less, or for ages neither spins nor stays shut for ever")
{
    for (auto const asked : {0s, -5s}) {
        protocol::throttle gates;
        gates.refused(api_group::heavy, start, asked);
        CHECK(gates.closed_until(api_group::heavy, start)); // not at once again
        CHECK(!gates.closed_until(api_group::heavy, start + 10s));
    }
    for (auto const asked : {std::chrono::seconds(10'000'000), std::chrono::seconds::max()}) {
        protocol::throttle gates;
        gates.refused(api_group::heavy, start, asked);
        CHECK(gates.closed_until(api_group::heavy, start + 10min));
        CHECK(!gates.closed_until(api_group::heavy, start + 25h));
    }
}

} // namespace
