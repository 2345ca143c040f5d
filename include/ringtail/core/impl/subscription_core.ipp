// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/core/subscription_core.hpp>
#include <ringtail/net/background.hpp>
#include <ringtail/net/parking.hpp>
#include <ringtail/protocol/http_date.hpp>
#include <ringtail/timestamp.hpp>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>

#include <algorithm>

namespace ringtail::core {

namespace detail {

inline constexpr std::string_view subscription_path = "/restapi/v1.0/subscription";

// PubNub keeps a message for so long at most (vendor's support pages: 2 to 20 minutes), so what is under a former key.
inline constexpr std::chrono::minutes longest_buffer{20};

// Addresses that were left before anybody listened there, of subscriptions that move every few seconds while the program takes
// nothing. Each costs a poll of its own later on.
inline constexpr std::size_t most_passed = 32;

// On the way of a request to the service, behind our patience with it.
inline constexpr std::chrono::minutes longest_delay{1};

// A timestamp farther away is a slip, and tells nothing about lag.
inline constexpr std::chrono::hours longest_lag{24 * 365};

// Whatever was thrown, as the failure that the life of a subscription judges.
inline failure as_failure(std::exception_ptr thrown)
{
    try {
        std::rethrow_exception(std::move(thrown));
    } catch (failure const& known) {
        return known;
    } catch (boost::system::system_error const& other) {
        return failure(error::connection_failed, other.code().message());
    } catch (std::exception const& foreign) {
        return failure(error::connection_failed, foreign.what());
    } catch (...) {
        return failure(error::connection_failed, "unknown exception");
    }
}

inline std::string filters_json(event_filters const& filters)
{
    json::array list;
    for (auto const& path : filters.paths()) {
        list.emplace_back(path);
    }
    return json::serialize(json::object{{"eventFilters", std::move(list)}});
}

} // namespace detail

RINGTAIL_DECL subscription_core::subscription_core(std::shared_ptr<account> of, event_filters filters, transport_factory makes,
                                                   std::optional<ringtail::cursor> adopt)
    : account_(std::move(of)), transport_(makes(transport_context(account_))), about_(transport_->about()),
      life_(
          [&] {
              life::options options(account_->settings);
              options.program_renews = !account_->settings.renew_subscriptions;
              options.server_renews = about_.server_renews || options.program_renews;
              options.requests_over_link = about_.carries_requests;
              options.unbuffered = about_.unbuffered;
              options.adopting = adopt.has_value();
              options.seed = account_->services->random.next();
              return options;
          }(),
          now()),
      queue_(account_->settings.queue_capacity), reader_(account_->settings.max_json_depth), wake_(account_->services->deadlines), adopting_(adopt.has_value()),
      filters_(std::move(filters))
{
    if (adopt) {
        info_ = kept_info(adopt->subscription_id());
        fetched_ = *adopt;
        queue_.start_at(*adopt);
    }
}

RINGTAIL_DECL protocol::moment subscription_core::now() const
{
    auto const& time = account_->services->deadlines;
    return {time.now(), time.wall_now()};
}

// From the program's side.

RINGTAIL_DECL asio::awaitable<std::optional<event>> subscription_core::next_event(std::optional<steady_time> deadline)
{
    return next_event_of(shared_from_this(), deadline);
}

RINGTAIL_DECL asio::awaitable<std::optional<event>> subscription_core::next_event_within(duration timeout)
{
    return next_event_of(shared_from_this(), now().steady + timeout);
}

// Static, as all coroutines that the program awaits: the handle may be gone before the first step.
RINGTAIL_DECL asio::awaitable<std::optional<event>> subscription_core::next_event_of(std::shared_ptr<subscription_core> self,
                                                                                     std::optional<steady_time> deadline)
{
    auto& queue_ = self->queue_;
    for (;;) {
        if (auto taken = queue_.try_take()) {
            co_return taken;
        }
        if (queue_.finished()) {
            queue_.rethrow_end();
            co_return std::nullopt;
        }
        auto const late = std::make_shared<std::atomic<bool>>(false);
        auto const limit = deadline ? std::make_shared<std::optional<net::alarm>>() : nullptr;
        auto const strand = self->account_->services->strand;
        if (limit) {
            net::post(strand, [self, late, limit, deadline] {
                limit->emplace(self->account_->services->deadlines, *deadline, [self, late] {
                    late->store(true);
                    self->queue_.interrupt();
                });
            });
        }
        std::exception_ptr stopped;
        try {
            co_await queue_.wait();
        } catch (boost::system::system_error const& why) {
            auto const ours = why.code() == error::operation_in_progress;
            stopped = ours ? std::make_exception_ptr(failure(why.code())) : std::current_exception();
        }
        if (limit) {
            net::post(strand, [limit] { limit->reset(); });
        }
        if (stopped) {
            std::rethrow_exception(stopped);
        }
        if (late->load() && !queue_.finished()) {
            if (auto taken = queue_.try_take()) {
                co_return taken;
            }
            throw failure(error::timed_out, "waiting for an event");
        }
    }
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::obey(std::shared_ptr<subscription_core> self, std::shared_ptr<command> what)
{
    auto const strand = self->account_->services->strand;
    std::exception_ptr cancelled;
    try {
        co_await net::park([&](std::shared_ptr<net::parked> waiter) {
            what->waiter = std::move(waiter);
            net::post(strand, [self, what] { self->take_command(what); });
        });
    } catch (...) {
        cancelled = std::current_exception();
    }
    if (cancelled) {
        net::post(strand, [self, what] { self->withdraw(what); });
        std::rethrow_exception(cancelled);
    }
    if (what->failed) {
        std::rethrow_exception(what->failed);
    }
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::start(std::shared_ptr<subscription_core> self)
{
    auto const what = std::make_shared<command>(wish::start);
    std::exception_ptr stopped;
    try {
        co_await obey(self, what);
    } catch (...) {
        stopped = std::current_exception();
    }
    if (stopped) {
        net::post(self->account_->services->strand, [self] {
            if (self->made_here_) {
                self->life_.want_removal();
            }
            self->life_.close(self->now(), self->account_->settings.call_timeout);
            self->step();
        });
        std::rethrow_exception(stopped);
    }
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::modify(std::shared_ptr<subscription_core> self, event_filters filters)
{
    filters.validate();
    auto const what = std::make_shared<command>(wish::modify);
    what->filters = std::move(filters);
    co_await obey(self, what);
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::renew(std::shared_ptr<subscription_core> self)
{
    auto const what = std::make_shared<command>(wish::renew);
    co_await obey(self, what);
}

RINGTAIL_DECL asio::awaitable<response> subscription_core::exchange(std::shared_ptr<subscription_core> self, request wanted)
{
    if (wanted.method == "POST" && wanted.path.substr(0, wanted.path.find('?')) == detail::subscription_path) {
        throw failure(error::unsupported, "a connection holds one subscription; create_subscription makes another one");
    }
    auto work = self->call(std::move(wanted), nullptr);
    co_return co_await on_strand(self->account_, std::move(work));
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::unsubscribe(std::shared_ptr<subscription_core> self)
{
    auto const what = std::make_shared<command>(wish::remove);
    co_await obey(self, what);
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::closed(std::shared_ptr<subscription_core> self)
{
    self->close();
    auto const what = std::make_shared<command>(wish::end);
    co_await obey(self, what);
}

RINGTAIL_DECL void subscription_core::close()
{
    net::post(account_->services->strand, [self = shared_from_this()] {
        self->life_.close(self->now());
        self->step();
    });
}

RINGTAIL_DECL subscription_info subscription_core::info() const
{
    std::lock_guard const lock(mutex_);
    return info_.parsed();
}

RINGTAIL_DECL event_filters subscription_core::filters() const
{
    std::lock_guard const lock(mutex_);
    return filters_;
}

RINGTAIL_DECL filter_outcome subscription_core::outcome() const
{
    std::lock_guard const lock(mutex_);
    return filter_outcome(filters_, info_.parsed(), {}, account_->owner_id());
}

RINGTAIL_DECL ringtail::cursor subscription_core::cursor() const
{
    auto const acknowledged = queue_.acknowledged();
    return acknowledged.subscription_id().empty() ? named(acknowledged, {}) : acknowledged;
}

// Nothing of before is missing, or will be only if this process ends.
RINGTAIL_DECL wall_time subscription_core::complete_until() const
{
    auto result = life_.covered();
    if (forgotten_since_) {
        result = std::min(result, *forgotten_since_);
    }
    if (!passed_.empty() && passed_.front().asked_at) {
        result = std::min(result, *passed_.front().asked_at);
    }
    return result;
}

// What a program saves: of which subscription it is a position, and until when nothing is missing.
RINGTAIL_DECL ringtail::cursor subscription_core::named(ringtail::cursor const& position, std::optional<wall_time> complete_until) const
{
    auto const owner = account_->owner_id();
    auto const ahead = account_->service_ahead().value_or(wall_time::duration::zero());
    std::lock_guard const lock(mutex_);
    auto const begun = began_.value_or(account_->services->deadlines.wall_now());
    auto result = position.named(about_.name, info_.id, position.confirmed().value_or(begun))
                      .owned(owner, complete_until.value_or(begun));
    result.shift(ahead);
    return result;
}

RINGTAIL_DECL ringtail::counters subscription_core::counters() const
{
    auto const queued = queue_.depth();
    auto const throttled = account_->throttled();
    std::lock_guard const lock(mutex_);
    auto result = counters_;
    result.queued = queued;
    result.throttled = throttled;
    return result;
}

// Commands, on the strand.

RINGTAIL_DECL void subscription_core::take_command(std::shared_ptr<command> const& what)
{
    if (over_) {
        if (what->kind != wish::end && what->kind != wish::remove) {
            what->failed = std::make_exception_ptr(failure(error::closed));
        }
        what->waiter->wake();
        return;
    }
    commands_.push_back(what);
    if (what->kind != wish::start) { // whose time is the life's own
        auto const limit = what->kind == wish::end ? std::chrono::seconds(2) : account_->settings.call_timeout;
        what->limit = std::make_unique<net::alarm>(account_->services->deadlines, now().steady + limit, [this, waiting = std::weak_ptr(what)] {
            if (auto const late = waiting.lock()) {
                finish(late, late->kind == wish::end ? nullptr : std::make_exception_ptr(failure(error::timed_out)));
                if (late->kind == wish::remove) { // closed here all the same
                    life_.close(now(), {});
                    step();
                }
            }
        });
    }
    switch (what->kind) {
    case wish::start:
        clock_.emplace(*account_->services, [this](duration gained) {
            clock_was_set_ = true;
            if (server_ahead_ && gained < duration::zero()) { // set back, which no sleep does
                *server_ahead_ -= std::chrono::duration_cast<wall_time::duration>(gained);
            }
            life_.clock_jumped(now(), std::max(gained, duration::zero()));
            step();
        });
        break;
    case wish::modify: life_.want_modification(); break;
    case wish::renew: life_.want_renewal(now()); break;
    case wish::remove: life_.want_removal(); break;
    case wish::end: break;
    }
    step();
}

RINGTAIL_DECL void subscription_core::finish(std::shared_ptr<command> const& what, std::exception_ptr failed)
{
    if (std::erase(commands_, what) != 0) {
        auto const limit = std::move(what->limit); // may be what is running now
        what->failed = std::move(failed);
        what->waiter->wake();
        if (commands_.empty()) {
            commands_.shrink_to_fit();
        }
    }
}

// Nobody waits for it any more: its request, if that is out, must not hold up the next one.
RINGTAIL_DECL void subscription_core::withdraw(std::shared_ptr<command> const& what)
{
    finish(what, nullptr);
    if (requesting_ == what->kind && what->kind != wish::start && !first_command(what->kind)) {
        running_work_[request_slot].stop();
    }
}

RINGTAIL_DECL void subscription_core::finish_commands(wish kind, std::exception_ptr failed)
{
    while (auto const what = first_command(kind)) {
        finish(what, failed);
    }
}

RINGTAIL_DECL std::shared_ptr<subscription_core::command> subscription_core::first_command(wish kind) const
{
    auto const found = std::find_if(commands_.begin(), commands_.end(), [&](auto const& each) { return each->kind == kind; });
    return found == commands_.end() ? nullptr : *found;
}

// The loop.

RINGTAIL_DECL void subscription_core::step()
{
    if (std::exchange(stepping_, true)) {
        step_again_ = true;
        return;
    }
    auto const self = shared_from_this();
    do {
        step_again_ = false;
        auto what = life_.next(now());
        publish_news();
        std::visit([this](auto& task) { carry_out(std::move(task)); }, what);
    } while (step_again_);
    stepping_ = false;
    if (life_.started() && !filters_differ_) {
        finish_commands(wish::start, nullptr);
    }
    queue_.publish();
}

RINGTAIL_DECL void subscription_core::carry_out(life::idle due)
{
    if (due.until) {
        if (!wake_.is_set() || wake_.when() != *due.until) {
            wake_.set(*due.until, [this] { step(); });
        }
    } else {
        wake_.reset();
    }
}

RINGTAIL_DECL void subscription_core::carry_out(life::finished)
{
    wake_.reset();
    clock_.reset();
    held_for_key_.reset();
    if (!std::exchange(over_, true)) {
        transport_->close();
        for (auto& each : running_work_) {
            each.stop();
        }
        auto const& why = life_.end_reason();
        auto const reason = std::make_exception_ptr(why ? *why : failure(error::closed));
        for (auto const kind : {wish::start, wish::modify, wish::renew}) {
            finish_commands(kind, reason);
        }
        finish_commands(wish::remove, nullptr);
        queue_.end(why);
    }
    if (running_ == 0) {
        finish_commands(wish::end, nullptr);
    }
}

template <protocol::lifecycle::job Kind>
void subscription_core::carry_out(life::task<Kind> task)
{
    step_again_ = true; // there may be more to do beside it
    if constexpr (Kind != life::job::open && Kind != life::job::attach) {
        requesting_ = Kind == life::job::renew ? wish::renew : Kind == life::job::modify ? wish::modify : wish::start;
    }
    if constexpr (Kind == life::job::open) {
        spawn(link_slot, open_link(std::move(task)));
    } else if constexpr (Kind == life::job::attach) {
        spawn(attach_slot, attach_link(std::move(task)));
    } else if constexpr (Kind == life::job::create) {
        spawn(request_slot, create_resource(std::move(task)));
    } else if constexpr (Kind == life::job::find) {
        spawn(request_slot, find_resource(std::move(task)));
    } else if constexpr (Kind == life::job::renew) {
        spawn(request_slot, renew_resource(std::move(task)));
    } else if constexpr (Kind == life::job::modify) {
        spawn(request_slot, modify_resource(std::move(task)));
    } else if constexpr (Kind == life::job::audit) {
        spawn(request_slot, audit_resource(std::move(task)));
    } else {
        spawn(request_slot, remove_resource(std::move(task)));
    }
}

// Every operation ends in its own catch, and owns the core until its completion.
RINGTAIL_DECL void subscription_core::spawn(slot which, asio::awaitable<void> work)
{
    ++running_;
    running_work_[which].run(account_->services->strand, std::move(work), [self = shared_from_this()](std::exception_ptr unexpected) {
        if (unexpected) {
            self->account_->log(log_level::error, detail::as_failure(unexpected).what());
        }
        if (--self->running_ == 0) {
            for (auto& each : self->running_work_) {
                each.forget();
            }
        }
        self->step();
    });
}

// The link.

// The saved cursor must be of the user who is logged in, and its times are by the service's clock, which is now known to the second.
RINGTAIL_DECL void subscription_core::take_over()
{
    auto const saved_by = std::string(fetched_.owner());
    auto const ours = account_->owner_id();
    if (!saved_by.empty() && !ours.empty() && saved_by != ours) {
        throw failure(error::invalid_cursor, "it is of extension " + saved_by + ", the login of " + ours);
    }
    fetched_.shift(-account_->service_ahead().value_or(wall_time::duration::zero()) - std::chrono::seconds(2));
    if (auto const since = fetched_.complete_until() ? fetched_.complete_until() : fetched_.confirmed()) {
        life_.take_over_from(*since, now());
    }
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::open_link(life::task<life::job::open> task)
{
    std::optional<opened> how;
    std::exception_ptr failed;
    try {
        if (adopting_ && !times_are_ours_) {
            co_await account_->authorize(account_->call_deadline());
            take_over();
        }
        times_are_ours_ = true;
        how = co_await transport_->open(fetched_);
    } catch (...) {
        failed = std::current_exception();
    }
    if (failed) {
        auto const why = detail::as_failure(failed);
        account_->log(log_level::info, std::string("open: ") + why.what());
        transport_->close();
        life_.open_failed(std::move(task), now(), why);
        co_return;
    }
    if (how->continuity == continuity::lost && life_.has_resource() && !about_.carries_requests && !adopting_) {
        co_await remove_given_up();
    }
    if (over_) {
        transport_->close();
        co_return;
    }
    auto const wanted = transport_->requested_delivery();
    life_.opened(std::move(task), now(), *how, wanted.has_value());
    if (about_.pushes) {
        transport_->deliver_to(*this);
    } else {
        spawn(read_slot, read()); // before anything is created: its reply or first notification needs a reader
    }
}

// Another one takes its place, and the service allows a user so many. Whether this succeeds is of no weight.
RINGTAIL_DECL asio::awaitable<void> subscription_core::remove_given_up()
{
    try {
        co_await call(request("DELETE", resource_path(), api_group::medium), nullptr);
    } catch (std::exception const& why) {
        account_->log(log_level::info, why.what());
    }
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::read()
{
    std::exception_ptr failed;
    try {
        while (!life_.is_closing()) {
            if (about_.on_full == when_full::stop_receiving && queue_.full()) {
                auto const strand = account_->services->strand;
                co_await net::park([&](std::shared_ptr<net::parked> waiter) {
                    queue_.call_when_room([waiter] { waiter->wake(); });
                });
            }
            listening_since_ = account_->services->now();
            auto arrived = co_await transport_->receive();
            if (key_in_doubt_) {
                co_await wait_for_key(arrived);
            }
            deliver(std::move(arrived));
            if (about_.on_full == when_full::drop_oldest && queue_.depth() != 0) {
                // A reader that always finds something would keep the program from taking what is there.
                co_await net::park([](std::shared_ptr<net::parked> waiter) { waiter->wake(); });
            }
        }
    } catch (...) {
        failed = std::current_exception();
    }
    if (failed) {
        link_ended(failed);
    }
}

RINGTAIL_DECL void subscription_core::link_ended(std::exception_ptr how)
{
    auto const why = link_failure_ ? *std::exchange(link_failure_, nullptr) : detail::as_failure(how);
    if (!life_.is_closing()) {
        account_->log(log_level::info, std::string("receive: ") + why.what());
    }
    held_for_key_.reset();
    transport_->close();
    life_.link_failed(now(), why);
}

// We give it up; its end then comes as one of the connection's own.
RINGTAIL_DECL void subscription_core::close_link(failure why)
{
    link_failure_ = std::make_unique<failure>(std::move(why));
    transport_->close();
    if (about_.pushes) {
        link_ended(nullptr);
    }
}

// What comes by calls: the same as `read`, without a coroutine that waits for it.

RINGTAIL_DECL bool subscription_core::ready()
{
    if (held_for_key_) {
        return false;
    }
    if (about_.on_full == when_full::drop_oldest || !queue_.full()) {
        return true;
    }
    if (!std::exchange(waits_for_room_, true)) {
        queue_.call_when_room([strand = account_->services->strand, weak = weak_from_this()] {
            net::post(strand, [weak] {
                if (auto const self = weak.lock()) {
                    self->waits_for_room_ = false;
                    self->go_on();
                }
            });
        });
    }
    return false;
}

RINGTAIL_DECL bool subscription_core::take(delivery& arrived, steady_time asked, wall_time asked_wall)
{
    if (life_.is_closing()) {
        return false;
    }
    if (key_in_doubt_ && !legible(arrived)) {
        held_for_key_ = hold_for_key();
        if (key_in_doubt_) {
            return false;
        }
        held_for_key_.reset(); // it is known by now
    }
    listening_since_ = {asked, asked_wall};
    deliver(std::move(arrived));
    return true;
}

RINGTAIL_DECL void subscription_core::failed(std::exception_ptr why)
{
    auto const self = shared_from_this();
    link_ended(std::move(why));
    step();
}

RINGTAIL_DECL void subscription_core::go_on()
{
    if (!over_) {
        transport_->go_on();
    }
}

// The service may use another key as soon as it has carried out a request, and its answer come later than the first message
// under that key, or be lost. Such a message is kept until the service answers, as what comes behind it could not be read either;
// or until the subscription is over.
RINGTAIL_DECL bool subscription_core::legible(delivery const& arrived)
{
    auto const trial = account_->blocks()->take();
    return std::all_of(arrived.messages.begin(), arrived.messages.end(),
                       [&](message const& each) { return !each.is_text || !reader_.read(each, *trial); });
}

// The service is asked first of all. @return what tells the program if that takes long
RINGTAIL_DECL std::unique_ptr<net::alarm> subscription_core::hold_for_key()
{
    life_.hold();
    step();
    return std::make_unique<net::alarm>(account_->services->deadlines, account_->call_deadline(), [this] {
        life_.held_up("a notification can't be read before the service says under which key it is");
        step();
    });
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::wait_for_key(delivery const& arrived)
{
    if (legible(arrived)) {
        co_return;
    }
    auto const patience = hold_for_key();
    if (key_in_doubt_ && !life_.is_closing()) {
        co_await net::park([this](std::shared_ptr<net::parked> waiter) { waits_for_key_ = std::move(waiter); });
    }
}

// As certain as it gets. Nothing that needs the reader may come before this: it may be what waits.
RINGTAIL_DECL void subscription_core::key_is_certain()
{
    key_in_doubt_ = false;
    if (auto const waiter = std::exchange(waits_for_key_, nullptr)) {
        waiter->wake();
    }
    if (std::exchange(held_for_key_, nullptr)) {
        net::post(account_->services->strand, [self = shared_from_this()] { self->go_on(); }); // the key is used by then
    }
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::attach_link(life::task<life::job::attach> task)
{
    std::exception_ptr failed;
    try {
        auto const old_until = now().steady + detail::longest_buffer;
        if (auto const since = std::exchange(forgotten_since_, std::nullopt)) {
            life_.tell(gap(gap_reason::stale_position, certainty::possible, since, now().wall));
        }
        while (!passed_.empty()) {
            auto const passed = std::move(passed_.front());
            passed_.erase(passed_.begin());
            co_await transport_->attach(passed);
        }
        info_attached_ = true;
        auto const info = info_.parsed();
        reader_.use(info.delivery, moved_, old_until);
        co_await transport_->attach(info);
    } catch (...) {
        failed = std::current_exception();
    }
    if (!failed) {
        life_.attached(std::move(task), now());
        co_return;
    }
    auto const why = detail::as_failure(failed);
    account_->log(log_level::warning, std::string("attach: ") + why.what());
    if (life_.attach_failed(std::move(task), now(), why)) {
        close_link(why);
    }
}

RINGTAIL_DECL void subscription_core::deliver(delivery arrived)
{
    auto const time = now();
    auto const sent = account_->services->earliest_arrival(listening_since_, {time.steady, time.wall}).wall;
    life_.delivered(time, false);
    publish_news();
    ringtail::counters seen_now;
    if (arrived.before) {
        ++seen_now.gaps;
        auto& missing = *arrived.before;
        if (missing.reason == gap_reason::replay_overflow && missing.from) {
            missing.from = std::min(*missing.from, life_.covered()); // what was sent behind the last event may never have been read
        }
        queue_.push(std::move(missing));
    }
    if (!arrived.messages.empty()) {
        auto const& blocks = account_->blocks();
        auto block = blocks->take();
        auto const flush = [&] {
            if (!block->envelopes.empty()) {
                auto const end = block->envelopes.size();
                seen_now.notifications += end;
                queue_.push_run(std::exchange(block, blocks->take()), 0, end); // it may be read by another thread from now on
            }
        };
        auto lives = false; // for something of ours that is new has come
        for (auto const& each : arrived.messages) {
            seen_now.bytes += each.payload.size();
            if (auto const reason = reader_.read(each, *block)) {
                flush();
                ++seen_now.undecodable;
                queue_.push(undecodable(*reason, std::string(each.payload)));
                if (each.is_text) {
                    life_.want_audit(time); // somebody may have changed the key
                }
            } else if (is_orphans(each, block->view(block->envelopes.back().subscription_id))) {
                block->envelopes.pop_back();
            } else if (!is_new(block->view(block->envelopes.back().uuid))) {
                ++seen_now.duplicates;
                block->envelopes.pop_back();
            } else if (life_.awaits_successor() && is_of_another(block->view(block->envelopes.back().subscription_id))) {
                successor_ = block->view(block->envelopes.back().subscription_id);
                block->envelopes.pop_back();
                flush();
                life_.heard_of_successor(time);
                publish_news();
                static_cast<void>(reader_.read(each, *block));
            } else if (!std::exchange(lives, true)) {
                life_.delivered(time, true, sent);
            }
        }
        if (!block->envelopes.empty()) {
            auto const happened = parse_timestamp(block->view(block->envelopes.back().timestamp));
            life_.covers_only_until(happened.value_or(sent));
            if (happened && *happened > time.wall - detail::longest_lag && *happened < time.wall + detail::longest_lag) {
                seen_now.lag = std::chrono::duration_cast<duration>(time.wall - *happened);
            }
        }
        flush();
    }
    if (!arrived.after.empty()) {
        arrived.after.confirm(sent);
        fetched_ = std::move(arrived.after);
        moved_ = time.steady;
        if (life_.has_resource() && !adopting_) { // else a restart must find that it is gone
            queue_.push_position(named(fetched_, complete_until()));
        }
    }
    if (about_.on_full == when_full::drop_oldest && queue_.drop_overflow(time.wall)) {
        ++seen_now.gaps;
    }
    count(seen_now);
    queue_.publish();
    step();
}

RINGTAIL_DECL bool subscription_core::is_new(std::string_view uuid)
{
    if (!seen_) {
        seen_ = std::make_unique<protocol::duplicate_window>(account_->settings.duplicate_window);
    }
    return seen_->is_new(uuid);
}

RINGTAIL_DECL void subscription_core::count(ringtail::counters const& more)
{
    std::lock_guard const lock(mutex_);
    counters_.notifications += more.notifications;
    counters_.duplicates += more.duplicates;
    counters_.undecodable += more.undecodable;
    counters_.gaps += more.gaps;
    counters_.bytes += more.bytes;
    if (more.lag) {
        counters_.lag = more.lag;
        counters_.greatest_lag = std::max(counters_.greatest_lag.value_or(*more.lag), *more.lag);
    }
}

RINGTAIL_DECL bool subscription_core::is_of_another(std::string_view subscription_id) const
{
    return !subscription_id.empty() && subscription_id != info_.id;
}

// A creation whose answer was lost may have left a subscription that delivers to the same address. Whether the service tells
// them apart shows once it named ours.
RINGTAIL_DECL bool subscription_core::is_orphans(message const& what, std::string_view subscription_id)
{
    if (!what.channel.empty() || !life_.has_resource() || subscription_id.empty()) {
        return false;
    }
    names_ours_ = names_ours_ || subscription_id == info_.id;
    return names_ours_ && subscription_id != info_.id;
}

RINGTAIL_DECL void subscription_core::publish_news()
{
    for (auto& each : life_.take_news()) {
        {
            std::lock_guard const lock(mutex_);
            if (auto const* const change = std::get_if<state_change>(&each)) {
                counters_.reconnects += change->state == subscription_state::reconnecting ? 1u : 0u;
                counters_.renewals += change->state == subscription_state::renewed ? 1u : 0u;
                counters_.recreations += change->state == subscription_state::recreated ? 1u : 0u;
            } else {
                ++counters_.gaps;
            }
        }
        std::visit([this](auto& what) { queue_.push(std::move(what)); }, each);
    }
}

// The resource.

RINGTAIL_DECL std::string subscription_core::resource_path() const
{
    return std::string(detail::subscription_path) + '/' + net::percent_encoded(info_.id);
}

RINGTAIL_DECL asio::awaitable<response> subscription_core::call(request wanted, bool* sent, bool* repeated)
{
    if (about_.carries_requests) {
        if (sent != nullptr) {
            *sent = true;
        }
        return transport_->exchange(std::move(wanted));
    }
    // Of all calls only the creation harms when it is carried out twice.
    account::call_notes notes(sent, sent == nullptr);
    notes.repeated = repeated;
    return account_->call(std::move(wanted), notes);
}

RINGTAIL_DECL asio::awaitable<protocol::resource_facts> subscription_core::ask(request wanted, std::string what, bool* sent)
{
    // What a mere look finds may have been so since the last answer.
    auto const asked = wanted.method == "GET" && info_.asked_at ? *info_.asked_at : now().wall;
    auto const waiting_since = now();
    repeated_ = false;
    auto const answer = co_await call(std::move(wanted), sent, &repeated_);
    if (!answer.ok()) {
        if (answer.status < 500) {
            key_is_certain(); // refused: nothing has changed
        }
        if (answer.status == 401 && about_.carries_requests && (life_.started() || !std::exchange(login_doubted_, true))) {
            // The connection's login is over, and only another connection brings a new one. At the start one more is tried.
            auto const why = protocol::failure_of(answer, what);
            auto const link_why = life_.started() ? why : failure(error::connection_failed, why.what());
            close_link(link_why);
            throw failure(link_why);
        }
        throw protocol::failure_of(answer, what);
    }
    auto facts = apply(answer, asked, sent != nullptr);
    facts.as_of = waiting_since.wall; // an answer comes behind its question
    facts.repeated = repeated_;
    facts.unreached = std::exchange(unreached_, account_->unreached()) != account_->unreached();
    if (info_.parsed().expires_in) { // as of when the answer was made
        facts.waited = now().steady - waiting_since.steady;
    }
    co_return facts;
}

RINGTAIL_DECL protocol::resource_facts subscription_core::apply(response const& answer, wall_time asked, bool just_created)
{
    auto info = subscription_info::parse(std::string_view(answer.body));
    info.asked_at = asked;
    if (just_created && info.creation_time) {
        account_->services->compare_clocks(); // so that no difference of before is taken for one of now
        server_ahead_ = *info.creation_time - now().wall;
        clock_was_set_ = false;
    }
    std::optional<duration> lifetime;
    if (info.expires_in) {
        lifetime = *info.expires_in;
    } else if (info.expiration_time) {
        // Against the service's clock, for ours may be wrong: as it showed at the creation, else in the answer's header, which
        // has seconds only but follows when ours is set.
        auto const here = now().wall;
        auto const date = protocol::http_date(answer.header("Date"));
        auto const dated = date ? std::optional(wall_time(std::chrono::seconds(*date)) - here) : std::nullopt;
        auto const ahead = (clock_was_set_ && dated ? dated : server_ahead_ ? server_ahead_ : dated).value_or(wall_time::duration::zero());
        lifetime = std::chrono::duration_cast<duration>(*info.expiration_time - (here + ahead));
    }
    auto const status = info.status_kind();
    auto const was = info_.parsed().delivery;
    auto const moved = info.id == info_.id && (info.delivery.address != was.address || info.delivery.subscriber_key != was.subscriber_key);
    protocol::resource_facts facts(lifetime, status != subscription_status::suspended && status != subscription_status::blacklisted);
    facts.moved = moved;
    facts.heard = !successor_.empty() && info.id == successor_;
    if (!info_attached_ && !was.address.empty()) {
        pass_over(moved);
    }
    {
        std::lock_guard const lock(mutex_);
        names_ours_ = names_ours_ && info.id == info_.id;
        info_ = kept_info(info, account_->description);
        began_ = began_.value_or(asked);
    }
    info_attached_ = false;
    reader_.keep(info.delivery, now().steady + detail::longest_buffer);
    key_is_certain();
    auto const adopted = std::exchange(adopting_, false);
    if (adopted && life_.has_resource()) {
        queue_.push_position(named(fetched_, complete_until()));
    }
    if (adopted || (filters_doubted_ && requesting_ != wish::modify)) {
        compare_filters();
    }
    return facts;
}

// Something may have come by what the last answer says, although the next one is here before that was attached.
RINGTAIL_DECL void subscription_core::pass_over(bool moved)
{
    auto const passed = info_.parsed();
    reader_.keep(passed.delivery, now().steady + detail::longest_buffer);
    if (!moved) {
        return;
    }
    if (passed_.size() == detail::most_passed) {
        forgotten_since_ = forgotten_since_ ? forgotten_since_ : passed_.front().asked_at;
        passed_.erase(passed_.begin());
    }
    passed_.push_back(passed);
}

// What was adopted may have been made for other filters than those that are wanted now, and a change without an answer may
// have been carried out.
RINGTAIL_DECL void subscription_core::compare_filters()
{
    filters_differ_ = !outcome().complete() || info_.parsed().event_filters.size() != filters_.size();
    if (filters_differ_) {
        filters_strayed_ = filters_doubted_.has_value();
        life_.want_modification();
    } else {
        end_doubt();
    }
}

// From here on it follows what the program was told again. Meanwhile it may have followed something else.
RINGTAIL_DECL void subscription_core::end_doubt()
{
    auto const since = std::exchange(filters_doubted_, std::nullopt);
    if (std::exchange(filters_strayed_, false) && since) {
        life_.tell(gap(gap_reason::lapsed, certainty::possible, since, now().wall));
    }
}

RINGTAIL_DECL void subscription_core::check_before_create() const
{
    filters_.validate();
    auto const scopes = account_->scopes();
    for (auto const& path : filters_.paths()) {
        if (account_->application_only() && mentions_own_extension(path)) {
            throw failure(error::invalid_filter, path + ": an application-only token has no extension of its own, so '~' means nothing");
        }
        auto const scope = required_scope(path);
        auto const covered = std::any_of(scopes.begin(), scopes.end(), [&](auto const& granted) { return scope_covers(granted, scope); });
        if (!scopes.empty() && !covered) {
            throw failure(error::missing_scope, std::string(scope) + " for " + path);
        }
    }
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::create_resource(life::task<life::job::create> task)
{
    bool sent = false;
    std::exception_ptr failed;
    protocol::resource_facts facts;
    try {
        co_await account_->authorize(account_->call_deadline());
        check_before_create();
        auto body = json::parse(detail::filters_json(filters_)).as_object();
        body["deliveryMode"] = transport_->requested_delivery()->to_json();
        if (account_->settings.subscription_lifetime) {
            body["expiresIn"] = account_->settings.subscription_lifetime->count();
        }
        create_asked_ = now().wall;
        create_ahead_ = account_->service_ahead();
        made_here_ = true;
        request wanted("POST", std::string(detail::subscription_path), api_group::medium, json::serialize(body));
        facts = co_await ask(std::move(wanted), "creating the subscription", &sent);
    } catch (...) {
        failed = std::current_exception();
    }
    if (!failed) {
        life_.created(std::move(task), now(), facts);
        start_position();
        co_return;
    }
    auto why = detail::as_failure(failed);
    if (why.code() == error::too_many_subscriptions) {
        why = co_await with_ids_of_others(std::move(why));
    }
    // An answer that is none of the API's (5xx, a proxy's page, half a body) leaves open whether it was carried out.
    auto const answered = !sent || protocol::was_refused(why);
    account_->log(log_level::info, why.what());
    life_.create_failed(std::move(task), now(), why, answered);
}

RINGTAIL_DECL asio::awaitable<failure> subscription_core::with_ids_of_others(failure limit)
{
    std::string ids;
    try {
        request list("GET", std::string(detail::subscription_path), api_group::light);
        auto const answer = co_await call(std::move(list), nullptr);
        auto const value = json::parse(answer.body);
        for (auto const& each : value.as_object().at("records").as_array()) {
            ids += (ids.empty() ? "" : ", ") + json::value_to<std::string>(each.as_object().at("id"));
        }
    } catch (std::exception const&) {
        co_return limit; // the limit itself is what matters
    }
    co_return failure(error::too_many_subscriptions, "existing subscriptions of this user and application: " + ids)
        .with_answer(limit.http_status(), limit.errors(), limit.request_id(), limit.retry_after());
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::find_resource(life::task<life::job::find> task)
{
    std::exception_ptr failed;
    std::optional<protocol::resource_facts> facts;
    try {
        request list("GET", std::string(detail::subscription_path), api_group::light);
        auto const answer = co_await call(std::move(list), nullptr);
        if (!answer.ok()) {
            throw protocol::failure_of(answer, "listing subscriptions");
        }
        facts = recognise(answer);
    } catch (...) {
        failed = std::current_exception();
    }
    if (failed) {
        life_.find_failed(std::move(task), now(), detail::as_failure(failed));
    } else {
        life_.found(std::move(task), now(), facts);
        if (facts) {
            start_position();
        }
    }
}

// A saved cursor names the new subscription once the gap before it was taken. The old channel may still hold what was sent since it
// was last heard.
RINGTAIL_DECL void subscription_core::start_position()
{
    publish_news();
    ringtail::cursor start(std::string(about_.carries_requests ? fetched_.position() : std::string_view()));
    start.confirm(about_.carries_requests ? fetched_.confirmed().value_or(now().wall) : now().wall);
    if (fetched_.confirmed() && !about_.carries_requests) {
        start.complete_only_until(*fetched_.confirmed());
    }
    queue_.push_position(named(start, complete_until()));
    successor_.clear();
}

// Ours is the one that was created when we asked, for just these filters; if two fit, neither is taken for ours. Only an address of
// our own may be found later, too: while this machine slept, another program may have subscribed.
RINGTAIL_DECL std::optional<protocol::resource_facts> subscription_core::recognise(response const& list)
{
    error_code broken;
    auto const value = json::parse(list.body, broken);
    auto const* const records = broken || !value.is_object() ? nullptr : value.get_object().if_contains("records");
    if (records == nullptr || !records->is_array()) {
        throw failure(error::invalid_reply, "the list of subscriptions can't be read");
    }
    auto const wanted = transport_->requested_delivery();
    auto const asked = create_asked_ + create_ahead_.value_or(wall_time::duration::zero());
    auto const since = asked - std::chrono::seconds(create_ahead_ ? 1 : 5);
    auto const until = asked + account_->settings.call_timeout + detail::longest_delay;
    std::optional<std::string> ours;
    for (auto const& each : records->get_array()) {
        auto const text = json::serialize(each);
        auto const info = subscription_info::parse(std::string_view(text));
        auto const same_place = wanted->address.empty() || wanted->address == info.delivery.address; // of a webhook
        auto const in_time = info.creation_time && *info.creation_time >= since && (!wanted->address.empty() || *info.creation_time <= until);
        auto const fits = info.delivery.transport_type == wanted->transport_type && same_place && in_time &&
                          filter_outcome(filters_, info, {}, account_->owner_id()).complete() &&
                          info.event_filters.size() <= filters_.size();
        if (fits) {
            if (ours) {
                return std::nullopt;
            }
            ours = text;
        }
    }
    if (!ours) {
        return std::nullopt;
    }
    response one;
    one.status = 200;
    one.headers = list.headers;
    one.body = *ours;
    return apply(one, create_asked_, false);
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::renew_resource(life::task<life::job::renew> task)
{
    std::exception_ptr failed;
    protocol::resource_facts facts;
    try {
        key_in_doubt_ = true;
        request wanted("POST", resource_path() + "/renew", api_group::light);
        facts = co_await ask(std::move(wanted), "renewing the subscription", nullptr);
    } catch (...) {
        failed = std::current_exception();
    }
    if (!failed) {
        life_.renewed(std::move(task), now(), facts);
        look_if_blacklisted();
        finish_commands(wish::renew, nullptr);
        co_return;
    }
    auto const why = detail::as_failure(failed);
    account_->log(log_level::warning, why.what());
    life_.renew_failed(std::move(task), now(), why, repeated_);
    finish_commands(wish::renew, failed);
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::modify_resource(life::task<life::job::modify> task)
{
    auto const wanted_by = first_command(wish::modify);
    if (!wanted_by && !filters_differ_) {
        life_.modify_dropped(std::move(task));
        co_return;
    }
    auto const asked = wanted_by ? wanted_by->filters : filters_;
    std::exception_ptr failed;
    protocol::resource_facts facts;
    auto const asked_at = now().wall;
    try {
        if (!wanted_by) {
            check_before_create();
        }
        key_in_doubt_ = true;
        request wanted("PUT", resource_path(), api_group::medium, detail::filters_json(asked));
        facts = co_await ask(std::move(wanted), "modifying the subscription", nullptr);
    } catch (...) {
        failed = std::current_exception();
    }
    if (failed) {
        auto const why = detail::as_failure(failed);
        if (wanted_by && (repeated_ || !protocol::was_refused(why))) {
            filters_doubted_ = filters_doubted_.value_or(asked_at);
        }
        life_.modify_failed(std::move(task), now(), why, repeated_);
    } else {
        auto const given_up = wanted_by && std::find(commands_.begin(), commands_.end(), wanted_by) == commands_.end();
        if (given_up) { // the program was told that the old filters stay
            filters_doubted_ = filters_doubted_.value_or(asked_at);
            compare_filters();
        } else {
            {
                std::lock_guard const lock(mutex_);
                filters_ = asked;
            }
            filters_strayed_ = filters_doubted_.has_value(); // for nobody has looked, or it had
            end_doubt();
        }
        life_.modified(std::move(task), now(), facts);
        look_if_blacklisted();
    }
    if (wanted_by) {
        finish(wanted_by, failed);
    } else {
        auto const means = failed ? protocol::judge(detail::as_failure(failed)) : protocol::verdict::transient;
        filters_differ_ = failed && (means == protocol::verdict::transient || means == protocol::verdict::throttled);
        if (filters_differ_) {
            life_.want_modification();
        } else if (failed) {
            finish_commands(wish::start, failed); // as a creation with these filters would
        }
    }
    if (first_command(wish::modify)) {
        life_.want_modification();
    }
}

// The audit is what replaces it.
RINGTAIL_DECL void subscription_core::look_if_blacklisted()
{
    if (info_.parsed().status_kind() == subscription_status::blacklisted) {
        life_.want_audit(now());
    }
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::audit_resource(life::task<life::job::audit> task)
{
    std::exception_ptr failed;
    protocol::resource_facts facts;
    bool given_up = false;
    try {
        {
            std::lock_guard const lock(mutex_);
            ++counters_.audits;
        }
        request wanted("GET", resource_path(), api_group::light);
        facts = co_await ask(std::move(wanted), "reading the subscription", nullptr);
        if (info_.parsed().status_kind() == subscription_status::blacklisted) {
            // The service never revives it (vendor's guide "Webhooks").
            co_await call(request("DELETE", resource_path(), api_group::medium), nullptr);
            given_up = true;
        }
    } catch (...) {
        failed = std::current_exception();
    }
    if (failed) {
        auto const why = detail::as_failure(failed);
        account_->log(log_level::warning, why.what());
        life_.audit_failed(std::move(task), now(), why);
    } else if (given_up) {
        auto const told = info_.parsed();
        auto const why = told.blacklisted ? told.blacklisted->reason : std::string();
        life_.blacklisted(std::move(task), now(), "blacklisted" + (why.empty() ? why : ": " + why.substr(0, 200)));
    } else {
        life_.audited(std::move(task), now(), facts);
    }
}

RINGTAIL_DECL asio::awaitable<void> subscription_core::remove_resource(life::task<life::job::remove> task)
{
    std::exception_ptr failed;
    try {
        auto const answer = co_await call(request("DELETE", resource_path(), api_group::medium), nullptr);
        if (!answer.ok() && answer.status != 404) {
            throw protocol::failure_of(answer, "removing the subscription");
        }
    } catch (...) {
        failed = std::current_exception();
    }
    if (failed) {
        life_.remove_failed(std::move(task), now(), detail::as_failure(failed));
    } else {
        life_.removed(std::move(task), now());
    }
    finish_commands(wish::remove, failed);
}

} // namespace ringtail::core
