// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/net/background.hpp>
#include <ringtail/net/parking.hpp>

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace {

namespace asio = boost::asio;
using ringtail::net::background;
using ringtail::net::notifier;

asio::awaitable<void> say(std::string& to, std::string what)
{
    to += what;
    co_return;
}

asio::awaitable<void> wait(notifier& until)
{
    co_await until.wait();
}

TEST_CASE("another coroutine may be run as soon as the work of the one before is done, before its completion")
{
    asio::io_context context;
    background runner;
    std::string said;
    notifier never;
    auto const body = [&]() -> asio::awaitable<void> {
        said += "first ";
        // As somebody does who was told so; by the completion of this one the other one waits.
        runner.run(context.get_executor(), wait(never), [&](std::exception_ptr how) { said += how ? "second-stopped " : "second "; });
        co_return;
    };
    runner.run(context.get_executor(), body(), [&](std::exception_ptr) { said += "first-over "; });
    context.poll();
    CHECK(said == "first first-over ");
    runner.stop();
    context.restart();
    context.poll();
    CHECK(said == "first first-over second-stopped ");
}

TEST_CASE("what was stopped may be destroyed and forgotten at once, and the coroutine ends all the same")
{
    asio::io_context context;
    std::string said;
    notifier never;
    for (auto const forgotten : {false, true}) {
        auto runner = std::make_unique<background>();
        runner->run(context.get_executor(), wait(never), [&](std::exception_ptr how) { said += how ? "stopped " : "over "; });
        context.poll();
        runner->stop();
        if (forgotten) {
            runner->forget();
            runner->stop();
        }
        runner.reset();
        context.restart();
        context.poll();
    }
    CHECK(said == "stopped stopped ");
}

TEST_CASE("the completion may destroy what ran it")
{
    asio::io_context context;
    std::string said;
    auto runner = std::make_unique<background>();
    runner->run(context.get_executor(), say(said, "work "), [&](std::exception_ptr) {
        runner.reset();
        said += "over";
    });
    context.run();
    CHECK(said == "work over");
}

TEST_CASE("to stop what is over, or never ran, is nothing")
{
    asio::io_context context;
    background runner;
    runner.stop();
    std::string said;
    runner.run(context.get_executor(), say(said, "work"), [](std::exception_ptr) {});
    context.run();
    runner.stop();
    CHECK(said == "work");
}

} // namespace
