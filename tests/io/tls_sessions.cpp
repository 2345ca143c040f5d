// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "support/certificate.hpp"
#include "support/world.hpp"

#include <ringtail/net/services.hpp>
#include <ringtail/net/tcp_connector.hpp>
#include <ringtail/net/tls_stream.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/crypto.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace {

using namespace test_support;
using ringtail::error;
using ringtail::net::tls_context;
using ringtail::net::tls_stream;
using tcp = asio::ip::tcp;
namespace ssl = asio::ssl;

// What OpenSSL holds in blocks that are as large as a record. It takes other functions only before it took any memory.
constexpr std::size_t record = 16 * 1'024;
constexpr std::size_t head = alignof(std::max_align_t);
std::atomic<std::size_t> in_records = 0;

std::size_t& size_of(void* block) { return *reinterpret_cast<std::size_t*>(block); }

void give_back(void* what, char const*, int)
{
    if (what != nullptr) {
        auto* const block = static_cast<char*>(what) - head;
        in_records -= size_of(block) >= record ? size_of(block) : 0;
        std::free(block);
    }
}

void* take_again(void* what, std::size_t size, char const* file, int line)
{
    if (size == 0) {
        give_back(what, file, line);
        return nullptr;
    }
    auto* const block = what != nullptr ? static_cast<char*>(what) - head : nullptr;
    auto const before = block != nullptr ? size_of(block) : 0;
    auto* const made = static_cast<char*>(std::realloc(block, size + head));
    if (made == nullptr) {
        return nullptr;
    }
    in_records += (size >= record ? size : 0) - (before >= record ? before : 0);
    size_of(made) = size;
    return made + head;
}

void* take(std::size_t size, char const* file, int line) { return take_again(nullptr, size, file, line); }

bool const counted = CRYPTO_set_mem_functions(&take, &take_again, &give_back) == 1;

/// Answers whatever it gets, over TLS; with certificates and keys of tickets that change.
class changing_server {
public:
    changing_server(world& w, certificate_files const& files) : world_(w), acceptor_(w.context, {asio::ip::address_v4::loopback(), 0})
    {
        restart(files);
        w.at_end([this] { acceptor_.close(); });
    }

    /// What it said before is forgotten.
    void restart(certificate_files const& files)
    {
        context_ = std::make_unique<ssl::context>(ssl::context::tls_server);
        context_->use_certificate_chain_file(files.chain());
        context_->use_private_key_file(files.key(), ssl::context::pem);
        SSL_CTX_set_timeout(context_->native_handle(), std::chrono::seconds(48h).count());
    }
    void only_tls_1_2() { SSL_CTX_set_max_proto_version(context_->native_handle(), TLS1_2_VERSION); }
    void sessions_end_after(std::chrono::seconds age) { SSL_CTX_set_timeout(context_->native_handle(), age.count()); }

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void start() { world_.beside(run()); }

private:
    asio::awaitable<void> run()
    {
        for (;;) {
            boost::system::error_code how;
            auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, how));
            if (how) {
                co_return;
            }
            world_.beside(serve(std::make_unique<ssl::stream<tcp::socket>>(std::move(socket), *context_)));
        }
    }
    static asio::awaitable<void> serve(std::unique_ptr<ssl::stream<tcp::socket>> peer)
    {
        boost::system::error_code how;
        co_await peer->async_handshake(ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, how));
        while (!how) {
            char bytes[100];
            auto const got = co_await peer->async_read_some(asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, how));
            if (got != 0) {
                co_await asio::async_write(*peer, asio::buffer(bytes, got), asio::redirect_error(asio::use_awaitable, how));
            }
        }
    }

    world& world_;
    std::unique_ptr<ssl::context> context_;
    tcp::acceptor acceptor_;
};

/// A program's side: everything that shares its sessions.
class machine {
public:
    machine(world& w, certificate_files const& trusted)
        : services_(w.environment().services()), tls_(std::make_shared<tls_context>()), connector_(services_->strand, services_->deadlines, tls_)
    {
        tls_->add_trust(trusted.authority());
    }

    asio::awaitable<std::unique_ptr<tls_stream>> connect(changing_server const& to, std::string host = "localhost")
    {
        ringtail::net::endpoint const where(std::move(host), to.port(), true);
        auto made = co_await connector_.connect(where, services_->deadlines.now() + 10s);
        co_return std::unique_ptr<tls_stream>(dynamic_cast<tls_stream*>(made.release()));
    }

    ringtail::net::tls_peer& peer(changing_server const& server, std::string const& host = "localhost") { return *tls_->peer(host, server.port()); }

private:
    std::shared_ptr<ringtail::net::services> services_;
    std::shared_ptr<tls_context> tls_;
    ringtail::net::tcp_connector connector_;
};

/// Whether this connection, which hears an answer and ends then, went on with another one's session.
asio::awaitable<bool> resumes(machine& from, changing_server const& to, std::string host = "localhost")
{
    auto const stream = co_await from.connect(to, std::move(host));
    ringtail::error_code how;
    stream->write("hello", 5, how);
    REQUIRE(!how);
    std::string answer(5, ' ');
    while (stream->read(answer.data(), answer.size(), how) == 0) {
        co_await stream->readable();
    }
    CHECK(answer == "hello");
    auto const result = stream->resumed();
    stream->close();
    co_return result;
}

