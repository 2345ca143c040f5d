// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "support/interceptor.hpp"

#include <ringtail/websocket.hpp>

namespace {

using namespace test_support;
using ringtail::error;
using ringtail::fault;
using ringtail::websocket;
using effect = ringtail::fault_effect;

TEST_CASE("over the gateway notifications arrive once and in order, alone and in bursts")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<websocket>(messages());
        CHECK(subscription.info().delivery.transport_type == "WebSocket");
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.tell(2, 60);
        co_await program.hear(60);
        CHECK(program.all() == "connected " + numbers(1, 60));
        co_await subscription.unsubscribe();
        CHECK(w.box.subscription_ids().empty());
    });
}

/// A connection that ends in some way is recovered: what was published meanwhile arrives once and in order.
std::string recovers(std::function<void(ringtail::sandbox_options&)> with, fault const& how, int missed, std::string* heard = nullptr)
{
    auto options = world::usual();
    if (with) {
        with(options);
    }
    world w(options);
    std::string told;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<websocket>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.inject(fault::status(sandbox_call::wstoken, 503)); // not at once
        CHECK(w.box.disturb_gateway(how) == 1);
        w.tell(2, 1 + missed);
        co_await program.hear("resumed");
        w.tell(2 + missed);
        co_await program.hear(2 + missed);
        told = program.all();
        if (heard != nullptr) {
            *heard = program.heard();
        } else {
            CHECK(program.heard() == numbers(1, 2 + missed));
        }
        CHECK(w.requests(sandbox_call::subscription_create) == 1);
    });
    return told;
}

TEST_CASE("a gateway connection that ends is recovered without a loss, however it ended")
{
    for (auto const how : {effect::reset, effect::lost, effect::close_frame}) {
        auto const told = recovers({}, fault(sandbox_call::any, how), 20);
        CHECK_MESSAGE(told.find("gap") == std::string::npos, told);
        CHECK(told.starts_with("connected 1 reconnecting"));
    }
}

/// What a process hears that takes up a subscription, two notifications after an earlier one has ended behind the first.
std::string heard_after_a_restart(bool in_the_same_session)
{
    world w;
    std::string told;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        std::vector<ringtail::secret> kept;
        settings.keep_refresh_token = [&kept](ringtail::secret const& token) { kept.push_back(token); };
        std::string saved;
        {
            auto account = w.account(settings);
            auto subscription = co_await account.create_subscription<websocket>(messages());
            listener program(subscription);
            w.tell(1);
            co_await program.hear(1);
            subscription.acknowledge();
            saved = subscription.cursor().to_json();
            co_await subscription.close();
        }
        w.tell(2, 3);
        auto account = w.account(settings);
        if (in_the_same_session) {
            account.resume_session(kept.back());
        }
        auto const from = ringtail::cursor::parse(saved);
        auto subscription = co_await account.adopt_subscription<websocket>(from, messages());
        listener program(subscription);
        w.tell(4);
        co_await program.hear(4);
        told = program.all();
        CHECK(saved.find(std::string(kept.back().reveal())) == std::string::npos);
        co_await subscription.unsubscribe();
    });
    return told;
}

TEST_CASE("a gateway that always has something more lets the program take its events in time")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.queue_capacity = 400;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<websocket>(messages());
        listener program(subscription);
        w.tell(1, 5'000);
        co_await program.hear(5'000);
        CHECK(program.heard() == numbers(1, 5'000));
    });
}

TEST_CASE("a restart within the same OAuth session goes on over the gateway without a loss")
{
    auto const told = heard_after_a_restart(true);
    CHECK_MESSAGE(told.find("gap") == std::string::npos, told);
    CHECK_MESSAGE(told.find("2 3 4") != std::string::npos, told);
}

TEST_CASE("a restart in another OAuth session is a gap and a new subscription over the gateway")
{
    auto const told = heard_after_a_restart(false);
    CHECK_MESSAGE(told.find("gap") != std::string::npos, told);
    CHECK_MESSAGE(told.find("recreated") != std::string::npos, told);
    CHECK_MESSAGE(told.ends_with("4"), told);
}

TEST_CASE("a replay in the segment of the details is not lost, with every form of the session's token")
{
    for (auto const part : {0, 1, 2, 3}) {
        auto const told = recovers(
            [part](ringtail::sandbox_options& options) {
                options.replay_in_one_segment = true;
                options.details_with_upgrade = part == 1;
                options.wsc_on_every_frame = part >= 2;
                options.awkward_wsc = part == 3;
                options.wsc_single_use = part == 3;
            },
            fault(sandbox_call::any, effect::reset), 30);
        CHECK_MESSAGE(told.find("gap") == std::string::npos, told);
    }
}

TEST_CASE("of a hundred and fifty missed the newest hundred come, behind a gap")
{
    std::string heard;
    recovers({}, fault(sandbox_call::any, effect::reset), 150, &heard);
    CHECK(heard == "1 gap:replay_overflow/possible " + numbers(52, 152));
}

TEST_CASE("ninety-nine missed are no gap")
{
    auto const told = recovers({}, fault(sandbox_call::any, effect::reset), 99);
    CHECK_MESSAGE(told.find("gap") == std::string::npos, told);
}

TEST_CASE("a recovery that is refused, or left unsaid, makes another subscription, behind a proven gap")
{
    for (auto const& refusal : {fault::recovery_refused(), fault(sandbox_call::gateway_connect, effect::recovery_unsaid)}) {
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            auto subscription = co_await account.create_subscription<websocket>(messages());
            listener program(subscription);
            w.tell(1);
            co_await program.hear(1);
            w.box.inject(refusal);
            w.box.disturb_gateway(fault(sandbox_call::any, effect::reset));
            co_await program.hear("recreated");
            w.tell(2);
            co_await program.hear(2);
            CHECK(program.heard() == "1 gap:recovery_failed/proven 2");
        });
    }
}

