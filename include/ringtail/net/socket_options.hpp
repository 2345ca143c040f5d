// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <chrono>

#if !defined(_WIN32)
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

namespace ringtail::net {

/// How long a peer that vanished without a word goes unnoticed, where the system lets a program choose.
inline constexpr std::chrono::seconds unnoticed_at_most{60};

/** What every connection of ours wants: small messages at once, and to notice a peer that vanished: one that is silent is probed
    after 30 s and given up after 30 s more, one that acknowledges nothing is given up after `unnoticed_at_most`. */
inline void set_usual_options(asio::ip::tcp::socket& socket) noexcept
{
    error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
#if defined(TCP_KEEPIDLE) && defined(TCP_KEEPINTVL) && defined(TCP_KEEPCNT) && !defined(_WIN32)
    auto const set = [&](int option, int value) { ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value); };
    set(TCP_KEEPIDLE, 30);
    set(TCP_KEEPINTVL, 10);
    set(TCP_KEEPCNT, 3);
#if defined(TCP_USER_TIMEOUT)
    set(TCP_USER_TIMEOUT, static_cast<int>(std::chrono::milliseconds(unnoticed_at_most).count())); // probes wait for lost data
#endif
#endif
}

/** Over epoll Asio goes on waiting for room in a socket that waited for it once, as connecting does, and there is nearly always room: then
    each wait for bytes would end at once and begin anew. A socket that is registered anew waits for bytes alone. */
inline void stop_waiting_for_room(asio::ip::tcp::socket& socket)
{
#if defined(__linux__)
    error_code how;
    auto const protocol = socket.local_endpoint(how).protocol();
    auto const descriptor = how ? -1 : socket.release(how);
    if (!how) {
        socket.assign(protocol, descriptor, how);
        if (how) {
            ::close(descriptor);
        }
    }
#else
    static_cast<void>(socket);
#endif
}

} // namespace ringtail::net