TEST_CASE("a handshake that was given up touches no connection that has its socket's number now")
{
    asio::io_context context;
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    tcp::socket ours(context);
    ours.connect(acceptor.local_endpoint());
    auto const number = ours.native_handle();
    tls_context trust;
    tls_stream stream(std::move(ours), trust, trust.peer("localhost", 443));
    stream.close();
    int others[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, others) == 0);
    REQUIRE(::dup2(others[0], number) == number);
    REQUIRE(::send(others[1], "theirs", 6, 0) == 6);
    std::exception_ptr how;
    asio::co_spawn(context, stream.handshake(), [&](std::exception_ptr thrown) { how = thrown; });
    context.run();
    CHECK_THROWS_AS(std::rethrow_exception(how), boost::system::system_error);
    char bytes[10];
    CHECK(::recv(number, bytes, sizeof bytes, 0) == 6);
    CHECK(::recv(others[1], bytes, sizeof bytes, 0) == -1);
    ::close(number);
    ::close(others[0]);
    ::close(others[1]);
}

TEST_CASE("a second connection to a server resumes the first one's session, over TLS 1.3 and 1.2")
{
    for (auto const old : {false, true}) {
        CAPTURE(old);
        certificate_files const files;
        world w;
        changing_server server(w, files);
        if (old) {
            server.only_tls_1_2();
        }
        w.run([&]() -> asio::awaitable<void> {
            server.start();
            machine ours(w, files);
            CHECK_FALSE(co_await resumes(ours, server));
            for (auto i = 0; i != 20; ++i) {
                auto const again = co_await resumes(ours, server);
                CHECK(again);
            }
            CHECK(ours.peer(server).size() != 0);
            CHECK(ours.peer(server).size() <= 16);
        });
    }
}

TEST_CASE("no session is resumed under another name, with another port, or for a program that trusts others")
{
    certificate_files const files;
    world w;
    changing_server server(w, files);
    changing_server other(w, files);
    w.run([&]() -> asio::awaitable<void> {
        server.start();
        other.start();
        machine ours(w, files);
        CHECK_FALSE(co_await resumes(ours, server));
        CHECK_FALSE(co_await resumes(ours, server, "127.0.0.1"));
        CHECK_FALSE(co_await resumes(ours, other));
        machine another(w, files);
        CHECK_FALSE(co_await resumes(another, server));
        certificate_files const stranger;
        machine suspicious(w, stranger);
        auto const why = co_await failure_of(resumes(suspicious, server));
        REQUIRE(why);
        CHECK(why->code() == error::tls_failed);
    });
}

TEST_CASE("a server that forgot its sessions is verified anew, and let go of if it is another one")
{
    certificate_files const files;
    certificate_files const stranger;
    world w;
    changing_server server(w, files);
    w.run([&]() -> asio::awaitable<void> {
        server.start();
        machine ours(w, files);
        CHECK_FALSE(co_await resumes(ours, server));
        server.restart(files);
        CHECK_FALSE(co_await resumes(ours, server));
        CHECK(co_await resumes(ours, server));
        server.restart(stranger);
        auto const why = co_await failure_of(resumes(ours, server));
        REQUIRE(why);
        CHECK(why->code() == error::tls_failed);
        CHECK(ours.peer(server).size() == 0); // in case that the server did not like the session
        server.restart(files);
        CHECK_FALSE(co_await resumes(ours, server));
    });
}

TEST_CASE("a session is good for as long as the server says, its certificate is valid, and for a day at most")
{
    auto const after = [](certificate_files const& files, std::chrono::seconds server_says, std::chrono::seconds since) {
        auto result = false;
        world w;
        changing_server server(w, files);
        server.sessions_end_after(server_says);
        w.run([&]() -> asio::awaitable<void> {
            server.start();
            machine ours(w, files);
            CHECK_FALSE(co_await resumes(ours, server));
            CHECK(co_await resumes(ours, server)); // what is kept now was verified by an earlier connection
            result = ours.peer(server).take(std::time(nullptr) + since.count()).handle != nullptr;
        });
        return result;
    };
    certificate_files const lasting("DNS:localhost", std::chrono::seconds(1'000h).count());
    CHECK(after(lasting, 48h, 23h));
    CHECK_FALSE(after(lasting, 48h, 24h));
    CHECK(after(lasting, 2h, 1h));
    CHECK_FALSE(after(lasting, 2h, 2h));
    certificate_files const hourly("DNS:localhost", std::chrono::seconds(1h).count());
    CHECK(after(hourly, 48h, 59min));
    CHECK_FALSE(after(hourly, 48h, 61min));
}

TEST_CASE("while a connection waits, it holds no buffer for records, not even behind a session ticket")
{
    REQUIRE(counted);
    certificate_files const files;
    world w;
    changing_server server(w, files);
    w.run([&]() -> asio::awaitable<void> {
        server.start();
        machine ours(w, files);
        for (auto i = 0; i != 3; ++i) {
            auto const stream = co_await ours.connect(server);
            co_await w.turns();
            char byte = 0;
            ringtail::error_code how;
            stream->read(&byte, 1, how);
            CHECK(how == asio::error::would_block); // there was nothing but tickets
            auto const before = in_records.load();
            stream->when_readable([](auto) {});
            auto const waiting = in_records.load();
            CHECK(before - waiting >= record);
            stream->write("hello", 5, how); // would take it, too
            CHECK(in_records.load() == waiting);
            stream->close();
        }
        co_return;
    });
}

} // namespace
