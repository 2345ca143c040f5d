// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/config.hpp>
#include <ringtail/error.hpp>
#include <ringtail/event.hpp>
#include <ringtail/protocol/failure_table.hpp>
#include <ringtail/protocol/random.hpp>
#include <ringtail/transport.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ringtail::protocol {

/// Where nothing is buffered, that a subscription was Active does not mean that anything arrived; and what came last may have
/// overtaken what the service still tried to deliver, for so long at most (vendor's guide "Webhooks").
inline constexpr duration delivery_patience = std::chrono::minutes(10);

/// A point in time on both clocks: deadlines go by the steady one, what people and servers are told by the other.
class moment {
public:
    moment() = default;
    moment(steady_time on_steady, wall_time on_wall) : steady(on_steady), wall(on_wall) {}
    steady_time steady;
    wall_time wall;
};

/// What the life of a subscription needs to know of the server's answer.
class resource_facts {
public:
    resource_facts() = default;
    resource_facts(std::optional<duration> remaining, bool is_active) : lifetime(remaining), active(is_active) {}
    std::optional<duration> lifetime; ///< until it expires; nothing if the answer does not say
    bool active = true;               ///< false for Suspended, Blacklisted
    bool moved = false;               ///< it is delivered by another channel than the answer before said
    bool repeated = false;            ///< the request may have been carried out twice
    bool unreached = false;           ///< since the answer before, something that was asked of the service did not get there
    bool heard = false;               ///< something of this one arrived before the answer to its creation
    std::optional<wall_time> as_of;   ///< when the answer was surely still to come, if not just now
    duration waited{};                ///< for the answer: so much of the lifetime may have passed already
};

/** When to renew a subscription that has just got `lifetime`: 120 s before its end for lifetimes up to an hour, at half of
    a lifetime under four minutes, 5 % but at most an hour before the end of longer ones; spread to earlier times by up to
    a quarter of the margin, so that many clients that started together do not renew together. */
[[nodiscard]] RINGTAIL_DECL duration renewal_delay(duration lifetime, double random_fraction) noexcept;

/** The life of one subscription, without any I/O: told what happened and when, it says what to do next.

    Two things live side by side: the link (the transport's connection: down, opening, up) and the resource (the
    subscription on the server: absent, uncertain, present). What `next` returns is a task that the caller carries out
    and gives back to exactly one of the functions that take it; there is no other way to report a result, so a report
    that does not fit the state can't be written. At most one open, one attach and one request are out at a time.
    `close` wins over everything. */
class lifecycle {
public:
    enum class job { open, create, find, attach, renew, modify, audit, remove };

    /// Something to do now. Made by `next` only.
    template <job Kind>
    class task {
    public:
        task(task&&) noexcept = default;
        task& operator=(task&&) noexcept = default;

    private:
        friend class lifecycle;
        task(unsigned link, unsigned of) noexcept : link_(link), of_(of) {}
        unsigned link_; // the connection that it was given out for
        unsigned of_;   // the subscription, or for an attach the answer, that it is about
    };

    /// Nothing to do before `until`, or before something is reported.
    class idle {
    public:
        std::optional<steady_time> until;
    };
    /// It is over; `end_reason` says why.
    class finished {};
    using action = std::variant<idle, finished, task<job::open>, task<job::create>, task<job::find>, task<job::attach>,
                                task<job::renew>, task<job::modify>, task<job::audit>, task<job::remove>>;

    class options {
    public:
        explicit options(config const& settings);
        retry_policy retry;
        duration start_timeout;
        duration audit_interval;
        std::size_t creations_per_ten_minutes;
        bool server_renews = false;    ///< it needs no renewal of ours
        bool program_renews = false;   ///< it gets none
        bool requests_over_link = false; ///< requests can be made only while the link is up
        bool unbuffered = false;       ///< nobody keeps what does not reach us at once
        bool adopting = false;         ///< start with a subscription that is there already
        std::uint64_t seed = 0;
    };

    lifecycle(options with, moment now);

    /// What to do now. Call it again after every report and at `idle::until`, until it returns `idle` or `finished`.
    action next(moment now);

