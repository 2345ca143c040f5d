// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/protocol/http_date.hpp>

#include <doctest/doctest.h>

namespace {

using namespace ringtail;
using namespace std::chrono_literals;

TEST_CASE("Retry-After is read in seconds and as a date; nonsense is none, and it is never more than a day")
{
    auto const asked = [](std::string const& retry, std::string const& date = {}) {
        response reply;
        if (!date.empty()) {
            reply.headers.emplace_back("date", date);
        }
        reply.headers.emplace_back("retry-after", retry);
        return protocol::retry_after(reply);
    };
    CHECK(asked("60") == 60s);
    CHECK(asked("0") == 0s);
    CHECK(asked("99999999") == 24h);
    CHECK(asked("Mon, 05 Jan 2026 09:01:30 GMT", "Mon, 05 Jan 2026 09:00:00 GMT") == 90s);
    CHECK(asked("Sun, 04 Jan 2026 09:01:30 GMT", "Mon, 05 Jan 2026 09:00:00 GMT") == 0s);
    CHECK(!asked("Mon, 05 Jan 2026 09:01:30 GMT"));
    CHECK(!asked("soon"));
    CHECK(!asked(""));
    CHECK(!protocol::retry_after(response()));
}

TEST_CASE("a Date header is read to the second")
{
    CHECK(protocol::http_date("Thu, 01 Jan 1970 00:00:00 GMT") == 0);
    CHECK(protocol::http_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784'111'777); // RFC 9110, 5.6.7
    CHECK(protocol::http_date("Tue, 29 Feb 2028 23:59:59 GMT") == 1'835'481'599);
    for (auto const* const nonsense : {"", "now", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994", "784111777"}) {
        CAPTURE(nonsense);
        CHECK(!protocol::http_date(nonsense));
    }
}

} // namespace
