// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// How long a notification takes over the WebSocket gateway, from the moment when a bare gateway sends it until `next_event`
// returns it; and with --peer the same for a program that connects to the same gateway, such as bench/peers/rc_ex_ws.mjs with
// the vendor's client.
//
//     bench/gateway [--count N] [--pause MICROSECONDS] [--peer 'COMMAND']
#include "bare_gateway.hpp"
#include "measure.hpp"

#include <ringtail.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <iostream>

namespace {

namespace asio = boost::asio;

class result {
public:
    std::vector<double> latencies_us;
    double cpu_us = 0;
};

asio::awaitable<void> take(ringtail::client account, std::size_t count, result* into)
{
    ringtail::event_filters filters;
    filters.message_store("~");
    auto subscription = co_await account.create_subscription<ringtail::websocket>(filters);
    double began = 0;
    while (into->latencies_us.size() < count) {
        auto const event = co_await subscription.next_event();
        auto const now = bench::wall_ns();
        if (auto const* const got = std::get_if<ringtail::notification>(&*event)) {
            auto const text = got->body_json();
            auto const published = std::strtoll(text.data() + text.find("\"t\":") + 4, nullptr, 10);
            into->latencies_us.push_back(static_cast<double>(now - published) / 1e3);
            if (into->latencies_us.size() == 1) {
                began = bench::thread_cpu_us();
            }
        }
    }
    into->cpu_us = (bench::thread_cpu_us() - began) / static_cast<double>(count - 1);
    co_await subscription.unsubscribe();
}

// To whoever subscribes next.
void publish(bench::bare_gateway& gateway, std::size_t count, std::chrono::microseconds pause)
{
    while (!gateway.subscribed()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    for (std::size_t i = 0; i != count; ++i) {
        std::this_thread::sleep_for(pause);
        gateway.notify("{\"t\":" + std::to_string(bench::wall_ns()) + "}", i);
    }
}

} // namespace

int main(int argc, char** argv)
try {
    auto const count = std::stoul(bench::option(argc, argv, "count", "5000"));
    std::chrono::microseconds const pause(std::stol(bench::option(argc, argv, "pause", "200")));
    auto const peer = bench::option(argc, argv, "peer", "");

    bench::bare_gateway gateway;
    asio::io_context context(1);
    ringtail::config settings;
    settings.server_url = gateway.url();
    settings.client_id = "id";
    settings.client_secret = ringtail::secret("secret");
    settings.login = ringtail::jwt_login(ringtail::secret("jwt"));
    ringtail::client account(context.get_executor(), settings);
    result ours;
    asio::co_spawn(context, take(account, count, &ours), [](std::exception_ptr e) { if (e) std::rethrow_exception(e); });
    std::thread publishing([&] { publish(gateway, count, pause); });
    context.run();
    publishing.join();
    std::printf("{\"client\":\"ringtail\",\"events\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"cpu_us_per_event\":%.2f}\n", ours.latencies_us.size(),
                bench::percentile(ours.latencies_us, 0.5), bench::percentile(ours.latencies_us, 0.99), ours.cpu_us);
    std::fflush(stdout);

    auto status = 0;
    if (!peer.empty()) {
        setenv("RC_SERVER_URL", gateway.url().c_str(), 1);
        setenv("RC_APP_CLIENT_ID", "id", 1);
        setenv("RC_APP_CLIENT_SECRET", "secret", 1);
        setenv("RC_USER_JWT", "jwt", 1);
        setenv("BENCH_COUNT", std::to_string(count).c_str(), 1);
        std::thread to_peer([&] { publish(gateway, count, pause); });
        status = std::system(peer.c_str());
        to_peer.join();
    }
    return status == 0 ? 0 : 1;
} catch (std::exception const& e) {
    std::cerr << "bench/gateway: " << e.what() << '\n';
    return 1;
}
