// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/services.hpp>

namespace ringtail::sandbox_detail {

/// A request under `/sandbox/`: see class `sandbox` for the calls.
[[nodiscard]] RINGTAIL_DECL http_reply control_api(services& all, http_request const& request, wall_time now);

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/control_api.ipp>
#endif
