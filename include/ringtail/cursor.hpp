// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <algorithm>
#include <cstdint>
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
    cursor(cursor const&) = default;
    cursor(cursor&& other) noexcept
        : text_(std::move(other.text_)), position_(std::exchange(other.position_, 0)), transport_(std::exchange(other.transport_, 0)),
          subscription_id_(std::exchange(other.subscription_id_, 0)), confirmed_(other.confirmed_), complete_until_(other.complete_until_)
    {
        other.text_.clear();
    }
    cursor& operator=(cursor other) noexcept
    {
        text_.swap(other.text_);
        position_ = other.position_;
        transport_ = other.transport_;
        subscription_id_ = other.subscription_id_;
        confirmed_ = other.confirmed_;
        complete_until_ = other.complete_until_;
        return *this;
    }
    explicit cursor(std::string transport_position) : text_(std::move(transport_position)), position_(size_of(text_)) {}

    [[nodiscard]] bool empty() const noexcept { return position_ == 0 && subscription_id_ == 0; }
    [[nodiscard]] std::string_view position() const noexcept { return std::string_view(text_).substr(0, position_); }
    [[nodiscard]] std::string_view transport() const noexcept { return std::string_view(text_).substr(position_, transport_); }
    [[nodiscard]] std::string_view subscription_id() const noexcept
    {
        return std::string_view(text_).substr(position_ + transport_, subscription_id_);
    }
    /// When the server last confirmed the position: its buffer holds what came after it for a limited time only.
    [[nodiscard]] std::optional<wall_time> confirmed() const noexcept { return confirmed_; }

    /// Whose subscription it is: the id of the extension; empty if that was not known.
    [[nodiscard]] std::string_view owner() const noexcept { return std::string_view(text_).substr(position_ + transport_ + subscription_id_); }
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

    [[nodiscard]] cursor named(std::string_view transport, std::string_view subscription, wall_time confirmed) const
    {
        auto result = with(transport, subscription, owner());
        result.confirmed_ = confirmed;
        return result;
    }

    [[nodiscard]] cursor owned(std::string_view owner, wall_time complete_until) const
    {
        auto result = with(transport(), subscription_id(), owner);
        result.complete_only_until(complete_until);
        return result;
    }

    /// One line of JSON with a version and a check sum, to be saved and given to `parse` in another process.
    [[nodiscard]] std::string to_json() const;

    /** @throws failure(error::invalid_cursor), with the reason, if the text is not what `to_json` of this or an older
        version wrote. */
    [[nodiscard]] static cursor parse(std::string_view text);

private:
    [[nodiscard]] static std::uint32_t size_of(std::string_view text) noexcept { return static_cast<std::uint32_t>(text.size()); }

    [[nodiscard]] cursor with(std::string_view transport, std::string_view subscription, std::string_view owner) const
    {
        cursor result;
        result.confirmed_ = confirmed_;
        result.complete_until_ = complete_until_;
        result.position_ = position_;
        result.text_.reserve(position_ + transport.size() + subscription.size() + owner.size());
        result.text_.append(position()).append(transport).append(subscription).append(owner);
        result.transport_ = size_of(transport);
        result.subscription_id_ = size_of(subscription);
        return result;
    }

    std::string text_; // all parts, the owner last: a subscription keeps three cursors, and a process tens of thousands of those
    std::uint32_t position_ = 0;
    std::uint32_t transport_ = 0;
    std::uint32_t subscription_id_ = 0;
    std::optional<wall_time> confirmed_;
    std::optional<wall_time> complete_until_;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/cursor.ipp>
#endif
