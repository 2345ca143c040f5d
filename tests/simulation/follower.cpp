// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "follower.hpp"

#include "account_day.hpp"

#include <ringtail/pooled_pubnub.hpp>
#include <ringtail/protocol/failure_table.hpp>
#include <ringtail/pubnub.hpp>
#include <ringtail/webhook.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include <algorithm>

namespace simulation {

using ringtail::failure;
using ringtail::fault;
using ringtail::fault_effect;
using ringtail::sandbox_call;
namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, subject_count> subjects{"/message-store", "", "/presence"};
// A reply that was underway and what happens beside it may exceed the capacity; so do gaps, of which each old channel has its own.
constexpr std::size_t most_above_capacity = 130 + 20;
constexpr std::size_t most_above_capacity_of_pool = 2 * most_above_capacity;
// Behind a recreation, and wherever channels move.
constexpr duration old_channels_are_heard_for = 25min;

} // namespace

follower::follower(account_day& of, std::size_t number, bool one_of_many)
    : day_(of), tag_(one_of_many ? "[" + std::to_string(number) + "] " : std::string())
{
    auto const extension = one_of_many ? of.service_.all().directory().people().at(number).id_text() : std::string("~");
    for (std::size_t i = 0; i != paths_.size(); ++i) {
        paths_[i] = "/restapi/v1.0/account/~/extension/" + extension + std::string(subjects[i]);
    }
}

void follower::complain(std::string const& what) { day_.complain(tag_ + what); }

void follower::tell(std::string const& what)
{
    if (day_.tells_) {
        day_.tell(tag_ + what);
    }
}

std::vector<std::string> follower::filter_paths(unsigned set) const
{
    std::vector<std::string> made;
    for (std::size_t i = 0; i != paths_.size(); ++i) {
        if (set >> i & 1u) {
            made.push_back(paths_[i]);
        }
    }
    return made;
}

ringtail::event_filters follower::filters_of(unsigned set) const
{
    ringtail::event_filters made;
    for (auto const& path : filter_paths(set)) {
        made.raw(path);
    }
    return made;
}

unsigned follower::set_of(ringtail::event_filters const& filters) const
{
    unsigned found = 0;
    for (auto const& path : filters.paths()) {
        found |= 1u << (std::find(paths_.begin(), paths_.end(), path) - paths_.begin());
    }
    return found;
}

bool follower::hears_old_channels() const
{
    return day_.over_pubnub() && (day_.moves_ || day_.time_.now() - recreated_ < old_channels_are_heard_for);
}

// The program.

void follower::start()
{
    ++run_;
    leaving_ = away_ = false;
    running_ = true;
    cancel_ = std::make_unique<asio::cancellation_signal>();
    asio::co_spawn(*day_.context_, program(), [this](std::exception_ptr how) {
        if (how) {
            try {
                std::rethrow_exception(how);
            } catch (std::exception const& why) {
                complain(std::string("the program ended: ") + why.what());
            }
        }
        running_ = false;
        day_.over_ = day_.over_ || !away_;
    });
}

void follower::die()
{
    subscription.reset();
    running_ = connected_ = false;
    modifying_ = 0;
}

void follower::prepare_end()
{
    if (subscription && day_.dice(2) == 0) {
        save();
    }
    for (auto i = saved_taken_; i != taken_.size(); ++i) {
        published_[taken_[i]].may_repeat = true;
    }
    // What the service does not know to have arrived comes again.
    auto const now = day_.time_.now();
    for (auto n = published_.size(); day_.kind_ == delivery_kind::webhook && n != 0 && now - published_[n - 1].when < 1min; --n) {
        published_[n - 1].may_repeat = true;
    }
}

void follower::damage_saved()
{
    if (day_.dice(4) == 0) {
        change_a_digit();
    }
}

void follower::cancel()
{
    if (running_) {
        asio::post(*day_.context_, [this] { cancel_->emit(asio::cancellation_type::all); });
    }
}

asio::awaitable<void> follower::pause(duration time)
{
    co_await ringtail::net::park([&](std::shared_ptr<ringtail::net::parked> waiter) {
        day_.time_.after(time, [waiter, mine = run_, in = day_.process_, this] {
            if (mine == run_ && in == day_.process_ && day_.context_) {
                waiter->wake();
            }
        });
    });
}

