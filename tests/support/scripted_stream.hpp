// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/parking.hpp>
#include <ringtail/net/stream.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace test_support {

/** The peer of a `scripted_stream`: what it sends in which pieces, and how it ends.

    Between two pieces `read` would block once, so every cut is really one. Behind the last piece it blocks for ever
    unless `ending` is set. */
class stream_script {
public:
    std::deque<std::string> pieces;
    ringtail::error_code ending;             ///< behind the last piece
    std::size_t write_room = 1'000'000;      ///< bytes that one write accepts before the next one blocks
    ringtail::error_code write_error;        ///< behind `write_room_until_error` bytes
    std::size_t write_room_until_error = 0;
    bool write_blocks = false;               ///< for ever
    std::string written;
    std::vector<std::size_t> writes;         ///< sizes of what was accepted
    bool closed = false;

    /// Send `text` cut in two at `at`, or in single bytes for npos.
    void send_cut(std::string_view text, std::size_t at)
    {
        if (at == std::string_view::npos) {
            for (auto const byte : text) {
                pieces.emplace_back(1, byte);
            }
            return;
        }
        for (auto const& part : {text.substr(0, at), text.substr(at)}) {
            if (!part.empty()) {
                pieces.emplace_back(part);
            }
        }
    }
};

/// Bytes to and from a script.
class scripted_stream final : public ringtail::net::stream {
public:
    scripted_stream(boost::asio::io_context& on, std::shared_ptr<stream_script> of) : context_(&on), script_(std::move(of)) {}
    ~scripted_stream() override { close(); }

    std::size_t read(char* to, std::size_t room, ringtail::error_code& how) noexcept override
    {
        auto const got = take(to, room, how);
        drained_ = got < room;
        return got;
    }
    [[nodiscard]] bool drained() const noexcept override { return drained_; }

    std::size_t write(char const* from, std::size_t size, ringtail::error_code& how) noexcept override
    {
        how = {};
        if (script_->closed) {
            how = boost::asio::error::bad_descriptor;
            return 0;
        }
        if (script_->write_error && script_->written.size() >= script_->write_room_until_error) {
            how = script_->write_error;
            return 0;
        }
        if (script_->write_blocks || std::exchange(full_, false)) {
            how = boost::asio::error::would_block;
            return 0;
        }
        auto const accepted = std::min(size, script_->write_room);
        script_->written.append(from, accepted);
        script_->writes.push_back(accepted);
        full_ = accepted != size;
        return accepted;
    }

    boost::asio::awaitable<void> readable() override { return wait(!script_->pieces.empty() || script_->ending); }
    void when_readable(std::function<void(ringtail::error_code)> told) override
    {
        boost::asio::co_spawn(context_->get_executor(), readable(), [told = std::move(told)](std::exception_ptr thrown) {
            told(thrown ? ringtail::error_code(boost::asio::error::operation_aborted) : ringtail::error_code());
        });
    }
    boost::asio::awaitable<void> writable() override { return wait(!script_->write_blocks); }

    void close() noexcept override
    {
        script_->closed = true;
        waiters_.notify(boost::asio::error::operation_aborted);
    }

    /// What was added to the script may be read.
    void look_again() { waiters_.notify(); }

private:
    std::size_t take(char* to, std::size_t room, ringtail::error_code& how) noexcept
    {
        how = {};
        if (script_->closed) {
            how = boost::asio::error::bad_descriptor;
            return 0;
        }
        if (std::exchange(pause_, false) || (script_->pieces.empty() && !script_->ending)) {
            how = boost::asio::error::would_block;
            return 0;
        }
        if (script_->pieces.empty()) {
            how = script_->ending;
            return 0;
        }
        auto& piece = script_->pieces.front();
        auto const size = std::min(room, piece.size());
        std::memcpy(to, piece.data(), size);
        piece.erase(0, size);
        if (piece.empty()) {
            script_->pieces.pop_front();
            pause_ = true;
        }
        return size;
    }

    boost::asio::awaitable<void> wait(bool now)
    {
        if (script_->closed) {
            throw boost::system::system_error(boost::asio::error::bad_descriptor);
        }
        if (now) {
            co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
        } else {
            co_await waiters_.wait();
        }
    }

    boost::asio::io_context* context_;
    std::shared_ptr<stream_script> script_;
    bool pause_ = false;
    bool drained_ = false;
    bool full_ = false;
    ringtail::net::notifier waiters_;
};

} // namespace test_support
