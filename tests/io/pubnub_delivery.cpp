// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "support/interceptor.hpp"

#include <ringtail/timestamp.hpp>

namespace {

using namespace test_support;
using ringtail::pubnub;

TEST_CASE("notifications arrive once and in order, alone and in batches")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.tell(2, 30);
        co_await program.hear(30);
        for (auto n = 31; n <= 40; ++n) {
            w.tell(n);
            co_await program.hear(n);
        }
        CHECK(program.heard() == numbers(1, 40));
        CHECK(program.all() == "connected " + numbers(1, 40));
        CHECK(w.box.statistics().messages_delivered == 40);
    });
}

TEST_CASE("a notification carries the service's envelope unchanged")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(7);
        co_await program.hear(7);
        auto const note = program.last<ringtail::notification>();
        CHECK(note.subscription_id() == subscription.info().id);
        CHECK(note.owner_id() == account.owner_id());
        CHECK(note.event() == subscription.info().event_filters.front());
        CHECK_FALSE(note.uuid().empty());
        CHECK(ringtail::parse_timestamp(note.timestamp()).has_value());
        CHECK(note.body_json() == R"({"n":7})");
        CHECK(json::parse(note.json()).at("uuid").as_string() == note.uuid());
    });
}

TEST_CASE("an encrypted subscription delivers what a plain one does")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        CHECK(subscription.info().delivery.encryption == true);
        CHECK(subscription.info().delivery.encryption_algorithm == "AES");
        listener program(subscription);
        w.tell(1, 20);
        co_await program.hear(20);
        CHECK(program.heard() == numbers(1, 20));
    });
}

TEST_CASE("a sensitive filter encrypts everything, whatever was asked, and nothing is lost by it")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto filters = messages();
        filters.presence("~", ringtail::detailed_telephony_state);
        auto subscription = co_await account.create_subscription<pubnub>(filters, false);
        CHECK(subscription.info().delivery.encryption == true);
        listener program(subscription);
        w.box.publish("/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true",
                      R"({"extensionId":"1","telephonyStatus":"Ringing","presenceStatus":"Busy","activeCalls":[]})");
        w.tell(1);
        co_await program.hear(1);
        CHECK(program.heard() == "notification 1");
    });
}

TEST_CASE("the legacy form of the poll delivers the same, plain and encrypted")
{
    for (auto const encrypted : {false, true}) {
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto settings = w.settings();
            settings.pubnub_legacy = true;
            auto account = w.account(settings);
            auto subscription = co_await account.create_subscription<pubnub>(messages(), encrypted);
            listener program(subscription);
            w.tell(1, 10);
            co_await program.hear(10);
            w.tell(11, 12);
            co_await program.hear(12);
            CHECK(program.heard() == numbers(1, 12));
        });
    }
}

TEST_CASE("what is published between the create answer and the first poll is not missed")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        w.box.inject(ringtail::fault::delayed(sandbox_call::subscription_create, 50ms));
        std::optional<ringtail::any_subscription> made;
        std::optional<listener> program;
        auto publish = [&]() -> asio::awaitable<void> {
            co_await w.until([&] { return !w.box.subscription_ids().empty(); });
            w.tell(1, 3); // the create answer is still on its way
        };
        w.beside(publish());
        made.emplace(co_await account.create_subscription<pubnub>(messages()));
        program.emplace(*made);
        w.tell(4);
        co_await program->hear(4);
        CHECK(program->heard() == "1 2 3 4");
    });
}

/// Published before the client knows of the subscription, while the API's clock is off by so much.
void published_before_the_first_poll(std::chrono::seconds api_is_ahead)
{
    world w;
    interceptor proxy(w);
    proxy.edits([&](wire_request const& asked, wire_reply& answer) {
        if (asked.method == "POST" && asked.target == "/restapi/v1.0/subscription") {
            w.tell(1, 2);
            auto body = json::parse(answer.body).as_object();
            for (auto const* const name : {"creationTime", "expirationTime"}) {
                auto const time = ringtail::parse_timestamp(json::value_to<std::string>(body[name]));
                body[name] = ringtail::format_timestamp(*time + api_is_ahead);
            }
            answer.body = json::serialize(body);
        }
    });
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(3);
        co_await program.hear(3);
        CHECK(program.heard() == "1 2 3");
    }, 10s);
}

TEST_CASE("the first moments are not missed when the API's clock is behind PubNub's")
{
    published_before_the_first_poll(-1h);
}

TEST_CASE("the first moments are not missed when the API's clock is a little ahead of PubNub's")
{
    published_before_the_first_poll(8s);
}

TEST_CASE("the first moments are not missed when the API's clock is far ahead of PubNub's")
{
    published_before_the_first_poll(90s);
}

