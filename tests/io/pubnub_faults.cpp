// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "support/interceptor.hpp"

#include <algorithm>
#include <array>

namespace {

using namespace test_support;
using ringtail::error;
using ringtail::fault;
using ringtail::pubnub;
using effect = ringtail::fault_effect;
constexpr auto poll = sandbox_call::pubnub_subscribe;

/** Numbers go on being published while a fault strikes the poll; what is heard must be all of them, once and in order.

    @return  what was heard beside the numbers. */
std::string follow_through(fault trouble, bool encrypted = true, std::function<void(ringtail::config&)> change = {})
{
    world w;
    std::string rest;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_read_timeout = 1s; // for those that stall
        if (change) {
            change(settings);
        }
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages(), encrypted);
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.inject(trouble);
        for (auto n = 2; n <= 6; ++n) { // alone ...
            w.tell(n);
            co_await program.hear(n);
        }
        w.tell(7, 20); // ... and in a batch
        co_await program.hear(20);
        CHECK(w.box.statistics().faults >= 1);
        std::string heard;
        for (auto const& each : program.events) {
            auto& text = std::holds_alternative<ringtail::notification>(each) ? heard : rest;
            text += (text.empty() ? "" : " ") + word(each);
        }
        CHECK_MESSAGE(heard == numbers(1, 20), to_string(trouble.effect), ": ", program.all());
    });
    return rest;
}

TEST_CASE("nothing is lost when the poll's connection is cut, and the program is told")
{
    for (auto const how : {effect::cut_header, effect::cut_body, effect::lost, effect::reset}) {
        CHECK(follow_through(fault(poll, how).times(3)) == "connected reconnecting resumed");
    }
}

TEST_CASE("a server that closes the connection behind an answer is no event at all")
{
    CHECK(follow_through(fault(poll, effect::close_after).always()) == "connected");
}

TEST_CASE("an answer that comes in small pieces is an answer")
{
    fault slowly(poll, effect::trickle);
    CHECK(follow_through(slowly.times(3)) == "connected");
}

TEST_CASE("a poll that stalls is asked anew from the same position, without a word")
{
    CHECK(follow_through(fault::stall(poll)) == "connected");
}

TEST_CASE("an answer that promises more than there comes is asked for again")
{
    auto const told = follow_through(fault(poll, effect::wrong_length));
    CHECK(told.find("gap") == std::string::npos);
}

TEST_CASE("an answer that stops in its middle is given up long before a silent poll would be, and the program is told")
{
    auto const told = follow_through(fault(poll, effect::wrong_length), true, [](ringtail::config& settings) {
        settings.pubnub_read_timeout = 1h;
        settings.call_timeout = 1s;
    });
    CHECK(told == "connected reconnecting resumed");
}

TEST_CASE("nothing is lost while PubNub answers with errors")
{
    for (auto const status : {400, 402, 403, 404, 408, 413, 414, 429, 500, 502, 503, 504}) {
        for (auto const in_the_body : {false, true}) {
            if (status == 429 && in_the_body) {
                continue;
            }
            auto const wait = status == 429 ? std::optional(0s) : std::nullopt;
            CHECK_MESSAGE(follow_through(fault::pubnub_error(status, in_the_body, wait).times(2)) == "connected reconnecting resumed", status);
        }
    }
}

