// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "sandbox_fixture.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include <unistd.h>

namespace {

using namespace sandbox_tests;
namespace ssl = asio::ssl;

constexpr std::string_view message_store = "/restapi/v1.0/account/~/extension/~/message-store";
using request_type = http::request<http::string_body>;

/// A certificate for `localhost` that signs itself, in a file as long as this lives.
class certificate {
public:
    explicit certificate(char const* name)
        : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free), x509_(X509_new(), &X509_free),
          path_(std::filesystem::temp_directory_path() /
                ("ringtail-" + std::to_string(::getpid()) + "-" + name + ".pem"))
    {
        auto* const made = x509_.get();
        X509_set_version(made, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
        X509_gmtime_adj(X509_getm_notBefore(made), -3600);
        X509_gmtime_adj(X509_getm_notAfter(made), 3600);
        X509_set_pubkey(made, key_.get());
        auto const* const text = reinterpret_cast<unsigned char const*>(name);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC, text, -1, -1, 0);
        X509_set_issuer_name(made, X509_get_subject_name(made));
        auto const value = "DNS:" + std::string(name);
        std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> const names(
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, value.c_str()), &X509_EXTENSION_free);
        X509_add_ext(made, names.get(), -1);
        X509_sign(made, key_.get(), EVP_sha256());
        auto* const file = std::fopen(path_.c_str(), "w");
        REQUIRE(file != nullptr);
        PEM_write_X509(file, made);
        std::fclose(file);
    }
    ~certificate() { std::filesystem::remove(path_); }
    certificate(certificate const&) = delete;
    certificate& operator=(certificate const&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }
    void serve(ssl::context& context) const
    {
        SSL_CTX_use_certificate(context.native_handle(), x509_.get());
        SSL_CTX_use_PrivateKey(context.native_handle(), key_.get());
    }

private:
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::unique_ptr<X509, decltype(&X509_free)> x509_;
    std::filesystem::path path_;
};

/// Somebody's webhook, by hand: what came, and answers as told.
class listener {
public:
    /// `with` is null for plain HTTP. What it serves keeps it alive until it is closed.
    static std::shared_ptr<listener> open(asio::any_io_executor executor, certificate const* with = nullptr)
    {
        auto made = std::make_shared<listener>(executor, with);
        asio::co_spawn(executor, accept(made), asio::detached);
        return made;
    }
    listener(asio::any_io_executor executor, certificate const* with)
        : acceptor_(executor, {asio::ip::address_v4::loopback(), 0}), context_(ssl::context::tls_server),
          secure_(with != nullptr)
    {
        if (with)
            with->serve(context_);
        answer = [](request_type const& request) { return agreement(request); };
    }

    [[nodiscard]] std::string url(std::string host = "127.0.0.1") const
    {
        auto const port = std::to_string(acceptor_.local_endpoint().port());
        return (secure_ ? "https://" : "http://") + host + ":" + port + "/hook";
    }

    static std::string agreement(request_type const& request)
    {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\nValidation-Token: " +
               std::string(request["Validation-Token"]) + "\r\n\r\n";
    }

    /// Until so many requests have come; the sandbox and this run meanwhile.
    asio::awaitable<void> wait_for(std::size_t count)
    {
        asio::steady_timer timer(acceptor_.get_executor(), asio::steady_timer::time_point::max());
        waiter_ = &timer;
        boost::system::error_code ignored;
        while (requests.size() < count) {
            timer.expires_at(asio::steady_timer::time_point::max());
            co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        waiter_ = nullptr;
    }

    void close()
    {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        for (auto const& each : peers_)
            each->next_layer().close(ignored);
    }

    std::function<std::string(request_type const&)> answer; ///< bytes; empty: the connection is closed
    std::vector<request_type> requests;
    std::size_t connections = 0;
    std::size_t broken = 0; ///< requests that ended in their middle

private:
    using stream_type = ssl::stream<asio::ip::tcp::socket>;

    static asio::awaitable<void> accept(std::shared_ptr<listener> self)
    {
        for (;;) {
            boost::system::error_code problem;
            auto socket = co_await self->acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, problem));
            if (problem)
                co_return;
            ++self->connections;
            self->peers_.push_back(std::make_shared<stream_type>(std::move(socket), self->context_));
            asio::co_spawn(self->acceptor_.get_executor(), serve(self, self->peers_.back()), asio::detached);
        }
    }

    static asio::awaitable<void> serve(std::shared_ptr<listener> self, std::shared_ptr<stream_type> to)
    {
        boost::system::error_code problem;
        if (self->secure_) {
            co_await to->async_handshake(ssl::stream_base::server,
                                         asio::redirect_error(asio::use_awaitable, problem));
            if (!problem)
                co_await talk(self, *to);
        } else {
            co_await talk(self, to->next_layer());
        }
        to->next_layer().close(problem);
    }

    template <class Stream>
    static asio::awaitable<void> talk(std::shared_ptr<listener> self, Stream& stream)
    {
        boost::beast::flat_buffer buffer;
        for (;;) {
            request_type request;
            boost::system::error_code problem;
            co_await http::async_read(stream, buffer, request, asio::redirect_error(asio::use_awaitable, problem));
            self->broken += problem == http::error::partial_message ? 1u : 0u;
            if (problem)
                co_return;
            self->requests.push_back(request);
            if (self->waiter_)
                self->waiter_->cancel();
            auto const text = self->answer(request);
            if (text.empty())
                co_return;
            co_await asio::async_write(stream, asio::buffer(text),
                                       asio::redirect_error(asio::use_awaitable, problem));
        }
    }

    asio::ip::tcp::acceptor acceptor_;
    ssl::context context_;
    bool secure_;
    std::vector<std::shared_ptr<stream_type>> peers_;
    asio::steady_timer* waiter_ = nullptr;
};

