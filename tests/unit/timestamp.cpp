// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/timestamp.hpp>

#include <doctest/doctest.h>

using ringtail::format_timestamp;
using ringtail::parse_timestamp;
using ringtail::wall_time;
using namespace std::chrono_literals;

namespace {

constexpr wall_time nine_o_clock{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5} + 9h};

// usable where the compiler must know: a constant
static_assert(parse_timestamp("2026-01-05T09:00:00Z") == nine_o_clock);
static_assert(!parse_timestamp("2026-13-05T09:00:00Z"));

} // namespace

TEST_CASE("every form of time that the services write is read")
{
    CHECK(parse_timestamp("2026-01-05T09:00:00.123Z") == nine_o_clock + 123ms);
    CHECK(parse_timestamp("2026-01-05T09:00:00Z") == nine_o_clock);
    CHECK(parse_timestamp("2026-01-05T09:00:00.123+0000") == nine_o_clock + 123ms);
    CHECK(parse_timestamp("2026-01-05T09:00:00.123+00:00") == nine_o_clock + 123ms);
    CHECK(parse_timestamp("2026-01-05T09:00:00.123+00") == nine_o_clock + 123ms);
    CHECK(parse_timestamp("2026-01-05T09:00:00+0000") == nine_o_clock);
    CHECK(parse_timestamp("2026-01-05T09:00:00-00:00") == nine_o_clock);
    // recorded: the published PubNub vector, the subscription samples, microseconds of high volume SMS
    CHECK(parse_timestamp("2014-03-12T20:47:54.712+0000").has_value());
    CHECK(parse_timestamp("2013-09-13T13:43:57.187Z").has_value());
    CHECK(parse_timestamp("2021-05-26T04:16:42.985974Z").has_value());
}

TEST_CASE("any offset from UTC is applied")
{
    CHECK(parse_timestamp("2026-01-05T10:00:00+01:00") == nine_o_clock);
    CHECK(parse_timestamp("2026-01-05T14:30:00+0530") == nine_o_clock);
    CHECK(parse_timestamp("2026-01-05T01:00:00-08") == nine_o_clock);
    CHECK(parse_timestamp("2026-01-04T23:15:00.5-09:45") == nine_o_clock + 500ms);
    CHECK(parse_timestamp("2026-01-06T08:59:00+23:59") == nine_o_clock);
}

TEST_CASE("fractions of one to nine digits are read")
{
    CHECK(parse_timestamp("2026-01-05T09:00:00.1Z") == nine_o_clock + 100ms);
    CHECK(parse_timestamp("2026-01-05T09:00:00.12Z") == nine_o_clock + 120ms);
    CHECK(parse_timestamp("2026-01-05T09:00:00.0001Z") == nine_o_clock + 100us);
    CHECK(parse_timestamp("2026-01-05T09:00:00.123456Z") == nine_o_clock + 123456us);
    auto const nine_digits = nine_o_clock + std::chrono::duration_cast<wall_time::duration>(123456789ns);
    CHECK(parse_timestamp("2026-01-05T09:00:00.123456789Z") == nine_digits);
    CHECK_FALSE(parse_timestamp("2026-01-05T09:00:00.Z"));
    CHECK_FALSE(parse_timestamp("2026-01-05T09:00:00.1234567890Z"));
}

TEST_CASE("what is no time is nothing")
{
    for (auto const* text : {
             "",
             "now",
             "2026-01-05",
             "2026-01-05T09:00:00",          // no zone: another time for every reader
             "2026-13-05T09:00:00Z",         // month
             "2026-00-05T09:00:00Z",
             "2026-02-29T09:00:00Z",         // no leap year
             "2026-04-31T09:00:00Z",
             "2026-01-00T09:00:00Z",
             "2026-01-05T24:00:00Z",
             "2026-01-05T09:60:00Z",
             "2026-01-05T09:00:60Z",
             "2026-01-05T09:00:00Zjunk",
             "2026-01-05T09:00:00Z ",
             " 2026-01-05T09:00:00Z",
             "2026-01-05T09:00:00.123",
             "2026-01-05T09:00:00+",
             "2026-01-05T09:00:00+1",
             "2026-01-05T09:00:00+00:",
             "2026-01-05T09:00:00+00:0",
             "2026-01-05T09:00:00+000",
             "2026-01-05T09:00:00+24:00",
             "2026-01-05T09:00:00+00:60",
             "2026-01-05T09:00:00+00:00Z",
             "2026-01-05T09:00:00z",
             "2026-01-05t09:00:00Z",
             "2026-01-05 09:00:00Z",
             "2026/01/05T09:00:00Z",
             "2026-1-5T09:00:00Z",
             "+026-01-05T09:00:00Z",
             "-026-01-05T09:00:00Z",
             "2026-01-05T09.00.00Z",
             "2026-01-0\xEF\xBC\x95T09:00:00Z", // a wide five
         }) {
        CAPTURE(text);
        CHECK_FALSE(parse_timestamp(text));
    }
    CHECK_FALSE(parse_timestamp(std::string_view("2026-01-05T09:00:00Z\0", 21)));
}

TEST_CASE("instants that the clock's type cannot hold are refused, not wrapped around")
{
    CHECK(parse_timestamp("2024-02-29T00:00:00Z").has_value());
    CHECK(parse_timestamp("1970-01-01T00:00:00Z") == wall_time{});
    CHECK(parse_timestamp("1969-12-31T23:59:59.5Z") == wall_time{} - 500ms);
    if (sizeof(wall_time::rep) == 8 && std::ratio_less_equal_v<wall_time::period, std::nano>) {
        CHECK_FALSE(parse_timestamp("9999-12-31T23:59:59Z"));
        CHECK_FALSE(parse_timestamp("0001-01-01T00:00:00Z"));
        CHECK(parse_timestamp("2262-01-01T00:00:00Z").has_value());
        CHECK_FALSE(parse_timestamp("2263-01-01T00:00:00Z"));
    }
}

TEST_CASE("times are written as the services write them")
{
    CHECK(format_timestamp(nine_o_clock + 123ms) == "2026-01-05T09:00:00.123Z");
    CHECK(format_timestamp(nine_o_clock) == "2026-01-05T09:00:00.000Z");
    CHECK(format_timestamp(nine_o_clock + 14h + 59min + 58s + 7ms) == "2026-01-05T23:59:58.007Z");
    CHECK(format_timestamp(wall_time{}) == "1970-01-01T00:00:00.000Z");
    CHECK(format_timestamp(wall_time{} - 1us) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("a time that was written is read as the same instant")
{
    for (auto at = wall_time{} - 1000h; at < wall_time{} + 1'000'000h; at += 7321h + 13min + 7s + 311ms) {
        CHECK(parse_timestamp(format_timestamp(at)) == at);
    }
}
