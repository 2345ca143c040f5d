// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "support/interceptor.hpp"

#include <ringtail/pooled_pubnub.hpp>

#include <algorithm>
#include <deque>
#include <set>

namespace {

using namespace test_support;
using ringtail::fault;
using ringtail::pooled_pubnub;
using ringtail::pubnub;

/// Subscriptions of one account, and what each of them hears.
class crowd {
public:
    explicit crowd(ringtail::client of) : account_(std::move(of)) {}

    asio::awaitable<void> grow(std::size_t count)
    {
        while (subscriptions.size() < count) {
            subscriptions.push_back(co_await account_.create_subscription<pooled_pubnub>(messages()));
            programs.emplace_back(subscriptions.back());
        }
    }

    /// All of them, up to this number.
    asio::awaitable<void> hear(int n)
    {
        for (auto& each : programs) {
            co_await each.hear(n);
        }
    }

    std::deque<ringtail::any_subscription> subscriptions;
    std::deque<listener> programs;

private:
    ringtail::client account_;
};

/// Channels of a poll's question.
std::vector<std::string> channels_of(std::string const& target)
{
    std::vector<std::string> result;
    auto rest = target.substr(std::string("/v2/subscribe/").size());
    rest = rest.substr(rest.find('/') + 1);
    rest = rest.substr(0, rest.find('/'));
    for (std::size_t at = 0; at <= rest.size();) {
        auto const end = std::min(rest.find(',', at), rest.size());
        result.push_back(rest.substr(at, end - at));
        at = end + 1;
    }
    return result;
}

/// The last questions of all polls: by the most channels that were asked for together.
std::size_t most_together(interceptor const& proxy)
{
    std::size_t result = 0;
    for (auto const& each : proxy.seen()) {
        if (each.target.starts_with("/v2/subscribe/")) {
            result = std::max(result, channels_of(each.target).size());
        }
    }
    return result;
}

std::string envelope(std::string const& subscription, int n)
{
    return R"({"uuid":"u-)" + subscription + '-' + std::to_string(n) + R"(","event":"/restapi/v1.0/account/1/extension/2/message-store",)" +
           R"("timestamp":"2026-01-05T09:00:00.000Z","subscriptionId":")" + subscription + R"(","body":{"n":)" + std::to_string(n) + "}}";
}

TEST_CASE("shared polls that are answered at once with nothing are not asked without a pause, and hear what comes then")
{
    world w;
    interceptor proxy(w);
    auto in_its_place = true;
    answer_polls_with_nothing(proxy, in_its_place);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_origin = proxy.url();
        crowd all(w.account(settings));
        co_await all.grow(3);
        co_await w.until([&] { return proxy.seen("GET", "/v2/subscribe/") >= 2; });
        auto const before = proxy.seen("GET", "/v2/subscribe/");
        for (auto i = 0; i < 10; ++i) {
            co_await w.turns();
        }
        CHECK(proxy.seen("GET", "/v2/subscribe/") - before < 10); // there was time for hundreds
        in_its_place = false;
        w.tell(1);
        co_await all.hear(1);
    });
}

} // namespace

TEST_CASE("subscriptions of one environment share polls, and each hears what is its own, once and in order")
{
    world w;
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_origin = proxy.url();
        crowd all(w.account(settings));
        co_await all.grow(12);
        co_await w.until([&] { return most_together(proxy) == 12; });
        w.tell(1, 5); // 60 messages
        co_await all.hear(5);
        for (int n = 6; n <= 20; ++n) {
            w.tell(n);
            co_await all.hear(n);
        }
        for (auto& each : all.programs) {
            CHECK(each.heard() == numbers(1, 20));
        }
        w.box.publish_raw(all.subscriptions[3].info().id, envelope(all.subscriptions[3].info().id, 21));
        co_await all.programs[3].hear(21);
        w.tell(22);
        co_await all.hear(22);
        CHECK(all.programs[3].heard() == numbers(1, 22));
        CHECK(all.programs[4].heard() == numbers(1, 20) + " 22");
    });
}

TEST_CASE("two clients of an environment share polls; those with other settings do not")
{
    world w;
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_origin = proxy.url();
        crowd one(w.account(settings));
        crowd two(w.account(settings));
        settings.pubnub_resume_window += 1s;
        crowd other(w.account(settings));
        co_await one.grow(1);
        co_await two.grow(1);
        co_await other.grow(1);
        co_await w.until([&] { return most_together(proxy) == 2; });
        w.tell(1);
        co_await one.hear(1);
        co_await two.hear(1);
        co_await other.hear(1);
        CHECK(most_together(proxy) == 2);
    });
}

