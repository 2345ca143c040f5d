// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/parking.hpp>
#include <ringtail/net/socket_options.hpp>
#include <ringtail/net/tcp_connector.hpp>
#include <ringtail/net/tcp_stream.hpp>
#include <ringtail/net/tls_stream.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <vector>

namespace ringtail::net {

namespace detail {

// What a name resolves to. The look-up itself can't be interrupted, so only whoever waits for it is.
class look_up {
public:
    explicit look_up(asio::any_io_executor const& on) : resolver(on) {}
    asio::ip::tcp::resolver resolver;
    std::vector<asio::ip::tcp::endpoint> found;
    error_code how;
    std::shared_ptr<parked> waiter;
};

inline asio::awaitable<std::shared_ptr<look_up>> resolve(asio::any_io_executor on, deadlines& time, endpoint to, steady_time deadline)
{
    auto const state = std::make_shared<look_up>(on);
    state->how = make_error_code(error::timed_out);
    alarm limit(time);
    co_await park([&](std::shared_ptr<parked> waiter) {
        limit.set(deadline, [waiter] { waiter->wake(); });
        state->resolver.async_resolve(to.host, std::to_string(to.port), [state, waiter](error_code how, auto const& results) {
            if (!waiter->woken()) {
                state->how = how;
                for (auto const& each : results) {
                    state->found.push_back(each.endpoint());
                }
                waiter->wake();
            }
        });
    });
    co_return state;
}

} // namespace detail

RINGTAIL_DECL asio::awaitable<std::unique_ptr<stream>> tcp_connector::connect(endpoint to, steady_time deadline)
{
    using asio::ip::tcp;
    auto const where = to.host + ':' + std::to_string(to.port);

    tcp::socket socket(executor_);
    stream* secured = nullptr;
    bool late = false;
    alarm const limit(time_, deadline, [&] {
        late = true;
        error_code ignored;
        socket.close(ignored);
        if (secured != nullptr) {
            secured->close();
        }
    });
    auto const fail = [&](error_code why) {
        return late || why == asio::error::timed_out || why == error::timed_out ? failure(error::timed_out, "connecting to " + where)
                                               : failure(error::connection_failed, where + ": " + why.message());
    };

    error_code how;
    std::vector<tcp::endpoint> candidates;
    if (auto const address = asio::ip::make_address(to.host, how); !how) {
        candidates.emplace_back(address, to.port);
    } else {
        auto const looked_up = co_await detail::resolve(executor_, time_, to, deadline);
        if (looked_up->how) {
            throw fail(looked_up->how);
        }
        candidates = looked_up->found;
    }
    how = asio::error::host_not_found;
    for (std::size_t i = 0; i != candidates.size(); ++i) {
        error_code ignored;
        socket.close(ignored);
        // An address that swallows everything leaves the others their share of the time.
        auto given_up = false;
        auto const share = (deadline - time_.now()) / static_cast<int>(candidates.size() - i);
        alarm const next(time_, time_.now() + share, [&] {
            given_up = true;
            error_code unimportant;
            socket.close(unimportant);
        });
        co_await socket.async_connect(candidates[i], asio::redirect_error(asio::use_awaitable, how));
        if (!how && !given_up) {
            break;
        }
        if (late) {
            break;
        }
        if (given_up) {
            how = asio::error::timed_out;
        } else if (how == asio::error::operation_aborted) {
            throw boost::system::system_error(how); // cancelled
        }
    }
    if (how || late) {
        throw fail(how);
    }
    stop_waiting_for_room(socket);

    if (!to.encrypted) {
        co_return std::make_unique<tcp_stream>(std::move(socket));
    }
    auto made = std::make_unique<tls_stream>(std::move(socket), *tls_, tls_->peer(to.host, to.port));
    secured = made.get();
    std::exception_ptr broken;
    try {
        co_await made->handshake();
    } catch (...) {
        broken = std::current_exception();
    }
    secured = nullptr;
    if (late) {
        throw fail(error::timed_out);
    }
    if (broken) {
        std::rethrow_exception(broken);
    }
    co_return made;
}

} // namespace ringtail::net
