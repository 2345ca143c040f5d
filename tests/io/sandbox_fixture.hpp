// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/sandbox.hpp>
#include <ringtail/sandbox/toolbox.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace sandbox_tests {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using namespace ringtail;
using namespace std::chrono_literals;

using response = http::response<http::string_body>;

/// One connection to a sandbox, as plain as can be.
class browser {
public:
    browser(asio::any_io_executor executor, sandbox const& box) : socket_(executor)
    {
        auto const url = box.server_url();
        auto const port = static_cast<unsigned short>(std::stoi(url.substr(url.rfind(':') + 1)));
        socket_.connect({asio::ip::address_v4::loopback(), port}); // the kernel accepts, so this does not wait
    }

    asio::awaitable<response> send(http::verb method, std::string target, std::string body = {},
                                   std::string login = {})
    {
        http::request<http::string_body> request(method, target, 11, std::move(body));
        request.set(http::field::host, "127.0.0.1");
        bool const form = target.starts_with("/restapi/oauth/token");
        request.set(http::field::content_type, form ? "application/x-www-form-urlencoded" : "application/json");
        if (!login.empty())
            request.set(http::field::authorization, login);
        request.prepare_payload();
        co_await http::async_write(socket_, request, asio::use_awaitable);
        response answer;
        co_await http::async_read(socket_, buffer_, answer, asio::use_awaitable);
        co_return answer;
    }

    /// Sends a GET and reads until the server closes; `problem` is how that ended.
    asio::awaitable<std::string> raw(std::string target, boost::system::error_code& problem)
    {
        auto const text = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        co_await asio::async_write(socket_, asio::buffer(text), asio::use_awaitable);
        std::string all;
        co_await asio::async_read(socket_, asio::dynamic_buffer(all),
                                  asio::redirect_error(asio::use_awaitable, problem));
        co_return all;
    }

    void close() { socket_.close(); }

private:
    asio::ip::tcp::socket socket_;
    boost::beast::flat_buffer buffer_;
};

/// Runs `test(box, browser)` to its end, and the sandbox's too.
template <class Test>
void with_sandbox(sandbox_options options, Test test)
{
    asio::io_context context;
    sandbox box(context.get_executor(), std::move(options));
    browser client(context.get_executor(), box);
    std::exception_ptr failed;
    asio::co_spawn(context, test(box, client), [&](std::exception_ptr problem) {
        failed = problem;
        box.stop();
        client.close();
    });
    context.run();
    if (failed)
        std::rethrow_exception(failed);
}

/// Logs in with the JWT; the `Authorization` header to go on with.
inline asio::awaitable<std::string> log_in(sandbox& box, browser& client)
{
    auto const basic = "Basic " + sandbox_detail::base64_encode(box.client_id() + ":" + box.client_secret());
    auto const form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + box.jwt();
    auto const answer = co_await client.send(http::verb::post, "/restapi/oauth/token", form, basic);
    CHECK(answer.result_int() == 200);
    co_return "Bearer " + std::string(json::parse(answer.body()).at("access_token").as_string());
}

} // namespace sandbox_tests
