// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "sandbox_fixture.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace {

using namespace sandbox_tests;

constexpr char const* own_messages = "/restapi/v1.0/account/~/extension/~/message-store";
constexpr char const* message_filter =
    R"({"eventFilters":["/restapi/v1.0/account/~/extension/~/message-store"],)"
    R"("deliveryMode":{"transportType":"WebSocket"}})";

/// An account with WebSockets: what was done on them is kept apart by connection.
class gateway_account : public account {
public:
    explicit gateway_account(sandbox_options options = {}) : account(without_limits(std::move(options))) {}

    static sandbox_options without_limits(sandbox_options options)
    {
        options.rate_limits = false;
        return options;
    }

    std::string wstoken()
    {
        auto const reply = call("POST", "/restapi/oauth/wstoken");
        REQUIRE(reply.status == 200);
        return std::string(object_of(reply)["ws_access_token"].as_string());
    }

    std::variant<gateway_id, http_reply> upgrade(std::string query)
    {
        http_request request("GET", "/ws?" + std::move(query));
        request.headers.set("Upgrade", "websocket");
        CHECK(all.is_upgrade(request));
        return all.upgrade(request, now);
    }

    gateway_id open(std::string const& wsc = {})
    {
        auto query = "access_token=" + wstoken();
        if (!wsc.empty())
            query += "&wsc=" + percent_encode(wsc);
        auto const opened = upgrade(query);
        REQUIRE(std::holds_alternative<gateway_id>(opened));
        return std::get<gateway_id>(opened);
    }

    /// What is due is done; then the actions on one connection since the last look at it.
    std::vector<gateway_action> actions(gateway_id of)
    {
        auto const ready = all.take_ready(now);
        CHECK(ready.empty());
        for (auto& each : all.gateway().take_actions())
            done.push_back(std::move(each));
        std::vector<gateway_action> found;
        for (auto& each : done)
            if (each.connection == of)
                found.push_back(each);
        std::erase_if(done, [&](auto const& each) { return each.connection == of; });
        return found;
    }

    /// The next frames, of which there have to be exactly so many, and nothing else.
    std::vector<json::array> frames(gateway_id of, std::size_t count)
    {
        std::vector<json::array> found;
        for (auto const& each : actions(of)) {
            CHECK(each.what == gateway_step::send);
            found.push_back(json::parse(each.text).as_array());
        }
        REQUIRE(found.size() == count);
        return found;
    }

    json::array frame(gateway_id of) { return frames(of, 1).front(); }

    void say(gateway_id on, std::string const& text) { all.gateway().receive(on, text, now); }

    void ask(gateway_id on, std::string id, std::string method, std::string path, std::string body = {})
    {
        json::object const meta{{"type", "ClientRequest"}, {"messageId", id}, {"method", method}, {"path", path}};
        say(on, "[" + json::serialize(meta) + (body.empty() ? "" : ",") + body + "]");
    }

    /// A connection that is greeted and subscribed.
    gateway_id subscribed()
    {
        auto const id = open();
        token_of_recovery = wsc_of(frame(id));
        ask(id, "s", "POST", "/restapi/v1.0/subscription", message_filter);
        auto const reply = frame(id);
        REQUIRE(reply[0].at("status") == 200);
        subscription = std::string(reply[1].at("id").as_string());
        return id;
    }

    static std::string wsc_of(json::array const& frame)
    {
        return std::string(frame[0].at("wsc").at("token").as_string());
    }

    std::size_t publish(int n) { return all.publish(own_messages, json::object{{"n", n}}, now); }

    static std::string type(json::array const& frame) { return std::string(frame[0].at("type").as_string()); }

    std::vector<gateway_action> done;
    std::string subscription;
    std::string token_of_recovery;
};

std::string recovery_of(json::array const& details)
{
    auto const& body = details[1].as_object();
    auto const* const state = body.if_contains("recoveryState");
    auto const* const code = body.if_contains("recoveryErrorCode");
    return (state ? std::string(state->as_string()) : "unsaid") +
           (code ? " " + std::string(code->as_string()) : std::string());
}

