// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail.hpp>
#include <ringtail/net/deadlines.hpp>
#include <ringtail/pubnub.hpp>
#include <ringtail/sandbox.hpp>

#include <boost/asio/awaitable.hpp>
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

    void wake_at(std::optional<ringtail::steady_time> when) override;

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

    explicit world(ringtail::sandbox_options options = usual());
    world(world const&) = delete;
    world& operator=(world const&) = delete;

    /// What a client of this sandbox needs. Failures are repeated at once, or when the server says.
    ringtail::config settings();
    /// The same, for tests that let much time pass: the silence of the poll meanwhile means nothing, and nothing is audited.
    ringtail::config calm_settings();

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
    void pass(ringtail::duration time);
    /// Let the library's wall clock be wrong.
    void set_wall_clock(ringtail::wall_time::duration ahead) { shift_->wrong = ahead; }

    /// Go on once this holds: for what the sandbox only counts.
    asio::awaitable<void> until(std::function<bool()> holds);
    /// Let everything happen that is going to happen without the passing of time: for what must not happen.
    asio::awaitable<void> turns(int count = 200);
    /// Until what the sandbox says next is later, for its times count milliseconds.
    asio::awaitable<void> another_millisecond();
    /// Run another coroutine beside the test's; what it throws fails the test.
    void beside(asio::awaitable<void> work);

    [[nodiscard]] std::uint64_t requests(sandbox_call call) const { return box.statistics().requests(call); }
    [[nodiscard]] std::uint64_t requests(sandbox_call call, int status) const { return box.statistics().requests(call, status); }
    /// Until so many requests of that kind have arrived; a poll that waits is not counted yet.
    asio::awaitable<void> until_requests(sandbox_call call, std::uint64_t count)
    {
        return until([this, call, count] { return requests(call) >= count; });
    }

    /// `body` may capture by reference, for this returns behind its end.
    void run(std::function<asio::awaitable<void>()> body, std::chrono::seconds limit = 60s);
    void at_end(std::function<void()> what) { at_end_.push_back(std::move(what)); }

    asio::io_context context;
    ringtail::sandbox box;
    std::shared_ptr<std::vector<std::string>> log = std::make_shared<std::vector<std::string>>();

private:
    void finish(std::exception_ptr how);

    std::shared_ptr<clock_shift> shift_;
    std::optional<ringtail::environment> environment_;
    std::vector<std::function<void()>> at_end_;
    std::exception_ptr failed_;
    bool ended_ = false;
};

// What was heard, in words: notifications by their number.

std::string word(ringtail::event const& what);
/// `1 2 3`
std::string numbers(int first, int last);

/// Takes events and remembers them.
class listener {
public:
    explicit listener(ringtail::any_subscription& to) : subscription_(&to) {}

    void listen_to(ringtail::any_subscription& other) { subscription_ = &other; }

    /// Take one; false at the end.
    asio::awaitable<bool> hear();
    /// Until `what` was heard (see `word`), behind all that was taken before.
    asio::awaitable<void> hear(std::string what);
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
    [[nodiscard]] std::string words(bool states) const;

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
    } catch (boost::system::system_error const& why) {
        CHECK_MESSAGE(false, "no failure, but a system_error: ", why.what());
        thrown = ringtail::failure(why.code());
    }
    co_return thrown;
}

/// An operation whose first part may throw before there is anything to await.
template <class Call>
asio::awaitable<void> called(Call call)
{
    co_await call();
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