asio::awaitable<ringtail::any_subscription> follower::subscribe()
{
    auto const filters = filters_of(agreed_);
    ringtail::webhook_options hook("http://127.0.0.1:9000/hook", "127.0.0.1", 9000);
    hook.verification_token = ringtail::secret("so it is me");
    auto& client = *day_.client_;
    if (goes_on_ && !saved_.empty()) {
        auto const from = ringtail::cursor::parse(saved_);
        switch (day_.kind_) {
        case delivery_kind::pubnub: co_return co_await client.adopt_subscription<ringtail::pubnub>(from, filters);
        case delivery_kind::websocket: co_return co_await client.adopt_subscription<ringtail::websocket>(from, filters);
        case delivery_kind::webhook: co_return co_await client.adopt_subscription<ringtail::webhook>(from, filters, hook);
        case delivery_kind::pool: co_return co_await client.adopt_subscription<ringtail::pooled_pubnub>(from, filters);
        }
    }
    switch (day_.kind_) {
    case delivery_kind::pubnub: co_return co_await client.create_subscription<ringtail::pubnub>(filters);
    case delivery_kind::websocket: co_return co_await client.create_subscription<ringtail::websocket>(filters);
    case delivery_kind::pool: co_return co_await client.create_subscription<ringtail::pooled_pubnub>(filters);
    case delivery_kind::webhook: break;
    }
    co_return co_await client.create_subscription<ringtail::webhook>(filters, hook);
}

asio::awaitable<void> follower::program()
{
    while (!leaving_) {
        std::string failed;
        try {
            auto made = co_await subscribe();
            subscription.emplace(std::move(made));
        } catch (failure const& why) {
            failed = why.what();
            using enum ringtail::protocol::verdict;
            auto const verdict = ringtail::protocol::judge(why);
            auto const refused_look = goes_on_ && why.has("CMN-408");
            if (damaged_cursor_ && why.code() == ringtail::error::invalid_cursor) {
                begins_anew_ = true;
                goes_on_ = damaged_cursor_ = false;
                tell("refused: " + failed);
                continue;
            }
            auto const heals = refused_look || why.code() == ringtail::error::start_timeout || why.code() == ringtail::error::throttled ||
                               verdict == transient || verdict == unreachable;
            if (!heals) {
                complain("the start failed: " + failed);
            }
        }
        if (!failed.empty()) {
            tell("the start failed: " + failed);
            co_await pause(60s);
            continue;
        }
        tell(goes_on_ ? "adopted" : "subscribed");
        if (goes_on_ && day_.moves_) { // the keys of before went with the process before
            unknown_key_until_ = day_.time_.now() + 1h; // of a slow program
        }
        if (std::exchange(begins_anew_, false)) { // the refusal told the program what it does not know
            ++heard_;
            ++day_.report_.gaps;
            gaps_.push_back({heard_, wall_time::min() + 24h * 365, day_.time_.now()});
        }
        silent_about_it_ = std::exchange(damaged_cursor_, false);
        following = true;
        goes_on_ = true;
        save();
        co_await follow();
    }
}

asio::awaitable<void> follower::follow()
{
    while (!leaving_) {
        std::optional<ringtail::event> event;
        bool cancelled = false;
        try {
            auto const context = day_.context_->get_executor();
            auto next = subscription->next_event();
            event = co_await asio::co_spawn(context, std::move(next), asio::bind_cancellation_slot(cancel_->slot(), asio::use_awaitable));
        } catch (failure const& why) {
            complain(std::string("next_event: ") + why.what());
            co_return;
        } catch (boost::system::system_error const&) {
            cancelled = true;
        }
        if (leaving_) {
            co_return;
        }
        note_position();
        if (!day_.saves_by_clock_) {
            save();
        }
        if (cancelled) {
            continue;
        }
        if (!event) {
            if (!leaving_) {
                complain("the stream ended");
            }
            co_return;
        }
        take(*event);
        for (std::size_t more = day_.dice(8); more != 0 && subscription; --more) {
            auto further = subscription->try_next_event();
            if (!further) {
                break;
            }
            note_position();
            take(*further);
        }
        if (day_.time_.now() < slow_until) {
            co_await pause(day_.dice(20) == 0 ? day_.between(2min, 8min) : day_.between(1s, 60s));
        }
    }
}

// The cursor moves with the call behind what it then stands behind.
void follower::note_position()
{
    if (auto const now = subscription->cursor(); now.position() != position_) {
        position_ = now.position();
        position_taken_ = taken_.size();
    }
}

void follower::save()
{
    note_position();
    saved_ = subscription->cursor().to_json();
    saved_taken_ = position_taken_;
}

