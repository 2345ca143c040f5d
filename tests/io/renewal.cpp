// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "support/interceptor.hpp"

#include <array>

namespace {

using namespace test_support;
using ringtail::error;
using ringtail::fault;
using ringtail::pubnub;
using ringtail::sandbox_rotation;
using effect = ringtail::fault_effect;
constexpr auto renewal = sandbox_call::subscription_renew;

// Lifetimes are 900 s unless a test says otherwise: 800 s later it is time to renew, and there is still time.
constexpr auto time_to_renew = 800s;

TEST_CASE("a subscription that lives a few seconds lives on")
{
    auto options = world::usual();
    options.subscription_lifetime = 3s;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account(w.calm_settings());
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        auto const id = subscription.info().id;
        listener program(subscription);
        w.tell(1);
        for (auto i = 0; i < 3; ++i) {
            co_await program.hear("renewed");
        }
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.heard() == "1 2");
        CHECK(w.box.subscription_ids() == std::vector{id});
        CHECK(w.requests(sandbox_call::subscription_create) == 1);
    });
}

TEST_CASE("renewal comes before expiry, and not at once")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account(w.calm_settings());
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        w.pass(740s); // earlier than the margin of 120 s and its spread
        co_await w.turns();
        CHECK(w.requests(renewal) == 0);
        w.pass(40s); // 120 s before the end
        co_await w.until_requests(renewal, 1);
        co_await subscription.close();
    });
}

TEST_CASE("subscriptions that started together do not renew together")
{
    auto options = world::usual();
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account(w.calm_settings());
        std::vector<ringtail::any_subscription> all;
        for (auto i = 0; i < 16; ++i) {
            all.push_back(co_await account.create_subscription<pubnub>(messages()));
        }
        w.pass(765s);
        co_await w.turns();
        auto const early = w.requests(renewal);
        CHECK(early > 0);
        CHECK(early < 16);
        w.pass(15s);
        co_await w.until_requests(renewal, 16);
        for (auto& each : all) {
            co_await each.close();
        }
    });
}

/// Notifications go on while the renewal meets trouble; nothing is lost and nothing else is told.
void renews_in_spite_of(fault trouble)
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.calm_settings();
        settings.call_timeout = 1s; // for those that stall
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        auto const id = subscription.info().id;
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.inject(trouble);
        w.pass(time_to_renew);
        co_await w.until([&] { return w.box.statistics().faults >= 1; });
        w.tell(2);
        co_await program.hear("renewed");
        w.tell(3);
        co_await program.hear(3);
        CHECK_MESSAGE(program.heard() == "1 2 3", to_string(trouble.effect), ": ", program.all());
        CHECK(subscription.info().id == id);
        CHECK(w.requests(sandbox_call::subscription_create) == 1);
        CHECK(w.box.statistics().inside_penalty == 0);
    });
}

TEST_CASE("a renewal answered 500 or 503 is repeated, and nothing is lost")
{
    renews_in_spite_of(fault::status(renewal, 500).times(3));
    renews_in_spite_of(fault::status(renewal, 503, {"CMN-201"}).times(3));
}

TEST_CASE("a renewal answered 429 is repeated behind Retry-After, and nothing is lost")
{
    renews_in_spite_of(fault::status(renewal, 429, {"CMN-301"}, 0s));
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account(w.calm_settings());
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.box.inject(fault::status(renewal, 429, {"CMN-301"}, 20s));
        w.pass(time_to_renew);
        co_await w.until_requests(renewal, 1);
        co_await w.turns();
        w.pass(19s);
        co_await w.turns();
        CHECK(w.requests(renewal) == 1);
        w.pass(2s);
        co_await program.hear("renewed");
        CHECK(w.requests(renewal) == 2);
    });
}

TEST_CASE("a renewal answered with garbage, a page, nothing or half of it is repeated, and nothing is lost")
{
    for (auto const how : {effect::garbage, effect::html, effect::empty, effect::cut_body, effect::cut_header, effect::deep_json, effect::reset}) {
        renews_in_spite_of(fault(renewal, how).times(2));
    }
}

