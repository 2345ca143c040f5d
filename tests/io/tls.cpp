// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "support/certificate.hpp"
#include "support/world.hpp"

#include <ringtail/net/http_listener.hpp>
#include <ringtail/net/services.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace {

using namespace test_support;
using ringtail::error;
using tcp = asio::ip::tcp;
namespace ssl = asio::ssl;
using ssl_stream = ssl::stream<tcp::socket>;

/// Answers every request with the same JSON over TLS, as Asio and OpenSSL do it.
class secure_server {
public:
    secure_server(world& w, certificate_files const& files) : world_(w), context_(ssl::context::tls_server), acceptor_(w.context, {asio::ip::address_v4::loopback(), 0})
    {
        context_.use_certificate_chain_file(files.chain());
        context_.use_private_key_file(files.key(), ssl::context::pem);
        w.at_end([this] { acceptor_.close(); });
    }
    void only_old_tls() { SSL_CTX_set_max_proto_version(context_.native_handle(), TLS1_1_VERSION); }
    [[nodiscard]] std::string url(std::string const& host = "localhost") const { return "https://" + host + ':' + std::to_string(acceptor_.local_endpoint().port()); }
    void start() { world_.beside(run()); }

    std::size_t requests = 0;

private:
    asio::awaitable<void> run()
    {
        for (;;) {
            boost::system::error_code how;
            auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, how));
            if (how) {
                co_return;
            }
            world_.beside(serve(std::move(socket)));
        }
    }
    asio::awaitable<void> serve(tcp::socket socket)
    {
        ssl_stream peer(std::move(socket), context_);
        boost::system::error_code how;
        co_await peer.async_handshake(ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, how));
        std::string text;
        while (!how) {
            char bytes[4'096];
            auto const got = co_await peer.async_read_some(asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, how));
            text.append(bytes, got);
            if (text.find("\r\n\r\n") != std::string::npos) {
                ++requests;
                text.clear();
                std::string const answer = "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{\"access_token\":\"aaaaaaaa\",\"expires_in\":3600,\"owner_id\":\"1\"}";
                co_await asio::async_write(peer, asio::buffer(answer), asio::redirect_error(asio::use_awaitable, how));
            }
        }
    }

    world& world_;
    ssl::context context_;
    tcp::acceptor acceptor_;
};

ringtail::environment trusting(world& w, std::string const& authority)
{
    ringtail::environment_options options;
    options.trusted_certificates = authority;
    return ringtail::environment(w.context.get_executor(), std::move(options));
}

/// What becomes of a login over TLS; no code if it succeeds.
ringtail::error_code login_over(certificate_files const& files, std::string const& trusted, std::string const& host = "localhost", bool old = false)
{
    world w;
    secure_server server(w, files);
    ringtail::error_code result;
    w.run([&]() -> asio::awaitable<void> {
        if (old) {
            server.only_old_tls();
        }
        server.start();
        auto settings = w.settings();
        settings.server_url = server.url(host);
        settings.retry = [](auto const&) { return 1ms; };
        settings.call_timeout = 5s;
        ringtail::client account(trusting(w, trusted), settings);
        if (auto const why = co_await failure_of(account.login())) {
            result = why->code();
            CHECK(server.requests == 0); // nothing was said before the certificate was good
        }
        co_return;
    });
    return result;
}

TEST_CASE("a server whose certificate is good is talked to: by name and by address, through an intermediate")
{
    certificate_files const files;
    CHECK(!login_over(files, files.authority()));
    CHECK(!login_over(files, files.authority(), "127.0.0.1"));
}

TEST_CASE("no word to a server whose certificate is of nobody we trust, for another host, expired, or whose TLS is too old")
{
    certificate_files const good;
    certificate_files const stranger;
    certificate_files const elsewhere("DNS:example.com");
    certificate_files const stale("DNS:localhost", -60);
    CHECK(login_over(good, stranger.authority()) == error::tls_failed);
    CHECK(login_over(elsewhere, elsewhere.authority()) == error::tls_failed);
    CHECK(login_over(stale, stale.authority()) == error::tls_failed);
    CHECK(login_over(good, good.authority(), "localhost", true) == error::tls_failed);
}

TEST_CASE("a file without certificates to trust is a clear failure")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        CHECK_THROWS_AS(trusting(w, "/nonexistent.pem"), ringtail::failure);
        co_return;
    });
}

/// Takes everything.
class open_door final : public ringtail::net::http_handler {
public:
    [[nodiscard]] int judge(ringtail::webhook_request const&, bool) const noexcept override { return 0; }
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

TEST_CASE("a listener with a certificate serves TLS, and a client that stalls or talks plainly disturbs nobody")
{
    certificate_files const files;
    world w;
    w.run([&]() -> asio::awaitable<void> {
        ringtail::net::listening_point point("127.0.0.1", free_port(w.context));
        point.certificate_chain = files.chain();
        point.private_key = files.key();
        open_door door;
        auto const listener = ringtail::net::http_listener::at(*w.environment().services(), point, {});
        auto route = listener->handle("/hook", door);
        tcp::endpoint const there(asio::ip::address_v4::loopback(), point.port);

        tcp::socket silent(w.context);
        co_await silent.async_connect(there, asio::use_awaitable);
        tcp::socket plain(w.context);
        co_await plain.async_connect(there, asio::use_awaitable);
        std::string const text = "POST /hook HTTP/1.1\r\nContent-Length: 2\r\n\r\nno";
        co_await asio::async_write(plain, asio::buffer(text), asio::use_awaitable);

        ssl::context trust(ssl::context::tls_client);
        trust.load_verify_file(files.authority());
        trust.set_verify_mode(ssl::verify_peer);
        ssl_stream peer(w.context, trust);
        SSL_set1_host(peer.native_handle(), "localhost");
        co_await peer.next_layer().async_connect(there, asio::use_awaitable);
        co_await peer.async_handshake(ssl::stream_base::client, asio::use_awaitable);
        for (auto i = 0; i != 3; ++i) {
            std::string const said = "POST /hook HTTP/1.1\r\nContent-Length: 3\r\n\r\nyes";
            co_await asio::async_write(peer, asio::buffer(said), asio::use_awaitable);
            std::string answer(15, ' ');
            co_await asio::async_read(peer, asio::buffer(answer), asio::use_awaitable);
            CHECK(answer == "HTTP/1.1 200 OK");
            char rest[200];
            co_await peer.async_read_some(asio::buffer(rest), asio::use_awaitable);
        }
        CHECK(door.bodies == std::vector<std::string>{"yes", "yes", "yes"});
        route.reset();
        co_await w.turns();
    });
}

TEST_CASE("a listener's certificate that has expired, or a key that is another's, is refused when it is given")
{
    certificate_files const stale("DNS:localhost", -60);
    certificate_files const other;
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto& services = *w.environment().services();
        ringtail::net::listening_point point("127.0.0.1", free_port(w.context));
        auto const refusal = [&] {
            try {
                static_cast<void>(ringtail::net::http_listener::at(services, point, {}));
            } catch (ringtail::failure const& why) {
                CHECK(why.code() == error::tls_failed);
                return std::string(why.what());
            }
            return std::string("accepted");
        };
        point.certificate_chain = stale.chain();
        point.private_key = stale.key();
        CHECK(refusal().find("expired") != std::string::npos);
        point.certificate_chain = other.chain();
        CHECK(refusal().find("key") != std::string::npos);
        co_return;
    });
}

} // namespace
