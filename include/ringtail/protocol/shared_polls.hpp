// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>
#include <ringtail/protocol/pubnub_poll.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringtail::protocol {

/// Up to where something was heard, and how sure that is.
class poll_standing {
public:
    pubnub_position position;
    std::string newest;                       ///< timetoken of the last reply that may have held messages; empty: there was none
    std::optional<wall_time> covered;         ///< what happened until then was in a reply
    std::optional<wall_time> confirmed;       ///< nothing until then is missing, but what PubNub still holds for the position
    std::optional<steady_time> confirmed_at;  ///< the same, unless it was in another process
    std::optional<wall_time> served;          ///< the same by the service's clock
    bool stale = false;                       ///< a poll started from here when PubNub surely held it no longer
    bool unknown_start = false;               ///< nobody knows when it begins

    void confirm(steady_time at, wall_time at_wall, std::optional<wall_time::duration> service_ahead)
    {
        confirmed = at_wall;
        confirmed_at = at;
        served = service_ahead ? std::optional(at_wall + *service_ahead) : std::nullopt;
    }

    /// By the clock that says more: the steady one does not run while the machine sleeps, the other one may be set back.
    [[nodiscard]] bool is_older_than(duration window, steady_time now, wall_time now_wall) const
    {
        return (confirmed && now_wall - *confirmed > window) || (confirmed_at && now - *confirmed_at > window);
    }
};

class shared_poll;

/// A channel that is heard by a poll, with others or alone.
class polled_channel {
public:
    explicit polled_channel(std::string its_name) : name(std::move(its_name)) {}
    polled_channel(polled_channel const&) = delete;
    polled_channel& operator=(polled_channel const&) = delete;

    std::string name;
    shared_poll* poll = nullptr;
    std::unique_ptr<poll_standing> own; ///< if it stands elsewhere than its poll, or has none
    std::uint32_t entered = 0;          ///< behind so many questions of its poll: it is in the later ones only
    std::uint16_t recent = 0;           ///< messages, in the poll's time of counting
    bool alone = false;                 ///< it may spoil a poll for others: PubNub denied it

protected:
    ~polled_channel() = default;
};

/// One long poll and the channels that it asks for.
class shared_poll {
public:
    shared_poll() = default;
    shared_poll(shared_poll const&) = delete;
    shared_poll& operator=(shared_poll const&) = delete;
    virtual ~shared_poll() = default;

    /// Whether a question about other channels may take the place of the one that is out: not if it would never be known how old the
    /// position is.
    [[nodiscard]] virtual bool may_be_disturbed() const { return true; }

    poll_standing at;
    std::vector<std::shared_ptr<polled_channel>> channels;
    std::uint32_t questions = 0; ///< that have left so far
    bool changed = false;        ///< a channel came since the last question

private:
    friend class shared_polls;

    /// Messages of replies behind `since`, as far as they are remembered.
    [[nodiscard]] std::size_t messages_behind(std::string_view since) const;
    void count_until(steady_time now);
    [[nodiscard]] std::size_t load(steady_time now) const;

    std::list<std::unique_ptr<shared_poll>>::iterator place_;
    std::size_t url_size_ = 0; // of the channels
    steady_time counting_since_{};
    std::size_t recent_ = 0; // messages since then
    std::size_t before_ = 0; // in as long a time before
    std::vector<std::pair<std::string, std::size_t>> replies_; // with messages: where they ended, and how many
    bool forgot_some_ = false;
    std::string floor_; // what its channels got until then is in none of `replies_`
};

/** Which channel is heard by which poll, all of one subscriber key.

    What PubNub keeps for a poll is bounded for all its channels together, and a poll has one position. So

    - a channel joins a poll whose position is not behind its own, and one that got messages since stays away: nobody's position moves back
      and by joining nobody is sent again what others had. Where there is no such poll, a new one begins at the channel's position.
    - after a reply, when all its channels stand at one place, the busiest leave for polls of their own while the rest together is busy; a poll
      without a busiest one is cut in halves.
    - after a reply a small and quiet poll ends in favour of another one.

    No input or output, no clock. Polls that are `changed` are to be asked anew; those without channels are the owner's to erase. */
class shared_polls {
public:
    class limits {
    public:
        std::size_t channels = 50;
        std::size_t url_size = 8'000; ///< bytes of the channels in it
        std::size_t buffer = 100;     ///< messages that PubNub keeps for a poll
    };

    /// For how long messages are counted: what tells a busy poll.
    static constexpr duration counting_time = std::chrono::seconds(10);

    explicit shared_polls(limits bounds) : limits_(bounds) {}
    shared_polls(shared_polls const&) = delete;
    shared_polls& operator=(shared_polls const&) = delete;
    virtual ~shared_polls() = default;

    /// Let it be heard from `own` on, which it has.
    shared_poll& add(std::shared_ptr<polled_channel> const& which, steady_time now);
    /// Let it be heard no longer; its `own` says where it stands. @param at  if that is not where its poll stands
    void remove(polled_channel& which, poll_standing const* at = nullptr);
    /// A reply brought so many messages of it; before `advance`.
    void count(polled_channel& which, std::size_t messages, steady_time now);
    /** A reply to the last question was handed over: those that were in it stand at `next`.

        The others that joined meanwhile, and would miss something by it, go elsewhere. */
    void advance(shared_poll& which, poll_standing next, std::size_t messages, steady_time now);
    /// PubNub denies one of them, and does not say which: two polls in place of one. Only with several channels.
    void halve(shared_poll& which);

    [[nodiscard]] std::size_t busy() const noexcept { return std::max<std::size_t>(limits_.buffer / 4, 2); }
    [[nodiscard]] std::list<std::unique_ptr<shared_poll>> const& polls() const noexcept { return polls_; }
    void erase(shared_poll const& which);

protected:
    /// Of whatever type the owner needs.
    virtual std::unique_ptr<shared_poll> make_poll() { return std::make_unique<shared_poll>(); }
    /// A channel came or went.
    virtual void touched(shared_poll&) {}

private:
    [[nodiscard]] static std::size_t size_in_url(polled_channel const& which);
    [[nodiscard]] bool fits(shared_poll const& which, std::size_t channels, std::size_t url_size) const;
    shared_poll& begin_at(poll_standing where);
    void enter(shared_poll& where, std::shared_ptr<polled_channel> const& which);
    std::shared_ptr<polled_channel> leave(polled_channel& which);
    void move(polled_channel& which, shared_poll& to);
    void separate(polled_channel& which, shared_poll& to);
    void spread(shared_poll& which, steady_time now);
    void merge(shared_poll& which, steady_time now);

    limits limits_;
    std::list<std::unique_ptr<shared_poll>> polls_; // those that were made or got room last at the end
};

} // namespace ringtail::protocol

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/protocol/impl/shared_polls.ipp>
#endif
