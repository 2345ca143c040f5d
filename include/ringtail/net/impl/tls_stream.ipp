// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/socket_options.hpp>
#include <ringtail/net/tls_stream.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace ringtail::net {

namespace detail {

inline bool would_block(int code) noexcept
{
    return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

// A BIO over a socket that reports a lost peer as an error and not as a signal.
inline BIO_METHOD* quiet_socket_method()
{
    static BIO_METHOD* const method = [] {
        auto* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "ringtail socket");
        BIO_meth_set_write_ex(made, [](BIO* bio, char const* from, std::size_t size, std::size_t* moved) {
            BIO_clear_retry_flags(bio);
            auto const sent = ::send(static_cast<tls_link const*>(BIO_get_data(bio))->socket, from, size, MSG_NOSIGNAL);
            if (sent < 0 && would_block(errno)) {
                BIO_set_retry_write(bio);
            }
            *moved = sent > 0 ? static_cast<std::size_t>(sent) : 0;
            return sent > 0 ? 1 : 0;
        });
        BIO_meth_set_read_ex(made, [](BIO* bio, char* to, std::size_t room, std::size_t* moved) {
            BIO_clear_retry_flags(bio);
            auto const got = ::recv(static_cast<tls_link const*>(BIO_get_data(bio))->socket, to, room, 0);
            if (got < 0 && would_block(errno)) {
                BIO_set_retry_read(bio);
            }
            *moved = got > 0 ? static_cast<std::size_t>(got) : 0;
            return got > 0 ? 1 : 0;
        });
        BIO_meth_set_ctrl(made, [](BIO*, int command, long, void*) -> long { return command == BIO_CTRL_FLUSH ? 1 : 0; });
        BIO_meth_set_create(made, [](BIO* bio) {
            BIO_set_init(bio, 1);
            return 1;
        });
        return made;
    }();
    return method;
}

inline std::string openssl_reason()
{
    auto const code = ERR_get_error();
    auto const* const reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    ERR_clear_error();
    return reason != nullptr ? reason : "the peer ended the connection";
}

} // namespace detail

RINGTAIL_DECL void tls_stream::free_ssl::operator()(void* ssl) const noexcept
{
    SSL_free(static_cast<SSL*>(ssl));
}

RINGTAIL_DECL tls_stream::tls_stream(asio::ip::tcp::socket connected, tls_context const& context, std::shared_ptr<tls_peer> server)
    : socket_(std::move(connected)), ssl_(SSL_new(static_cast<SSL_CTX*>(context.native())))
{
    attach_socket();
    link_.peer = std::move(server);
    auto const& host = link_.peer->host;
    auto* const ssl = static_cast<SSL*>(ssl_.get());
    error_code unfit;
    asio::ip::make_address(host, unfit);
    auto const is_address = !unfit;
    auto const named = is_address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1
                                  : SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
    if (!named) {
        throw failure(error::tls_failed, "\"" + host + "\" can't be verified as a host name");
    }
    link_.verified = std::time(nullptr);
    if (auto const earlier = link_.peer->take(link_.verified); earlier.handle) {
        link_.verified = earlier.verified;
        SSL_set_session(ssl, static_cast<SSL_SESSION*>(earlier.handle.get()));
    }
}

RINGTAIL_DECL tls_stream::tls_stream(asio::ip::tcp::socket connected, tls_identity const& identity)
    : socket_(std::move(connected)), ssl_(SSL_new(static_cast<SSL_CTX*>(identity.native())))
{
    attach_socket();
    SSL_set_accept_state(static_cast<SSL*>(ssl_.get()));
}

RINGTAIL_DECL void tls_stream::attach_socket()
{
    error_code ignored;
    socket_.native_non_blocking(true, ignored);
    set_usual_options(socket_);

    auto* const ssl = static_cast<SSL*>(ssl_.get());
    auto* const bio = ssl != nullptr ? BIO_new(detail::quiet_socket_method()) : nullptr;
    if (bio == nullptr) {
        throw failure(error::tls_failed, "OpenSSL could not make a connection");
    }
    link_.socket = socket_.native_handle();
    BIO_set_data(bio, &link_);
    SSL_set_bio(ssl, bio, bio);
}

