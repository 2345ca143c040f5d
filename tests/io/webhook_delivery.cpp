// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "support/interceptor.hpp"

#include <ringtail/webhook.hpp>

#include <boost/asio/ip/tcp.hpp>

namespace {

using namespace test_support;
using ringtail::error;
using ringtail::fault;
using ringtail::webhook;
using ringtail::webhook_options;
using effect = ringtail::fault_effect;

/// A free port, and the URL of a path there.
class place {
public:
    explicit place(world& w) : port(asio::ip::tcp::acceptor(w.context, {asio::ip::address_v4::loopback(), 0}).local_endpoint().port()) {}
    [[nodiscard]] webhook_options at(std::string const& path) const
    {
        return {"http://127.0.0.1:" + std::to_string(port) + path, "127.0.0.1", port};
    }
    std::uint16_t port;
};

TEST_CASE("over a webhook notifications arrive once and in order, and the listener is there before the handshake")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<webhook>(messages(), place(w).at("/hook"));
        CHECK(subscription.info().delivery.transport_type == "WebHook");
        CHECK(w.requests(sandbox_call::webhook_validation, 200) == 1);
        listener program(subscription);
        for (auto n = 1; n <= 20; ++n) {
            w.tell(n);
            co_await program.hear(n);
        }
        CHECK(program.all() == "connected " + numbers(1, 20));
        co_await subscription.unsubscribe();
        CHECK(w.box.subscription_ids().empty());
    });
}

TEST_CASE("deliveries that come twice or are repeated are one event each, and disorder loses nothing")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<webhook>(messages(), place(w).at("/hook"));
        listener program(subscription);
        w.box.inject(fault(sandbox_call::webhook_delivery, effect::duplicate).times(3));
        for (auto n = 1; n <= 5; ++n) {
            w.tell(n);
            co_await program.hear(n);
        }
        co_await w.turns();
        CHECK(program.heard() == numbers(1, 5));
        w.box.inject(fault(sandbox_call::webhook_delivery, effect::out_of_order));
        w.tell(6);
        w.tell(7);
        co_await program.hear(6);
        CHECK(program.heard() == numbers(1, 5) + " 7 6");
    });
}

TEST_CASE("several subscriptions share a port by path, each with what is its own")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        place const port(w);
        auto first = co_await account.create_subscription<webhook>(messages(), port.at("/first"));
        ringtail::event_filters lists;
        lists.extension_list();
        auto second = co_await account.create_subscription<webhook>(lists, port.at("/second"));
        listener one(first);
        listener two(second);
        w.tell(1);
        w.box.publish("/restapi/v1.0/account/~/extension", R"({"n":2})");
        co_await one.hear(1);
        co_await two.hear(2);
        CHECK(one.heard() == "1");
        CHECK(two.heard() == "2");
        co_await first.unsubscribe();
        w.box.publish("/restapi/v1.0/account/~/extension", R"({"n":3})");
        co_await two.hear(3);
    });
}

TEST_CASE("a call that found no way to the service stands for deliveries that found none to us, though the next one succeeded")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<webhook>(messages(), place(w).at("/hook"));
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.expire_tokens();
        w.box.inject(fault::reset(sandbox_call::token).times(2)); // the second for the kept connection's sake
        w.beside(subscription.renew());
        co_await w.until([&] { return w.box.statistics().faults == 2; });
        w.pass(1s);
        co_await program.hear("gap:unreachable/possible");
        w.tell(2);
        co_await program.hear(2);
    });
}

TEST_CASE("a program that does not take its events loses the oldest, behind a gap, and is not blacklisted")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.queue_capacity = 10;
        auto account = w.account(settings);
        auto subscription = co_await account.create_subscription<webhook>(messages(), place(w).at("/hook"));
        for (auto n = 1; n <= 30; ++n) {
            w.tell(n);
            co_await w.until([&] { return w.requests(sandbox_call::webhook_delivery, 200) == static_cast<std::uint64_t>(n); });
        }
        listener program(subscription);
        co_await program.hear(30);
        CHECK(program.heard() == "gap:queue_overflow/proven " + numbers(22, 30));
    });
}

TEST_CASE("a subscription that was blacklisted is noticed, removed and made again, behind a proven gap")
{
    auto options = world::usual();
    options.blacklist_after = 0ms;
    options.webhook_attempts = 1;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<webhook>(messages(), place(w).at("/hook"));
        auto const old = subscription.info().id;
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        w.box.inject(fault(sandbox_call::webhook_delivery, effect::reset).times(2));
        w.tell(2);
        co_await w.until([&] { return w.box.statistics().webhooks_blacklisted == 1; });
        w.pass(301s); // an audit
        co_await program.hear("recreated");
        w.box.clear_faults();
        w.tell(3);
        co_await program.hear(3);
        CHECK(program.heard() == "1 gap:recreated/proven 3");
        CHECK(subscription.info().id != old);
        CHECK(w.box.subscription_ids() == std::vector<std::string>{subscription.info().id});
    });
}

