// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/net/http_connection.hpp>

#include <support/hand_clock.hpp>
#include <support/scripted_stream.hpp>
#include <support/spawned.hpp>

#include <doctest/doctest.h>

#include <algorithm>

namespace {

using namespace ringtail;
using namespace std::chrono_literals;
using namespace test_support;

constexpr auto npos = std::string_view::npos;

/// A connection to a script, and one call at a time over it.
class fixture {
public:
    explicit fixture(std::size_t scratch_size = 65'536) : heap(clock), scratch(scratch_size), script(std::make_shared<stream_script>())
    {
        auto made = std::make_unique<scripted_stream>(context, script);
        stream = made.get();
        connection.emplace(std::move(made), heap, scratch);
    }

    static asio::awaitable<void> exchange(fixture* self, std::string message, net::http_limits limits, steady_time deadline)
    {
        co_await self->connection->exchange(message, self->reply, limits, deadline, [self] { ++self->sent; });
    }

    spawned start(std::string message = "GET / HTTP/1.1\r\n\r\n", std::size_t max_body = 1'000'000, std::size_t max_header = 65'536)
    {
        spawned call(context, exchange(this, std::move(message), net::http_limits(max_body, max_header), clock.time + 30s));
        drain(context);
        return call;
    }

    hand_clock clock;
    net::deadlines heap;
    std::vector<char> scratch;
    std::shared_ptr<stream_script> script;
    scripted_stream* stream = nullptr;
    response reply;
    int sent = 0;
    std::optional<net::http_connection> connection;
    asio::io_context context; // goes first, and takes the waiting coroutines with it
};

class sample {
public:
    sample(std::string its_text, int its_status, std::string its_body, bool kept) : text(std::move(its_text)), status(its_status), body(std::move(its_body)), reusable(kept) {}
    std::string text;
    int status;
    std::string body;
    bool reusable;
};

std::vector<sample> const& samples()
{
    static std::vector<sample> const all = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true},
        {"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nX-A: b\r\n\r\n", 200, "", true},
        {"HTTP/1.1 204 No Content\r\nRCRequestId: r1\r\n\r\n", 204, "", true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n \r\nA;x=y\r\nwonderland\r\n0\r\n\r\n", 200,
         "hello wonderland", true},
        {"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n00005\r\nhello\r\n0\r\nTrailer-A: 1\r\n\r\n", 200, "hello", true},
        {"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno", 503, "no", false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false},
        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", 200, "ok", true},
        {"HTTP/1.1 429 \r\nContent-Length: 1\r\n\r\nx", 429, "x", true},
    };
    return all;
}

TEST_CASE("a reply is the same wherever its bytes were cut, and whatever the size of the scratch memory")
{
    for (auto const& each : samples()) {
        CAPTURE(each.text);
        for (auto const scratch : {1, 7, 65'536}) {
            for (std::size_t at = 0; at <= each.text.size(); ++at) {
                fixture all(static_cast<std::size_t>(scratch));
                all.script->send_cut(each.text, at == each.text.size() ? npos : at);
                auto const call = all.start();
                REQUIRE(call.succeeded());
                REQUIRE(all.reply.status == each.status);
                REQUIRE(all.reply.body == each.body);
                REQUIRE(all.connection->reusable() == each.reusable);
                REQUIRE(all.sent == 1);
            }
        }
    }
}

TEST_CASE("a reply that ends with the connection is the same wherever it was cut, and nothing is kept")
{
    std::string const text = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>until the end";
    for (std::size_t at = 0; at <= text.size(); ++at) {
        fixture all;
        all.script->send_cut(text, at == text.size() ? npos : at);
        all.script->ending = asio::error::eof;
        auto const call = all.start();
        REQUIRE(call.succeeded());
        REQUIRE(all.reply.body == "<p>until the end");
        REQUIRE(!all.connection->reusable());
    }
}

TEST_CASE("headers are found in any case, in order, with their values trimmed")
{
    fixture all;
    all.script->pieces = {"HTTP/1.1 200 OK\r\nrcREQUESTid:  r-1 \r\nX-Rate-Limit-Group: light\r\nx-rate-limit-group: heavy\r\nEmpty:\r\nContent-Length: 0\r\n\r\n"};
    CHECK(all.start().succeeded());
    CHECK(all.reply.header("RCRequestId") == "r-1");
    CHECK(all.reply.header("X-RATE-LIMIT-GROUP") == "light");
    CHECK(all.reply.header("Empty").empty());
    CHECK(all.reply.header("Absent").empty());
    CHECK(all.reply.headers.size() == 5);
}

TEST_CASE("a reply that the connection's end cut short is no reply, wherever it was cut")
{
    for (auto const& each : samples()) {
        CAPTURE(each.text);
        for (std::size_t size = 0; size != each.text.size(); ++size) {
            for (auto const& ending : {error_code(asio::error::eof), error_code(asio::error::connection_reset)}) {
                fixture all;
                all.script->send_cut(each.text.substr(0, size), size / 2);
                all.script->ending = ending;
                auto const call = all.start();
                CAPTURE(size);
                REQUIRE(call.done());
                REQUIRE(call.code() == error::connection_failed);
                REQUIRE(!all.connection->reusable());
                REQUIRE(all.connection->unanswered() == (size == 0));
                REQUIRE(all.connection->ended_unanswered() == (size == 0 && ending == asio::error::eof));
                REQUIRE(all.script->closed);
            }
        }
    }
}

TEST_CASE("a body without a length that breaks instead of ending is no reply")
{
    fixture all;
    all.script->pieces = {"HTTP/1.1 200 OK\r\n\r\nhalf of "};
    all.script->ending = asio::error::connection_reset;
    CHECK(all.start().code() == error::connection_failed);
}

TEST_CASE("what is not HTTP is an invalid reply and closes the connection")
{
    for (auto const& garbage : {
             std::string("\x15\x03\x01\x00\x02\x02\x28", 7) + " and more, so that it is a header\r\n\r\n",
             std::string("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\r\n"),
             std::string("<html>oops</html>\r\n\r\n"),
             std::string("HTTP/1.1 2000 OK\r\n\r\n"),
             std::string("HTTP/1.1 abc OK\r\n\r\n"),
             std::string("HTTP/9.9.9 200 OK\r\n\r\n"),
             std::string("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"),
             std::string("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"),
             std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello"),
             std::string("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhello"),
             std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nXYZ\r\nhello\r\n0\r\n\r\n"),
             std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloooo\r\n0\r\n\r\n"),
         }) {
        CAPTURE(garbage);
        for (auto const at : {std::size_t(garbage.size()), std::size_t(3), npos}) {
            fixture all;
            CAPTURE(at);
            all.script->send_cut(garbage, at);
            all.script->ending = asio::error::eof;
            auto const call = all.start();
            REQUIRE(call.done());
            CHECK(call.code() == error::invalid_reply);
            CHECK(all.script->closed);
            CHECK(!all.connection->reusable());
        }
    }
}

TEST_CASE("a body is at most as large as it may be, in every form, and not a byte smaller")
{
    std::string const body(1'000, 'x');
    std::pair<std::string, bool> const forms[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + body, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3E8\r\n" + body + "\r\n0\r\n\r\n", false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1F4\r\n" + body.substr(500) + "\r\n1F4\r\n" + body.substr(500) + "\r\n0\r\n\r\n", false},
        {"HTTP/1.1 200 OK\r\n\r\n" + body, true},
    };
    for (auto const& [text, until_end] : forms) {
        CAPTURE(text.substr(0, 50));
        for (auto const at : {text.size(), text.size() - 600, npos}) {
            for (auto const& [limit, fits] : {std::pair<std::size_t, bool>(1'000, true), {999, false}, {10, false}, {0, false}}) {
                CAPTURE(limit);
                fixture all;
                all.script->send_cut(text, at);
                if (until_end) {
                    all.script->ending = asio::error::eof;
                }
                auto const call = all.start("GET", limit);
                REQUIRE(call.done());
                CHECK(call.code() == (fits ? error_code() : make_error_code(error::reply_too_large)));
                CHECK(all.reply.body.size() <= limit);
                CHECK(all.script->closed == !fits);
            }
        }
    }
}

TEST_CASE("a length above the bound is refused before the body is read")
{
    fixture all;
    all.script->pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n"};
    auto const call = all.start("GET", 16'777'216);
    CHECK(call.code() == error::reply_too_large);
}

TEST_CASE("a header is at most as large as it may be, in one line or in many, cut anywhere")
{
    auto const start = std::string("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
    auto const one = start + "X-Long: " + std::string(6'000, 'x') + "\r\n\r\n";
    auto many = start;
    for (int i = 0; i != 300; ++i) {
        many += "X-" + std::to_string(i) + ": " + std::string(12, 'x') + "\r\n";
    }
    many += "\r\n";
    auto const endless = start + std::string(100'000, 'x'); // no line's end at all
    auto const status = "HTTP/1.1 200 " + std::string(100'000, 'x');
    for (auto const& text : {one, many, endless, status}) {
        CAPTURE(text.substr(0, 60));
        for (auto const at : {text.size(), std::size_t(30), npos}) {
            if (at == npos && text.size() > 10'000) {
                continue;
            }
            fixture all;
            all.script->send_cut(text, at);
            auto const call = all.start("GET", 1'000, 4'096);
            REQUIRE(call.done());
            CHECK(call.code() == error::reply_too_large);
            CHECK(all.script->closed);
        }
        if (text.size() < 10'000) {
            fixture all;
            all.script->send_cut(text, 30);
            CHECK(all.start("GET", 1'000, 65'536).succeeded());
        }
    }
}

TEST_CASE("bytes behind the reply, or the server's goodbye, end the connection's use")
{
    std::string const text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    {
        fixture all;
        all.script->pieces = {text + "HTTP/1.1 200 OK\r\n"};
        CHECK(all.start().succeeded());
        CHECK(all.reply.body == "ok");
        CHECK(!all.connection->reusable());
    }
    for (auto const& late : {std::string("x"), std::string()}) {
        fixture all;
        all.script->pieces = {text};
        CHECK(all.start().succeeded());
        CHECK(all.connection->reusable());
        CHECK(all.connection->reusable());
        if (late.empty()) {
            all.script->ending = asio::error::eof;
        } else {
            all.script->pieces.push_back(late);
        }
        CHECK(!all.connection->reusable());
        CHECK(!all.connection->reusable());
    }
}

TEST_CASE("a kept connection carries call after call, and nothing of one reply is left in the next")
{
    fixture all;
    all.script->pieces = {"HTTP/1.1 200 OK\r\nX-First: 1\r\nContent-Length: 5\r\n\r\nfirst"};
    REQUIRE(all.start("GET /1").succeeded());
    REQUIRE(all.connection->reusable());
    all.script->pieces = {"HTTP/1.1 204 No Content\r\n\r\n"};
    REQUIRE(all.start("GET /2").succeeded());
    CHECK(all.reply.status == 204);
    CHECK(all.reply.body.empty());
    CHECK(all.reply.headers.empty());
    REQUIRE(all.connection->reusable());
    all.script->ending = asio::error::eof;
    CHECK(all.start("GET /3").code() == error::connection_failed);
    CHECK(all.connection->ended_unanswered()); // of this exchange, not of those before
    CHECK(all.script->written == "GET /1GET /2GET /3");
}

TEST_CASE("a request leaves whole however little the peer takes at a time, in one piece if it takes all")
{
    auto const message = "POST / HTTP/1.1\r\n\r\n" + std::string(5'000, 'b');
    for (auto const room : {1, 100, 1'000'000}) {
        fixture all;
        all.script->write_room = static_cast<std::size_t>(room);
        all.script->pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
        CHECK(all.start(message).succeeded());
        CHECK(all.script->written == message);
        CHECK(all.sent == 1);
        CHECK((room < 5'000 || all.script->writes.size() == 1));
    }
}

TEST_CASE("a request that can't leave fails as a broken connection, and was not sent")
{
    fixture all;
    all.script->write_room = 10;
    all.script->write_error = asio::error::broken_pipe;
    all.script->write_room_until_error = 20;
    auto const call = all.start(std::string(100, 'b'));
    CHECK(call.code() == error::connection_failed);
    CHECK(all.sent == 0);
    CHECK(all.script->written.size() == 20);
    CHECK(all.connection->unanswered());
}

TEST_CASE("a peer that is silent, slow or does not read is left at the deadline")
{
    auto const waits = [](fixture& all, std::string message) {
        auto call = all.start(std::move(message));
        CHECK(!call.done());
        all.clock.run_until(all.clock.time + 29s);
        drain(all.context);
        CHECK(!call.done());
        all.clock.run_until(all.clock.time + 2s);
        drain(all.context);
        REQUIRE(call.done());
        CHECK(call.code() == error::timed_out);
        CHECK(all.script->closed);
        CHECK(!all.connection->reusable());
    };
    {
        fixture all;
        waits(all, "GET");
        CHECK(all.connection->unanswered());
        CHECK(!all.connection->ended_unanswered());
    }
    {
        fixture all;
        all.script->pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"};
        waits(all, "GET");
        CHECK(!all.connection->unanswered());
    }
    {
        fixture all;
        all.script->write_blocks = true;
        waits(all, "GET");
        CHECK(all.sent == 0);
    }
}

TEST_CASE("a deadline that is over when its reply is there does no harm")
{
    fixture all;
    all.script->pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
    CHECK(all.start().succeeded());
    all.clock.run_until(all.clock.time + 1h);
    CHECK(all.connection->reusable());
    CHECK(!all.script->closed);
}

TEST_CASE("closing and cancelling end a pending call as aborted, wherever it waits")
{
    for (auto const how : {0, 1}) {
        for (auto const where : {0, 1, 2}) {
            fixture all;
            if (where == 1) {
                all.script->pieces = {"HTTP/1.1 200 OK\r\nContent-Le"};
            }
            all.script->write_blocks = where == 2;
            auto call = all.start();
            REQUIRE(!call.done());
            if (how == 0) {
                all.connection->close();
            } else {
                call.cancel();
            }
            drain(all.context);
            REQUIRE(call.done());
            CHECK(call.code() == asio::error::operation_aborted);
            CHECK(!all.connection->reusable());
            CHECK(all.script->closed);
        }
    }
}

TEST_CASE("a call on a closed connection is aborted")
{
    fixture all;
    all.connection->close();
    all.connection->close();
    auto const call = all.start();
    REQUIRE(call.done());
    CHECK(call.code() == asio::error::operation_aborted);
}

TEST_CASE("a context may go down while a call waits")
{
    auto all = std::make_unique<fixture>();
    auto const call = all->start();
    CHECK(!call.done());
    all.reset();
    CHECK(!call.done());
}

TEST_CASE("a request is one text with host, headers and the length of its body")
{
    CHECK(net::http_request("GET", "/a?b=c", "h:8080", "X: 1\r\n", "") == "GET /a?b=c HTTP/1.1\r\nHost: h:8080\r\nX: 1\r\n\r\n");
    CHECK(net::http_request("POST", "/", "h", "", "{}") == "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}");
    // RFC 9110, 8.6: a POST or PUT without content says so; a server may refuse it otherwise.
    CHECK(net::http_request("POST", "/renew", "h", "", "") == "POST /renew HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    CHECK(net::http_request("PUT", "/", "h", "", "") == "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    CHECK(net::http_request("DELETE", "/", "h", "", "").find("Content-Length") == std::string::npos);
}

TEST_CASE("interim replies (1xx) are passed over, wherever they are cut; RFC 9110 section 15.2")
{
    std::string const text = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    for (std::size_t at = 0; at <= text.size(); ++at) {
        fixture all;
        all.script->send_cut(text, at == text.size() ? std::string_view::npos : at);
        spawned const call(all.context, fixture::exchange(&all, "GET", net::http_limits(1'000, 1'000), all.clock.time + 30s));
        drain(all.context);
        REQUIRE(call.succeeded());
        REQUIRE(all.reply.status == 200);
        REQUIRE(all.reply.body == "ok");
        REQUIRE(all.reply.header("Link").empty());
        REQUIRE(all.connection->reusable());
    }
}

} // namespace
