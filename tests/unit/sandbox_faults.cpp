// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "sandbox_fixture.hpp"

#include <ringtail/error.hpp>

namespace {

using namespace sandbox_tests;

constexpr char const* own_presence = "/restapi/v1.0/account/~/extension/~/presence";

http_reply list(account& box)
{
    return box.call("GET", "/restapi/v1.0/subscription");
}

std::string payload(json::object const& reply)
{
    REQUIRE(reply.at("m").as_array().size() >= 1);
    return std::string(reply.at("m").as_array().back().as_object().at("d").as_string());
}

TEST_CASE("a fault strikes once, so many times, later, every n-th time or always")
{
    account box;
    list(box);
    auto const strikes = [&](fault what, int tries) {
        box.all.clear_faults();
        box.all.inject(std::move(what));
        std::string pattern;
        for (int i = 0; i < tries; ++i)
            pattern += list(box).status == 503 ? 'x' : '.';
        return pattern;
    };
    auto const down = fault::status(sandbox_call::subscription_list, 503, {"CMN-201"}, 7s);
    CHECK(strikes(down, 3) == "x..");
    CHECK(strikes(fault(down).times(2), 4) == "xx..");
    CHECK(strikes(fault(down).after(2), 4) == "..x.");
    CHECK(strikes(fault(down).every(2), 6) == ".x.x.x");
    CHECK(strikes(fault(down).always(), 4) == "xxxx");
    CHECK(strikes(fault::status(sandbox_call::token, 503), 2) == "..");
    CHECK(box.all.statistics().faults == 1 + 2 + 1 + 3 + 4);
    CHECK(box.all.statistics().requests(sandbox_call::subscription_list, 503) == 11);
}

TEST_CASE("errors carry the codes and the wait that were asked for")
{
    account box;
    list(box);
    box.all.inject(fault::status(sandbox_call::subscription_list, 401, {"TokenInvalid", "OAU-213"}));
    auto const refused = list(box);
    CHECK(account::object_of(refused)["errorCode"] == "TokenInvalid");
    CHECK(nested_code(refused) == "OAU-213");
    box.all.inject(fault::oauth_error(sandbox_call::token, 400, "invalid_grant", "OAU-211"));
    auto const login = box.login();
    CHECK(account::object_of(login)["error"] == "invalid_grant");
    CHECK(nested_code(login) == "OAU-211");
    auto const made = box.create();
    box.all.inject(fault::pubnub_error(429, true, 3s));
    auto const poll = std::get<http_reply>(box.poll(made, "0"));
    CHECK(poll.status == 200);
    CHECK(account::object_of(poll)["status"] == 429);
    CHECK(poll.headers.get("Retry-After") == "3");
    box.all.inject(fault::pubnub_error(403, false));
    CHECK(std::get<http_reply>(box.poll(made, "0")).status == 403);
}

TEST_CASE("bodies can be empty, a page, too large or too deep")
{
    account box;
    list(box);
    auto const body = [&](fault what) {
        box.all.inject(std::move(what));
        return list(box).body;
    };
    CHECK(body({sandbox_call::any, fault_effect::empty}).empty());
    CHECK(body({sandbox_call::any, fault_effect::html}).starts_with("<html>"));
    CHECK(body(fault::sized(sandbox_call::any, fault_effect::oversized, 1000)).size() == 1002);
    CHECK(body(fault::sized(sandbox_call::any, fault_effect::deep_json, 3)) == "[[[]]]");
}

TEST_CASE("a lost answer takes effect, a stalled or reset one does not")
{
    account box;
    list(box);
    auto const creates = [&](fault what) {
        auto const before = box.all.subscriptions().living(box.now).size();
        box.all.inject(std::move(what));
        box.call("POST", "/restapi/v1.0/subscription", detailed_presence);
        return box.all.subscriptions().living(box.now).size() - before;
    };
    CHECK(creates(fault::lost(sandbox_call::subscription_create)) == 1);
    CHECK(creates(fault::stall(sandbox_call::subscription_create)) == 0);
    CHECK(creates(fault::reset(sandbox_call::subscription_create)) == 0);
    CHECK(box.all.statistics().requests(sandbox_call::subscription_create, 0) == 3);
}

TEST_CASE("payloads are spoilt one at a time: base64, padding, JSON, key")
{
    account box;
    auto const made = box.create();
    auto const spoilt = [&](fault_effect effect) {
        box.all.inject({sandbox_call::message, effect});
        box.all.publish(own_presence, {{"n", 1}}, box.now);
        return payload(box.poll_at_once(made, "1"));
    };
    auto const key = *base64_decode(made.at("deliveryMode").as_object().at("encryptionKey").as_string());
    CHECK_FALSE(base64_decode(spoilt(fault_effect::bad_base64)));
    CHECK(base64_decode(spoilt(fault_effect::bad_padding))->size() % 16 == 0);
    CHECK(spoilt(fault_effect::not_json) == encrypt(key, "this is no JSON"));
    CHECK(base64_decode(spoilt(fault_effect::wrong_key))->size() % 16 == 0);
    box.all.publish_raw(std::string(made.at("id").as_string()), "{}", box.now);
    CHECK(payload(box.poll_at_once(made, "1")) == encrypt(key, "{}"));
}

TEST_CASE("messages are doubled or dropped on the way")
{
    account box;
    auto const made = box.create();
    box.all.inject({sandbox_call::message, fault_effect::drop});
    box.all.inject({sandbox_call::message, fault_effect::duplicate});
    for (int i = 0; i < 2; ++i)
        CHECK(box.all.publish(own_presence, nullptr, box.now) == 1);
    auto const messages = box.poll_at_once(made, "1").at("m").as_array();
    REQUIRE(messages.size() == 2);
    CHECK(messages[0].as_object().at("d") == messages[1].as_object().at("d"));
}

TEST_CASE("a fault can refuse one filter of the next creation")
{
    account box;
    box.all.inject(fault::refuse_filter("message-store"));
    auto const made = box.create(R"({"eventFilters":["/restapi/v1.0/account/~/extension/~/presence",)"
                                 R"("/restapi/v1.0/account/~/extension/~/message-store"],)"
                                 R"("deliveryMode":{"transportType":"PubNub"}})");
    CHECK(made.at("disabledFilters").as_array().size() == 1);
    CHECK_FALSE(box.create().contains("disabledFilters"));
}

TEST_CASE("a poll that hangs is damaged when it is answered")
{
    account box;
    auto const made = box.create();
    box.all.inject({sandbox_call::pubnub_subscribe, fault_effect::cut_body});
    CHECK(std::holds_alternative<poll_id>(box.poll(made, "1")));
    box.all.publish(own_presence, nullptr, box.now);
    auto const ready = box.all.take_ready(box.now);
    REQUIRE(ready.size() == 1);
    CHECK(ready[0].second.effect == wire_effect::cut_body);
}

TEST_CASE("faults have a JSON form, and a wrong one is told")
{
    auto const made = parse_fault(json::parse(
        R"({"call":"subscription_renew","effect":"status","status":429,)"
        R"("codes":["CMN-301"],"retryAfter":5,"times":2})"));
    CHECK(made.call == sandbox_call::subscription_renew);
    CHECK(made.effect == fault_effect::status);
    CHECK(made.http_status == 429);
    CHECK(made.codes == std::vector<std::string>{"CMN-301"});
    CHECK(made.retry_after == 5s);
    CHECK(made.left == 2u);
    CHECK_FALSE(parse_fault(json::parse(R"({"effect":"stall","times":0})")).left);
    CHECK_THROWS_AS((void)parse_fault(json::parse(R"({"effect":"magic"})")), failure);
    CHECK_THROWS_AS((void)parse_fault(json::parse(R"({"call":"magic","effect":"stall"})")), failure);
    CHECK_THROWS_AS((void)parse_fault(json::parse(R"({"effect":"stall","times":-1})")), failure);
    for (int i = 0; i < 25; ++i)
        CHECK(parse_fault_effect(to_string(static_cast<fault_effect>(i))) == static_cast<fault_effect>(i));
    for (int i = 0; i < 16; ++i)
        CHECK(parse_sandbox_call(to_string(static_cast<sandbox_call>(i))) == static_cast<sandbox_call>(i));
}

} // namespace
