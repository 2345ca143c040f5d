// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/json_fields.hpp>
#include <ringtail/events/message_store.hpp>

namespace ringtail {

RINGTAIL_DECL message_store message_store::parse(json::value const& body)
{
    auto const fields = detail::json_fields::of(body, "the message store body");
    message_store result;
    result.account_id = fields.text("accountId");
    result.extension_id = fields.text("extensionId");
    result.last_updated = fields.time("lastUpdated");
    for (auto const& each : fields.objects("changes")) {
        auto& entry = result.changes.emplace_back();
        entry.type = each.text("type");
        entry.new_count = each.number("newCount").value_or(0);
        entry.updated_count = each.number("updatedCount").value_or(0);
        entry.new_message_ids = each.texts("newMessageIds");
    }
    return result;
}

} // namespace ringtail