// At any moment: between events, with some not taken, in the midst of a renewal.
void follower::keep_saving()
{
    day_.time_.after(day_.between(1s, 3min), [this] {
        if (subscription) {
            save();
        }
        keep_saving();
    });
}

// As a bad disk does.
void follower::change_a_digit()
{
    auto const at = saved_.find(position_);
    std::vector<std::size_t> digits;
    for (auto i = at; day_.kind_ != delivery_kind::webhook && at != std::string::npos && i != at + position_.size(); ++i) {
        if (saved_[i] >= '0' && saved_[i] <= '9') {
            digits.push_back(i);
        }
    }
    if (!digits.empty()) {
        ++day_.report_.disturbances["a digit of the saved position changed"];
        auto& digit = saved_[digits[day_.dice(digits.size())]];
        digit = static_cast<char>('0' + (static_cast<std::size_t>(digit - '0') + 1 + day_.dice(9)) % 10);
        damaged_cursor_ = true;
        tell("! a digit of the saved position changed: " + saved_);
        for (auto& each : published_) {
            each.may_repeat = true;
        }
    }
}

// It ends, and goes on later from what it saved.
void follower::close_for_a_while()
{
    if (subscription && !away_) {
        prepare_end();
        go_away(false, day_.between(5s, 5min));
    }
}

// It ends, and another one comes later. What is on its way is nobody's.
void follower::remove_for_a_while()
{
    if (!subscription || away_) {
        return;
    }
    auto const now = day_.time_.now();
    for (std::size_t n = 0; n != published_.size(); ++n) {
        auto& one = published_[n];
        auto const on_its_way = !latest_ || n > *latest_ || (hears_old_channels() && now - one.when < old_channels_are_heard_for);
        one.expected = one.expected && (one.delivered != 0 || !on_its_way);
    }
    following = goes_on_ = damaged_cursor_ = silent_about_it_ = suspended_ = false;
    doubted_ = 0;
    saved_taken_ = position_taken_ = taken_.size();
    saved_.clear();
    position_.clear();
    go_away(true, day_.between(5s, 30min));
}

void follower::go_away(bool unsubscribe, duration time)
{
    leaving_ = away_ = true;
    connected_ = false;
    auto work = [](ringtail::any_subscription what, bool remove) -> asio::awaitable<void> {
        if (remove) {
            co_await what.unsubscribe();
        }
        co_await what.close();
    };
    auto const closed = std::make_shared<bool>(false);
    asio::co_spawn(*day_.context_, work(std::move(*subscription), unsubscribe), [closed](std::exception_ptr) { *closed = true; });
    subscription.reset();
    modifying_ = 0;
    if (!unsubscribe) {
        auto const since = day_.clock_.steady();
        day_.time_.after(4s, [this, since, closed, in = day_.process_] {
            if (in == day_.process_ && day_.context_ && day_.clock_.steady() - since >= 4s && !*closed) {
                complain("closing takes more than two seconds");
            }
        });
    }
    auto const back = day_.time_.now() + std::chrono::duration_cast<wall_time::duration>(time);
    day_.time_.at(std::min(back, std::max(day_.fine_from_, day_.time_.now() + 5s)), [this] { come_back(); });
}

void follower::come_back()
{
    if (running_ || !day_.context_ || day_.clock_.asleep()) {
        day_.time_.after(5s, [this] { come_back(); });
    } else if (away_) {
        start();
    }
}

void follower::leave(std::function<void()> closed)
{
    leaving_ = true;
    auto const remove = day_.dice(2) == 0;
    auto work = [](ringtail::any_subscription what, bool unsubscribe) -> asio::awaitable<void> {
        if (unsubscribe) {
            co_await what.unsubscribe();
        }
        co_await what.close();
    };
    asio::co_spawn(*day_.context_, work(std::move(*subscription), remove), [closed = std::move(closed)](std::exception_ptr) { closed(); });
    subscription.reset();
}

asio::awaitable<void> follower::carry_out(unsigned which)
{
    static constexpr std::array<char const*, 3> names{"modify", "renew", "exchange"};
    ++day_.report_.disturbances[std::string("program: ") + names[which]];
    tell(std::string("! program: ") + names[which]);
    if (which == 0) {
        co_await modify(1 + static_cast<unsigned>(day_.dice(all_subjects)));
    } else if (which == 1) {
        co_await subscription->renew();
    } else {
        ringtail::request wanted("GET", "/restapi/v1.0/account/~/extension/~", ringtail::api_group::light);
        co_await subscription->exchange(std::move(wanted));
    }
}