TEST_CASE("the first frame is ConnectionDetails with the limits, in seconds")
{
    sandbox_options options;
    options.idle_timeout = 1500ms;
    gateway_account box(options);
    auto const id = box.open();
    auto const details = box.frame(id);
    CHECK(box.type(details) == "ConnectionDetails");
    CHECK(details[0].at("status") == 200);
    CHECK(details[0].at("wsc").at("sequence") == 1);
    CHECK(details[1].at("recoveryBufferSize") == 100);
    CHECK(details[1].at("recoveryTimeout") == 180);
    CHECK(details[1].at("idleTimeout") == 2);
    CHECK(details[1].at("absoluteTimeout") == 86400);
    CHECK(details[1].at("maxActiveRequests") == 10);
    CHECK(recovery_of(details) == "unsaid");
    CHECK(box.all.statistics().gateway_open == 1);
    CHECK(box.all.statistics().requests(sandbox_call::gateway_connect, 101) == 1);
}

TEST_CASE("a token opens one connection, and not for long")
{
    gateway_account box;
    auto const used = box.wstoken();
    auto const late = box.wstoken();
    auto const first = std::get<gateway_id>(box.upgrade("access_token=" + used));
    CHECK(box.type(box.frame(first)) == "ConnectionDetails");
    box.now += 31s;
    for (auto const& token : {used, late, std::string("none"), std::string()}) {
        auto const refused = std::get<gateway_id>(box.upgrade("access_token=" + token));
        auto const actions = box.actions(refused);
        REQUIRE(actions.size() == 2);
        CHECK(json::parse(actions[0].text).at(0).at("type") == "Error");
        CHECK(actions[1].what == gateway_step::close);
    }
    CHECK(box.all.statistics().gateway_refused == 4);
}

TEST_CASE("a bad token can be refused at the upgrade, and a good one may come in a header or be used again")
{
    sandbox_options options;
    options.gateway_refuses_upgrade = true;
    options.wstoken_reusable = true;
    gateway_account box(options);
    CHECK(std::get<http_reply>(box.upgrade("access_token=none")).status == 401);
    auto const token = box.wstoken();
    http_request request("GET", "/ws");
    request.headers.set("Upgrade", "WebSocket");
    request.headers.set("Authorization", "Bearer " + token);
    CHECK(std::holds_alternative<gateway_id>(box.all.upgrade(request, box.now)));
    CHECK(std::holds_alternative<gateway_id>(box.upgrade("access_token=" + token)));
}

TEST_CASE("requests over the socket are answered as over HTTP, by messageId")
{
    gateway_account box;
    auto const id = box.subscribed();
    box.ask(id, "a/1", "GET", "/restapi/v1.0/subscription");
    box.say(id, R"([{"type":"clientrequest","messageId":"2","method":"GET",)"
                R"("path":"/restapi/v1.0/account/~/extension",)"
                R"("query":{"perPage":3,"status":["Enabled","Disabled"]}},""])");
    box.ask(id, "3", "PUT", "/restapi/v1.0/subscription/" + box.subscription, "{}");
    box.ask(id, "4", "GET", "/restapi/v1.0/subscription/none");
    box.ask(id, "5", "POST", "/restapi/oauth/wstoken");
    box.ask(id, "6", "DELETE", "/restapi/v1.0/subscription/" + box.subscription);
    auto const replies = box.frames(id, 6);
    CHECK(replies[0][0].at("messageId") == "a/1");
    CHECK(replies[0][0].at("headers").as_object().contains("RCRequestId"));
    CHECK(replies[0][1].at("records").at(0).at("id").as_string() == box.subscription);
    CHECK(replies[1][1].at("records").as_array().size() == 3);
    CHECK(replies[2][0].at("headers").at("WSG-SubscriptionId").as_string() == box.subscription);
    CHECK(replies[3][0].at("status") == 404);
    CHECK(replies[3][1].at("errorCode") == "CMN-102");
    CHECK(replies[4][0].at("status") == 404);
    CHECK(replies[5][0].at("status") == 204);
    CHECK(replies[5].size() == 1);
    CHECK(box.publish(1) == 0);
}