    // The link.
    void opened(task<job::open> done, moment now, ringtail::opened const& how, bool has_resource);
    void open_failed(task<job::open> done, moment now, failure const& why);
    void attached(task<job::attach> done, moment now);
    /// @return whether the caller must now close the link, whose end then comes as `link_failed`.
    bool attach_failed(task<job::attach> done, moment now, failure const& why);
    /// A delivery arrived; `traffic` if there were messages in it. `sent` is when they were on their way at the earliest, if
    /// not just now.
    void delivered(moment now, bool traffic, std::optional<wall_time> sent = {});
    /// What was delivered just now happened until then: what came behind it may not have been sent any more.
    void covers_only_until(wall_time happened) noexcept;
    /// What arrived can't be read before the service was asked; to change anything before that would hide it for good.
    void hold() noexcept { held_ = look_first_ = true; }
    /// And that takes long.
    void held_up(std::string const& why);
    /// A notification of another subscription than the last one comes next: what is being created exists, whatever became of
    /// the answer. Its gap stands before it.
    void heard_of_successor(moment now);
    [[nodiscard]] bool awaits_successor() const noexcept { return recreating_ && creation_asked_ && !gap_told_; }
    void link_failed(moment now, failure const& why);

    // The resource.
    void created(task<job::create> done, moment now, resource_facts const& facts);
    /// `answered` is false when the request may have been carried out although no answer came.
    void create_failed(task<job::create> done, moment now, failure const& why, bool answered);
    /// The search for a subscription whose creation was never answered.
    void found(task<job::find> done, moment now, std::optional<resource_facts> const& facts);
    void find_failed(task<job::find> done, moment now, failure const& why);
    void renewed(task<job::renew> done, moment now, resource_facts const& facts);
    /// @param repeated  sent twice, and the first one may have been carried out
    void renew_failed(task<job::renew> done, moment now, failure const& why, bool repeated = false);
    void modified(task<job::modify> done, moment now, resource_facts const& facts);
    void modify_failed(task<job::modify> done, moment now, failure const& why, bool repeated = false);
    /// Whoever wanted it does not any more; nothing was asked.
    void modify_dropped(task<job::modify> done) noexcept;
    void audited(task<job::audit> done, moment now, resource_facts const& facts);
    void audit_failed(task<job::audit> done, moment now, failure const& why);
    /// Given up by the server, and removed for that: another one takes its place.
    void blacklisted(task<job::audit> done, moment now, std::string const& why);
    void removed(task<job::remove> done, moment now);
    void remove_failed(task<job::remove> done, moment now, failure const& why);

    /// What is adopted missed nothing until then.
    void take_over_from(wall_time complete_until, moment now) noexcept { covered_ = heard_ = std::min(complete_until, now.wall); }

    // Wishes of the program and of the environment.
    void want_renewal(moment now) noexcept;
    void want_modification() noexcept { modify_wanted_ = true; }
    /// Something came that what the server last said does not explain: ask it soon.
    void want_audit(moment now) noexcept;
    void want_removal() noexcept { remove_wanted_ = true; }
    /// Nothing more happens, but for a removal that was wished: that may take `patience`.
    void close(moment now, duration patience = std::chrono::seconds(2)) noexcept;
    /// The clocks moved apart (sleep, or the wall clock was set): `by` is what the steady clock missed, 0 or more.
    void clock_jumped(moment now, duration by) noexcept;

    /// A gap that the caller found out about.
    void tell(gap what) { news_.emplace_back(std::move(what)); }
    /// What happened since the last call, in order, for the program's stream of events.
    [[nodiscard]] std::vector<std::variant<state_change, gap>> take_news() { return std::exchange(news_, {}); }

    /// Whether a subscription exists and delivery was attached once: the start has succeeded.
    [[nodiscard]] bool started() const noexcept { return started_; }
    [[nodiscard]] bool has_resource() const noexcept { return resource_ == resource::present; }
    /// Nothing of the subscription is missing up to here, or a gap was told.
    [[nodiscard]] wall_time covered() const noexcept { return covered_; }
    [[nodiscard]] bool link_up() const noexcept { return link_ == link::up; }
    /// Why it ended or ends; empty if it was closed.
    [[nodiscard]] std::optional<failure> const& end_reason() const noexcept { return end_; }
    [[nodiscard]] bool is_closing() const noexcept { return closing_ || end_.has_value(); }

private:
    enum class link { down, opening, up, ending };
    enum class resource { not_needed, absent, uncertain, present };

