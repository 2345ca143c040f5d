// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/notification_block.hpp>
#include <ringtail/protocol/json_scanner.hpp>
#include <ringtail/protocol/json_unescape.hpp>

#include <string_view>

namespace ringtail::protocol {

namespace detail {

// A string member's meaning as a span of the block; escapes are resolved behind the text, which may move it.
inline ringtail::detail::text_span string_span(std::string& text, std::size_t offset, std::size_t length)
{
    auto const content = std::string_view(text).substr(offset, length);
    if (content.find('\\') == std::string_view::npos) {
        return {offset, length};
    }
    std::string plain;
    append_unescaped(content, plain);
    auto const at = text.size();
    text += plain;
    return {at, plain.size()};
}

// The spans of a scalar member that is looked for, or null.
inline ringtail::detail::text_span* member_of(ringtail::detail::envelope_spans& found, std::string_view name) noexcept
{
    switch (name.size()) { // no two have the same, so one comparison is enough
    case 4: return name == "uuid" ? &found.uuid : nullptr;
    case 5: return name == "event" ? &found.event : nullptr;
    case 7: return name == "ownerId" ? &found.owner_id : nullptr;
    case 9: return name == "timestamp" ? &found.timestamp : nullptr;
    case 14: return name == "subscriptionId" ? &found.subscription_id : nullptr;
    default: return nullptr;
    }
}

} // namespace detail

/** Read an envelope that stands at the end of `block.text`, from `offset` on, and add it to the block.

    An envelope is a JSON object with an `event` or a `uuid` (vendor's guide, "Notification structure"); the body may be
    absent and unknown members are kept. Ids may be numbers or strings.
    @return false, with the block's envelopes as they were, if the text is not that. */
inline bool add_envelope(ringtail::detail::notification_block& block, std::size_t offset, std::size_t max_depth)
{
    using ringtail::detail::envelope_spans;
    using ringtail::detail::text_span;

    auto const text = std::string_view(block.text).substr(offset);
    auto const span = [&](std::string_view part) {
        return text_span(static_cast<std::size_t>(part.data() - block.text.data()), part.size());
    };
    envelope_spans found;
    bool escaped = false;
    json_scanner in(text, max_depth);
    auto const read = in.object([&](std::string_view name, json_scanner& value) {
        if (name == "body") {
            auto const body = value.value();
            if (body != "null") {
                found.body = span(body);
            }
            return !body.empty();
        }
        auto* const wanted = detail::member_of(found, name);
        if (wanted == nullptr) {
            return !value.value().empty();
        }
        if (value.peek() == '"') {
            std::string_view content;
            if (!value.string(content)) {
                return false;
            }
            escaped = escaped || value.may_have_escapes();
            *wanted = span(content);
            return true;
        }
        auto const other = value.value();
        if (other != "null" && other.find_first_of("{[") != 0) {
            *wanted = span(other);
        }
        return !other.empty();
    });
    if (!read || !in.at_end() || (found.uuid.length == 0 && found.event.length == 0)) {
        return false;
    }
    auto const first = text.find_first_not_of(" \t\r\n");
    auto const last = text.find_last_not_of(" \t\r\n");
    found.whole = {offset + first, last - first + 1};
    if (escaped) {
        for (auto* const part : {&found.uuid, &found.event, &found.timestamp, &found.subscription_id, &found.owner_id}) {
            *part = detail::string_span(block.text, part->offset, part->length);
        }
    }
    block.envelopes.push_back(found);
    return true;
}

} // namespace ringtail::protocol