TEST_CASE("the subscription is delivered over its connection, never encrypted, with a growing sequence")
{
    gateway_account box;
    auto const id = box.open();
    box.frame(id);
    box.ask(id, "s", "POST", "/restapi/v1.0/subscription",
            R"({"eventFilters":["/restapi/v1.0/account/~/extension/~/presence"],"expiresIn":5,)"
            R"("deliveryMode":{"transportType":"WebSocket","encryption":true}})");
    auto const made = box.frame(id);
    CHECK(made[1].at("deliveryMode") == json::parse(R"({"transportType":"WebSocket","encryption":false})"));
    CHECK(made[1].at("expiresIn") == 86399);
    CHECK(made[0].at("headers").at("WSG-SubscriptionId") == made[1].at("id"));
    auto const presence = "/restapi/v1.0/account/~/extension/~/presence";
    for (auto const* const status : {"Ringing", "NoCall"})
        box.all.publish(presence, json::object{{"telephonyStatus", status}}, box.now);
    auto const both = box.frames(id, 2);
    CHECK(box.type(both[0]) == "ServerNotification");
    CHECK(both[0][0].at("messageId") == both[0][1].at("uuid"));
    CHECK(both[0][1].at("subscriptionId") == made[1].at("id"));
    CHECK(both[0][0].at("wsc").at("sequence") == 2);
    CHECK(both[1][0].at("wsc").at("sequence") == 3);
}

TEST_CASE("a second subscription on a connection takes the place of the first")
{
    sandbox_options options;
    options.subscription_limit = 1;
    gateway_account box(options);
    auto const id = box.subscribed();
    auto const first = box.subscription;
    box.ask(id, "again", "POST", "/restapi/v1.0/subscription", message_filter);
    auto const second = box.frame(id);
    CHECK(second[0].at("status") == 200);
    CHECK(box.publish(1) == 1);
    CHECK(box.frame(id)[1].at("subscriptionId") == second[1].at("id"));
    box.ask(id, "old", "GET", "/restapi/v1.0/subscription/" + first);
    CHECK(box.frame(id)[0].at("status") == 404);
}

TEST_CASE("over HTTP a WebSocket subscription is seen and deleted, but not made or changed")
{
    gateway_account box;
    auto const id = box.subscribed();
    auto const path = "/restapi/v1.0/subscription/" + box.subscription;
    CHECK(box.call("POST", "/restapi/v1.0/subscription", message_filter).status == 501);
    CHECK(box.call("PUT", path, "{}").status == 501);
    CHECK(box.call("POST", path + "/renew").status == 501);
    CHECK(box.call("GET", path).status == 200);
    CHECK(box.call("DELETE", path).status == 204);
    CHECK(box.publish(1) == 0);
    CHECK(box.actions(id).empty());
}

TEST_CASE("a heartbeat is echoed and keeps the connection; silence ends it with WSG-902")
{
    gateway_account box;
    auto const id = box.open();
    box.frame(id);
    box.now += 29min;
    box.all.gateway().receive_pong(id);
    box.say(id, R"([{"type":"Heartbeat","messageId":"h1"}])");
    auto const frames = box.actions(id);
    CHECK(json::parse(frames.front().text) == json::parse(R"([{"type":"Heartbeat","messageId":"h1"}])"));
    box.now += 29min;
    box.all.gateway().receive_pong(id);
    CHECK(box.all.gateway().next_wakeup() < box.now + 2min);
    for (auto const& each : box.actions(id))
        CHECK(each.what == gateway_step::ping);
    box.all.gateway().receive_pong(id);
    box.now += 1min;
    auto const end = box.actions(id);
    REQUIRE(end.size() == 2);
    CHECK(json::parse(end[0].text).at(1).at("errorCode") == "WSG-902");
    CHECK(end[1].what == gateway_step::close);
    CHECK(box.all.statistics().gateway_timeouts == 1);
    CHECK(box.all.statistics().gateway_heartbeats == 1);
}