asio::awaitable<response> create(browser& client, std::string login, std::string address)
{
    json::object mode{{"transportType", "WebHook"}, {"address", address}, {"verificationToken", "mine"}};
    json::object const body{{"eventFilters", json::array{message_store}}, {"deliveryMode", std::move(mode)}};
    auto const text = json::serialize(body);
    co_return co_await client.send(http::verb::post, "/restapi/v1.0/subscription", text, login);
}

std::string code_of(response const& answer)
{
    return answer.result_int() == 200 ? "" : std::string(json::parse(answer.body()).at("errorCode").as_string());
}

/// Runs `test(box, browser, login)` with somebody logged in.
template <class Test>
void with_login(sandbox_options options, Test test)
{
    options.webhook_retry_delay = 1ms;
    options.rate_limits = false;
    with_sandbox(std::move(options), [&](sandbox& box, browser& client) -> asio::awaitable<void> {
        auto const login = co_await log_in(box, client);
        co_await test(box, client, login);
    });
}

TEST_CASE("a webhook is asked, then told what happens, all over one connection")
{
    with_login({}, [](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
        auto const opened = listener::open(co_await asio::this_coro::executor);
        auto& hook = *opened;
        auto const made = co_await create(client, login, hook.url());
        CHECK(made.result_int() == 200);
        CHECK_FALSE(made["RCRequestId"].empty());
        for (int n = 1; n <= 3; ++n)
            CHECK(box.publish(message_store, R"({"n":)" + std::to_string(n) + "}") == 1);
        co_await hook.wait_for(4);
        CHECK(hook.requests[0].method() == http::verb::post);
        CHECK(hook.requests[0].target() == "/hook");
        CHECK(hook.requests[0].body().empty());
        CHECK(hook.requests[0]["Content-Length"] == "0");
        CHECK_FALSE(hook.requests[0]["Validation-Token"].empty());
        for (std::size_t n = 1; n <= 3; ++n) {
            CHECK(hook.requests[n]["Verification-Token"] == "mine");
            CHECK(json::parse(hook.requests[n].body()).at("body").at("n") == n);
        }
        CHECK(hook.connections == 1);
        hook.close();
    });
}

TEST_CASE("what is wrong with an address is told when it is asked")
{
    sandbox_options options;
    options.webhook_timeout = 300ms;
    with_login(options, [](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
        auto const opened = listener::open(co_await asio::this_coro::executor);
        auto& hook = *opened;
        auto const agreement = [](request_type const& request) { return listener::agreement(request); };
        auto const large = [](request_type const& request) {
            auto text = listener::agreement(request);
            return text.insert(text.find("Content-Length"), "X-Filler: " + std::string(1024, 'x') + "\r\n");
        };
        auto const nothing = [](request_type const&) { return std::string(); };
        auto const nonsense = [](request_type const&) { return std::string("nonsense\r\n\r\n"); };
        auto const partial = [](request_type const&) { return std::string("HTTP/1.1 200 OK\r\n"); };
        auto const created = [](request_type const& request) {
            return listener::agreement(request).replace(9, 6, "201 OK");
        };
        auto const forgetful = [](request_type const&) {
            return std::string("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n");
        };
        auto const untyped = [](request_type const& request) {
            return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nValidation-Token: " +
                   std::string(request["Validation-Token"]) + "\r\n\r\n";
        };
        auto const url = hook.url();
        auto const try_out = [&](std::function<std::string(request_type const&)> how) {
            hook.answer = std::move(how);
            return create(client, login, url);
        };
        auto answer = co_await try_out(large);
        CHECK(code_of(answer) == "SUB-525");
        answer = co_await try_out(nothing);
        CHECK(code_of(answer) == "SUB-521");
        answer = co_await try_out(nonsense);
        CHECK(code_of(answer) == "SUB-525");
        answer = co_await try_out(partial);
        CHECK(code_of(answer) == "SUB-521");
        answer = co_await try_out(created);
        CHECK(code_of(answer) == "SUB-522");
        answer = co_await try_out(forgetful);
        CHECK(code_of(answer) == "SUB-520");
        answer = co_await try_out(untyped);
        CHECK(code_of(answer) == "SUB-525");
        answer = co_await try_out(agreement);
        CHECK(code_of(answer).empty());
        hook.close();
        answer = co_await create(client, login, url);
        CHECK(code_of(answer) == "SUB-521");
        CHECK(box.statistics().requests(sandbox_call::webhook_validation, 0) == 4);
    });
}

