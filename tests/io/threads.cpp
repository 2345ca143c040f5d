// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include <ringtail.hpp>
#include <ringtail/pubnub.hpp>
#include <ringtail/sandbox.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ringtail::pubnub;
using ringtail::sandbox_call;

constexpr char const* message_store = "/restapi/v1.0/account/~/extension/~/message-store";

/// A sandbox, and a context that several threads run.
class crowd {
public:
    explicit crowd(std::size_t threads = 4) : guard_(context.get_executor()), box(context.get_executor(), options())
    {
        for (std::size_t i = 0; i < threads; ++i) {
            threads_.emplace_back([this] { context.run(); });
        }
    }
    ~crowd()
    {
        box.stop();
        guard_.reset();
        for (auto& each : threads_) {
            each.join();
        }
    }

    static ringtail::sandbox_options options()
    {
        ringtail::sandbox_options made;
        made.rate_limits = false;
        made.parallel_sessions = 0;
        made.subscription_limit = 100;
        return made;
    }

    ringtail::config settings()
    {
        ringtail::config made;
        made.server_url = box.server_url();
        made.pubnub_origin = box.pubnub_origin();
        made.client_id = box.client_id();
        made.client_secret = ringtail::secret(box.client_secret());
        made.login = ringtail::jwt_login(ringtail::secret(box.jwt()));
        made.retry = [](ringtail::retry_attempt const&) { return ringtail::duration(2ms); };
        return made;
    }

    /// Run on the context, and wait for it in this thread.
    template <class Result>
    Result wait(asio::awaitable<Result> operation)
    {
        auto result = asio::co_spawn(context, std::move(operation), asio::use_future);
        REQUIRE(result.wait_for(60s) == std::future_status::ready);
        return result.get();
    }

    asio::io_context context;

private:
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    std::vector<std::thread> threads_;

public:
    ringtail::sandbox box;
};

ringtail::event_filters messages()
{
    ringtail::event_filters filters;
    filters.message_store("~");
    return filters;
}

asio::awaitable<ringtail::any_subscription> subscribe(ringtail::client account)
{
    co_return co_await account.create_subscription<pubnub>(messages(), true);
}

/// Takes notifications until the last one; counts them, and what is out of order.
asio::awaitable<void> follow(ringtail::any_subscription& subscription, int last, std::atomic<int>& heard, std::atomic<int>& wrong)
{
    auto next = 1;
    while (next <= last) {
        auto const event = co_await subscription.next_event();
        if (!event) {
            ++wrong;
            co_return;
        }
        if (auto const* const note = std::get_if<ringtail::notification>(&*event)) {
            wrong += note->body_json() == R"({"n":)" + std::to_string(next) + '}' ? 0 : 1;
            ++next;
            ++heard;
        } else if (!std::holds_alternative<ringtail::state_change>(*event)) {
            ++wrong;
        }
    }
}

/// Publishes `last` notifications in bursts, each once all of the burst before were heard by `listeners`.
void publish(ringtail::sandbox& box, int last, int burst, std::atomic<int> const& heard, int listeners)
{
    auto const limit = std::chrono::steady_clock::now() + 60s; // a net, for when something was lost
    for (auto n = 1; n <= last; ++n) {
        box.publish(message_store, R"({"n":)" + std::to_string(n) + '}');
        if (n % burst == 0) {
            while (heard < n * listeners && std::chrono::steady_clock::now() < limit) {
                std::this_thread::yield();
            }
        }
    }
}