TEST_CASE("a renewal whose answer is lost or never comes is repeated, and nothing is lost")
{
    renews_in_spite_of(fault::lost(renewal));
    renews_in_spite_of(fault::stall(renewal));
}

TEST_CASE("a renewal that meets an expired token refreshes it first")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account(w.calm_settings());
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.box.expire_tokens();
        w.pass(time_to_renew);
        co_await program.hear("renewed");
        w.tell(1);
        co_await program.hear(1);
        CHECK(program.heard() == "1");
        CHECK(w.requests(sandbox_call::token, 200) == 2);
    });
}

TEST_CASE("a renewal answered 404 creates the subscription anew with the same filters, behind a gap")
{
    for (auto const& code : {std::string("CMN-102"), std::string("SUB-507")}) {
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account(w.calm_settings());
            auto filters = messages();
            filters.presence("~");
            auto subscription = co_await account.create_subscription<pubnub>(filters);
            auto const before = subscription.info().id;
            listener program(subscription);
            w.tell(1);
            co_await program.hear(1);
            w.box.inject(fault::status(renewal, 404, {code}));
            w.pass(time_to_renew);
            co_await program.hear("recreated");
            CHECK(program.heard() == "1 gap:recreated/proven");
            auto const& missing = program.last<ringtail::gap>();
            CHECK(missing.from.has_value());
            CHECK(missing.until.has_value());
            CHECK(subscription.info().id != before);
            CHECK(subscription.filters() == filters);
            CHECK(subscription.outcome().complete());
            w.tell(2);
            co_await program.hear(2);
            CHECK(program.heard() == "1 gap:recreated/proven 2");
        });
    }
}

/// Messages are published before, within and behind a renewal that changes the address.
void rotates_without_loss(sandbox_rotation what, std::size_t late, bool legacy = false)
{
    auto options = world::usual();
    options.rotate_on_renewal = what;
    options.late_messages = late;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.calm_settings();
        settings.pubnub_legacy = legacy;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        auto const before = subscription.info().delivery;
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        for (auto round = 0; round < 3; ++round) {
            auto const n = 2 + round * 12;
            w.tell(n, n + 2);
            w.box.inject(fault::delayed(renewal, 20ms));
            auto publish = [&]() -> asio::awaitable<void> {
                auto const renewals = w.requests(renewal);
                co_await w.until_requests(renewal, renewals + 1);
                w.tell(n + 3, n + 8); // changed on the server, and not yet known here
            };
            w.beside(publish());
            co_await subscription.renew();
            w.tell(n + 9, n + 11);
            co_await w.until([&] { return w.box.statistics().messages_published >= static_cast<std::uint64_t>(n + 11); });
        }
        std::vector<bool> heard(38);
        for (auto left = 36; left > 0;) {
            auto const more = co_await program.hear();
            REQUIRE(more);
            auto const& latest = program.events.back();
            REQUIRE_MESSAGE(!std::holds_alternative<ringtail::gap>(latest), program.all());
            REQUIRE_MESSAGE(!std::holds_alternative<ringtail::undecodable>(latest), program.all());
            if (std::holds_alternative<ringtail::notification>(latest)) {
                auto const n = static_cast<std::size_t>(std::stoi(word(latest)));
                REQUIRE_MESSAGE(!heard.at(n), program.all());
                heard.at(n) = true;
                --left;
            }
        }
        auto const after = subscription.info().delivery;
        CHECK((before.address != after.address) == rotates(what, sandbox_rotation::channel));
        CHECK((before.encryption_key.reveal() != after.encryption_key.reveal()) == rotates(what, sandbox_rotation::key));
        CHECK((before.subscriber_key != after.subscriber_key) == rotates(what, sandbox_rotation::subscriber_key));
        CHECK(w.requests(sandbox_call::subscription_create) == 1);
    });
}

TEST_CASE("channel, key and subscriber key may change with a renewal, in any combination, and nothing is lost")
{
    for (auto combination = 1u; combination < 8u; ++combination) {
        rotates_without_loss(static_cast<sandbox_rotation>(combination), 0);
    }
}

