// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/protocol/lifecycle.hpp>

#include <algorithm>

namespace ringtail::protocol {

namespace detail {

using namespace std::chrono_literals;

// A link that was attached and stays quiet so long counts as connected: a long poll has no earlier sign of success.
inline constexpr duration settle_time = 1s;
// A link that stood so long had recovered: its failure is the first one again.
inline constexpr duration recovery_time = 1min;
// Audits that failures ask for come no closer together than this.
inline constexpr duration least_audit_distance = 30s;
inline constexpr duration creation_window = 10min;
// How long a renewal is still tried behind the end of the lifetime, whose clock is the server's.
inline constexpr duration expiry_grace = 60s;
// Lifetimes outside of this are slips of a clock or of a server, and tell nothing.
inline constexpr duration least_lifetime = 2s;
inline constexpr duration longest_lifetime = 24h * 365 * 25;
// The vendor's default for PubNub, where an answer names none.
inline constexpr duration usual_lifetime = 15min;

// How often a change may have been carried out whose request failed so.
inline unsigned unanswered(failure const& why, bool repeated) noexcept
{
    return (was_refused(why) ? 0u : 1u) + (repeated ? 1u : 0u);
}

inline void earliest(std::optional<steady_time>& of, steady_time candidate)
{
    of = of ? std::min(*of, candidate) : candidate;
}

inline duration renewal_margin(duration lifetime) noexcept
{
    if (lifetime < 4min) {
        return lifetime / 2;
    }
    return lifetime <= 1h ? duration(120s) : std::clamp<duration>(lifetime / 20, 120s, 1h);
}

} // namespace detail

RINGTAIL_DECL duration renewal_delay(duration lifetime, double random_fraction) noexcept
{
    auto const margin = detail::renewal_margin(lifetime);
    auto const spread = std::chrono::duration_cast<duration>(margin / 4 * random_fraction);
    return std::max<duration>(lifetime - margin - spread, duration::zero());
}

RINGTAIL_DECL lifecycle::options::options(config const& settings)
    : retry(settings.retry), start_timeout(settings.start_timeout), audit_interval(settings.audit_interval),
      creations_per_ten_minutes(std::max<std::size_t>(settings.creations_per_ten_minutes, 1))
{
}

RINGTAIL_DECL lifecycle::lifecycle(options with, moment now)
    : options_(std::move(with)), random_(options_.seed), start_deadline_(now.steady + options_.start_timeout), covered_(now.wall),
      heard_(now.wall), link_since_(now.steady), link_retry_(now.steady), request_retry_(now.steady), audit_(now.steady + options_.audit_interval),
      last_audit_(now.steady)
{
    if (options_.adopting) {
        // What it is like is not known: asking, and where it must be renewed at all renewing, comes before anything else.
        resource_ = resource::present;
        covered_ = heard_ = now.wall;
        audit_ = now.steady;
        renew_once_seen_ = taking_over_ = !options_.server_renews; // but where it delivers must be known before that may change
    }
}

RINGTAIL_DECL lifecycle::action lifecycle::next(moment now)
{
    if (remove_wanted_ && !busy_ && resource_ != resource::present && resource_ != resource::uncertain) {
        closing_ = true; // nothing there to remove
    }
    if (!closing_ && !end_ && !started_ && now.steady >= start_deadline_) {
        end(failure(error::start_timeout, last_failure_ ? last_failure_->what() : "no answer"));
    }
    if (closing_ || end_) {
        if (auto last = goodbye(now)) {
            return std::move(*last);
        }
        return finished{};
    }

    std::optional<steady_time> wake;
    if (!started_) {
        detail::earliest(wake, start_deadline_);
    }
    if (link_ == link::down) {
        if (now.steady >= link_retry_) {
            link_ = link::opening;
            ++link_number_;
            return task<job::open>(link_number_, 0);
        }
        detail::earliest(wake, link_retry_);
    }
    auto const deliverable = (resource_ == resource::present && described_) || resource_ == resource::not_needed;
    if (link_ == link::up && deliverable && !attached_ && !attaching_) {
        attaching_ = true;
        return task<job::attach>(link_number_, answer_number_);
    }
    if (settles_) {
        if (now.steady >= *settles_) {
            evidence();
        } else {
            detail::earliest(wake, *settles_);
        }
    }
    if (auto request = request_due(now, wake)) {
        return std::move(*request);
    }
    return idle{wake};
}

template <lifecycle::job Kind>
lifecycle::action lifecycle::start()
{
    busy_ = true;
    return task<Kind>(link_number_, resource_number_);
}

// What is still to be done on the server when it ends: nothing but a removal that was wished.
RINGTAIL_DECL std::optional<lifecycle::action> lifecycle::goodbye(moment now)
{
    auto const reachable = !options_.requests_over_link || link_ == link::up;
    if (!remove_wanted_ || !reachable || (leave_by_ && now.steady >= *leave_by_)) {
        return std::nullopt;
    }
    if (busy_) {
        return idle{leave_by_}; // one request at a time
    }
    switch (resource_) {
    case resource::present: return start<job::remove>();
    case resource::uncertain: return start<job::find>();
    default: return std::nullopt;
    }
}

RINGTAIL_DECL std::optional<lifecycle::action> lifecycle::request_due(moment now, std::optional<steady_time>& wake)
{
    if (busy_ || resource_ == resource::not_needed || (options_.requests_over_link && link_ != link::up)) {
        return std::nullopt;
    }
    if (remove_wanted_) {
        return resource_ == resource::uncertain ? start<job::find>() : start<job::remove>();
    }
    if (expires_ && request_failures_ != 0 && !expiry_told_) {
        if (now.steady >= *expires_) {
            expiry_told_ = true;
            announce(subscription_state::reconnecting, "the subscription expired before it could be renewed");
        } else {
            detail::earliest(wake, *expires_);
        }
    }
    if (now.steady < request_retry_) {
        detail::earliest(wake, request_retry_);
        return std::nullopt;
    }
    if (resource_ == resource::present && expires_ && now.steady >= given_up_) {
        // It has expired on the server, which says nothing and sends nothing: another one, without asking for this one.
        lost(gap_reason::recreated, "the subscription expired before it could be renewed", now);
    }
    if (resource_ != resource::present) {
        if (link_ != link::up) {
            return std::nullopt; // the reader must be there before the first notification is
        }
        if (resource_ == resource::uncertain) {
            return start<job::find>();
        }
        if (auto const opens = creation_opens(now.steady)) {
            detail::earliest(wake, *opens);
            return std::nullopt;
        }
        creation_asked_ = true;
        return start<job::create>();
    }
    if (std::exchange(look_first_, false)) {
        last_audit_ = now.steady;
        return start<job::audit>();
    }
    if (renewal_wanted_ || (renew_ && now.steady >= *renew_)) {
        renewal_wanted_ = false;
        change_asked_ = now.wall;
        renew_ = now.steady; // stays due until it has succeeded
        return start<job::renew>();
    }
    if (modify_wanted_) {
        modify_wanted_ = false;
        change_asked_ = now.wall;
        return start<job::modify>();
    }
    if (now.steady >= audit_) {
        last_audit_ = now.steady;
        audit_urgent_ = false;
        return start<job::audit>();
    }
    if (renew_) {
        detail::earliest(wake, *renew_);
    }
    detail::earliest(wake, audit_);
    return std::nullopt;
}

// Creations that were, or may have been, carried out; those that were refused cost nobody anything.
RINGTAIL_DECL std::optional<steady_time> lifecycle::creation_opens(steady_time now)
{
    std::erase_if(creations_, [now](steady_time each) { return each + detail::creation_window <= now; });
    if (creations_.size() < options_.creations_per_ten_minutes) {
        return std::nullopt;
    }
    return creations_.front() + detail::creation_window;
}

// The link.

RINGTAIL_DECL void lifecycle::opened(task<job::open>, moment now, ringtail::opened const& how, bool has_resource)
{
    link_ = link::up;
    link_since_ = now.steady;
    attached_ = false;
    if (!has_resource) {
        resource_ = resource::not_needed;
    } else if (how.continuity == continuity::lost && resource_ == resource::present) {
        lost(gap_reason::recovery_failed, how.reason, now);
    } else if (started_) {
        // It may have died meanwhile, and nothing but asking tells.
        want_audit(now);
    }
}

RINGTAIL_DECL void lifecycle::open_failed(task<job::open>, moment now, failure const& why)
{
    link_failed(now, why);
}

RINGTAIL_DECL void lifecycle::link_failed(moment now, failure const& why)
{
    if (link_ == link::up && announced_ && now.steady - link_since_ >= detail::recovery_time) {
        link_failures_ = 0;
    }
    link_ = link::down;
    attached_ = false;
    settles_.reset();
    link_retry_ = now.steady + pause(++link_failures_, why);
    last_failure_ = std::make_unique<failure>(why);
    if (ends(why)) {
        end(why);
    } else {
        announce(subscription_state::reconnecting, why.what());
    }
}

RINGTAIL_DECL void lifecycle::attached(task<job::attach> done, moment now)
{
    attaching_ = false;
    if (done.link_ != link_number_ || link_ != link::up || done.of_ != answer_number_) {
        return; // attached to a link that is gone, or to what was said before the last answer
    }
    attached_ = true;
    started_ = true;
    unusable_answers_ = 0;
    if (!announced_) {
        settles_ = now.steady + detail::settle_time;
    }
}

RINGTAIL_DECL bool lifecycle::attach_failed(task<job::attach> done, moment now, failure const& why)
{
    attaching_ = false;
    last_failure_ = std::make_unique<failure>(why);
    if (started_ && why.code() == error::unusable_key) {
        // What was attached before goes on; the service is asked again for what it meant.
        described_ = false;
        audit_ = now.steady + pause(++unusable_answers_, why) + std::chrono::seconds(1);
        audit_urgent_ = true;
        announce(subscription_state::reconnecting, why.what());
        return false;
    }
    if (ends(why)) {
        end(why);
        return false;
    }
    if (done.link_ != link_number_ || link_ != link::up) {
        return false;
    }
    link_ = link::ending;
    return true;
}

RINGTAIL_DECL void lifecycle::held_up(std::string const& why)
{
    if (announced_) {
        announce(subscription_state::reconnecting, why);
    }
}

RINGTAIL_DECL void lifecycle::delivered(moment now, bool traffic, std::optional<wall_time> sent)
{
    link_failures_ = 0;
    if (traffic && !recreating_) { // an old channel may still bring something of a subscription that is gone
        covered_ = heard_ = sent.value_or(now.wall);
        audit_ = audit_urgent_ ? audit_ : std::max(audit_, now.steady + options_.audit_interval);
    }
    if (attached_) {
        evidence();
    }
}

RINGTAIL_DECL void lifecycle::covers_only_until(wall_time happened) noexcept
{
    if (!recreating_) {
        covered_ = heard_ = std::min(covered_, happened);
    }
}

RINGTAIL_DECL void lifecycle::heard_of_successor(moment now)
{
    if (awaits_successor()) {
        report_gap(*recreating_, certainty::proven, now);
        gap_told_ = now.wall;
    }
}

// The link was seen to work.
RINGTAIL_DECL void lifecycle::evidence()
{
    settles_.reset();
    if (!announced_ && !(expiry_told_ && expires_)) {
        auto const works = again_ ? subscription_state::resumed : subscription_state::connected;
        announce(suspended_ ? subscription_state::suspended : works);
        announced_ = again_ = true;
    }
}

// The resource.

// A request came back; false if its subscription is not the present one any more, so that it tells nothing.
template <lifecycle::job Kind>
bool lifecycle::returned(task<Kind> const& done) noexcept
{
    busy_ = false;
    return done.of_ == resource_number_;
}

// The server said what the subscription is like now: address and keys may have changed, so it is attached anew.
RINGTAIL_DECL void lifecycle::describe(resource_facts const& facts, moment now)
{
    ++answer_number_;
    unanswered_since_.reset();
    unanswered_ = 0;
    held_ = look_first_ = false;
    out_of_reach_ = out_of_reach_ || facts.unreached;
    described_ = true;
    attached_ = false;
    request_failures_ = 0;
    expiry_told_ = false;
    audit_ = now.steady + options_.audit_interval;
    back_in_reach(now);
    check_activity(facts, now);
    covered_ = facts.active ? facts.as_of.value_or(now.wall) : covered_; // it lived until then
}

RINGTAIL_DECL void lifecycle::plan_renewal(resource_facts const& facts, moment now)
{
    expires_.reset();
    renew_.reset();
    if (options_.server_renews) {
        return;
    }
    auto const told = facts.lifetime && *facts.lifetime >= detail::least_lifetime;
    auto const granted = told ? std::min(*facts.lifetime, detail::longest_lifetime) : detail::usual_lifetime;
    auto const lifetime = std::max<duration>(granted - facts.waited, duration::zero());
    auto const delay = renewal_delay(lifetime, random_.fraction());
    margin_ = lifetime - delay;
    renew_ = now.steady + delay;
    if (told) {
        expires_ = now.steady + lifetime;
        given_up_ = *expires_ + std::min<duration>(lifetime / 4, detail::expiry_grace);
    }
}

RINGTAIL_DECL void lifecycle::created(task<job::create> done, moment now, resource_facts const& facts)
{
    static_cast<void>(returned(done));
    ++resource_number_;
    resource_ = resource::present;
    creations_.push_back(now.steady);
    if (auto const why = std::exchange(recreating_, std::nullopt)) {
        if (!gap_told_) {
            report_gap(*why, certainty::proven, now);
        } else if (!facts.heard) { // what was heard of was another one
            tell(gap(*why, certainty::proven, gap_told_, now.wall));
        }
        gap_told_.reset();
        announce(subscription_state::recreated);
        announced_ = again_ = true;
    }
    heard_ = now.wall;
    describe(facts, now);
    plan_renewal(facts, now);
}

RINGTAIL_DECL void lifecycle::create_failed(task<job::create> done, moment now, failure const& why, bool answered)
{
    static_cast<void>(returned(done));
    // Over a link the question does not arise: its subscription lives and dies with it, and another one replaces it.
    if (!answered && !options_.requests_over_link) {
        resource_ = resource::uncertain;
        creations_.push_back(now.steady);
    }
    request_failed(now, why);
}

RINGTAIL_DECL void lifecycle::found(task<job::find> done, moment now, std::optional<resource_facts> const& facts)
{
    if (!facts) {
        static_cast<void>(returned(done));
        resource_ = resource::absent;
        return;
    }
    if (!creations_.empty()) {
        creations_.pop_back(); // counted when it was not known
    }
    created(task<job::create>(done.link_, done.of_), now, *facts);
}

RINGTAIL_DECL void lifecycle::find_failed(task<job::find> done, moment now, failure const& why)
{
    static_cast<void>(returned(done));
    if (is_closing() || remove_wanted_) {
        resource_ = resource::absent; // it expires by itself
        return;
    }
    request_failed(now, why);
}

RINGTAIL_DECL void lifecycle::renewed(task<job::renew> done, moment now, resource_facts const& facts)
{
    if (!returned(done)) {
        return;
    }
    if (expires_ && now.steady > *expires_) {
        report_gap(gap_reason::lapsed, certainty::possible, now);
    }
    tell_of_moves(unanswered_ + (facts.repeated ? 2 : 1), facts, now);
    if (!std::exchange(taking_over_, false)) {
        announce(subscription_state::renewed);
    }
    describe(facts, now);
    plan_renewal(facts, now);
}

RINGTAIL_DECL void lifecycle::renew_failed(task<job::renew> done, moment now, failure const& why, bool repeated)
{
    if (!returned(done)) {
        return;
    }
    auto const means = judge(why);
    auto const refused = means == verdict::fatal && why.http_status() != 0 && why.code() != error::bad_credentials;
    if (means == verdict::gone || refused) {
        // Refused for good, although it was granted before: whether that is final, the creation will say.
        lost(gap_reason::recreated, why.what(), now);
        return;
    }
    if (auto const changes = detail::unanswered(why, repeated)) {
        remember_unanswered(changes);
    }
    request_failed(now, why);
}

RINGTAIL_DECL void lifecycle::remember_unanswered(unsigned changes) noexcept
{
    unanswered_ += changes;
    if (!unanswered_since_) {
        unanswered_since_ = change_asked_;
        look_first_ = !options_.requests_over_link; // once: time may be short
    }
}

// Each of the changes may have moved it, and where to between them only their answers would have said.
RINGTAIL_DECL void lifecycle::tell_of_moves(unsigned changes, resource_facts const& facts, moment now)
{
    if (changes > 1 && facts.moved) {
        tell(gap(gap_reason::lapsed, certainty::possible, unanswered_since_.value_or(change_asked_), now.wall));
    }
}

RINGTAIL_DECL void lifecycle::modified(task<job::modify> done, moment now, resource_facts const& facts)
{
    if (!returned(done)) {
        return;
    }
    tell_of_moves(unanswered_ + (facts.repeated ? 2 : 1), facts, now);
    announce(subscription_state::modified);
    describe(facts, now);
    plan_renewal(facts, now);
}

RINGTAIL_DECL void lifecycle::modify_failed(task<job::modify> done, moment now, failure const& why, bool repeated)
{
    if (!returned(done)) {
        return;
    }
    if (judge(why) == verdict::gone) {
        lost(gap_reason::recreated, why.what(), now);
    } else if (auto const changes = detail::unanswered(why, repeated)) {
        remember_unanswered(changes);
        want_audit(now);
        request_retry_ = now.steady + pause(++request_failures_, why);
    }
}

RINGTAIL_DECL void lifecycle::modify_dropped(task<job::modify> done) noexcept
{
    static_cast<void>(returned(done));
}

RINGTAIL_DECL void lifecycle::audited(task<job::audit> done, moment now, resource_facts const& facts)
{
    if (!returned(done)) {
        return;
    }
    tell_of_moves(unanswered_, facts, now);
    auto const told = facts.lifetime && *facts.lifetime >= detail::least_lifetime && !options_.server_renews;
    if (unanswered_since_ && told && expires_ && now.steady + *facts.lifetime - facts.waited > *expires_ + detail::least_lifetime) {
        announce(subscription_state::renewed); // what had no answer was carried out
    }
    describe(facts, now);
    // What remains is no new lifetime: the renewal keeps its distance to the end.
    if (told && renew_) {
        auto const remaining = std::max<duration>(std::min(*facts.lifetime, detail::longest_lifetime) - facts.waited, duration::zero());
        expires_ = now.steady + remaining;
        given_up_ = *expires_ + std::min<duration>(margin_ / 2, detail::expiry_grace);
        renew_ = std::max(now.steady, *expires_ - margin_);
    } else if (told) {
        plan_renewal(facts, now);
    }
    // To be renewed may be all that a suspended one wants.
    renewal_wanted_ = std::exchange(renew_once_seen_, false) || renewal_wanted_ || (suspended_ && !options_.program_renews);
}

RINGTAIL_DECL void lifecycle::audit_failed(task<job::audit> done, moment now, failure const& why)
{
    if (!returned(done)) {
        return;
    }
    if (judge(why) == verdict::gone) {
        lost(gap_reason::recreated, why.what(), now);
        return;
    }
    auto const known = described_ || started_;
    look_first_ = held_ && !(expires_ && now.steady >= *expires_ - margin_ / 2); // else to expire would be worse
    audit_ = now.steady + (known ? detail::least_audit_distance : duration::zero());
    if (judge(why) == verdict::fatal && why.code() != error::bad_credentials && known) {
        return; // to be refused a look is no reason to end
    }
    request_failed(now, why);
}

RINGTAIL_DECL void lifecycle::blacklisted(task<job::audit> done, moment now, std::string const& why)
{
    if (returned(done)) {
        lost(gap_reason::recreated, why, now);
    }
}

RINGTAIL_DECL void lifecycle::removed(task<job::remove> done, moment)
{
    static_cast<void>(returned(done));
    resource_ = resource::absent;
    closing_ = true;
}

RINGTAIL_DECL void lifecycle::remove_failed(task<job::remove> done, moment, failure const&)
{
    static_cast<void>(returned(done));
    remove_wanted_ = false;
    closing_ = true;
}

// The subscription does not exist any more; the gap is reported once it is known where it ends.
RINGTAIL_DECL void lifecycle::lost(gap_reason why, std::string const& words, moment now)
{
    ++resource_number_;
    resource_ = resource::absent;
    described_ = attached_ = suspended_ = expiry_told_ = renewal_wanted_ = held_ = look_first_ = false;
    unanswered_since_.reset();
    unanswered_ = 0;
    request_failures_ = 0;
    request_retry_ = now.steady;
    renew_.reset();
    expires_.reset();
    recreating_ = why;
    gap_told_.reset();
    creation_asked_ = false;
    announce(subscription_state::reconnecting, words);
}

// Where we could not reach the service, it could not reach us.
RINGTAIL_DECL void lifecycle::back_in_reach(moment now)
{
    if (std::exchange(out_of_reach_, false) && options_.unbuffered && started_ && !recreating_) {
        report_gap(gap_reason::unreachable, certainty::possible, now);
    }
}

RINGTAIL_DECL void lifecycle::check_activity(resource_facts const& facts, moment now)
{
    if (!facts.active) {
        if (!std::exchange(suspended_, true)) {
            announce(subscription_state::suspended);
        }
    } else if (std::exchange(suspended_, false)) {
        report_gap(gap_reason::lapsed, certainty::possible, now);
        if (announced_) { // else the link has yet to work again
            announce(subscription_state::resumed);
        }
    }
}

// Failures.

RINGTAIL_DECL void lifecycle::request_failed(moment now, failure const& why)
{
    last_failure_ = std::make_unique<failure>(why);
    out_of_reach_ = out_of_reach_ || (judge(why) == verdict::transient && why.http_status() == 0);
    request_retry_ = now.steady + pause(++request_failures_, why);
    if (ends(why)) {
        end(why);
    }
}

// Whether the failure is one that time does not heal.
RINGTAIL_DECL bool lifecycle::ends(failure const& why) const
{
    auto const means = judge(why);
    // A wrong certificate, host name or address at the start is a mistake; later it is an outage like any other.
    auto const about_us = means == verdict::unauthorized || means == verdict::unreachable;
    auto const mistaken = !started_ && (why.code() == error::tls_failed || about_us);
    return means == verdict::fatal || means == verdict::too_many || mistaken || why.code() == error::bad_credentials;
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
        announced_ = false;
        if (!started_ || is_closing() || remove_wanted_ || std::exchange(told_down_, true)) {
            return; // told already, by the start's own failure, or just what was wished
        }
    } else if (state == subscription_state::connected || state == subscription_state::resumed) {
        announced_ = true;
    }
    if (announced_ || state == subscription_state::recreated || state == subscription_state::suspended) {
        told_down_ = false;
    }
    news_.emplace_back(state_change(state, std::move(reason)));
}

