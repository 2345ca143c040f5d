// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// Go on after a restart where the last process had come to: `resume FILE`. At least once: what was not acknowledged comes
// again, and whatever can't be had any more is a gap.
#include <ringtail.hpp>
#include <ringtail/pubnub.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace asio = boost::asio;

std::optional<ringtail::cursor> load(std::string const& path)
{
    std::ifstream file(path);
    std::string const text(std::istreambuf_iterator<char>(file), {});
    return text.empty() ? std::nullopt : std::optional(ringtail::cursor::parse(text));
}

/// Whole or not at all: a crash in the middle leaves the former position.
void save(std::string const& path, ringtail::cursor const& where)
{
    std::ofstream(path + ".new") << where.to_json();
    std::filesystem::rename(path + ".new", path);
}

asio::awaitable<ringtail::any_subscription> subscribe(ringtail::client account, std::optional<ringtail::cursor> from)
{
    ringtail::event_filters filters;
    filters.message_store("~");
    if (from) {
        co_return co_await account.adopt_subscription<ringtail::pubnub>(*from, filters);
    }
    co_return co_await account.create_subscription<ringtail::pubnub>(filters);
}

asio::awaitable<void> follow(ringtail::client account, std::string path)
{
    auto subscription = co_await subscribe(account, load(path));
    while (auto event = co_await subscription.next_event()) {
        if (auto const* const got = std::get_if<ringtail::notification>(&*event)) {
            std::cout << got->uuid() << std::endl;
        } else if (auto const* const missing = std::get_if<ringtail::gap>(&*event)) {
            std::cout << "something may be missing: " << to_string(missing->reason) << std::endl;
        }
        subscription.acknowledge(); // done with it
        save(path, subscription.cursor());
    }
}

int main(int argc, char** argv)
try {
    if (argc != 2) {
        std::cerr << "usage: resume FILE\n";
        return 2;
    }
    asio::io_context context;
    ringtail::client account(context.get_executor(), ringtail::config::from_environment());
    asio::co_spawn(context, follow(account, argv[1]), [](std::exception_ptr e) { if (e) std::rethrow_exception(e); });
    context.run();
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
