// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/notification_block.hpp>
#include <ringtail/fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ringtail {

/** One notification of the service.

    It points into a text shared by all notifications of the same reply: moving and copying are cheap, and keeping one
    keeps that text (up to a few hundred KiB). Call `detach()` on what is kept for long. The views returned live as long
    as this notification or a copy of it. Distinct objects may be used from distinct threads. */
class notification {
public:
    notification() = default;
    notification(detail::block_ptr block, std::size_t index) : block_(std::move(block)), index_(index) {}

    /// Names the notification; opaque (not always an RFC 4122 id), the same again when it is delivered again.
    [[nodiscard]] std::string_view uuid() const noexcept { return part(&detail::envelope_spans::uuid); }
    /// The event filter that matched, as the service resolved it.
    [[nodiscard]] std::string_view event() const noexcept { return part(&detail::envelope_spans::event); }
    /// When it happened, as sent; see `parse_timestamp`.
    [[nodiscard]] std::string_view timestamp() const noexcept { return part(&detail::envelope_spans::timestamp); }
    /// The subscription it was sent for; at times the service leaves it out.
    [[nodiscard]] std::string_view subscription_id() const noexcept
    {
        return part(&detail::envelope_spans::subscription_id);
    }
    /// The extension that owns the subscription; at times the service leaves it out.
    [[nodiscard]] std::string_view owner_id() const noexcept { return part(&detail::envelope_spans::owner_id); }
    /// The whole envelope: the service's JSON, byte for byte.
    [[nodiscard]] std::string_view json() const noexcept { return part(&detail::envelope_spans::whole); }
    /// The body's JSON, empty when there is none.
    [[nodiscard]] std::string_view body_json() const noexcept { return part(&detail::envelope_spans::body); }

    /** The body, parsed now; null when there is none. Include `<boost/json.hpp>` to use it.

        @throws std::bad_alloc only: the text was validated when it arrived. */
    [[nodiscard]] json::value body() const;

    /** The body as one of the types in `ringtail/events/`, such as `presence`.

        @throws failure(error::invalid_reply) if the body is no object. */
    template <class T, class Self = notification> // Self: so that json::value need not be complete until this is used
    [[nodiscard]] T as() const
    {
        return T::parse(static_cast<Self const&>(*this).body());
    }

    /// Copy the text of this one notification, so that keeping it keeps nothing else.
    void detach();

private:
    [[nodiscard]] std::string_view part(detail::text_span detail::envelope_spans::* which) const noexcept
    {
        return block_ ? block_->view(block_->envelopes[index_].*which) : std::string_view{};
    }

    detail::block_ptr block_;
    std::size_t index_ = 0;
};

/// Whether something was certainly missed or merely can't be ruled out.
enum class certainty { possible, proven };

/// Why continuity could not be proven.
enum class gap_reason {
    unknown_start,    ///< the service did not say when the subscription began, so its first moments may be missing
    buffer_overflow,  ///< a reply as large as the server's buffer: older notifications may have been pushed out
    stale_position,   ///< resumed from a position older than the server surely keeps
    recovery_failed,  ///< the service refused to go on with the old session
    lapsed,           ///< the subscription had expired or was suspended, and lives again
    replay_overflow,  ///< a replay as large as the server's recovery buffer
    recreated,        ///< the subscription was gone and had to be created again
    unreachable,      ///< this machine slept or had no network, and what a webhook could not bring then is not kept for it
    queue_overflow,   ///< the program did not take events fast enough and the oldest were dropped
};

/// Something may be missing here; state that matters should be read again over REST.
class gap {
public:
    gap() = default;
    gap(gap_reason why, ringtail::certainty how_sure, std::optional<wall_time> since, std::optional<wall_time> to,
        std::vector<std::string> where = {})
        : reason(why), certainty(how_sure), from(since), until(to), channels(std::move(where))
    {
    }

    gap_reason reason = gap_reason::recreated;
    ringtail::certainty certainty = ringtail::certainty::possible;
    std::optional<wall_time> from;     ///< last moment that is surely covered, if known
    std::optional<wall_time> until;    ///< first moment that is surely covered again, if known
    std::vector<std::string> channels; ///< PubNub channels concerned; empty for the other transports
};

/// A message that could not be read; the stream goes on behind it.
class undecodable {
public:
    undecodable() = default;
    undecodable(std::string why, std::string text) : reason(std::move(why)), raw(std::move(text)) {}

    std::string reason;
    std::string raw; ///< the message as it came
};

/// What the subscription itself went through.
enum class subscription_state {
    connected,    ///< subscribed, and the delivery connection stands
    reconnecting, ///< the delivery connection or the service failed; being repaired
    resumed,      ///< connected again, going on from the last position
    recreated,    ///< the subscription was gone and has been created again (a gap stands before)
    renewed,      ///< its lifetime was extended
    modified,     ///< its event filters were changed
    suspended,    ///< the service suspended or blacklisted it: nothing is delivered until it is active again
};

/// A step in the life of the subscription, in order with the notifications.
class state_change {
public:
    state_change() = default;
    explicit state_change(subscription_state now, std::string why = {}) : state(now), reason(std::move(why)) {}

    subscription_state state = subscription_state::connected;
    std::string reason; ///< what caused it, in words; may be empty
};

/// What `next_event` yields, in the order in which the server delivered.
using event = std::variant<notification, gap, undecodable, state_change>;

RINGTAIL_DECL std::string_view to_string(certainty) noexcept;
RINGTAIL_DECL std::string_view to_string(gap_reason) noexcept;
RINGTAIL_DECL std::string_view to_string(subscription_state) noexcept;

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/event.ipp>
#endif
