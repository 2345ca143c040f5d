// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail.hpp>
#include <ringtail/net/deadlines.hpp>
#include <ringtail/pubnub.hpp>
#include <ringtail/sandbox.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace test_support {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;
using ringtail::sandbox_call;

/// How far a test has put the library's clocks forward.
class clock_shift {
public:
    ringtail::duration slept{0};            ///< both clocks
    ringtail::wall_time::duration wrong{0}; ///< the wall clock only
    std::function<void()> moved;
};

/// The machine's clocks, shifted.
class shifted_time final : public ringtail::net::time_source {
public:
    shifted_time(asio::any_io_executor executor, std::shared_ptr<clock_shift> by) : timer_(std::move(executor)), by_(std::move(by))
    {
        by_->moved = [this] { wake_at(wanted_); };
    }
    ~shifted_time() override { by_->moved = nullptr; }

    [[nodiscard]] ringtail::steady_time now() const noexcept override { return std::chrono::steady_clock::now() + by_->slept; }
    [[nodiscard]] ringtail::wall_time wall_now() const noexcept override
    {
        return std::chrono::system_clock::now() + std::chrono::duration_cast<ringtail::wall_time::duration>(by_->slept) + by_->wrong;
    }

    void wake_at(std::optional<ringtail::steady_time> when) override
    {
        wanted_ = when;
        if (!when) {
            timer_.cancel();
            return;
        }
        timer_.expires_at(*when - by_->slept);
        timer_.async_wait([this](boost::system::error_code cancelled) {
            if (!cancelled && on_wake) {
                wanted_.reset();
                on_wake();
            }
        });
    }

private:
    asio::steady_timer timer_;
    std::shared_ptr<clock_shift> by_;
    std::optional<ringtail::steady_time> wanted_;
};

inline constexpr std::string_view message_store = "/restapi/v1.0/account/~/extension/~/message-store";

/// Filters that let everything in that `world::tell` says.
inline ringtail::event_filters messages()
{
    ringtail::event_filters filters;
    filters.message_store("~");
    return filters;
}

/** A sandbox, a client environment and the context that both run on.

    `run` carries a coroutine to its end and insists that everything comes to rest behind it. Its limit is a net for tests
    that hang; no test is meant to come near it. */
class world {
public:
    /// Short of patience and without rate limits; else what a sandbox is by default.
    static ringtail::sandbox_options usual()
    {
        ringtail::sandbox_options options;
        options.rate_limits = false;
        options.parallel_sessions = 0;
        return options;
    }

    explicit world(ringtail::sandbox_options options = usual())
        : box(context.get_executor(), std::move(options)), shift_(std::make_shared<clock_shift>())
    {
        ringtail::environment_options with;
        with.time = std::make_unique<shifted_time>(context.get_executor(), shift_);
        with.seed = 1;
        environment_.emplace(context.get_executor(), std::move(with));
    }
    world(world const&) = delete;
    world& operator=(world const&) = delete;

    /// What a client of this sandbox needs. Failures are repeated at once, or when the server says.
    ringtail::config settings()
    {
        ringtail::config made;
        made.server_url = box.server_url();
        made.pubnub_origin = box.pubnub_origin();
        made.client_id = box.client_id();
        made.client_secret = ringtail::secret(box.client_secret());
        made.login = ringtail::jwt_login(ringtail::secret(box.jwt()));
        made.retry = [](ringtail::retry_attempt const& failed) -> ringtail::duration {
            return failed.retry_after ? ringtail::duration(*failed.retry_after) : ringtail::duration(2ms);
        };
        made.log = [lines = log](ringtail::log_level level, std::string_view line) {
            static constexpr char const* names[] = {"debug ", "info ", "warning ", "error "};
            lines->push_back(names[static_cast<int>(level)] + std::string(line));
        };
        return made;
    }

    ringtail::client account() { return account(settings()); }
    ringtail::client account(ringtail::config with) { return ringtail::client(*environment_, std::move(with)); }
    ringtail::environment const& environment() const { return *environment_; }

    /// Publish notification `n`: to `heard` it is a number.
    std::size_t tell(int n) { return box.publish(message_store, R"({"n":)" + std::to_string(n) + '}'); }
    void tell(int first, int last)
    {
        for (auto n = first; n <= last; ++n) {
            tell(n);
        }
    }

    /// Let the library find that so much time has gone by, in no time. The sandbox notices nothing.
    void pass(ringtail::duration time)
    {
        shift_->slept += time;
        if (shift_->moved) {
            shift_->moved();
        }
    }
    /// Let the library's wall clock be wrong.
    void set_wall_clock(ringtail::wall_time::duration ahead) { shift_->wrong = ahead; }

    /// Go on once this holds: for what the sandbox only counts.
    template <class Condition>
    asio::awaitable<void> until(Condition holds)
    {
        asio::steady_timer again(context);
        while (!holds()) {
            again.expires_after(1ms);
            co_await again.async_wait(asio::use_awaitable);
        }
    }

    /// Let everything happen that is going to happen without the passing of time: for what must not happen.
    asio::awaitable<void> turns(int count = 200)
    {
        for (auto i = 0; i < count; ++i) {
            co_await asio::post(context, asio::use_awaitable);
        }
        asio::steady_timer pause(context, 5ms); // a packet on loopback may be underway
        co_await pause.async_wait(asio::use_awaitable);
        for (auto i = 0; i < count; ++i) {
            co_await asio::post(context, asio::use_awaitable);
        }
    }

