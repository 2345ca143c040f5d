// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// A transport of one's own: notifications from a recorded file, one JSON envelope a line, through the same subscription
// class as everything else. Nothing is created on a server, and no credentials are needed.
//
//     examples/listen --json --count 50 > recorded.jsonl; examples/own_transport recorded.jsonl
#include <ringtail.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fstream>
#include <iostream>

namespace asio = boost::asio;

/// Reads a recording to its end, and waits there for more until it is closed.
class recording {
public:
    static constexpr std::string_view name = "recording";
    // A file keeps what is not read yet, so a slow program loses nothing.
    static constexpr ringtail::when_full on_full = ringtail::when_full::stop_receiving;

    recording(ringtail::transport_context context, std::string path) : context_(std::move(context)), path_(std::move(path)) {}

    /// The position is the number of lines that were taken.
    asio::awaitable<ringtail::opened> open(ringtail::cursor const& where)
    {
        file_.open(path_);
        if (!file_) {
            throw ringtail::failure(ringtail::error::invalid_argument, "can't read " + path_);
        }
        std::string passed_over;
        lines_ = where.empty() ? 0 : std::stoul(std::string(where.position()));
        for (std::size_t i = 0; i != lines_; ++i) {
            std::getline(file_, passed_over);
        }
        closed_ = false;
        co_return where.empty() ? ringtail::continuity::fresh : ringtail::continuity::resumed;
    }

    /// No subscription on the server.
    std::optional<ringtail::delivery_mode> requested_delivery() const { return std::nullopt; }
    asio::awaitable<void> attach(ringtail::subscription_info const&) { co_return; }

    asio::awaitable<ringtail::delivery> receive()
    {
        while (!closed_) {
            if (std::getline(file_, line_)) {
                message_ = ringtail::message(line_, false); // both stay until the next call, as the concept demands
                co_return ringtail::delivery({&message_, 1}, ringtail::cursor(std::to_string(++lines_)));
            }
            file_.clear();
            co_await context_.sleep_until(context_.now() + std::chrono::milliseconds(200));
        }
        throw boost::system::system_error(asio::error::operation_aborted);
    }

    void close() noexcept { closed_ = true; }

private:
    ringtail::transport_context context_;
    std::string path_;
    std::ifstream file_;
    std::size_t lines_ = 0;
    bool closed_ = true;
    std::string line_;
    ringtail::message message_;
};

static_assert(ringtail::transport<recording>);
static_assert(!ringtail::control_channel<recording>); // it carries no requests

// What the concept refuses, at compile time and by name.
class blocking : public recording {
public:
    ringtail::delivery receive() { return {}; } // not awaitable
};
class careless : public recording {
public:
    void close() {} // may throw
};
static_assert(!ringtail::transport<blocking> && !ringtail::transport<careless>);

asio::awaitable<void> replay(ringtail::client account, std::string path)
{
    auto subscription = co_await account.create_subscription<recording>(ringtail::event_filters(), path);
    try {
        while (auto event = co_await subscription.next_event(std::chrono::seconds(1))) {
            if (auto const* const got = std::get_if<ringtail::notification>(&*event)) {
                std::cout << got->event() << ' ' << got->body_json() << std::endl;
            } else if (auto const* const bad = std::get_if<ringtail::undecodable>(&*event)) {
                std::cout << "not a notification: " << bad->raw << std::endl;
            }
        }
    } catch (ringtail::failure const& why) {
        if (why.code() != ringtail::error::timed_out) {
            throw;
        }
    }
    co_await subscription.close();
}

int main(int argc, char** argv)
try {
    if (argc != 2) {
        std::cerr << "usage: own_transport RECORDING\n";
        return 2;
    }
    asio::io_context context;
    ringtail::client account(context.get_executor(), ringtail::config());
    asio::co_spawn(context, replay(account, argv[1]), [](std::exception_ptr e) { if (e) std::rethrow_exception(e); });
    context.run();
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
