// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// A subscription of each transport over real sockets, short lived, in bad weather and for long: nothing may be lost in silence,
// nobody may fall deaf, and memory must stay flat.
//
//     bench/soak [--minutes N] [--seed N] [--rate EVENTS_PER_SECOND] [--log]
//
// --log writes to stderr what the library logs and tells, with the time.
#include "measure.hpp"

#include <ringtail.hpp>
#include <ringtail/pubnub.hpp>
#include <ringtail/sandbox.hpp>
#include <ringtail/webhook.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <malloc.h>
#include <optional>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ringtail::fault;
using effect = ringtail::fault_effect;
using call = ringtail::sandbox_call;

constexpr std::string_view message_store = "/restapi/v1.0/account/~/extension/~/message-store";

/// What one subscription has heard. All memory for it is taken at the beginning, so that only the library's can grow.
class follower {
public:
    follower(std::string its_name, std::size_t most) : name(std::move(its_name)), heard(most) { gaps.reserve(100'000); }

    std::string name;
    std::vector<bool> heard; // by number
    std::size_t oldest = 0;
    std::size_t newest = 0;
    std::vector<std::pair<std::optional<ringtail::wall_time>, std::optional<ringtail::wall_time>>> gaps;
    std::size_t undecodable = 0;
    std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
    std::string ended;

    void take(ringtail::event const& what)
    {
        if (auto const* const note = std::get_if<ringtail::notification>(&what)) {
            auto const text = note->body_json();
            auto const at = text.find("\"n\":");
            if (at == std::string_view::npos) {
                return;
            }
            auto const n = std::strtoull(text.data() + at + 4, nullptr, 10);
            last = std::chrono::steady_clock::now();
            heard.at(n) = true;
            oldest = oldest == 0 ? n : std::min<std::size_t>(oldest, n);
            newest = std::max<std::size_t>(newest, n);
        } else if (auto const* const missing = std::get_if<ringtail::gap>(&what)) {
            gaps.emplace_back(missing->from, missing->until);
        } else if (std::holds_alternative<ringtail::undecodable>(what)) {
            ++undecodable;
        }
    }

    /// Whether a gap stands for what was published then.
    [[nodiscard]] bool told(ringtail::wall_time when) const
    {
        return std::any_of(gaps.begin(), gaps.end(), [when](auto const& each) {
            return (!each.first || *each.first - 100ms <= when) && (!each.second || when <= *each.second + 100ms);
        });
    }
};

void log_line(std::string_view who, std::string_view what)
{
    auto const now = ringtail::format_timestamp(std::chrono::system_clock::now());
    std::fprintf(stderr, "%s %.*s: %.*s\n", now.c_str(), static_cast<int>(who.size()), who.data(), static_cast<int>(what.size()), what.data());
}

std::string time_of(std::optional<ringtail::wall_time> when)
{
    return when ? ringtail::format_timestamp(*when) : std::string("unknown");
}

void log_event(std::string_view who, ringtail::event const& what)
{
    if (auto const* const change = std::get_if<ringtail::state_change>(&what)) {
        log_line(who, std::string(ringtail::to_string(change->state)) + ' ' + change->reason);
    } else if (auto const* const missing = std::get_if<ringtail::gap>(&what)) {
        log_line(who, "gap " + std::string(ringtail::to_string(missing->reason)) + " from " + time_of(missing->from) + " until " + time_of(missing->until));
    }
}

asio::awaitable<void> follow(ringtail::any_subscription& subscription, follower& who, bool logs)
{
    try {
        while (auto const event = co_await subscription.next_event()) {
            who.take(*event);
            if (logs) {
                log_event(who.name, *event);
            }
        }
    } catch (std::exception const& why) {
        who.ended = why.what();
    }
}

fault weather(std::mt19937& random)
{
    auto const dice = [&](std::size_t sides) { return std::uniform_int_distribution<std::size_t>(0, sides - 1)(random); };
    static constexpr std::array calls{call::subscription_create, call::subscription_renew, call::subscription_get, call::pubnub_subscribe,
                                      call::wstoken, call::gateway_connect, call::gateway_request};
    static constexpr std::array http{effect::status, effect::garbage, effect::html, effect::reset, effect::lost, effect::cut_header, effect::cut_body,
                                     effect::wrong_length, effect::close_after};
    if (dice(6) == 0) {
        static constexpr std::array payload{effect::bad_base64, effect::bad_padding, effect::not_json, effect::wrong_key, effect::duplicate};
        return fault(call::message, payload[dice(payload.size())]);
    }
    // Rarely, for the vendor allows five logins a minute: whoever loses more of them has to wait.
    auto const where = dice(60) == 0 ? call::token : calls[dice(calls.size())];
    if (where == call::gateway_request) {
        static constexpr std::array request{effect::lost, effect::cut_body, effect::out_of_order, effect::binary_frame, effect::details_again};
        return fault(where, request[dice(request.size())]);
    }
    if (where == call::gateway_connect) {
        return fault(where, dice(2) == 0 ? effect::reset : effect::error_frame);
    }
    fault what(where, http[dice(http.size())]);
    what.http_status = dice(3) == 0 ? 429 : 503;
    if (what.http_status == 429) {
        what.retry_after = 1s;
    }
    return what;
}

class soak {
public:
    soak(int argc, char** argv)
        : length_(static_cast<std::int64_t>(60 * std::stod(bench::option(argc, argv, "minutes", "30")))),
          per_tick_(std::max(std::stoul(bench::option(argc, argv, "rate", "300")) / 50, 1ul)),
          most_((static_cast<std::size_t>(length_.count()) * 50 + 1) * per_tick_ + 2),
          random_(static_cast<unsigned>(std::stoul(bench::option(argc, argv, "seed", "1")))), box_(context_.get_executor(), options()),
          environment_(context_.get_executor()), logs_(bench::flag(argc, argv, "log"))
    {
        times_.assign(most_ / per_tick_ + 1, {}); // touched, so that it is in memory
        times_.clear();
    }

    int run()
    {
        std::exception_ptr failed;
        asio::co_spawn(context_, live(), [&](std::exception_ptr how) {
            failed = how;
            box_.stop();
        });
        context_.run();
        if (failed) {
            std::rethrow_exception(failed);
        }
        return report();
    }

private:
    static ringtail::sandbox_options options()
    {
        ringtail::sandbox_options made;
        made.subscription_lifetime = 14s;
        made.webhook_lifetime = 60s;
        made.subscription_limit = 10'000;
        made.rate_limits = false;
        made.access_token_lifetime = 60s;
        made.rotate_on_renewal = ringtail::sandbox_rotation::all;
        made.buffer_age = 2min; // of channels that are left every few seconds
        made.webhook_retry_delay = 100ms;
        return made;
    }

    ringtail::config settings()
    {
        ringtail::config made;
        made.server_url = box_.server_url();
        made.pubnub_origin = box_.pubnub_origin();
        made.client_id = box_.client_id();
        made.client_secret = ringtail::secret(box_.client_secret());
        made.login = ringtail::jwt_login(ringtail::secret(box_.jwt()));
        made.creations_per_ten_minutes = 10'000;
        made.call_timeout = 5s; // with lifetimes of 14 s
        if (logs_) {
            made.log = [](ringtail::log_level, std::string_view line) { log_line("log", line); };
        }
        made.retry = [](ringtail::retry_attempt const& failed) -> ringtail::duration {
            return failed.retry_after ? ringtail::duration(*failed.retry_after) : ringtail::duration(20ms);
        };
        return made;
    }

    asio::awaitable<void> live()
    {
        ringtail::client account(environment_, settings());
        ringtail::event_filters filters;
        filters.message_store("~");
        auto const port = asio::ip::tcp::acceptor(context_, {asio::ip::address_v4::loopback(), 0}).local_endpoint().port();
        ringtail::webhook_options hook("http://127.0.0.1:" + std::to_string(port) + "/hook", "127.0.0.1", port);
        std::array<ringtail::any_subscription, 3> all;
        all[0] = co_await account.create_subscription<ringtail::pubnub>(filters);
        all[1] = co_await account.create_subscription<ringtail::websocket>(filters);
        all[2] = co_await account.create_subscription<ringtail::webhook>(filters, hook);
        for (std::size_t i = 0; i != all.size(); ++i) {
            asio::co_spawn(context_, follow(all[i], who_[i], logs_), [](std::exception_ptr) {});
        }
        auto const begin = std::chrono::steady_clock::now();
        auto const end = begin + length_;
        auto const calm = end - std::min<std::chrono::seconds>(65s, length_ / 2); // a login may have to wait for a minute
        auto next_fault = begin + 1s;
        auto next_weather = begin + 10s;
        asio::steady_timer tick(context_);
        for (auto now = begin; now < end; now = std::chrono::steady_clock::now()) {
            times_.push_back(std::chrono::system_clock::now());
            for (std::size_t i = 0; i != per_tick_ && published_ + 1 < most_; ++i) {
                box_.publish(message_store, R"({"n":)" + std::to_string(++published_) + '}');
            }
            if (now >= next_weather) { // what nobody met is over, lest it pile up on calls that are made rarely
                box_.clear_faults();
                next_weather = now + 10s;
            }
            if (now >= next_fault && now < calm) {
                strike();
                next_fault = now + std::chrono::milliseconds(std::uniform_int_distribution(50, 800)(random_));
            } else if (now >= calm) {
                box_.clear_faults();
            }
            if (now >= begin + length_ / 4 && warm_kib_ == 0) {
                malloc_trim(0);
                warm_kib_ = bench::resident_kib();
            }
            tick.expires_after(20ms);
            co_await tick.async_wait(asio::use_awaitable);
        }
        malloc_trim(0);
        end_kib_ = bench::resident_kib();
        for (auto& each : who_) {
            late_ += std::chrono::steady_clock::now() - each.last > 5s ? 1u : 0u;
        }
        for (auto& each : all) {
            co_await each.close();
        }
    }

    void strike()
    {
        ++faults_;
        auto const dice = std::uniform_int_distribution(0, 9)(random_);
        if (dice == 0) {
            static constexpr std::array how{effect::reset, effect::lost, effect::close_frame, effect::garbage, effect::details_again};
            box_.disturb_gateway(fault(call::any, how[faults_ % how.size()]));
        } else if (dice == 1 && faults_ % 5 == 0) {
            auto const ids = box_.subscription_ids();
            if (!ids.empty()) {
                auto const& id = ids[faults_ % ids.size()];
                if (faults_ % 2 == 0) {
                    box_.delete_subscription(id);
                } else {
                    box_.expire_subscription(id);
                }
            }
        } else if (dice == 2 && faults_ % 20 == 0) {
            box_.expire_tokens();
        } else {
            box_.inject(weather(random_));
        }
    }

    int report()
    {
        auto good = late_ == 0;
        for (auto const& each : who_) {
            std::size_t count = 0;
            std::size_t missing = 0;
            std::size_t silent = 0;
            for (auto n = each.oldest; n <= each.newest && n != 0; ++n) {
                count += each.heard[n] ? 1u : 0u;
                missing += each.heard[n] ? 0u : 1u;
                auto const lost = !each.heard[n] && !each.told(times_[(n - 1) / per_tick_]);
                if (lost && logs_ && (each.heard[n - 1] || each.told(times_[(n - 2) / per_tick_]))) {
                    log_line(each.name, "lost in silence from " + std::to_string(n) + " of " + time_of(times_[(n - 1) / per_tick_]));
                }
                silent += lost ? 1u : 0u;
            }
            silent -= std::min(silent, each.undecodable);
            std::printf("%-10s %zu heard, %zu not: %zu gaps, %zu undecodable, %zu lost in silence%s%s\n", each.name.c_str(), count, missing,
                        each.gaps.size(), each.undecodable, silent, each.ended.empty() ? "" : ", ended: ", each.ended.c_str());
            good = good && each.ended.empty() && silent == 0;
        }
        auto const grown = end_kib_ - warm_kib_;
        std::printf("{\"seconds\":%lld,\"published\":%llu,\"faults\":%llu,\"rss_kib_warm\":%ld,\"rss_kib_end\":%ld,\"deaf\":%llu}\n",
                    static_cast<long long>(length_.count()), static_cast<unsigned long long>(published_), static_cast<unsigned long long>(faults_),
                    warm_kib_, end_kib_, static_cast<unsigned long long>(late_));
        good = good && grown <= 2'048;
        std::printf("soak: %s\n", good ? "passed" : "FAILED");
        return good ? 0 : 1;
    }

    std::chrono::seconds length_;
    std::size_t per_tick_;
    std::size_t most_; // events that are published
    std::mt19937 random_;
    asio::io_context context_{1};
    ringtail::sandbox box_;
    ringtail::environment environment_;
    bool logs_;
    std::array<follower, 3> who_{follower("pubnub", most_), follower("websocket", most_), follower("webhook", most_)};
    std::vector<ringtail::wall_time> times_; // of each tick's events
    std::uint64_t published_ = 0;
    std::uint64_t faults_ = 0;
    std::uint64_t late_ = 0;
    long warm_kib_ = 0;
    long end_kib_ = 0;
};

} // namespace

int main(int argc, char** argv)
try {
    if (bench::help(argc, argv, "bench/soak [--minutes N] [--seed N] [--rate EVENTS_PER_SECOND] [--log]     (30 minutes)")) {
        return 0;
    }
    return soak(argc, argv).run();
} catch (std::exception const& e) {
    std::cerr << "bench/soak: " << e.what() << '\n';
    return 1;
}
