// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// Follow several accounts over PubNub with few connections: their subscriptions share long polls. The login of each account is a
// JWT, one in each line of standard input.
#include <ringtail.hpp>
#include <ringtail/pooled_pubnub.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>
#include <string>

namespace asio = boost::asio;

asio::awaitable<void> follow(ringtail::client account)
{
    ringtail::event_filters filters;
    filters.message_store("~");
    auto subscription = co_await account.create_subscription<ringtail::pooled_pubnub>(filters);
    while (auto event = co_await subscription.next_event()) {
        if (auto const* const got = std::get_if<ringtail::notification>(&*event)) {
            std::cout << account.owner_id() << ' ' << got->event() << std::endl;
        } else if (auto const* const missing = std::get_if<ringtail::gap>(&*event)) {
            // Every subscription of the poll is told, for PubNub does not say whose messages they were.
            std::cout << account.owner_id() << " may have missed something, as all of " << missing->channels.size() << " channels\n";
        }
    }
}

int main()
try {
    asio::io_context context;
    ringtail::environment shared(context.get_executor()); // its clients share polls, TLS sessions and REST connections
    for (std::string jwt; std::getline(std::cin, jwt);) {
        auto settings = ringtail::config::from_environment();
        settings.login = ringtail::jwt_login(ringtail::secret(jwt));
        ringtail::client account(shared, settings);
        asio::co_spawn(context, follow(account), [](std::exception_ptr e) {
            try {
                if (e) {
                    std::rethrow_exception(e);
                }
            } catch (std::exception const& why) {
                std::cerr << why.what() << '\n'; // the other accounts go on
            }
        });
    }
    context.run();
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
