// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <functional>
#include <string_view>

namespace ringtail {

enum class log_level { debug, info, warning, error };

/** Where log lines go; nowhere unless the program gives one.

    Lines name hosts, paths, states and the service's codes, never a token, key, JWT or message body. Called on the
    strand of the environment; it must not throw and should not block. */
using log_sink = std::function<void(log_level, std::string_view)>;

} // namespace ringtail
