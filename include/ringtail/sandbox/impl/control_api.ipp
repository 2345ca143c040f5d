// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/control_api.hpp>

#include <boost/json.hpp>

namespace ringtail::sandbox_detail {

RINGTAIL_DECL http_reply control_api(services& all, http_request const& request, wall_time now)
{
    (void)all, (void)request, (void)now;
    return api_error(404, "CMN-120", "Invalid URI");
}

} // namespace ringtail::sandbox_detail