TEST_CASE("messages that still come by the old channel and key behind a change are not lost")
{
    for (auto combination = 1u; combination < 8u; ++combination) {
        rotates_without_loss(static_cast<sandbox_rotation>(combination), 4);
    }
    rotates_without_loss(sandbox_rotation::all, 4, true);
}

TEST_CASE("an address that the server changes by itself is learnt by the audit, and nothing is lost")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.rotate_subscription(subscription.info().id, sandbox_rotation::channel | sandbox_rotation::key);
        w.tell(2, 4); // nobody listens there yet
        w.pass(305s);
        co_await program.hear(4);
        // Whether the server moved longer ago than its buffer holds can't be known.
        auto const heard = program.heard();
        CHECK(heard.starts_with("1 "));
        CHECK(heard.ends_with("2 3 4"));
    });
}

TEST_CASE("an account that was quiet for long has no gap when a renewal moves its channel, for its poll was answered by silence")
{
    auto options = world::usual();
    options.rotate_on_renewal = sandbox_rotation::channel;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account(w.calm_settings());
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        auto const before = subscription.info().delivery.address;
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.pass(time_to_renew); // minutes of silence
        co_await w.until([&] { return subscription.info().delivery.address != before; });
        co_await w.turns();
        w.tell(2, 3);
        co_await program.hear(3);
        CHECK(program.heard() == numbers(1, 3));
    });
}

void hangs_while_the_channel_moves(std::size_t polls)
{
    auto options = world::usual();
    options.rotate_on_renewal = sandbox_rotation::channel;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto const settings = w.calm_settings();
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        co_await w.turns();
        w.box.inject(fault(sandbox_call::pubnub_subscribe, effect::stall).times(polls));
        w.tell(2); // answers the poll that is out
        co_await program.hear(2);
        co_await w.until([&] { return w.box.statistics().faults == 1; });
        w.tell(3);
        co_await subscription.renew();
        co_await w.until([&] { return w.box.statistics().faults == 3; });
        while (w.box.statistics().faults != polls) {
            w.pass(1s);
            co_await w.turns();
        }
        w.pass(settings.pubnub_drain_time + 1s);
        co_await program.hear(3);
        CHECK(program.heard() == numbers(1, 3));
    });
}

TEST_CASE("an old channel is left when PubNub was seen to live, for a service that hangs is as silent as a channel without news")
{
    for (auto const polls : {3u, 4u, 6u}) {
        CAPTURE(polls);
        hangs_while_the_channel_moves(polls);
    }
}

/// No sleep of the machine, which would be noticed.
asio::awaitable<void> pass_awake(world& w, ringtail::duration time)
{
    for (ringtail::duration gone{}; gone < time; gone += 10s) {
        w.pass(10s);
        co_await w.turns(20);
    }
}

void replies_stop_while_the_channel_moves(std::size_t reply)
{
    auto options = world::usual();
    options.rotate_on_renewal = sandbox_rotation::channel;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto const settings = w.calm_settings();
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        co_await w.turns();
        w.box.inject(fault(sandbox_call::pubnub_subscribe, effect::stall));
        w.box.inject(fault(sandbox_call::pubnub_subscribe, effect::wrong_length).after(reply).every(2));
        w.tell(2); // answers the poll that is out
        co_await program.hear(2);
        co_await w.until([&] { return w.box.statistics().faults == 1; });
        w.tell(3);
        co_await subscription.renew();
        co_await pass_awake(w, settings.call_timeout);
        w.box.clear_faults();
        co_await pass_awake(w, settings.call_timeout);
        w.tell(4);
        co_await program.hear(4);
        auto const three = program.heard().find('3') != std::string::npos;
        CHECK((three || program.heard().find("gap:stale_position/possible") != std::string::npos));
    });
}

TEST_CASE("a reply from an old channel that always stops in its middle is no silence")
{
    for (auto const reply : {0u, 1u}) {
        CAPTURE(reply);
        replies_stop_while_the_channel_moves(reply);
    }
}

