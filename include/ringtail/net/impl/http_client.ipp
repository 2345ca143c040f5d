// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/http_client.hpp>

#include <algorithm>

namespace ringtail::net {

namespace detail {
inline constexpr std::chrono::seconds idle_connection_life{20};
inline constexpr std::size_t idle_connections = 16;
} // namespace detail

RINGTAIL_DECL asio::awaitable<response> http_client::call(endpoint to, std::string message, call_options options)
{
    for (auto again = false;; again = true) {
        auto connection = options.repeatable && !again ? take(to) : nullptr; // another kept one may have come to its end, too
        auto const kept = connection != nullptr;
        if (!kept) {
            auto const until = std::min(options.deadline, time_.now() + options.connect_timeout);
            connection = std::make_unique<http_connection>(co_await connector_.connect(to, until), time_, scratch_);
        }
        if (options.sent != nullptr) {
            *options.sent = true;
        }
        response reply;
        std::exception_ptr broken;
        try {
            co_await connection->exchange(message, reply, options.limits, options.deadline);
        } catch (failure const&) {
            broken = std::current_exception();
        }
        if (!broken) {
            if (connection->reusable()) {
                keep(std::move(to), std::move(connection));
            }
            co_return reply;
        }
        if (!kept || !connection->unanswered() || time_.now() >= options.deadline) {
            std::rethrow_exception(broken);
        }
        if (options.repeated != nullptr) {
            *options.repeated = true;
        }
    }
}

RINGTAIL_DECL std::unique_ptr<http_connection> http_client::take(endpoint const& to)
{
    drop_old();
    for (auto at = idle_.begin(); at != idle_.end();) {
        if (!(at->to == to)) {
            ++at;
            continue;
        }
        auto connection = std::move(at->connection);
        at = idle_.erase(at);
        if (connection->reusable()) {
            return connection;
        }
    }
    return nullptr;
}

RINGTAIL_DECL void http_client::keep(endpoint to, std::unique_ptr<http_connection> connection)
{
    idle_.emplace_front(std::move(to), std::move(connection), time_.now());
    if (idle_.size() > detail::idle_connections) {
        idle_.pop_back();
    }
}

RINGTAIL_DECL void http_client::drop_old()
{
    auto const limit = time_.now() - detail::idle_connection_life;
    while (!idle_.empty() && idle_.back().since <= limit) {
        idle_.pop_back();
    }
}

RINGTAIL_DECL void http_client::close_idle() noexcept
{
    idle_.clear();
}

} // namespace ringtail::net
