// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail.hpp>
#include <ringtail/net/http_connection.hpp>
#include <ringtail/net/http_client.hpp>
#include <ringtail/net/services.hpp>
#include <ringtail/net/url.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

namespace app {

/** POSTs notifications to one URL, one after the other.

    The next is not taken before this one was accepted (2xx), so order holds and nothing is lost while the receiver is away;
    what the program can't take waits in the subscription's queue and then on the server. */
class forwarder {
public:
    forwarder(std::shared_ptr<ringtail::net::services> services, std::string const& url)
        : services_(std::move(services)), url_(ringtail::net::url::parse(url))
    {
        url_.require_secure(false);
    }

    boost::asio::awaitable<void> forward(std::string json)
    {
        namespace asio = boost::asio;
        auto const headers = "Content-Type: application/json; charset=UTF-8\r\nUser-Agent: ringtail-listen\r\n";
        auto const message = ringtail::net::http_request("POST", url_.path.empty() ? "/" : url_.path, url_.authority(), headers, json);
        ringtail::net::endpoint const to(url_.host, url_.port, url_.encrypted());
        for (auto pause = std::chrono::milliseconds(200);; pause = std::min(pause * 2, std::chrono::milliseconds(5'000))) {
            try {
                ringtail::net::http_limits const limits(64 * 1'024, 64 * 1'024);
                ringtail::net::http_client::call_options options(limits, services_->deadlines.now() + std::chrono::seconds(10));
                auto call = services_->http->call(to, message, options);
                auto const answer = co_await asio::co_spawn(services_->strand, std::move(call), asio::use_awaitable);
                if (answer.ok()) {
                    co_return;
                }
            } catch (ringtail::failure const&) {
                // not there: it may come
            }
            asio::steady_timer timer(co_await asio::this_coro::executor, pause);
            co_await timer.async_wait(asio::use_awaitable);
        }
    }

private:
    std::shared_ptr<ringtail::net::services> services_;
    ringtail::net::url url_;
};

} // namespace app
