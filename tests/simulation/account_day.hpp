// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "service.hpp"

#include <ringtail.hpp>

#include <boost/asio/cancellation_signal.hpp>
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

enum class delivery_kind { pubnub, websocket, webhook };

[[nodiscard]] std::string_view name_of(delivery_kind kind) noexcept;

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
    - no subscription of another program with the same account and filters is listened to, changed or removed;
    - no request leaves while the service's 429 forbids it;
    - a saved cursor with one wrong digit is refused, or a gap stands before the first notification;
    - when PubNub can't be reached any more, the program is told;
    - nothing spins: handlers and requests per time are bounded, and so are queue and connections;
    - the subscription never ends by itself, and hears again once the weather is fine;
    - closing takes two seconds at most, and nothing runs behind it. */
class account_day {
public:
    account_day(std::uint64_t seed, delivery_kind kind, bool tell_story);
    account_day(account_day const&) = delete;
    account_day& operator=(account_day const&) = delete;
    ~account_day();

    [[nodiscard]] day_report live();

private:
    struct published_event {
        wall_time when;
        std::size_t delivered = 0;
        std::size_t position = 0;  // of its first delivery in `heard_`
        bool expected = false;     // somebody follows
        bool may_repeat = false;   // taken behind the saved cursor when the process died
        bool unseen = false;       // nobody can know of its loss
        std::size_t copies = 0;    // subscriptions that it reached
        unsigned subject = 0;
        bool doubted = false;      // whether it was asked for, only the service knew
    };
    struct heard_gap {
        std::size_t position;
        wall_time from;
        wall_time until;
        bool may_be_late = false; // behind what came after it
    };

    // The machine and the program on it.
    void run_until(wall_time end);
    void start_process();
    void kill_process();
    asio::awaitable<void> program();
    asio::awaitable<ringtail::any_subscription> subscribe();
    asio::awaitable<void> follow();
    asio::awaitable<void> pause(duration time);
    void change_a_digit();
    void take(ringtail::event const& what);
    void note_position();
    void save();
    void keep_saving();
    [[nodiscard]] ringtail::config settings();

    // What happens.
    void publish(std::size_t count);
    void heed_request(std::string_view method, std::string_view target);
    void heed_answer(std::string_view logged);
    void neighbours();
    void neighbour_comes();
    [[nodiscard]] std::size_t neighbours_hit(unsigned subject);
    void traffic();
    void disturb();
    void disturb_once();
    void inject();
    void ignore_connections();
    void command();
    asio::awaitable<void> carry_out(unsigned which);
    asio::awaitable<void> modify(unsigned asked);
    [[nodiscard]] unsigned wanted();

    void check_delivery();
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
    bool moves_ = false;    // channels rotate
    bool moves_by_itself_ = false;
    wall_time next_move_{};
    network network_;
    service service_;
    wall_time fine_from_;   // no more disturbances

    std::unique_ptr<asio::io_context> context_;
    std::optional<ringtail::environment> environment_;
    std::optional<ringtail::client> client_;
    std::optional<ringtail::any_subscription> subscription_;
    std::unique_ptr<asio::cancellation_signal> cancel_;
    std::size_t process_ = 0;
    bool leaving_ = false;
    bool over_ = false;
    bool goes_on_ = false;  // a process before this one saved a cursor
    std::string saved_;
    std::size_t saved_taken_ = 0;    // what the saved cursor stands behind, in `taken_`
    std::string position_;           // of the cursor, now
    std::size_t position_taken_ = 0; // what that stands behind
    std::vector<std::size_t> taken_; // the notifications, in order
    bool saves_by_clock_ = false;    // else behind each event
    bool damaged_cursor_ = false;    // what was saved last
    bool silent_about_it_ = false;   // it was adopted, and there has been no gap
    wall_time slow_until_{};
    std::uint64_t spins_ = 0;
    wall_time spin_time_{};
    std::size_t asked_ = 0; // requests until then

    std::map<std::string, unsigned> neighbours_; // subscriptions of another program, and what they are for
    std::string newest_neighbour_;
    wall_time neighbour_came_;
    wall_time created_; // when ours was last asked for
    std::vector<published_event> published_;
    std::vector<heard_gap> gaps_;
    wall_time recreated_; // when that was heard of
    std::size_t heard_ = 0; // items
    std::size_t undecodable_ = 0;
    bool begins_anew_ = false;   // for what was saved was refused
    bool damaged_ = false; // some message of this day may be, by a fault
    unsigned unanswered_ = 0; // changes of the subscription, each of which may have brought another key
    wall_time unknown_key_until_; // something may come by a key that no answer told
    bool following_ = false;
    unsigned agreed_ = 1;      // subjects: those of the last modification that succeeded
    unsigned wanted_ = 1;      // what `filters()` last said
    unsigned doubted_ = 0;     // were to be given up in some modification, which may have been carried out
    std::size_t modifying_ = 0;
    wall_time::duration least_wrong_{};
    wall_time::duration most_wrong_{};
    bool connected_ = false;
    wall_time disturbed_{};    // in a way that takes long to notice
    wall_time disconnected_{};
    bool suspended_ = false;   // and the client has not been told
    std::size_t suspended_from_ = 0; // the first event since
};

} // namespace simulation
