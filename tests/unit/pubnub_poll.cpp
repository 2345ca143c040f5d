// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/protocol/position_history.hpp>
#include <ringtail/protocol/pubnub_poll.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace ringtail;
using namespace std::chrono_literals;
using protocol::pubnub_position;

std::map<std::string, std::string> query(std::string_view target)
{
    std::map<std::string, std::string> found;
    auto rest = target.substr(std::min(target.find('?') + 1, target.size()));
    while (!rest.empty()) {
        auto const end = std::min(rest.find('&'), rest.size());
        auto const equals = std::min(rest.find('='), end);
        CHECK(found.emplace(rest.substr(0, equals), rest.substr(equals + 1, end - equals - 1)).second);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return found;
}

std::string path(std::string_view target)
{
    return std::string(target.substr(0, target.find('?')));
}

std::string subscribe_target(std::string_view subscriber_key, std::vector<std::string> const& channels, pubnub_position const& from,
                             std::string_view uuid, bool legacy)
{
    std::string text;
    protocol::append_subscribe_target(text, subscriber_key, channels, from, uuid, legacy);
    return text;
}

std::string const key = "sub-c-00000000-0000-0000-0000-000000000000";

TEST_CASE("a poll names key, channel, timetoken, region, client and SDK")
{
    std::vector<std::string> const channels{"100200300_ab12cd34"};
    auto const target = subscribe_target(key, channels, pubnub_position("17360000000000001", "4"), "client-1", false);
    CHECK(path(target) == "/v2/subscribe/" + key + "/100200300_ab12cd34/0");
    auto const given = query(target);
    CHECK(given.at("tt") == "17360000000000001");
    CHECK(given.at("tr") == "4");
    CHECK(given.at("uuid") == "client-1");
    CHECK(given.count("pnsdk") == 1);
    CHECK(!given.at("pnsdk").empty());
    CHECK(given.count("auth") == 0);
}

TEST_CASE("the first poll asks from now on, and no poll names a region that it was not told")
{
    std::vector<std::string> const channels{"c"};
    auto const first = query(subscribe_target(key, channels, pubnub_position(), "u", false));
    CHECK((first.count("tt") == 0 || first.at("tt") == "0"));
    CHECK(first.count("tr") == 0);
    CHECK(query(subscribe_target(key, channels, pubnub_position("17360000000000001", ""), "u", false)).count("tr") == 0);
}

TEST_CASE("channels are percent-encoded each, their commas are bare")
{
    std::vector<std::string> const channels{"a b", "c/d?e", "f,g", "100_x"};
    CHECK(path(subscribe_target("k", channels, pubnub_position(), "u", false)) == "/v2/subscribe/k/a%20b,c%2Fd%3Fe,f%2Cg,100_x/0");
    CHECK(path(subscribe_target("k/../x", channels, pubnub_position(), "u", false)).find("/../") == std::string::npos);
}

TEST_CASE("the legacy form has the timetoken in its path")
{
    std::vector<std::string> const channels{"a", "b"};
    CHECK(path(subscribe_target("k", channels, pubnub_position("17360000000000001", "4"), "u", true)) == "/subscribe/k/a,b/0/17360000000000001");
    CHECK(path(subscribe_target("k", channels, pubnub_position(), "u", true)) == "/subscribe/k/a,b/0/0");
    CHECK(query(subscribe_target("k", channels, pubnub_position(), "u", true)).at("uuid") == "u");
}

TEST_CASE("a client id with odd characters can't change the request")
{
    std::vector<std::string> const channels{"c"};
    auto const target = subscribe_target("k", channels, pubnub_position("1", "4"), "u&tt=0 \r\nX: y", false);
    CHECK(target.find(' ') == std::string::npos);
    CHECK(target.find('\r') == std::string::npos);
    CHECK(query(target).at("tt") == "1");
}

TEST_CASE("a position is written and read again; what is none is not read")
{
    for (auto const& position : {pubnub_position("17360000000000001", "4"), pubnub_position("17360000000000001", ""), pubnub_position("17360000000000001", "12")}) {
        auto const read = pubnub_position::parse(position.text());
        REQUIRE(read);
        CHECK(read->timetoken == position.timetoken);
        CHECK(read->region == position.region);
    }
    CHECK(pubnub_position("1", "4").text() == "1/4");
    for (std::string_view const text : {"", "/", "/4", "x", "1x", "1/x", "1/4/5", "-1", "1 ", " 1", "17360000000000001/4&tt=0", "1.7e16", "\n"}) {
        CAPTURE(text);
        CHECK(!pubnub_position::parse(text));
    }
    CHECK(pubnub_position().empty());
    CHECK(!pubnub_position("1", "").empty());
}

TEST_CASE("a timetoken is Unix time in units of 100 ns, seventeen digits for our days, and reads back")
{
    wall_time const new_year{std::chrono::sys_days(std::chrono::year(2025) / 1 / 4) + 14h + 13min + 20s};
    CHECK(protocol::timetoken_of(new_year) == "17360000000000000");
    for (auto const add : {0ns, 100ns, 123'456'700ns, 999'999'900ns}) {
        auto const when = new_year + std::chrono::duration_cast<wall_time::duration>(add);
        auto const read = protocol::time_of(protocol::timetoken_of(when));
        REQUIRE(read);
        CHECK(*read == when);
    }
    CHECK(protocol::time_of("17360000000000000") == new_year);
}

TEST_CASE("what is no timetoken has no time")
{
    for (std::string_view const text : {"", "x", "1736000000000000x", "1.7e16", " 17360000000000000", "99999999999999999999999"}) {
        CAPTURE(text);
        CHECK(!protocol::time_of(text));
    }
}

TEST_CASE("a timetoken beyond the clock's range has no time, and is no undefined behaviour (UBSan)")
{
    for (auto const* const text : {"9223372036854775807", "922337203685477581", "-17360000000000000"}) {
        CAPTURE(text);
        CHECK(!protocol::time_of(text));
    }
}

TEST_CASE("where polls stood is known a second apart, for as long as an answer may take, and before that by the time")
{
    auto const start = *protocol::time_of("17360000000000000");
    auto const token = [&](std::chrono::seconds later) { return protocol::timetoken_of(start + later); };
    protocol::pubnub_position const present("1", "r");
    protocol::position_history history;
    CHECK(history.latest() == nullptr);
    CHECK(history.at(start, present, 10s).timetoken == "1");

    history.add({token(0s), "r"}, start, 20s);
    history.add({token(1s), "r"}, start + 500ms, 20s); // too soon to be of use
    history.add({token(2s), "r"}, start + 2s, 20s);
    CHECK(history.at(std::nullopt, present, 10s).timetoken == "1");
    CHECK(history.at(start + 1999ms, present, 10s).timetoken == token(0s));
    CHECK(history.at(start + 2s, present, 10s).timetoken == token(2s));
    CHECK(history.at(start - 3s, present, 10s).timetoken == token(-13s));
    REQUIRE(history.latest() != nullptr);
    CHECK(history.latest()->timetoken == token(2s));

    history.add({token(28s), "r"}, start + 28s, 20s); // 20 s and 5 more behind: what came first is forgotten
    CHECK(history.at(start + 1s, present, 10s).timetoken == token(-9s));
    CHECK(history.at(start + 27s, present, 10s).timetoken == token(2s));
    history.clear();
    CHECK(history.latest() == nullptr);
}

TEST_CASE("a position in a time to come, or none, is no place to begin")
{
    auto const now = *protocol::time_of("17360000000000000");
    CHECK(protocol::is_plausible("17360000000000000", now));
    for (auto const* const bad : {"", "0", "000", "x", "18360000000000000"}) {
        CAPTURE(bad);
        CHECK(!protocol::is_plausible(bad, now));
    }
}

} // namespace