    void end(failure why);
    [[nodiscard]] bool ends(failure const& why) const;
    void announce(subscription_state state, std::string reason = {});
    void report_gap(gap_reason reason, certainty sure, moment now);
    void evidence();
    [[nodiscard]] duration pause(std::size_t failures, failure const& why);

    template <job Kind>
    [[nodiscard]] action start();
    [[nodiscard]] std::optional<action> goodbye(moment now);
    [[nodiscard]] std::optional<action> request_due(moment now, std::optional<steady_time>& wake);
    [[nodiscard]] std::optional<steady_time> creation_opens(steady_time now);
    template <job Kind>
    [[nodiscard]] bool returned(task<Kind> const& done) noexcept;
    void describe(resource_facts const& facts, moment now);
    void remember_unanswered(unsigned changes) noexcept;
    void tell_of_moves(unsigned changes, resource_facts const& facts, moment now);
    void plan_renewal(resource_facts const& facts, moment now);
    void lost(gap_reason why, std::string const& words, moment now);
    void request_failed(moment now, failure const& why);
    void check_activity(resource_facts const& facts, moment now);
    void back_in_reach(moment now);

    options options_;
    random_source random_;
    std::vector<std::variant<state_change, gap>> news_;
    std::optional<failure> end_;
    std::unique_ptr<failure> last_failure_;
    bool closing_ = false;
    std::optional<steady_time> leave_by_;
    bool started_ = false;
    steady_time start_deadline_;
    wall_time covered_; // nothing is missing up to here
    wall_time heard_;   // the last message, or the creation
    bool out_of_reach_ = false; // no network lately, so what is not buffered was lost

    link link_ = link::down;
    unsigned link_number_ = 0;
    std::size_t link_failures_ = 0;
    steady_time link_since_;
    steady_time link_retry_;

    bool attaching_ = false;
    bool attached_ = false;
    std::size_t unusable_answers_ = 0;   // in a row
    std::optional<steady_time> settles_; // when an attached link that stays quiet counts as connected
    bool announced_ = false;             // the program was told connected or resumed, and not told reconnecting since
    bool told_down_ = false;             // the last word was reconnecting
    bool again_ = false;                 // it was connected before

    resource resource_ = resource::absent;
    unsigned resource_number_ = 0;
    unsigned answer_number_ = 0; // of descriptions by the server
    bool described_ = false;     // the server told where the present one delivers
    bool busy_ = false;          // a request is out
    std::size_t request_failures_ = 0;
    steady_time request_retry_;
    std::vector<steady_time> creations_; // those of ten minutes
    std::optional<gap_reason> recreating_; // the gap to report once it is created again
    bool creation_asked_ = false;          // so it may be there before its answer
    std::optional<wall_time> gap_told_;    // ahead of the answer, and up to when
    bool suspended_ = false;

    duration margin_{};                // of the last renewal's plan
    std::optional<steady_time> renew_;
    std::optional<steady_time> expires_;
    steady_time given_up_;             // behind `expires_`: renewing makes no sense any more
    bool expiry_told_ = false;
    steady_time audit_;
    steady_time last_audit_;
    wall_time change_asked_;
    std::optional<wall_time> unanswered_since_; // a renewal or change that may have been carried out, and moved the delivery
    unsigned unanswered_ = 0;                   // so many times
    bool held_ = false;
    bool look_first_ = false;                   // before the next one, for that would move it once more
    bool audit_urgent_ = false;        // asked for, so traffic does not put it off
    bool renewal_wanted_ = false;
    bool renew_once_seen_ = false; // of an adopted one
    bool taking_over_ = false;     // whose first renewal is nobody's news
    bool modify_wanted_ = false;
    bool remove_wanted_ = false;
};

} // namespace ringtail::protocol

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/protocol/impl/lifecycle.ipp>
#endif