TEST_CASE("the oldest connection ends with WSG-903, and its session can be recovered")
{
    sandbox_options options;
    options.ping_interval = 0ms;
    gateway_account box(options);
    auto const id = box.subscribed();
    for (int i = 0; i < 48 * 2 - 1; ++i) {
        box.now += 15min;
        box.say(id, R"([{"type":"Heartbeat","messageId":"h"}])");
        box.frame(id);
    }
    box.now += 15min;
    box.publish(7);
    auto const end = box.actions(id);
    REQUIRE(end.size() == 3);
    CHECK(json::parse(end[1].text).at(1).at("errorCode") == "WSG-903");
    box.publish(8);
    box.token.clear(); // expired long ago, and another login is another session
    auto const stranger = box.open(box.token_of_recovery);
    CHECK(recovery_of(box.frame(stranger)) == "Failed WSG-1003");
}

TEST_CASE("a ping without pong ends the connection without a word")
{
    gateway_account box;
    auto const id = box.open();
    box.frame(id);
    box.now += 30s;
    CHECK(box.actions(id).front().what == gateway_step::ping);
    box.all.gateway().receive_pong(id);
    box.now += 30s;
    CHECK(box.actions(id).front().what == gateway_step::ping);
    box.now += 10s;
    CHECK(box.actions(id).front().what == gateway_step::finish);
}

TEST_CASE("a recovery brings what was missed, and what was sent but not received")
{
    gateway_account box;
    auto const first = box.subscribed();
    box.publish(1);
    auto const token = box.wsc_of(box.frame(first));
    box.publish(2); // lost on the way
    box.actions(first);
    box.all.gateway().closed(first, box.now);
    box.publish(3);
    auto const second = box.open(token);
    auto const frames = box.frames(second, 3);
    CHECK(recovery_of(frames[0]) == "Successful");
    CHECK(frames[0][0].at("wsc").at("sequence") == 1);
    CHECK(box.wsc_of(frames[0]) != token);
    CHECK(frames[1][1].at("body").at("n") == 2);
    CHECK(frames[1][0].at("wsc").at("sequence") == 2);
    CHECK(frames[2][1].at("body").at("n") == 3);
    CHECK(frames[2][1].at("subscriptionId").as_string() == box.subscription);
    box.publish(4);
    CHECK(box.frame(second)[1].at("body").at("n") == 4);
    CHECK(box.all.statistics().recoveries == 1);
    CHECK(box.all.statistics().messages_replayed == 2);
}

TEST_CASE("one token per connection recovers what was published while there was none")
{
    sandbox_options options;
    options.wsc_token_per_frame = false;
    gateway_account box(options);
    auto const first = box.subscribed();
    box.publish(1);
    CHECK(box.wsc_of(box.frame(first)) == box.token_of_recovery);
    box.all.gateway().closed(first, box.now);
    box.publish(2);
    auto const frames = box.frames(box.open(box.token_of_recovery), 2);
    CHECK(frames[1][1].at("body").at("n") == 2);
}

TEST_CASE("the newest missed notifications are kept, and the others lost silently")
{
    gateway_account box;
    auto const first = box.subscribed();
    box.all.gateway().closed(first, box.now);
    for (int n = 1; n <= 130; ++n)
        CHECK(box.publish(n) == 1);
    auto const frames = box.frames(box.open(box.token_of_recovery), 101);
    CHECK(recovery_of(frames[0]) == "Successful");
    CHECK(frames[1][1].at("body").at("n") == 31);
    CHECK(frames[100][1].at("body").at("n") == 130);
    CHECK(box.all.statistics().messages_overflowed == 30);
}

