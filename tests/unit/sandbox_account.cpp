// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "sandbox_fixture.hpp"

#include <ringtail/sandbox/control_api.hpp>

#include <map>
#include <set>

namespace {

using namespace sandbox_tests;

TEST_CASE("the extension list is paged, and its navigation leads through all of it")
{
    sandbox_options options;
    options.extensions = 250;
    account box(options);
    std::set<std::int64_t> ids;
    std::string target = "/restapi/v1.0/account/~/extension?perPage=100&status=Enabled&status=Disabled&type=User";
    int pages = 0;
    while (!target.empty()) {
        auto const page = account::object_of(box.call("GET", target));
        for (auto const& record : page.at("records").as_array())
            ids.insert(record.at("id").as_int64());
        CHECK(page.at("paging").at("totalElements") == 250);
        CHECK(page.at("paging").at("page") == ++pages);
        auto const* const next = page.at("navigation").as_object().if_contains("nextPage");
        target = next ? std::string(next->at("uri").as_string()).substr(box.all.origin().size()) : "";
    }
    CHECK(pages == 3);
    CHECK(ids.size() == 250);
    CHECK(*ids.begin() > 0xffffffffLL);
}

TEST_CASE("pages that make no sense are refused")
{
    account box;
    auto const code = [&](std::string const& query) {
        return nested_code(box.call("GET", "/restapi/v1.0/account/~/extension" + query));
    };
    CHECK(code("?page=0") == "CMN-101");
    CHECK(code("?perPage=1001") == "CMN-101");
    CHECK(code("?page=2") == "CMN-102");
    CHECK(code("/1") == "CMN-102");
    CHECK(box.call("GET", "/restapi/v1.0/account/~/extension/~").status == 200);
    CHECK(nested_code(box.call("GET", "/restapi/v1.0/nowhere")) == "CMN-120");
}

TEST_CASE("a call centre's day is told in order: rings, answers, holds, hangs up; and messages arrive")
{
    account box;
    call_center_options day;
    day.calls_per_minute = 30;
    day.messages_per_minute = 30;
    day.duration = 10min;
    box.all.people().start(day, box.now);

    std::map<std::string, std::string> status;          // by extension
    std::map<std::string, std::int64_t> sequence;
    std::map<std::string, int> kinds;
    std::set<std::string> steps;
    auto const start = box.now;
    while (auto const next = box.all.people().next()) {
        REQUIRE(*next >= box.now);
        box.now = *next;
        for (auto const& each : box.all.people().advance(box.now)) {
            split_target const event(each.event);
            ++kinds[event.path.substr(event.path.rfind('/'))];
            if (!event.path.ends_with("/presence"))
                continue;
            std::string const who(each.body.at("extensionId").as_string());
            std::string const now(each.body.at("telephonyStatus").as_string());
            CHECK(each.body.at("sequence") == ++sequence[who]);
            CHECK(each.body.at("totalActiveCalls") == (now == "NoCall" ? 0 : 1));
            steps.insert((status[who].empty() ? "NoCall" : status[who]) + ">" + now);
            status[who] = now;
        }
    }
    CHECK(steps == std::set<std::string>{"NoCall>Ringing", "NoCall>CallConnected", "Ringing>CallConnected",
                                         "Ringing>NoCall", "CallConnected>OnHold", "OnHold>CallConnected",
                                         "CallConnected>NoCall"});
    for (auto const& [who, last] : status)
        CHECK(last == "NoCall");
    for (auto const* const kind : {"/presence", "/sessions", "/message-store", "/instant", "/voicemail"})
        CHECK(kinds[kind] > 0);
    CHECK(box.now - start > 10min);
    CHECK(box.now - start < 15min);
}

TEST_CASE("the same seed and start make the same day")
{
    auto const day = [] {
        account box;
        box.all.people().start({}, box.now);
        std::string told;
        for (auto const& each : box.all.people().advance(box.now + 10min))
            told += each.event + json::serialize(each.body);
        return told;
    };
    CHECK(day() == day());
}

TEST_CASE("those subscribed hear of the calls, and presence can be read again")
{
    account box;
    auto const made = box.create(R"({"eventFilters":["/restapi/v1.0/account/~/presence"],)"
                                 R"("deliveryMode":{"transportType":"PubNub"}})");
    auto const presences = [&] { return account::object_of(box.call("GET", "/restapi/v1.0/account/~/presence")); };
    CHECK(json::serialize(presences()).find("Ringing") == std::string::npos);
    call_center_options busy;
    busy.calls_per_minute = 60;
    busy.speed = 10;
    box.all.people().start(busy, box.now);
    while (json::serialize(presences()).find("Ringing") == std::string::npos) {
        box.now = box.all.next_wakeup(box.now).value();
        CHECK(box.all.take_ready(box.now).empty());
    }
    CHECK(box.poll_at_once(made, "1").at("m").as_array().size() >= 1);
    CHECK(presences().at("records").as_array().size() == 8);
    auto const own = [&](std::string const& query) {
        return account::object_of(box.call("GET", "/restapi/v1.0/account/~/extension/~/presence" + query));
    };
    CHECK(own("?detailedTelephonyState=true").contains("activeCalls"));
    CHECK_FALSE(own("").contains("activeCalls"));
}

TEST_CASE("the controls do over HTTP what the members of the sandbox do")
{
    account box;
    auto const control = [&](std::string method, std::string path, std::string body = {}) {
        http_request const request(std::move(method), "/sandbox/" + std::move(path), std::move(body));
        return control_api(box.all, request, box.now);
    };
    auto const about = account::object_of(control("GET", "account"));
    CHECK(about.at("clientId") == json::value(box.all.oauth().client_id()));
    CHECK(about.at("extensions").as_array().size() == 8);

    auto const id = std::string(box.create().at("id").as_string());
    CHECK(control("GET", "subscriptions").body == R"({"ids":[")" + id + "\"]}");
    CHECK(control("POST", "publish", R"({"event":"/restapi/v1.0/account/~/extension/~/presence","body":{}})").body ==
          R"({"subscriptions":1})");
    CHECK(control("POST", "publish-raw", R"({"subscriptionId":")" + id + R"(","text":"x"})").status == 200);
    CHECK(control("POST", "subscriptions/" + id + "/rotate", R"({"channel":true})").status == 200);
    CHECK(control("POST", "subscriptions/" + id + "/suspend").status == 200);
    CHECK(box.all.publish("/restapi/v1.0/account/~/extension/~/presence", nullptr, box.now) == 0);
    CHECK(control("POST", "subscriptions/" + id + "/expire").status == 200);
    CHECK(control("DELETE", "subscriptions/" + id).status == 200);
    CHECK(control("DELETE", "subscriptions/" + id).status == 404);

