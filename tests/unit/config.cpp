// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/config.hpp>
#include <ringtail/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace ringtail;
using namespace std::chrono_literals;

/// The vendor's variables, put back as they were.
class environment_scope {
public:
    environment_scope()
    {
        for (auto const* const name : names) {
            auto const* const value = std::getenv(name);
            kept_.emplace_back(value != nullptr ? std::optional<std::string>(value) : std::nullopt);
            unsetenv(name);
        }
    }
    environment_scope(environment_scope const&) = delete;
    environment_scope& operator=(environment_scope const&) = delete;
    ~environment_scope()
    {
        for (std::size_t i = 0; i != kept_.size(); ++i) {
            if (kept_[i]) {
                setenv(names[i], kept_[i]->c_str(), 1);
            } else {
                unsetenv(names[i]);
            }
        }
    }

    static constexpr char const* names[] = {"RC_SERVER_URL", "RC_APP_CLIENT_ID", "RC_APP_CLIENT_SECRET", "RC_USER_JWT", "RINGTAIL_PUBNUB_ORIGIN"};

private:
    std::vector<std::optional<std::string>> kept_;
};

std::string refusal()
{
    try {
        (void)config::from_environment();
    } catch (failure const& why) {
        CHECK(why.code() == error::missing_configuration);
        return why.what();
    }
    return "";
}

TEST_CASE("the vendor's environment variables make a config")
{
    environment_scope const scope;
    setenv("RC_SERVER_URL", "https://platform.devtest.ringcentral.com", 1);
    setenv("RC_APP_CLIENT_ID", "the-id", 1);
    setenv("RC_APP_CLIENT_SECRET", "the-secret", 1);
    setenv("RC_USER_JWT", "the-jwt", 1);
    setenv("RINGTAIL_PUBNUB_ORIGIN", "https://ps.pndsn.com", 1);
    auto const read = config::from_environment();
    CHECK(read.server_url == "https://platform.devtest.ringcentral.com");
    CHECK(read.client_id == "the-id");
    CHECK(read.client_secret.reveal() == "the-secret");
    CHECK(read.pubnub_origin == "https://ps.pndsn.com");
    auto const* const login = std::get_if<jwt_login>(&read.login);
    REQUIRE(login != nullptr);
    CHECK(login->assertion.reveal() == "the-jwt");
}

TEST_CASE("a public application has no secret, and the production server is the default")
{
    environment_scope const scope;
    setenv("RC_APP_CLIENT_ID", "the-id", 1);
    setenv("RC_USER_JWT", "the-jwt", 1);
    auto const read = config::from_environment();
    CHECK(read.server_url == "https://platform.ringcentral.com");
    CHECK(read.client_secret.empty());
    CHECK(read.pubnub_origin == config().pubnub_origin);
}

TEST_CASE("what is missing is named, all of it and nothing else; empty is missing, too")
{
    environment_scope const scope;
    auto const both = refusal();
    CHECK(both.find("RC_APP_CLIENT_ID") != std::string::npos);
    CHECK(both.find("RC_USER_JWT") != std::string::npos);
    setenv("RC_USER_JWT", "s3cret", 1);
    setenv("RC_APP_CLIENT_ID", "", 1);
    auto const one = refusal();
    CHECK(one.find("RC_APP_CLIENT_ID") != std::string::npos);
    CHECK(one.find("RC_USER_JWT") == std::string::npos);
    CHECK(one.find("RC_APP_CLIENT_SECRET") == std::string::npos);
    CHECK(one.find("s3cret") == std::string::npos);
}

TEST_CASE("the defaults are those that are promised")
{
    config const usual;
    CHECK(usual.call_timeout == 30s);
    CHECK(usual.queue_capacity == 1'024);
    CHECK(usual.duplicate_window == 1'024);
    CHECK(usual.max_response_size == 16u * 1'024 * 1'024);
    CHECK(usual.max_json_depth == 64);
    CHECK(usual.creations_per_ten_minutes == 5);
    CHECK(usual.audit_interval == 5min);
    CHECK(usual.pubnub_read_timeout == 310s);
    CHECK(usual.pubnub_resume_window == 2min);
    CHECK(usual.pubnub_buffer_size == 100);
    CHECK(usual.pubnub_start_at_creation);
    CHECK(usual.renew_subscriptions);
    CHECK(!usual.allow_unencrypted_connections);
    CHECK(!usual.subscription_lifetime);
}

TEST_CASE("retries come within 250 ms, then after a second doubling to a minute, over the whole of it")
{
    double const bounds[] = {0.25, 1, 2, 4, 8, 16, 32, 60, 60};
    for (std::size_t i = 0; i != std::size(bounds); ++i) {
        auto const waited = [&](double random) {
            return std::chrono::duration<double>(default_retry_policy(retry_attempt(i + 1, std::nullopt, random))).count();
        };
        CHECK(waited(0) == 0); // full jitter
        CHECK(waited(0.5) == doctest::Approx(bounds[i] / 2).epsilon(0.01));
        CHECK(waited(0.999999) <= bounds[i]);
        CHECK(waited(0.999999) > bounds[i] * 0.99);
    }
    for (std::size_t const number : {std::size_t(0), std::size_t(64), std::size_t(65), std::size_t(1'000'000), std::size_t(-1)}) {
        auto const waited = default_retry_policy(retry_attempt(number, std::nullopt, 0.9));
        CHECK(waited >= 0s);
        CHECK(waited <= 60s);
    }
}

TEST_CASE("a retry never comes before Retry-After is over, and not long after it")
{
    for (std::size_t const number : {1u, 2u, 20u}) {
        for (auto const asked : {0s, 1s, 30s, 3'600s}) {
            for (double const random : {0.0, 0.5, 0.999}) {
                auto const waited = default_retry_policy(retry_attempt(number, asked, random));
                CHECK(waited >= asked);
                CHECK(waited <= asked + 61s);
            }
        }
    }
}

} // namespace