TEST_CASE("a failed delivery is repeated, also when the kept connection was closed meanwhile")
{
    with_login({}, [](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
        auto const opened = listener::open(co_await asio::this_coro::executor);
        auto& hook = *opened;
        auto const made = co_await create(client, login, hook.url());
        CHECK(made.result_int() == 200);
        hook.answer = [&hook](request_type const&) {
            auto const n = hook.requests.size();
            return n == 2 ? std::string("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
                   : n == 3 ? std::string()
                            : std::string("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        };
        box.publish(message_store, R"({"n":1})");
        co_await hook.wait_for(4);
        CHECK(hook.requests[1].body() == hook.requests[3].body());
        CHECK(hook.connections == 2);
        CHECK(box.statistics().requests(sandbox_call::webhook_delivery, 500) == 1);
        hook.close();
    });
}

TEST_CASE("a request can end in its middle or come in pieces")
{
    with_login({}, [](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
        auto const opened = listener::open(co_await asio::this_coro::executor);
        auto& hook = *opened;
        auto const made = co_await create(client, login, hook.url());
        CHECK(made.result_int() == 200);
        box.inject(fault(sandbox_call::webhook_delivery, fault_effect::cut_body));
        box.publish(message_store, R"({"n":1})");
        co_await hook.wait_for(2);
        CHECK(hook.broken == 1);
        box.inject(fault(sandbox_call::webhook_delivery, fault_effect::trickle));
        box.publish(message_store, R"({"n":2})");
        co_await hook.wait_for(3);
        CHECK(json::parse(hook.requests[2].body()).at("body").at("n") == 2);
        hook.close();
    });
}

TEST_CASE("over TLS the certificate has to be trusted and to name the host")
{
    certificate const good("localhost");
    certificate const other("elsewhere");
    auto const code = [](certificate const& serves, std::string trusted, std::string host) {
        std::string found;
        sandbox_options options;
        options.webhook_certificates = trusted;
        with_login(options, [&](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
            auto const opened = listener::open(co_await asio::this_coro::executor, &serves);
            auto& hook = *opened;
            auto const answer = co_await create(client, login, hook.url(host));
            found = code_of(answer);
            if (found.empty()) {
                box.publish(message_store);
                co_await hook.wait_for(2);
                CHECK(hook.connections == 1);
            }
            hook.close();
        });
        return found;
    };
    CHECK(code(good, good.path(), "localhost").empty());
    CHECK(code(good, {}, "localhost") == "SUB-524");
    CHECK(code(other, other.path(), "localhost") == "SUB-524");
    CHECK(code(good, good.path(), "127.0.0.1") == "SUB-524");
}

TEST_CASE("certificates that cannot be read are a failure with words")
{
    asio::io_context context;
    sandbox_options options;
    options.webhook_certificates = "/nonexistent/ca.pem";
    CHECK_THROWS_AS(sandbox(context.get_executor(), options), failure);
}

TEST_CASE("a stop ends the posts that are under way")
{
    with_login({}, [](sandbox& box, browser& client, std::string login) -> asio::awaitable<void> {
        auto const opened = listener::open(co_await asio::this_coro::executor);
        auto& hook = *opened;
        hook.answer = [&box](request_type const& request) {
            if (!request["Validation-Token"].empty())
                return listener::agreement(request);
            box.stop();
            return std::string();
        };
        auto const made = co_await create(client, login, hook.url());
        CHECK(made.result_int() == 200);
        box.publish(message_store);
        co_await hook.wait_for(2);
        hook.close();
    });
}

} // namespace