TEST_CASE("nothing is lost when the answer is garbage, a page, empty, too large or too deep")
{
    auto const small = [](ringtail::config& settings) { settings.max_response_size = 100'000; };
    for (auto const& trouble : {fault(poll, effect::garbage).times(2), fault(poll, effect::html).times(2), fault(poll, effect::empty).times(2),
                                fault::sized(poll, effect::oversized, 1'000'000).times(2), fault::sized(poll, effect::oversized, 50'000).times(2),
                                fault::sized(poll, effect::deep_json, 5'000).times(2)}) {
        CHECK_MESSAGE(follow_through(trouble, true, small) == "connected reconnecting resumed", to_string(trouble.effect));
    }
}

TEST_CASE("a body of 200 MB is not read to its end, and nothing is lost")
{
    CHECK(follow_through(fault::sized(poll, effect::oversized, 200'000'000)) == "connected reconnecting resumed");
}

TEST_CASE("the same holds for the legacy form and for plain messages")
{
    auto const legacy = [](ringtail::config& settings) { settings.pubnub_legacy = true; };
    for (auto const how : {effect::cut_body, effect::reset, effect::html, effect::garbage}) {
        // Twice, for one reset may just have met a kept connection that was let go.
        CHECK(follow_through(fault(poll, how).times(2), false, legacy) == "connected reconnecting resumed");
    }
}

TEST_CASE("faults that come again and again only delay")
{
    CHECK(follow_through(fault(poll, effect::reset).every(2)).find("gap") == std::string::npos);
    CHECK(follow_through(fault(poll, effect::cut_body).every(2)).find("gap") == std::string::npos);
}

TEST_CASE("Retry-After of PubNub is waited for: nothing is asked before it is over")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.box.inject(fault::pubnub_error(429, false, 100s).after(1));
        w.tell(1);
        co_await program.hear(1);
        w.tell(2);
        co_await program.hear("reconnecting");
        auto const asked = w.requests(poll);
        w.pass(95s);
        co_await w.turns();
        CHECK(w.requests(poll) == asked);
        w.pass(10s);
        co_await program.hear(2);
        CHECK(program.heard() == "1 2");
    });
}

TEST_CASE("Retry-After of the API is waited for by all calls of the group")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.call_timeout = 100s;
        auto account = w.account(settings);
        co_await account.login();
        auto const path = "/restapi/v1.0/account/~/extension/~"; // light
        w.box.inject(fault::status(sandbox_call::other, 429, {"CMN-301"}, 50s));
        std::size_t done = 0;
        auto call = [&]() -> asio::awaitable<void> {
            co_await account.get(path);
            ++done;
        };
        w.beside(call());
        co_await w.until_requests(sandbox_call::other, 1);
        for (auto i = 0; i < 5; ++i) {
            w.beside(call());
        }
        co_await w.turns();
        auto const others = co_await account.list_extensions(); // another group is not concerned
        CHECK(others.size() == 8);
        w.pass(49s);
        co_await w.turns();
        CHECK(w.requests(sandbox_call::other) == 1);
        w.pass(2s);
        co_await w.until([&] { return done == 6; });
        CHECK(w.requests(sandbox_call::other) == 7);
    });
}

TEST_CASE("a call that the gate would hold longer than its time fails at once and says how long")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        co_await account.login();
        w.box.inject(fault::status(sandbox_call::other, 429, {"CMN-301"}, 500s));
        auto const path = "/restapi/v1.0/account/~/extension/~";
        auto const first = co_await refused(account.get(path), error::throttled);
        CHECK(first.http_status() == 429);
        CHECK(first.retry_after() == 500s);
        auto const second = co_await refused(account.get(path), error::throttled);
        CHECK(second.http_status() == 0);
        REQUIRE(second.retry_after().has_value());
        CHECK(*second.retry_after() > 450s);
        CHECK(w.requests(sandbox_call::other) == 1);
    });
}

TEST_CASE("a 429 without Retry-After closes the gate for a minute")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.call_timeout = 100s;
        auto account = w.account(settings);
        co_await account.login();
        w.box.inject(fault::status(sandbox_call::other, 429));
        auto done = false;
        auto call = [&]() -> asio::awaitable<void> {
            co_await account.get("/restapi/v1.0/account/~/extension/~");
            done = true;
        };
        w.beside(call());
        co_await w.until_requests(sandbox_call::other, 1);
        co_await w.turns();
        w.pass(59s);
        co_await w.turns();
        CHECK(w.requests(sandbox_call::other) == 1);
        w.pass(2s);
        co_await w.until([&] { return done; });
    });
}