TEST_CASE("no more channels share a poll than the settings say")
{
    auto options = world::usual();
    options.subscription_limit = 100;
    world w(options);
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_origin = proxy.url();
        settings.pubnub_channels_per_poll = 5;
        crowd all(w.account(settings));
        co_await all.grow(23);
        w.tell(1, 3);
        co_await all.hear(3);
        CHECK(most_together(proxy) == 5);
        for (auto& each : all.programs) {
            CHECK(each.heard() == "1 2 3");
        }
    });
}

TEST_CASE("a changed channel is followed without a gap and does not move the others' position")
{
    auto options = world::usual();
    options.rotate_on_renewal = ringtail::sandbox_rotation::channel;
    world w(options);
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_origin = proxy.url();
        crowd all(w.account(settings));
        co_await all.grow(4);
        w.tell(1);
        co_await all.hear(1);
        std::string last;
        for (int n = 2; n <= 6; ++n) {
            co_await all.subscriptions[1].renew();
            w.tell(n);
            co_await all.hear(n);
        }
        for (auto& each : all.programs) {
            CHECK(each.heard() == numbers(1, 6));
        }
        // Of each channel the positions that are asked for only grow.
        std::map<std::string, std::string> newest;
        for (auto const& each : proxy.seen()) {
            if (!each.target.starts_with("/v2/subscribe/")) {
                continue;
            }
            auto const from = each.target.find("tt=") + 3;
            auto const position = each.target.substr(from, each.target.find('&', from) - from);
            for (auto const& channel : channels_of(each.target)) {
                CHECK(position >= newest[channel]);
                newest[channel] = position;
            }
        }
    });
}

TEST_CASE("as many messages as PubNub keeps are a gap for every subscription of the poll, and it names all their channels")
{
    auto options = world::usual();
    options.buffer_size = 10;
    world w(options);
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_origin = proxy.url();
        settings.pubnub_buffer_size = 10;
        crowd all(w.account(settings));
        co_await all.grow(3);
        co_await w.until([&] { return most_together(proxy) == 3; });
        co_await w.turns();
        std::set<std::string> channels;
        for (auto& each : all.subscriptions) {
            channels.insert(each.info().delivery.address);
        }
        auto const id = all.subscriptions[0].info().id;
        for (int n = 1; n <= 16; ++n) { // at once, so that nobody could move it away before
            w.box.publish_raw(id, envelope(id, n));
        }
        co_await all.programs[0].hear(16);
        for (auto& each : all.programs) {
            if (&each != &all.programs[0]) { // which had it before the last message
                co_await each.hear("gap:buffer_overflow/possible");
            }
            auto const told = each.last<ringtail::gap>().channels;
            CHECK(std::set<std::string>(told.begin(), told.end()) == channels);
        }
    });
}

TEST_CASE("a busy channel gets a poll of its own before it can fill PubNub's buffer")
{
    world w;
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_origin = proxy.url();
        crowd all(w.account(settings));
        co_await all.grow(4);
        auto const info = all.subscriptions[2].info();
        for (int n = 1; n <= 40; ++n) {
            w.box.publish_raw(info.id, envelope(info.id, n));
            co_await all.programs[2].hear(n);
        }
        co_await w.until([&] {
            return channels_of(proxy.seen().back().target) == std::vector<std::string>{info.delivery.address};
        });
        CHECK(all.programs[2].heard() == numbers(1, 40));
        w.tell(41);
        co_await all.hear(41);
        CHECK(all.programs[0].heard() == "41");
    });
}

TEST_CASE("a program that takes nothing stops its own subscription and no other one, and misses nothing")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.queue_capacity = 5;
        crowd slow(w.account(settings));
        crowd others(w.account());
        co_await slow.grow(1);
        co_await others.grow(3);
        for (int n = 1; n <= 30; ++n) {
            w.tell(n);
            co_await others.hear(n);
        }
        CHECK(slow.subscriptions[0].counters().queued <= 7);
        co_await slow.hear(30);
        CHECK(slow.programs[0].heard() == numbers(1, 30));
        w.tell(31);
        co_await slow.hear(31);
        co_await others.hear(31);
        for (auto& each : others.programs) {
            CHECK(each.heard() == numbers(1, 31));
        }
    });
}

