// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/crypto/base64.hpp>
#include <ringtail/net/background.hpp>
#include <ringtail/net/http_connection.hpp>
#include <ringtail/net/http_response_parser.hpp>
#include <ringtail/net/parking.hpp>
#include <ringtail/net/websocket_connection.hpp>
#include <ringtail/protocol/http_date.hpp>

#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/impl/basic_parser.hpp>
#include <openssl/evp.h>

#include <array>
#include <cstring>

namespace ringtail::net {

namespace detail {

// What the server must answer to the client's key (RFC 6455 section 4.2.2).
inline std::string websocket_accept(std::string const& key)
{
    auto const text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, 20> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    return crypto::base64_encode({reinterpret_cast<char const*>(digest.data()), digest.size()});
}

} // namespace detail

RINGTAIL_DECL asio::awaitable<std::size_t> websocket_connection::receive_some()
{
    for (;;) {
        if (!arrival_.ready(*stream_)) {
            co_await stream_->readable();
        }
        error_code how;
        auto const got = arrival_.read(*stream_, scratch_, how);
        if (how == asio::error::would_block) {
            continue;
        }
        if (how) {
            detail::throw_broken(how);
        }
        co_return got;
    }
}

RINGTAIL_DECL asio::awaitable<void> websocket_connection::upgrade(url const& where, std::string headers)
{
    std::array<std::uint64_t, 2> const nonce{random_.next(), random_.next()};
    std::string bytes(sizeof nonce, '\0');
    std::memcpy(bytes.data(), nonce.data(), sizeof nonce);
    auto const key = crypto::base64_encode(bytes);
    headers += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + "\r\n";
    outgoing_ = http_request("GET", where.path.empty() ? "/" : where.path, where.authority(), headers, {});
    flush();

    response reply;
    http_response_parser parser(reply, 64 * 1'024, 64 * 1'024);
    std::string rest;
    while (!parser.is_header_done()) {
        auto const got = co_await receive_some();
        rest.append(scratch_.data(), got);
        boost::beast::error_code verdict;
        auto const used = parser.put(asio::const_buffer(rest.data(), rest.size()), verdict);
        rest.erase(0, used);
        if (verdict && verdict != boost::beast::http::error::need_more) {
            throw failure(error::invalid_reply, "not an HTTP upgrade: " + verdict.message());
        }
    }
    if (reply.status != 101 || reply.header("Sec-WebSocket-Accept") != detail::websocket_accept(key)) {
        throw failure(error::connection_failed, "no upgrade to a WebSocket: HTTP " + std::to_string(reply.status))
            .with_answer(0, {}, {}, protocol::retry_after(reply));
    }
    kept_ = std::move(rest);
    bytes_ = kept_;
}

RINGTAIL_DECL asio::awaitable<std::vector<std::string_view> const*> websocket_connection::read()
{
    auto const self = shared_from_this();
    messages_.clear();
    assembled_.clear();
    for (;;) {
        if (take_frames()) {
            // The scratch memory is everybody's as soon as the caller waits for something else.
            rest_.assign(bytes_);
            bytes_ = rest_;
            co_return &messages_;
        }
        if (ended_) {
            throw failure(error::connection_failed, "the server closed the WebSocket");
        }
        // What is left is the beginning of a frame; it must survive the next read into the shared scratch memory.
        if (bytes_.data() != kept_.data() || bytes_.size() != kept_.size()) {
            std::string left(bytes_);
            kept_ = std::move(left);
        }
        auto const got = co_await receive_some();
        if (kept_.empty()) {
            bytes_ = std::string_view(scratch_.data(), got);
        } else {
            kept_.append(scratch_.data(), got);
            bytes_ = kept_;
        }
    }
}

RINGTAIL_DECL asio::awaitable<bool> websocket_connection::readable_by(deadlines& time, steady_time until)
{
    auto const self = shared_from_this();
    auto const ready = std::make_shared<bool>(false);
    alarm limit(time);
    co_await park([&](std::shared_ptr<parked> waiter) {
        stream_->when_readable([waiter, ready](error_code) {
            *ready = *ready || !waiter->woken();
            waiter->wake();
        });
        limit.set(until, [waiter] { waiter->wake(); });
    });
    co_return *ready;
}

RINGTAIL_DECL bool websocket_connection::take_frames()
{
    using protocol::websocket_fault;
    using protocol::websocket_opcode;
    protocol::websocket_frame frame;
    while (!ended_) {
        auto const fault = protocol::read_websocket_frame(bytes_, most_, frame);
        if (fault == websocket_fault::incomplete) {
            break;
        }
        if (fault == websocket_fault::too_large) {
            throw failure(error::reply_too_large, "a WebSocket frame");
        }
        if (fault == websocket_fault::malformed) {
            throw failure(error::invalid_reply, "a malformed WebSocket frame");
        }
        bytes_.remove_prefix(frame.size);
        switch (frame.opcode) {
        case websocket_opcode::ping: send(websocket_opcode::pong, frame.payload); break;
        case websocket_opcode::pong: break;
        case websocket_opcode::close:
            send(websocket_opcode::close, frame.payload.substr(0, 2));
            ended_ = true;
            break;
        default:
            if ((frame.opcode == websocket_opcode::continuation) != in_fragments_) {
                throw failure(error::invalid_reply, "WebSocket fragments out of order");
            }
            in_fragments_ = !frame.last;
            if (frame.last && fragments_.empty()) {
                messages_.push_back(frame.payload);
                break;
            }
            fragments_ += frame.payload;
            if (fragments_.size() > most_) {
                throw failure(error::reply_too_large, "a WebSocket message");
            }
            if (frame.last) {
                assembled_.push_back(std::move(fragments_));
                fragments_.clear();
                messages_.emplace_back(); // filled below, once nothing moves any more
            }
        }
    }
    auto next = assembled_.begin();
    for (auto& each : messages_) {
        if (each.data() == nullptr) {
            each = *next++;
        }
    }
    return !messages_.empty();
}

RINGTAIL_DECL void websocket_connection::send(protocol::websocket_opcode opcode, std::string_view payload)
{
    protocol::append_websocket_frame(outgoing_, opcode, payload, static_cast<std::uint32_t>(random_.next() >> 32));
    flush();
}

RINGTAIL_DECL void websocket_connection::flush()
{
    if (flushing_) {
        return;
    }
    error_code how;
    while (!outgoing_.empty()) {
        auto const sent = stream_->write(outgoing_.data(), outgoing_.size(), how);
        outgoing_.erase(0, sent);
        if (how) {
            break;
        }
    }
    if (outgoing_.empty()) {
        outgoing_.shrink_to_fit();
    } else if (how == asio::error::would_block) {
        flushing_ = true;
        background().run(strand_, flush_later(shared_from_this()), [](std::exception_ptr) {});
    } else {
        outgoing_.clear(); // the reader meets the same end
    }
}

RINGTAIL_DECL asio::awaitable<void> websocket_connection::flush_later(std::shared_ptr<websocket_connection> self)
{
    try {
        co_await self->stream_->writable();
    } catch (boost::system::system_error const&) {
        self->outgoing_.clear();
    }
    self->flushing_ = false;
    self->flush();
}

RINGTAIL_DECL void websocket_connection::close() noexcept
{
    try {
        if (!ended_ && !flushing_) {
            ended_ = true;
            send(protocol::websocket_opcode::close, std::string_view("\x03\xe8", 2));
        }
    } catch (std::exception const&) {
        // without a goodbye, then
    }
    stream_->close();
}

} // namespace ringtail::net
