// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/json_fields.hpp>
#include <ringtail/events/extension_list.hpp>

namespace ringtail {

RINGTAIL_DECL extension_list extension_list::parse(json::value const& body)
{
    auto const fields = detail::json_fields::of(body, "the extension list body");
    extension_list result;
    auto changes = fields.objects("extensions");
    if (changes.empty() && fields.find("extensionId") != nullptr) {
        changes.push_back(fields); // an extension info notification is one change without the list around it
    }
    result.extensions.reserve(changes.size());
    for (auto const& each : changes) {
        auto& entry = result.extensions.emplace_back();
        entry.extension_id = each.text("extensionId");
        entry.event_type = each.text("eventType");
        entry.hints = each.texts("hints");
    }
    return result;
}

} // namespace ringtail
