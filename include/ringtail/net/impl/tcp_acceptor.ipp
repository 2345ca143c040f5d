// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/tcp_acceptor.hpp>
#include <ringtail/net/tcp_stream.hpp>
#include <ringtail/net/tls_stream.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ringtail::net {

RINGTAIL_DECL tcp_acceptor::tcp_acceptor(asio::any_io_executor const& strand, listening_point const& at) : acceptor_(strand)
{
    if (!at.certificate_chain.empty()) {
        identity_.emplace(at.certificate_chain, at.private_key);
    }
    error_code how;
    auto const where = at.address + ':' + std::to_string(at.port);
    auto const address = asio::ip::make_address(at.address, how);
    if (how) {
        throw failure(error::invalid_argument, "\"" + at.address + "\" is no address to listen on");
    }
    asio::ip::tcp::endpoint const place(address, at.port);
    acceptor_.open(place.protocol(), how);
    if (!how) {
        acceptor_.set_option(asio::ip::tcp::acceptor::reuse_address(true), how);
    }
    if (!how) {
        acceptor_.bind(place, how);
    }
    if (!how) {
        acceptor_.listen(asio::socket_base::max_listen_connections, how);
    }
    if (how) {
        throw failure(error::invalid_argument, "can't listen on " + where + ": " + how.message());
    }
}

namespace detail {

// One peer that can't be served, for want of memory say, must not end the others.
inline std::unique_ptr<stream> served(asio::ip::tcp::socket peer, std::optional<tls_identity> const& identity) noexcept
{
    try {
        if (identity) {
            return std::make_unique<tls_stream>(std::move(peer), *identity);
        }
        return std::make_unique<tcp_stream>(std::move(peer));
    } catch (std::exception const&) {
        return nullptr;
    }
}

} // namespace detail

RINGTAIL_DECL asio::awaitable<std::unique_ptr<stream>> tcp_acceptor::accept()
{
    for (;;) {
        error_code how;
        auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, how));
        if (!how) {
            if (auto made = detail::served(std::move(socket), identity_)) {
                co_return made;
            }
            continue;
        }
        if (how == asio::error::operation_aborted || how == asio::error::bad_descriptor) {
            throw boost::system::system_error(asio::error::operation_aborted);
        }
        // Out of descriptors or memory: others must give some back first, and asking again at once would spin.
        asio::steady_timer pause(acceptor_.get_executor(), std::chrono::milliseconds(100));
        co_await pause.async_wait(asio::use_awaitable);
    }
}

RINGTAIL_DECL void tcp_acceptor::close() noexcept
{
    error_code ignored;
    acceptor_.close(ignored);
}

} // namespace ringtail::net
