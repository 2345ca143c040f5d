// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/config.hpp>
#include <ringtail/event.hpp>
#include <ringtail/net/background.hpp>
#include <ringtail/net/http_connection.hpp>
#include <ringtail/net/parking.hpp>
#include <ringtail/net/services.hpp>
#include <ringtail/net/url.hpp>
#include <ringtail/protocol/position_history.hpp>
#include <ringtail/protocol/pubnub_poll.hpp>
#include <ringtail/protocol/pubnub_reply.hpp>
#include <ringtail/protocol/shared_polls.hpp>
#include <ringtail/request.hpp>
#include <ringtail/transport.hpp>

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringtail::detail {

class pooled_channel;
class pubnub_pool;

/// What a pool tells of a channel, on the strand.
class pool_listener {
public:
    virtual ~pool_listener() = default;
    /** What came over it, and where it stands behind that.

        @param tell  say where it stands, even if there is nothing else to say
        @return false: nothing of it was taken, and it comes again. */
    [[nodiscard]] virtual bool take(pooled_channel const& from, std::optional<gap> before, std::span<message const> messages,
                                    protocol::poll_standing const& next, bool tell, net::services::instant asked) = 0;
    /// Its poll is broken.
    virtual void failed(std::exception_ptr const& why) = 0;
    /// PubNub denied it, and it alone.
    virtual void denied() noexcept = 0;
    /// It was answered.
    virtual void heard() noexcept = 0;
    /// It is an old one, and silent; or it could not be heard for too long.
    virtual void drained(std::shared_ptr<pooled_channel> const& which, bool reached) = 0;
    /// Whether it listens.
    [[nodiscard]] virtual bool is_open() const noexcept = 0;
};

/// A channel of one subscription.
class pooled_channel final : public protocol::polled_channel {
public:
    pooled_channel(std::string its_name, std::shared_ptr<pubnub_pool> in, std::weak_ptr<pool_listener> of, protocol::poll_standing from)
        : polled_channel(std::move(its_name)), pool(std::move(in)), listener(std::move(of))
    {
        own = std::make_unique<protocol::poll_standing>(std::move(from));
    }

    /// How long the old channel is still heard after a change.
    class drain {
    public:
        steady_time until;
        steady_time give_up; ///< if PubNub was not reached until then
    };

    std::shared_ptr<pubnub_pool> const pool;
    std::weak_ptr<pool_listener> const listener;
    std::unique_ptr<drain> draining;
    bool taken = false; // what the reply that is being handed over holds of it
};

/// A long poll, and the connection that it goes over.
class pooled_poll final : public protocol::shared_poll {
public:
    explicit pooled_poll(pubnub_pool const& of) : pool(of) {}
    [[nodiscard]] bool may_be_disturbed() const override;

    pubnub_pool const& pool;
    net::background work;
    bool running = false;
    std::shared_ptr<net::http_connection> connection;
    unsigned round = 0;                       // of interruptions
    net::services::instant asked;             // for the last question
    std::optional<steady_time> asking_since;  // it has left
    std::uint64_t unreached = 0;              // calls, when it left
    steady_time told{};                       // all of them where they stand
    std::string only;                         // channel of the last question
    steady_time not_before{};                 // the next question
    response reply;
};

/** The polls of one origin and subscriber key.

    Lives as long as a channel or a poll of it. */
class pubnub_pool : public std::enable_shared_from_this<pubnub_pool>, private protocol::shared_polls {
public:
    /// What its polls go by.
    class terms {
    public:
        explicit terms(config const& of)
            : origin(net::url::parse(of.pubnub_origin)), read_timeout(of.pubnub_read_timeout), resume_window(of.pubnub_resume_window),
              call_timeout(of.call_timeout), connect_timeout(of.connect_timeout), start_margin(of.pubnub_start_margin),
              reply_size(of.max_response_size), header_size(of.max_header_size), legacy(of.pubnub_legacy)
        {
            bounds.channels = std::max<std::size_t>(of.pubnub_channels_per_poll, 1);
            bounds.url_size = of.pubnub_poll_url_size;
            bounds.buffer = of.pubnub_buffer_size;
        }
        [[nodiscard]] std::string text() const;

        net::url origin;
        std::chrono::seconds read_timeout;
        std::chrono::seconds resume_window;
        std::chrono::seconds call_timeout;
        std::chrono::seconds connect_timeout;
        std::chrono::seconds start_margin;
        std::size_t reply_size;
        std::size_t header_size;
        bool legacy;
        limits bounds;
    };

    pubnub_pool(std::shared_ptr<net::services> shared, terms with, std::string its_key);
    [[nodiscard]] static std::shared_ptr<pubnub_pool> of(std::shared_ptr<net::services> const& shared, config const& settings,
                                                         std::string const& subscriber_key);

    void enter(std::shared_ptr<pooled_channel> const& which);
    void leave(pooled_channel& which);
    /// What was published from now on reaches it.
    [[nodiscard]] bool is_heard(pooled_channel const& which) const;
    asio::awaitable<void> another_question() { return left_.wait(); }
    void wake() { left_.notify(); }
    /// Let old channels be left once they are silent.
    void watch_drains();

    /// PubNub's position at a time: on a channel that is new an early one costs nothing.
    [[nodiscard]] protocol::pubnub_position position_before(std::optional<wall_time> when, protocol::pubnub_position const& now_at) const;
    /// Where it stands now.
    [[nodiscard]] protocol::poll_standing const& standing(pooled_channel const& which) const;

    std::string const key;
    std::optional<wall_time::duration> ahead; // PubNub's clock, of ours

private:
    friend class pooled_poll;

    // PubNub answers at once if there is something.
    static constexpr duration latest_answer = std::chrono::seconds(5);
    // A kept connection that ends so soon behind a request was on its way out already.
    static constexpr duration race_time = std::chrono::seconds(1);
    // A poll is interrupted once for all channels that join it within so long.
    static constexpr duration gathering_time = std::chrono::milliseconds(50);
    // Those that nothing came for learn their position so often.
    static constexpr duration telling_time = std::chrono::seconds(30);
    static constexpr duration drain_retry = std::chrono::milliseconds(500);
    // An old channel whose poll is asked anew all the time, or never, gets one of its own, or is asked for once more.
    static constexpr duration drain_patience = std::chrono::seconds(20);

    std::unique_ptr<protocol::shared_poll> make_poll() override { return std::make_unique<pooled_poll>(*this); }
    void touched(protocol::shared_poll& which) override { touched_.push_back(static_cast<pooled_poll*>(&which)); }
    void settle();
    void gather();
    void run(pooled_poll& which);
    static asio::awaitable<void> follow(std::shared_ptr<pubnub_pool> self, pooled_poll& which);
    asio::awaitable<void> ask(pooled_poll& which);
    asio::awaitable<std::shared_ptr<net::http_connection>> connect();
    [[nodiscard]] std::string question(pooled_poll& which);
    void confirm(pooled_poll& which, net::services::instant until) noexcept;
    void interrupt(pooled_poll& which) noexcept;
    void refuse(pooled_poll& which);
    void take_reply(pooled_poll& which);
    [[nodiscard]] bool was_denied(pooled_poll& which, int status);
    void read_clock(pooled_poll& which);
    void hand_over(pooled_poll& which, protocol::poll_standing const& next);
    [[nodiscard]] std::optional<gap> missing_before(pooled_poll const& which, pooled_channel const& channel) const;
    [[nodiscard]] std::vector<std::string> names_in(pooled_poll const& which) const;
    void give_up(pooled_poll& which, std::exception_ptr why);
    void deny(std::shared_ptr<pooled_channel> const& which, std::exception_ptr const& why);
    void try_drain_again(std::shared_ptr<pooled_channel> which);
    void end_drains();
    [[nodiscard]] bool is_silent(pooled_channel const& which) const;
    [[nodiscard]] bool silence_counts(pooled_poll const& which) const;
    [[nodiscard]] bool hung_for(pooled_poll const& which, duration least) const;

    std::shared_ptr<net::services> const services_;
    terms const terms_;
    std::string const name_; // PubNub's `uuid`
    std::vector<pooled_poll*> touched_;
    net::alarm gather_; // these three are set only on the strand, where it also ends
    net::alarm retry_;
    net::alarm drains_;
    std::vector<std::weak_ptr<pooled_channel>> to_retry_;
    net::notifier left_;
    std::size_t asking_ = 0;       // questions that are out
    duration longest_hold_{};      // of polls that were answered with nothing
    protocol::position_history history_;
    protocol::pubnub_reply parsed_;
    // While a reply is handed over.
    pooled_poll const* handing_over_ = nullptr;
    protocol::poll_standing const* handed_over_to_ = nullptr;
};

} // namespace ringtail::detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/pubnub_pool/impl/pool.ipp>
#endif
