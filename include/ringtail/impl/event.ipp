// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/event.hpp>

#include <boost/json.hpp>

#include <array>

namespace ringtail {

RINGTAIL_DECL json::value notification::body() const
{
    auto const text = body_json();
    if (text.empty()) {
        return nullptr;
    }
    // The depth was bounded when the text arrived, by the configured limit.
    json::parse_options options;
    options.max_depth = text.size();
    return json::parse(text, {}, options);
}

RINGTAIL_DECL void notification::detach()
{
    if (!block_) {
        return;
    }
    using spans = detail::envelope_spans;
    auto own = detail::block_ptr::make();
    spans moved;
    auto const& from = block_->envelopes[index_];
    own->text.reserve(from.whole.length);
    own->text = json();
    moved.whole = {0, from.whole.length};
    for (auto const which : std::array{&spans::uuid, &spans::event, &spans::timestamp, &spans::subscription_id,
                                       &spans::owner_id, &spans::body}) {
        auto const part = from.*which;
        auto const inside = part.offset >= from.whole.offset &&
                            part.offset + part.length <= from.whole.offset + from.whole.length;
        if (inside) {
            moved.*which = {part.offset - from.whole.offset, part.length};
        } else { // was unescaped behind the envelope
            moved.*which = {own->text.size(), part.length};
            own->text += block_->view(part);
        }
    }
    own->envelopes.push_back(moved);
    block_ = std::move(own);
    index_ = 0;
}

RINGTAIL_DECL std::string_view to_string(certainty value) noexcept
{
    return value == certainty::proven ? "proven" : "possible";
}

RINGTAIL_DECL std::string_view to_string(gap_reason value) noexcept
{
    switch (value) {
    case gap_reason::unknown_start: return "unknown_start";
    case gap_reason::buffer_overflow: return "buffer_overflow";
    case gap_reason::stale_position: return "stale_position";
    case gap_reason::recovery_failed: return "recovery_failed";
    case gap_reason::replay_overflow: return "replay_overflow";
    case gap_reason::lapsed: return "lapsed";
    case gap_reason::recreated: return "recreated";
    case gap_reason::unreachable: return "unreachable";
    case gap_reason::queue_overflow: return "queue_overflow";
    }
    return "unknown";
}

RINGTAIL_DECL std::string_view to_string(subscription_state value) noexcept
{
    switch (value) {
    case subscription_state::connected: return "connected";
    case subscription_state::reconnecting: return "reconnecting";
    case subscription_state::resumed: return "resumed";
    case subscription_state::recreated: return "recreated";
    case subscription_state::renewed: return "renewed";
    case subscription_state::modified: return "modified";
    case subscription_state::suspended: return "suspended";
    }
    return "unknown";
}

} // namespace ringtail
