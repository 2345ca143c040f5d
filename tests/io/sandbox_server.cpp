// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "sandbox_fixture.hpp"

#include <ringtail/sandbox/toolbox.hpp>

namespace {

using namespace sandbox_tests;

constexpr std::string_view message_store = "/restapi/v1.0/account/~/extension/~/message-store";

/// The target of a poll on a subscription's channel.
std::string poll_target(json::value const& subscription, std::string_view cursor)
{
    auto const& mode = subscription.at("deliveryMode");
    return "/v2/subscribe/" + std::string(mode.at("subscriberKey").as_string()) + "/" +
           std::string(mode.at("address").as_string()) + "/0?tt=" + std::string(cursor);
}

asio::awaitable<json::value> subscribe(sandbox& box, browser& client)
{
    auto const login = co_await log_in(box, client);
    json::object body{{"deliveryMode", {{"transportType", "PubNub"}}}};
    body["eventFilters"] = json::array{message_store};
    auto const text = json::serialize(body);
    auto const answer = co_await client.send(http::verb::post, "/restapi/v1.0/subscription", text, login);
    CHECK(answer.result_int() == 200);
    co_return json::parse(answer.body());
}

asio::awaitable<void> follow_a_message(sandbox& box, browser& client)
{
    auto const subscription = co_await subscribe(box, client);
    auto const first = co_await client.send(http::verb::get, poll_target(subscription, "0"));
    auto const cursor = std::string(json::parse(first.body()).at("t").at("t").as_string());

    browser other(co_await asio::this_coro::executor, box); // publishes once the poll hangs
    auto const publish = [](sandbox& to, browser& from) -> asio::awaitable<void> {
        while (to.statistics().requests(sandbox_call::pubnub_subscribe) < 1)
            co_await from.send(http::verb::get, "/time/0");
        co_await from.send(http::verb::get, "/time/0");
        CHECK(to.publish(message_store, R"({"n":1})") == 1);
    };
    asio::co_spawn(co_await asio::this_coro::executor, publish(box, other), asio::detached);
    auto const answer = co_await client.send(http::verb::get, poll_target(subscription, cursor));
    auto const reply = json::parse(answer.body());
    CHECK(reply.at("m").as_array().size() == 1);
    CHECK(reply.at("m").at(0).at("d").at("body").at("n") == 1);
    CHECK(reply.at("m").at(0).at("d").at("subscriptionId") == subscription.at("id"));
    other.close();
}

TEST_CASE("a published event answers the hanging poll of the subscription")
{
    with_sandbox({}, follow_a_message);
}

asio::awaitable<void> wait_in_vain(sandbox& box, browser& client)
{
    auto const subscription = co_await subscribe(box, client);
    auto const answer = co_await client.send(http::verb::get, poll_target(subscription, "17"));
    CHECK(json::parse(answer.body()).at("m").as_array().empty());
    CHECK(box.statistics().empty_polls == 1);
}

TEST_CASE("a poll without messages is answered after the hold")
{
    sandbox_options options;
    options.poll_hold = 20ms;
    with_sandbox(options, wait_in_vain);
}

asio::awaitable<void> tunnel(sandbox& box, browser& client)
{
    auto const login = co_await log_in(box, client);
    auto const target = "/restapi/v1.0/subscription/none?_method=DELETE";
    auto const answer = co_await client.send(http::verb::post, target, {}, login);
    CHECK(answer.result_int() == 404);
    CHECK_FALSE(answer["RCRequestId"].empty());
    CHECK(answer["X-Rate-Limit-Group"] == "medium");
    CHECK(box.statistics().requests(sandbox_call::subscription_delete, 404) == 1);
    CHECK(box.statistics().connections == 1);
}

TEST_CASE("a POST can stand for another method, and one connection carries many requests")
{
    with_sandbox({}, tunnel);
}

asio::awaitable<void> leave_early(sandbox& box, browser& client)
{
    auto const subscription = co_await subscribe(box, client);
    browser visitor(co_await asio::this_coro::executor, box);
    auto const poll = [](browser& from, std::string target) -> asio::awaitable<void> {
        boost::system::error_code problem;
        co_await from.raw(target, problem);
    };
    auto const target = poll_target(subscription, "17");
    asio::co_spawn(co_await asio::this_coro::executor, poll(visitor, target), asio::detached);
    for (int i = 0; i < 10; ++i)
        co_await client.send(http::verb::get, "/time/0");
    visitor.close();
    for (int i = 0; i < 10; ++i)
        co_await client.send(http::verb::get, "/time/0");
    box.publish(message_store);
    co_await client.send(http::verb::get, "/time/0");
    CHECK(box.statistics().messages_delivered == 0);
}

TEST_CASE("a client that leaves its poll is forgotten")
{
    with_sandbox({}, leave_early);
}

TEST_CASE("a port that is taken is a failure with words, and stop frees it")
{
    asio::io_context context;
    sandbox_options options;
    sandbox first(context.get_executor());
    auto const url = first.server_url();
    options.port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    CHECK_THROWS_AS(sandbox(context.get_executor(), options), failure);
    first.stop();
    context.run();
    context.restart();
    sandbox second(context.get_executor(), options);
    CHECK(second.server_url() == url);
    second.stop();
    context.run();
}

TEST_CASE("a sandbox can go before its context, running or not")
{
    asio::io_context context;
    sandbox(context.get_executor());
    sandbox moved_from(context.get_executor());
    sandbox moved_to = std::move(moved_from);
    moved_to = sandbox(context.get_executor());
}

} // namespace
