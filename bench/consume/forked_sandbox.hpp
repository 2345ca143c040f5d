// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "../child.hpp"
#include "../measure.hpp"
#include "../payload.hpp"

#include <ringtail/config.hpp>
#include <ringtail/sandbox.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace consume {

namespace asio = boost::asio;

inline constexpr std::string_view published_path = "/restapi/v1.0/account/~/extension/~/message-store";

/// A sandbox and what happens in it, for the child's whole life.
class publisher {
public:
    publisher(int line, std::uint64_t rate) : line_(context_, asio::local::stream_protocol(), line), rate_(rate), timer_(context_), box_(context_.get_executor(), quiet()) {}

    void run()
    {
        auto const address = box_.server_url() + '\n' + box_.client_id() + '\n' + box_.client_secret() + '\n' + box_.jwt() + '\n';
        bench::send_all(line_.native_handle(), address);
        line_.async_read_some(asio::buffer(told_), [this](boost::system::error_code ended, std::size_t) {
            began_ = clock::now();
            ended ? context_.stop() : publish();
        });
        context_.run();
    }

private:
    using clock = std::chrono::steady_clock;

    static ringtail::sandbox_options quiet()
    {
        ringtail::sandbox_options options;
        options.rate_limits = false;
        options.parallel_sessions = 0;
        options.subscription_limit = 1'000'000;
        options.encryption = ringtail::sandbox_encryption::always;
        options.subscription_lifetime = std::chrono::hours(24);
        return options;
    }

    // As much as is due by now, but never so much at once that PubNub's buffer would overflow.
    void publish()
    {
        static constexpr std::uint64_t at_once = 50;
        auto const due = static_cast<std::uint64_t>(std::chrono::duration<double>(clock::now() - began_).count() * static_cast<double>(rate_));
        for (std::uint64_t calls = 0; calls != at_once && published_ < due; ++calls) {
            auto const envelope = bench::presence_envelope(++number_);
            auto body = envelope.substr(envelope.find("\"body\":") + 7);
            body.pop_back();
            body.insert(1, "\"t\":" + std::to_string(bench::wall_ns()) + ',');
            published_ += std::max<std::uint64_t>(1, box_.publish(published_path, body));
        }
        published_ = std::max(published_, due); // what was late stays out
        timer_.expires_after(std::chrono::milliseconds(2));
        timer_.async_wait([this](auto) { publish(); });
    }

    asio::io_context context_{1};
    asio::local::stream_protocol::socket line_;
    std::array<char, 16> told_{};
    std::uint64_t rate_;
    asio::steady_timer timer_;
    ringtail::sandbox box_;
    clock::time_point began_;
    std::uint64_t number_ = 0;
    std::uint64_t published_ = 0;
};

/// The sandbox that stands in for a service, as this process sees it.
class forked_sandbox {
public:
    explicit forked_sandbox(std::uint64_t rate) : child_([rate](int line) { publisher(line, rate).run(); }) {}

    [[nodiscard]] ringtail::config settings()
    {
        ringtail::config result;
        result.server_url = child_.hear();
        result.pubnub_origin = result.server_url;
        result.client_id = child_.hear();
        result.client_secret = ringtail::secret(child_.hear());
        result.login = ringtail::jwt_login(ringtail::secret(child_.hear()));
        return result;
    }

    /// Let things happen, until this object goes.
    void start() { child_.tell("go"); }

private:
    bench::child child_;
};

} // namespace consume
