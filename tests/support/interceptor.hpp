// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "world.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <list>

namespace test_support {

namespace http = boost::beast::http;
using wire_request = http::request<http::string_body>;
using wire_response = http::response<http::string_body>;

inline asio::ip::tcp::endpoint endpoint_of(std::string const& url)
{
    return {asio::ip::address_v4::loopback(), static_cast<unsigned short>(std::stoi(url.substr(url.rfind(':') + 1)))};
}

inline wire_response answer_with(int status, std::string body)
{
    wire_response made(static_cast<http::status>(status), 11, std::move(body));
    made.set(http::field::content_type, "application/json");
    made.prepare_payload();
    return made;
}

/// One request as a browser would send it.
inline asio::awaitable<wire_response> browse(std::string base, std::string target, http::verb method = http::verb::get,
                                             std::string body = {}, std::string authorization = {})
{
    asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect(endpoint_of(base), asio::use_awaitable);
    wire_request asked(method, target, 11, std::move(body));
    asked.set(http::field::host, "127.0.0.1");
    asked.set(http::field::content_type, "application/x-www-form-urlencoded");
    if (!authorization.empty()) {
        asked.set(http::field::authorization, authorization);
    }
    asked.prepare_payload();
    co_await http::async_write(socket, asked, asio::use_awaitable);
    boost::beast::flat_buffer buffer;
    wire_response answer;
    co_await http::async_read(socket, buffer, answer, asio::use_awaitable);
    co_return answer;
}

/** Stands between a client and the sandbox: sees every request, may answer itself or change what the sandbox answers. */
class interceptor {
public:
    explicit interceptor(world& in) : self_(std::make_shared<state>(in))
    {
        asio::co_spawn(in.context, accept(self_), asio::detached);
        in.at_end([self = self_] { self->stop(); });
    }

    [[nodiscard]] std::string url() const { return self_->url; }
    /// Answer in place of the sandbox, or nothing.
    void answers(std::function<std::optional<wire_response>(wire_request const&)> how) { self_->answers = std::move(how); }
    /// Change the sandbox's answer.
    void edits(std::function<void(wire_request const&, wire_response&)> how) { self_->edits = std::move(how); }
    [[nodiscard]] std::vector<wire_request> const& seen() const { return self_->seen; }
    [[nodiscard]] std::size_t seen(http::verb method, std::string_view target_part) const
    {
        std::size_t count = 0;
        for (auto const& each : self_->seen) {
            count += each.method() == method && each.target().find(target_part) != boost::beast::string_view::npos ? 1u : 0u;
        }
        return count;
    }

private:
    class state {
    public:
        explicit state(world& in) : acceptor(in.context, {asio::ip::address_v4::loopback(), 0}), upstream(endpoint_of(in.box.server_url()))
        {
            url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
        }
        void stop()
        {
            boost::system::error_code ignored;
            acceptor.close(ignored);
            for (auto* const each : sockets) {
                each->close(ignored);
            }
        }

        asio::ip::tcp::acceptor acceptor;
        asio::ip::tcp::endpoint upstream;
        std::string url;
        std::list<asio::ip::tcp::socket*> sockets;
        std::function<std::optional<wire_response>(wire_request const&)> answers;
        std::function<void(wire_request const&, wire_response&)> edits;
        std::vector<wire_request> seen;
    };

    static asio::awaitable<void> accept(std::shared_ptr<state> self)
    {
        for (;;) {
            boost::system::error_code problem;
            auto socket = co_await self->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, problem));
            if (problem) {
                co_return;
            }
            asio::co_spawn(self->acceptor.get_executor(), serve(self, std::move(socket)), asio::detached);
        }
    }

    static asio::awaitable<void> serve(std::shared_ptr<state> self, asio::ip::tcp::socket socket)
    {
        asio::ip::tcp::socket upstream(socket.get_executor());
        auto const here = self->sockets.insert(self->sockets.end(), &socket);
        auto const there = self->sockets.insert(self->sockets.end(), &upstream);
        try {
            boost::beast::flat_buffer buffer;
            boost::beast::flat_buffer upstream_buffer;
            for (auto more = true; more;) {
                http::request_parser<http::string_body> asked;
                asked.body_limit(16 * 1'024 * 1'024);
                co_await http::async_read(socket, buffer, asked, asio::use_awaitable);
                self->seen.push_back(asked.get());
                auto own = self->answers ? self->answers(asked.get()) : std::nullopt;
                wire_response answer;
                if (own) {
                    answer = std::move(*own);
                } else {
                    if (!upstream.is_open()) {
                        co_await upstream.async_connect(self->upstream, asio::use_awaitable);
                    }
                    co_await http::async_write(upstream, asked.get(), asio::use_awaitable);
                    http::response_parser<http::string_body> got;
                    got.body_limit(64 * 1'024 * 1'024);
                    co_await http::async_read(upstream, upstream_buffer, got, asio::use_awaitable);
                    answer = got.release();
                    if (self->edits) {
                        self->edits(asked.get(), answer);
                        if (answer.result() != http::status::no_content) {
                            answer.prepare_payload();
                        }
                    }
                }
                more = answer.keep_alive();
                co_await http::async_write(socket, answer, asio::use_awaitable);
            }
        } catch (boost::system::system_error const&) {
            // whoever went, went
        }
        self->sockets.erase(here);
        self->sockets.erase(there);
    }

    std::shared_ptr<state> self_;
};

} // namespace test_support
