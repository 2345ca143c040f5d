// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// How long a notification takes over the WebSocket gateway, from the moment when a bare gateway sends it until `next_event`
// returns it. Beside it the floor, a thread that blocks in recv and looks for nothing but the time; and with --peer a program
// that connects to the same gateway, such as bench/peers/rc_ex_ws.mjs with the vendor's client.
//
//     bench/gateway [--count N] [--pause MICROSECONDS] [--peer 'COMMAND']
#include "bare_gateway.hpp"
#include "measure.hpp"

#include <ringtail.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <cstdlib>
#include <iostream>
#include <stop_token>
#include <string_view>
#include <thread>

namespace {

namespace asio = boost::asio;

class result {
public:
    std::vector<double> latencies_us;
    double cpu_us = 0;
};

std::int64_t published_at(std::string_view text)
{
    return std::strtoll(text.data() + text.find("\"t\":") + 4, nullptr, 10);
}

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
            into->latencies_us.push_back(static_cast<double>(now - published_at(got->body_json())) / 1e3);
            if (into->latencies_us.size() == 1) {
                began = bench::thread_cpu_us();
            }
        }
    }
    into->cpu_us = (bench::thread_cpu_us() - began) / static_cast<double>(count - 1);
    co_await subscription.unsubscribe();
}

// A recv may bring several events, never part of one: the gateway sends each at once, and they are small.
void block(std::uint16_t port, std::size_t count, result* into)
{
    auto const socket = bench::connected(port);
    using namespace std::string_view_literals;
    bench::send_all(socket, "GET /ws HTTP/1.1\r\nSec-WebSocket-Key: k\r\n\r\n");
    bench::send_all(socket, "\x81\x97\0\0\0\0{\"messageId\":\"1\",\"a\":0}"sv);
    std::array<char, 16 * 1024> buffer{};
    double began = 0;
    while (into->latencies_us.size() < count) {
        auto const got = ::recv(socket, buffer.data(), buffer.size(), 0);
        auto const now = bench::wall_ns();
        if (got <= 0) {
            throw std::runtime_error("the bare gateway has left");
        }
        std::string_view const text(buffer.data(), static_cast<std::size_t>(got));
        for (auto at = text.find("\"t\":"); at != std::string_view::npos; at = text.find("\"t\":", at + 1)) {
            into->latencies_us.push_back(static_cast<double>(now - published_at(text.substr(at))) / 1e3);
            if (into->latencies_us.size() == 1) {
                began = bench::thread_cpu_us();
            }
        }
    }
    into->cpu_us = (bench::thread_cpu_us() - began) / static_cast<double>(count - 1);
    ::close(socket);
}

void print(char const* client, result& of)
{
    std::printf("{\"client\":\"%s\",\"events\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"cpu_us_per_event\":%.2f}\n", client,
                of.latencies_us.size(), bench::percentile(of.latencies_us, 0.5), bench::percentile(of.latencies_us, 0.99), of.cpu_us);
    std::fflush(stdout);
}

// To whoever subscribes next, unless nobody will.
void publish(std::stop_token const& enough, bench::bare_gateway& gateway, std::size_t count, std::chrono::microseconds pause)
{
    while (!gateway.subscribed()) {
        if (enough.stop_requested()) {
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    for (std::size_t i = 0; i != count && !enough.stop_requested(); ++i) {
        std::this_thread::sleep_for(pause);
        gateway.notify("{\"t\":" + std::to_string(bench::wall_ns()) + "}", i);
    }
}

} // namespace

int main(int argc, char** argv)
try {
    if (bench::help(argc, argv, "bench/gateway [--count N] [--pause MICROSECONDS] [--peer 'COMMAND']")) {
        return 0;
    }
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
    auto const publish_all = [&](std::stop_token const& enough) { publish(enough, gateway, count, pause); };
    {
        std::jthread const publishing(publish_all);
        context.run();
    }
    print("ringtail", ours);

    result floor;
    {
        std::jthread const publishing(publish_all);
        block(gateway.port(), count, &floor);
    }
    print("blocking recv", floor);

    auto status = 0;
    if (!peer.empty()) {
        setenv("RC_SERVER_URL", gateway.url().c_str(), 1);
        setenv("RC_APP_CLIENT_ID", "id", 1);
        setenv("RC_APP_CLIENT_SECRET", "secret", 1);
        setenv("RC_USER_JWT", "jwt", 1);
        setenv("BENCH_COUNT", std::to_string(count).c_str(), 1);
        std::jthread const publishing(publish_all);
        status = std::system(peer.c_str());
    }
    return status == 0 ? 0 : 1;
} catch (std::exception const& e) {
    std::cerr << "bench/gateway: " << e.what() << '\n';
    return 1;
}
