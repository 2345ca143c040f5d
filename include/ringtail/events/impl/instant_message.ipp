// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/json_fields.hpp>
#include <ringtail/events/instant_message.hpp>

namespace ringtail {

namespace detail {

inline instant_message::party read_message_party(json_fields const& fields)
{
    instant_message::party party;
    party.phone_number = fields.text("phoneNumber");
    party.extension_number = fields.text("extensionNumber");
    party.extension_id = fields.text("extensionId");
    party.name = fields.text("name");
    party.location = fields.text("location");
    party.target = fields.flag("target");
    return party;
}

} // namespace detail

RINGTAIL_DECL instant_message instant_message::parse(json::value const& body)
{
    auto const fields = detail::json_fields::of(body, "the message body");
    instant_message result;
    result.id = fields.text("id");
    result.type = fields.text("type");
    result.direction = fields.text("direction");
    result.from = detail::read_message_party(fields.object("from"));
    for (auto const& recipient : fields.objects("to")) {
        result.to.push_back(detail::read_message_party(recipient));
    }
    result.subject = fields.text("subject");
    result.creation_time = fields.time("creationTime");
    result.last_modified_time = fields.time("lastModifiedTime");
    result.read_status = fields.text("readStatus");
    result.priority = fields.text("priority");
    result.availability = fields.text("availability");
    result.message_status = fields.text("messageStatus");
    result.conversation_id = fields.text("conversationId");
    if (result.conversation_id.empty()) {
        result.conversation_id = fields.object("conversation").text("id"); // the vendor's newer place for it
    }
    for (auto const& each : fields.objects("attachments")) {
        auto& attachment = result.attachments.emplace_back();
        attachment.id = each.text("id");
        attachment.uri = each.text("uri");
        attachment.type = each.text("type");
        attachment.content_type = each.text("contentType");
        attachment.file_name = each.text("fileName");
        attachment.size = each.number("size");
        attachment.width = each.number("width");
        attachment.height = each.number("height");
        attachment.duration = each.seconds("vmDuration");
    }
    result.owner_id = fields.text("ownerId");
    result.transcription_status = fields.text("vmTranscriptionStatus");
    result.fax_resolution = fields.text("faxResolution");
    result.fax_page_count = fields.number("faxPageCount");
    return result;
}

} // namespace ringtail