TEST_CASE("a poll that breaks is told to all of its subscriptions, and none of them misses anything")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        crowd all(w.account());
        co_await all.grow(5);
        w.tell(1);
        co_await all.hear(1);
        w.box.inject(fault::status(sandbox_call::pubnub_subscribe, 503).times(3));
        w.tell(2); // ends the poll that is out
        co_await w.turns();
        w.tell(3, 9);
        co_await all.hear(9);
        for (auto& each : all.programs) {
            CHECK(each.heard() == numbers(1, 9));
            CHECK(each.all().find("reconnecting") != std::string::npos);
        }
    });
}

TEST_CASE("a channel that PubNub denies is found out, and the others go on")
{
    for (auto const names_it : {false, true}) {
        world w;
        interceptor proxy(w);
        std::string denied;
        proxy.answers([&](wire_request const& asked) -> std::optional<wire_reply> {
            if (denied.empty() || !asked.target.starts_with("/v2/subscribe/")) {
                return std::nullopt;
            }
            auto const channels = channels_of(asked.target);
            if (std::find(channels.begin(), channels.end(), denied) == channels.end()) {
                return std::nullopt;
            }
            auto const payload = names_it ? R"(,"payload":{"channels":[")" + denied + R"("]})" : std::string();
            return reply_with(403, R"({"status":403,"error":true,"message":"Forbidden","service":"Access Manager")" + payload + '}');
        });
        w.run([&]() -> asio::awaitable<void> {
            auto settings = w.settings();
            settings.pubnub_origin = proxy.url();
            crowd all(w.account(settings));
            co_await all.grow(6);
            w.tell(1);
            co_await all.hear(1);
            denied = all.subscriptions[4].info().delivery.address;
            w.tell(2);
            for (auto const i : {0u, 1u, 2u, 3u, 5u}) {
                co_await all.programs[i].hear(2);
            }
            // It is created again in the end, for PubNub denies it again and again.
            co_await all.programs[4].hear("recreated");
            w.tell(3);
            co_await all.hear(3);
            for (auto const i : {0u, 1u, 2u, 3u, 5u}) {
                CHECK(all.programs[i].all() == all.programs[0].all());
                CHECK(all.programs[i].all().find("reconnecting") == std::string::npos);
            }
        });
    }
}

TEST_CASE("a message that names no channel is not passed over where a poll has several")
{
    for (auto const legacy : {false, true}) {
        CAPTURE(legacy);
        world w;
        interceptor proxy(w);
        auto strips = false;
        proxy.edits([&](wire_request const& asked, wire_reply& reply) {
            auto const named = legacy ? reply.body.rfind(",\"") : reply.body.find("\"c\":\"");
            auto const several = asked.target.substr(0, asked.target.find('?')).find(',') != std::string::npos;
            if (strips && several && asked.target.find("/subscribe/") != std::string::npos &&
                reply.body.find(legacy ? "[[{" : "\"m\":[{") != std::string::npos && named != std::string::npos) {
                reply.body.erase(named, legacy ? reply.body.size() - 1 - named : reply.body.find(',', named) + 1 - named);
                strips = false;
            }
        });
        w.run([&]() -> asio::awaitable<void> {
            auto settings = w.settings();
            settings.pubnub_origin = proxy.url();
            settings.pubnub_legacy = legacy;
            crowd all(w.account(settings));
            co_await all.grow(3);
            w.tell(1);
            co_await all.hear(1);
            strips = true;
            w.tell(2);
            co_await all.hear(2);
            CHECK_FALSE(strips);
            for (auto& each : all.programs) {
                CHECK(each.heard() == "1 2");
            }
        });
    }
}

TEST_CASE("a subscription that ends leaves the others alone, and the last one takes the connection with it")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        crowd all(w.account());
        co_await all.grow(4);
        co_await all.subscriptions[0].close();
        co_await all.subscriptions[1].unsubscribe();
        all.programs.pop_front();
        all.programs.pop_front();
        w.tell(1);
        co_await all.hear(1);
        all.subscriptions.clear(); // that everything comes to rest is seen behind the end
        all.programs.clear();
    });
}

