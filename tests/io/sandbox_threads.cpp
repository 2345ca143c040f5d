// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "sandbox_fixture.hpp"

#include <boost/asio/strand.hpp>

#include <thread>
#include <vector>

namespace {

using namespace sandbox_tests;

constexpr int messages = 50;

/// Subscribes, and polls until every message came.
asio::awaitable<void> follow(sandbox& box, browser& client, int& got)
{
    auto const login = co_await log_in(box, client);
    std::string const wish = R"({"eventFilters":["/restapi/v1.0/account/~/extension/~/message-store"],)"
                             R"("deliveryMode":{"transportType":"PubNub"}})";
    auto const made = co_await client.send(http::verb::post, "/restapi/v1.0/subscription", wish, login);
    auto const mode = json::parse(made.body()).at("deliveryMode");
    auto const base = "/v2/subscribe/" + std::string(mode.at("subscriberKey").as_string()) + "/" +
                      std::string(mode.at("address").as_string()) + "/0?tt=";
    std::string cursor = "1";
    while (got < messages) {
        auto const answer = co_await client.send(http::verb::get, base + cursor);
        auto const reply = json::parse(answer.body());
        got += static_cast<int>(reply.at("m").as_array().size());
        cursor = std::string(reply.at("t").at("t").as_string());
    }
}

TEST_CASE("a sandbox may be called from any thread while others run its context")
{
    asio::io_context context;
    sandbox box(context.get_executor());
    auto const strand = asio::make_strand(context.get_executor());
    browser client(strand, box);
    int got = 0;
    std::exception_ptr failed;
    auto const finish = [&](std::exception_ptr problem) {
        failed = problem;
        box.stop();
        client.close();
    };
    asio::co_spawn(strand, follow(box, client, got), finish);
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] { context.run(); });
    for (int sent = 0; sent < messages;) {
        box.inject(fault(sandbox_call::wstoken, fault_effect::stall));
        sent += static_cast<int>(box.publish("/restapi/v1.0/account/~/extension/~/message-store"));
        (void)box.statistics();
        std::this_thread::yield();
    }
    for (auto& thread : threads)
        thread.join();
    if (failed)
        std::rethrow_exception(failed);
    CHECK(got == messages);
}

} // namespace
