// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// Follow every extension of the account with one subscription, and say which of them are not granted.
#include <ringtail.hpp>
#include <ringtail/events/presence.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> follow(ringtail::client account)
{
    ringtail::event_filters filters;
    auto const extensions = co_await account.list_extensions();
    for (auto const& each : extensions) {
        filters.presence(each.id, ringtail::detailed_telephony_state).message_store(each.id);
    }
    auto subscription = co_await account.create_subscription<ringtail::websocket>(filters);
    for (auto const& refused : subscription.outcome().refused) {
        std::cout << "not followed: " << refused.filter << ' ' << refused.reason << ' ' << refused.message << '\n';
    }
    while (auto event = co_await subscription.next_event()) {
        auto const* const got = std::get_if<ringtail::notification>(&*event);
        if (got != nullptr && got->event().find("/presence") != std::string_view::npos) {
            auto const presence = got->as<ringtail::presence>();
            std::cout << presence.extension_id << ' ' << presence.telephony_status << std::endl;
        }
    }
}

int main()
try {
    asio::io_context context;
    ringtail::client account(context.get_executor(), ringtail::config::from_environment());
    asio::co_spawn(context, follow(account), [](std::exception_ptr e) { if (e) std::rethrow_exception(e); });
    context.run();
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
