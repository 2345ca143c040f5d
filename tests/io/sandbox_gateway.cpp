// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "sandbox_fixture.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <optional>

namespace {

using namespace sandbox_tests;
namespace websocket = boost::beast::websocket;

constexpr std::string_view message_store = "/restapi/v1.0/account/~/extension/~/message-store";
constexpr char const* creation =
    R"([{"type":"ClientRequest","messageId":"s","method":"POST","path":"/restapi/v1.0/subscription"},)"
    R"({"eventFilters":["/restapi/v1.0/account/~/extension/~/message-store"],)"
    R"("deliveryMode":{"transportType":"WebSocket"}}])";
constexpr char const* heartbeat = R"([{"type":"Heartbeat","messageId":"h1"}])";

/// Beast's own client on a socket that can be looked at.
class gateway_client {
public:
    explicit gateway_client(asio::any_io_executor executor) : stream_(executor)
    {
        stream_.control_callback([this](websocket::frame_type kind, boost::beast::string_view) {
            pings += kind == websocket::frame_type::ping ? 1 : 0;
            pongs += kind == websocket::frame_type::pong ? 1 : 0;
        });
    }

    asio::awaitable<void> connect(sandbox& box, browser& client, std::string login, std::string wsc = {})
    {
        auto const answer = co_await client.send(http::verb::post, "/restapi/oauth/wstoken", {}, login);
        auto const token = json::parse(answer.body());
        auto target = "/ws?access_token=" + std::string(token.at("ws_access_token").as_string());
        if (!wsc.empty())
            target += "&wsc=" + wsc;
        co_await connect(box, target);
    }

    asio::awaitable<void> connect(sandbox& box, std::string target)
    {
        auto const url = box.server_url();
        auto const port = static_cast<unsigned short>(std::stoi(url.substr(url.rfind(':') + 1)));
        co_await stream_.next_layer().async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
        co_await stream_.async_handshake("127.0.0.1", target, asio::use_awaitable);
    }

    asio::awaitable<void> say(std::string text)
    {
        co_await stream_.async_write(asio::buffer(text), asio::use_awaitable);
    }

    /// The next frame; null when the connection ended, for `problem`.
    asio::awaitable<json::value> hear()
    {
        boost::beast::flat_buffer buffer;
        co_await stream_.async_read(buffer, asio::redirect_error(asio::use_awaitable, problem));
        if (problem)
            co_return json::value();
        co_return json::parse(boost::beast::buffers_to_string(buffer.data()));
    }

    asio::awaitable<void> ping() { co_await stream_.async_ping({}, asio::use_awaitable); }
    asio::awaitable<void> leave()
    {
        co_await stream_.async_close(websocket::close_code::normal,
                                     asio::redirect_error(asio::use_awaitable, problem));
    }
    [[nodiscard]] auto& stream() noexcept { return stream_; }

