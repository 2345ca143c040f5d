// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/protocol/lifecycle.hpp>

#include <algorithm>

namespace ringtail::protocol {

namespace detail {

using namespace std::chrono_literals;

// A link that was attached and stays quiet so long counts as connected: a long poll has no earlier sign of success.
inline constexpr duration settle_time = 1s;
// Audits that failures ask for come no closer together than this.
inline constexpr duration least_audit_distance = 30s;
inline constexpr duration creation_window = 10min;
// How long a renewal is still tried behind the end of the lifetime, whose clock is the server's.
inline constexpr duration expiry_grace = 60s;

inline void earliest(std::optional<steady_time>& of, steady_time candidate)
{
    of = of ? std::min(*of, candidate) : candidate;
}

} // namespace detail

RINGTAIL_DECL duration renewal_delay(duration lifetime, double random_fraction) noexcept
{
    using namespace std::chrono_literals;
    duration margin;
    if (lifetime < 4min) {
        margin = lifetime / 2;
    } else if (lifetime <= 1h) {
        margin = 120s;
    } else {
        margin = std::clamp<duration>(lifetime / 20, 120s, 1h);
    }
    auto const spread = std::chrono::duration_cast<duration>(margin / 4 * random_fraction);
    return std::max<duration>(lifetime - margin - spread, 0s);
}

RINGTAIL_DECL lifecycle::options::options(config const& settings)
    : retry(settings.retry), start_timeout(settings.start_timeout), audit_interval(settings.audit_interval),
      creations_per_ten_minutes(std::max<std::size_t>(settings.creations_per_ten_minutes, 1))
{
}

RINGTAIL_DECL lifecycle::lifecycle(options with, moment now)
    : options_(std::move(with)), random_(options_.seed), link_retry_(now.steady),
      start_deadline_(now.steady + options_.start_timeout), request_retry_(now.steady),
      audit_(now.steady + options_.audit_interval), last_audit_(now.steady), covered_(now.wall)
{
    if (options_.adopting) {
        resource_ = resource::present;
        if (options_.server_renews) {
            audit_ = now.steady;
        } else {
            renew_ = now.steady; // its lifetime is not known: extend it before anything else
        }
    }
}

RINGTAIL_DECL lifecycle::action lifecycle::next(moment now)
{
    std::optional<steady_time> wake;
    if (remove_wanted_) {
        closing_ = closing_ || (!busy_ && resource_ != resource::present); // nothing there to remove
    }
    if (closing_ || end_) {
        auto const reachable = !options_.requests_over_link || link_ == link::up;
        if (remove_wanted_ && reachable && busy_) {
            return idle{}; // one request at a time
        }
        if (remove_wanted_ && reachable && resource_ == resource::present) {
            busy_ = true;
            return task<job::remove>(epoch_);
        }
        return finished{end_};
    }
    if (!started_ && now.steady >= start_deadline_) {
        auto why = failure(error::start_timeout, last_failure_ ? last_failure_->what() : "no answer");
        end(std::move(why));
        return finished{end_};
    }

    if (!started_) {
        detail::earliest(wake, start_deadline_);
    }
    if (link_ == link::down) {
        if (now.steady >= link_retry_) {
            link_ = link::opening;
            ++epoch_;
            return task<job::open>(epoch_);
        }
        detail::earliest(wake, link_retry_);
    }
    auto const deliverable = (resource_ == resource::present && described_) || resource_ == resource::not_needed;
    if (link_ == link::up && deliverable && !attached_ && !attaching_) {
        attaching_ = true;
        return task<job::attach>(epoch_);
    }
    if (settles_) {
        if (now.steady >= *settles_) {
            evidence(now);
        } else {
            detail::earliest(wake, *settles_);
        }
    }
    if (auto request = request_due(now, wake)) {
        return std::move(*request);
    }
    return idle{wake};
}

RINGTAIL_DECL std::optional<lifecycle::action> lifecycle::request_due(moment now, std::optional<steady_time>& wake)
{
    if (busy_ || resource_ == resource::not_needed || (options_.requests_over_link && link_ != link::up)) {
        return std::nullopt;
    }
    auto const start = [&]<job Kind>(task<Kind> made) -> std::optional<action> {
        busy_ = true;
        return action(std::move(made));
    };
    if (remove_wanted_) {
        return start(task<job::remove>(epoch_));
    }
    if (expires_ && now.steady >= *expires_) {
        announce(subscription_state::reconnecting, "the subscription expired before it could be renewed");
    } else if (expires_) {
        detail::earliest(wake, *expires_);
    }
    if (now.steady < request_retry_) {
        detail::earliest(wake, request_retry_);
        return std::nullopt;
    }
    if (resource_ != resource::present) {
        // Created behind an open link only: the reader must be there before the first notification is.
        if (link_ != link::up) {
            return std::nullopt;
        }
        if (resource_ == resource::uncertain) {
            return start(task<job::find>(epoch_));
        }
        if (auto const opens = creation_opens(now.steady)) {
            detail::earliest(wake, *opens);
            return std::nullopt;
        }
        creations_.push_back(now.steady);
        return start(task<job::create>(epoch_));
    }
    if (expires_ && now.steady >= given_up_) {
        // It has expired on the server, which says nothing and sends nothing: another one, without asking for this one.
        lost(gap_reason::recreated, "the subscription expired before it could be renewed", now);
        return request_due(now, wake);
    }
    if (renew_ && now.steady >= *renew_) {
        return start(task<job::renew>(epoch_));
    }
    if (modify_wanted_) {
        modify_wanted_ = false;
        return start(task<job::modify>(epoch_));
    }
    if (now.steady >= audit_) {
        last_audit_ = now.steady;
        return start(task<job::audit>(epoch_));
    }
    if (renew_) {
        detail::earliest(wake, *renew_);
    }
    detail::earliest(wake, audit_);
    return std::nullopt;
}

RINGTAIL_DECL std::optional<steady_time> lifecycle::creation_opens(steady_time now)
{
    while (!creations_.empty() && creations_.front() + detail::creation_window <= now) {
        creations_.pop_front();
    }
    if (creations_.size() < options_.creations_per_ten_minutes) {
        return std::nullopt;
    }
    return creations_.front() + detail::creation_window;
}

// The link.

RINGTAIL_DECL void lifecycle::opened(task<job::open>, moment now, ringtail::opened const& how, bool has_resource)
{
    link_ = link::up;
    attached_ = false;
    if (!has_resource) {
        resource_ = resource::not_needed;
    } else if (how.continuity == continuity::lost && resource_ == resource::present) {
        lost(gap_reason::recovery_failed, how.reason, now);
    } else if (how.continuity == continuity::resumed && started_) {
        // It may have died meanwhile, and nothing but asking tells.
        audit_ = std::min(audit_, std::max(now.steady, last_audit_ + detail::least_audit_distance));
    }
}

RINGTAIL_DECL void lifecycle::open_failed(task<job::open>, moment now, failure const& why)
{
    link_ = link::down;
    link_retry_ = now.steady + pause(++link_failures_, why);
    if (heal(now, why)) {
        announce(subscription_state::reconnecting, why.what());
    }
}

RINGTAIL_DECL void lifecycle::attached(task<job::attach> done, moment now)
{
    attaching_ = false;
    if (done.epoch_ != epoch_ || link_ != link::up) {
        return; // attached to a link that is gone
    }
    attached_ = true;
    started_ = true;
    unusable_answers_ = 0;
    if (!announced_) {
        settles_ = now.steady + detail::settle_time;
    }
}

RINGTAIL_DECL void lifecycle::attach_failed(task<job::attach>, moment now, failure const& why)
{
    attaching_ = false;
    if (started_ && why.code() == error::unusable_key) {
        // What was attached before goes on; the service is asked again for what it meant.
        described_ = false;
        audit_ = std::max(now.steady, last_audit_) + pause(++unusable_answers_, why) + std::chrono::seconds(1);
        announce(subscription_state::reconnecting, why.what());
        return;
    }
    heal(now, why);
}

RINGTAIL_DECL void lifecycle::delivered(moment now, bool traffic)
{
    link_failures_ = 0;
    if (resource_ == resource::present || resource_ == resource::not_needed) {
        covered_ = now.wall;
    }
    if (traffic) {
        audit_ = now.steady + options_.audit_interval;
    }
    if (attached_) {
        evidence(now);
    }
}

RINGTAIL_DECL void lifecycle::link_failed(moment now, failure const& why)
{
    link_ = link::down;
    attached_ = false;
    settles_.reset();
    link_retry_ = now.steady + pause(++link_failures_, why);
    if (heal(now, why)) {
        announce(subscription_state::reconnecting, why.what());
    }
}

// The link was seen to work.
RINGTAIL_DECL void lifecycle::evidence(moment)
{
    settles_.reset();
    if (!announced_) {
        announce(again_ ? subscription_state::resumed : subscription_state::connected);
        again_ = true;
    }
}

// The resource.

RINGTAIL_DECL void lifecycle::schedule(resource_facts const& facts, moment now)
{
    busy_ = false;
    request_failures_ = 0;
    described_ = true;
    attached_ = false; // the whole answer is applied: address and keys may have changed
    audit_ = now.steady + options_.audit_interval;
    if (facts.lifetime && !options_.server_renews) {
        expires_ = now.steady + *facts.lifetime;
        given_up_ = *expires_ + std::min<duration>(*facts.lifetime / 4, detail::expiry_grace);
        renew_ = now.steady + renewal_delay(*facts.lifetime, random_.fraction());
    }
}

RINGTAIL_DECL void lifecycle::created(task<job::create>, moment now, resource_facts const& facts)
{
    resource_ = resource::present;
    schedule(facts, now);
    if (auto const why = std::exchange(recreating_, std::nullopt)) {
        report_gap(*why, certainty::proven, now);
        announce(subscription_state::recreated);
        announced_ = again_ = true;
    }
    covered_ = now.wall;
    check_activity(facts, now);
}

RINGTAIL_DECL void lifecycle::create_failed(task<job::create>, moment now, failure const& why, bool answered)
{
    // Over a link the question does not arise: its subscription lives and dies with it, and another one replaces it.
    if (!answered && !options_.requests_over_link) {
        resource_ = resource::uncertain;
    }
    request_failed(now, why);
}

RINGTAIL_DECL void lifecycle::found(task<job::find>, moment now, std::optional<resource_facts> const& facts)
{
    if (!facts) {
        busy_ = false;
        resource_ = resource::absent;
        return;
    }
    created(task<job::create>(epoch_), now, *facts);
}

RINGTAIL_DECL void lifecycle::find_failed(task<job::find>, moment now, failure const& why)
{
    request_failed(now, why);
}

RINGTAIL_DECL void lifecycle::renewed(task<job::renew>, moment now, resource_facts const& facts)
{
    if (expires_ && now.steady > *expires_) {
        report_gap(gap_reason::lapsed, certainty::possible, now);
    }
    auto const first = !started_; // taking over is no renewal to be told about
    schedule(facts, now);
    if (!facts.lifetime) {
        // An answer without a lifetime: ask again as if it were the vendor's default of 15 minutes.
        renew_ = now.steady + renewal_delay(std::chrono::minutes(15), random_.fraction());
    }
    if (!first) {
        announce(subscription_state::renewed);
    }
    check_activity(facts, now);
}

RINGTAIL_DECL void lifecycle::renew_failed(task<job::renew>, moment now, failure const& why)
{
    auto const means = judge(why);
    if (means == verdict::gone || (means == verdict::fatal && why.http_status() != 0)) {
        // Refused for good, although it was granted before: whether that is final, the creation will say.
        lost(gap_reason::recreated, why.what(), now);
        return;
    }
    request_failed(now, why);
}

RINGTAIL_DECL void lifecycle::modified(task<job::modify>, moment now, resource_facts const& facts)
{
    schedule(facts, now);
    announce(subscription_state::modified);
    check_activity(facts, now);
}

RINGTAIL_DECL void lifecycle::modify_failed(task<job::modify>, moment now, failure const& why)
{
    busy_ = false;
    if (judge(why) == verdict::gone) {
        lost(gap_reason::recreated, why.what(), now);
    }
}

RINGTAIL_DECL void lifecycle::modify_dropped(task<job::modify>) noexcept
{
    busy_ = false;
}

RINGTAIL_DECL void lifecycle::audited(task<job::audit>, moment now, resource_facts const& facts)
{
    schedule(facts, now);
    check_activity(facts, now);
}

RINGTAIL_DECL void lifecycle::audit_failed(task<job::audit>, moment now, failure const& why)
{
    if (judge(why) == verdict::gone) {
        lost(gap_reason::recreated, why.what(), now);
        return;
    }
    audit_ = now.steady + detail::least_audit_distance;
    if (judge(why) == verdict::fatal && why.http_status() != 0) {
        busy_ = false; // to be refused a look is no reason to end
        return;
    }
    request_failed(now, why);
}

RINGTAIL_DECL void lifecycle::removed(task<job::remove>, moment)
{
    busy_ = false;
    resource_ = resource::absent;
    closing_ = true;
}

RINGTAIL_DECL void lifecycle::remove_failed(task<job::remove>, moment, failure const&)
{
    busy_ = false;
    remove_wanted_ = false;
    closing_ = true;
}

// The subscription does not exist any more; the gap is reported once it is known where it ends.
RINGTAIL_DECL void lifecycle::lost(gap_reason why, std::string const& words, moment now)
{
    busy_ = false;
    request_failures_ = 0;
    request_retry_ = now.steady;
    resource_ = resource::absent;
    attached_ = false;
    renew_.reset();
    expires_.reset();
    recreating_ = why;
    announce(subscription_state::reconnecting, words);
}

RINGTAIL_DECL void lifecycle::check_activity(resource_facts const& facts, moment now)
{
    if (!facts.active) {
        if (!std::exchange(suspended_, true)) {
            announce(subscription_state::suspended);
        }
    } else if (std::exchange(suspended_, false)) {
        report_gap(gap_reason::lapsed, certainty::possible, now);
        announce(subscription_state::resumed);
    }
}

// Failures.

RINGTAIL_DECL void lifecycle::request_failed(moment now, failure const& why)
{
    busy_ = false;
    request_retry_ = now.steady + pause(++request_failures_, why);
    heal(now, why);
}

// Whether the failure is one that time may heal; if not, it ends the subscription.
RINGTAIL_DECL bool lifecycle::heal(moment, failure const& why)
{
    last_failure_ = why;
    auto const code = why.code();
    // A wrong certificate or host name at the start is a mistake; later it is an outage like any other.
    auto const hopeless = judge(why) == verdict::fatal || judge(why) == verdict::too_many ||
                          (code == error::tls_failed && !started_) || code == error::bad_credentials ||
                          (judge(why) == verdict::unauthorized && !started_);
    if (hopeless) {
        end(why);
    }
    return !hopeless;
}

RINGTAIL_DECL void lifecycle::end(failure why)
{
    if (!end_) {
        end_ = std::move(why);
    }
}

RINGTAIL_DECL duration lifecycle::pause(std::size_t failures, failure const& why)
{
    return std::max<duration>(options_.retry(retry_attempt(failures, why.retry_after(), random_.fraction())), duration::zero());
}

RINGTAIL_DECL void lifecycle::announce(subscription_state state, std::string reason)
{
    if (state == subscription_state::reconnecting) {
        if (!std::exchange(announced_, false)) {
            return; // told already, or never connected
        }
    } else if (state == subscription_state::connected || state == subscription_state::resumed) {
        announced_ = true;
    }
    news_.emplace_back(state_change(state, std::move(reason)));
}

RINGTAIL_DECL void lifecycle::report_gap(gap_reason reason, certainty sure, moment now)
{
    news_.emplace_back(gap(reason, sure, covered_, now.wall));
}

// Wishes.

RINGTAIL_DECL void lifecycle::want_renewal(moment now) noexcept
{
    if (resource_ == resource::present) {
        renew_ = now.steady;
        request_retry_ = now.steady;
    }
}

RINGTAIL_DECL void lifecycle::clock_jumped(moment now, duration by) noexcept
{
    // What the steady clock slept through has gone by on the server.
    for (auto* const due : {&renew_, &expires_}) {
        if (*due) {
            **due -= by;
        }
    }
    given_up_ -= by;
    if (resource_ == resource::present) {
        audit_ = now.steady;
        request_retry_ = std::min(request_retry_, now.steady);
    }
}

} // namespace ringtail::protocol
