// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "timeline.hpp"

#include <ringtail/net/parking.hpp>
#include <ringtail/net/stream.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulation {

namespace asio = boost::asio;
using ringtail::error_code;

class network;

/** One connection: the client's end is a `net::stream`, the services' end are two functions.

    Bytes arrive later than they were sent, in order, and in pieces of the network's choice. */
class wire : public std::enable_shared_from_this<wire> {
public:
    wire(network& on, asio::any_io_executor client) : network_(on), client_(std::move(client)) {}

    // The services' end.
    std::function<void(std::string_view, wall_time sent)> on_bytes;
    std::function<void()> on_end; ///< the client has gone
    void send(std::string_view bytes);
    void when_arrived(std::function<void()> told); ///< all that was sent so far; never if the connection fails before
    void end();   ///< orderly, behind what was sent
    void reset(); ///< at once

    // The client's end.
    std::size_t read(char* to, std::size_t room, error_code& how) noexcept;
    std::size_t write(char const* from, std::size_t size, error_code& how) noexcept;
    asio::awaitable<void> readable();
    void when_readable(std::function<void(error_code)> told);
    asio::awaitable<void> writable();
    void close() noexcept;

    // The network.
    void break_now();      ///< both ends learn it
    void forget();         ///< a router lost it: nothing arrives any more, and nobody is told
    void fail(error_code how);

private:
    void leave();
    void deliver(std::string bytes);
    void notify();

    network& network_;
    asio::any_io_executor client_;
    std::string inbox_;
    error_code ending_;
    bool closed_ = false;
    bool gone_ = false; // from the services' view
    bool forgotten_ = false;
    bool full_ = false;
    wall_time next_to_client_{};
    wall_time next_to_service_{};
    std::shared_ptr<ringtail::net::parked> reader_;
    std::shared_ptr<ringtail::net::parked> writer_;
    std::function<void(error_code)> told_;
};

/// What lies between the client and the services.
class network {
public:
    network(timeline& on, std::uint64_t seed) : time(on), random(seed) {}

    /// Who answers connections to the services.
    std::function<void(std::shared_ptr<wire>)> on_connection;

    // Its weather.
    wall_time refuses_until{};  ///< connections are refused
    wall_time swallows_until{}; ///< nothing gets through; what was sent arrives behind it
    wall_time ignores_until{};  ///< connections are never answered; those that stand go on
    void cut_all();
    void cut_one();
    void forget_all();

    [[nodiscard]] duration latency();
    [[nodiscard]] bool chance(double of) { return std::uniform_real_distribution(0.0, 1.0)(random) < of; }
    [[nodiscard]] std::size_t open_connections();
    void add(std::shared_ptr<wire> const& made) { wires_.push_back(made); }

    /// Connect to a port that the client listens on; nothing if nobody does.
    [[nodiscard]] std::shared_ptr<wire> dial(std::uint16_t port);

    timeline& time;
    std::mt19937_64 random;

    class listener;
    std::map<std::uint16_t, std::weak_ptr<listener>> listeners;

private:
    std::vector<std::shared_ptr<wire>> living();
    std::list<std::weak_ptr<wire>> wires_;
};

/// Gives the library connections of the network.
[[nodiscard]] std::unique_ptr<ringtail::net::connector> connector_of(network& through, machine_clock& clock, asio::any_io_executor client);

} // namespace simulation
