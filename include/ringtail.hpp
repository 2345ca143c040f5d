// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

// Everything but the transports and the sandbox: those are opted into by ringtail/pubnub.hpp and their own headers.
#include <ringtail/client.hpp>
#include <ringtail/config.hpp>
#include <ringtail/counters.hpp>
#include <ringtail/credentials.hpp>
#include <ringtail/cursor.hpp>
#include <ringtail/environment.hpp>
#include <ringtail/error.hpp>
#include <ringtail/event.hpp>
#include <ringtail/event_filters.hpp>
#include <ringtail/events/extension_list.hpp>
#include <ringtail/events/instant_message.hpp>
#include <ringtail/events/message_store.hpp>
#include <ringtail/events/post.hpp>
#include <ringtail/events/presence.hpp>
#include <ringtail/events/telephony_session.hpp>
#include <ringtail/extension.hpp>
#include <ringtail/gap_repair.hpp>
#include <ringtail/log.hpp>
#include <ringtail/subscription.hpp>
#include <ringtail/subscription_info.hpp>
#include <ringtail/timestamp.hpp>
#include <ringtail/transport.hpp>
#include <ringtail/version.hpp>