// Asking for fewer, too. What is given up stays wanted unless the modification succeeds.
asio::awaitable<void> follower::modify(unsigned asked)
{
    using enum fault_effect;
    static constexpr std::array spoilt{lost, lost, cut_body, stall, reset, status};
    if (day_.dice(3) == 0 && day_.time_.now() < day_.fine_from_) {
        auto const effect = spoilt[day_.dice(spoilt.size())];
        ++day_.report_.disturbances["modification: " + std::string(to_string(effect))];
        fault what(sandbox_call::subscription_modify, effect);
        what.left = 1 + day_.dice(3);
        day_.service_.all().inject(what);
        day_.time_.after(day_.between(10ms, 1s), [this] { day_.publish(3); }); // when nobody knows what is in force
    }
    auto const first = published_.size();
    doubted_ |= wanted() & ~asked;
    tell("! from " + std::to_string(wanted_) + " to " + std::to_string(asked));
    ++modifying_;
    std::string failed;
    auto const mine = run_;
    try {
        co_await subscription->modify(filters_of(asked));
    } catch (boost::system::system_error const& why) {
        failed = why.what();
    }
    if (mine != run_ || away_) {
        co_return;
    }
    --modifying_;
    tell(failed.empty() ? "modified to " + std::to_string(asked) : "not modified: " + failed);
    if (failed.empty()) {
        agreed_ = asked;
        for (auto n = first; n != published_.size(); ++n) {
            published_[n].expected = published_[n].expected && (published_[n].subject & asked);
        }
    }
}

// The ledger.

void follower::take(ringtail::event const& what)
{
    auto const now = day_.time_.now();
    ++heard_;
    if (auto const* const got = std::get_if<ringtail::notification>(&what)) {
        auto const body = json::parse(got->body_json());
        auto const n = static_cast<std::size_t>(body.as_object().at("n").as_int64());
        auto& one = published_.at(n);
        ++day_.report_.heard;
        if (silent_about_it_) {
            complain("went on from a position with a wrong digit without a word");
        }
        if (one.subject == 0) {
            complain("event " + std::to_string(n) + " is another subscription's");
        } else if (one.delivered++ == 0) {
            one.position = heard_;
        } else if (!one.may_repeat && one.copies < 2) { // else another subscription, which nobody knows of, lives as well
            complain("event " + std::to_string(n) + " came twice");
        }
        if (day_.kind_ == delivery_kind::pool && !hears_old_channels() && one.copies < 2 && !one.may_repeat) {
            if (latest_ && n < *latest_) {
                complain("event " + std::to_string(n) + " came behind event " + std::to_string(*latest_));
            }
        }
        latest_ = std::max(latest_.value_or(n), n);
        taken_.push_back(n);
        tell("heard " + std::to_string(n));
    } else if (auto const* const missing = std::get_if<ringtail::gap>(&what)) {
        ++day_.report_.gaps;
        silent_about_it_ = false;
        auto const anew = missing->reason == ringtail::gap_reason::recreated || missing->reason == ringtail::gap_reason::recovery_failed;
        recreated_ = anew ? now : recreated_;
        gaps_.push_back({heard_, missing->from.value_or(wall_time::min() + 24h * 365), missing->until.value_or(wall_time::max() - 24h * 365)});
        // What the old channel held shows once it was asked, beside the new one.
        gaps_.back().may_be_late = hears_old_channels();
        tell("gap " + std::string(to_string(missing->reason)) + " from " + (missing->from ? clock_text(*missing->from) : "?") + " until " +
             (missing->until ? clock_text(*missing->until) : "?"));
    } else if (auto const* const change = std::get_if<ringtail::state_change>(&what)) {
        tell("state " + std::string(to_string(change->state)) + ' ' + change->reason);
        using enum ringtail::subscription_state;
        if (change->state == suspended) {
            for (auto n = suspended_from_; n != published_.size(); ++n) {
                published_[n].unseen = published_[n].unseen && day_.kind_ == delivery_kind::webhook;
            }
            suspended_ = false;
        }
        disconnected_ = change->state == reconnecting ? now : disconnected_;
        connected_ = change->state == connected || change->state == resumed || change->state == recreated ||
                     (connected_ && change->state != reconnecting && change->state != suspended);
    } else {
        ++undecodable_;
        if (!day_.damaged_ && now > unknown_key_until_) {
            complain("no message or key was damaged, but undecodable: " + std::get<ringtail::undecodable>(what).reason);
        }
        tell("undecodable " + std::get<ringtail::undecodable>(what).reason);
    }
}

