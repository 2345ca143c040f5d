// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail.hpp>
#include <ringtail/pooled_pubnub.hpp>
#include <ringtail/pubnub.hpp>
#include <ringtail/sandbox.hpp>
#include <ringtail/webhook.hpp>
#include <ringtail/websocket.hpp>

namespace asio = boost::asio;

namespace two_units {

/// What a program does, written where each unit compiles its own copy.
inline asio::awaitable<void> follow(ringtail::client account)
{
    ringtail::event_filters filters;
    filters.presence("~", ringtail::detailed_telephony_state).message_store("~");
    auto subscription = co_await account.create_subscription<ringtail::pubnub>(filters);
    while (auto event = co_await subscription.next_event()) {
    }
}

class unit {
public:
    boost::system::error_category const* category;
    asio::awaitable<void> (*follows)(ringtail::client);
};

unit first();
unit second();

} // namespace two_units
