// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "account_day.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace simulation {

using ringtail::fault;
using ringtail::fault_effect;
using ringtail::sandbox_call;
namespace json = boost::json;

namespace {

// Behind the last disturbance: audits, the longest penalty, a poll on a connection that a router forgot.
constexpr duration time_to_recover = 20min;
constexpr duration calm_end = time_to_recover + 20min;
// A full queue makes PubNub's events wait at the service; the others' are dropped behind a gap, which is not to happen daily.
constexpr std::array<std::size_t, 4> queue_capacity{100, 300, 300, 100};
// A try to connect takes 10 s.
constexpr duration unreachable_is_told_after = 45s;

} // namespace

std::string clock_text(wall_time when)
{
    auto const since = std::chrono::duration_cast<std::chrono::milliseconds>(when - wall_time(480'000h)).count();
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%02lld:%02lld:%02lld.%03lld", static_cast<long long>(since / 3'600'000),
                  static_cast<long long>(since / 60'000 % 60), static_cast<long long>(since / 1'000 % 60), static_cast<long long>(since % 1'000));
    return text.data();
}

std::string_view name_of(delivery_kind kind) noexcept
{
    static constexpr std::array<std::string_view, 4> names{"pubnub", "websocket", "webhook", "pool"};
    return names[static_cast<std::size_t>(kind)];
}

account_day::account_day(std::uint64_t seed, delivery_kind kind, bool tell_story)
    : seed_(seed), kind_(kind), tells_(tell_story), random_(seed * 3 + static_cast<std::uint64_t>(kind)), clock_(time_), lifetime_(),
      length_(24h), network_(time_, random_()), service_(time_, network_, service_options()), fine_from_(time_.now())
{
    saves_by_clock_ = dice(2) == 0;
    service_.underway_at_most = kind_ == delivery_kind::pool ? duration(3s) : duration(0s);
    for (std::size_t i = 0; i != subscriptions_; ++i) {
        followers_.push_back(std::make_unique<follower>(*this, i, kind_ == delivery_kind::pool));
    }
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
    if (over_pubnub()) {
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
        options.empty_poll_moves_cursor = empty_polls_move_ = dice(2) == 0;
        options.buffer_age = dice(2) == 0 && !moves_by_itself_ ? 2min : 12min;
        options.poll_hold = dice(2) == 0 ? 280s : 60s;
        options.buffer_size = dice(4) == 0 ? 130 : 100; // the vendor names the least
    }
    if (kind_ == delivery_kind::pool) {
        subscriptions_ = 2 + dice(6);
        length_ = std::min<duration>(length_, 8h); // of as many disturbances
        options.messages_of_others = true;
        options.light_budget *= subscriptions_; // as so many users
        options.medium_budget *= subscriptions_;
        static constexpr std::array<std::size_t, 4> together{2, 3, 50, 50};
        channels_per_poll_ = together[dice(together.size())];
        if (dice(3) == 0) { // few are too many
            options.buffer_size = buffer_size_ = 12 + dice(20);
        }
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
    made.pubnub_legacy = over_pubnub() && seed_ % 5 == 0;
    made.pubnub_channels_per_poll = channels_per_poll_;
    made.pubnub_buffer_size = buffer_size_;
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
            if (auto const asked = service_.requests() - std::exchange(asked_, service_.requests()); asked > 1'000 * subscriptions_) {
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
        for (auto const& each : followers_) {
            each->check_now();
        }
    }
}

void account_day::start_process()
{
    ++process_;
    service_.forget_penalties();
    context_ = std::make_unique<asio::io_context>(1);
    auto const executor = context_->get_executor();
    ringtail::environment_options with;
    with.seed = seed_ * 100 + process_;
    with.time = std::make_unique<virtual_time>(clock_, [executor](std::function<void()> what) { asio::post(executor, std::move(what)); });
    with.connector = connector_of(network_, clock_, executor);
    environment_.emplace(executor, std::move(with));
    client_.emplace(*environment_, settings());
    for (auto const& each : followers_) {
        if (!each->has_gone()) {
            each->start();
        }
    }
}

// As `kill -9`: nothing is said, to nobody.
void account_day::kill_process()
{
    for (auto const& each : followers_) {
        each->die();
    }
    client_.reset();
    environment_.reset();
    context_.reset();
}

// What happens on the account.

void account_day::publish(std::size_t count)
{
    for (; count != 0; --count) {
        publish_to(any());
    }
}

void account_day::publish_to(follower& whom)
{
    auto const n = published_++;
    auto const asked_for = whom.wanted();
    auto subject = dice(subject_count);
    while (!(asked_for >> subject & 1u) && dice(4) != 0) {
        subject = dice(subject_count);
    }
    auto const others = neighbours_hit(whom, 1u << subject);
    auto const hit = service_.change([&](auto& all, wall_time now) {
        return all.publish(whom.path(subject), json::object{{"n", n}}, now);
    }) - others;
    for (auto const& each : followers_) {
        each.get() == &whom ? each->note_published(1u << subject, hit) : each->note_for_others();
    }
}

void account_day::publish_to_each(std::size_t count)
{
    for (; count != 0; --count) {
        for (auto const& each : followers_) {
            publish_to(*each);
        }
    }
}

// A busy one.
void account_day::publish_steadily(follower& whom, std::size_t count, duration pause)
{
    if (count != 0 && time_.now() < fine_from_) {
        publish_to(whom);
        time_.after(pause, [this, &whom, count, pause] { publish_steadily(whom, count - 1, pause); });
    }
}

void account_day::heed_request(std::string_view method, std::string_view target)
{
    if (method == "POST" && target == "/restapi/v1.0/subscription") {
        created_ = time_.now();
        if (over_pubnub() && created_ - neighbour_came_ < 5s) {
            service_.all().subscriptions().erase(newest_neighbour_);
        }
        if (kind_ == delivery_kind::webhook && dice(4) == 0) {
            time_.after(between(1ms, 3s), [this] { neighbour_comes(); });
        }
    } else if (method == "PUT" || target.ends_with("/renew")) {
        for (auto const& each : followers_) {
            if (followers_.size() == 1 || each->is_meant_by(target) || !each->subscription) {
                each->note_change_asked();
            }
        }
    } else if (target.find("/subscribe/") != std::string_view::npos) {
        check_question(target);
    }
}

void account_day::heed_answer(std::string_view logged)
{
    if (!logged.ends_with("-> 200") || logged.find("/subscription") == std::string_view::npos) {
        return;
    }
    auto const of_another = logged.find("/subscription ") != std::string_view::npos;
    for (auto const& each : followers_) {
        if (followers_.size() == 1 || of_another || each->is_meant_by(logged) || !each->subscription) {
            each->note_answer(of_another);
        }
    }
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
    if (over_pubnub() && time_.now() - created_ < 5min) {
        return;
    }
    ++report_.disturbances["another program subscribes"];
    static constexpr std::array<std::string_view, 4> types{"PubNub", "WebSocket", "WebHook", "PubNub"};
    auto const which = neighbours_.size() + 1;
    auto& like = any();
    auto const asked_for = like.wanted();
    json::object mode{{"transportType", types[static_cast<std::size_t>(kind_)]}};
    if (kind_ == delivery_kind::webhook) {
        mode["address"] = "http://127.0.0.1:9001/replica" + std::to_string(which);
    }
    json::array filters;
    for (auto const& path : like.filter_paths(asked_for)) {
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
    neighbours_[info.id] = {&like, asked_for};
    newest_neighbour_ = info.id;
    neighbour_came_ = time_.now();
    service_.protect(info.id, info.delivery.address);
    tell("another program subscribes: " + info.id);
}

std::size_t account_day::neighbours_hit(follower const& whose, unsigned subject)
{
    auto const& all = service_.all().subscriptions();
    return static_cast<std::size_t>(std::count_if(neighbours_.begin(), neighbours_.end(), [&](auto const& each) {
        return each.second.first == &whose && (each.second.second & subject) && all.delivers(each.first, time_.now());
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
        if (kind_ == delivery_kind::pool && time_.now() < fine_from_) {
            switch (dice(12)) {
            case 0: publish_steadily(any(), 10 + dice(120), between(5ms, 400ms)); break;
            case 1:
            case 2: publish_to_each(1 + dice(4)); break;
            case 3: {
                auto& whom = any();
                for (auto count = 2 + dice(40); count != 0; --count) {
                    publish_to(whom);
                }
                break;
            }
            default: break;
            }
        }
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
    follower* only = nullptr;
    if (kind_ == delivery_kind::pool && dice(2) == 0) {
        only = &any();
        std::erase_if(living, [&](auto const& id) { return !only->is_meant_by(id); });
    }
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
    switch (dice(kind_ == delivery_kind::pool ? 23 : 19)) {
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
        for (auto const& each : followers_) {
            if (only == nullptr || each.get() == only) {
                each->note_suspended();
            }
        }
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
    case 12: {
        count("program slow");
        auto const until = std::min(soon(1min, 1h), fine_from_);
        takes_until(until);
        for (auto const& each : followers_) {
            if (only == nullptr || each.get() == only) {
                each->slow_until = until;
            }
        }
        break;
    }
    case 13: count("access tokens expired"), service_.change([](auto& all, wall_time at) { all.oauth().expire_access_tokens(at); }); break;
    case 14:
        if (context_) {
            count("next_event cancelled");
            any().cancel();
        }
        break;
    case 15: command(); break;
    case 16:
        if (context_ && !clock_.asleep()) {
            count("process killed");
            for (auto const& each : followers_) {
                each->prepare_end();
            }
            kill_process();
            for (auto const& each : followers_) {
                each->damage_saved();
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
        if (over_pubnub()) {
            count("connections not answered");
            ignore_connections();
            break;
        }
        [[fallthrough]];
    default: inject(); break;
    case 19:
        if (context_ && !clock_.asleep()) {
            count("a subscription is closed and goes on later");
            any().close_for_a_while();
        }
        break;
    case 20:
        if (context_ && !clock_.asleep()) {
            count("a subscription is removed and another one comes");
            any().remove_for_a_while();
        }
        break;
    case 21: {
        auto denied = fault::status(sandbox_call::pubnub_subscribe, dice(3) == 0 ? 414 : 403);
        denied.left = 1 + dice(6);
        count("PubNub denies a poll");
        service_.all().inject(denied);
        break;
    }
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
        auto const good = std::any_of(followers_.begin(), followers_.end(), [](auto const& each) { return each->has_room_and_is_connected(); });
        if (same && good && time_.now() - service_.last_poll() >= unreachable_is_told_after - 1s) {
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
        where = over_pubnub()                       ? of_pubnub[dice(of_pubnub.size())]
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
    case call::message: effect = over_pubnub() ? payload[dice(payload.size())] : duplicate; break;
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
    auto& which = any();
    if (context_ && which.subscription) {
        asio::co_spawn(*context_, which.carry_out(static_cast<unsigned>(dice(3))), [](std::exception_ptr) {});
    }
}

// The promises.

void account_day::check_question(std::string_view target)
{
    auto channels = target.substr(target.find("/subscribe/") + 11);
    channels.remove_prefix(channels.find('/') + 1);
    channels = channels.substr(0, channels.find('/'));
    auto const count = 1 + static_cast<std::size_t>(std::count(channels.begin(), channels.end(), ','));
    if (count > channels_per_poll_) {
        complain("a poll asks for " + std::to_string(count) + " channels");
    }
}

// Those that were busy or denied have come back to the others.
void account_day::check_polls()
{
    auto const polls = service_.open_polls();
    if (kind_ == delivery_kind::pool && !moves_ && empty_polls_move_ && buffer_size_ == 100 && channels_per_poll_ > subscriptions_ && polls > 1 + subscriptions_ / 3) {
        complain(std::to_string(polls) + " polls are out, where one would do");
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
        for (auto const& each : followers_) {
            each->keep_saving();
        }
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
    auto const first = published_;
    std::vector<std::size_t> told;
    for (auto const& each : followers_) {
        told.push_back(each->gaps());
    }
    publish_to_each(6);
    run_until(end - 11min);
    for (auto const& each : followers_) {
        each->following = false; // what is on its way when the program leaves is nobody's
    }
    run_until(end - 10min);
    if (report_.complaint.empty()) {
        for (std::size_t i = 0; i != followers_.size(); ++i) {
            followers_[i]->check_in_fine_weather(first, told[i]);
        }
        check_polls();
    }
    // The end.
    auto const all_live = std::all_of(followers_.begin(), followers_.end(), [](auto const& each) { return each->subscription.has_value(); });
    if (report_.complaint.empty() && all_live) {
        over_ = false;
        std::size_t closed = 0;
        for (auto const& each : followers_) {
            each->leave([&closed] { ++closed; });
        }
        run_until(time_.now() + 4s);
        if (closed != followers_.size()) {
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
    for (auto const& each : followers_) {
        each->check_delivery();
    }
    report_.published = published_;
    report_.requests = service_.requests();
    if (report_.requests > 40'000 * subscriptions_) {
        complain(std::to_string(report_.requests) + " requests in a day");
    }
    return std::move(report_);
}

} // namespace simulation
