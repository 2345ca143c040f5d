// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/tcp_connector.hpp>
#include <ringtail/net/tcp_stream.hpp>
#include <ringtail/net/tls_stream.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <vector>

namespace ringtail::net {

RINGTAIL_DECL asio::awaitable<std::unique_ptr<stream>> tcp_connector::connect(endpoint to, steady_time deadline)
{
    using asio::ip::tcp;
    auto const where = to.host + ':' + std::to_string(to.port);

    tcp::resolver resolver(executor_);
    tcp::socket socket(executor_);
    stream* secured = nullptr;
    bool late = false;
    alarm const limit(time_, deadline, [&] {
        late = true;
        resolver.cancel();
        if (secured != nullptr) {
            secured->close();
        } else {
            error_code ignored;
            socket.close(ignored);
        }
    });
    auto const fail = [&](error_code why) {
        return late ? failure(error::timed_out, "connecting to " + where)
                    : failure(error::connection_failed, where + ": " + why.message());
    };

    error_code how;
    std::vector<tcp::endpoint> candidates;
    if (auto const address = asio::ip::make_address(to.host, how); !how) {
        candidates.emplace_back(address, to.port);
    } else {
        auto const found = co_await resolver.async_resolve(to.host, std::to_string(to.port),
                                                           asio::redirect_error(asio::use_awaitable, how));
        if (how) {
            if (how == asio::error::operation_aborted && !late) {
                throw boost::system::system_error(how);
            }
            throw fail(how);
        }
        candidates.assign(found.begin(), found.end());
    }

    for (auto const& candidate : candidates) {
        if (late) {
            break;
        }
        socket.close(how);
        co_await socket.async_connect(candidate, asio::redirect_error(asio::use_awaitable, how));
        if (!how) {
            break;
        }
        if (how == asio::error::operation_aborted && !late) {
            throw boost::system::system_error(how);
        }
    }
    if (late || how || !socket.is_open()) {
        throw fail(how);
    }

    if (!to.encrypted) {
        co_return std::make_unique<tcp_stream>(std::move(socket));
    }
    auto made = std::make_unique<tls_stream>(std::move(socket), *tls_, to.host);
    secured = made.get();
    try {
        co_await made->handshake();
    } catch (boost::system::system_error const& broken) {
        if (late) {
            throw fail(broken.code());
        }
        throw;
    }
    co_return made;
}

} // namespace ringtail::net