TEST_CASE("a recovery fails when the window is over, without a subscription, for another login, or malformed")
{
    gateway_account box;
    auto const fails = [&](std::string const& wsc) { return recovery_of(box.frame(box.open(wsc))); };
    auto const first = box.subscribed();
    box.all.gateway().closed(first, box.now);
    box.now += 180s;
    CHECK(fails(box.token_of_recovery) == "Failed WSG-1005");
    CHECK(box.publish(1) == 0);
    auto const idle = box.open();
    auto const token = box.wsc_of(box.frame(idle));
    box.all.gateway().closed(idle, box.now);
    CHECK(fails(token) == "Failed WSG-1005");

    auto const mine = box.subscribed();
    box.all.gateway().closed(mine, box.now);
    auto const refreshed = box.token;
    box.token.clear(); // logs in again
    CHECK(fails(box.token_of_recovery) == "Failed WSG-1003");
    box.token = refreshed;
    CHECK(fails(box.token_of_recovery) == "Successful");

    auto const refused = box.actions(box.open("nonsense"));
    REQUIRE(refused.size() == 2);
    CHECK(json::parse(refused[0].text).at(1).at("errorCode") == "WSG-400");
    CHECK(refused[1].what == gateway_step::close);
    CHECK(box.all.statistics().failed_recoveries == 3);
    CHECK(box.all.statistics().refused_recoveries == 1);
}

TEST_CASE("after a failed recovery a new subscription is made on the same connection")
{
    gateway_account box;
    auto const first = box.subscribed();
    box.all.inject(fault::recovery_refused("WSG-1005"));
    box.all.gateway().closed(first, box.now);
    auto const second = box.open(box.token_of_recovery);
    CHECK(recovery_of(box.frame(second)) == "Failed WSG-1005");
    CHECK(box.publish(1) == 0);
    box.ask(second, "s", "POST", "/restapi/v1.0/subscription", message_filter);
    CHECK(box.frame(second)[0].at("status") == 200);
    CHECK(box.publish(2) == 1);
    box.all.inject(fault(sandbox_call::gateway_connect, fault_effect::recovery_unsaid));
    CHECK(recovery_of(box.frame(box.open(box.token_of_recovery))) == "unsaid");
}

TEST_CASE("a client that comes back before the sandbox has noticed takes its session over")
{
    gateway_account box;
    auto const first = box.subscribed();
    auto const second = box.open(box.token_of_recovery);
    CHECK(recovery_of(box.frame(second)) == "Successful");
    CHECK(box.actions(first).front().what == gateway_step::finish);
    box.all.gateway().closed(first, box.now);
    box.publish(1);
    CHECK(box.frame(second)[1].at("body").at("n") == 1);
}

TEST_CASE("tokens of before a recovery go on working, unless they are for single use")
{
    for (bool const single : {false, true}) {
        sandbox_options options;
        options.wsc_single_use = single;
        options.awkward_wsc = true;
        gateway_account box(options);
        box.all.gateway().closed(box.subscribed(), box.now);
        box.publish(1);
        CHECK(box.token_of_recovery.ends_with("="));
        CHECK(box.frames(box.open(box.token_of_recovery), 2)[1][1].at("body").at("n") == 1);
        auto const again = box.actions(box.open(box.token_of_recovery));
        CHECK(recovery_of(json::parse(again.front().text).as_array()) == (single ? "Failed WSG-1005" : "Successful"));
        CHECK(again.size() == (single ? 1 : 2));
    }
}

TEST_CASE("too many requests at a time get an Error frame")
{
    sandbox_options options;
    options.gateway_latency = 1s;
    options.max_active_requests = 2;
    gateway_account box(options);
    auto const id = box.open();
    box.frame(id);
    for (auto const* const name : {"1", "2", "3"})
        box.ask(id, name, "GET", "/restapi/v1.0/subscription");
    auto const refusal = box.frame(id);
    CHECK(box.type(refusal) == "Error");
    CHECK(refusal[0].at("messageId") == "3");
    CHECK(box.all.gateway().next_wakeup() == box.now + 1s);
    box.now += 1s;
    box.frames(id, 2);
    box.ask(id, "4", "GET", "/restapi/v1.0/subscription");
    box.now += 1s;
    CHECK(box.frame(id)[0].at("messageId") == "4");
}

