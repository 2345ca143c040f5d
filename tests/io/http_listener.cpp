// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "support/world.hpp"

#include <ringtail/net/http_listener.hpp>
#include <ringtail/net/services.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

namespace {

using namespace test_support;
using ringtail::error;
using ringtail::net::http_listener;
using ringtail::net::listener_limits;
using ringtail::net::listening_point;
using tcp = asio::ip::tcp;

/// Keeps what comes, and refuses who does not say the word.
class recorder final : public ringtail::net::http_handler {
public:
    [[nodiscard]] int judge(ringtail::webhook_request const& head, bool) const noexcept override
    {
        return head.header("Word") == "please" ? 0 : 401;
    }
    ringtail::webhook_reply answer(ringtail::webhook_request&& request) override
    {
        bodies.push_back(std::move(request.body));
        return {};
    }
    std::vector<std::string> bodies;
};

std::uint16_t free_port(asio::io_context& context)
{
    return tcp::acceptor(context, {asio::ip::address_v4::loopback(), 0}).local_endpoint().port();
}

/// A listener with one handler, and who talks to it in bytes.
class port {
public:
    explicit port(world& w, listener_limits limits = {})
        : world_(w), number(free_port(w.context)),
          listener(http_listener::at(*w.environment().services(), listening_point("127.0.0.1", number), limits)),
          route(listener->handle("/hook", handler))
    {
    }
    ~port()
    {
        route.reset();
        listener.reset();
    }

    asio::awaitable<tcp::socket> connect()
    {
        tcp::socket socket(world_.context);
        co_await socket.async_connect({asio::ip::address_v4::loopback(), number}, asio::use_awaitable);
        co_return socket;
    }
    static asio::awaitable<void> say(tcp::socket& to, std::string text) { co_await asio::async_write(to, asio::buffer(text), asio::use_awaitable); }
    /// The head of one answer; empty at the end of the connection.
    static asio::awaitable<std::string> hear(tcp::socket& from)
    {
        std::string text;
        char byte = 0;
        while (!text.ends_with("\r\n\r\n")) {
            boost::system::error_code how;
            co_await from.async_read_some(asio::buffer(&byte, 1), asio::redirect_error(asio::use_awaitable, how));
            if (how) {
                co_return text;
            }
            text += byte;
        }
        co_return text;
    }
    /// Say it on a connection of its own; the status line's number, and whether the connection ended behind it.
    asio::awaitable<std::pair<int, bool>> ask(std::string text)
    {
        auto socket = co_await connect();
        co_await say(socket, std::move(text));
        auto const head = co_await hear(socket);
        REQUIRE(head.starts_with("HTTP/1.1 "));
        boost::system::error_code ignored;
        socket.shutdown(tcp::socket::shutdown_send, ignored);
        co_return std::pair(std::stoi(head.substr(9, 3)), head.find("Connection: close") != std::string::npos);
    }

    world& world_;
    std::uint16_t number;
    recorder handler;
    std::shared_ptr<http_listener> listener;
    std::unique_ptr<http_listener::route> route;
};

std::string post(std::string const& body, std::string const& target = "/hook")
{
    return "POST " + target + " HTTP/1.1\r\nHost: x\r\nWord: please\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

using answer = std::pair<int, bool>;

TEST_CASE("requests on one kept connection are answered one by one, in segments of any size, pipelined or chunked")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        port at(w);
        auto socket = co_await at.connect();
        co_await port::say(socket, post("one"));
        CHECK((co_await port::hear(socket)).starts_with("HTTP/1.1 200 OK\r\n"));
        for (auto const c : post("two", "/hook?a=b")) {
            co_await port::say(socket, std::string(1, c));
        }
        CHECK((co_await port::hear(socket)).starts_with("HTTP/1.1 200"));
        co_await port::say(socket, post("three") + post("four"));
        CHECK((co_await port::hear(socket)).starts_with("HTTP/1.1 200"));
        CHECK((co_await port::hear(socket)).starts_with("HTTP/1.1 200"));
        co_await port::say(socket, "POST /hook HTTP/1.1\r\nHost: x\r\nWord: please\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nfi\r\n2\r\nve\r\n0\r\n\r\n");
        CHECK((co_await port::hear(socket)).starts_with("HTTP/1.1 200"));
        co_await port::say(socket, "POST /hook HTTP/1.1\r\nHost: x\r\nWord: please\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
        CHECK((co_await port::hear(socket)).starts_with("HTTP/1.1 100"));
        co_await port::say(socket, "six");
        CHECK((co_await port::hear(socket)).starts_with("HTTP/1.1 200"));
        CHECK(at.handler.bodies == std::vector<std::string>{"one", "two", "three", "four", "five", "six"});
    });
}

