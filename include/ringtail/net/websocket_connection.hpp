// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/arrival.hpp>
#include <ringtail/net/deadlines.hpp>
#include <ringtail/net/stream.hpp>
#include <ringtail/net/url.hpp>
#include <ringtail/protocol/random.hpp>
#include <ringtail/protocol/websocket_frames.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail::net {

/** The client's end of a WebSocket (RFC 6455): whole text messages in and out.

    Own, and not Beast's: that one reads 1,536 bytes at a time, keeps its buffers while idle, and costs a program's
    translation unit half a minute. Bytes go from the environment's scratch memory to the caller; only a message that came
    in pieces is kept. Pings are answered while reading. */
class websocket_connection : public std::enable_shared_from_this<websocket_connection> {
public:
    websocket_connection(std::unique_ptr<stream> connected, asio::any_io_executor strand, std::vector<char>& scratch,
                         protocol::random_source& random, std::size_t most)
        : stream_(std::move(connected)), strand_(std::move(strand)), scratch_(scratch), random_(random), most_(most)
    {
    }

    /** Upgrade the connection.

        @throws failure(error::connection_failed) with the server's status if it does not upgrade, and as `read` does. */
    asio::awaitable<void> upgrade(url const& where, std::string headers);

    /** Read until at least one message is there, then hand over all that are: `messages` are valid until the next call.

        @throws failure(error::connection_failed) at the end, failure(error::reply_too_large), failure(error::invalid_reply). */
    asio::awaitable<std::vector<std::string_view> const*> read();
    /// A wait that may be long, in steps: while `nothing_came`, for `readable`; then comes `read`, also if that threw.
    [[nodiscard]] bool nothing_came() noexcept { return !ended_ && arrival_.nothing_came(*stream_, scratch_); }
    asio::awaitable<void> readable() { return arrival_.readable(*stream_); }
    /// Wait until there is something to read, or until then; false if it was the time. Reads nothing.
    asio::awaitable<bool> readable_by(deadlines& time, steady_time until);

    /// Send one text message; never waits: what the socket does not take at once follows by itself.
    void send(std::string_view text) { send(protocol::websocket_opcode::text, text); }

    /// Say goodbye if there is room for it, and end at once. Pending reads fail.
    void close() noexcept;

    [[nodiscard]] std::size_t unsent() const noexcept { return outgoing_.size(); }

private:
    asio::awaitable<std::size_t> receive_some();
    bool take_frames();
    void send(protocol::websocket_opcode opcode, std::string_view payload);
    void flush();
    static asio::awaitable<void> flush_later(std::shared_ptr<websocket_connection> self);

    std::unique_ptr<stream> stream_;
    asio::any_io_executor strand_;
    std::vector<char>& scratch_;
    protocol::random_source& random_;
    std::size_t most_;

    arrival arrival_;
    std::string kept_;      // bytes of an unfinished frame
    std::string rest_;      // behind the last messages
    std::string_view bytes_;
    std::string fragments_; // of an unfinished message
    bool in_fragments_ = false;
    bool ended_ = false;
    std::vector<std::string_view> messages_;
    std::vector<std::string> assembled_;
    std::string outgoing_;
    bool flushing_ = false;
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/websocket_connection.ipp>
#endif
