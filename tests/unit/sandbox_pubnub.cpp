// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "sandbox_fixture.hpp"

namespace {

using namespace sandbox_tests;

/// PubNub alone, with one subscriber key.
class origin {
public:
    explicit origin(sandbox_options its_options = {})
        : options(std::move(its_options)), key(pubnub.issue_subscriber_key())
    {
    }

    void post(std::string channel, std::string payload)
    {
        pubnub_address where;
        where.subscriber_key = key;
        where.channel = std::move(channel);
        pubnub.post(where, std::move(payload), now);
    }

    outcome get(std::string const& target) { return pubnub.handle(http_request("GET", target), now); }
    outcome v2(std::string const& channels, std::string const& query)
    {
        return get("/v2/subscribe/" + key + "/" + channels + "/0?" + query);
    }

    json::object at_once(std::string const& channels, std::string const& query)
    {
        auto const result = v2(channels, query);
        REQUIRE(std::holds_alternative<http_reply>(result));
        return account::object_of(std::get<http_reply>(result));
    }

    sandbox_options options;
    id_source ids{1};
    wall_time now{std::chrono::sys_days(std::chrono::year(2025) / 1 / 4)};
    pubnub_service pubnub{options, ids};
    std::string key;
};

std::size_t count(json::object const& reply)
{
    return reply.at("m").as_array().size();
}

TEST_CASE("the first call answers at once with the present, in 17 digits")
{
    origin box;
    box.post("c", "1");
    auto const reply = box.at_once("c", "tt=0");
    CHECK(count(reply) == 0);
    CHECK(account::cursor_of(reply) == "17359488000000001");
    CHECK(reply.at("t").as_object().at("r") == 4);
    CHECK(account::cursor_of(box.at_once("c", "")) == "17359488000000001");
}

TEST_CASE("a message has its place, key and channel, and the next cursor stands behind it")
{
    origin box;
    box.post("c", R"("text")");
    auto const reply = box.at_once("c", "tt=17359488000000000");
    REQUIRE(count(reply) == 1);
    auto const& message = reply.at("m").as_array()[0].as_object();
    CHECK(message.at("d") == "text");
    CHECK(message.at("c") == "c");
    CHECK(message.at("k") == json::value(box.key));
    CHECK(message.at("p").as_object().at("t") == "17359488000000001");
    CHECK(std::holds_alternative<poll_id>(box.v2("c", "tt=" + account::cursor_of(reply))));
}

TEST_CASE("timetokens only grow, even when the clock stands still")
{
    origin box;
    for (int i = 0; i < 3; ++i)
        box.post("c", "1");
    auto const messages = box.at_once("c", "tt=1").at("m").as_array();
    for (std::size_t i = 0; i < messages.size(); ++i)
        CHECK(messages[i].at("p").at("t") == json::value("1735948800000000" + std::to_string(i + 1)));
}

TEST_CASE("a poll hangs until a message, or comes back empty after the hold")
{
    origin box;
    auto const waits = box.v2("c", "tt=17");
    REQUIRE(std::holds_alternative<poll_id>(waits));
    box.post("other", "1");
    CHECK(box.pubnub.take_ready(box.now).empty());
    box.post("c", "2");
    auto const ready = box.pubnub.take_ready(box.now);
    REQUIRE(ready.size() == 1);
    CHECK(ready[0].first == std::get<poll_id>(waits));
    CHECK(count(account::object_of(ready[0].second)) == 1);
    CHECK(ready[0].second.headers.get("Content-Type").starts_with("text/javascript"));

    auto const cursor = account::cursor_of(account::object_of(ready[0].second));
    CHECK(std::holds_alternative<poll_id>(box.v2("c", "tt=" + cursor)));
    CHECK(box.pubnub.next_deadline() == box.now + 280s);
    box.now += 280s;
    auto const empty = box.pubnub.take_ready(box.now);
    REQUIRE(empty.size() == 1);
    CHECK(account::cursor_of(account::object_of(empty[0].second)) == cursor);
    CHECK_FALSE(box.pubnub.next_deadline());
    CHECK(box.pubnub.empty_polls() == 1);
}

TEST_CASE("an empty answer can carry a new cursor")
{
    sandbox_options options;
    options.empty_poll_moves_cursor = true;
    origin box(options);
    CHECK(std::holds_alternative<poll_id>(box.v2("c", "tt=17")));
    box.now += 280s;
    auto const empty = box.pubnub.take_ready(box.now);
    REQUIRE(empty.size() == 1);
    CHECK(account::cursor_of(account::object_of(empty[0].second)) == "17359490800000000");
}

TEST_CASE("the newest hundred are kept, of all channels of a call together, and the rest is lost silently")
{
    origin box;
    for (int i = 0; i < 150; ++i)
        box.post("c", std::to_string(i));
    auto const one = box.at_once("c", "tt=1");
    CHECK(count(one) == 100);
    CHECK(one.at("m").as_array()[0].as_object().at("d") == 50);
    for (int i = 0; i < 30; ++i)
        box.post("d", std::to_string(i));
    auto const two = box.at_once("c,d", "tt=1");
    CHECK(count(two) == 100);
    CHECK(two.at("m").as_array()[0].as_object().at("d") == 80);
    CHECK(two.at("m").as_array()[99].as_object().at("c") == "d");
}

TEST_CASE("messages older than the buffer's age are forgotten")
{
    origin box;
    box.post("c", "1");
    box.now += 13min;
    CHECK(std::holds_alternative<poll_id>(box.v2("c", "tt=1")));
}

TEST_CASE("channel names are percent-encoded, the comma between them is bare")
{
    origin box;
    box.post("a,b c", "1");
    box.post("d", "2");
    CHECK(count(box.at_once("a%2Cb%20c,d", "tt=1")) == 2);
    CHECK(std::holds_alternative<poll_id>(box.v2(",", "tt=1")));
}

TEST_CASE("a change of region shows in the answer and repeats the newest messages once")
{
    origin box;
    box.post("c", "1");
    auto const cursor = account::cursor_of(box.at_once("c", "tt=1"));
    box.pubnub.change_region(9);
    auto const again = box.at_once("c", "tt=" + cursor + "&tr=4");
    CHECK(count(again) == 1);
    CHECK(again.at("t").as_object().at("r") == 9);
    CHECK(std::holds_alternative<poll_id>(box.v2("c", "tt=" + cursor + "&tr=9")));
}

TEST_CASE("the legacy form answers with a list, the cursor, and names when there are several channels")
{
    origin box;
    auto const legacy = [&](std::string const& tail) {
        auto const result = box.get("/subscribe/" + box.key + "/" + tail);
        REQUIRE(std::holds_alternative<http_reply>(result));
        return std::get<http_reply>(result).body;
    };
    CHECK(legacy("c/0/0") == R"([[],"17359488000000000"])");
    box.post("c", R"({"a":1})");
    box.post("d", R"("x")");
    CHECK(legacy("c/0/1") == R"([[{"a":1}],"17359488000000001"])");
    CHECK(legacy("c,d/0/1") == R"([[{"a":1},"x"],"17359488000000002","c,d"])");
}

TEST_CASE("bad requests are told in PubNub's own form")
{
    origin box;
    auto const status = [&](std::string const& target) {
        auto const reply = std::get<http_reply>(box.get(target));
        CHECK(account::object_of(reply)["error"] == true);
        return reply.status;
    };
    auto const base = "/v2/subscribe/" + box.key + "/";
    CHECK(status("/v2/subscribe/sub-c-unknown/c/0?tt=0") == 400);
    CHECK(status(base + "c/0?tt=abc") == 400);
    CHECK(status(base + std::string(93, 'c') + "/0?tt=0") == 400);
    CHECK(status(base + "c/0?tt=0&uuid=" + std::string(93, 'u')) == 400);
    CHECK(status(base + std::string(40'000, 'c') + "/0?tt=0") == 414);
    CHECK(status("/v2/elsewhere") == 404);
}

TEST_CASE("the time and an explicit leave are answered")
{
    origin box;
    CHECK(std::get<http_reply>(box.get("/time/0")).body == "[17359488000000000]");
    CHECK(std::get<http_reply>(box.get("/v2/presence/sub_key/" + box.key + "/channel/c/leave?uuid=u")).status == 200);
}

TEST_CASE("an abandoned poll is forgotten")
{
    origin box;
    auto const poll = std::get<poll_id>(box.v2("c,d", "tt=1"));
    box.post("c", "1");
    box.pubnub.abandon(poll);
    box.post("d", "1");
    CHECK(box.pubnub.take_ready(box.now + 300s).empty());
}

} // namespace
