// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/error.hpp>
#include <ringtail/event_filters.hpp>
#include <ringtail/protocol/repair_plan.hpp>
#include <ringtail/timestamp.hpp>

#include <boost/json.hpp>

#include <doctest/doctest.h>

#include <algorithm>

namespace {

using namespace ringtail;
using protocol::repair_page;
using protocol::repair_plan;
using protocol::repair_source;

std::vector<std::string> const every_scope{"ReadMessages", "ReadCallLog"};

repair_plan plan_of(event_filters const& filters, std::vector<std::string> const& scopes = every_scope)
{
    return repair_plan(filters.paths(), scopes);
}

TEST_CASE("each list is read once, whatever the number of filters it heals")
{
    event_filters filters;
    filters.message_store("7").voicemail("7").fax("7").instant_messages("7").presence("7", detailed_telephony_state).telephony_sessions("7");
    auto const plan = plan_of(filters);
    REQUIRE(plan.sources.size() == 2);
    CHECK(plan.sources[0].kind == record_source::message_sync);
    CHECK(plan.sources[0].filters.size() == 4);
    CHECK(plan.sources[1].kind == record_source::call_log);
    CHECK(plan.sources[1].filters.size() == 2);
    CHECK(plan.unhealed.empty());
}

TEST_CASE("a filter whose scope is missing is named with the scope, and none is asked for in vain")
{
    event_filters filters;
    filters.message_store("7").telephony_sessions("7");
    auto const without_calls = plan_of(filters, {"ReadMessages"});
    REQUIRE(without_calls.unhealed.size() == 1);
    CHECK(without_calls.unhealed[0].reason.find("ReadCallLog") != std::string::npos);
    CHECK(without_calls.sources.size() == 1);
    auto const with_more = plan_of(filters, {"EditMessages"}); // includes ReadMessages
    REQUIRE(with_more.sources.size() == 1);
    CHECK(with_more.sources[0].kind == record_source::message_sync);
    CHECK(plan_of(filters, {}).sources.size() == 2); // not known: tried
}

TEST_CASE("what the service keeps no list of is named, and a reminder is not missed")
{
    event_filters filters;
    filters.extension_list().posts().message_store("7").renewal_reminder(std::chrono::seconds(60), std::chrono::seconds(30));
    auto const plan = plan_of(filters);
    CHECK(plan.sources.size() == 1);
    REQUIRE(plan.unhealed.size() == 2);
    CHECK(plan.unhealed[0].filter == filters.paths()[0]);
}

TEST_CASE("the call log of many extensions is read as that of the account, with the others' calls left out")
{
    event_filters filters;
    for (auto id = 100; id != 106; ++id) {
        filters.presence(std::to_string(id));
    }
    auto const plan = plan_of(filters);
    REQUIRE(plan.sources.size() == 1);
    CHECK(plan.sources[0].extension.empty());
    CHECK(plan.sources[0].filters.size() == 6);
    auto const page = repair_page(plan.sources[0], json::parse(R"({"records":[
        {"id":"a","startTime":"2026-01-05T09:00:00.000Z","extension":{"id":103}},
        {"id":"b","startTime":"2026-01-05T09:00:00.000Z","extension":{"id":999}}]})"));
    REQUIRE(page.records.size() == 1);
    CHECK(page.records[0].id == "a");
    CHECK(page.records[0].extension_id == "103");
}

TEST_CASE("the whole account's calls and those of a few extensions are read each, for the account's list is an administrator's")
{
    event_filters filters;
    filters.account_telephony_sessions().telephony_sessions("7");
    CHECK(plan_of(filters).sources.size() == 2);
    for (auto id = 100; id != 106; ++id) {
        filters.telephony_sessions(std::to_string(id));
    }
    auto const plan = plan_of(filters);
    REQUIRE(plan.sources.size() == 1);
    CHECK(plan.sources[0].extension.empty());
    CHECK(plan.sources[0].extensions.empty());
}

TEST_CASE("a list is asked for by the moments of the gap, in the service's form")
{
    repair_source messages;
    messages.account = "~";
    messages.extension = "7";
    auto const from = *parse_timestamp("2026-01-05T09:00:00.000Z");
    CHECK(messages.path(from, from + std::chrono::minutes(5)) ==
          "/restapi/v1.0/account/~/extension/7/message-sync?syncType=FSync&recordCount=250&dateFrom=2026-01-05T09:00:00.000Z"
          "&dateTo=2026-01-05T09:05:00.000Z");
    repair_source calls;
    calls.kind = record_source::call_log;
    calls.account = "1";
    CHECK(calls.path(from, from).starts_with("/restapi/v1.0/account/1/call-log?view=Detailed&page=1&perPage=250&dateFrom="));
}

TEST_CASE("a page keeps each record whole and says whether there is more")
{
    repair_source messages;
    auto const page = repair_page(messages, json::parse(R"({"records":[
        {"id":11,"creationTime":"2026-01-05T09:00:00.000Z","type":"SMS","shoeSize":46},
        {"id":"12","creationTime":"nonsense"}],"syncInfo":{"olderRecordsExist":true}})"));
    REQUIRE(page.records.size() == 2);
    CHECK(page.records[0].id == "11");
    CHECK(page.records[0].json.find("\"shoeSize\":46") != std::string::npos);
    CHECK_FALSE(page.records[1].time);
    CHECK(page.older_messages);
    CHECK((*page.oldest == *parse_timestamp("2026-01-05T09:00:00.000Z")));

    repair_source calls;
    calls.kind = record_source::call_log;
    auto const log = repair_page(calls, json::parse(R"({"records":[],"navigation":{"nextPage":{"uri":"https://x/next?page=2"}}})"));
    CHECK(log.next_page == "https://x/next?page=2");
}

TEST_CASE("an answer that is no list is refused")
{
    for (auto const* const text : {"[]", "{}", R"({"records":{}})", R"({"records":[1]})"}) {
        CHECK_THROWS_AS(repair_page(repair_source(), json::parse(text)), failure);
    }
}

} // namespace
