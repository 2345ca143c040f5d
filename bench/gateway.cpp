// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// What a notification costs over the WebSocket gateway and how long it takes, from the moment when a bare gateway sends it until
// the program has it. Beside it the floor, a thread that blocks in recv and looks for nothing but the time; and with --peer a
// program that connects to the same gateway, such as bench/peers/rc_ex_ws.mjs with the vendor's client. Without a pause between
// notifications they are a stream, whose figure is CPU time: its latency is that of a queue.
//
//     bench/gateway [--count N] [--pause MICROSECONDS] [--peer 'COMMAND']
#include "bare_gateway.hpp"
#include "measure.hpp"
#include "settings.hpp"

#include <ringtail.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <cstring>
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
    std::size_t most_queued = 0;
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
    auto const began = bench::thread_cpu_us();
    while (into->latencies_us.size() < count) {
        auto event = subscription.try_next_event();
        if (!event) {
            event = co_await subscription.next_event();
            into->most_queued = std::max(into->most_queued, subscription.counters().queued);
        }
        auto const now = bench::wall_ns();
        if (auto const* const got = std::get_if<ringtail::notification>(&*event)) {
            into->latencies_us.push_back(static_cast<double>(now - published_at(got->body_json())) / 1e3);
        }
    }
    into->cpu_us = (bench::thread_cpu_us() - began) / static_cast<double>(count);
    co_await subscription.unsubscribe();
}

// Frames as the bare gateway sends them: of text, not masked, neither tiny nor huge.
void block(std::uint16_t port, std::size_t count, result* into)
{
    auto const socket = bench::connected(port);
    using namespace std::string_view_literals;
    bench::send_all(socket, "GET /ws HTTP/1.1\r\nSec-WebSocket-Key: k\r\n\r\n");
    bench::send_all(socket, "\x81\x97\0\0\0\0{\"messageId\":\"1\",\"a\":0}"sv);
    std::vector<char> buffer(64 * 1'024);
    std::size_t size = 0;
    auto const began = bench::thread_cpu_us();
    auto upgraded = false;
    while (into->latencies_us.size() < count) {
        auto const got = ::recv(socket, buffer.data() + size, buffer.size() - size, 0);
        auto const now = bench::wall_ns();
        if (got <= 0) {
            throw std::runtime_error("the bare gateway has left");
        }
        size += static_cast<std::size_t>(got);
        std::string_view text(buffer.data(), size);
        if (auto const end = text.find("\r\n\r\n"); !upgraded && end != std::string_view::npos) {
            upgraded = true;
            text.remove_prefix(end + 4);
        }
        auto const whole = [&text] { return 4 + static_cast<std::size_t>(static_cast<unsigned char>(text[2]) << 8 | static_cast<unsigned char>(text[3])); };
        for (; upgraded && text.size() > 4 && text.size() >= whole(); text.remove_prefix(whole())) {
            auto const at = text.substr(0, whole()).find("\"t\":");
            if (at != std::string_view::npos) {
                into->latencies_us.push_back(static_cast<double>(now - published_at(text.substr(at))) / 1e3);
            }
        }
        size = text.size();
        std::memmove(buffer.data(), text.data(), size);
    }
    into->cpu_us = (bench::thread_cpu_us() - began) / static_cast<double>(into->latencies_us.size());
    ::close(socket);
}

void print(char const* client, result& of)
{
    std::printf("{\"row\":\"gateway\",\"client\":\"%s\",\"events\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"cpu_us_per_event\":%.2f,\"most_queued\":%zu}\n", client,
                of.latencies_us.size(), bench::percentile(of.latencies_us, 0.5), bench::percentile(of.latencies_us, 0.99), of.cpu_us, of.most_queued);
    std::fflush(stdout);
}

// A usual notification that says when it was published.
std::string timed_envelope(std::uint64_t number)
{
    auto text = bench::presence_envelope(number);
    return text.insert(text.find("\"body\":{") + 8, "\"t\":" + std::to_string(bench::wall_ns()) + ',');
}

// To whoever subscribes next, unless nobody will.
void publish(std::stop_token const& enough, bench::bare_gateway& gateway, std::size_t count, std::size_t per_write, std::chrono::microseconds pause)
{
    while (!gateway.subscribed()) {
        if (enough.stop_requested()) {
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::string frames;
    for (std::size_t i = 0; i != count && !enough.stop_requested(); ++i) {
        if (pause.count() != 0) {
            std::this_thread::sleep_for(pause);
        }
        frames += bench::bare_gateway::notification(timed_envelope(i), i);
        if ((i + 1) % per_write == 0 || i + 1 == count) {
            gateway.send(frames);
            frames.clear();
        }
    }
}

} // namespace

int main(int argc, char** argv)
try {
    if (bench::help(argc, argv, "bench/gateway [--count N] [--per-write N] [--pause MICROSECONDS] [--peer 'COMMAND']")) {
        return 0;
    }
    auto const count = std::stoul(bench::option(argc, argv, "count", "5000"));
    std::chrono::microseconds const pause(std::stol(bench::option(argc, argv, "pause", "200")));
    auto const per_write = std::stoul(bench::option(argc, argv, "per-write", "1"));
    auto const peer = bench::option(argc, argv, "peer", "");

    bench::bare_gateway gateway;
    asio::io_context context(1);
    auto settings = bench::settings_for(gateway.url());
    settings.queue_capacity = 2 * count; // a stream may be faster than any reader, and what the queue drops would be waited for
    ringtail::client account(context.get_executor(), settings);
    result ours;
    asio::co_spawn(context, take(account, count, &ours), [](std::exception_ptr e) { if (e) std::rethrow_exception(e); });
    auto const publish_all = [&](std::stop_token const& enough) { publish(enough, gateway, count, per_write, pause); };
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

    if (peer.empty()) {
        return 0;
    }
    std::jthread const publishing(publish_all);
    return bench::run_peer(peer, gateway.url(), count) ? 0 : 1;
} catch (std::exception const& e) {
    std::cerr << "bench/gateway: " << e.what() << '\n';
    return 1;
}
