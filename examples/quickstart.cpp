// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// Follow an account: its own presence and messages, one line for each event. Needs RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET
// and RC_USER_JWT in the environment, and RC_SERVER_URL for another server than production.
#include <ringtail.hpp>
#include <ringtail/pubnub.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>

namespace asio = boost::asio;

asio::awaitable<void> follow(ringtail::client account)
{
    ringtail::event_filters filters;
    filters.presence("~", ringtail::detailed_telephony_state).message_store("~");

    auto subscription = co_await account.create_subscription<ringtail::pubnub>(filters);
    while (auto event = co_await subscription.next_event()) { // empty: closed, nothing left
        if (auto const* got = std::get_if<ringtail::notification>(&*event)) {
            std::cout << got->event() << ' ' << got->body_json() << std::endl;
        } else if (auto const* gap = std::get_if<ringtail::gap>(&*event)) {
            std::cout << "something may be missing: " << to_string(gap->reason) << std::endl;
        } else if (auto const* change = std::get_if<ringtail::state_change>(&*event)) {
            std::cout << to_string(change->state) << ' ' << change->reason << std::endl;
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
