// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/core/subscription_core.hpp>
#include <ringtail/subscription.hpp>

namespace ringtail {

RINGTAIL_DECL any_subscription& any_subscription::operator=(any_subscription&& other) noexcept
{
    auto replaced = std::exchange(core_, std::exchange(other.core_, nullptr));
    if (replaced) {
        replaced->close();
    }
    return *this;
}

RINGTAIL_DECL any_subscription::~any_subscription()
{
    if (core_) {
        core_->close();
    }
}

RINGTAIL_DECL std::shared_ptr<core::subscription_core> const& any_subscription::core() const
{
    if (!core_) {
        throw failure(error::closed, "the handle is empty");
    }
    return core_;
}

RINGTAIL_DECL asio::awaitable<std::optional<event>> any_subscription::next_event() const
{
    return core()->next_event(std::nullopt);
}

RINGTAIL_DECL asio::awaitable<std::optional<event>> any_subscription::next_event(steady_time deadline) const
{
    return core()->next_event(deadline);
}

RINGTAIL_DECL asio::awaitable<std::optional<event>> any_subscription::next_event(duration timeout) const
{
    return core()->next_event_within(timeout);
}

RINGTAIL_DECL std::optional<event> any_subscription::try_next_event() const
{
    return core()->try_next_event();
}

RINGTAIL_DECL void any_subscription::acknowledge() const
{
    core()->acknowledge();
}

RINGTAIL_DECL asio::awaitable<void> any_subscription::modify(event_filters filters)
{
    return core::subscription_core::modify(core(), std::move(filters));
}

RINGTAIL_DECL asio::awaitable<void> any_subscription::add_filters(event_filters filters)
{
    auto all = core()->filters();
    all.add(filters);
    return core::subscription_core::modify(core(), std::move(all));
}

RINGTAIL_DECL asio::awaitable<void> any_subscription::renew()
{
    return core::subscription_core::renew(core());
}

RINGTAIL_DECL asio::awaitable<response> any_subscription::exchange(request wanted)
{
    return core::subscription_core::exchange(core(), std::move(wanted));
}

RINGTAIL_DECL asio::awaitable<gap_repair> any_subscription::repair(gap missing) const
{
    return core()->repair(std::move(missing));
}

RINGTAIL_DECL asio::awaitable<void> any_subscription::unsubscribe()
{
    return core::subscription_core::unsubscribe(core());
}

RINGTAIL_DECL asio::awaitable<void> any_subscription::close()
{
    return core::subscription_core::closed(core());
}

RINGTAIL_DECL subscription_info any_subscription::info() const
{
    return core()->info();
}

RINGTAIL_DECL event_filters any_subscription::filters() const
{
    return core()->filters();
}

RINGTAIL_DECL filter_outcome any_subscription::outcome() const
{
    return core()->outcome();
}

RINGTAIL_DECL counters any_subscription::counters() const
{
    return core()->counters();
}

RINGTAIL_DECL cursor any_subscription::cursor() const
{
    return core()->cursor();
}

} // namespace ringtail