unsigned follower::wanted()
{
    if (subscription) {
        if (day_.neighbours_.contains(subscription->info().id)) {
            complain("the subscription is another program's");
        }
        wanted_ = set_of(subscription->filters());
        if (modifying_ == 0 && wanted_ != agreed_) {
            complain("filters() says " + std::to_string(wanted_) + ", but last agreed was " + std::to_string(agreed_));
        }
    }
    return wanted_;
}

void follower::note_published(unsigned subject, std::size_t copies)
{
    auto& one = published_.emplace_back();
    one.when = day_.time_.now();
    one.subject = subject;
    one.expected = following && (wanted_ & subject);
    one.doubted = doubted_ & subject;
    // A suspension that a renewal ended before anybody looked; a webhook's outage that was over before anybody looked.
    auto const out_of_reach = day_.time_.now() < std::max(day_.network_.refuses_until, day_.network_.swallows_until);
    suspended_ = suspended_ && copies == 0;
    one.copies = copies;
    one.unseen = (copies == 0 && suspended_) || (day_.kind_ == delivery_kind::webhook && out_of_reach);
    tell("published " + std::to_string(published_.size() - 1) + " of " + std::to_string(subject) + " to " + std::to_string(copies) +
         (one.expected ? "" : ", not wanted"));
}

void follower::note_for_others() { published_.emplace_back().when = day_.time_.now(); }

void follower::note_suspended()
{
    suspended_ = true;
    suspended_from_ = published_.size();
}

bool follower::is_meant_by(std::string_view target) const
{
    return subscription && target.find(subscription->info().id) != std::string_view::npos;
}

// A key that was used between two answers is known from none.
void follower::note_answer(bool of_another)
{
    if (unanswered_ > (of_another ? 0u : 1u)) {
        unknown_key_until_ = day_.time_.now() + 20min;
    }
    unanswered_ = 0;
}

bool follower::has_room_and_is_connected() const
{
    return connected_ && subscription && subscription->counters().queued < day_.capacity_;
}

// The promises.

void follower::check_now()
{
    if (!subscription) {
        return;
    }
    auto const seen = subscription->counters();
    if (seen.queued > day_.capacity_ + (day_.kind_ == delivery_kind::pool ? most_above_capacity_of_pool : most_above_capacity)) {
        complain(std::to_string(seen.queued) + " events are queued");
    }
}

void follower::check_in_fine_weather(std::size_t first, std::size_t gaps_before)
{
    if (!connected_ && day_.time_.now() - disconnected_ > 2min) {
        complain("not connected, though the weather has been fine for long");
    }
    if (silent_about_it_) {
        complain("went on from a position with a wrong digit, and never said a word");
    }
    for (auto n = first; n != published_.size(); ++n) {
        if (published_[n].delivered == 0 && published_[n].expected && gaps_.size() == gaps_before) { // a session may have come of age
            complain("deaf in fine weather: event " + std::to_string(n) + " did not come" + (published_[n].doubted ? ", given up in a modification that failed" : ""));
        }
    }
}

void follower::check_delivery() const
{
    auto const tolerance = (day_.most_wrong_ - day_.least_wrong_) + 2s;
    std::vector<std::size_t> next_position(published_.size() + 1, heard_ + 1); // of the next one that was delivered
    for (auto n = published_.size(); n-- != 0;) {
        next_position[n] = published_[n].delivered != 0 ? std::min(published_[n].position, next_position[n + 1]) : next_position[n + 1];
    }
    std::size_t lost = 0;
    for (std::size_t n = 0; n != published_.size(); ++n) {
        auto const& one = published_[n];
        if (one.delivered != 0 || !one.expected || one.unseen) {
            continue;
        }
        auto const covered = std::any_of(gaps_.begin(), gaps_.end(), [&](heard_gap const& each) {
            auto const when = each.from - tolerance <= one.when + day_.most_wrong_ && one.when + day_.least_wrong_ <= each.until + tolerance;
            // A replay that comes in parts shows only with its second part that it is larger than what the gateway keeps; and
            // what a webhook's kernel took while the machine slept is heard before the sleep is noticed.
            auto const in_time = each.position < next_position[n + 1] + (day_.over_pubnub() ? 0 : 150);
            return when && (each.may_be_late || one.doubted || in_time);
        });
        if (!covered && ++lost > undecodable_) {
            day_.complain(tag_ + "event " + std::to_string(n) + " of " + clock_text(one.when) + " is lost without a gap" + (one.doubted ? ", given up in a modification that failed" : ""));
        }
    }
}

} // namespace simulation
