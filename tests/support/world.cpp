// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "world.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdlib>

namespace test_support {

namespace {

// Tests talk to loopback without TLS: parsing the system's certificates would take most of their time.
[[maybe_unused]] auto const no_certificates = setenv("SSL_CERT_FILE", "/dev/null", 1) + setenv("SSL_CERT_DIR", "/dev/null", 1);

} // namespace

void shifted_time::wake_at(std::optional<ringtail::steady_time> when)
{
    wanted_ = when;
    if (!when) {
        timer_.cancel();
        return;
    }
    timer_.expires_at(*when - by_->slept);
    timer_.async_wait([wake = on_wake](boost::system::error_code cancelled) {
        if (!cancelled) {
            wake();
        }
    });
}

world::world(ringtail::sandbox_options options)
    : box(context.get_executor(), std::move(options)), shift_(std::make_shared<clock_shift>())
{
    ringtail::environment_options with;
    with.time = std::make_unique<shifted_time>(context.get_executor(), shift_);
    with.seed = 1;
    environment_.emplace(context.get_executor(), std::move(with));
}

ringtail::config world::settings()
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

ringtail::config world::calm_settings()
{
    auto made = settings();
    made.audit_interval = 24h;
    made.pubnub_read_timeout = 24h;
    made.pubnub_resume_window = 24h;
    return made;
}

void world::pass(ringtail::duration time)
{
    shift_->slept += time;
    if (shift_->moved) {
        shift_->moved();
    }
}

asio::awaitable<void> world::until(std::function<bool()> holds)
{
    asio::steady_timer again(context);
    while (!holds()) {
        again.expires_after(1ms);
        co_await again.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> world::turns(int count)
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

asio::awaitable<void> world::another_millisecond()
{
    asio::steady_timer pause(context, 2ms);
    co_await pause.async_wait(asio::use_awaitable);
}

void world::beside(asio::awaitable<void> work)
{
    asio::co_spawn(context, std::move(work), [this](std::exception_ptr how) {
        if (how) {
            finish(how);
        }
    });
}

void world::run(std::function<asio::awaitable<void>()> body, std::chrono::seconds limit)
{
    asio::co_spawn(context, body(), [this](std::exception_ptr how) {
        ended_ = true;
        finish(how);
    });
    context.run_for(limit);
    if (failed_ || !ended_ || !context.stopped()) {
        std::string last;
        for (auto at = log->size() > 40 ? log->size() - 40 : 0; at != log->size(); ++at) {
            last += (*log)[at] + '\n';
        }
        MESSAGE("the library's last words:\n", last);
    }
    if (failed_) {
        std::rethrow_exception(failed_);
    }
    REQUIRE_MESSAGE(ended_, "the test hangs");
    REQUIRE_MESSAGE(context.stopped(), "something is left running behind the test");
}

void world::finish(std::exception_ptr how)
{
    failed_ = failed_ ? failed_ : how;
    if (failed_) {
        context.stop(); // what runs beside may refer to what is gone now
    }
    box.stop();
    environment_.reset();
    for (auto const& each : at_end_) {
        each();
    }
}

std::string word(ringtail::event const& what)
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

std::string numbers(int first, int last)
{
    std::string text;
    for (auto n = first; n <= last; ++n) {
        text += (text.empty() ? "" : " ") + std::to_string(n);
    }
    return text;
}

asio::awaitable<bool> listener::hear()
{
    auto got = co_await subscription_->next_event();
    auto const more = got.has_value();
    if (more) {
        events.push_back(std::move(*got));
    }
    co_return more;
}

asio::awaitable<void> listener::hear(std::string what)
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

std::string listener::words(bool states) const
{
    std::string text;
    for (auto const& each : events) {
        if (states || !std::holds_alternative<ringtail::state_change>(each)) {
            text += (text.empty() ? "" : " ") + word(each);
        }
    }
    return text;
}

} // namespace test_support
