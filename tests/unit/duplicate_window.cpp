// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/protocol/duplicate_window.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>

namespace {

using ringtail::protocol::duplicate_window;

TEST_CASE("an id is new once, and again when so many others came that it left the window")
{
    duplicate_window window(3);
    CHECK(window.is_new("a"));
    CHECK(!window.is_new("a"));
    CHECK(window.is_new("b"));
    CHECK(window.is_new("c"));
    CHECK(!window.is_new("a"));
    CHECK(!window.is_new("b"));
    CHECK(window.is_new("d")); // a, the oldest, goes
    CHECK(!window.is_new("b"));
    CHECK(window.is_new("a"));
    CHECK(window.is_new("b"));
}

TEST_CASE("the window of the default size knows exactly the last 1,024")
{
    duplicate_window window(1'024);
    auto const id = [](int i) { return std::to_string(4'000'000'000'000'000'000ll + i); };
    for (int i = 0; i != 10'000; ++i) {
        REQUIRE(window.is_new(id(i)));
        if (i >= 1'023) {
            REQUIRE(!window.is_new(id(i - 1'023)));
        }
    }
    for (int i = 10'000 - 1'024; i != 10'000; ++i) {
        REQUIRE(!window.is_new(id(i)));
    }
    REQUIRE(window.is_new(id(10'000 - 1'025)));
}

TEST_CASE("a window of any size does what a list of its last ids does, on random streams with repeats")
{
    for (std::size_t const capacity : {1u, 2u, 3u, 7u, 8u, 9u, 16u, 100u, 1'000u}) {
        std::mt19937 random(static_cast<unsigned>(capacity));
        duplicate_window window(capacity);
        std::deque<std::string> last;
        for (int i = 0; i != 10'000; ++i) {
            auto const id = std::to_string(random() % (capacity * 2 + 1)) + (random() % 2 != 0 ? "-x" : "");
            auto const known = std::find(last.begin(), last.end(), id) != last.end();
            REQUIRE(window.is_new(id) == !known);
            if (!known) {
                last.push_back(id);
                if (last.size() > capacity) {
                    last.pop_front();
                }
            }
        }
    }
}

TEST_CASE("ids of every form that was seen are told apart")
{
    // UUIDs, 19-digit decimals and two of them joined; also ids that are alike in most of their bytes.
    duplicate_window window(1'000'000);
    std::mt19937_64 random(3);
    for (int i = 0; i != 50'000; ++i) {
        auto const number = std::to_string(4'000'000'000'000'000'000ull + static_cast<unsigned>(i));
        REQUIRE(window.is_new(number));
        REQUIRE(window.is_new(number + '-' + number));
        REQUIRE(window.is_new(std::to_string(i)));
        REQUIRE(window.is_new("db01e7de-5f3c-4ee5-ab72-" + std::to_string(i)));
        REQUIRE(window.is_new(std::to_string(random() | 1ull << 63) + "-0000"));
    }
    CHECK(window.is_new(std::string("a")));
    CHECK(window.is_new(std::string("a\0", 2)));
    CHECK(window.is_new(std::string("\0a", 2)));
    CHECK(window.is_new(std::string(1, '\0')));
    CHECK(window.is_new(std::string(8, '\0')));
    CHECK(window.is_new(std::string(16, '\0')));
    CHECK(window.is_new("abcdefgh12345678"));
    CHECK(window.is_new("12345678abcdefgh"));
}

TEST_CASE("a notification without an id is always new, and a window of nothing finds all new")
{
    duplicate_window window(4);
    for (int i = 0; i != 10; ++i) {
        CHECK(window.is_new(""));
    }
    CHECK(window.is_new("a"));
    for (int i = 0; i != 10; ++i) {
        CHECK(window.is_new(""));
    }
    CHECK(!window.is_new("a")); // nameless ones push nothing out
    duplicate_window none(0);
    CHECK(none.is_new("a"));
    CHECK(none.is_new("a"));
}

} // namespace
