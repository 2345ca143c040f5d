// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/sandbox/webhook_sender.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <charconv>

namespace ringtail::sandbox_detail {

inline constexpr std::uint32_t longest_webhook_header = 16 * 1024;
inline constexpr std::uint64_t longest_webhook_answer = 1024 * 1024;

struct webhook_sender::trust {
    trust() : context(asio::ssl::context::tls_client) {}

    asio::ssl::context context;
};

struct webhook_sender::line {
    line(asio::any_io_executor executor, asio::ssl::context& trusted) : stream(executor, trusted), deadline(executor)
    {
    }

    [[nodiscard]] auto& socket() noexcept { return stream.next_layer(); }
    void close()
    {
        boost::system::error_code ignored;
        socket().close(ignored);
    }

    asio::ssl::stream<asio::ip::tcp::socket> stream; ///< its next layer when the address is plain HTTP
    asio::steady_timer deadline;
    boost::beast::flat_buffer buffer;
    bool used = false;      ///< kept from an earlier post: its end may only now be seen
    bool timed_out = false;
    bool reusable = false;
};

RINGTAIL_DECL webhook_sender::webhook_sender(asio::any_io_executor executor, std::string const& certificates,
                                             receiver on_result)
    : executor_(std::move(executor)), on_result_(std::move(on_result)), trust_(std::make_unique<trust>())
{
    auto& context = trust_->context;
    boost::system::error_code problem;
    context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                        asio::ssl::context::no_tlsv1_1);
    context.set_verify_mode(asio::ssl::verify_peer);
    context.set_default_verify_paths(problem); // there may be none
    problem.clear();
    if (!certificates.empty())
        context.load_verify_file(certificates, problem);
    if (problem)
        throw failure(error::tls_failed, "the sandbox cannot read its webhook_certificates");
}

RINGTAIL_DECL webhook_sender::~webhook_sender() = default;

RINGTAIL_DECL void webhook_sender::send(webhook_post post)
{
    if (!stopped_)
        asio::co_spawn(executor_, deliver(shared_from_this(), std::move(post)), asio::detached); // does not throw
}

RINGTAIL_DECL void webhook_sender::stop()
{
    stopped_ = true;
    idle_.clear();
    for (auto const& each : busy_) {
        each->close();
        each->deadline.cancel();
    }
}

RINGTAIL_DECL asio::awaitable<void> webhook_sender::deliver(std::shared_ptr<webhook_sender> self, webhook_post post)
{
    auto const origin = (post.url.secure ? "https://" : "http://") + post.url.host + ":" + post.url.port;
    auto const id = post.id;
    webhook_result result;
    for (bool again = true; again && !self->stopped_;) {
        line_ptr to;
        auto& idle = self->idle_[origin];
        if (!idle.empty()) {
            to = std::move(idle.back());
            idle.pop_back();
        } else {
            to = std::make_shared<line>(self->executor_, self->trust_->context);
        }
        self->busy_.insert(to);
        to->timed_out = false;
        to->reusable = false;
        to->deadline.expires_after(post.timeout);
        to->deadline.async_wait([to](boost::system::error_code cancelled) {
            if (cancelled)
                return;
            to->timed_out = true;
            to->close();
        });
        bool silent = false;
        result = co_await attempt(self, post, to, silent);
        again = silent && to->used && !to->timed_out; // it had ended before this post began
        to->used = true;
        to->deadline.cancel();
        if (to->timed_out)
            result = webhook_result(webhook_result::kind::timed_out);
        self->busy_.erase(to);
        if (to->reusable && !self->stopped_ && to->socket().is_open())
            self->idle_[origin].push_back(std::move(to));
        else
            to->close();
    }
    if (!self->stopped_)
        self->on_result_(id, result);
}

