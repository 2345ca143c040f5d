// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/config.hpp>
#include <ringtail/core/payload_reader.hpp>
#include <ringtail/core/rate_gates.hpp>
#include <ringtail/detail/similar_text.hpp>
#include <ringtail/error.hpp>
#include <ringtail/net/background.hpp>
#include <ringtail/net/parking.hpp>
#include <ringtail/net/services.hpp>
#include <ringtail/net/url.hpp>
#include <ringtail/protocol/token.hpp>
#include <ringtail/request.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace ringtail::core {

/// What came of one attempt to get a token, for all who wait for it.
class flight_result {
public:
    void add(std::shared_ptr<net::parked> waiter)
    {
        if (over_) {
            waiter->wake();
        } else {
            waiters_.push_back(std::move(waiter));
        }
    }
    void finish(std::exception_ptr failed)
    {
        over_ = true;
        failed_ = std::move(failed);
        for (auto const& each : std::exchange(waiters_, {})) {
            each->wake();
        }
    }
    [[nodiscard]] std::exception_ptr failure() const noexcept { return failed_; }
    /// Whether anybody still waits.
    [[nodiscard]] bool wanted() const noexcept
    {
        return std::any_of(waiters_.begin(), waiters_.end(), [](auto const& each) { return !each->woken(); });
    }

private:
    std::vector<std::shared_ptr<net::parked>> waiters_;
    std::exception_ptr failed_;
    bool over_ = false;
};

/** One account: its login, its rate-limit gates and its calls.

    Everything asynchronous here runs on the environment's strand; `on_strand` is the way in from elsewhere. */
class account : public std::enable_shared_from_this<account> {
public:
    /// @throws failure(error::invalid_argument) or failure(error::insecure_url) for a URL that can't be used.
    account(std::shared_ptr<net::services> shared, ringtail::config settings);

    /// What a call of this account may be repeated for, and what was learnt about its delivery.
    class call_notes {
    public:
        call_notes() = default;
        call_notes(bool* when_sent, bool may_repeat) : sent(when_sent), repeatable(may_repeat) {}
        bool* sent = nullptr;   ///< set as soon as the server may have seen the request
        bool repeatable = true; ///< whether a kept connection that broke may be tried again
        bool* repeated = nullptr; ///< set when it was
    };

    /** A call with the account's token.

        Waits for the group's gate, refreshes the token before it expires, and repeats once with another token after 401.
        @return any answer but 429, which closes the gate and is waited for as long as the deadline allows.
        @throws failure */
    asio::awaitable<response> call(request wanted, call_notes notes);

    /// Throws `failure(error::invalid_reply)` if a successful answer can't be read.
    using reply_check = std::function<void(response const&)>;

    /// `call` for a person's patience: what may heal is tried again until the deadline, the answer to POST excepted.
    asio::awaitable<response> call_with_retries(request wanted, reply_check check = {});

    /// Get a token if there is none; single flight, however many wait.
    asio::awaitable<void> authorize(steady_time deadline);
    /// Take other credentials and log in with them.
    asio::awaitable<void> login(credentials with);
    /// Have the next token refreshed by this one, unless there is a token.
    void resume_session(secret refresh_token);
    /// End the session on the server and forget the tokens. Errors of the server are ignored, as the vendor advises.
    asio::awaitable<void> revoke();

    [[nodiscard]] bool authorized() const;
    [[nodiscard]] std::vector<std::string> scopes() const;
    [[nodiscard]] std::string owner_id() const;
    [[nodiscard]] bool application_only() const;
    /// Calls that found no way to the service, those for a token among them.
    [[nodiscard]] std::uint64_t unreached() const noexcept { return unreached_; }
    [[nodiscard]] std::uint64_t throttled() const noexcept { return gates_.refused(); }

    void log(log_level level, std::string_view line) const
    {
        if (settings.log) {
            settings.log(level, line);
        }
    }

    [[nodiscard]] steady_time call_deadline() const { return services->deadlines.now() + settings.call_timeout; }
    [[nodiscard]] std::string const& delivery_id() const noexcept { return delivery_id_; }

    /// Shared by the subscriptions of the strand.
    [[nodiscard]] std::shared_ptr<block_pool> const& blocks() const noexcept { return blocks_; }

    /// How far the service's clock, which shows in its answers to the second, is ahead of ours; nothing if it has shown in none.
    [[nodiscard]] std::optional<wall_time::duration> service_ahead() const;

    ringtail::config const settings;
    std::shared_ptr<net::services> const services;
    ringtail::detail::similar_text::pattern description; // what the descriptions of its subscriptions are like

private:
    asio::awaitable<response> send(request const& wanted, secret const& authorization, call_notes notes, steady_time deadline,
                                  rate_gates::departure& left);
    void scrub(response& answer, std::string_view sent_body) const;
    void read_clock(response const& answer);
    asio::awaitable<response> reach(std::string message, net::http_client::call_options options);
    asio::awaitable<void> obtain_token();
    asio::awaitable<protocol::token_set> grant(secret form);
    asio::awaitable<protocol::token_set> grant_with_repeats(secret form);
    void accept(protocol::token_set tokens);

    net::url server_;
    net::endpoint endpoint_;
    std::string common_headers_;
    std::string delivery_id_;
    std::shared_ptr<block_pool> blocks_ = std::make_shared<block_pool>();
    rate_gates gates_;
    std::uint64_t unreached_ = 0;

    mutable std::mutex mutex_; // of what may be asked from other threads
    credentials login_;
    protocol::token_set tokens_;
    std::optional<wall_time::duration> service_ahead_;
    unsigned serial_ = 0; // of tokens_

    bool obtaining_ = false;
    bool may_give_up_ = false; // the request for a token can be repeated: its answer holds nothing that would be lost
    net::background flight_; // the request for a token
    bool resumed_ = false;     // the refresh token is of an earlier process, and nothing else was tried yet
    std::exception_ptr refused_;
    std::shared_ptr<flight_result> obtained_ = std::make_shared<flight_result>();
};

/// Run `operation` on the strand and come back with its result; cancelling the caller cancels it.
template <class Result>
asio::awaitable<Result> on_strand(std::shared_ptr<account> const& of, asio::awaitable<Result> operation)
{
    return asio::co_spawn(of->services->strand, std::move(operation), asio::use_awaitable);
}

} // namespace ringtail::core

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/core/impl/account.ipp>
#endif
