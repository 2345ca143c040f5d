// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// What to do about a gap: read again, over REST, what the service keeps of it.
#include <ringtail.hpp>
#include <ringtail/pubnub.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> heal(ringtail::any_subscription& subscription, ringtail::gap missing)
{
    auto const found = co_await subscription.repair(std::move(missing));
    for (auto const& record : found.records) { // some may have come as notifications, too: compare the ids
        std::cout << "healed from " << to_string(record.source) << ": " << record.id << std::endl;
    }
    for (auto const& rest : found.unhealed) {
        std::cout << "not healed: " << rest.filter << " (" << rest.reason << ")" << std::endl;
    }
}

asio::awaitable<void> follow(ringtail::client account)
{
    ringtail::event_filters filters;
    filters.message_store("~").telephony_sessions("~");
    auto subscription = co_await account.create_subscription<ringtail::pubnub>(filters);
    while (auto event = co_await subscription.next_event()) {
        if (auto const* const got = std::get_if<ringtail::notification>(&*event)) {
            std::cout << got->event() << std::endl;
        } else if (auto const* const missing = std::get_if<ringtail::gap>(&*event)) {
            std::cout << "something may be missing: " << to_string(missing->reason) << std::endl;
            co_await heal(subscription, *missing);
        }
    }
}

int main()
try {
    asio::io_context context(1);
    ringtail::client account(context.get_executor(), ringtail::config::from_environment());
    asio::co_spawn(context, follow(account), [](std::exception_ptr failed) {
        if (failed) {
            std::rethrow_exception(failed);
        }
    });
    context.run();
} catch (std::exception const& failed) {
    std::cerr << "repair: " << failed.what() << '\n';
    return 1;
}
