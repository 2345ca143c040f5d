// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "timeline.hpp"

#include <ringtail.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulation {

namespace asio = boost::asio;

class account_day;

/// What happens on the account, a bit each in sets of them. The last one is told encrypted only.
inline constexpr std::size_t subject_count = 3;
inline constexpr unsigned all_subjects = (1u << subject_count) - 1;

/** One subscription over all its processes: the program that takes its events, and the ledger of what it has to hear.

    Where a day has several, each follows an extension of its own. */
class follower {
public:
    follower(account_day& of, std::size_t number, bool one_of_many);
    follower(follower const&) = delete;
    follower& operator=(follower const&) = delete;

    // The program.
    void start();
    void die();         ///< with its process
    void prepare_end(); ///< what it has taken behind the saved cursor comes again
    void damage_saved();
    void save();
    void keep_saving();
    void cancel();
    void close_for_a_while();
    void remove_for_a_while();
    /// For good. @param closed  is called in the end
    void leave(std::function<void()> closed);
    [[nodiscard]] bool has_gone() const noexcept { return away_; }
    asio::awaitable<void> carry_out(unsigned which);

    // The ledger.
    [[nodiscard]] std::string const& path(std::size_t subject) const { return paths_[subject]; }
    [[nodiscard]] unsigned wanted();
    /// @param copies  living subscriptions that it went to and that may be this one's; none if it is not its business
    void note_published(unsigned subject, std::size_t copies);
    void note_for_others();
    void note_suspended();
    void check_now();
    void check_in_fine_weather(std::size_t first, std::size_t gaps_before);
    void check_delivery() const;
    [[nodiscard]] std::size_t gaps() const noexcept { return gaps_.size(); }
    [[nodiscard]] bool has_room_and_is_connected() const;

    // Of the calls, whose target names the subscription.
    [[nodiscard]] bool is_meant_by(std::string_view target) const;
    void note_change_asked() { ++unanswered_; }
    void note_answer(bool of_another);

    std::optional<ringtail::any_subscription> subscription;
    bool following = false;
    wall_time slow_until{};
    [[nodiscard]] std::vector<std::string> filter_paths(unsigned set) const;

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

    asio::awaitable<void> program();
    asio::awaitable<ringtail::any_subscription> subscribe();
    asio::awaitable<void> follow();
    asio::awaitable<void> pause(duration time);
    asio::awaitable<void> modify(unsigned asked);
    void change_a_digit();
    void take(ringtail::event const& what);
    void note_position();
    void go_away(bool unsubscribe, duration time);
    void come_back();
    void complain(std::string const& what);
    void tell(std::string const& what);
    [[nodiscard]] ringtail::event_filters filters_of(unsigned set) const;
    [[nodiscard]] unsigned set_of(ringtail::event_filters const& filters) const;
    /// Old channels may be heard beside the new one.
    [[nodiscard]] bool hears_old_channels() const;

    account_day& day_;
    std::string const tag_; // in front of what it tells
    std::array<std::string, subject_count> paths_;

    std::unique_ptr<asio::cancellation_signal> cancel_;
    std::size_t run_ = 0;    // of the program
    bool running_ = false;
    bool leaving_ = false;
    bool away_ = false;      // but it comes back
    bool goes_on_ = false;   // a process before this one saved a cursor
    std::string saved_;
    std::size_t saved_taken_ = 0;    // what the saved cursor stands behind, in `taken_`
    std::string position_;           // of the cursor, now
    std::size_t position_taken_ = 0; // what that stands behind
    std::vector<std::size_t> taken_; // the notifications, in order
    bool damaged_cursor_ = false;    // what was saved last
    bool silent_about_it_ = false;   // it was adopted, and there has been no gap

    std::vector<published_event> published_;
    std::vector<heard_gap> gaps_;
    wall_time recreated_; // when that was heard of
    std::size_t heard_ = 0; // items
    std::size_t undecodable_ = 0;
    std::optional<std::size_t> latest_; // of those that were heard once and come once
    bool begins_anew_ = false;   // for what was saved was refused
    unsigned unanswered_ = 0; // changes of the subscription, each of which may have brought another key
    wall_time unknown_key_until_; // something may come by a key that no answer told
    unsigned agreed_ = 1;      // subjects: those of the last modification that succeeded
    unsigned wanted_ = 1;      // what `filters()` last said
    unsigned doubted_ = 0;     // were to be given up in some modification, which may have been carried out
    std::size_t modifying_ = 0;
    bool connected_ = false;
    wall_time disconnected_{};
    bool suspended_ = false;   // and the client has not been told
    std::size_t suspended_from_ = 0; // the first event since
};

} // namespace simulation