RINGTAIL_DECL asio::awaitable<webhook_result> webhook_sender::connect(std::shared_ptr<webhook_sender> self,
                                                                      webhook_url url, line_ptr to)
{
    using kind = webhook_result::kind;
    boost::system::error_code problem;
    unsigned short port = 0;
    std::from_chars(url.port.data(), url.port.data() + url.port.size(), port);
    std::vector<asio::ip::address> addresses;
    if (same_text(url.host, "localhost")) {
        addresses = {asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()};
    } else if (auto const number = asio::ip::make_address(url.host, problem); !problem && number.is_loopback()) {
        addresses = {number};
    }
    problem = make_error_code(error::connection_failed);
    for (auto const& address : addresses) {
        if (to->timed_out || self->stopped_)
            break;
        boost::system::error_code ignored;
        to->socket().close(ignored);
        asio::ip::tcp::endpoint const where(address, port);
        co_await to->socket().async_connect(where, asio::redirect_error(asio::use_awaitable, problem));
        if (!problem)
            break;
    }
    if (problem)
        co_return webhook_result(kind::unreachable);
    boost::system::error_code ignored;
    to->socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    if (url.secure) {
        asio::ip::make_address(url.host, ignored);
        if (ignored) // names only
            SSL_set_tlsext_host_name(to->stream.native_handle(), url.host.c_str());
        to->stream.set_verify_callback(asio::ssl::host_name_verification(url.host), ignored);
        co_await to->stream.async_handshake(asio::ssl::stream_base::client,
                                            asio::redirect_error(asio::use_awaitable, problem));
        bool const refused = problem && SSL_get_verify_result(to->stream.native_handle()) != X509_V_OK;
        if (problem)
            co_return webhook_result(refused ? kind::bad_certificate : kind::unreachable);
    }
    co_return webhook_result(kind::answered);
}

inline std::string request_header(webhook_post const& post)
{
    bool const usual = post.url.port == (post.url.secure ? "443" : "80");
    auto const host = post.url.host.find(':') == std::string::npos ? post.url.host : "[" + post.url.host + "]";
    auto text = "POST " + post.url.target + " HTTP/1.1\r\nHost: " + host + (usual ? "" : ":" + post.url.port) +
                "\r\nAccept: application/json\r\nConnection: keep-alive\r\n";
    for (auto const& [name, value] : post.headers)
        text += name + ": " + value + "\r\n";
    return text + "Content-Length: " + std::to_string(post.body.size()) + "\r\n\r\n";
}

/// One request and its answer; how it ended, and whether there was a byte of an answer.
template <class Stream>
asio::awaitable<webhook_result> exchange(Stream& stream, boost::beast::flat_buffer& buffer, webhook_post const& post,
                                         bool& silent, bool& reusable)
{
    namespace http = boost::beast::http;
    using kind = webhook_result::kind;
    auto const header = request_header(post);
    auto text = header + post.body;
    bool const cut = post.effect == wire_effect::cut_body || post.effect == wire_effect::reset;
    if (cut)
        text.resize(header.size() + post.body.size() / 2);
    std::size_t const piece = post.effect == wire_effect::trickle ? 16 : text.size();
    boost::system::error_code problem;
    for (std::size_t sent = 0; sent < text.size() && !problem; sent += piece)
        co_await asio::async_write(stream, asio::buffer(text.data() + sent, std::min(piece, text.size() - sent)),
                                   asio::redirect_error(asio::use_awaitable, problem));
    if (cut || post.effect == wire_effect::lost)
        co_return webhook_result(kind::unreachable);

    http::response_parser<http::string_body> parser;
    parser.header_limit(longest_webhook_header);
    parser.body_limit(longest_webhook_answer);
    std::size_t size = 0;
    if (!problem)
        size = co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, problem));
    silent = problem && !parser.got_some();
    if (problem && problem.category() == make_error_code(http::error::bad_version).category() &&
        problem != http::error::end_of_stream && problem != http::error::partial_message)
        co_return webhook_result(kind::invalid);
    if (problem)
        co_return webhook_result(kind::unreachable);
    auto const& answer = parser.get();
    webhook_result result(kind::answered, static_cast<int>(answer.result_int()));
    result.size = size;
    for (auto const& field : answer)
        result.headers.add(std::string(field.name_string()), std::string(field.value()));
    reusable = answer.keep_alive() && !answer.need_eof();
    co_return result;
}

RINGTAIL_DECL asio::awaitable<webhook_result> webhook_sender::attempt(std::shared_ptr<webhook_sender> self,
                                                                      webhook_post post, line_ptr to, bool& silent)
{
    if (!to->used) {
        auto const connected = co_await connect(self, post.url, to);
        if (connected.outcome != webhook_result::kind::answered)
            co_return connected;
    }
    webhook_result result;
    if (post.url.secure)
        result = co_await exchange(to->stream, to->buffer, post, silent, to->reusable);
    else
        result = co_await exchange(to->socket(), to->buffer, post, silent, to->reusable);
    if (post.effect == wire_effect::reset) {
        boost::system::error_code ignored;
        to->socket().set_option(asio::socket_base::linger(true, 0), ignored);
    }
    co_return result;
}

} // namespace ringtail::sandbox_detail