TEST_CASE("each attempt to connect takes a token of its own, and a token or details that fail are tried again")
{
    for (auto const& trouble : {fault::status(sandbox_call::wstoken, 500), fault(sandbox_call::wstoken, effect::no_uri),
                                fault::status(sandbox_call::gateway_connect, 503), fault(sandbox_call::gateway_connect, effect::garbage),
                                fault(sandbox_call::gateway_connect, effect::no_details),
                                fault::error_frame(sandbox_call::gateway_connect, 401, "OAU-213"),
                                fault::status(sandbox_call::subscription_create, 500)}) {
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto settings = w.settings();
            settings.gateway_details_timeout = 1s;
            auto account = w.account(settings);
            w.box.inject(trouble);
            auto subscription = co_await account.create_subscription<websocket>(messages());
            listener program(subscription);
            w.tell(1);
            co_await program.hear(1);
            CHECK_MESSAGE(program.heard() == "1", to_string(trouble.effect));
            CHECK(w.box.statistics().faults == 1);
        });
    }
}

TEST_CASE("what is no frame of the gateway's is undecodable or passed over, and the connection stays")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<websocket>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.inject(fault(sandbox_call::message, effect::not_json));
        w.tell(2);
        co_await program.hear("undecodable");
        w.box.disturb_gateway(fault::error_frame(sandbox_call::any, 500, "WSG-500"));
        w.box.disturb_gateway(fault(sandbox_call::any, effect::details_again));
        w.tell(3);
        co_await program.hear(3);
        CHECK(program.heard() == "1 undecodable 3");
        CHECK(w.box.statistics().gateway_connections == 1);
    });
}

TEST_CASE("replies out of order, as an Error, without a body or in the multipart form find their requests")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<websocket>(messages());
        w.box.inject(fault(sandbox_call::gateway_request, effect::out_of_order));
        std::vector<int> statuses;
        auto ask = [&](char const* path) -> asio::awaitable<void> {
            auto wanted = ringtail::request("GET", path, ringtail::api_group::light);
            auto const answer = co_await subscription.exchange(std::move(wanted));
            statuses.push_back(answer.status);
        };
        w.beside(ask("/restapi/v1.0/account/~/extension/~"));
        w.beside(ask("/restapi/v1.0/no/such/thing"));
        co_await w.until([&] { return statuses.size() == 2; });
        CHECK(statuses == std::vector<int>{404, 200});

        w.box.inject(fault::error_frame(sandbox_call::gateway_request, 400, "CMN-101", true));
        auto const refused = co_await subscription.exchange(ringtail::request("GET", "/restapi/v1.0/account/~/extension/~"));
        CHECK(refused.status == 400);
        w.box.inject(fault(sandbox_call::gateway_request, effect::boundary));
        auto const quirky = co_await subscription.exchange(ringtail::request("GET", "/restapi/v1.0/account/~/extension/~"));
        CHECK(quirky.status == 200);
        CHECK(quirky.body.starts_with("--Boundary")); // as text, like any answer that is no JSON
        CHECK(quirky.body.find(account.owner_id()) != std::string::npos);
        CHECK(w.box.statistics().gateway_connections == 1);
    });
}

TEST_CASE("no more requests are out than the gateway allows; the others wait and are answered")
{
    auto options = world::usual();
    options.max_active_requests = 3;
    options.gateway_latency = 5ms;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<websocket>(messages());
        std::size_t done = 0;
        auto ask = [&]() -> asio::awaitable<void> {
            auto const answer = co_await subscription.exchange(ringtail::request("GET", "/restapi/v1.0/account/~/extension/~"));
            CHECK(answer.status == 200);
            ++done;
        };
        for (auto i = 0; i != 20; ++i) {
            w.beside(ask());
        }
        co_await w.until([&] { return done == 20; });
        CHECK(w.box.statistics().excess_requests == 0);
    });
}