TEST_CASE("what is no request is answered with an Error frame, and the connection goes on")
{
    gateway_account box;
    auto const id = box.open();
    box.frame(id);
    for (auto const* const text : {"nonsense", "{}", "[]", R"(["x"])", R"([{"type":"Other","messageId":"x"}])",
                                   R"([{"type":"ClientRequest"}])"}) {
        box.say(id, text);
        auto const said = box.frame(id);
        CHECK(box.type(said) == "Error");
        CHECK(said[0].at("status") == 400);
    }
    CHECK(box.all.statistics().gateway_open == 1);
}

TEST_CASE("requests go on while the login lives, and an expired token can end them")
{
    for (bool const strict : {false, true}) {
        sandbox_options options;
        options.gateway_needs_fresh_token = strict;
        gateway_account box(options);
        auto const id = box.open();
        box.frame(id);
        box.all.oauth().expire_access_tokens(box.now);
        box.ask(id, "1", "GET", "/restapi/v1.0/subscription");
        auto const reply = box.frame(id);
        CHECK(reply[0].at("status") == (strict ? 401 : 200));
        if (strict)
            CHECK(reply[1].at("errorCode") == "TokenExpired");
        box.form("/restapi/oauth/revoke", "token=" + box.token);
        box.ask(id, "2", "GET", "/restapi/v1.0/subscription");
        CHECK(box.frame(id)[0].at("status") == 401);
    }
}

TEST_CASE("frames can have a sequence each, slashes escaped, and a loud error")
{
    sandbox_options options;
    options.wsc_on_every_frame = true;
    options.escaped_slashes = true;
    options.loud_error_type = true;
    gateway_account box(options);
    auto const id = box.open();
    box.frame(id);
    box.ask(id, "a/b", "GET", "/restapi/v1.0/subscription");
    auto const reply = box.actions(id).front().text;
    CHECK(reply.find(R"("a\/b")") != reply.npos);
    CHECK(json::parse(reply).at(0).at("wsc").at("sequence") == 2);
    box.say(id, "?");
    auto const error = box.frame(id);
    CHECK(box.type(error) == "ERROR");
    CHECK(error[0].at("wsc").at("sequence") == 3);
}

TEST_CASE("the subscription is renewed without request while its session lives")
{
    sandbox_options options;
    options.websocket_lifetime = 100s;
    options.ping_interval = 0ms;
    gateway_account box(options);
    auto const id = box.subscribed();
    for (int i = 0; i < 10; ++i) {
        box.now += 50s;
        CHECK(box.publish(i) == 1);
        box.frame(id);
    }
    box.all.subscriptions().expire(box.subscription, box.now);
    box.now += 50s;
    CHECK(box.publish(1) == 0);
}

TEST_CASE("a segment can hold ConnectionDetails and what was missed")
{
    sandbox_options options;
    options.replay_in_one_segment = true;
    gateway_account box(options);
    box.all.gateway().closed(box.subscribed(), box.now);
    box.publish(1);
    box.publish(2);
    auto const actions = box.actions(box.open(box.token_of_recovery));
    REQUIRE(actions.size() == 3);
    CHECK(actions[0].more);
    CHECK(actions[1].more);
    CHECK_FALSE(actions[2].more);
}

TEST_CASE("what was missed can come a while after ConnectionDetails, in order with what happens meanwhile")
{
    sandbox_options options;
    options.replay_delay = 100ms;
    gateway_account box(options);
    box.all.gateway().closed(box.subscribed(), box.now);
    box.publish(1);
    auto const id = box.open(box.token_of_recovery);
    CHECK(recovery_of(box.frame(id)) == "Successful");
    box.publish(2);
    box.frames(id, 0);
    REQUIRE(box.all.next_wakeup(box.now));
    CHECK(*box.all.next_wakeup(box.now) <= box.now + 100ms);
    box.now += 100ms;
    auto const frames = box.frames(id, 2);
    CHECK(frames[0][1].at("body").at("n") == 1);
    CHECK(frames[1][1].at("body").at("n") == 2);
    box.publish(3);
    CHECK(box.frame(id)[1].at("body").at("n") == 3);
}

// Faults -----------------------------------------------------------------------------------------------------------

