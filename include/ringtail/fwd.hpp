// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/config.hpp>

#include <boost/json/fwd.hpp>

#include <chrono>

namespace boost::asio {
}

namespace ringtail {

namespace asio = boost::asio;
namespace json = boost::json;

/// Wall-clock instants as the services speak of them; milliseconds are what they send.
using wall_time = std::chrono::system_clock::time_point;
/// Instants of the clock that deadlines are measured with.
using steady_time = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

class client;
class config;
class cursor;
class environment;
class event_filters;
class failure;
class subscription_info;

} // namespace ringtail