    boost::system::error_code problem;
    int pings = 0;
    int pongs = 0;

private:
    websocket::stream<asio::ip::tcp::socket> stream_;
};

std::string wsc_of(json::value const& frame)
{
    return std::string(frame.at(0).at("wsc").at("token").as_string());
}

/// Runs `test(box, browser, login)` with somebody logged in.
template <class Test>
void with_login(sandbox_options options, Test test)
{
    with_sandbox(std::move(options), [&](sandbox& box, browser& client) -> asio::awaitable<void> {
        auto const login = co_await log_in(box, client);
        co_await test(box, client, login);
    });
}

TEST_CASE("a socket is greeted, subscribes, gets what happens, and says goodbye")
{
    with_login({}, [](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
        auto const answer = co_await client.send(http::verb::post, "/restapi/oauth/wstoken", {}, login);
        auto const url = box.server_url();
        CHECK(json::parse(answer.body()).at("uri").as_string() == "ws" + url.substr(4) + "/ws");

        gateway_client socket(co_await asio::this_coro::executor);
        co_await socket.connect(box, client, login);
        auto const details = co_await socket.hear();
        CHECK(details.at(0).at("type") == "ConnectionDetails");
        co_await socket.say(creation);
        auto const reply = co_await socket.hear();
        CHECK(reply.at(0).at("messageId") == "s");
        CHECK(reply.at(0).at("status") == 200);
        CHECK(box.publish(message_store, R"({"n":1})") == 1);
        auto const notification = co_await socket.hear();
        CHECK(notification.at(0).at("type") == "ServerNotification");
        CHECK(notification.at(1).at("body").at("n") == 1);
        CHECK(notification.at(1).at("subscriptionId") == reply.at(1).at("id"));
        co_await socket.say(heartbeat);
        auto const echo = co_await socket.hear();
        CHECK(echo == json::parse(heartbeat));
        co_await socket.leave();
        CHECK_FALSE(socket.problem);
        CHECK(box.statistics().gateway_connections == 1);
        CHECK(box.statistics().messages_delivered == 1);
    });
}

TEST_CASE("a session is recovered over a new socket, also when all comes in one segment")
{
    for (bool const together : {false, true}) {
        sandbox_options options;
        options.replay_in_one_segment = together;
        options.details_with_upgrade = together;
        with_login(options, [](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
            auto const executor = co_await asio::this_coro::executor;
            std::string token;
            {
                gateway_client first(executor);
                co_await first.connect(box, client, login);
                co_await first.hear();
                co_await first.say(creation);
                co_await first.hear();
                box.publish(message_store, R"({"n":1})");
                auto const notification = co_await first.hear();
                token = wsc_of(notification);
                CHECK(box.disturb_gateway(fault(sandbox_call::any, fault_effect::reset)) == 1);
                co_await first.hear();
                CHECK(first.problem == asio::error::connection_reset);
            }
            for (int n = 2; n < 5; ++n)
                box.publish(message_store, R"({"n":)" + std::to_string(n) + "}");
            gateway_client second(executor);
            co_await second.connect(box, client, login, token);
            auto const details = co_await second.hear();
            CHECK(details.at(1).at("recoveryState") == "Successful");
            for (int n = 2; n < 5; ++n) {
                auto const missed = co_await second.hear();
                CHECK(missed.at(1).at("body").at("n") == n);
            }
            CHECK(box.statistics().messages_replayed == 3);
        });
    }
}

TEST_CASE("a refused token is told in a frame, or by the upgrade")
{
    for (bool const early : {false, true}) {
        sandbox_options options;
        options.gateway_refuses_upgrade = early;
        with_login(options, [early](sandbox& box, browser&, std::string) -> asio::awaitable<void> {
            gateway_client socket(co_await asio::this_coro::executor);
            boost::system::error_code problem;
            try {
                co_await socket.connect(box, "/ws?access_token=none");
                auto const frame = co_await socket.hear();
                CHECK(frame.at(0).at("type") == "Error");
                co_await socket.hear();
                CHECK(socket.problem == websocket::error::closed);
                CHECK(socket.stream().reason().code == websocket::close_code::going_away);
            } catch (boost::system::system_error const& refused) {
                problem = refused.code();
            }
            CHECK((problem == websocket::error::upgrade_declined) == early);
        });
    }
}

TEST_CASE("silence ends a connection with an Error frame and a close frame")
{
    sandbox_options options;
    options.idle_timeout = 20ms;
    with_login(options, [](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
        gateway_client socket(co_await asio::this_coro::executor);
        co_await socket.connect(box, client, login);
        co_await socket.hear();
        auto const error = co_await socket.hear();
        CHECK(error.at(1).at("errorCode") == "WSG-902");
        co_await socket.hear();
        CHECK(socket.problem == websocket::error::closed);
    });
}

TEST_CASE("the sandbox pings, and cuts a connection that does not answer")
{
    sandbox_options options;
    options.ping_interval = 5ms;
    options.pong_timeout = 20ms;
    with_login(options, [](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
        gateway_client socket(co_await asio::this_coro::executor);
        co_await socket.connect(box, client, login);
        co_await socket.hear();
        co_await socket.say(creation); // Beast answers pings while it reads
        co_await socket.hear();
        for (int n = 0; n < 3; ++n) {
            while (box.statistics().gateway_open == 1 && socket.pings <= n) {
                box.publish(message_store);
                co_await socket.hear();
            }
        }
        CHECK(box.statistics().gateway_timeouts == 0);
        while (box.statistics().gateway_open == 1) // nobody reads
            co_await client.send(http::verb::get, "/time/0");
        CHECK(box.statistics().gateway_timeouts == 1);
        while (!socket.problem)
            co_await socket.hear();
        CHECK(socket.problem != websocket::error::closed);
    });
}

/// What a client meets when the fault strikes its heartbeat.
asio::awaitable<boost::system::error_code> meet(sandbox& box, browser& client, std::string login, fault_effect effect)
{
    gateway_client socket(co_await asio::this_coro::executor);
    co_await socket.connect(box, client, login);
    co_await socket.hear();
    box.inject(fault(sandbox_call::gateway_request, effect));
    co_await socket.say(R"([{"type":"ClientRequest","messageId":"1","method":"GET",)"
                        R"("path":"/restapi/v1.0/subscription"}])");
    co_await socket.hear();
    co_return socket.problem;
}

TEST_CASE("sockets end in all ways there are")
{
    with_login({}, [](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
        auto const reset = co_await meet(box, client, login, fault_effect::reset);
        CHECK(reset == asio::error::connection_reset);
        auto const lost = co_await meet(box, client, login, fault_effect::lost);
        CHECK(lost == asio::error::eof);
        auto const cut = co_await meet(box, client, login, fault_effect::cut_body);
        CHECK(cut == asio::error::eof);
        auto const closed = co_await meet(box, client, login, fault_effect::close_frame);
        CHECK(closed == websocket::error::closed);
        auto const garbage = co_await meet(box, client, login, fault_effect::garbage);
        CHECK(garbage.category() == make_error_code(websocket::error::bad_opcode).category());
        auto const none = co_await meet(box, client, login, fault_effect::duplicate);
        CHECK_FALSE(none);
    });
}

TEST_CASE("a stalled socket neither answers nor hangs up, and one without pongs goes on otherwise")
{
    with_login({}, [](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
        auto const executor = co_await asio::this_coro::executor;
        gateway_client silent(executor);
        co_await silent.connect(box, client, login);
        co_await silent.hear();
        gateway_client socket(executor);
        box.disturb_gateway(fault(sandbox_call::any, fault_effect::stall));
        co_await socket.connect(box, client, login);
        co_await socket.hear();
        co_await socket.ping();
        co_await socket.say(heartbeat);
        co_await socket.hear();
        CHECK(socket.pongs == 1);
        box.disturb_gateway(fault(sandbox_call::any, fault_effect::no_pong));
        co_await silent.ping();
        co_await silent.say(heartbeat);
        co_await socket.ping();
        co_await socket.say(heartbeat);
        auto const echo = co_await socket.hear();
        CHECK(echo.at(0).at("type") == "Heartbeat");
        CHECK(socket.pongs == 1);
        silent.stream().next_layer().non_blocking(true);
        boost::system::error_code nothing;
        char byte = 0;
        silent.stream().next_layer().read_some(asio::buffer(&byte, 1), nothing);
        CHECK(nothing == asio::error::would_block);
    });
}

TEST_CASE("programs in other languages disturb sockets over HTTP")
{
    with_login({}, [](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
        gateway_client socket(co_await asio::this_coro::executor);
        co_await socket.connect(box, client, login);
        co_await socket.hear();
        auto const body = R"({"effect":"close_frame","size":1012})";
        auto const answer = co_await client.send(http::verb::post, "/sandbox/gateway/disturb", body);
        CHECK(json::parse(answer.body()) == json::parse(R"({"connections":1})"));
        co_await socket.hear();
        CHECK(socket.stream().reason().code == websocket::close_code::service_restart);
        auto const statistics = co_await client.send(http::verb::get, "/sandbox/statistics");
        CHECK(json::parse(statistics.body()).at("gatewayConnections") == 1);
        CHECK(json::parse(statistics.body()).at("answers").at("gateway_connect").at("101") == 1);
    });
}

TEST_CASE("a sandbox can stop with sockets open, and a frame can be large")
{
    with_login({}, [](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
        gateway_client socket(co_await asio::this_coro::executor);
        co_await socket.connect(box, client, login);
        co_await socket.hear();
        co_await socket.say(creation);
        co_await socket.hear();
        auto const large = "\"" + std::string(300'000, 'x') + "\"";
        box.publish(message_store, large);
        auto const heard = co_await socket.hear();
        CHECK(heard.at(1).at("body").as_string().size() == 300'000);
        box.stop();
        co_await socket.hear();
        CHECK(socket.problem.failed());
    });
}

} // namespace
