// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/pooled_pubnub.hpp>
#include <ringtail/pubnub_pool/member.hpp>

namespace ringtail {

RINGTAIL_DECL pooled_pubnub::pooled_pubnub(transport_context context, std::optional<bool> wish)
    : member_(std::make_shared<detail::pubnub_member>(std::move(context), wish))
{
}

RINGTAIL_DECL pooled_pubnub::pooled_pubnub(pooled_pubnub&&) noexcept = default;

RINGTAIL_DECL pooled_pubnub::~pooled_pubnub()
{
    if (member_) {
        member_->close();
    }
}

RINGTAIL_DECL asio::awaitable<opened> pooled_pubnub::open(cursor const& where)
{
    co_return member_->open(where);
}

RINGTAIL_DECL std::optional<delivery_mode> pooled_pubnub::requested_delivery() const
{
    return member_->requested();
}

RINGTAIL_DECL asio::awaitable<void> pooled_pubnub::attach(subscription_info const& info)
{
    return member_->attach(info);
}

RINGTAIL_DECL void pooled_pubnub::deliver_to(delivery_sink& sink) noexcept
{
    member_->deliver_to(sink);
}

RINGTAIL_DECL void pooled_pubnub::go_on()
{
    member_->go_on();
}

RINGTAIL_DECL void pooled_pubnub::close() noexcept
{
    member_->close();
}

} // namespace ringtail
