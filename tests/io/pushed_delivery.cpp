// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "support/world.hpp"

#include <ringtail/transport.hpp>

namespace {

using namespace test_support;
using ringtail::delivery;
using ringtail::delivery_mode;
using ringtail::delivery_sink;
using ringtail::message;
using ringtail::when_full;

/// What a test and its transport both see.
class stage {
public:
    delivery_sink* sink = nullptr;
    int opened = 0;
    bool is_open = false;
    int went_on = 0;
    std::function<ringtail::response(ringtail::request const&)> answer;

    /// @return whether it was taken
    bool bring(int n)
    {
        auto const number = std::to_string(n);
        auto const text = R"({"uuid":"u-)" + number + R"(","event":"/restapi/v1.0/account/1/extension/2/message-store",)" +
                          R"("timestamp":"2026-01-05T09:00:00.000Z","subscriptionId":"s-1","body":{"n":)" + number + "}}";
        message const one(text, false);
        delivery brought({&one, 1}, {});
        return sink->take(brought, std::chrono::steady_clock::now(), std::chrono::system_clock::now());
    }
};

/// A program's own transport that delivers by calls.
template <when_full Policy>
class pushing {
public:
    static constexpr std::string_view name = "pushing";
    static constexpr when_full on_full = Policy;

    pushing(ringtail::transport_context, std::shared_ptr<stage> on) : stage_(std::move(on)) {}
    asio::awaitable<ringtail::opened> open(ringtail::cursor const&)
    {
        ++stage_->opened;
        stage_->is_open = true;
        co_return ringtail::continuity::fresh;
    }
    [[nodiscard]] std::optional<delivery_mode> requested_delivery() const { return std::nullopt; }
    asio::awaitable<void> attach(ringtail::subscription_info const&) { co_return; }
    void deliver_to(delivery_sink& to) noexcept { stage_->sink = &to; }
    void go_on() { ++stage_->went_on; }
    void close() noexcept { stage_->is_open = false; }

protected:
    std::shared_ptr<stage> stage_;
};

/// That also carries the requests.
class carrying : public pushing<when_full::stop_receiving> {
public:
    using pushing::pushing;
    [[nodiscard]] std::optional<delivery_mode> requested_delivery() const { return delivery_mode::websocket(); }
    asio::awaitable<ringtail::response> exchange(ringtail::request call) { co_return stage_->answer(call); }
};

static_assert(ringtail::transport<carrying> && ringtail::control_channel<carrying> && ringtail::pushed_delivery<carrying>);

ringtail::response answer(int status, std::string body)
{
    ringtail::response result;
    result.status = status;
    result.body = std::move(body);
    return result;
}

} // namespace

TEST_CASE("a pushing transport whose events may be dropped need never wait for room, one whose server keeps them is told when there is some")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.queue_capacity = 4;
        auto account = w.account(settings);
        {
            auto const on = std::make_shared<stage>();
            auto subscription = co_await account.create_subscription<pushing<when_full::drop_oldest>>(messages(), on);
            for (auto n = 1; n <= 10; ++n) {
                CHECK(on->sink->ready());
                CHECK(on->bring(n));
            }
            listener program(subscription);
            co_await program.hear(10);
            co_await subscription.close();
        }
        auto const on = std::make_shared<stage>();
        auto subscription = co_await account.create_subscription<pushing<when_full::stop_receiving>>(messages(), on);
        auto n = 0;
        while (on->sink->ready()) {
            CHECK(on->bring(++n));
        }
        CHECK(on->went_on == 0);
        listener program(subscription);
        co_await program.hear(n);
        co_await w.until([&] { return on->went_on == 1; });
        CHECK(on->sink->ready());
    });
}

TEST_CASE("a pushing transport that carries requests is opened again when its login is over")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto const on = std::make_shared<stage>();
        auto refusals = 0;
        on->answer = [&](ringtail::request const& call) {
            if (call.method == "DELETE") {
                return answer(204, {});
            }
            if (on->opened == 1 && call.path != "/restapi/v1.0/subscription") {
                ++refusals;
                return answer(401, R"({"errorCode":"TokenInvalid","errors":[{"errorCode":"OAU-129"}]})");
            }
            return answer(200, R"({"id":"s-1","status":"Active","expiresIn":900,"eventFilters":[")" + std::string(message_store) +
                                   R"("],"deliveryMode":{"transportType":"WebSocket","encryption":false}})");
        };
        auto subscription = co_await w.account().create_subscription<carrying>(messages(), on);
        w.beside([](ringtail::any_subscription& renewed) -> asio::awaitable<void> { co_await failure_of(renewed.renew()); }(subscription));
        co_await w.until([&] { return on->opened == 2; });
        CHECK(refusals == 1);
        co_await w.until([&] { return on->is_open; });
        CHECK(on->bring(1));
        listener program(subscription);
        co_await program.hear(1);
    });
}