TEST_CASE("a real rate limit sees no request inside its penalty, however many subscriptions and callers there are")
{
    auto options = world::usual();
    options.rate_limits = true;
    options.light_budget = 4;
    options.medium_budget = 3;
    options.rate_window = 1s;
    options.rate_penalty = 1s;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        std::size_t done = 0;
        auto read = [&]() -> asio::awaitable<void> {
            co_await account.get("/restapi/v1.0/account/~/extension/~");
            ++done;
        };
        auto follow = [&](int) -> asio::awaitable<void> {
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            co_await subscription.renew();
            co_await subscription.unsubscribe();
            ++done;
        };
        for (auto i = 0; i < 6; ++i) {
            w.beside(read());
            w.beside(follow(i));
        }
        co_await w.until([&] { return done == 12; });
        CHECK(w.box.statistics().inside_penalty == 0);
        CHECK(w.box.subscription_ids().empty());
    });
}

/// One damaged payload between two good ones; what is heard of it is one undecodable with the reason.
void corrupt_one(std::function<void(world&, ringtail::any_subscription const&)> tell_a_bad_one, bool encrypted, bool legacy, std::string const& what)
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_legacy = legacy;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages(), encrypted);
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.tell(2);
        tell_a_bad_one(w, subscription);
        w.tell(3);
        co_await program.hear(3);
        CHECK_MESSAGE(program.heard() == "1 2 undecodable 3", what);
        auto const& bad = program.last<ringtail::undecodable>();
        CHECK_FALSE(bad.reason.empty());
        CHECK_FALSE(bad.raw.empty());
        w.tell(4);
        co_await program.hear(4);
        CHECK_MESSAGE(program.all() == "connected 1 2 undecodable 3 4", what);
    });
}

TEST_CASE("one corrupt payload is one undecodable in its place, and the next notification arrives")
{
    for (auto const how : {effect::bad_base64, effect::bad_padding, effect::not_json, effect::wrong_key}) {
        for (auto const legacy : {false, true}) {
            corrupt_one(
                [&](world& w, auto const&) {
                    w.box.inject({sandbox_call::message, how});
                    w.tell(99);
                },
                true, legacy, std::string(to_string(how)));
        }
    }
}

TEST_CASE("one corrupt plain payload is one undecodable in its place, too")
{
    for (auto const how : {effect::bad_base64, effect::not_json}) {
        corrupt_one(
            [&](world& w, auto const&) {
                w.box.inject({sandbox_call::message, how});
                w.tell(99);
            },
            false, false, std::string(to_string(how)));
    }
}

TEST_CASE("a payload that is JSON but no notification is one undecodable in its place")
{
    auto const deep = std::string(5'000, '[') + std::string(5'000, ']');
    for (auto const encrypted : {true, false}) {
        for (auto const& text : {std::string("42"), std::string("null"), std::string("[1,2]"), std::string("\"text\""), deep,
                                 R"({"uuid":"u","body":)" + deep + "}"}) {
            corrupt_one([&](world& w, auto const& s) { CHECK(w.box.publish_raw(s.info().id, text)); }, encrypted, false, text.substr(0, 40));
        }
    }
}

TEST_CASE("each of several corrupt payloads is told, and none hides another")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        listener program(subscription);
        w.tell(1);
        for (auto const how : {effect::bad_base64, effect::bad_padding, effect::not_json, effect::wrong_key}) {
            w.box.inject({sandbox_call::message, how});
            w.tell(98);
            w.box.inject({sandbox_call::message, how});
            w.tell(99);
        }
        w.tell(2);
        co_await program.hear(2);
        std::string eight;
        for (auto i = 0; i < 8; ++i) {
            eight += " undecodable";
        }
        CHECK(program.heard() == "1" + eight + " 2");
    });
}

