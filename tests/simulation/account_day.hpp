// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "follower.hpp"
#include "service.hpp"

#include <ringtail.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace simulation {

/// `pool` is PubNub with shared polls: a day of several subscriptions.
enum class delivery_kind { pubnub, websocket, webhook, pool };

inline constexpr std::array delivery_kinds{delivery_kind::pubnub, delivery_kind::websocket, delivery_kind::webhook, delivery_kind::pool};

[[nodiscard]] std::string_view name_of(delivery_kind kind) noexcept;
[[nodiscard]] std::string clock_text(wall_time when);

/// What a day brought.
class day_report {
public:
    std::string complaint;                          ///< the first broken promise; empty: none
    std::map<std::string, std::size_t> disturbances; ///< by kind, how many
    std::size_t published = 0;
    std::size_t heard = 0;
    std::size_t gaps = 0;
    std::size_t requests = 0;
    std::size_t steps = 0; ///< handlers run
    std::vector<std::string> story; ///< if it was asked for
};

/** One account over one day, in virtual time: the library as it is, the sandbox's services, and bad weather between them.

    Everything comes from the seed. Checked are, all the time or at the end:
    - each event that is published while `filters()` names it is delivered once, or a gap or an undecodable message stands for it,
      and the gap's times cover it; only a modification that succeeds changes what `filters()` says;
    - a gap stands before the first notification behind it (where channels do not move);
    - where polls are shared, too: in order, nobody hears what is another's, no poll asks for more channels than the settings say, and
      in the end the quiet ones share polls again;
    - no subscription of another program with the same account and filters is listened to, changed or removed;
    - no request leaves while the service's 429 forbids it;
    - a saved cursor with one wrong digit is refused, or a gap stands before the first notification;
    - when PubNub can't be reached any more, the program is told;
    - nothing spins: handlers and requests per time are bounded, and so are queue and connections;
    - a subscription never ends by itself, and hears again once the weather is fine;
    - closing takes two seconds at most, and nothing runs behind it. */
class account_day {
public:
    account_day(std::uint64_t seed, delivery_kind kind, bool tell_story);
    account_day(account_day const&) = delete;
    account_day& operator=(account_day const&) = delete;
    ~account_day();

    [[nodiscard]] day_report live();

private:
    friend class follower;

    // The machine and the program on it.
    void run_until(wall_time end);
    void start_process();
    void kill_process();
    [[nodiscard]] ringtail::config settings();

    // What happens.
    void publish(std::size_t count);
    void publish_to(follower& whom);
    void publish_to_each(std::size_t count);
    void publish_steadily(follower& whom, std::size_t count, duration pause);
    void heed_request(std::string_view method, std::string_view target);
    void heed_answer(std::string_view logged);
    void neighbours();
    void neighbour_comes();
    [[nodiscard]] std::size_t neighbours_hit(follower const& whose, unsigned subject);
    void traffic();
    void disturb();
    void disturb_once();
    void inject();
    void ignore_connections();
    void command();

    void check_question(std::string_view target);
    void check_polls();
    [[nodiscard]] bool over_pubnub() const noexcept { return kind_ == delivery_kind::pubnub || kind_ == delivery_kind::pool; }
    /// One of several; no dice where there is one only.
    [[nodiscard]] follower& any() { return *followers_[followers_.size() == 1 ? 0 : dice(followers_.size())]; }
    void complain(std::string what);
    void tell(std::string what);
    [[nodiscard]] std::size_t dice(std::size_t sides) { return std::uniform_int_distribution<std::size_t>(0, sides - 1)(random_); }
    [[nodiscard]] duration between(duration least, duration most);
    [[nodiscard]] ringtail::sandbox_options service_options();

    std::uint64_t seed_;
    delivery_kind kind_;
    bool tells_;
    std::mt19937_64 random_;
    day_report report_;

    timeline time_;
    machine_clock clock_;
    duration lifetime_;     // of subscriptions
    duration length_;
    std::size_t capacity_ = 0; // of the queue
    std::size_t subscriptions_ = 1;
    std::size_t channels_per_poll_ = 50;
    std::size_t buffer_size_ = 100; // of PubNub, as the client takes it to be
    bool moves_ = false;    // channels rotate
    bool moves_by_itself_ = false;
    bool empty_polls_move_ = false; // PubNub's position
    wall_time next_move_{};
    network network_;
    service service_;
    wall_time fine_from_;   // no more disturbances

    std::unique_ptr<asio::io_context> context_;
    std::optional<ringtail::environment> environment_;
    std::optional<ringtail::client> client_;
    std::vector<std::unique_ptr<follower>> followers_;
    std::size_t process_ = 0;
    bool over_ = false;
    bool saves_by_clock_ = false;    // else behind each event
    std::uint64_t spins_ = 0;
    wall_time spin_time_{};
    std::size_t asked_ = 0; // requests until then

    /// Subscriptions of another program, and what they are for.
    std::map<std::string, std::pair<follower const*, unsigned>> neighbours_;
    std::string newest_neighbour_;
    wall_time neighbour_came_;
    wall_time created_; // when ours was last asked for
    std::size_t published_ = 0; // events
    bool damaged_ = false; // some message of this day may be, by a fault
    wall_time::duration least_wrong_{};
    wall_time::duration most_wrong_{};
    wall_time disturbed_{};    // in a way that takes long to notice
};

} // namespace simulation