TEST_CASE("a request is lost, refused, doubled, late or out of order on command")
{
    gateway_account box;
    auto const id = box.subscribed();
    auto const list = "/restapi/v1.0/subscription";
    auto const inject = [&](fault what) { box.all.inject(std::move(what)); };
    auto const ask = [&](std::string name) { box.ask(id, std::move(name), "GET", list); };

    inject({sandbox_call::gateway_request, fault_effect::drop});
    ask("1");
    CHECK(box.actions(id).empty());
    inject(fault::status(sandbox_call::gateway_request, 500, {"CMN-203"}));
    ask("2");
    CHECK(box.frame(id)[0].at("status") == 500);
    inject(fault::status(sandbox_call::subscription_list, 503));
    ask("3");
    CHECK(box.frame(id)[0].at("status") == 503);
    inject(fault::error_frame(sandbox_call::gateway_request, 403, "CMN-401"));
    ask("4");
    CHECK_FALSE(box.frame(id)[0].as_object().contains("messageId"));
    inject(fault::error_frame(sandbox_call::gateway_request, 403, "CMN-401", true));
    ask("5");
    CHECK(box.frame(id)[0].at("messageId") == "5");
    inject({sandbox_call::gateway_request, fault_effect::out_of_order});
    ask("6");
    CHECK(box.actions(id).empty());
    ask("7");
    auto const swapped = box.frames(id, 2);
    CHECK(swapped[0][0].at("messageId") == "7");
    CHECK(swapped[1][0].at("messageId") == "6");
    inject(fault::delayed(sandbox_call::gateway_request, 2s));
    ask("8");
    ask("9");
    CHECK(box.frame(id)[0].at("messageId") == "9");
    box.now += 2s;
    CHECK(box.frame(id)[0].at("messageId") == "8");
    inject({sandbox_call::gateway_request, fault_effect::duplicate});
    ask("10");
    box.frames(id, 2);
    inject({sandbox_call::gateway_request, fault_effect::empty});
    ask("11");
    CHECK(box.frame(id).size() == 1);
    inject({sandbox_call::gateway_request, fault_effect::details_again});
    ask("12");
    auto const again = box.frames(id, 2);
    CHECK(box.type(again[0]) == "ConnectionDetails");
    CHECK(again[0].size() == 1);
    inject({sandbox_call::gateway_heartbeat, fault_effect::drop});
    box.say(id, R"([{"type":"Heartbeat","messageId":"h1"}])");
    CHECK(box.actions(id).empty());
    inject({sandbox_call::gateway_request, fault_effect::boundary});
    ask("13");
    auto const quirk = box.actions(id).front().text;
    CHECK(quirk.find("},--Boundary") != quirk.npos);
    CHECK(quirk.ends_with("]"));
    inject({sandbox_call::subscription_list, fault_effect::html});
    ask("14");
    CHECK(box.actions(id).front().text.find("},--Boundary") != std::string::npos);
}

TEST_CASE("connections end, fall silent or talk nonsense on command")
{
    using step = gateway_step;
    struct expectation {
        fault_effect effect;
        step what;
        bool takes_effect;
    };
    using enum fault_effect;
    for (auto const& each : {expectation{reset, step::reset, false}, {stall, step::stall, false},
                             {close_frame, step::close, false}, {lost, step::finish, true},
                             {cut_body, step::cut, true}, {garbage, step::send_raw, false},
                             {no_pong, step::mute, true}, {not_json, step::send, true},
                             {binary_frame, step::send_binary, true}}) {
        CAPTURE(to_string(each.effect));
        gateway_account box;
        auto const id = box.open();
        box.frame(id);
        box.all.inject({sandbox_call::gateway_request, each.effect});
        box.ask(id, "1", "POST", "/restapi/v1.0/subscription", message_filter);
        auto const actions = box.actions(id);
        REQUIRE_FALSE(actions.empty());
        CHECK(actions.front().what == each.what);
        CHECK(box.all.subscriptions().living(box.now).size() == (each.takes_effect ? 1 : 0));
    }
}