RINGTAIL_DECL void lifecycle::report_gap(gap_reason reason, certainty sure, moment now)
{
    news_.emplace_back(gap(reason, sure, options_.unbuffered ? heard_ - delivery_patience : covered_, now.wall));
}

// Wishes.

RINGTAIL_DECL void lifecycle::close(moment now, duration patience) noexcept
{
    closing_ = true;
    auto const latest = now.steady + patience;
    leave_by_ = leave_by_ ? std::min(*leave_by_, latest) : latest;
}

RINGTAIL_DECL void lifecycle::want_renewal(moment now) noexcept
{
    renewal_wanted_ = true;
    request_retry_ = std::min(request_retry_, now.steady);
}

RINGTAIL_DECL void lifecycle::want_audit(moment now) noexcept
{
    audit_ = std::min(audit_, std::max(now.steady, last_audit_ + detail::least_audit_distance));
    audit_urgent_ = true;
}

RINGTAIL_DECL void lifecycle::clock_jumped(moment now, duration by) noexcept
{
    if (resource_ != resource::present) {
        return;
    }
    // The machine may have slept, and what the steady clock slept through has gone by on the server; or somebody set the
    // clock. Asking tells.
    if (expires_) {
        *expires_ -= by;
        given_up_ = std::max(given_up_ - by, now.steady + detail::expiry_grace);
        renewal_wanted_ = renewal_wanted_ || by > duration::zero();
    }
    out_of_reach_ = out_of_reach_ || by > duration::zero();
    audit_ = now.steady;
    request_retry_ = std::min(request_retry_, now.steady);
}

} // namespace ringtail::protocol
