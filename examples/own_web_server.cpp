// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// A web hook inside a web server that a program has already: the library makes the subscription, the server (here Boost.Beast's)
// takes the requests, and `webhook_receiver` says what to answer and what was delivered. Nobody renews such a subscription
// unless it is asked to: `renew_resource`.
#include <ringtail.hpp>
#include <ringtail/webhook_receiver.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <iostream>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

asio::awaitable<void> serve(beast::tcp_stream peer, ringtail::webhook_receiver const* receiver)
{
    beast::flat_buffer buffer;
    for (auto keep = true; keep;) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(1'024 * 1'024);
        peer.expires_after(std::chrono::seconds(30));
        co_await http::async_read(peer, buffer, parser, asio::use_awaitable);

        auto got = parser.release();
        ringtail::webhook_request request(std::string(got.method_string()), {}, std::move(got.body()));
        for (auto const& field : got) {
            request.headers.emplace_back(field.name_string(), field.value());
        }
        auto const verdict = receiver->receive(request);

        http::response<http::empty_body> answer(static_cast<http::status>(verdict.status), got.version());
        for (auto const& [name, value] : verdict.headers) {
            answer.set(name, value);
        }
        keep = got.keep_alive();
        answer.keep_alive(keep);
        answer.prepare_payload();
        co_await http::async_write(peer, answer, asio::use_awaitable); // first the answer, then the work
        if (verdict.event) {
            if (auto const* const what = std::get_if<ringtail::notification>(&*verdict.event)) {
                std::cout << what->event() << ' ' << what->body_json() << std::endl;
            }
        }
    }
}

asio::awaitable<void> listen(asio::ip::tcp::acceptor* port, ringtail::webhook_receiver const* receiver)
{
    for (;;) {
        beast::tcp_stream peer(co_await port->async_accept(asio::use_awaitable));
        asio::co_spawn(port->get_executor(), serve(std::move(peer), receiver), asio::detached);
    }
}

asio::awaitable<void> subscribe(ringtail::client account, std::string public_url, ringtail::secret token)
{
    ringtail::event_filters filters;
    filters.message_store("~");
    auto const delivery = ringtail::delivery_mode::webhook(public_url, token);
    auto const made = co_await account.create_resource(filters, delivery, std::chrono::days(7));
    std::cout << "subscription " << made.id << " delivers to " << public_url << std::endl;
}

int main(int argc, char** argv)
try {
    auto const* const chosen = std::getenv("RINGTAIL_WEBHOOK_TOKEN");
    if (argc != 3 || chosen == nullptr) {
        std::cerr << "usage: RINGTAIL_WEBHOOK_TOKEN=... own_web_server PORT PUBLIC_URL\n";
        return 2;
    }
    asio::io_context context;
    asio::ip::tcp::acceptor port(context, {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(argv[1]))});
    ringtail::secret const token{std::string(chosen)};
    ringtail::webhook_receiver const receiver(token);
    ringtail::client account(context.get_executor(), ringtail::config::from_environment());
    asio::co_spawn(context, listen(&port, &receiver), asio::detached);
    asio::co_spawn(context, subscribe(account, argv[2], token), [](std::exception_ptr e) { if (e) std::rethrow_exception(e); });
    context.run();
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