RINGTAIL_DECL asio::awaitable<void> tls_stream::handshake()
{
    auto* const ssl = static_cast<SSL*>(ssl_.get());
    for (;;) {
        if (!socket_.is_open()) { // closed while what woke us was on its way
            throw boost::system::system_error(asio::error::operation_aborted);
        }
        ERR_clear_error();
        auto const result = SSL_connect(ssl);
        if (result == 1) {
            if (!resumed()) {
                link_.verified = std::time(nullptr);
            }
            co_return;
        }
        auto const why = SSL_get_error(ssl, result);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
            link_.peer->forget(); // in case that the server minds
            auto const verified = SSL_get_verify_result(ssl);
            auto const ended = why != SSL_ERROR_SSL || ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
            if (verified == X509_V_OK && ended) {
                ERR_clear_error();
                throw failure(error::connection_failed, link_.peer->host + ": the peer ended the connection within the TLS handshake");
            }
            auto reason = detail::openssl_reason();
            if (verified != X509_V_OK) {
                reason = X509_verify_cert_error_string(verified);
            }
            throw failure(error::tls_failed, link_.peer->host + ": " + reason);
        }
        co_await wait(why == SSL_ERROR_WANT_READ ? want::read : want::write);
    }
}

RINGTAIL_DECL bool tls_stream::resumed() const noexcept
{
    return SSL_session_reused(static_cast<SSL*>(ssl_.get())) == 1;
}

RINGTAIL_DECL std::size_t tls_stream::outcome(int result, std::size_t moved, want& next, error_code& how) noexcept
{
    how = {};
    if (result == 1) {
        return moved;
    }
    switch (SSL_get_error(static_cast<SSL*>(ssl_.get()), result)) {
    case SSL_ERROR_WANT_READ:
        next = want::read;
        how = asio::error::would_block;
        break;
    case SSL_ERROR_WANT_WRITE:
        next = want::write;
        how = asio::error::would_block;
        break;
    case SSL_ERROR_ZERO_RETURN: how = asio::error::eof; break;
    default:
        // An end without close_notify: whether something is missing is for the message's own framing to say.
        how = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? error_code(asio::error::eof)
                                                                                    : error_code(asio::error::connection_reset);
        ERR_clear_error();
    }
    return 0;
}

RINGTAIL_DECL std::size_t tls_stream::read(char* to, std::size_t room, error_code& how) noexcept
{
    if (!socket_.is_open()) {
        how = asio::error::operation_aborted;
        return 0;
    }
    ERR_clear_error();
    std::size_t moved = 0;
    auto const result = SSL_read_ex(static_cast<SSL*>(ssl_.get()), to, room, &moved);
    read_needs_ = want::read;
    auto const got = outcome(result, moved, read_needs_, how);
    blocked_ = how == asio::error::would_block;
    return got;
}

RINGTAIL_DECL bool tls_stream::drained() const noexcept
{
    return blocked_ || SSL_has_pending(static_cast<SSL*>(ssl_.get())) == 0; // what OpenSSL left in the socket shows there
}

RINGTAIL_DECL std::size_t tls_stream::write(char const* from, std::size_t size, error_code& how) noexcept
{
    if (!socket_.is_open()) {
        how = asio::error::operation_aborted;
        return 0;
    }
    ERR_clear_error();
    std::size_t moved = 0;
    auto const result = SSL_write_ex(static_cast<SSL*>(ssl_.get()), from, size, &moved);
    write_needs_ = want::write;
    return outcome(result, moved, write_needs_, how);
}

RINGTAIL_DECL asio::awaitable<void> tls_stream::wait(want what)
{
    return socket_.async_wait(what == want::read ? asio::ip::tcp::socket::wait_read : asio::ip::tcp::socket::wait_write,
                              asio::use_awaitable);
}

// A session ticket takes two buffers of 16 KiB, of which OpenSSL keeps one. Before 3.0.14 it even lets go of what holds the
// beginning of a record (CVE-2024-4741), so it is asked between two of them only.
RINGTAIL_DECL void tls_stream::return_buffers() noexcept
{
    auto* const ssl = static_cast<SSL*>(ssl_.get());
    if (std::strcmp(SSL_rstate_string(ssl), "RH") == 0 && SSL_has_pending(ssl) == 0) {
        SSL_free_buffers(ssl);
    }
}

RINGTAIL_DECL asio::awaitable<void> tls_stream::readable()
{
    return_buffers();
    return wait(read_needs_);
}

RINGTAIL_DECL void tls_stream::when_readable(std::function<void(error_code)> told)
{
    return_buffers();
    socket_.async_wait(read_needs_ == want::read ? asio::ip::tcp::socket::wait_read : asio::ip::tcp::socket::wait_write, std::move(told));
}

RINGTAIL_DECL asio::awaitable<void> tls_stream::writable()
{
    return wait(write_needs_);
}

RINGTAIL_DECL void tls_stream::close() noexcept
{
    if (socket_.is_open()) {
        ERR_clear_error();
        SSL_shutdown(static_cast<SSL*>(ssl_.get())); // says goodbye if there is room for it, and waits for nothing
        ERR_clear_error();
        error_code ignored;
        socket_.close(ignored);
        link_.socket = -1; // the number may be another connection's from now on
    }
}

} // namespace ringtail::net