TEST_CASE("what is malformed, forged, too large or for nobody gets its status and reaches no handler")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        listener_limits limits;
        limits.max_body = 1'000;
        limits.max_header = 2'000;
        port at(w, limits);
        CHECK(co_await at.ask("nonsense\r\n\r\n") == answer(400, true));
        CHECK(co_await at.ask("POST /hook HTTP/1.1\r\nContent-Length: many\r\n\r\n") == answer(400, true));
        CHECK(co_await at.ask("POST /hook HTTP/9.9\r\n\r\n") == answer(400, true));
        CHECK(co_await at.ask(post("x", "/elsewhere")) == answer(404, true));
        CHECK(co_await at.ask(post("", "/elsewhere")) == answer(404, false));
        CHECK(co_await at.ask("POST /hook HTTP/1.1\r\nWord: now\r\nContent-Length: 3\r\n\r\nabc") == answer(401, true));
        CHECK(co_await at.ask(post(std::string(1'001, 'x'))) == answer(413, true));
        CHECK(co_await at.ask("POST /hook HTTP/1.1\r\nWord: please\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1'001, 'x') + "\r\n0\r\n\r\n") ==
              answer(413, true));
        CHECK(co_await at.ask("POST /hook HTTP/1.1\r\nWord: please\r\nA: " + std::string(3'000, 'x') + "\r\n\r\n") == answer(431, true));
        CHECK(co_await at.ask("POST /hook HTTP/1.1\r\nWord: please\r\nContent-Length: 200000000\r\n\r\n") == answer(413, true));
        CHECK(at.handler.bodies.empty());
        CHECK(co_await at.ask(post(std::string(1'000, 'x'))) == answer(200, false));
    });
}

TEST_CASE("a request that comes too slowly is told so, and an idle connection ends")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        port at(w);
        auto slow = co_await at.connect();
        auto idle = co_await at.connect();
        co_await port::say(slow, "POST /hook HTTP/1.1\r\nWord: pl");
        co_await w.turns();
        w.pass(11s);
        CHECK((co_await port::hear(slow)).starts_with("HTTP/1.1 408"));
        CHECK(co_await port::hear(slow) == "");
        w.pass(65s);
        CHECK(co_await port::hear(idle) == "");
    });
}

TEST_CASE("too many connections end the one that was idle for longest, and who works is served")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        listener_limits limits;
        limits.max_connections = 3;
        port at(w, limits);
        auto working = co_await at.connect();
        co_await port::say(working, "POST /hook HTTP/1.1\r\nWord: please\r\nContent-Length: 2\r\n\r\no");
        co_await w.turns(50);
        std::vector<tcp::socket> crowd;
        for (auto i = 0; i != 6; ++i) {
            crowd.push_back(co_await at.connect());
            co_await w.turns(20);
        }
        CHECK(co_await port::hear(crowd[0]) == "");
        CHECK(co_await port::hear(crowd[3]) == "");
        co_await port::say(crowd[5], post("late"));
        CHECK((co_await port::hear(crowd[5])).starts_with("HTTP/1.1 200"));
        co_await port::say(working, "k");
        CHECK((co_await port::hear(working)).starts_with("HTTP/1.1 200"));
        CHECK(at.handler.bodies == std::vector<std::string>{"late", "ok"});
    });
}

TEST_CASE("one port is shared by path; a path can be had once, and the port is free again behind the last")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto& services = *w.environment().services();
        auto number = std::uint16_t{0};
        {
            port first(w);
            number = first.number;
            recorder other;
            auto const same = http_listener::at(services, listening_point("127.0.0.1", number), {});
            CHECK(same == first.listener);
            auto const second = same->handle("/other", other);
            CHECK(co_await first.ask(post("x", "/other")) == answer(200, false));
            CHECK(other.bodies.size() == 1);
            try {
                static_cast<void>(same->handle("/hook", other));
                FAIL("the path is taken");
            } catch (ringtail::failure const& why) {
                CHECK(why.code() == error::invalid_argument);
            }
        }
        tcp::acceptor again(w.context);
        again.open(tcp::v4());
        again.set_option(tcp::acceptor::reuse_address(true));
        again.bind({asio::ip::address_v4::loopback(), number});
        again.listen();
        try {
            static_cast<void>(http_listener::at(services, listening_point("127.0.0.1", number), {}));
            FAIL("the port is taken");
        } catch (ringtail::failure const& why) {
            CHECK(why.code() == error::invalid_argument);
            CHECK(std::string(why.what()).find(std::to_string(number)) != std::string::npos);
        }
        co_return;
    });
}

} // namespace
