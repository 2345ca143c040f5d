// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// What a process grows by while a million events go through it, over PubNub with full replies. The server is another process.
#include "bare_pubnub.hpp"
#include "child.hpp"
#include "measure.hpp"
#include "settings.hpp"

#include <ringtail.hpp>
#include <ringtail/pubnub.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <iostream>

namespace {

namespace asio = boost::asio;

constexpr std::size_t samples = 10;

/// What the process had in memory after each tenth, from the end of the warm-up on.
class growth {
public:
    std::array<long, samples + 1> resident_kib{};
    std::size_t gaps = 0;
};

asio::awaitable<void> follow(ringtail::client account, std::size_t warm_up, std::size_t count, growth* into)
{
    ringtail::event_filters filters;
    filters.message_store("~");
    auto subscription = co_await account.create_subscription<ringtail::pubnub>(filters);
    for (std::size_t i = 0, events = 0; i != into->resident_kib.size(); ++i) {
        auto const until = warm_up + count / samples * i;
        while (events < until) {
            auto event = subscription.try_next_event();
            if (!event) {
                event = co_await subscription.next_event();
            }
            events += std::holds_alternative<ringtail::notification>(*event) ? 1u : 0u;
            into->gaps += std::holds_alternative<ringtail::gap>(*event) ? 1u : 0u; // each full reply may be one
        }
        into->resident_kib[i] = bench::resident_kib();
    }
    co_await subscription.close();
}

} // namespace

int main(int argc, char** argv)
try {
    if (bench::help(argc, argv, "bench/flat [--count N] [--warm-up N]     (1000000, 50000)")) {
        return 0;
    }
    auto const count = std::stoul(bench::option(argc, argv, "count", "1000000"));
    auto const warm_up = std::stoul(bench::option(argc, argv, "warm-up", "50000"));
    bench::child server([](int line) {
        bench::bare_pubnub const pubnub(100);
        bench::send_all(line, pubnub.url() + '\n');
        std::string nothing;
        bench::fill(line, nothing); // until its end
        ::_exit(0);
    });
    growth seen;
    asio::io_context context(1);
    ringtail::client account(context.get_executor(), bench::settings_for(server.hear()));
    asio::co_spawn(context, follow(std::move(account), warm_up, count, &seen), [](std::exception_ptr failed) {
        if (failed) {
            std::rethrow_exception(failed);
        }
    });
    context.run();
    auto const most = *std::max_element(seen.resident_kib.begin(), seen.resident_kib.end());
    std::printf(R"({"row":"flat","events":%zu,"gaps":%zu,"rss_kib_warm":%ld,"rss_kib_most":%ld,"rss_kib_end":%ld,"grown_kib":%ld})"
                "\n",
                count, seen.gaps, seen.resident_kib.front(), most, seen.resident_kib.back(), most - seen.resident_kib.front());
    return 0;
} catch (std::exception const& failed) {
    std::cerr << "bench/flat: " << failed.what() << '\n';
    return 1;
}