TEST_CASE("the first moments are not missed when this machine's clock is wrong")
{
    for (auto const ahead : {-3h, 3h}) {
        world w;
        w.set_wall_clock(ahead);
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            w.box.inject(ringtail::fault::delayed(sandbox_call::subscription_create, 20ms));
            auto publish = [&]() -> asio::awaitable<void> {
                co_await w.until([&] { return !w.box.subscription_ids().empty(); });
                w.tell(1);
            };
            w.beside(publish());
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            listener program(subscription);
            w.tell(2);
            co_await program.hear(2);
            CHECK(program.heard() == "1 2");
        });
    }
}

TEST_CASE("a switch starts delivery from now on instead of the creation")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_start_at_creation = false;
        auto account = w.account(settings);
        w.box.inject(ringtail::fault::delayed(sandbox_call::subscription_create, 50ms));
        auto publish = [&]() -> asio::awaitable<void> {
            co_await w.until([&] { return !w.box.subscription_ids().empty(); });
            w.tell(1);
        };
        w.beside(publish());
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        co_await w.until_requests(sandbox_call::pubnub_subscribe, 1);
        listener program(subscription);
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.heard() == "2");
    });
}

TEST_CASE("a creation time that is missing is a possible gap at the start")
{
    world w;
    interceptor proxy(w);
    proxy.edits([&](wire_request const& asked, wire_reply& answer) {
        if (asked.method == "POST" && asked.target == "/restapi/v1.0/subscription") {
            auto body = json::parse(answer.body).as_object();
            body.erase("creationTime");
            answer.body = json::serialize(body);
        }
    });
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        co_await w.until_requests(sandbox_call::pubnub_subscribe, 1);
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        CHECK(program.heard() == "gap:unknown_start/possible 1");
    });
}

TEST_CASE("a burst larger than the server's buffer is a gap and then the newest 100")
{
    for (auto const legacy : {false, true}) {
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto settings = w.settings();
            settings.pubnub_legacy = legacy;
            auto account = w.account(settings);
            auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
            listener program(subscription);
            w.tell(1);
            co_await program.hear(1);
            auto const before = std::chrono::system_clock::now();
            w.tell(2, 151);
            co_await program.hear(151);
            CHECK(program.heard() == "1 gap:buffer_overflow/possible " + numbers(52, 151));
            auto const& missing = program.last<ringtail::gap>();
            CHECK(missing.channels == std::vector{subscription.info().delivery.address});
            REQUIRE(missing.from.has_value());
            CHECK(*missing.from <= before);
            REQUIRE(missing.until.has_value());
            CHECK(*missing.until >= *missing.from);
            w.tell(152);
            co_await program.hear(152);
            CHECK(program.heard() == "1 gap:buffer_overflow/possible " + numbers(52, 152));
        });
    }
}

TEST_CASE("a burst of exactly as many as the buffer holds is a gap, too")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.tell(2, 101);
        co_await program.hear(101);
        CHECK(program.heard() == "1 gap:buffer_overflow/possible " + numbers(2, 101));
    });
}

TEST_CASE("a burst of 99 is no gap")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.tell(2, 100);
        co_await program.hear(100);
        CHECK(program.heard() == numbers(1, 100));
    });
}

TEST_CASE("the size of the server's buffer can be told")
{
    auto options = world::usual();
    options.buffer_size = 10;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_buffer_size = 10;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.tell(2, 16);
        co_await program.hear(16);
        CHECK(program.heard() == "1 gap:buffer_overflow/possible " + numbers(7, 16));
    });
}

TEST_CASE("a message that PubNub delivers twice is one notification")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        listener program(subscription);
        w.box.inject(ringtail::fault(sandbox_call::message, ringtail::fault_effect::duplicate).every(2));
        w.tell(1, 20);
        co_await program.hear(20);
        w.box.clear_faults();
        w.tell(21);
        co_await program.hear(21);
        CHECK(program.heard() == numbers(1, 21));
        CHECK(w.box.statistics().messages_delivered > 21);
    });
}

TEST_CASE("a change of region repeats messages, and none of them is delivered twice")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1, 5);
        co_await program.hear(5);
        w.box.inject({sandbox_call::pubnub_subscribe, ringtail::fault_effect::region_change});
        w.tell(6);
        co_await program.hear(6);
        w.tell(7);
        co_await program.hear(7);
        CHECK(program.heard() == numbers(1, 7));
        CHECK(w.box.statistics().messages_delivered > 7);
    });
}

