// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// How long a notification takes from the moment when a server on loopback begins to send it until `next_event` returns it, over
// the gateway and as the answer to a PubNub poll. Beside it an echo: the time until the same bytes come back to a client that
// sends them, with blocking sockets; and a hand-over: until a thread that sleeps in epoll_wait, as every asynchronous program does, has
// received them. All take turns.
#include "bare_gateway.hpp"
#include "measure.hpp"
#include "settings.hpp"

#include <ringtail.hpp>
#include <ringtail/pubnub.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <sys/epoll.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <stop_token>
#include <thread>

namespace {

namespace asio = boost::asio;

using clock_ns = std::atomic<std::int64_t>;

/// A PubNub on which polls wait for what is published next.
class held_pubnub {
public:
    [[nodiscard]] std::string url() const { return server_.url(); }

    static std::string reply(std::string const& envelope, std::uint64_t number)
    {
        auto const timetoken = std::to_string(start() + number);
        return bench::http_reply(R"({"t":{"t":")" + timetoken + R"(","r":4},"m":[{"a":"4","f":0,"i":"server","p":{"t":")" + timetoken +
                                 R"(","r":4},"k":"sub-c-1","c":"channel1","d":")" + bench::encrypted(envelope) + "\"}]}");
    }

    /// Whether a poll waits.
    [[nodiscard]] bool waited_for() const noexcept { return poll_ >= 0; }
    void send(std::string_view reply) { bench::send_all(poll_.exchange(-1), reply); }

private:
    static std::uint64_t start() { return static_cast<std::uint64_t>(began_ / 100); }

    bool serve(int socket, std::string const& head)
    {
        if (head.starts_with("GET /v2/subscribe/")) {
            poll_ = socket;
            return true;
        }
        auto const login = bench::login_answer(head, "", false);
        auto const one = bench::subscription_json(bench::subscription_id, bench::pubnub_delivery("channel1"), std::chrono::hours(24));
        return bench::send_all(socket, bench::http_reply(login ? *login : one));
    }

    static inline std::int64_t const began_ = bench::wall_ns();
    std::atomic<int> poll_ = -1;
    bench::blocking_server server_{[this](int socket, std::string const& head, std::string&) { return serve(socket, head); }};
};

/// When each was sent.
class departures {
public:
    explicit departures(std::size_t count) : sent_(count) {}
    void leave(std::uint64_t number) { sent_.at(number) = bench::wall_ns(); }

    /// @param uuid  begins with the number, in hex
    [[nodiscard]] double age_us(std::string_view uuid) const { return age_us(std::strtoull(std::string(uuid.substr(0, 8)).c_str(), nullptr, 16)); }
    [[nodiscard]] double age_us(std::uint64_t number) const { return static_cast<double>(bench::wall_ns() - sent_.at(number)) / 1e3; }

private:
    std::vector<clock_ns> sent_;
};

template <ringtail::transport T>
asio::awaitable<void> take(ringtail::client account, std::size_t count, departures const* sent, std::vector<double>* ages)
{
    ringtail::event_filters filters;
    filters.message_store("~");
    auto subscription = co_await account.create_subscription<T>(filters);
    while (ages->size() < count) {
        auto const event = co_await subscription.next_event();
        if (auto const* const got = std::get_if<ringtail::notification>(&*event)) {
            ages->push_back(sent->age_us(got->uuid()));
        }
    }
    co_await subscription.close();
}

/// @param publish  sends the number that it is given, once the client is ready for it
template <ringtail::transport T>
std::vector<double> follow(std::string const& url, std::size_t count, departures const& sent, std::function<void(std::stop_token const&)> const& publish)
{
    std::vector<double> ages;
    asio::io_context context(1);
    asio::co_spawn(context, take<T>(ringtail::client(context.get_executor(), bench::settings_for(url)), count, &sent, &ages), [](std::exception_ptr failed) {
        if (failed) {
            std::rethrow_exception(failed);
        }
    });
    std::jthread const publishing(publish);
    context.run();
    return ages;
}

class pace {
public:
    std::size_t count;
    std::chrono::microseconds pause;
    void rest() const { std::this_thread::sleep_for(pause); }
};

std::vector<double> over_gateway(pace const& at)
{
    bench::bare_gateway gateway;
    departures sent(at.count);
    return follow<ringtail::websocket>(gateway.url(), at.count, sent, [&](std::stop_token const& enough) {
        while (!gateway.subscribed() && !enough.stop_requested()) {
            at.rest();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100)); // the client settles
        for (std::uint64_t i = 0; i != at.count && !enough.stop_requested(); ++i) {
            auto const frame = bench::bare_gateway::notification(bench::presence_envelope(i), i);
            at.rest();
            sent.leave(i);
            gateway.send(frame);
        }
    });
}

std::vector<double> over_pubnub(pace const& at)
{
    held_pubnub pubnub;
    departures sent(at.count);
    return follow<ringtail::pubnub>(pubnub.url(), at.count, sent, [&](std::stop_token const& enough) {
        for (std::uint64_t i = 0; i != at.count && !enough.stop_requested(); ++i) {
            auto const reply = held_pubnub::reply(bench::presence_envelope(i), i);
            do {
                at.rest();
            } while (!pubnub.waited_for() && !enough.stop_requested());
            sent.leave(i);
            pubnub.send(reply);
        }
    });
}