TEST_CASE("what a poll without an answer may have missed is told also where the channel moves before there is one")
{
    auto options = world::usual();
    options.rotate_on_renewal = sandbox_rotation::channel;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.audit_interval = 24h;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        co_await w.turns();
        w.box.inject(fault(sandbox_call::pubnub_subscribe, effect::stall).times(2));
        w.tell(2); // answers the poll that is out
        co_await program.hear(2);
        co_await w.until([&] { return w.box.statistics().faults == 1; });
        co_await pass_awake(w, settings.pubnub_read_timeout);
        co_await w.until([&] { return w.box.statistics().faults == 2; });
        co_await pass_awake(w, 90s);
        auto const polls = w.requests(sandbox_call::pubnub_subscribe);
        co_await subscription.renew();
        co_await w.until_requests(sandbox_call::pubnub_subscribe, polls + 1); // the old channel's time
        co_await w.turns();
        w.pass(settings.pubnub_drain_time + 1s);
        co_await w.turns();
        w.pass(settings.pubnub_drain_time + 1s);
        co_await program.hear("gap:stale_position/possible");
    });
}

TEST_CASE("a poll that is out for longer than PubNub ever held one shows nothing about the channel that is left")
{
    auto options = world::usual();
    options.rotate_on_renewal = sandbox_rotation::channel;
    options.poll_hold = 20ms;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.audit_interval = 24h;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        auto const silent = w.box.statistics().empty_polls;
        co_await w.until([&] { return w.box.statistics().empty_polls >= silent + 2; });
        w.box.inject(fault(sandbox_call::pubnub_subscribe, effect::stall));
        co_await w.until([&] { return w.box.statistics().faults == 1; });
        co_await pass_awake(w, settings.pubnub_resume_window + 70s);
        co_await subscription.renew();
        co_await program.hear("gap:stale_position/possible");
    });
}

TEST_CASE("a modification may change the address, too, and nothing is lost")
{
    auto options = world::usual();
    options.rotate_on_renewal = sandbox_rotation::all;
    options.late_messages = 2;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account(w.calm_settings());
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        auto filters = messages();
        filters.presence("~");
        w.box.inject(fault::delayed(sandbox_call::subscription_modify, 20ms));
        auto publish = [&]() -> asio::awaitable<void> {
            co_await w.until_requests(sandbox_call::subscription_modify, 1);
            w.tell(2, 6);
        };
        w.beside(publish());
        co_await subscription.modify(filters);
        w.tell(7, 8);
        std::string rest;
        for (auto count = 1; count < 8;) {
            co_await program.hear();
            auto const& latest = program.events.back();
            if (std::holds_alternative<ringtail::notification>(latest)) {
                ++count;
            } else if (!std::holds_alternative<ringtail::state_change>(latest)) {
                rest += word(latest);
            }
        }
        CHECK_MESSAGE(rest.empty(), program.all());
    });
}

/// The server lets the subscription die without a word; `noticed` makes the library look.
void dies_and_is_created_anew(std::function<void(world&, std::string const&)> dies, std::function<void(world&)> noticed)
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages(), true);
        auto const before = subscription.info().id;
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        dies(w, before);
        CHECK(w.tell(2) == 0); // to nobody
        noticed(w);
        co_await program.hear("recreated");
        CHECK(program.heard() == "1 gap:recreated/proven");
        CHECK(subscription.info().id != before);
        CHECK(w.box.subscription_ids() == std::vector{subscription.info().id});
        w.tell(3);
        co_await program.hear(3);
        CHECK(program.heard() == "1 gap:recreated/proven 3");
    });
}

TEST_CASE("a subscription that expired or was deleted on the server is noticed by the audit, and hears again behind a gap")
{
    auto const later = [](world& w) { w.pass(305s); };
    dies_and_is_created_anew([](world& w, std::string const& id) { w.box.expire_subscription(id); }, later);
    dies_and_is_created_anew([](world& w, std::string const& id) { w.box.delete_subscription(id); }, later);
}