    [[nodiscard]] std::uint64_t requests(sandbox_call call) const { return box.statistics().requests(call); }
    [[nodiscard]] std::uint64_t requests(sandbox_call call, int status) const { return box.statistics().requests(call, status); }
    /// Until so many requests of that kind have arrived; a poll that waits is not counted yet.
    asio::awaitable<void> until_requests(sandbox_call call, std::uint64_t count)
    {
        return until([this, call, count] { return requests(call) >= count; });
    }

    /// `body` returns an awaitable; it may capture by reference, for this returns behind its end.
    template <class Body>
    void run(Body&& body, std::chrono::seconds limit = 60s)
    {
        std::exception_ptr failed;
        auto ended = false;
        asio::co_spawn(context, body(), [&](std::exception_ptr how) {
            failed = how;
            ended = true;
            finish();
        });
        context.run_for(limit);
        if (failed || !ended || !context.stopped()) {
            std::string last;
            for (auto at = log->size() > 40 ? log->size() - 40 : 0; at != log->size(); ++at) {
                last += (*log)[at] + '\n';
            }
            MESSAGE("the library's last words:\n", last);
        }
        if (failed) {
            std::rethrow_exception(failed);
        }
        REQUIRE_MESSAGE(ended, "the test hangs");
        REQUIRE_MESSAGE(context.stopped(), "something is left running behind the test");
    }

    void at_end(std::function<void()> what) { at_end_.push_back(std::move(what)); }

    asio::io_context context;
    ringtail::sandbox box;
    std::shared_ptr<std::vector<std::string>> log = std::make_shared<std::vector<std::string>>();

private:
    void finish()
    {
        box.stop();
        environment_.reset();
        for (auto const& each : at_end_) {
            each();
        }
    }

    std::shared_ptr<clock_shift> shift_;
    std::optional<ringtail::environment> environment_;
    std::vector<std::function<void()>> at_end_;
};

// What was heard, in words: notifications by their number.

inline std::string word(ringtail::event const& what)
{
    if (auto const* const note = std::get_if<ringtail::notification>(&what)) {
        auto const body = note->body();
        auto const* const object = body.if_object();
        auto const* const number = object != nullptr ? object->if_contains("n") : nullptr;
        return number != nullptr ? json::serialize(*number) : "notification";
    }
    if (auto const* const missing = std::get_if<ringtail::gap>(&what)) {
        return "gap:" + std::string(to_string(missing->reason)) + '/' + std::string(to_string(missing->certainty));
    }
    if (std::holds_alternative<ringtail::undecodable>(what)) {
        return "undecodable";
    }
    return std::string(to_string(std::get<ringtail::state_change>(what).state));
}

inline std::string numbers(int first, int last)
{
    std::string text;
    for (auto n = first; n <= last; ++n) {
        text += (text.empty() ? "" : " ") + std::to_string(n);
    }
    return text;
}

/// Takes events and remembers them.
class listener {
public:
    explicit listener(ringtail::any_subscription& to) : subscription_(&to) {}

    void listen_to(ringtail::any_subscription& other) { subscription_ = &other; }

    /// Take one; false at the end.
    asio::awaitable<bool> hear()
    {
        auto got = co_await subscription_->next_event();
        auto const more = got.has_value();
        if (more) {
            events.push_back(std::move(*got));
        }
        co_return more;
    }

    /// Until `what` was heard (see `word`), behind all that was taken before.
    asio::awaitable<void> hear(std::string what)
    {
        for (;;) {
            auto const more = co_await hear();
            REQUIRE_MESSAGE(more, "the subscription ended before '", what, "', behind: ", all());
            auto const heard = word(events.back());
            if (heard == what) {
                co_return;
            }
        }
    }
    asio::awaitable<void> hear(int n) { return hear(std::to_string(n)); }

    /// All that was heard; without the steps of the subscription's life.
    [[nodiscard]] std::string all() const { return words(true); }
    [[nodiscard]] std::string heard() const { return words(false); }
    void forget() { events.clear(); }

    /// The last event of a kind.
    template <class Kind>
    [[nodiscard]] Kind const& last() const
    {
        for (auto each = events.rbegin(); each != events.rend(); ++each) {
            if (auto const* const found = std::get_if<Kind>(&*each)) {
                return *found;
            }
        }
        FAIL("no such event, but: ", all());
        throw 0; // FAIL throws
    }

    std::vector<ringtail::event> events;

private:
    [[nodiscard]] std::string words(bool states) const
    {
        std::string text;
        for (auto const& each : events) {
            if (states || !std::holds_alternative<ringtail::state_change>(each)) {
                text += (text.empty() ? "" : " ") + word(each);
            }
        }
        return text;
    }

    ringtail::any_subscription* subscription_;
};

/// What an operation threw, which must be a `failure`; nothing if it did not throw.
template <class Result>
asio::awaitable<std::optional<ringtail::failure>> failure_of(asio::awaitable<Result> operation)
{
    std::optional<ringtail::failure> thrown;
    try {
        co_await std::move(operation);
    } catch (ringtail::failure const& why) {
        thrown = why;
    }
    co_return thrown;
}

/// Insists on a failure with this code.
template <class Result>
asio::awaitable<ringtail::failure> refused(asio::awaitable<Result> operation, ringtail::error with)
{
    auto thrown = co_await failure_of(std::move(operation));
    REQUIRE_MESSAGE(thrown.has_value(), "succeeded instead of failing with: ", make_error_code(with).message());
    CHECK_MESSAGE(thrown->code() == with, thrown->what());
    co_return std::move(*thrown);
}

} // namespace test_support
