// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// A program of the smallest kind, whose compilation bench/run measures.
#include <ringtail.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <exception>
#include <optional>
#include <variant>

namespace asio = boost::asio;

using transport = ringtail::websocket;

asio::awaitable<void> follow(ringtail::client account)
{
    ringtail::event_filters filters;
    filters.message_store("~");
    auto subscription = co_await account.create_subscription<transport>(filters);
    while (auto event = co_await subscription.next_event()) {
        if (auto const* const got = std::get_if<ringtail::notification>(&*event)) {
            auto const json = got->json();
            std::printf("%.*s\n", static_cast<int>(json.size()), json.data());
        }
    }
}

int main()
{
    asio::io_context context(1);
    ringtail::client account(context.get_executor(), ringtail::config::from_environment());
    asio::co_spawn(context, follow(account), [](std::exception_ptr failed) {
        if (failed) {
            std::rethrow_exception(failed);
        }
    });
    context.run();
}