TEST_CASE("a port that is taken, an address that is none and a public URL without https are clear failures")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        asio::ip::tcp::acceptor taken(w.context, {asio::ip::address_v4::loopback(), 0});
        auto const port = taken.local_endpoint().port();
        auto const url = "http://127.0.0.1:" + std::to_string(port) + "/hook";
        auto const why = co_await refused(account.create_subscription<webhook>(messages(), webhook_options(url, "127.0.0.1", port)), error::invalid_argument);
        CHECK(std::string(why.what()).find(std::to_string(port)) != std::string::npos);
        co_await refused(account.create_subscription<webhook>(messages(), webhook_options(url, "nowhere", port)), error::invalid_argument);
        co_await refused(account.create_subscription<webhook>(messages(), webhook_options("http://app.example.com/hook", "127.0.0.1", port)), error::insecure_url);
        webhook_options half(url, "127.0.0.1", port);
        half.private_key = "/key.pem";
        co_await refused(account.create_subscription<webhook>(messages(), half), error::invalid_argument);
        webhook_options without(url, "127.0.0.1", port);
        without.private_key = without.certificate_chain = "/nonexistent.pem";
        co_await refused(account.create_subscription<webhook>(messages(), without), error::tls_failed);
        CHECK(w.box.subscription_ids().empty());
    });
}

TEST_CASE("an adopted webhook goes on with its token, behind a gap for the time in which nobody listened")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto options = place(w).at("/hook");
        options.verification_token = ringtail::secret("a token that is kept");
        std::optional<ringtail::cursor> saved;
        {
            auto subscription = co_await account.create_subscription<webhook>(messages(), options);
            listener program(subscription);
            w.tell(1);
            co_await program.hear(1);
            subscription.acknowledge();
            saved = subscription.cursor();
        }
        co_await w.turns();
        auto subscription = co_await account.adopt_subscription<webhook>(*saved, messages(), options);
        CHECK(subscription.info().id == saved->subscription_id());
        listener program(subscription);
        w.tell(2);
        co_await program.hear(2);
        CHECK(program.heard() == "gap:stale_position/possible 2");
        // One may have been overtaken by what was heard last.
        CHECK(program.last<ringtail::gap>().from <= *saved->confirmed() - 10min);
    });
}

TEST_CASE("what another subscription delivers to the same address is no sign that ours lives")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto hook = place(w).at("/hook");
        hook.verification_token = ringtail::secret("so it is me");
        auto subscription = co_await account.create_subscription<webhook>(messages(), hook);
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1); // from here on it is known that notifications name their subscription
        auto const other = co_await account.create_resource(messages(), ringtail::delivery_mode::webhook(hook.public_url, hook.verification_token));
        w.box.delete_subscription(subscription.info().id);
        for (auto n = 2; n <= 6; ++n) {
            auto const arrived = w.requests(sandbox_call::webhook_delivery);
            w.pass(200s);
            w.tell(n);
            co_await w.until_requests(sandbox_call::webhook_delivery, arrived + 1);
        }
        co_await program.hear("recreated");
        CHECK(program.heard().find("gap:recreated/proven") != std::string::npos);
    });
}

TEST_CASE("another one's webhook with the same filters is not taken for the one whose creation had no answer")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const mine = place(w).at("/mine");
        w.box.inject(fault::reset(sandbox_call::subscription_create)); // not carried out
        auto const theirs = place(w).at("/theirs");
        auto another = w.account();
        std::optional<ringtail::any_subscription> first;
        auto const start = [&]() -> asio::awaitable<void> { first = co_await account.create_subscription<webhook>(messages(), mine); };
        w.beside(start());
        auto second = co_await another.create_subscription<webhook>(messages(), theirs);
        co_await w.until([&] { return first.has_value(); });
        CHECK(first->info().id != second.info().id);
        CHECK(first->info().delivery.address == mine.public_url);
        co_await first->close();
        co_await second.close();
    });
}

TEST_CASE("a forged delivery reaches nobody, and a validation token is echoed beside a delivery")
{
    auto options = world::usual();
    options.validation_token_on_delivery = true;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        place const port(w);
        auto subscription = co_await account.create_subscription<webhook>(messages(), port.at("/hook"));
        listener program(subscription);
        auto const forged = co_await browse("http://127.0.0.1:" + std::to_string(port.port), "/hook", "POST", R"({"uuid":"x","event":"/e","body":{"n":666}})");
        CHECK(forged.status == 401);
        w.tell(1);
        co_await program.hear(1);
        CHECK(program.heard() == "1");
    });
}

} // namespace