TEST_CASE("a second subscription on one connection, and OAuth over the socket, are refused before anything is sent")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<websocket>(messages());
        auto const before = w.box.statistics().gateway_requests;
        co_await refused(subscription.exchange(ringtail::request("POST", "/restapi/v1.0/subscription", ringtail::api_group::medium, "{}")), error::unsupported);
        co_await refused(subscription.exchange(ringtail::request("POST", "/restapi/oauth/wstoken")), error::unsupported);
        CHECK(w.box.statistics().gateway_requests == before);
    });
}

TEST_CASE("silence is filled with heartbeats, so an idle connection lives on")
{
    auto options = world::usual();
    options.idle_timeout = 1s;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<websocket>(messages());
        listener program(subscription);
        co_await w.until([&] { return w.box.statistics().gateway_heartbeats >= 4; });
        w.tell(1);
        co_await program.hear(1);
        CHECK(program.all() == "connected 1");
        CHECK(w.box.statistics().gateway_timeouts == 0);
        CHECK(w.box.statistics().gateway_heartbeats < 50); // a third of the timeout apart
    });
}

TEST_CASE("a connection that the gateway ends for its age is recovered without a loss")
{
    auto options = world::usual();
    options.absolute_timeout = 300ms;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<websocket>(messages());
        listener program(subscription);
        for (auto n = 1; n <= 40; ++n) {
            w.tell(n);
            co_await program.hear(n);
            co_await w.turns(5);
        }
        co_await w.until([&] { return w.box.statistics().gateway_connections >= 3; });
        w.tell(41);
        co_await program.hear(41);
        CHECK(program.heard() == numbers(1, 41));
    });
}

TEST_CASE("a gateway that falls silent is noticed, and left for another connection without a loss")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.gateway_heartbeat = 20s;
        settings.gateway_patience = 10s;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<websocket>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.disturb_gateway(fault::stall(sandbox_call::any));
        w.tell(2, 5);
        co_await w.turns();
        w.pass(21s);
        co_await w.turns();
        w.pass(11s);
        co_await program.hear(5);
        CHECK(program.heard() == numbers(1, 5));
        CHECK(program.all().find("reconnecting") != std::string::npos);
    });
}

TEST_CASE("a gateway that answers no request is left, however often it is asked")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<websocket>(messages());
        listener program(subscription);
        w.box.disturb_gateway(fault::stall(sandbox_call::any));
        w.tell(1);
        auto const asks = [&]() -> asio::awaitable<void> {
            try {
                co_await subscription.renew();
            } catch (boost::system::system_error const&) {
                // nobody answers
            }
        };
        for (auto i = 0; i != 3; ++i) {
            w.beside(asks());
            co_await w.turns();
            w.pass(16s);
            co_await w.turns();
        }
        co_await program.hear(1);
        CHECK(program.heard() == numbers(1, 1));
        CHECK(program.all().find("reconnecting") != std::string::npos);
    });
}

TEST_CASE("a login that the gateway refuses at the start is tried once more over another connection, and not twice")
{
    for (auto const refusals : {1u, 2u}) {
        CAPTURE(refusals);
        world w;
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            w.box.inject(fault::status(sandbox_call::subscription_create, 401, {"TokenInvalid"}).times(refusals));
            std::string refused;
            try {
                auto subscription = co_await account.create_subscription<websocket>(messages());
                listener program(subscription);
                w.tell(1);
                co_await program.hear(1);
            } catch (ringtail::failure const& why) {
                refused = why.code().message();
            }
            CHECK(refused == (refusals == 1 ? "" : "not authorized"));
            CHECK(w.box.statistics().gateway_connections == 2);
        });
    }
}

TEST_CASE("a subscription that the server deleted is made again, behind a gap, over the same connection or another")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.audit_interval = 30s;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<websocket>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.delete_subscription(subscription.info().id);
        w.pass(61s);
        co_await program.hear("recreated");
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.heard() == "1 gap:recreated/proven 2");
    });
}

TEST_CASE("a REST token that expired meanwhile is refreshed for the next connection")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<websocket>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.expire_tokens();
        w.box.disturb_gateway(fault(sandbox_call::any, effect::reset));
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.heard() == "1 2");
    });
}

TEST_CASE("filters of a running gateway subscription can be changed over the socket")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<websocket>(messages());
        listener program(subscription);
        ringtail::event_filters more;
        more.extension_list();
        co_await subscription.add_filters(more);
        CHECK(subscription.outcome().complete());
        w.box.publish("/restapi/v1.0/account/~/extension", R"({"n":1})");
        co_await program.hear(1);
        CHECK(w.requests(sandbox_call::subscription_modify) == 1);
    });
}

} // namespace