TEST_CASE("a cursor of a poll of one's own goes on with a shared one, and the other way round")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        std::optional<ringtail::cursor> saved;
        {
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            listener program(subscription);
            w.tell(1);
            co_await program.hear(1);
            subscription.acknowledge();
            saved = ringtail::cursor::parse(subscription.cursor().to_json());
            co_await subscription.close();
        }
        w.tell(2);
        {
            auto subscription = co_await account.adopt_subscription<pooled_pubnub>(*saved, messages());
            listener program(subscription);
            co_await program.hear(2);
            CHECK(program.heard() == "2");
            subscription.acknowledge();
            saved = ringtail::cursor::parse(subscription.cursor().to_json());
            co_await subscription.close();
        }
        w.tell(3);
        auto subscription = co_await account.adopt_subscription<pubnub>(*saved, messages());
        listener program(subscription);
        co_await program.hear(3);
        CHECK(program.heard() == "3");
    });
}

TEST_CASE("what the process before had is not heard again, whoever's poll the successor might join")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        crowd others(account);
        co_await others.grow(1); // and stays where it began
        std::optional<ringtail::cursor> saved;
        std::string id;
        {
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            listener program(subscription);
            id = subscription.info().id;
            w.box.publish_raw(id, envelope(id, 1));
            co_await program.hear(1);
            subscription.acknowledge();
            saved = ringtail::cursor::parse(subscription.cursor().to_json());
            co_await subscription.close();
        }
        auto subscription = co_await account.adopt_subscription<pooled_pubnub>(*saved, messages());
        listener program(subscription);
        w.box.publish_raw(id, envelope(id, 2));
        co_await program.hear(2);
        CHECK(program.heard() == "2");
    });
}

TEST_CASE("an old channel is left once it is silent, though its poll is never answered")
{
    for (auto const what : {ringtail::sandbox_rotation::channel, ringtail::sandbox_rotation::all}) {
        auto options = world::usual();
        options.rotate_on_renewal = what;
        world w(options);
        interceptor proxy(w);
        w.run([&]() -> asio::awaitable<void> {
            auto settings = w.calm_settings();
            settings.pubnub_origin = proxy.url();
            crowd all(w.account(settings));
            co_await all.grow(2);
            for (int n = 0; n != 40; ++n) { // more than are remembered
                co_await all.subscriptions[1].renew();
                co_await w.turns();
                w.pass(31s);
                co_await w.turns();
                w.pass(6s);
                co_await w.turns();
            }
            CHECK(most_together(proxy) <= 8);
            w.tell(1);
            co_await all.hear(1);
            for (auto& each : all.programs) {
                CHECK(each.heard() == "1");
            }
        });
    }
}

TEST_CASE("old channels that lost their poll are asked for together again")
{
    auto options = world::usual();
    options.rotate_on_renewal = ringtail::sandbox_rotation::channel;
    world w(options);
    interceptor proxy(w);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_origin = proxy.url();
        crowd all(w.account(settings));
        co_await all.grow(2);
        for (int n = 0; n != 5; ++n) {
            co_await all.subscriptions[1].renew();
        }
        co_await w.until([&] { return most_together(proxy) == 7; });
        co_await w.turns();
        w.box.inject(fault::status(sandbox_call::pubnub_subscribe, 503));
        w.tell(1);
        co_await w.until([&] { return w.requests(sandbox_call::pubnub_subscribe, 503) == 1; });
        auto const before = proxy.seen().size();
        std::set<std::string> used;
        for (auto const& each : all.subscriptions) {
            used.insert(each.info().delivery.address);
        }
        std::size_t alone = 0;
        co_await w.until([&] {
            alone = 0;
            std::set<std::string> asked;
            auto const seen = proxy.seen();
            for (auto i = before; i != seen.size(); ++i) {
                if (seen[i].target.starts_with("/v2/subscribe/")) {
                    auto const channels = channels_of(seen[i].target);
                    alone += channels.size() == 1 && !used.contains(channels.front()) ? 1u : 0u;
                    asked.insert(channels.begin(), channels.end());
                }
            }
            return asked.size() == 7;
        });
        CHECK(alone == 0);
        co_await all.hear(1);
    });
}

TEST_CASE("a start that is cancelled leaves nothing behind, and does not harm those who share the poll")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        crowd all(w.account());
        co_await all.grow(2);
        w.box.inject(fault::stall(sandbox_call::subscription_create));
        auto settings = w.settings();
        settings.start_timeout = 1s;
        auto other = w.account(settings);
        auto const why = co_await failure_of(other.create_subscription<pooled_pubnub>(messages()));
        CHECK(why.has_value());
        w.tell(1);
        co_await all.hear(1);
    });
}
