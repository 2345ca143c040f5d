// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "sandbox_fixture.hpp"

#include <boost/asio/error.hpp>

namespace {

using namespace sandbox_tests;

/// What a client gets on the wire for one request while `what` is about to strike.
class wire_test {
public:
    wire_test(fault its_fault) : what(std::move(its_fault)) {}

    asio::awaitable<void> operator()(sandbox& box, browser& client)
    {
        box.inject(what);
        got = co_await client.raw("/restapi/v1.0/subscription", problem);
    }

    fault what;
    std::string got;
    boost::system::error_code problem;
};

wire_test run(fault what)
{
    wire_test test(std::move(what));
    with_sandbox({}, std::ref(test));
    return test;
}

bool complete(std::string const& text)
{
    auto const header_end = text.find("\r\n\r\n");
    auto const length = text.find("Content-Length: ");
    return header_end != text.npos && length != text.npos &&
           text.size() - header_end - 4 == static_cast<std::size_t>(std::stoi(text.substr(length + 16)));
}

TEST_CASE("a connection can be closed before, inside and right behind an answer")
{
    auto const end = [](wire_test const& test) { return test.problem == asio::error::eof; };
    auto const lost = run(fault::lost(sandbox_call::any));
    CHECK((end(lost) && lost.got.empty()));
    auto const header = run({sandbox_call::any, fault_effect::cut_header});
    CHECK((end(header) && !header.got.empty() && header.got.find("\r\n\r\n") == std::string::npos));
    auto const body = run({sandbox_call::any, fault_effect::cut_body});
    CHECK((end(body) && body.got.find("\r\n\r\n{") != std::string::npos && !complete(body.got)));
    auto const after = run({sandbox_call::any, fault_effect::close_after});
    CHECK((end(after) && complete(after.got) && after.got.find("keep-alive") != std::string::npos));
}

TEST_CASE("a connection can be reset, and answered with garbage")
{
    auto const reset = run(fault::reset(sandbox_call::any));
    CHECK(reset.problem == asio::error::connection_reset);
    CHECK(reset.got.empty());
    auto const garbage = run({sandbox_call::any, fault_effect::garbage});
    CHECK(garbage.problem == asio::error::eof);
    CHECK_FALSE(garbage.got.starts_with("HTTP"));
}

/// Answers that come, but not as usual: slowly, late, after a promise of more, or to somebody else only.
asio::awaitable<void> slow_and_stalled(sandbox& box, browser& client)
{
    fault slowly(sandbox_call::any, fault_effect::trickle);
    slowly.delay = 1ms;
    box.inject(slowly);
    auto const first = co_await client.send(http::verb::get, "/restapi/v1.0/subscription");
    CHECK(first.result_int() == 401);
    CHECK(json::parse(first.body()).at("errorCode") == "AGW-401");

    box.inject(fault::delayed(sandbox_call::any, 5ms));
    auto const second = co_await client.send(http::verb::get, "/restapi/v1.0/subscription");
    CHECK(second.result_int() == 401);

    browser patient(co_await asio::this_coro::executor, box);
    box.inject(fault::stall(sandbox_call::subscription_list));
    bool ended = false;
    auto const wait = [](browser& from, bool& done) -> asio::awaitable<void> {
        boost::system::error_code problem;
        auto const got = co_await from.raw("/restapi/v1.0/subscription", problem);
        CHECK(got.empty());
        done = true;
    };
    asio::co_spawn(co_await asio::this_coro::executor, wait(patient, ended), asio::detached);
    while (box.statistics().faults < 3)
        co_await client.send(http::verb::get, "/time/0");
    for (int i = 0; i < 5; ++i)
        co_await client.send(http::verb::get, "/time/0");
    CHECK_FALSE(ended);
    box.stop(); // ends the stall too
    while (!ended)
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

TEST_CASE("an answer can trickle, be late or never come, and stop ends it")
{
    with_sandbox({}, slow_and_stalled);
}

asio::awaitable<void> promise_more(sandbox& box, browser& client)
{
    box.inject({sandbox_call::any, fault_effect::wrong_length});
    boost::system::error_code problem;
    box.inject(fault(sandbox_call::any, fault_effect::close_after));
    auto const got = co_await client.raw("/one HTTP/1.1\r\nHost: x\r\n\r\nGET /two", problem);
    auto const second = got.find("HTTP/1.1 404", 1);
    CHECK(second != std::string::npos);
    CHECK_FALSE(complete(got.substr(0, second)));
    CHECK(complete(got.substr(second)));
}

TEST_CASE("an answer can promise more than there is, on a connection that lives on")
{
    with_sandbox({}, promise_more);
}

} // namespace