TEST_CASE("many subscriptions of several clients are followed on a context that four threads run")
{
    crowd all;
    constexpr auto clients = 3;
    constexpr auto each = 3;
    constexpr auto last = 100;
    std::vector<ringtail::client> accounts;
    std::vector<ringtail::any_subscription> subscriptions;
    for (auto i = 0; i < clients; ++i) { // with environments, and so strands, of their own
        accounts.emplace_back(all.context.get_executor(), all.settings());
        for (auto k = 0; k < each; ++k) {
            subscriptions.push_back(all.wait(subscribe(accounts.back())));
        }
    }
    std::atomic<int> heard = 0;
    std::atomic<int> wrong = 0;
    std::vector<std::future<void>> followers;
    for (auto& one : subscriptions) {
        followers.push_back(asio::co_spawn(all.context, follow(one, last, heard, wrong), asio::use_future));
    }
    publish(all.box, last, 20, heard, clients * each);
    for (auto& one : followers) {
        REQUIRE(one.wait_for(60s) == std::future_status::ready);
        one.get();
    }
    CHECK(heard == clients * each * last);
    CHECK(wrong == 0);
    for (auto& one : subscriptions) {
        all.wait(one.close());
    }
}

TEST_CASE("clients of one environment share its strand on a context that four threads run")
{
    crowd all;
    ringtail::environment const shared(all.context.get_executor());
    std::vector<ringtail::client> accounts;
    std::vector<ringtail::any_subscription> subscriptions;
    for (auto i = 0; i < 4; ++i) {
        accounts.emplace_back(shared, all.settings());
        subscriptions.push_back(all.wait(subscribe(accounts.back())));
    }
    std::atomic<int> heard = 0;
    std::atomic<int> wrong = 0;
    std::vector<std::future<void>> followers;
    for (auto& one : subscriptions) {
        followers.push_back(asio::co_spawn(all.context, follow(one, 60, heard, wrong), asio::use_future));
    }
    publish(all.box, 60, 15, heard, 4);
    for (auto& one : followers) {
        REQUIRE(one.wait_for(60s) == std::future_status::ready);
    }
    CHECK(wrong == 0);
    for (auto& one : subscriptions) {
        all.wait(one.unsubscribe());
    }
    CHECK(all.box.subscription_ids().empty());
}

TEST_CASE("next_event may be called from any executor: other contexts, thread pools, strands")
{
    crowd all(2);
    ringtail::client account(all.context.get_executor(), all.settings());
    asio::thread_pool pool(3);
    asio::io_context other;
    auto const other_guard = asio::make_work_guard(other);
    std::thread other_thread([&] { other.run(); });
    auto in_pool = all.wait(subscribe(account));
    auto in_other = all.wait(subscribe(account));
    auto in_strand = all.wait(subscribe(account));
    auto wandering = all.wait(subscribe(account));
    std::atomic<int> heard = 0;
    std::atomic<int> wrong = 0;
    std::vector<std::future<void>> followers;
    followers.push_back(asio::co_spawn(pool, follow(in_pool, 80, heard, wrong), asio::use_future));
    followers.push_back(asio::co_spawn(other, follow(in_other, 80, heard, wrong), asio::use_future));
    followers.push_back(asio::co_spawn(asio::make_strand(pool), follow(in_strand, 80, heard, wrong), asio::use_future));
    std::thread wanderer([&] { // one call from here, the next from there
        auto next = 1;
        while (next <= 80) {
            auto pending = next % 2 == 0 ? asio::co_spawn(pool, wandering.next_event(), asio::use_future)
                                         : asio::co_spawn(other, wandering.next_event(), asio::use_future);
            auto const event = pending.get();
            if (event && std::holds_alternative<ringtail::notification>(*event)) {
                ++next;
                ++heard;
            }
        }
    });
    publish(all.box, 80, 20, heard, 4);
    for (auto& one : followers) {
        REQUIRE(one.wait_for(60s) == std::future_status::ready);
    }
    wanderer.join();
    CHECK(heard == 320);
    CHECK(wrong == 0);
    for (auto* const one : {&in_pool, &in_other, &in_strand, &wandering}) {
        all.wait(one->close());
    }
    other.stop();
    other_thread.join();
    pool.join();
}

