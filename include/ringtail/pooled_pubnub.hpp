// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/subscription_info.hpp>
#include <ringtail/transport.hpp>

#include <memory>
#include <optional>
#include <string_view>

namespace ringtail {

namespace detail {
class pubnub_member;
}

/** Delivery over PubNub where many subscriptions share few long polls: for programs that follow thousands of extensions or accounts.

    What `pubnub` promises, this does, too. Subscriptions of one `environment` with the same origin and subscriber key are heard by
    the same polls, up to `config::pubnub_channels_per_poll` and `config::pubnub_poll_url_size` in each; an idle one has neither a
    connection nor a coroutine of its own.

    - PubNub keeps 100 messages for a poll, all its channels together: a busy channel gets a poll of its own before that many can
      come, and goes back to the others when it is quiet.
    - A gap (as many messages as PubNub keeps, or a position older than it surely keeps them) comes to every subscription of the poll
      and names all its channels.
    - A subscription that joins, leaves or changes its channel never moves the position of another one. One whose queue is full
      leaves its poll at the position it has reached, for the others go on; PubNub keeps what comes for it meanwhile.
    - A poll that breaks is told to all of its subscriptions, each of which goes on by itself as `config::retry` says. A channel that
      PubNub denies is told from the others of its poll by asking for ever fewer of them.

    Subscriptions share polls only where all of their clients' `config::pubnub_...` settings, bounds and timeouts are the same.
    @par Thread safety Used by the subscription, on its strand.
    @see examples/shared_polls.cpp */
class pooled_pubnub {
public:
    static constexpr std::string_view name = "pubnub"; // a cursor of the one goes on with the other
    static constexpr when_full on_full = when_full::stop_receiving;

    /** @param wish  ask for encryption or against it; the service forces it for sensitive filters such as presence.
        @throws failure(error::invalid_argument) or failure(error::insecure_url) for a bad `config::pubnub_origin`. */
    explicit pooled_pubnub(transport_context context, std::optional<bool> wish = {});
    pooled_pubnub(pooled_pubnub&&) noexcept;
    ~pooled_pubnub();

    asio::awaitable<opened> open(cursor const& where);
    [[nodiscard]] std::optional<delivery_mode> requested_delivery() const;
    asio::awaitable<void> attach(subscription_info const& info);
    void deliver_to(delivery_sink& sink) noexcept;
    void go_on();
    void close() noexcept;

private:
    std::shared_ptr<detail::pubnub_member> member_;
};

static_assert(transport<pooled_pubnub>);

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/pooled_pubnub.ipp>
#endif
