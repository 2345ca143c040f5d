// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// What a webhook costs: deliveries over TLS on kept connections to the listener of one subscription, paced or as fast as they
// are answered, and whether each of them became an event. The sender runs on a thread of its own; what is counted is the CPU
// time of the thread that listens, decodes and takes the events.
//
//     bench/webhook [--count N] [--rate PER_SECOND, 0: no pace] [--connections N] [--certificate PEM --private-key PEM --authority PEM]
#include "measure.hpp"

#include <support/certificate.hpp>

#include <ringtail.hpp>
#include <ringtail/sandbox.hpp>
#include <ringtail/webhook.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <iostream>
#include <thread>

namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using tcp = asio::ip::tcp;

constexpr char const* token = "a verification token of the bench";

/// One kept connection that says a delivery and waits for its answer.
class sender {
public:
    sender(asio::io_context& context, ssl::context& trust, std::uint16_t port) : peer_(context, trust)
    {
        peer_.next_layer().connect({asio::ip::address_v4::loopback(), port});
        peer_.next_layer().set_option(tcp::no_delay(true));
        peer_.handshake(ssl::stream_base::client);
    }

    void deliver(std::size_t number)
    {
        auto const body = R"({"uuid":")" + std::to_string(number) +
                          R"(","event":"/restapi/v1.0/account/1/extension/2/message-store","timestamp":"2026-01-05T09:00:00.000Z","subscriptionId":"s","ownerId":"2","body":{"extensionId":2,"lastUpdated":"2026-01-05T09:00:00.000Z","changes":[{"type":"SMS","newCount":1,"updatedCount":0}]}})";
        auto const text = std::string("POST /hook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nVerification-Token: ") + token +
                          "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
        asio::write(peer_, asio::buffer(text));
        auto const size = asio::read_until(peer_, asio::dynamic_buffer(answer_), "\r\n\r\n");
        if (!answer_.starts_with("HTTP/1.1 200")) {
            throw std::runtime_error("refused: " + answer_.substr(0, answer_.find('\r')));
        }
        answer_.erase(0, size);
    }

private:
    ssl::stream<tcp::socket> peer_;
    std::string answer_;
};

asio::awaitable<void> take(ringtail::client account, ringtail::webhook_options where, std::size_t count, std::size_t* taken, std::size_t* gaps, double* cpu,
                           std::atomic<bool>* ready)
{
    ringtail::event_filters filters;
    filters.message_store("~");
    auto subscription = co_await account.create_subscription<ringtail::webhook>(filters, where);
    auto const before = bench::thread_cpu_us();
    ready->store(true);
    while (*taken < count) {
        auto event = co_await subscription.next_event();
        for (; event; event = subscription.try_next_event()) {
            *taken += std::holds_alternative<ringtail::notification>(*event) ? 1u : 0u;
            *gaps += std::holds_alternative<ringtail::gap>(*event) ? 1u : 0u;
        }
    }
    *cpu = bench::thread_cpu_us() - before;
    co_await subscription.unsubscribe();
}

} // namespace

int main(int argc, char** argv)
try {
    auto const count = std::stoul(bench::option(argc, argv, "count", "20000"));
    auto const rate = std::stod(bench::option(argc, argv, "rate", "0"));
    auto const connections = std::stoul(bench::option(argc, argv, "connections", "8"));
    test_support::certificate_files const files;

    asio::io_context beside;
    ringtail::sandbox_options options;
    options.rate_limits = false;
    options.webhook_certificates = files.authority();
    ringtail::sandbox box(beside.get_executor(), options);
    std::thread serving([&] { beside.run(); });

    asio::io_context context(1);
    auto const port = tcp::acceptor(context, {asio::ip::address_v4::loopback(), 0}).local_endpoint().port();
    ringtail::config settings;
    settings.server_url = box.server_url();
    settings.client_id = box.client_id();
    settings.client_secret = ringtail::secret(box.client_secret());
    settings.login = ringtail::jwt_login(ringtail::secret(box.jwt()));
    ringtail::webhook_options where("https://localhost:" + std::to_string(port) + "/hook", "127.0.0.1", port);
    where.verification_token = ringtail::secret(token);
    where.certificate_chain = files.chain();
    where.private_key = files.key();

    std::size_t taken = 0;
    std::size_t gaps = 0;
    double cpu = 0;
    std::atomic<bool> ready = false;
    ringtail::client account(context.get_executor(), settings);
    asio::co_spawn(context, take(account, where, count, &taken, &gaps, &cpu, &ready), [](std::exception_ptr e) { if (e) std::rethrow_exception(e); });

    double wall = 0;
    std::thread sending([&] {
        while (!ready) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        asio::io_context mine;
        ssl::context trust(ssl::context::tls_client);
        trust.load_verify_file(files.authority());
        trust.set_verify_mode(ssl::verify_peer);
        std::vector<std::unique_ptr<sender>> all;
        for (std::size_t i = 0; i != connections; ++i) {
            all.push_back(std::make_unique<sender>(mine, trust, port));
        }
        auto const start = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i != count; ++i) {
            if (rate > 0) {
                std::this_thread::sleep_until(start + std::chrono::duration<double>(static_cast<double>(i) / rate));
            }
            all[i % connections]->deliver(i);
        }
        wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    });
    context.run();
    sending.join();
    box.stop();
    serving.join();
    std::printf("{\"deliveries\":%zu,\"events\":%zu,\"gaps\":%zu,\"connections\":%zu,\"per_second\":%.0f,\"cpu_us_per_delivery\":%.1f}\n", count, taken,
                gaps, connections, static_cast<double>(count) / wall, cpu / static_cast<double>(count));
    return taken == count && gaps == 0 ? 0 : 1;
} catch (std::exception const& e) {
    std::cerr << "bench/webhook: " << e.what() << '\n';
    return 1;
}