TEST_CASE("everything else of a subscription may be called from any thread while it is followed")
{
    crowd all;
    ringtail::client account(all.context.get_executor(), all.settings());
    auto subscription = all.wait(subscribe(account));
    std::atomic<int> heard = 0;
    std::atomic<int> wrong = 0;
    auto follower = asio::co_spawn(all.context, follow(subscription, 200, heard, wrong), asio::use_future);
    std::atomic<bool> over = false;
    std::vector<std::thread> meddlers;
    meddlers.emplace_back([&] {
        while (!over) {
            auto const info = subscription.info();
            auto const where = subscription.cursor().to_json();
            auto const outcome = subscription.outcome();
            auto const filters = subscription.filters();
            if (info.id.empty() || where.empty() || filters.empty() || outcome.requested.empty()) {
                ++wrong;
            }
            std::this_thread::yield();
        }
    });
    meddlers.emplace_back([&] {
        while (!over) {
            if (!account.authorized() || account.scopes().empty() || account.owner_id().empty()) {
                ++wrong;
            }
            subscription.acknowledge();
            std::this_thread::yield();
        }
    });
    meddlers.emplace_back([&] {
        for (auto round = 0; !over && round < 20; ++round) {
            try {
                auto filters = messages();
                if (round % 2 == 0) {
                    filters.presence("~");
                }
                asio::co_spawn(all.context, subscription.modify(filters), asio::use_future).get();
                asio::co_spawn(all.context, subscription.renew(), asio::use_future).get();
            } catch (ringtail::failure const&) {
                ++wrong;
            }
        }
    });
    publish(all.box, 200, 20, heard, 1);
    REQUIRE(follower.wait_for(60s) == std::future_status::ready);
    over = true;
    for (auto& one : meddlers) {
        one.join();
    }
    CHECK(wrong == 0);
    all.wait(subscription.close());
}

TEST_CASE("close from another thread ends a next_event that waits")
{
    crowd all;
    ringtail::client account(all.context.get_executor(), all.settings());
    for (auto round = 0; round < 10; ++round) {
        auto subscription = all.wait(subscribe(account));
        std::atomic<int> heard = 0;
        std::atomic<int> wrong = 0;
        auto follower = asio::co_spawn(all.context, follow(subscription, 1'000'000, heard, wrong), asio::use_future);
        std::thread closer([&] {
            auto closed = round % 2 == 0 ? asio::co_spawn(all.context, subscription.close(), asio::use_future)
                                         : asio::co_spawn(all.context, subscription.unsubscribe(), asio::use_future);
            closed.get();
        });
        all.box.publish(message_store, R"({"n":1})");
        REQUIRE(follower.wait_for(60s) == std::future_status::ready);
        closer.join();
    }
}

TEST_CASE("handles may be destroyed in any thread, at any moment")
{
    crowd all;
    ringtail::client account(all.context.get_executor(), all.settings());
    for (auto round = 0; round < 10; ++round) {
        auto handle = std::make_unique<ringtail::any_subscription>(all.wait(subscribe(account)));
        auto pending = asio::co_spawn(all.context, handle->next_event(), asio::use_future);
        all.box.publish(message_store, R"({"n":1})");
        std::thread destroyer([&] { handle.reset(); });
        REQUIRE(pending.wait_for(60s) == std::future_status::ready);
        pending.get();
        destroyer.join();
    }
}

TEST_CASE("calls of one client may be made from many threads together")
{
    crowd all;
    ringtail::client account(all.context.get_executor(), all.settings());
    std::atomic<int> succeeded = 0;
    std::vector<std::thread> callers;
    for (auto i = 0; i < 4; ++i) {
        callers.emplace_back([&, i, copy = account]() mutable {
            for (auto k = 0; k < 10; ++k) {
                auto const list = asio::co_spawn(all.context, copy.list_extensions(), asio::use_future).get();
                succeeded += list.size() == 8 ? 1 : 0;
                if (k == 5 && i == 0) {
                    all.box.expire_tokens();
                }
            }
        });
    }
    for (auto& each : callers) {
        each.join();
    }
    CHECK(succeeded == 40);
}

} // namespace
