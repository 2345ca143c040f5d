// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// The ways to take events: one by one, in batches, with a deadline, with callbacks, with futures from another thread.
#include <ringtail.hpp>
#include <ringtail/pubnub.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <functional>
#include <iostream>
#include <memory>
#include <thread>

namespace asio = boost::asio;

void show(ringtail::event const& what)
{
    if (auto const* const got = std::get_if<ringtail::notification>(&what)) {
        std::cout << got->event() << std::endl;
    }
}

asio::awaitable<ringtail::any_subscription> subscribe(ringtail::client account)
{
    ringtail::event_filters filters;
    filters.message_store("~");
    co_return co_await account.create_subscription<ringtail::pubnub>(filters);
}

/// A batch costs no coroutine step for each event: take what is there, then wait.
asio::awaitable<void> in_batches(ringtail::any_subscription& subscription, int batches)
{
    while (batches-- > 0) {
        auto event = co_await subscription.next_event();
        for (; event; event = subscription.try_next_event()) {
            show(*event);
        }
    }
}

/// Nothing for ten seconds is no error of the subscription: a later call yields what comes then.
asio::awaitable<void> with_a_deadline(ringtail::any_subscription& subscription)
{
    try {
        auto const event = co_await subscription.next_event(std::chrono::seconds(10));
        if (event) {
            show(*event);
        }
    } catch (ringtail::failure const& why) {
        if (why.code() != ringtail::error::timed_out) {
            throw;
        }
        std::cout << "nothing yet\n";
    }
}

/// For code that has no coroutines: any completion token of Asio's will do.
void with_callbacks(asio::any_io_executor executor, std::shared_ptr<ringtail::any_subscription> subscription, int count)
{
    asio::co_spawn(executor, subscription->next_event(), [=](std::exception_ptr failed, std::optional<ringtail::event> event) {
        if (failed || !event || count == 0) {
            return; // it has ended, or we have seen enough
        }
        show(*event);
        with_callbacks(executor, subscription, count - 1);
    });
}

/// For a thread that may block, beside the one that runs the context.
void with_futures(asio::any_io_executor executor, ringtail::client account)
{
    auto subscription = asio::co_spawn(executor, subscribe(account), asio::use_future).get();
    auto const event = asio::co_spawn(executor, subscription.next_event(), asio::use_future).get();
    if (event) {
        show(*event);
    }
    asio::co_spawn(executor, subscription.unsubscribe(), asio::use_future).get();
}

asio::awaitable<void> all_of_them(ringtail::client account)
{
    auto subscription = co_await subscribe(account);
    co_await in_batches(subscription, 3);
    co_await with_a_deadline(subscription);
    auto const shared = std::make_shared<ringtail::any_subscription>(std::move(subscription));
    with_callbacks(co_await asio::this_coro::executor, shared, 3);
}

int main()
try {
    asio::io_context context;
    ringtail::client account(context.get_executor(), ringtail::config::from_environment());
    asio::co_spawn(context, all_of_them(account), [](std::exception_ptr e) { if (e) std::rethrow_exception(e); });
    std::jthread other([&] { with_futures(context.get_executor(), account); });
    context.run();
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