TEST_CASE("a notification that meets a fault is missed, and comes with the recovery")
{
    for (auto const effect : {fault_effect::reset, fault_effect::lost, fault_effect::close_frame, fault_effect::stall,
                              fault_effect::cut_body, fault_effect::garbage}) {
        CAPTURE(to_string(effect));
        gateway_account box;
        auto const first = box.subscribed();
        box.all.inject({sandbox_call::message, effect});
        box.publish(1);
        box.actions(first);
        auto const frames = box.frames(box.open(box.token_of_recovery), 2);
        CHECK(recovery_of(frames[0]) == "Successful");
        CHECK(frames[1][1].at("body").at("n") == 1);
    }
}

TEST_CASE("notifications are doubled, dropped and swapped on command")
{
    gateway_account box;
    auto const id = box.subscribed();
    box.all.inject({sandbox_call::message, fault_effect::duplicate});
    box.publish(1);
    auto const twice = box.frames(id, 2);
    CHECK(twice[0][1].at("uuid") == twice[1][1].at("uuid"));
    box.all.inject({sandbox_call::message, fault_effect::drop});
    box.publish(2);
    CHECK(box.actions(id).empty());
    box.all.inject({sandbox_call::message, fault_effect::out_of_order});
    box.publish(3);
    box.publish(4);
    auto const swapped = box.frames(id, 2);
    CHECK(swapped[0][1].at("body").at("n") == 4);
    CHECK(swapped[1][1].at("body").at("n") == 3);
}

TEST_CASE("a connection can be refused, or wait for its details in vain")
{
    gateway_account box;
    box.all.inject(fault::error_frame(sandbox_call::gateway_connect, 401, "OAU-213"));
    auto const refused = box.actions(box.open());
    REQUIRE(refused.size() == 2);
    CHECK(json::parse(refused[0].text).at(1).at("errorCode") == "OAU-213");
    box.all.inject({sandbox_call::gateway_connect, fault_effect::no_details});
    auto const silent = box.open();
    box.ask(silent, "1", "GET", "/restapi/v1.0/subscription");
    CHECK(box.actions(silent).empty());
    box.all.inject(fault::delayed(sandbox_call::gateway_connect, 5s));
    auto const slow = box.open();
    box.ask(slow, "1", "GET", "/restapi/v1.0/subscription");
    CHECK(box.actions(slow).empty());
    CHECK(box.all.statistics().gateway_early_frames == 2);
    CHECK(box.all.gateway().next_wakeup() == box.now + 5s);
    box.now += 5s;
    CHECK(box.type(box.frame(slow)) == "ConnectionDetails");
    box.all.inject(fault::status(sandbox_call::gateway_connect, 503));
    CHECK(std::get<http_reply>(box.upgrade("access_token=x")).status == 503);
    CHECK(box.all.statistics().requests(sandbox_call::gateway_connect, 503) == 1);
}

TEST_CASE("a wstoken can come without its uri, or not at all")
{
    gateway_account box;
    auto const ask = [&] { return box.call("POST", "/restapi/oauth/wstoken"); };
    CHECK(account::object_of(ask())["uri"] == "ws://127.0.0.1:1/ws");
    box.all.inject({sandbox_call::wstoken, fault_effect::no_uri});
    CHECK_FALSE(account::object_of(ask()).contains("uri"));
    box.all.inject(fault::status(sandbox_call::wstoken, 500));
    CHECK(ask().status == 500);
}

TEST_CASE("every open connection can be disturbed at once, and a subscription deleted under it")
{
    gateway_account box;
    auto const a = box.subscribed();
    auto const b = box.open();
    box.frame(b);
    CHECK(box.all.disturb_gateway({sandbox_call::any, fault_effect::reset}, box.now) == 2);
    CHECK(box.actions(a).front().what == gateway_step::reset);
    CHECK(box.actions(b).front().what == gateway_step::reset);
    CHECK(box.all.statistics().gateway_open == 0);
    box.all.subscriptions().erase(box.subscription);
    CHECK(recovery_of(box.frame(box.open(box.token_of_recovery))) == "Failed WSG-1005");
}

} // namespace
