// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// The loop of its neighbours over a library that is only declared: what a coroutine with Asio costs to compile in any case.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace asio = boost::asio;

namespace ringtail {

class notification {
public:
    [[nodiscard]] std::string_view json() const noexcept;

private:
    std::shared_ptr<void> block_;
};
class gap {
    std::vector<std::string> channels_;
};
class undecodable {
    std::string raw_;
};
class state_change {
    std::string reason_;
};
using event = std::variant<notification, gap, undecodable, state_change>;

class event_filters {
public:
    event_filters& message_store(std::string extension);

private:
    std::vector<std::string> paths_;
};

class config {
public:
    static config from_environment();
};

class pubnub;

template <class T>
class subscription {
public:
    [[nodiscard]] asio::awaitable<std::optional<event>> next_event() const;

private:
    std::shared_ptr<void> core_;
};
extern template class subscription<pubnub>;

class client {
public:
    client(asio::any_io_executor executor, config settings);

    template <class T>
    [[nodiscard]] asio::awaitable<subscription<T>> create_subscription(event_filters filters);

private:
    std::shared_ptr<void> account_;
};
extern template asio::awaitable<subscription<pubnub>> client::create_subscription<pubnub>(event_filters filters);

} // namespace ringtail

using transport = ringtail::pubnub;

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
