// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <support/life_script.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>

namespace test_support {

/// What may go wrong around a virtual life.
class weather {
public:
    bool outages = true;          ///< nothing goes out for a while
    bool service_errors = true;   ///< 5xx, 429, proxies' pages, answers that never come
    bool removals = true;         ///< the subscription is deleted by somebody else
    bool link_cuts = true;
    bool lost_sessions = true;    ///< the transport says `continuity::lost`
    bool clock_jumps = true;      ///< the machine sleeps
    bool suspensions = true;
    bool attach_failures = true;
    bool wishes = true;           ///< the program renews and modifies
    bool lost_beside_requests = true; ///< a session may be lost while a request is out
    bool slow_goodbye = true;     ///< the link's end is reported a moment after the failed attach that caused it
    bool slow_attach = true;      ///< an attach takes seconds, so that a renewal may overtake it
};

/** A life that is carried out against a service and a network of the test's, in virtual time.

    Whatever the life does is checked while it happens: one task of a kind at a time, no busy loop, no creation before an
    unanswered one was looked for, requests over the link only while it is up, a proven gap for each subscription that is
    gone. What went wrong is kept as text, the first time. */
class virtual_life {
public:
    virtual_life(std::uint64_t seed, weather around, lifecycle::options with, ringtail::duration lifetime)
        : random_(seed), around_(around), over_link_(with.requests_over_link), server_renews_(with.server_renews), lifetime_(lifetime),
          now_(ringtail::steady_time(1'000h), ringtail::wall_time(490'000h)), life_(std::move(with), now_)
    {
    }

    /// The first thing that went wrong, or nothing.
    [[nodiscard]] std::string const& complaint() const noexcept { return complaint_; }
    [[nodiscard]] bool connected() const
    {
        return link_up_ && told_connected_ && there() && known_ == server_->id && attached_version_ == version_ && server_->active;
    }
    [[nodiscard]] std::string state() const
    {
        return std::string(link_up_ ? "link up" : "link down") + (told_connected_ ? ", told connected" : ", told reconnecting") +
               (there() ? known_ == server_->id ? ", subscribed" : ", subscribed elsewhere" : ", not subscribed") +
               (attached_version_ == version_ ? ", attached" : ", attached to what is past") + (finished_ ? ", finished" : "");
    }
    [[nodiscard]] std::size_t tasks() const noexcept { return tasks_; }
    [[nodiscard]] std::size_t removals() const noexcept { return removals_; }

    /// Bad weather, in spells.
    void storm(ringtail::duration how_long)
    {
        auto const end = now_.steady + how_long;
        while (now_.steady < end && complaint_.empty()) {
            change_weather();
            run(std::min(end, now_.steady + pick(1s, chance(0.2) ? 1h : 3min)));
        }
        network_ = true;
        trouble_ = false;
        calm_ = true;
        if (server_) {
            server_->active = true;
        }
        calm_since_ = now_.steady;
    }

    /// Good weather. Complains if it is not connected 70 s behind the last failure.
    void calm(ringtail::duration how_long)
    {
        // What died without a word is noticed by the next audit.
        auto const unnoticed = known_ != 0 && (!there() || known_ != server_->id || suspended_told_);
        auto const end = now_.steady + how_long;
        auto const patience = 70s + (unnoticed ? 331s : 0s);
        auto seen = now_.steady;
        while (now_.steady < end && complaint_.empty()) {
            run(std::min(end, now_.steady + 1s));
            if (connected()) {
                seen = now_.steady; // an answer that is just being attached is no break
            } else if (now_.steady > std::max(calm_since_, last_failure_) + patience && now_.steady > seen + 3s) {
                complain("not connected again: " + state());
            }
        }
    }

private:
    using seconds = std::chrono::duration<double>;

    class subscription {
    public:
        unsigned id = 0;
        ringtail::wall_time expires;
        bool active = true;
    };

    // Chance.

    bool chance(double of) { return std::uniform_real_distribution<>(0, 1)(random_) < of; }
    ringtail::duration pick(ringtail::duration from, ringtail::duration to)
    {
        return ringtail::duration(std::uniform_int_distribution<ringtail::duration::rep>(from.count(), to.count())(random_));
    }
    ringtail::duration latency() { return calm_ ? pick(1ms, 900ms) : chance(0.2) ? ringtail::duration(0) : chance(0.9) ? pick(1ms, 2s) : pick(1s, 30s); }