// There and back.
std::vector<double> echo(pace const& at, std::string const& bytes)
{
    bench::blocking_server const server([](int socket, std::string const&, std::string& buffer) {
        do {
            bench::send_all(socket, buffer);
            buffer.clear();
        } while (bench::fill(socket, buffer));
        return false;
    });
    auto const socket = bench::connected(server.port());
    bench::send_all(socket, "GET / HTTP/1.1\r\n\r\n");
    std::vector<double> trips;
    for (std::size_t i = 0; i != at.count; ++i) {
        std::string back;
        at.rest();
        auto const left = bench::wall_ns();
        bench::send_all(socket, bytes);
        while (back.size() < bytes.size()) {
            if (!bench::fill(socket, back)) {
                throw std::runtime_error("the echo has left");
            }
        }
        trips.push_back(static_cast<double>(bench::wall_ns() - left) / 1e3);
    }
    ::close(socket);
    return trips;
}

// There, to who sleeps in epoll_wait.
std::vector<double> hand_over(pace const& at, std::string const& bytes)
{
    std::atomic<int> accepted = -1;
    bench::blocking_server const server([&accepted](int socket, std::string const&, std::string&) {
        accepted = ::dup(socket);
        return false;
    });
    auto const socket = bench::connected(server.port());
    bench::send_all(socket, "GET / HTTP/1.1\r\n\r\n");
    while (accepted < 0) {
        at.rest();
    }
    departures sent(at.count);
    std::jthread const publishing([&] {
        for (std::uint64_t i = 0; i != at.count; ++i) {
            at.rest();
            sent.leave(i);
            bench::send_all(accepted, bytes);
        }
    });
    auto const waits = ::epoll_create1(0);
    epoll_event arrived{};
    arrived.events = EPOLLIN;
    ::epoll_ctl(waits, EPOLL_CTL_ADD, socket, &arrived);
    std::vector<double> ages;
    std::vector<char> room(64 * 1'024);
    for (std::size_t got = 0; got < at.count * bytes.size();) {
        ::epoll_wait(waits, &arrived, 1, -1);
        auto const more = ::recv(socket, room.data(), room.size(), 0);
        if (more <= 0) {
            throw std::runtime_error("the sender has left");
        }
        got += static_cast<std::size_t>(more);
        if (got >= bytes.size()) {
            ages.push_back(sent.age_us(got / bytes.size() - 1));
        }
    }
    ::close(waits);
    ::close(accepted);
    ::close(socket);
    return ages;
}

} // namespace

int main(int argc, char** argv)
try {
    if (bench::help(argc, argv, "bench/latency [--count N] [--pause MICROSECONDS] [--repetitions N]     (2000, 300, 7)")) {
        return 0;
    }
    pace const at{std::stoul(bench::option(argc, argv, "count", "2000")), std::chrono::microseconds(std::stol(bench::option(argc, argv, "pause", "300")))};
    auto const repetitions = std::stoul(bench::option(argc, argv, "repetitions", "7"));

    class way {
    public:
        char const* transport;
        std::vector<double> (*measure)(pace const&);
        std::string bytes;
        bench::series p50{}, p99{}, echo_p50{}, echo_p99{}, p50_of_echo{}, p99_of_echo{}, epoll_p50{}, epoll_p99{}, p50_of_epoll{}, p99_of_epoll{};
    };
    way ways[] = {{"websocket", over_gateway, bench::bare_gateway::notification(bench::presence_envelope(1), 1)},
                  {"pubnub", over_pubnub, held_pubnub::reply(bench::presence_envelope(1), 1)}};
    for (std::size_t i = 0; i != repetitions; ++i) {
        for (auto& each : ways) {
            auto there = each.measure(at);
            auto back = echo(at, each.bytes);
            auto over = hand_over(at, each.bytes);
            each.epoll_p50.add(bench::percentile(over, 0.5));
            each.epoll_p99.add(bench::percentile(over, 0.99));
            each.p50_of_epoll.add(bench::percentile(there, 0.5) / bench::percentile(over, 0.5));
            each.p99_of_epoll.add(bench::percentile(there, 0.99) / bench::percentile(over, 0.99));
            each.p50.add(bench::percentile(there, 0.5));
            each.p99.add(bench::percentile(there, 0.99));
            each.echo_p50.add(bench::percentile(back, 0.5));
            each.echo_p99.add(bench::percentile(back, 0.99));
            each.p50_of_echo.add(bench::percentile(there, 0.5) / bench::percentile(back, 0.5));
            each.p99_of_echo.add(bench::percentile(there, 0.99) / bench::percentile(back, 0.99));
        }
    }
    for (auto& each : ways) {
        bench::say(std::string(R"({"row":"latency","transport":")") + each.transport + R"(","bytes":)" + std::to_string(each.bytes.size()) + ',' +
                   each.p50.json("p50_us") + ',' + each.p99.json("p99_us") + ',' + each.echo_p50.json("echo_p50_us") + ',' + each.echo_p99.json("echo_p99_us") + ',' +
                   each.epoll_p50.json("epoll_p50_us") + ',' + each.epoll_p99.json("epoll_p99_us") + ',' + each.p50_of_epoll.json("p50_of_epoll") + ',' +
                   each.p99_of_epoll.json("p99_of_epoll") + ',' + each.p50_of_echo.json("p50_of_echo") + ',' + each.p99_of_echo.json("p99_of_echo") + '}');
    }
    return 0;
} catch (std::exception const& failed) {
    std::cerr << "bench/latency: " << failed.what() << '\n';
    return 1;
}