TEST_CASE("messages of other channels are ignored")
{
    for (auto const legacy : {false, true}) {
        world w;
        interceptor proxy(w);
        proxy.edits([&](wire_request const& asked, wire_reply& answer) {
            if (asked.target.find("subscribe/sub-c") == std::string::npos) {
                return;
            }
            auto body = json::parse(answer.body);
            if (legacy) {
                auto& reply = body.as_array();
                auto& list = reply.at(0).as_array();
                if (list.empty()) {
                    return;
                }
                auto const path = asked.target;
                auto const begin = path.find("sub-c");
                auto const channel_at = path.find('/', begin) + 1;
                auto const own = path.substr(channel_at, path.find('/', channel_at) - channel_at);
                std::string names;
                json::array mixed;
                for (auto const& each : list) {
                    mixed.push_back(json::object{{"uuid", "foreign"}, {"body", json::object{{"n", -1}}}});
                    mixed.push_back(each);
                    names += (names.empty() ? "" : ",") + std::string("another_channel,") + own;
                }
                list = mixed;
                reply.emplace_back(names);
            } else {
                auto& list = body.at("m").as_array();
                json::array mixed;
                for (auto const& each : list) {
                    auto foreign = each;
                    foreign.as_object()["c"] = "another_channel";
                    foreign.as_object()["d"] = json::object{{"uuid", "foreign"}, {"body", json::object{{"n", -1}}}};
                    auto matched = foreign; // by a group or a wildcard that was not asked for
                    matched.as_object()["c"] = each.at("c");
                    matched.as_object()["b"] = "wild.*";
                    auto presence = foreign;
                    presence.as_object()["c"] = std::string(each.at("c").as_string()) + "-pnpres";
                    mixed.push_back(std::move(foreign));
                    mixed.push_back(each);
                    mixed.push_back(std::move(presence));
                    mixed.push_back(std::move(matched));
                }
                list = mixed;
            }
            answer.body = json::serialize(body);
        });
        w.run([&]() -> asio::awaitable<void> {
            auto settings = w.settings();
            settings.pubnub_origin = proxy.url();
            settings.pubnub_legacy = legacy;
            auto account = w.account(settings);
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            listener program(subscription);
            w.tell(1, 3);
            co_await program.hear(3);
            w.tell(4);
            co_await program.hear(4);
            CHECK(program.heard() == "1 2 3 4");
        });
    }
}

TEST_CASE("a poll without messages goes on from the same position, whether the empty answer moves it or not")
{
    for (auto const moves : {false, true}) {
        auto options = world::usual();
        options.poll_hold = 10ms;
        options.empty_poll_moves_cursor = moves;
        world w(options);
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            listener program(subscription);
            co_await w.until([&] { return w.box.statistics().empty_polls >= 3; });
            w.tell(1);
            co_await program.hear(1);
            co_await w.until([&] { return w.box.statistics().empty_polls >= 6; });
            w.tell(2);
            co_await program.hear(2);
            CHECK(program.all() == "connected 1 2");
        });
    }
}

TEST_CASE("the client says who it is, and takes position and region exactly as they came")
{
    world w;
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_origin = proxy.url();
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        co_await w.until([&] { return proxy.seen().size() >= 2; });
        auto const first = proxy.seen()[0].target;
        auto const second = proxy.seen()[1].target;
        auto const& mode = subscription.info().delivery;
        CHECK(first.starts_with("/v2/subscribe/" + mode.subscriber_key + '/' + mode.address + "/0?tt="));
        CHECK(first.find("&tr=") == std::string::npos);
        CHECK(first.find("&uuid=") != std::string::npos);
        CHECK(first.find("&pnsdk=ringtail") != std::string::npos);
        CHECK(second.find("&tr=4&") != std::string::npos);
        CHECK_FALSE(proxy.seen()[0].headers.find("Authorization").has_value()); // the token is none of PubNub's business
        co_await subscription.close();
    });
}

TEST_CASE("many subscriptions of one account each hear their own")
{
    auto options = world::usual();
    options.extensions = 12;
    options.subscription_limit = 20;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const ids = w.box.extension_ids();
        std::vector<ringtail::any_subscription> all;
        for (auto const& id : ids) {
            ringtail::event_filters filters;
            filters.presence(id);
            all.push_back(co_await account.create_subscription<pubnub>(filters));
        }
        for (auto round = 0; round < 3; ++round) {
            for (auto const& id : ids) {
                CHECK(w.box.publish("/restapi/v1.0/account/~/extension/" + id + "/presence", R"({"extensionId":")" + id + "\"}") == 1);
            }
        }
        for (std::size_t i = 0; i < all.size(); ++i) {
            listener program(all[i]);
            for (auto round = 0; round < 3; ++round) {
                co_await program.hear("notification");
                CHECK(program.last<ringtail::notification>().event().find(ids[i]) != std::string_view::npos);
            }
            CHECK(program.heard() == "notification notification notification");
        }
        CHECK(w.requests(sandbox_call::token) == 1);
    });
}

} // namespace