    void complain(std::string what)
    {
        if (complaint_.empty()) {
            complaint_ = std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now_.steady - ringtail::steady_time(1'000h)).count()) + " ms: " + what;
        }
    }

    // Time.

    void pass_to(ringtail::steady_time when)
    {
        now_.wall += std::chrono::duration_cast<ringtail::wall_time::duration>(when - now_.steady);
        now_.steady = when;
    }

    void later(ringtail::duration in, std::function<void()> what) { events_.emplace(now_.steady + in, std::move(what)); }

    void run(ringtail::steady_time until)
    {
        while (complaint_.empty()) {
            auto const wake = step();
            auto next = until;
            if (!events_.empty()) {
                next = std::min(next, events_.begin()->first);
            }
            if (wake) {
                if (*wake <= now_.steady) {
                    complain("idle until a time that is over");
                }
                next = std::min(next, std::max(*wake, now_.steady));
            }
            if (next >= until && (events_.empty() || events_.begin()->first > until)) {
                pass_to(until);
                return;
            }
            pass_to(next);
            if (!events_.empty() && events_.begin()->first <= now_.steady) {
                auto const what = std::move(events_.begin()->second);
                events_.erase(events_.begin());
                what();
            }
        }
    }

    // The life's side.

    std::optional<ringtail::steady_time> step()
    {
        for (;;) {
            auto what = life_.next(now_);
            hear();
            if (auto const* const rest = std::get_if<lifecycle::idle>(&what)) {
                return rest->until;
            }
            if (std::holds_alternative<lifecycle::finished>(what)) {
                finished_ = true;
                complain(std::string("ended: ") + (life_.end_reason() ? life_.end_reason()->what() : "without a reason"));
                return std::nullopt;
            }
            ++tasks_;
            recent_.push_back(now_.steady);
            while (recent_.front() + 1min <= now_.steady) {
                recent_.pop_front();
            }
            auto const in_second = std::count_if(recent_.rbegin(), recent_.rbegin() + std::min<std::ptrdiff_t>(25, std::ssize(recent_)),
                                                 [this](auto const& each) { return each + 1s > now_.steady; });
            if (in_second > 24 || recent_.size() > 150) {
                complain("a busy loop: the last of " + std::to_string(in_second) + " tasks in a second, " + std::to_string(recent_.size()) +
                         " in a minute, is " + name_of(what));
            }
            std::visit([this](auto& given) { carry_out(std::move(given)); }, what);
            if (!complaint_.empty()) {
                return std::nullopt;
            }
        }
    }

    void carry_out(lifecycle::idle) {}
    void carry_out(lifecycle::finished) {}

    // Copyable, for std::function.
    template <job Kind>
    using held = std::shared_ptr<task<Kind>>;

    template <job Kind>
    void carry_out(task<Kind> given)
    {
        auto const kept = std::make_shared<task<Kind>>(std::move(given));
        if constexpr (Kind == job::open) {
            if (std::exchange(opening_, true) || link_up_) {
                complain("opens a link that is open");
            }
            later(latency(), [this, kept] { open(kept); });
        } else if constexpr (Kind == job::attach) {
            if (std::exchange(attaching_, true)) {
                complain("two attaches at a time");
            }
            if (!link_up_) {
                complain("attaches to a link that is down");
            }
            auto const version = version_;
            auto const link = link_number_;
            later(around_.slow_attach && link_number_ != closed_link_ ? latency() : ringtail::duration(0), [this, kept, version, link] { attach(kept, version, link); });
        } else {
            if (std::exchange(requesting_, true)) {
                complain("two requests at a time");
            }
            if (over_link_ && !link_up_) {
                complain("a request over a link that is down");
            }
            if (Kind == job::create && unlisted_) {
                complain("creates although an earlier creation may have been carried out");
            }
            if (Kind == job::create && there() && known_ == server_->id && !may_be_gone_) {
                complain("creates although nothing said that the subscription is gone");
            }
            ++request_number_;
            auto const link = link_number_;
            auto const number = request_number_;
            auto const report = [this, kept, link, number] {
                if (number == request_number_ && requesting_) {
                    requesting_ = false;
                    answer(kept, over_link_ && (link != link_number_ || !link_up_));
                }
            };
            pending_request_ = report;
            later(calm_ || chance(0.5) ? latency() : pick(1s, 30s), report);
        }
    }

    // The news, as the program hears them.
    void hear()
    {
        for (auto const& each : life_.take_news()) {
            if (auto const* const missing = std::get_if<ringtail::gap>(&each)) {
                if (missing->from && missing->until && *missing->from > *missing->until) {
                    complain("a gap that ends before it begins");
                }
                if (missing->certainty == ringtail::certainty::proven) {
                    gap_due_ = false;
                }
                gap_seen_ = missing->certainty == ringtail::certainty::proven;
                continue;
            }
            switch (std::get<ringtail::state_change>(each).state) {
            case ringtail::subscription_state::connected:
            case ringtail::subscription_state::resumed: told_connected_ = true; break;
            case ringtail::subscription_state::recreated:
                told_connected_ = true;
                if (!gap_seen_) {
                    complain("`recreated` without a proven gap before it");
                }
                break;
            case ringtail::subscription_state::reconnecting:
                if (told_down_) {
                    complain("`reconnecting` twice");
                }
                told_connected_ = false;
                told_down_ = true;
                continue;
                break;
            case ringtail::subscription_state::suspended:
                told_connected_ = suspended_told_ = true; // what a link is told to be good for
                break;
            default: break;
            }
            told_down_ = told_down_ && !told_connected_;
            gap_seen_ = false;
        }
    }

    // The link.

    void open(held<job::open> const& given)
    {
        opening_ = false;
        if (!network_ || (trouble_ && chance(0.3))) {
            last_failure_ = now_.steady;
            life_.open_failed(std::move(*given), now_, chance(0.5) ? broken() : ringtail::failure(ringtail::error::timed_out));
            return;
        }
        link_up_ = true;
        auto const number = ++link_number_;
        auto how = first_link_ ? ringtail::continuity::fresh : ringtail::continuity::resumed;
        first_link_ = false;
        if (!calm_ && around_.lost_sessions && how == ringtail::continuity::resumed && chance(0.1) &&
            (around_.lost_beside_requests || !requesting_)) {
            how = ringtail::continuity::lost;
            remove();
            may_be_gone_ = true;
        }
        life_.opened(std::move(*given), now_, ringtail::opened(how), true);
        listen(number);
        if (!calm_ && around_.link_cuts && chance(0.5)) {
            later(chance(0.3) ? ringtail::duration(0) : pick(1ms, 10min), [this, number] { cut(number); });
        }
    }

    void listen(unsigned number)
    {
        later(chance(0.1) ? pick(1ms, 50ms) : pick(1s, 280s), [this, number] {
            if (number == link_number_ && link_up_) {
                auto const traffic = there() && known_ == server_->id && server_->active && attached_version_ != 0 && chance(0.3);
                life_.delivered(now_, traffic);
                listen(number);
            }
        });
    }

    void cut(unsigned number)
    {
        if (number == link_number_ && link_up_) {
            link_up_ = false;
            attached_version_ = 0;
            last_failure_ = now_.steady;
            life_.link_failed(now_, broken());
            if (over_link_ && requesting_) {
                step();
                pending_request_();
            }
        }
    }

    void attach(held<job::attach> const& given, unsigned version, unsigned link)
    {
        attaching_ = false;
        auto const gone = link != link_number_ || !link_up_ || link == closed_link_;
        if (gone || (!calm_ && around_.attach_failures && chance(0.05))) {
            last_failure_ = now_.steady;
            if (life_.attach_failed(std::move(*given), now_, broken())) {
                if (around_.slow_goodbye) {
                    closed_link_ = link; // closed by us, and its reader has yet to notice
                    later(pick(1ms, 2s), [this, link] { cut(link); });
                } else {
                    cut(link);
                }
            }
            return;
        }
        attached_version_ = version;
        life_.attached(std::move(*given), now_);
    }

    // The service.

    [[nodiscard]] bool there() const { return server_ && server_->expires > now_.wall; }

    void remove()
    {
        if (there() && known_ == server_->id) {
            gap_due_ = true;
            ++removals_;
        }
        server_.reset();
    }

    ringtail::protocol::resource_facts facts()
    {
        return {std::chrono::duration_cast<ringtail::duration>(server_->expires - now_.wall), server_->active};
    }

    // What the life is told of a request that failed; nothing if it shall succeed.
    std::optional<ringtail::failure> trouble()
    {
        if (!network_) {
            return chance(0.5) ? broken() : ringtail::failure(ringtail::error::timed_out);
        }
        if (!trouble_ || chance(0.3)) {
            return std::nullopt;
        }
        switch (std::uniform_int_distribution<>(0, 5)(random_)) {
        case 0: return answered(503);
        case 1: return answered(500, "CMN-203");
        case 2: return answered(429, "CMN-301", std::uniform_int_distribution<>(1, 20)(random_));
        case 3: return ringtail::failure(ringtail::error::invalid_reply, "a proxy's page");
        case 4: return answered(502);
        default: return broken();
        }
    }

    template <job Kind>
    void answer(held<Kind> const& given, bool link_gone)
    {
        auto failed = link_gone ? std::optional(broken()) : trouble();
        if (failed) {
            last_failure_ = now_.steady;
        }
        if constexpr (Kind == job::create) {
            if (!failed) {
                settle_losses();
                begin();
                known_ = server_->id;
                learn();
                life_.created(std::move(*given), now_, facts());
                check_gap();
            } else {
                auto const unanswered = failed->http_status() == 0 || failed->http_status() >= 500;
                if (unanswered && chance(0.5)) {
                    begin(); // carried out, and the answer lost
                }
                unlisted_ = unlisted_ || (unanswered && !over_link_); // there another one replaces it
                life_.create_failed(std::move(*given), now_, *failed, !unanswered);
            }
        } else if constexpr (Kind == job::find) {
            if (failed) {
                life_.find_failed(std::move(*given), now_, *failed);
                return;
            }
            unlisted_ = false;
            if (there() && server_->id != known_) {
                settle_losses();
                known_ = server_->id;
                learn();
                life_.found(std::move(*given), now_, facts());
                check_gap();
            } else {
                life_.found(std::move(*given), now_, std::nullopt);
            }
        } else if constexpr (Kind == job::remove) {
            life_.removed(std::move(*given), now_);
        } else {
            auto const gone = !there() || server_->id != known_;
            if (gone && !failed) {
                may_be_gone_ = true;
                failed = chance(0.5) ? answered(404, "CMN-102") : answered(404, "SUB-507");
            }
            if constexpr (Kind == job::renew) {
                if (!failed) {
                    extend();
                    learn();
                    life_.renewed(std::move(*given), now_, facts());
                } else {
                    life_.renew_failed(std::move(*given), now_, *failed);
                }
            } else if constexpr (Kind == job::modify) {
                if (!failed) {
                    extend();
                    learn();
                    life_.modified(std::move(*given), now_, facts());
                } else {
                    life_.modify_failed(std::move(*given), now_, *failed);
                }
            } else {
                if (!failed) {
                    learn();
                    life_.audited(std::move(*given), now_, facts());
                } else {
                    life_.audit_failed(std::move(*given), now_, *failed);
                }
            }
        }
    }

    void begin()
    {
        server_ = subscription();
        server_->id = ++last_id_;
        extend();
        may_be_gone_ = false;
        if (server_renews_) {
            server_->expires = now_.wall + 24h * 365;
        }
    }

    void extend()
    {
        server_->expires = std::max(server_->expires, now_.wall + std::chrono::duration_cast<ringtail::wall_time::duration>(lifetime_));
    }

    // The life takes another subscription for its own: the one before must be accounted for by a gap.
    void settle_losses()
    {
        if (known_ != 0) {
            gap_due_ = true;
        }
    }
    void check_gap()
    {
        hear();
        if (gap_due_) {
            complain("another subscription without a gap");
        }
    }
    void learn()
    {
        ++version_; // of what is to be attached
        if (server_->active) {
            suspended_told_ = false;
        }
    }

    void change_weather()
    {
        network_ = !(around_.outages && chance(0.3));
        trouble_ = around_.service_errors && chance(0.4);
        if (!network_) {
            auto const number = link_number_;
            later(pick(1ms, 5s), [this, number] { cut(number); });
        }
        if (around_.removals && chance(0.1)) {
            remove();
            may_be_gone_ = true;
        }
        if (around_.suspensions && server_) {
            server_->active = !chance(0.1);
        }
        if (around_.clock_jumps && chance(0.05)) {
            auto const by = pick(30s, 3h);
            now_.wall += std::chrono::duration_cast<ringtail::wall_time::duration>(by);
            may_be_gone_ = may_be_gone_ || !there();
            life_.clock_jumped(now_, by);
        }
        if (around_.wishes && chance(0.1)) {
            life_.want_renewal(now_);
        }
        if (around_.wishes && chance(0.1)) {
            life_.want_modification();
        }
        may_be_gone_ = may_be_gone_ || !there();
    }

    std::mt19937_64 random_;
    weather around_;
    bool over_link_;
    bool server_renews_;
    ringtail::duration lifetime_;
    ringtail::protocol::moment now_;
    lifecycle life_;
    std::multimap<ringtail::steady_time, std::function<void()>> events_;
    std::string complaint_;

    // What the life was given to do.
    bool opening_ = false;
    bool attaching_ = false;
    bool requesting_ = false;
    unsigned request_number_ = 0;
    std::function<void()> pending_request_;
    std::deque<ringtail::steady_time> recent_;
    std::size_t tasks_ = 0;
    bool finished_ = false;

    // The truth.
    bool network_ = true;
    bool trouble_ = false;
    bool calm_ = false;
    bool first_link_ = true;
    bool link_up_ = false;
    unsigned link_number_ = 0;
    unsigned closed_link_ = 0;
    std::optional<subscription> server_;
    unsigned last_id_ = 0;
    unsigned known_ = 0; // the subscription that the life believes in
    bool unlisted_ = false;
    bool may_be_gone_ = false;
    unsigned version_ = 0;          // of the answers
    unsigned attached_version_ = 0; // the one that delivery goes by
    std::size_t removals_ = 0;
    ringtail::steady_time calm_since_;
    ringtail::steady_time last_failure_;

    // What the program was told.
    bool told_connected_ = false;
    bool told_down_ = false;
    bool suspended_told_ = false;
    bool gap_due_ = false;
    bool gap_seen_ = false;
};

} // namespace test_support