TEST_CASE("a subscription that expired or was deleted on the server is noticed by the renewal, and hears again behind a gap")
{
    auto const later = [](world& w) {
        w.box.inject(fault::status(sandbox_call::subscription_get, 500).always()); // no audit helps
        w.pass(time_to_renew);
    };
    dies_and_is_created_anew([](world& w, std::string const& id) { w.box.expire_subscription(id); }, later);
    dies_and_is_created_anew([](world& w, std::string const& id) { w.box.delete_subscription(id); }, later);
}

TEST_CASE("a dead subscription is noticed by the audit that a reconnect asks for")
{
    dies_and_is_created_anew(
        [](world& w, std::string const& id) {
            w.box.expire_subscription(id);
            w.pass(31s); // audits come no closer together than this
        },
        [](world& w) {
            w.box.inject(fault(sandbox_call::pubnub_subscribe, effect::reset));
            w.pass(310s); // the poll's own time is over, and the next one meets the reset
        });
}

TEST_CASE("a dead subscription is noticed when the clocks have jumped")
{
    dies_and_is_created_anew([](world& w, std::string const& id) { w.box.expire_subscription(id); },
                             [](world& w) {
                                 w.set_wall_clock(1h); // the machine slept: one clock stood still
                                 w.pass(16s);
                             });
}

TEST_CASE("a wall clock that was set back puts no renewal off, though the service tells only when the subscription expires")
{
    auto options = world::usual();
    options.omit_expires_in = true;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account(w.calm_settings());
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.set_wall_clock(-1h);
        w.pass(16s);
        co_await w.until_requests(sandbox_call::subscription_get, 1);
        co_await w.turns();
        w.pass(time_to_renew);
        co_await w.until_requests(renewal, 1);
    });
}

TEST_CASE("a subscription that could not be renewed in time is created anew without being asked for")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.calm_settings();
        settings.retry = [](ringtail::retry_attempt const&) { return ringtail::duration(30s); };
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        auto const before = subscription.info().id;
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.inject(fault::status(renewal, 500).always());
        w.box.inject(fault::status(sandbox_call::subscription_get, 500).always());
        for (auto i = 0; i < 40 && subscription.info().id == before; ++i) {
            w.pass(31s);
            co_await w.turns(50);
        }
        co_await program.hear("recreated");
        w.box.clear_faults();
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.heard().find("gap:") != std::string::npos);
        CHECK(program.all().find("reconnecting") != std::string::npos);
    });
}

TEST_CASE("a suspended subscription is told, renewed, and told again when it lives, with a gap between")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        auto const id = subscription.info().id;
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.suspend_subscription(id);
        CHECK(w.tell(2) == 0); // to nobody
        w.pass(305s);
        co_await program.hear("suspended");
        CHECK(subscription.info().status_kind() == ringtail::subscription_status::suspended);
        co_await subscription.renew();
        co_await program.hear("resumed");
        w.tell(3);
        co_await program.hear(3);
        CHECK(program.heard() == "1 gap:lapsed/possible 3");
        CHECK(subscription.info().id == id);
    });
}

TEST_CASE("renewal does not wait for a program that takes no events")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.calm_settings();
        settings.queue_capacity = 4;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        w.tell(1, 10); // full
        co_await w.until([&] { return w.box.statistics().messages_delivered >= 10; });
        for (auto i = 1u; i <= 3u; ++i) {
            auto const expiry = subscription.info().expiration_time;
            w.pass(time_to_renew);
            co_await w.until([&] { return subscription.info().expiration_time != expiry; });
            CHECK(w.requests(renewal) == i);
        }
        listener program(subscription);
        co_await program.hear(10);
        CHECK(w.requests(sandbox_call::subscription_create) == 1);
    });
}

TEST_CASE("a program may renew by itself")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.calm_settings();
        settings.renew_subscriptions = false;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.pass(time_to_renew);
        co_await w.turns();
        CHECK(w.requests(renewal) == 0);
        co_await subscription.renew();
        CHECK(w.requests(renewal) == 1);
        w.tell(1);
        co_await program.hear(1);
    });
}

