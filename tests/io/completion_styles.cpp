// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "support/world.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_future.hpp>

#include <thread>

namespace {

using namespace test_support;
using ringtail::pubnub;

constexpr char const* own_extension = "/restapi/v1.0/account/~/extension/~";

asio::awaitable<ringtail::any_subscription> subscribe(ringtail::client account)
{
    co_return co_await account.create_subscription<pubnub>(messages());
}

/// A program without coroutines of its own.
class callback_program : public std::enable_shared_from_this<callback_program> {
public:
    callback_program(world& in, ringtail::client from) : world_(in), account_(std::move(from)) {}

    void start()
    {
        asio::co_spawn(world_.context, subscribe(account_), [self = shared_from_this()](std::exception_ptr failed, ringtail::any_subscription made) {
            REQUIRE_FALSE(failed);
            self->subscription_ = std::move(made);
            self->world_.tell(1, 3);
            self->next();
        });
    }

    std::string heard;
    bool over = false;

private:
    void next()
    {
        asio::co_spawn(world_.context, subscription_.next_event(), [self = shared_from_this()](std::exception_ptr failed, std::optional<ringtail::event> event) {
            REQUIRE_FALSE(failed);
            if (!event) {
                self->over = true;
                return;
            }
            self->heard += word(*event) + ' ';
            if (word(*event) == "3") {
                asio::co_spawn(self->world_.context, self->subscription_.unsubscribe(), [self](std::exception_ptr how) { REQUIRE_FALSE(how); });
            }
            self->next();
        });
    }

    world& world_;
    ringtail::client account_;
    ringtail::any_subscription subscription_;
};

TEST_CASE("callbacks")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto const program = std::make_shared<callback_program>(w, w.account());
        program->start();
        co_await w.until([&] { return program->over; });
        CHECK(program->heard == "connected 1 2 3 ");
        CHECK(w.box.subscription_ids().empty());
    });
}

TEST_CASE("std::future, from a thread that knows nothing of coroutines")
{
    world w;
    auto account = w.account();
    std::string heard;
    std::string refusal;
    std::exception_ptr unexpected;
    std::thread program([&] {
        try {
            auto subscription = asio::co_spawn(w.context, subscribe(account), asio::use_future).get();
            w.tell(1, 3);
            while (heard.find('3') == std::string::npos) {
                auto const event = asio::co_spawn(w.context, subscription.next_event(), asio::use_future).get();
                heard += word(*event) + ' ';
            }
            auto const value = asio::co_spawn(w.context, account.get(own_extension), asio::use_future).get();
            heard += value.is_object() ? "object" : "?";
            try {
                asio::co_spawn(w.context, account.get_subscription("none"), asio::use_future).get();
            } catch (ringtail::failure const& why) {
                refusal = std::to_string(why.http_status());
            }
            asio::co_spawn(w.context, subscription.close(), asio::use_future).get();
        } catch (...) {
            unexpected = std::current_exception();
        }
        w.box.stop();
        w.context.stop();
    });
    w.context.run_for(60s);
    program.join();
    CHECK_FALSE(unexpected);
    CHECK(heard == "connected 1 2 3 object");
    CHECK(refusal == "404");
}

TEST_CASE("as_tuple: failures are values, with all that failure carries")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const as_tuple = asio::as_tuple(asio::use_awaitable);
        auto [failed, value] = co_await asio::co_spawn(w.context, account.get(own_extension), as_tuple);
        CHECK_FALSE(failed);
        CHECK(value.is_object());
        auto [missing, nothing] = co_await asio::co_spawn(w.context, account.get_subscription("none"), as_tuple);
        REQUIRE(missing);
        CHECK(nothing.id.empty());
        try {
            std::rethrow_exception(missing);
        } catch (boost::system::system_error const& why) { // so: error_code style
            CHECK(why.code() == ringtail::error::subscription_gone);
        }
        auto [refused, subscription] = co_await asio::co_spawn(w.context, subscribe(account), as_tuple);
        CHECK_FALSE(refused);
        auto [broken, event] = co_await asio::co_spawn(w.context, subscription.next_event(ringtail::duration(-1s)), as_tuple);
        CHECK(broken);
        auto [trouble] = co_await asio::co_spawn(w.context, subscription.close(), as_tuple);
        CHECK_FALSE(trouble);
    });
}

TEST_CASE("deferred: an operation is a value until it is launched")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto operation = asio::co_spawn(w.context, account.get(own_extension), asio::deferred);
        CHECK(w.requests(sandbox_call::any) == 0);
        auto const value = co_await std::move(operation)(asio::use_awaitable);
        CHECK(value.is_object());
    });
}

TEST_CASE("cancellation slots: whoever started an operation ends it")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto subscription = co_await account.create_subscription<pubnub>(messages());
        listener program(subscription);
        w.tell(1);
        co_await program.hear(1);
        asio::cancellation_signal signal;
        boost::system::error_code how;
        auto ended = false;
        asio::co_spawn(w.context, subscription.next_event(),
                       asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown, std::optional<ringtail::event> event) {
                           CHECK_FALSE(event.has_value());
                           try {
                               std::rethrow_exception(thrown);
                           } catch (boost::system::system_error const& why) {
                               how = why.code();
                           }
                           ended = true;
                       }));
        co_await w.turns(5);
        signal.emit(asio::cancellation_type::terminal);
        co_await w.until([&] { return ended; });
        CHECK(how == asio::error::operation_aborted);
        w.tell(2);
        co_await program.hear(2);
    });
}

} // namespace
