// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/gap_repair.hpp>

namespace ringtail {

RINGTAIL_DECL std::string_view to_string(record_source source) noexcept
{
    return source == record_source::message_sync ? "message_sync" : "call_log";
}

} // namespace ringtail