TEST_CASE("notifications without body, with numbers for ids or with unknown fields are notifications")
{
    for (auto const encrypted : {true, false}) {
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            auto subscription = co_await account.create_subscription<pubnub>(messages(), encrypted);
            listener program(subscription);
            auto const id = subscription.info().id;
            w.box.publish(message_store); // no body
            w.box.publish_raw(id, R"({"uuid":"u1","event":"/x"})");
            w.box.publish_raw(id, R"({"uuid":4000000000000000001,"event":"/x","ownerId":700100,"body":{"n":1}})");
            w.box.publish_raw(id, R"({"shoeSize":46,"uuid":"u2","pn_apns":{"aps":{}},"event":"/x","body":{"n":2},"later":[{}]})");
            w.box.publish_raw(id, R"({"uuid":"u3","event":"/x","body":null})");
            w.box.publish_raw(id, R"({"uuid":"u\u00343","event":"\/x","body":{"n":3}})");
            w.tell(4);
            co_await program.hear(4);
            CHECK(program.heard() == "notification notification 1 2 notification 3 4");
            auto const& bare = std::get<ringtail::notification>(program.events[1]); // behind "connected"
            CHECK(bare.body_json().empty());
            CHECK(bare.body().is_null());
            auto const& numbered = std::get<ringtail::notification>(program.events[3]);
            CHECK(numbered.uuid() == "4000000000000000001");
            CHECK(numbered.owner_id() == "700100");
        });
    }
}

TEST_CASE("a message that is plain although a key exists is read, and so is an encrypted one that came as promised")
{
    world w;
    interceptor proxy(w);
    proxy.edits([&](wire_request const&, wire_reply& answer) {
        auto body = json::parse(answer.body);
        auto& list = body.at("m").as_array();
        if (!list.empty()) {
            auto plain = list.front();
            plain.as_object()["d"] = json::object{{"uuid", "plain-1"}, {"event", "/x"}, {"body", json::object{{"n", 100}}}};
            auto text = list.front();
            text.as_object()["d"] = R"({"uuid":"plain-2","event":"/x","body":{"n":101}})";
            list.insert(list.begin(), std::move(text));
            list.insert(list.begin(), std::move(plain));
            answer.body = json::serialize(body);
        }
    });
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_origin = proxy.url();
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        CHECK(program.heard() == "100 101 1");
    });
}

TEST_CASE("a position of no time, or of one to come, is not believed: PubNub would say nothing from there")
{
    for (std::string const timetoken : {"0", "97360000000000001"}) {
        CAPTURE(timetoken);
        world w;
        interceptor proxy(w);
        auto wrong = 2;
        proxy.edits([&](wire_request const& asked, wire_reply& answer) {
            if (asked.target.find("subscribe/") != std::string::npos && wrong > 0) {
                --wrong;
                answer = reply_with(200, R"({"t":{"t":")" + timetoken + R"(","r":4},"m":[]})");
            }
        });
        w.run([&]() -> asio::awaitable<void> {
            auto settings = w.settings();
            settings.pubnub_origin = proxy.url();
            auto account = w.account(settings);
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            listener program(subscription);
            w.tell(1, 4); // what two polls get, and more
            co_await program.hear(4);
            CHECK(program.heard() == "1 2 3 4");
        });
    }
}

TEST_CASE("a channel that PubNub denies again and again is created anew, with a gap")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        auto const before = subscription.info().id;
        w.box.inject(fault::pubnub_error(403, false).times(8));
        co_await program.hear("recreated");
        CHECK(program.heard().find("gap:") != std::string::npos);
        CHECK(subscription.info().id != before);
        CHECK(w.box.subscription_ids() == std::vector{subscription.info().id}); // the other one is not left behind
        w.box.clear_faults();
        w.tell(2);
        co_await program.hear(2);
    });
}

TEST_CASE("that the one before can't be removed does not keep it from being created anew")
{
    for (auto const& refusal : {fault::status(sandbox_call::subscription_delete, 500), fault::reset(sandbox_call::subscription_delete)}) {
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            listener program(subscription);
            w.box.inject(fault(refusal).always());
            w.box.inject(fault::pubnub_error(403, false).times(8));
            co_await program.hear("recreated");
            w.box.clear_faults();
            w.tell(1);
            co_await program.hear(1);
        });
    }
}

