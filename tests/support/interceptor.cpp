// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "interceptor.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <list>

namespace test_support {

namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using beast_request = http::request<http::string_body>;
using beast_reply = http::response<http::string_body>;

namespace {

tcp::endpoint endpoint_of(std::string const& url)
{
    return {asio::ip::address_v4::loopback(), static_cast<unsigned short>(std::stoi(url.substr(url.rfind(':') + 1)))};
}

bool of_the_connection(http::field name)
{
    return name == http::field::content_length || name == http::field::transfer_encoding || name == http::field::connection;
}

wire_reply plain(beast_reply const& from)
{
    wire_reply made(static_cast<int>(from.result_int()), from.body());
    for (auto const& each : from) {
        if (!of_the_connection(each.name())) {
            made.headers.add(std::string(each.name_string()), std::string(each.value()));
        }
    }
    return made;
}

asio::awaitable<beast_reply> ask(tcp::socket& socket, beast_request const& asked)
{
    co_await http::async_write(socket, asked, asio::use_awaitable);
    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> got;
    got.body_limit(64 * 1'024 * 1'024);
    co_await http::async_read(socket, buffer, got, asio::use_awaitable);
    co_return got.release();
}

} // namespace

wire_reply reply_with(int status, std::string body)
{
    wire_reply made(status, std::move(body));
    made.headers.set("Content-Type", "application/json");
    return made;
}

asio::awaitable<wire_reply> browse(std::string base, std::string target, std::string method, std::string body, std::string authorization)
{
    tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect(endpoint_of(base), asio::use_awaitable);
    beast_request asked(http::string_to_verb(method), target, 11, std::move(body));
    asked.set(http::field::host, "127.0.0.1");
    asked.set(http::field::content_type, "application/x-www-form-urlencoded");
    if (!authorization.empty()) {
        asked.set(http::field::authorization, authorization);
    }
    asked.prepare_payload();
    auto const answer = co_await ask(socket, asked);
    co_return plain(answer);
}

class interceptor::state {
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

    static asio::awaitable<void> serve(std::shared_ptr<state> self, tcp::socket socket)
    {
        tcp::socket beyond(socket.get_executor());
        auto const here = self->sockets.insert(self->sockets.end(), &socket);
        auto const there = self->sockets.insert(self->sockets.end(), &beyond);
        try {
            boost::beast::flat_buffer buffer;
            for (auto more = true; more;) {
                http::request_parser<http::string_body> asked;
                asked.body_limit(16 * 1'024 * 1'024);
                co_await http::async_read(socket, buffer, asked, asio::use_awaitable);
                auto answer = co_await self->answer(asked.get(), beyond);
                more = answer.keep_alive();
                co_await http::async_write(socket, answer, asio::use_awaitable);
            }
        } catch (boost::system::system_error const&) {
            // whoever went, went
        }
        self->sockets.erase(here);
        self->sockets.erase(there);
    }

    asio::awaitable<beast_reply> answer(beast_request const& asked, tcp::socket& beyond)
    {
        wire_request request(std::string(asked.method_string()), std::string(asked.target()), asked.body());
        for (auto const& each : asked) {
            request.headers.add(std::string(each.name_string()), std::string(each.value()));
        }
        seen.push_back(request);
        auto reply = answers ? answers(request) : std::nullopt;
        if (!reply) {
            if (!beyond.is_open()) {
                co_await beyond.async_connect(upstream, asio::use_awaitable);
            }
            auto const got = co_await ask(beyond, asked);
            reply = plain(got);
            if (edits) {
                edits(request, *reply);
            }
        }
        beast_reply made(static_cast<http::status>(reply->status), 11, std::move(reply->body));
        for (auto const& [name, value] : reply->headers) {
            made.insert(name, value);
        }
        if (reply->status != 204) {
            made.prepare_payload();
        }
        co_return made;
    }

    tcp::acceptor acceptor;
    tcp::endpoint upstream;
    std::string url;
    std::list<tcp::socket*> sockets;
    std::function<std::optional<wire_reply>(wire_request const&)> answers;
    std::function<void(wire_request const&, wire_reply&)> edits;
    std::vector<wire_request> seen;
};

interceptor::interceptor(world& in) : self_(std::make_shared<state>(in))
{
    asio::co_spawn(in.context, state::accept(self_), asio::detached);
    in.at_end([self = self_] { self->stop(); });
}

std::string interceptor::url() const
{
    return self_->url;
}

void interceptor::answers(std::function<std::optional<wire_reply>(wire_request const&)> how)
{
    self_->answers = std::move(how);
}

void interceptor::edits(std::function<void(wire_request const&, wire_reply&)> how)
{
    self_->edits = std::move(how);
}

std::vector<wire_request> const& interceptor::seen() const
{
    return self_->seen;
}

std::size_t interceptor::seen(std::string_view method, std::string_view target_part) const
{
    std::size_t count = 0;
    for (auto const& each : self_->seen) {
        count += each.method == method && each.target.find(target_part) != std::string::npos ? 1u : 0u;
    }
    return count;
}

void answer_polls_with_nothing(interceptor& with, bool const& here)
{
    with.answers([&here](wire_request const& asked) -> std::optional<wire_reply> {
        if (!here || !asked.target.starts_with("/v2/subscribe/")) {
            return std::nullopt;
        }
        return reply_with(200, R"({"t":{"t":"17360000000000000","r":1},"m":[]})");
    });
}

} // namespace test_support
