// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/subscription_info.hpp>
#include <ringtail/transport.hpp>

#include <memory>
#include <optional>
#include <string_view>

namespace ringtail {

/** Delivery over PubNub: an HTTP long poll whose payloads are usually AES-encrypted.

    The oldest of the service's ways of delivery; the vendor deprecated it in January 2024 and older accounts still have
    it. Settings are the `pubnub_...` members of `config`.

    - The first position is the subscription's creation less a margin, so that nothing published between the create answer
      and the first poll is missed.
    - The position moves only once a whole reply is handed over; a reconnect, a changed channel and a changed key go on
      from it.
    - After a change of channel the new one is polled from where the old one stood when the change was asked for, and what
      the old one still holds is taken for a while by a second poll.
    - A reply of as many messages as the server keeps, or a resume later than it surely keeps them, brings a gap.
    @par Thread safety Used by the subscription, on its strand. */
class pubnub {
public:
    static constexpr std::string_view name = "pubnub";
    static constexpr when_full on_full = when_full::stop_receiving;

    /** @param wish  ask for encryption or against it; the service forces it for sensitive filters such as presence.
        @throws failure(error::invalid_argument) or failure(error::insecure_url) for a bad `config::pubnub_origin`. */
    explicit pubnub(transport_context context, std::optional<bool> wish = {});
    pubnub(pubnub&&) noexcept;
    ~pubnub();

    asio::awaitable<opened> open(cursor const& where);
    [[nodiscard]] std::optional<delivery_mode> requested_delivery() const;
    asio::awaitable<void> attach(subscription_info const& info);
    asio::awaitable<delivery> receive();
    void close() noexcept;

private:
    class state;
    std::shared_ptr<state> state_;
};

static_assert(transport<pubnub>);

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/pubnub.ipp>
#endif
