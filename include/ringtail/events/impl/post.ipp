// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/json_fields.hpp>
#include <ringtail/events/post.hpp>

namespace ringtail {

RINGTAIL_DECL post post::parse(json::value const& body)
{
    auto const fields = detail::json_fields::of(body, "the post body");
    // the vendor's table and its examples spell these differently
    auto const persons = [&fields](std::string_view name, std::string_view other_name) {
        auto ids = fields.texts(name);
        return ids.empty() ? fields.texts(other_name) : ids;
    };
    post result;
    result.id = fields.text("id");
    result.group_id = fields.text("groupId");
    result.type = fields.text("type");
    result.text = fields.text("text");
    result.creator_id = fields.text("creatorId");
    result.added_person_ids = persons("addedPersonIds", "addedPersonsIds");
    result.removed_person_ids = persons("removedPersonIds", "removedPersonsIds");
    result.creation_time = fields.time("creationTime");
    result.last_modified_time = fields.time("lastModifiedTime");
    result.event_type = fields.text("eventType");
    for (auto const& each : fields.objects("attachments")) {
        auto& attachment = result.attachments.emplace_back();
        attachment.id = each.text("id");
        attachment.type = each.text("type");
        attachment.name = each.text("name");
        attachment.content_uri = each.text("contentUri");
    }
    for (auto const& each : fields.objects("mentions")) {
        auto& mention = result.mentions.emplace_back();
        mention.id = each.text("id");
        mention.type = each.text("type");
        mention.name = each.text("name");
    }
    result.activity = fields.text("activity");
    result.title = fields.text("title");
    result.icon_uri = fields.text("iconUri");
    result.icon_emoji = fields.text("iconEmoji");
    return result;
}

} // namespace ringtail
