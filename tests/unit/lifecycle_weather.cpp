// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <support/virtual_life.hpp>

namespace {

using namespace ringtail;
using namespace test_support;

lifecycle::options options_for(std::uint64_t seed)
{
    auto options = life_script::defaults();
    options.seed = seed;
    options.start_timeout = 24h * 365;            // the storm begins with the life
    options.creations_per_ten_minutes = 100'000;  // and goes on for longer than five creations
    return options;
}

void outlives(weather const& around, bool over_link, bool server_renews, duration lifetime, std::uint64_t seeds)
{
    std::size_t removals = 0;
    std::size_t tasks = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        auto options = options_for(seed);
        options.requests_over_link = over_link;
        options.server_renews = server_renews;
        virtual_life life(seed, around, std::move(options), lifetime);
        for (int i = 0; i != 6; ++i) {
            life.storm(4h);
            life.calm(30min);
        }
        INFO("seed ", seed, ": ", life.complaint());
        REQUIRE(life.complaint().empty());
        removals += life.removals();
        tasks += life.tasks();
    }
    CHECK(tasks > seeds * 100);
    CHECK((!around.removals || removals > seeds));
}

TEST_CASE("a life over REST stands days of bad weather: one task at a time, no busy loop, a gap for every removal, connected again within 70 s")
{
    outlives(weather(), false, false, 900s, 20);
    outlives(weather(), false, false, 60s, 5);
    outlives(weather(), false, false, 24h * 7, 8);
}

TEST_CASE("so does one whose requests travel on the link and whose subscription the server renews")
{
    outlives(weather(), true, true, 24h, 15);
    outlives(weather(), true, false, 900s, 6);
}

} // namespace
