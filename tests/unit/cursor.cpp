// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/cursor.hpp>
#include <ringtail/error.hpp>

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <optional>

namespace {

using namespace ringtail;
using namespace std::chrono_literals;

std::optional<failure> refusal(std::string_view text)
{
    try {
        (void)cursor::parse(text);
    } catch (failure const& why) {
        return why;
    }
    return std::nullopt;
}

wall_time const noon{std::chrono::sys_days(std::chrono::year(2026) / 1 / 5) + 12h + 34min + 56s + 789ms};

TEST_CASE("a saved cursor is taken up in another process as it was")
{
    for (std::string const position : {"17360000000000001/4", "", "quotes \" and \\ and / and \n", "\xc3\xa4\xe2\x82\xac"}) {
        auto const saved = cursor(position).named("pubnub", "5f1c0d2e-0000-4000-8000-000000000001", noon).owned("400131020", noon - 1h);
        auto const text = saved.to_json();
        auto const read = cursor::parse(text);
        CHECK(read.position() == position);
        CHECK(read.transport() == "pubnub");
        CHECK(read.subscription_id() == "5f1c0d2e-0000-4000-8000-000000000001");
        REQUIRE(read.confirmed());
        CHECK(*read.confirmed() == noon);
        CHECK(read.owner() == "400131020");
        CHECK(read.complete_until() == noon - 1h);
        CHECK(read.to_json() == text);
        CHECK(!read.empty());
    }
}

TEST_CASE("a saved cursor is one line of JSON, with a version")
{
    auto const text = cursor("a\nb").named("pubnub", "s", noon).to_json();
    CHECK(text.find('\n') == std::string::npos);
    auto const value = json::parse(text);
    REQUIRE(value.is_object());
    auto versions = 0;
    for (auto const& [name, member] : value.get_object()) {
        versions += member.is_int64() ? 1 : 0;
    }
    CHECK(versions == 1);
}

TEST_CASE("a cursor that is cut anywhere is refused, and says why")
{
    auto const text = cursor("17360000000000001/4").named("pubnub", "5f1c", noon).to_json();
    for (std::size_t size = 0; size != text.size(); ++size) {
        auto const why = refusal(text.substr(0, size));
        REQUIRE(why);
        REQUIRE(why->code() == error::invalid_cursor);
        REQUIRE(std::string(why->what()).size() > std::string(make_error_code(error::invalid_cursor).message()).size());
    }
}

TEST_CASE("what is no cursor, or of a newer version, is refused")
{
    for (std::string_view const text : {
             "", "null", "[]", "{}", "17360000000000001", "\"text\"", R"({"t":{"t":"17360000000000001","r":4}})",
             R"({"ringtail_cursor":2,"transport":"pubnub","subscription":"s","position":"p"})",
             R"({"ringtail_cursor":"1","transport":"pubnub","subscription":"s","position":"p"})",
             R"({"ringtail_cursor":1.5,"transport":"pubnub","subscription":"s","position":"p"})",
             R"({"ringtail_cursor":1,"transport":"pubnub","subscription":"s"})",
             R"({"ringtail_cursor":1,"transport":"pubnub","subscription":7,"position":"p"})",
             R"({"ringtail_cursor":1,"transport":null,"subscription":"s","position":"p"})",
             R"({"ringtail_cursor":1,"transport":"pubnub","subscription":"s","position":"p","confirmed":"yesterday"})",
             R"({"ringtail_cursor":1,"transport":"pubnub","subscription":"s","position":"p"} trailing)",
         }) {
        CAPTURE(text);
        auto const why = refusal(text);
        REQUIRE(why);
        CHECK(why->code() == error::invalid_cursor);
    }
    CHECK(std::string(refusal(R"({"ringtail_cursor":7,"transport":"","subscription":"","position":""})")->what()).find('7') != std::string::npos);
}

TEST_CASE("a saved cursor of which one character is another is refused")
{
    auto const text = cursor("17360000000000001/4").named("pubnub", "5f1c", noon).owned("400", noon).to_json();
    for (std::size_t at = 0; at != text.size(); ++at) {
        for (char const byte : {'"', '{', '}', '\\', '0', '9', 'a', '\0', ' ', '\xff'}) {
            auto damaged = text;
            damaged[at] = byte;
            auto const why = refusal(damaged);
            REQUIRE(why.has_value() == (damaged != text));
            CHECK((!why || why->code() == error::invalid_cursor));
        }
    }
}

TEST_CASE("an empty cursor is one that says nothing; naming leaves the original alone")
{
    CHECK(cursor().empty());
    CHECK(!cursor("1").empty());
    cursor const plain("1");
    auto const named = plain.named("pubnub", "s", noon);
    CHECK(plain.subscription_id().empty());
    CHECK(!plain.confirmed());
    CHECK(named.position() == "1");
    auto moved = plain;
    moved.confirm(noon);
    CHECK(moved.confirmed() == noon);
}

} // namespace
