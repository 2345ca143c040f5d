// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/socket_options.hpp>
#include <ringtail/net/stream.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace ringtail::net {

/// A plain TCP connection.
class tcp_stream final : public stream {
public:
    explicit tcp_stream(asio::ip::tcp::socket connected) : socket_(std::move(connected))
    {
        error_code ignored;
        socket_.non_blocking(true, ignored);
        set_usual_options(socket_);
    }

    std::size_t read(char* to, std::size_t room, error_code& how) noexcept override
    {
        auto const got = socket_.read_some(asio::mutable_buffer(to, room), how);
        drained_ = got < room;
        return got;
    }
    [[nodiscard]] bool drained() const noexcept override { return drained_; }
    std::size_t write(char const* from, std::size_t size, error_code& how) noexcept override
    {
        return socket_.write_some(asio::const_buffer(from, size), how);
    }
    asio::awaitable<void> readable() override
    {
        return socket_.async_wait(asio::ip::tcp::socket::wait_read, asio::use_awaitable);
    }
    void when_readable(std::function<void(error_code)> told) override
    {
        socket_.async_wait(asio::ip::tcp::socket::wait_read, std::move(told));
    }
    asio::awaitable<void> writable() override
    {
        return socket_.async_wait(asio::ip::tcp::socket::wait_write, asio::use_awaitable);
    }
    void close() noexcept override
    {
        error_code ignored;
        socket_.close(ignored);
    }

private:
    asio::ip::tcp::socket socket_;
    bool drained_ = true;
};

} // namespace ringtail::net