TEST_CASE("the retry policy is asked for each attempt, and told of the failures in a row and of Retry-After")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        auto const kept = std::make_shared<std::vector<std::pair<std::size_t, std::optional<std::chrono::seconds>>>>();
        auto& attempts = *kept;
        settings.retry = [kept](ringtail::retry_attempt const& failed) -> ringtail::duration { // the library keeps it
            CHECK(failed.random >= 0);
            CHECK(failed.random < 1);
            kept->emplace_back(failed.number, failed.retry_after);
            return 1ms;
        };
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.inject(fault(poll, effect::reset).times(4)); // the first meets a kept connection, and is asked again at once
        w.box.inject(fault::pubnub_error(503, false, 7s));
        w.tell(2);
        co_await program.hear(2);
        w.tell(3);
        co_await program.hear(3);
        REQUIRE(attempts.size() == 4);
        CHECK(attempts[0].first == 1);
        CHECK(attempts[2].first == 3);
        CHECK(attempts[3] == std::pair(std::size_t{4}, std::optional(7s)));
    });
}

TEST_CASE("a resume older than the buffer surely holds is a possible gap, even if nothing was lost")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.inject(fault(poll, effect::reset).always());
        w.tell(2);
        co_await program.hear("reconnecting");
        w.pass(125s);
        w.box.clear_faults();
        co_await program.hear(2);
        CHECK(program.heard() == "1 gap:stale_position/possible 2");
    });
}

TEST_CASE("a sleep that our clocks hide, for one of them stood and the other was set back, shows by the service's")
{
    for (auto const slept : {0s, 100s, 130s}) {
        CAPTURE(slept.count());
        world w;
        interceptor proxy(w);
        auto later = 0s;
        proxy.edits([&](wire_request const&, wire_reply& answer) {
            answer.headers.set("Date", ringtail::sandbox_detail::http_date(std::chrono::system_clock::now() + later));
        });
        w.run([&]() -> asio::awaitable<void> {
            auto settings = w.settings();
            settings.pubnub_origin = proxy.url();
            auto account = w.account(settings);
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            listener program(subscription);
            w.tell(1);
            co_await program.hear(1);
            auto const asked = proxy.seen().size();
            co_await w.until([&] { return proxy.seen().size() > asked; }); // by then this process must be as it was
            later = slept;
            w.tell(2);
            co_await program.hear(2);
            auto const expected = slept > 120s ? "1 gap:stale_position/possible 2" : "1 2";
            CHECK(program.heard() == expected);
        });
    }
}

TEST_CASE("a service that goes and comes back having forgotten everything is followed again, behind a gap")
{
    auto options = world::usual();
    options.client_id = "an-application";
    options.client_secret = "its-secret";
    options.jwt = "a.kept.assertion";
    options.seed = 5;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        auto const before = subscription.info().id;
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        auto const url = w.box.server_url();
        options.port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
        options.seed = 6;
        w.box.stop();
        co_await program.hear("reconnecting");
        w.pass(31s); // no audit follows another one sooner
        w.box = ringtail::sandbox(w.context.get_executor(), options);
        co_await program.hear("recreated");
        CHECK(subscription.info().id != before);
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.heard() == "1 gap:recreated/proven 2");
    });
}

TEST_CASE("a long silence is no gap")
{
    auto options = world::usual();
    options.poll_hold = 20ms;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        for (auto i = 0; i < 10; ++i) {
            auto const polls = w.box.statistics().empty_polls;
            co_await w.until([&] { return w.box.statistics().empty_polls >= polls + 2; });
            w.pass(100s);
        }
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.heard() == "1 2");
    });
}

TEST_CASE("what answers at once with nothing, in PubNub's place, is not asked without a pause")
{
    world w;
    interceptor proxy(w);
    auto in_its_place = true;
    answer_polls_with_nothing(proxy, in_its_place);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_origin = proxy.url();
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        co_await w.until([&] { return proxy.seen("GET", "/v2/subscribe/") >= 2; });
        auto const before = proxy.seen("GET", "/v2/subscribe/");
        for (auto i = 0; i < 10; ++i) {
            co_await w.turns();
        }
        CHECK(proxy.seen("GET", "/v2/subscribe/") - before < 10); // there was time for hundreds
        in_its_place = false;
        w.tell(1);
        co_await program.hear(1);
    });
}

} // namespace