TEST_CASE("the subscription is audited when there was no traffic for the interval, and not while there is")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.pubnub_resume_window = 24h;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        auto const audits = [&] { return w.requests(sandbox_call::subscription_get); };
        w.tell(1);
        co_await program.hear(1);
        w.pass(250s);
        w.tell(2);
        co_await program.hear(2);
        w.pass(250s);
        co_await w.turns();
        CHECK(audits() == 0);
        w.pass(55s);
        co_await w.until([&] { return audits() == 1; });
        w.tell(3);
        co_await program.hear(3);
        CHECK(program.all() == "connected 1 2 3");
    });
}

TEST_CASE("what a creation needs is checked again when a subscription is created anew: a filter refused then ends it with the reason")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.delete_subscription(subscription.info().id);
        w.box.inject(fault::status(sandbox_call::subscription_create, 403, {"SUB-402"}));
        w.pass(305s);
        std::optional<ringtail::failure> why;
        while (!why) {
            why = co_await failure_of(program.hear());
        }
        CHECK(why->http_status() == 403);
        CHECK(why->has("SUB-402"));
        auto const again = co_await failure_of(subscription.next_event());
        REQUIRE(again.has_value());
        CHECK(again->has("SUB-402"));
    });
}

TEST_CASE("a creation without an answer is looked for before it is asked for again")
{
    for (auto const how : {effect::lost, effect::cut_header, effect::cut_body}) {
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account(w.calm_settings());
            w.box.inject(fault(sandbox_call::subscription_create, how));
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            CHECK_MESSAGE(w.requests(sandbox_call::subscription_create) == 1, to_string(how));
            CHECK(w.requests(sandbox_call::subscription_list) == 1);
            CHECK(w.box.subscription_ids() == std::vector{subscription.info().id});
            listener program(subscription);
            w.tell(1);
            co_await program.hear(1);
            CHECK(program.heard() == "1");
        });
    }
}

TEST_CASE("a creation that never reached the service is asked for again")
{
    for (auto const how : {effect::reset, effect::garbage, effect::html}) {
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account(w.calm_settings());
            w.box.inject(fault(sandbox_call::subscription_create, how));
            w.box.inject(fault::status(sandbox_call::subscription_create, 503));
            auto subscription = co_await account.create_subscription<pubnub>(messages());
            CHECK(w.requests(sandbox_call::subscription_create) == 3);
            CHECK(w.box.subscription_ids() == std::vector{subscription.info().id});
            co_await subscription.close();
        });
    }
}

TEST_CASE("somebody else's subscription with the same filters is not taken for the one whose creation had no answer")
{
    auto options = world::usual();
    options.omit_date = true; // by which the service would show that only our clock goes on
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account(w.calm_settings());
        auto const twin = co_await account.create_resource(messages(), ringtail::delivery_mode::pubnub());
        w.box.inject(fault::reset(sandbox_call::subscription_create)); // not carried out
        w.set_wall_clock(10s);                                       // the twin is old by then
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        auto const ids = w.box.subscription_ids();
        CHECK(ids.size() == 2);
        CHECK(subscription.info().id != twin.id);
        co_await subscription.close();
    });
}

TEST_CASE("a subscription that dies again and again is created at most five times in ten minutes")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account(w.calm_settings());
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        auto const created = [&] { return w.requests(sandbox_call::subscription_create); };
        auto const dies = [&] {
            w.box.delete_subscription(subscription.info().id);
            w.pass(100s);
        };
        auto settings = w.calm_settings();
        for (auto n = 2u; n <= 5u; ++n) {
            dies();
            auto const renewed = co_await failure_of(subscription.renew());
            CHECK(renewed.has_value()); // it was gone
            co_await w.until([&] { return created() == n; });
            co_await w.turns();
        }
        w.box.delete_subscription(subscription.info().id);
        co_await failure_of(subscription.renew());
        co_await w.turns();
        CHECK(created() == 5);
        w.pass(100s);
        co_await w.turns();
        CHECK(created() == 5);
        w.pass(110s); // ten minutes behind the first
        co_await w.until([&] { return created() == 6; });
        co_await subscription.close();
    });
}

} // namespace