    CHECK(control("POST", "faults", R"({"call":"subscription_list","effect":"status","status":500})").status == 200);
    CHECK(box.call("GET", "/restapi/v1.0/subscription").status == 500);
    CHECK(control("POST", "faults", R"({"call":"subscription_list","effect":"status"})").status == 200);
    CHECK(control("DELETE", "faults").status == 200);
    CHECK(control("POST", "tokens/expire").status == 200);
    CHECK(nested_code(box.call("GET", "/restapi/v1.0/subscription")) == "OAU-128");
    CHECK(control("POST", "call-center", R"({"speed":10,"duration":1000})").status == 200);
    CHECK(box.all.next_wakeup(box.now));
    CHECK(control("DELETE", "call-center").status == 200);
    CHECK_FALSE(box.all.next_wakeup(box.now));
    auto const statistics = account::object_of(control("GET", "statistics"));
    CHECK(statistics.at("answers").at("subscription_list").at("500") == 1);

    CHECK(control("POST", "publish", "{}").status == 400);
    CHECK(control("POST", "publish", "[").status == 400);
    CHECK(control("POST", "faults", R"({"effect":"magic"})").status == 400);
    CHECK(control("POST", "call-center", R"({"speed":-1})").status == 400);
    CHECK(control("GET", "nothing").status == 404);
}

} // namespace
