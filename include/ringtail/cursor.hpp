// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ringtail {

/** Where to go on from, for any transport.

    A transport makes and reads the `position`; what it means is its own business. What a program saves is
    `subscription::cursor()`, whose cursor also names the transport and the subscription. It holds no secret. */
class cursor {
public:
    cursor() = default;
    explicit cursor(std::string transport_position) : position_(std::move(transport_position)) {}

    [[nodiscard]] bool empty() const noexcept { return position_.empty() && subscription_id_.empty(); }
    [[nodiscard]] std::string_view position() const noexcept { return position_; }
    [[nodiscard]] std::string_view transport() const noexcept { return transport_; }
    [[nodiscard]] std::string_view subscription_id() const noexcept { return subscription_id_; }
    /// When the server last confirmed the position: its buffer holds what came after it for a limited time only.
    [[nodiscard]] std::optional<wall_time> confirmed() const noexcept { return confirmed_; }

    /// Whose subscription it is: the id of the extension; empty if that was not known.
    [[nodiscard]] std::string_view owner() const noexcept { return owner_; }
    /// Up to when nothing of the subscription is missing: it may have died since, and the position have moved all the same.
    [[nodiscard]] std::optional<wall_time> complete_until() const noexcept { return complete_until_; }

    void confirm(wall_time at) noexcept { confirmed_ = at; }
    /// Something that came since may still be on its way, beside the position.
    void complete_only_until(wall_time at) noexcept { complete_until_ = complete_until_ ? std::min(*complete_until_, at) : at; }
    /// To another clock's times. A saved cursor's are by the service's clock: ours may be set before it is taken up again.
    void shift(wall_time::duration by) noexcept
    {
        for (auto* const each : {&confirmed_, &complete_until_}) {
            *each = *each ? std::optional(**each + by) : std::nullopt;
        }
    }

    [[nodiscard]] cursor named(std::string transport, std::string subscription, wall_time confirmed) const
    {
        auto result = *this;
        result.transport_ = std::move(transport);
        result.subscription_id_ = std::move(subscription);
        result.confirmed_ = confirmed;
        return result;
    }

    [[nodiscard]] cursor owned(std::string owner, wall_time complete_until) const
    {
        auto result = *this;
        result.owner_ = std::move(owner);
        result.complete_only_until(complete_until);
        return result;
    }

    /// One line of JSON with a version and a check sum, to be saved and given to `parse` in another process.
    [[nodiscard]] std::string to_json() const;

    /** @throws failure(error::invalid_cursor), with the reason, if the text is not what `to_json` of this or an older
        version wrote. */
    [[nodiscard]] static cursor parse(std::string_view text);

private:
    std::string position_;
    std::string transport_;
    std::string subscription_id_;
    std::string owner_;
    std::optional<wall_time> confirmed_;
    std::optional<wall_time> complete_until_;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/cursor.ipp>
#endif
