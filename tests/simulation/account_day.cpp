// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "account_day.hpp"

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
#include <array>
#include <charconv>
#include <cstdio>

namespace simulation {

using ringtail::fault;
using ringtail::fault_effect;
using ringtail::failure;
using ringtail::sandbox_call;
namespace json = boost::json;

namespace {

// What happens on the account, a bit each in sets of them. The last one is told encrypted only.
constexpr std::array<std::string_view, 3> subjects{"/restapi/v1.0/account/~/extension/~/message-store",
                                                   "/restapi/v1.0/account/~/extension/~", "/restapi/v1.0/account/~/extension/~/presence"};
constexpr unsigned all_subjects = (1u << subjects.size()) - 1;

ringtail::event_filters filters_of(unsigned set)
{
    ringtail::event_filters made;
    for (std::size_t i = 0; i != subjects.size(); ++i) {
        if (set >> i & 1u) {
            made.raw(subjects[i]);
        }
    }
    return made;
}

unsigned set_of(ringtail::event_filters const& filters)
{
    unsigned found = 0;
    for (auto const& path : filters.paths()) {
        found |= 1u << (std::find(subjects.begin(), subjects.end(), path) - subjects.begin());
    }
    return found;
}

// Behind the last disturbance: audits, the longest penalty, a poll on a connection that a router forgot.
constexpr duration time_to_recover = 20min;
constexpr duration calm_end = time_to_recover + 20min;
// A full queue makes PubNub's events wait at the service; the others' are dropped behind a gap, which is not to happen daily.
constexpr std::array<std::size_t, 3> queue_capacity{100, 300, 300};
// A try to connect takes 10 s.
constexpr duration unreachable_is_told_after = 45s;
// A reply that was underway and what happens beside it may exceed the capacity.
constexpr std::size_t most_above_capacity = 130 + 20;

std::string clock_text(wall_time when)
{
    auto const since = std::chrono::duration_cast<std::chrono::milliseconds>(when - wall_time(480'000h)).count();
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%02lld:%02lld:%02lld.%03lld", static_cast<long long>(since / 3'600'000),
                  static_cast<long long>(since / 60'000 % 60), static_cast<long long>(since / 1'000 % 60), static_cast<long long>(since % 1'000));
    return text.data();
}

} // namespace

std::string_view name_of(delivery_kind kind) noexcept
{
    static constexpr std::array<std::string_view, 3> names{"pubnub", "websocket", "webhook"};
    return names[static_cast<std::size_t>(kind)];
}

account_day::account_day(std::uint64_t seed, delivery_kind kind, bool tell_story)
    : seed_(seed), kind_(kind), tells_(tell_story), random_(seed * 3 + static_cast<std::uint64_t>(kind)), clock_(time_), lifetime_(),
      length_(24h), network_(time_, random_()), service_(time_, network_, service_options()), fine_from_(time_.now())
{
    saves_by_clock_ = dice(2) == 0;
    fine_from_ = time_.now() + std::chrono::duration_cast<wall_time::duration>(length_ - calm_end);
}

account_day::~account_day() { kill_process(); }

ringtail::sandbox_options account_day::service_options()
{
    ringtail::sandbox_options options;
    options.seed = random_() | 1;
    static constexpr std::array<duration, 5> lifetimes{14s, 60s, 900s, 900s, 3'600s};
    lifetime_ = lifetimes[dice(lifetimes.size())];
    capacity_ = queue_capacity[static_cast<std::size_t>(kind_)];
    if (lifetime_ < 60s) {
        length_ = 3h; // as many renewals as others have in a week
    }
    options.subscription_lifetime = std::chrono::duration_cast<std::chrono::milliseconds>(lifetime_);
    options.subscription_limit = 10'000;
    options.access_token_lifetime = dice(2) == 0 ? 3'600s : 660s;
    options.refresh_token_lifetime = dice(3) == 0 ? 7'200s : 604'800s;
    options.refresh_tokens = dice(4) != 0;
    if (kind_ == delivery_kind::pubnub) {
        // At renewals or at any time: who moved twice between two answers can't be followed.
        moves_ = dice(3) == 0;
        moves_by_itself_ = moves_ && dice(2) == 0;
        auto const at_renewals = static_cast<ringtail::sandbox_rotation>(1 + dice(7));
        if (dice(4) == 0) { // hardly room for anything, while all there is moves again and again
            capacity_ = 2 + dice(4);
            moves_ = moves_ || dice(2) == 0;
            lifetime_ = dice(2) == 0 ? duration(14s) : duration(60s);
            options.subscription_lifetime = std::chrono::duration_cast<std::chrono::milliseconds>(lifetime_);
            length_ = 3h;
        }
        options.rotate_on_renewal = moves_ && !moves_by_itself_ ? at_renewals : ringtail::sandbox_rotation::none;
        options.encryption = static_cast<ringtail::sandbox_encryption>(dice(3));
        options.empty_poll_moves_cursor = dice(2) == 0;
        options.buffer_age = dice(2) == 0 && !moves_by_itself_ ? 2min : 12min;
        options.poll_hold = dice(2) == 0 ? 280s : 60s;
        options.buffer_size = dice(4) == 0 ? 130 : 100; // the vendor names the least
    }
    if (kind_ == delivery_kind::websocket) {
        options.absolute_timeout = dice(2) == 0 ? 2h : 24h;
        options.idle_timeout = dice(2) == 0 ? 180s : 1'800s;
        options.wsc_on_every_frame = dice(2) == 0;
        options.wsc_single_use = dice(3) == 0;
        options.replay_in_one_segment = dice(2) == 0;
        options.details_with_upgrade = dice(2) == 0;
        options.awkward_wsc = dice(3) == 0;
        options.gateway_refuses_upgrade = dice(3) == 0;
        options.gateway_needs_fresh_token = dice(3) == 0;
        options.escaped_slashes = dice(3) == 0;
    }
    if (kind_ == delivery_kind::webhook) {
        options.webhook_lifetime = std::chrono::ceil<std::chrono::seconds>(std::max<duration>(lifetime_, 60s));
        options.blacklist_after = dice(2) == 0 ? 60s : 600s;
    }
    options.retry_after_header = dice(3) != 0;
    options.omit_expires_in = dice(4) == 0;
    options.relative_uri = dice(4) == 0;
    return options;
}

ringtail::config account_day::settings()
{
    ringtail::config made;
    made.server_url = service::url;
    made.pubnub_origin = service::url;
    auto& login = service_.all().oauth();
    made.client_id = login.client_id();
    made.client_secret = ringtail::secret(login.client_secret());
    made.login = ringtail::jwt_login(ringtail::secret(login.jwt(service_.all().directory().owner_id())));
    made.queue_capacity = capacity_;
    made.pubnub_legacy = kind_ == delivery_kind::pubnub && seed_ % 5 == 0;
    made.log = [this](ringtail::log_level, std::string_view line) {
        heed_answer(line);
        if (tells_) {
            tell("    log " + std::string(line));
        }
    };
    return made;
}

duration account_day::between(duration least, duration most)
{
    return duration(std::uniform_int_distribution<duration::rep>(least.count(), most.count())(random_));
}

void account_day::tell(std::string what)
{
    if (tells_) {
        report_.story.push_back(clock_text(time_.now()) + ' ' + std::move(what));
    }
}

void account_day::complain(std::string what)
{
    if (report_.complaint.empty()) {
        report_.complaint = clock_text(time_.now()) + ' ' + what;
        tell("COMPLAINT " + what);
    }
}

// The machine.

void account_day::run_until(wall_time end)
{
    while (report_.complaint.empty() && time_.now() < end) {
        if (context_ && !clock_.asleep()) {
            context_->restart();
            for (std::size_t ran = 1; ran != 0;) {
                ran = context_->poll();
                report_.steps += ran;
                spins_ += ran;
                if (spins_ > 200'000) {
                    complain("spins: " + std::to_string(spins_) + " handlers within a minute");
                    return;
                }
            }
        }
        time_.step(end);
        if (time_.now() - spin_time_ >= 1min) {
            spin_time_ = time_.now();
            spins_ = 0;
            if (auto const asked = service_.requests() - std::exchange(asked_, service_.requests()); asked > 1'000) {
                complain(std::to_string(asked) + " requests within a minute");
            }
        }
        if (service_.early_requests() != 0) {
            complain("a request left while a 429 forbade it");
        }
        if (service_.trespasses() != 0) {
            complain("another program's subscription is listened to, changed or removed");
        }
        if (auto const open = network_.open_connections(); open > 500) {
            complain(std::to_string(open) + " connections");
        }
        if (auto const queued = subscription_ ? subscription_->counters().queued : 0; queued > capacity_ + most_above_capacity) {
            complain(std::to_string(queued) + " events are queued");
        }
    }
}

void account_day::start_process()
{
    ++process_;
    service_.forget_penalties();
    context_ = std::make_unique<asio::io_context>(1);
    cancel_ = std::make_unique<asio::cancellation_signal>();
    auto const executor = context_->get_executor();
    ringtail::environment_options with;
    with.seed = seed_ * 100 + process_;
    with.time = std::make_unique<virtual_time>(clock_, [executor](std::function<void()> what) { asio::post(executor, std::move(what)); });
    with.connector = connector_of(network_, clock_, executor);
    environment_.emplace(executor, std::move(with));
    client_.emplace(*environment_, settings());
    leaving_ = false;
    asio::co_spawn(executor, program(), [this](std::exception_ptr how) {
        if (how) {
            try {
                std::rethrow_exception(how);
            } catch (std::exception const& why) {
                complain(std::string("the program ended: ") + why.what());
            }
        }
        over_ = true;
    });
}

// As `kill -9`: nothing is said, to nobody.
void account_day::kill_process()
{
    subscription_.reset();
    client_.reset();
    environment_.reset();
    context_.reset();
    connected_ = false;
    modifying_ = 0;
}

// The program.

asio::awaitable<void> account_day::pause(duration time)
{
    co_await ringtail::net::park([&](std::shared_ptr<ringtail::net::parked> waiter) {
        time_.after(time, [waiter, mine = process_, this] {
            if (mine == process_ && context_) {
                waiter->wake();
            }
        });
    });
}

asio::awaitable<ringtail::any_subscription> account_day::subscribe()
{
    auto const filters = filters_of(agreed_);
    ringtail::webhook_options hook("http://127.0.0.1:9000/hook", "127.0.0.1", 9000);
    hook.verification_token = ringtail::secret("so it is me");
    if (goes_on_ && !saved_.empty()) {
        auto const from = ringtail::cursor::parse(saved_);
        switch (kind_) {
        case delivery_kind::pubnub: co_return co_await client_->adopt_subscription<ringtail::pubnub>(from, filters);
        case delivery_kind::websocket: co_return co_await client_->adopt_subscription<ringtail::websocket>(from, filters);
        case delivery_kind::webhook: co_return co_await client_->adopt_subscription<ringtail::webhook>(from, filters, hook);
        }
    }
    switch (kind_) {
    case delivery_kind::pubnub: co_return co_await client_->create_subscription<ringtail::pubnub>(filters);
    case delivery_kind::websocket: co_return co_await client_->create_subscription<ringtail::websocket>(filters);
    case delivery_kind::webhook: break;
    }
    co_return co_await client_->create_subscription<ringtail::webhook>(filters, hook);
}

asio::awaitable<void> account_day::program()
{
    while (!leaving_) {
        std::string failed;
        try {
            auto made = co_await subscribe();
            subscription_.emplace(std::move(made));
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
        if (goes_on_ && moves_) { // the keys of before went with the process before
            unknown_key_until_ = time_.now() + 1h; // of a slow program
        }
        if (std::exchange(begins_anew_, false)) { // the refusal told the program what it does not know
            ++heard_;
            ++report_.gaps;
            gaps_.push_back({heard_, wall_time::min() + 24h * 365, time_.now()});
        }
        silent_about_it_ = std::exchange(damaged_cursor_, false);
        following_ = true;
        goes_on_ = true;
        save();
        co_await follow();
    }
}

asio::awaitable<void> account_day::follow()
{
    while (!leaving_) {
        std::optional<ringtail::event> event;
        bool cancelled = false;
        try {
            auto const context = context_->get_executor();
            auto next = subscription_->next_event();
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
        if (!saves_by_clock_) {
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
        for (std::size_t more = dice(8); more != 0 && subscription_; --more) {
            auto further = subscription_->try_next_event();
            if (!further) {
                break;
            }
            note_position();
            take(*further);
        }
        if (time_.now() < slow_until_) {
            co_await pause(dice(20) == 0 ? between(2min, 8min) : between(1s, 60s));
        }
    }
}

// The cursor moves with the call behind what it then stands behind.
void account_day::note_position()
{
    if (auto const now = subscription_->cursor(); now.position() != position_) {
        position_ = now.position();
        position_taken_ = taken_.size();
    }
}

void account_day::save()
{
    note_position();
    saved_ = subscription_->cursor().to_json();
    saved_taken_ = position_taken_;
}

// At any moment: between events, with some not taken, in the midst of a renewal.
void account_day::keep_saving()
{
    time_.after(between(1s, 3min), [this] {
        if (subscription_) {
            save();
        }
        keep_saving();
    });
}

// As a bad disk does.
void account_day::change_a_digit()
{
    auto const at = saved_.find(position_);
    std::vector<std::size_t> digits;
    for (auto i = at; kind_ != delivery_kind::webhook && at != std::string::npos && i != at + position_.size(); ++i) {
        if (saved_[i] >= '0' && saved_[i] <= '9') {
            digits.push_back(i);
        }
    }
    if (!digits.empty()) {
        ++report_.disturbances["a digit of the saved position changed"];
        auto& digit = saved_[digits[dice(digits.size())]];
        digit = static_cast<char>('0' + (static_cast<std::size_t>(digit - '0') + 1 + dice(9)) % 10);
        damaged_cursor_ = true;
        tell("! a digit of the saved position changed: " + saved_);
        for (auto& each : published_) {
            each.may_repeat = true;
        }
    }
}

void account_day::take(ringtail::event const& what)
{
    ++heard_;
    if (auto const* const got = std::get_if<ringtail::notification>(&what)) {
        auto const body = json::parse(got->body_json());
        auto const n = static_cast<std::size_t>(body.as_object().at("n").as_int64());
        auto& one = published_.at(n);
        ++report_.heard;
        if (silent_about_it_) {
            complain("went on from a position with a wrong digit without a word");
        }
        if (one.delivered++ == 0) {
            one.position = heard_;
        } else if (!one.may_repeat && one.copies < 2) { // else another subscription, which nobody knows of, lives as well
            complain("event " + std::to_string(n) + " came twice");
        }
        taken_.push_back(n);
        tell("heard " + std::to_string(n));
    } else if (auto const* const missing = std::get_if<ringtail::gap>(&what)) {
        ++report_.gaps;
        silent_about_it_ = false;
        recreated_ = missing->reason == ringtail::gap_reason::recreated ? time_.now() : recreated_;
        gaps_.push_back({heard_, missing->from.value_or(wall_time::min() + 24h * 365), missing->until.value_or(wall_time::max() - 24h * 365)});
        // What the old channel held shows once it was asked, beside the new one.
        gaps_.back().may_be_late = kind_ == delivery_kind::pubnub && (moves_ || time_.now() - recreated_ < 25min);
        tell("gap " + std::string(to_string(missing->reason)) + " from " + (missing->from ? clock_text(*missing->from) : "?") + " until " +
             (missing->until ? clock_text(*missing->until) : "?"));
    } else if (auto const* const change = std::get_if<ringtail::state_change>(&what)) {
        tell("state " + std::string(to_string(change->state)) + ' ' + change->reason);
        using enum ringtail::subscription_state;
        if (change->state == suspended) {
            for (auto n = suspended_from_; n != published_.size(); ++n) {
                published_[n].unseen = published_[n].unseen && kind_ == delivery_kind::webhook;
            }
            suspended_ = false;
        }
        disconnected_ = change->state == reconnecting ? time_.now() : disconnected_;
        connected_ = change->state == connected || change->state == resumed || change->state == recreated ||
                     (connected_ && change->state != reconnecting && change->state != suspended);
    } else {
        ++undecodable_;
        if (!damaged_ && time_.now() > unknown_key_until_) {
            complain("no message or key was damaged, but undecodable: " + std::get<ringtail::undecodable>(what).reason);
        }
        tell("undecodable " + std::get<ringtail::undecodable>(what).reason);
    }
}

// What happens on the account.

void account_day::publish(std::size_t count)
{
    for (; count != 0; --count) {
        auto const n = published_.size();
        auto const asked_for = wanted();
        auto subject = dice(subjects.size());
        while (!(asked_for >> subject & 1u) && dice(4) != 0) {
            subject = dice(subjects.size());
        }
        published_.push_back({time_.now()});
        published_.back().subject = 1u << subject;
        published_.back().expected = following_ && (asked_for >> subject & 1u);
        published_.back().doubted = doubted_ >> subject & 1u;
        auto const others = neighbours_hit(1u << subject);
        auto const hit = service_.change([&](auto& all, wall_time now) {
            return all.publish(subjects[subject], json::object{{"n", n}}, now);
        }) - others;
        // A suspension that a renewal ended before anybody looked; a webhook's outage that was over before anybody looked.
        auto const out_of_reach = time_.now() < std::max(network_.refuses_until, network_.swallows_until);
        suspended_ = suspended_ && hit == 0;
        published_.back().copies = hit;
        published_.back().unseen = (hit == 0 && suspended_) || (kind_ == delivery_kind::webhook && out_of_reach);
        tell("published " + std::to_string(n) + " of " + std::to_string(1u << subject) + " to " + std::to_string(hit) +
             (published_.back().expected ? "" : ", not wanted"));
    }
}

unsigned account_day::wanted()
{
    if (subscription_) {
        if (neighbours_.contains(subscription_->info().id)) {
            complain("the subscription is another program's");
        }
        wanted_ = set_of(subscription_->filters());
        if (modifying_ == 0 && wanted_ != agreed_) {
            complain("filters() says " + std::to_string(wanted_) + ", but last agreed was " + std::to_string(agreed_));
        }
    }
    return wanted_;
}

void account_day::heed_request(std::string_view method, std::string_view target)
{
    if (method == "POST" && target == "/restapi/v1.0/subscription") {
        created_ = time_.now();
        if (kind_ == delivery_kind::pubnub && created_ - neighbour_came_ < 5s) {
            service_.all().subscriptions().erase(newest_neighbour_);
        }
        if (kind_ == delivery_kind::webhook && dice(4) == 0) {
            time_.after(between(1ms, 3s), [this] { neighbour_comes(); });
        }
    } else if (method == "PUT" || target.ends_with("/renew")) {
        ++unanswered_;
    }
}

// A key that was used between two answers is known from none.
void account_day::heed_answer(std::string_view logged)
{
    if (!logged.ends_with("-> 200") || logged.find("/subscription") == std::string_view::npos) {
        return;
    }
    auto const of_another = logged.find("/subscription ") != std::string_view::npos;
    if (unanswered_ > (of_another ? 0u : 1u)) {
        unknown_key_until_ = time_.now() + 20min;
    }
    unanswered_ = 0;
}

// Another program, on another machine, follows the same account and wants what this one wants; its subscriptions come and expire.
// Now and then one is created together with one of ours, whose answer may get lost: then a webhook's address tells whose it is.
// Over PubNub nothing would, so there they keep apart.
void account_day::neighbours()
{
    time_.after(between(1min, length_ / 4), [this] {
        neighbour_comes();
        neighbours();
    });
}

void account_day::neighbour_comes()
{
    if (kind_ == delivery_kind::pubnub && time_.now() - created_ < 5min) {
        return;
    }
    ++report_.disturbances["another program subscribes"];
    static constexpr std::array<std::string_view, 3> types{"PubNub", "WebSocket", "WebHook"};
    auto const which = neighbours_.size() + 1;
    auto const asked_for = wanted();
    json::object mode{{"transportType", types[static_cast<std::size_t>(kind_)]}};
    if (kind_ == delivery_kind::webhook) {
        mode["address"] = "http://127.0.0.1:9001/replica" + std::to_string(which);
    }
    json::array filters;
    auto const same = filters_of(asked_for);
    for (auto const& path : same.paths()) {
        filters.emplace_back(path);
    }
    auto const body = json::serialize(json::object{{"eventFilters", std::move(filters)}, {"deliveryMode", std::move(mode)}});
    auto const reply = service_.change([&](auto& all, wall_time at) {
        ringtail::sandbox_detail::oauth_session who;
        who.owner_id = all.directory().owner_id();
        who.client_id = all.oauth().client_id();
        auto const connection = ringtail::sandbox_detail::gateway_session{kind_ == delivery_kind::websocket ? (1ull << 62) + which : 0};
        auto wish = all.subscriptions().prepare(who, body, connection, at);
        return all.subscriptions().admit(std::move(std::get<ringtail::sandbox_detail::subscription_wish>(wish)), at);
    });
    auto const info = ringtail::subscription_info::parse(std::string_view(reply.body));
    neighbours_[info.id] = asked_for;
    newest_neighbour_ = info.id;
    neighbour_came_ = time_.now();
    service_.protect(info.id, info.delivery.address);
    tell("another program subscribes: " + info.id);
}

std::size_t account_day::neighbours_hit(unsigned subject)
{
    auto const& all = service_.all().subscriptions();
    return static_cast<std::size_t>(std::count_if(neighbours_.begin(), neighbours_.end(), [&](auto const& each) {
        return (each.second & subject) && all.delivers(each.first, time_.now());
    }));
}

void account_day::traffic()
{
    if (over_) {
        return;
    }
    static constexpr std::array<duration, 3> pace{10s, 3min, 40min};
    auto const spread = pace[dice(pace.size())];
    time_.after(between(1s, spread), [this] {
        publish(dice(60) == 0 && time_.now() < fine_from_ ? 150 : 1 + dice(3));
        traffic();
    });
}

// What goes wrong.

void account_day::disturb()
{
    auto const pause = between(1s, length_ / 30);
    time_.after(pause, [this] {
        if (time_.now() >= fine_from_ || !report_.complaint.empty()) {
            service_.all().clear_faults();
            return;
        }
        disturb_once();
        disturb();
    });
}

void account_day::disturb_once()
{
    auto const now = time_.now();
    auto const soon = [&](duration least, duration most) { return now + std::chrono::duration_cast<wall_time::duration>(between(least, most)); };
    auto const count = [&](std::string const& what) {
        ++report_.disturbances[what];
        tell("! " + what);
    };
    auto const takes_until = [&](wall_time end) { disturbed_ = std::max(disturbed_, end); };
    auto living = service_.all().subscriptions().living(now);
    std::erase_if(living, [&](auto const& id) { return neighbours_.contains(id); });
    auto const each_living = [&](auto what) {
        service_.change([&](auto& all, wall_time) {
            for (auto const& id : living) {
                what(all.subscriptions(), id);
            }
        });
    };
    auto const spoil_creation = [&] {
        static constexpr std::array effects{fault_effect::lost, fault_effect::reset, fault_effect::stall, fault_effect::cut_body};
        auto const effect = effects[dice(effects.size())];
        if (dice(2) == 0) {
            count("and its successor's answer: " + std::string(to_string(effect)));
            service_.all().inject(fault(sandbox_call::subscription_create, effect));
        }
    };
    switch (dice(19)) {
    case 0: count("all connections cut"), network_.cut_all(); break;
    case 1: count("one connection cut"), network_.cut_one(); break;
    case 2: count("connections forgotten by a router"), network_.forget_all(), takes_until(now); break;
    case 3: count("short outage"), network_.swallows_until = soon(1s, 20s); break;
    case 4: count("connections refused"), network_.refuses_until = soon(1s, 10min); break;
    case 5:
        count("long outage");
        network_.swallows_until = soon(20s, 15min);
        network_.forget_all();
        takes_until(network_.swallows_until);
        break;
    case 6: count("subscription deleted elsewhere"), spoil_creation(), each_living([](auto& all, auto const& id) { all.erase(id); }); break;
    case 7: count("subscription expired silently"), spoil_creation(), each_living([&](auto& all, auto const& id) { all.expire(id, now); }); break;
    case 8:
        count("subscription suspended");
        each_living([](auto& all, auto const& id) { all.suspend(id); });
        suspended_ = true;
        suspended_from_ = published_.size();
        break;
    case 9:
        if (moves_by_itself_ && now > next_move_) {
            next_move_ = now + 10min; // the audit has seen it by then
            damaged_ = true; // by a key that nobody knows yet
            count("channel moved");
            auto const how = static_cast<ringtail::sandbox_rotation>(1 + dice(7));
            each_living([&](auto& all, auto const& id) { all.rotate(id, how); });
        }
        break;
    case 10: {
        count("wall clock set");
        clock_.set_wrong(std::chrono::duration_cast<wall_time::duration>(between(-1h, 1h)));
        least_wrong_ = std::min(least_wrong_, clock_.wrong_by());
        most_wrong_ = std::max(most_wrong_, clock_.wrong_by());
        break;
    }
    case 11:
        if (!clock_.asleep()) {
            count("machine asleep");
            clock_.fall_asleep();
            auto const until = std::min(soon(10s, 3h), fine_from_);
            takes_until(until);
            time_.at(until, [this] {
                clock_.wake_up();
                tell("awake");
            });
        }
        break;
    case 12: count("program slow"), slow_until_ = std::min(soon(1min, 1h), fine_from_), takes_until(slow_until_); break;
    case 13: count("access tokens expired"), service_.change([](auto& all, wall_time at) { all.oauth().expire_access_tokens(at); }); break;
    case 14:
        if (context_) {
            count("next_event cancelled");
            asio::post(*context_, [this] { cancel_->emit(asio::cancellation_type::all); });
        }
        break;
    case 15: command(); break;
    case 16:
        if (context_ && !clock_.asleep()) {
            count("process killed");
            if (subscription_ && dice(2) == 0) {
                save();
            }
            for (auto i = saved_taken_; i != taken_.size(); ++i) {
                published_[taken_[i]].may_repeat = true;
            }
            // What the service does not know to have arrived comes again.
            for (auto n = published_.size(); kind_ == delivery_kind::webhook && n != 0 && now - published_[n - 1].when < 1min; --n) {
                published_[n - 1].may_repeat = true;
            }
            kill_process();
            if (dice(4) == 0) {
                change_a_digit();
            }
            if (dice(4) == 0) {
                count("restart while a look is refused");
                auto refused = fault::status(sandbox_call::subscription_get, 403, {"CMN-408"});
                service_.all().inject(refused.always());
                time_.after(between(10s, 10min), [this] { service_.all().clear_faults(); });
            }
            time_.after(between(1s, 5min), [this] { start_process(); });
        }
        break;
    case 17:
        if (kind_ == delivery_kind::websocket) {
            static constexpr std::array<fault_effect, 6> effects{fault_effect::reset,   fault_effect::lost,        fault_effect::stall,
                                                                 fault_effect::no_pong, fault_effect::error_frame, fault_effect::details_again};
            auto const effect = effects[dice(effects.size())];
            count("gateway: " + std::string(to_string(effect)));
            auto what = fault(sandbox_call::any, effect);
            what.codes = {"WSG-500"};
            service_.change([&](auto& all, wall_time at) { return all.disturb_gateway(what, at); });
            break;
        }
        if (kind_ == delivery_kind::pubnub) {
            count("connections not answered");
            ignore_connections();
            break;
        }
        [[fallthrough]];
    default: inject();
    }
}

// A poll is answered, its connection ends, and the next one is not to be had.
void account_day::ignore_connections()
{
    auto const now = time_.now();
    auto const polls = service_.last_poll() == now;
    network_.ignores_until = now + std::chrono::duration_cast<wall_time::duration>(between(1min, 10min));
    service_.all().clear_faults(); // one that stalls would take longer to be noticed
    service_.all().inject(fault(sandbox_call::pubnub_subscribe, fault_effect::close_after));
    publish(2);
    time_.after(unreachable_is_told_after, [this, now, polls, mine = process_] {
        auto const same = polls && mine == process_ && disturbed_ < now - 12min &&
                          std::max(network_.refuses_until, network_.swallows_until) < now;
        if (same && connected_ && subscription_ && subscription_->counters().queued < capacity_ && time_.now() - service_.last_poll() >= unreachable_is_told_after - 1s) {
            complain("PubNub was not asked for long, and nobody was told");
        }
    });
}

void account_day::inject()
{
    using enum fault_effect;
    using call = sandbox_call;
    static constexpr std::array calls{call::token,  call::subscription_create, call::subscription_renew, call::subscription_get,
                                      call::subscription_modify, call::subscription_list,  call::subscription_delete};
    static constexpr std::array<call, 2> of_pubnub{call::pubnub_subscribe, call::message};
    static constexpr std::array<call, 4> of_gateway{call::wstoken, call::gateway_connect, call::message, call::gateway_request};
    static constexpr std::array<call, 3> of_webhook{call::webhook_validation, call::webhook_delivery, call::message};
    auto where = calls[dice(calls.size())];
    if (dice(2) == 0) {
        where = kind_ == delivery_kind::pubnub      ? of_pubnub[dice(of_pubnub.size())]
                : kind_ == delivery_kind::websocket ? of_gateway[dice(of_gateway.size())]
                                                    : of_webhook[dice(of_webhook.size())];
    }
    static constexpr std::array http{status, status, status, garbage,   html,     empty,        stall,   reset,
                                     lost,   cut_header, cut_body, wrong_length, trickle, close_after, delay};
    static constexpr std::array payload{bad_base64, bad_padding, not_json, wrong_key, duplicate};
    static constexpr std::array greeting{no_details, recovery_refused, recovery_unsaid, error_frame, delay, status, reset, stall};
    static constexpr std::array request{stall, lost, cut_body, error_reply, out_of_order, binary_frame, details_again, boundary, delay, duplicate};
    static constexpr std::array post{status, lost, reset, duplicate, out_of_order};
    auto effect = http[dice(http.size())];
    switch (where) {
    case call::message: effect = kind_ == delivery_kind::pubnub ? payload[dice(payload.size())] : duplicate; break;
    case call::gateway_connect: effect = greeting[dice(greeting.size())]; break;
    case call::gateway_request: effect = request[dice(request.size())]; break;
    case call::webhook_validation:
    case call::webhook_delivery: effect = post[dice(post.size())]; break;
    default: break;
    }
    static constexpr std::array statuses{500, 502, 503, 504, 429, 401, 408};
    fault what(where, effect);
    what.http_status = statuses[dice(statuses.size())];
    if (where == call::token && what.http_status == 401) {
        what.http_status = 500; // a token endpoint that refuses means it
    }
    if (effect == recovery_refused || effect == error_frame) {
        what.codes = {dice(2) == 0 ? "WSG-1005" : "WSG-500"};
        what.http_status = 500;
    }
    if (effect == error_reply) {
        what.codes = {"CMN-100"};
        what.http_status = 503;
    }
    if (effect == delay || effect == trickle) {
        what.delay = std::chrono::milliseconds(effect == delay ? 100 + dice(20'000) : 1 + dice(100));
    }
    if (dice(2) == 0 && what.http_status == 429) {
        what.retry_after = std::chrono::seconds(1 + dice(90));
    }
    what.left = where == call::webhook_delivery ? 1 : 1 + dice(4); // the service gives a delivery up after four attempts
    auto const name = "fault: " + std::string(to_string(where)) + ' ' + std::string(to_string(effect)) +
                      (effect == status ? ' ' + std::to_string(what.http_status) : std::string());
    damaged_ = damaged_ || (where == call::message && effect != duplicate);
    ++report_.disturbances[name];
    tell("! " + name + " times " + std::to_string(*what.left));
    service_.all().inject(what);
}

// The program does something with its subscription.
void account_day::command()
{
    if (context_ && subscription_) {
        asio::co_spawn(*context_, carry_out(static_cast<unsigned>(dice(3))), [](std::exception_ptr) {});
    }
}

asio::awaitable<void> account_day::carry_out(unsigned which)
{
    static constexpr std::array<char const*, 3> names{"modify", "renew", "exchange"};
    ++report_.disturbances[std::string("program: ") + names[which]];
    tell(std::string("! program: ") + names[which]);
    if (which == 0) {
        co_await modify(1 + static_cast<unsigned>(dice(all_subjects)));
    } else if (which == 1) {
        co_await subscription_->renew();
    } else {
        ringtail::request wanted("GET", "/restapi/v1.0/account/~/extension/~", ringtail::api_group::light);
        co_await subscription_->exchange(std::move(wanted));
    }
}

// Asking for fewer, too. What is given up stays wanted unless the modification succeeds.
asio::awaitable<void> account_day::modify(unsigned asked)
{
    using enum fault_effect;
    static constexpr std::array spoilt{lost, lost, cut_body, stall, reset, status};
    if (dice(3) == 0 && time_.now() < fine_from_) {
        auto const effect = spoilt[dice(spoilt.size())];
        ++report_.disturbances["modification: " + std::string(to_string(effect))];
        fault what(sandbox_call::subscription_modify, effect);
        what.left = 1 + dice(3);
        service_.all().inject(what);
        time_.after(between(10ms, 1s), [this] { publish(3); }); // when nobody knows what is in force
    }
    auto const first = published_.size();
    doubted_ |= wanted() & ~asked;
    tell("! from " + std::to_string(wanted_) + " to " + std::to_string(asked));
    ++modifying_;
    std::string failed;
    try {
        co_await subscription_->modify(filters_of(asked));
    } catch (boost::system::system_error const& why) {
        failed = why.what();
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

// The promises.

void account_day::check_delivery()
{
    auto const tolerance = (most_wrong_ - least_wrong_) + 2s;
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
            auto const when = each.from - tolerance <= one.when + most_wrong_ && one.when + least_wrong_ <= each.until + tolerance;
            // A replay that comes in parts shows only with its second part that it is larger than what the gateway keeps; and
            // what a webhook's kernel took while the machine slept is heard before the sleep is noticed.
            auto const in_time = each.position < next_position[n + 1] + (kind_ == delivery_kind::pubnub ? 0 : 150);
            return when && (each.may_be_late || one.doubted || in_time);
        });
        if (!covered && ++lost > undecodable_) {
            complain("event " + std::to_string(n) + " of " + clock_text(one.when) + " is lost without a gap" + (one.doubted ? ", given up in a modification that failed" : ""));
        }
    }
}

day_report account_day::live()
{
    auto const start = time_.now();
    auto const end = start + std::chrono::duration_cast<wall_time::duration>(length_);
    tell(std::string(name_of(kind_)) + ", seed " + std::to_string(seed_) + ", lifetime " + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(lifetime_).count()) + " s");
    if (tells_) {
        service_.tells = [this](std::string what) { tell(std::move(what)); };
    }
    start_process();
    if (saves_by_clock_) {
        keep_saving();
    }
    traffic();
    service_.on_request = [this](std::string_view method, std::string_view target) { heed_request(method, target); };
    neighbours();
    disturb();
    run_until(fine_from_);
    service_.all().clear_faults();
    tell("fine weather from here on");
    run_until(fine_from_ + std::chrono::duration_cast<wall_time::duration>(time_to_recover));
    // From here on nothing may be missing.
    auto const first = published_.size();
    auto const told = gaps_.size();
    publish(6);
    run_until(end - 11min);
    following_ = false; // what is on its way when the program leaves is nobody's
    run_until(end - 10min);
    if (report_.complaint.empty()) {
        if (!connected_ && time_.now() - disconnected_ > 2min) {
            complain("not connected, though the weather has been fine for long");
        }
        if (silent_about_it_) {
            complain("went on from a position with a wrong digit, and never said a word");
        }
        for (auto n = first; n != published_.size(); ++n) {
            if (published_[n].delivered == 0 && published_[n].expected && gaps_.size() == told) { // a session may have come of age
                complain("deaf in fine weather: event " + std::to_string(n) + " did not come" + (published_[n].doubted ? ", given up in a modification that failed" : ""));
            }
        }
    }
    // The end.
    if (report_.complaint.empty() && subscription_) {
        over_ = false;
        leaving_ = true;
        bool closed = false;
        auto const remove = dice(2) == 0;
        auto work = [](ringtail::any_subscription what, bool unsubscribe) -> asio::awaitable<void> {
            if (unsubscribe) {
                co_await what.unsubscribe();
            }
            co_await what.close();
        };
        asio::co_spawn(*context_, work(std::move(*subscription_), remove), [&](std::exception_ptr) { closed = true; });
        subscription_.reset();
        run_until(time_.now() + 4s);
        if (!closed) {
            complain("closing takes more than two seconds");
        }
        client_.reset();
        environment_.reset();
        run_until(time_.now() + 1min);
        context_->restart();
        context_->poll();
        if (!context_->stopped()) {
            complain("something is left running");
        }
    }
    check_delivery();
    report_.published = published_.size();
    report_.requests = service_.requests();
    if (report_.requests > 40'000) {
        complain(std::to_string(report_.requests) + " requests in a day");
    }
    return std::move(report_);
}

} // namespace simulation
