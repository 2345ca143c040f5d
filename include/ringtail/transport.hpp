// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/cursor.hpp>
#include <ringtail/event.hpp>
#include <ringtail/request.hpp>
#include <ringtail/transport_context.hpp>

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ringtail {

class delivery_mode;
class subscription_info;

/// Whether a transport that was opened can go on where it was.
enum class continuity {
    fresh,   ///< there is no past
    resumed, ///< subscription and position live on
    lost,    ///< the subscription is to be created again, and a gap reported
};

/// What happens while the program takes no events and the queue is full.
enum class when_full {
    stop_receiving, ///< the server keeps what comes: `receive` is not called until there is room
    drop_oldest,    ///< reading must go on: the oldest events are dropped and a gap stands for them
};

/// The result of `open`.
class opened {
public:
    opened(ringtail::continuity how, std::string why = {}) : continuity(how), reason(std::move(why)) {}
    ringtail::continuity continuity;
    std::string reason; ///< why it was lost, in words
};

/// One message as the transport got it.
class message {
public:
    message() = default;
    message(std::string_view content, bool text, std::string_view where = {}) : payload(content), channel(where), is_text(text) {}

    std::string_view payload; ///< JSON of an envelope; or, when `is_text`, what an encoded envelope decodes from
    std::string_view channel; ///< PubNub channel, empty elsewhere
    bool is_text = false;     ///< a string value: base64 of an encrypted envelope
};

/** What one `receive` yields: messages, and where to go on once all of them are taken.

    The messages and their texts stay the transport's and are valid until the next call of `receive`. */
class delivery {
public:
    delivery() = default;
    delivery(std::span<message const> what, cursor next) : messages(what), after(std::move(next)) {}

    std::optional<gap> before; ///< something may be missing before the first message
    std::span<message const> messages;
    cursor after; ///< holds once all messages are taken; empty if the position did not move
};

/// Where a transport that delivers by calls (`pushed_delivery`) brings what came. On the context's strand.
class delivery_sink {
public:
    /// Whether messages may be brought now; if not, the transport's `go_on` is called once they may.
    [[nodiscard]] virtual bool ready() = 0;

    /** Take a delivery. Its messages are not needed any more when this returns; the transport may have been closed, or be attached
        to something else, by then.

        @param asked  when the service was asked for it.
        @return false if nothing of it was taken: it must come again once `go_on` was called. Never for a delivery without messages. */
    [[nodiscard]] virtual bool take(delivery& arrived, steady_time asked, wall_time asked_wall) = 0;

    /// This connection is gone: `close` and, some time later, `open` follow. Once for each `open`.
    virtual void failed(std::exception_ptr why) = 0;

protected:
    ~delivery_sink() = default;
};

namespace detail {

template <class Awaited, class Result>
concept awaits_to = std::same_as<Awaited, asio::awaitable<Result>>;

template <class T>
concept pulled_delivery = requires(T& t) {
    { t.receive() } -> awaits_to<delivery>;
};

} // namespace detail

/** A transport that brings deliveries by calls, in place of `receive()`: for one whose idle subscriptions must not hold a coroutine each.

    `deliver_to` is called behind each successful `open`, with the same sink each time; nothing is brought before it, nor behind `close`. */
template <class T>
concept pushed_delivery = requires(T& t, delivery_sink& to) {
    { t.deliver_to(to) } noexcept;
    { t.go_on() };
};

/** A way of delivery: what differs between PubNub, the gateway, webhooks and a user's own, and nothing else.

    A transport is built in place by `client::create_subscription<T>(filters, args...)` as `T(transport_context, args...)`
    and driven by one run loop on the context's strand:

    - `open(where)` is called at the start and after every failure; `where` is the last fetched position, empty at first.
    - `receive()` is called right behind `open`, BEFORE the subscription is created, and again for each delivery: it is
      the only reader and one is always pending (except while a `stop_receiving` queue is full). It throws when this
      connection is gone; then `open` comes again. What else it must answer (pings, heartbeats, replies for `exchange`)
      it answers itself. A `pushed_delivery` needs none.
    - `requested_delivery()` is asked before open and again before the creation. Empty means that there is no subscription on the server
      (a replay): then nothing is created, renewed or audited.
    - `attach(info)` is called after the subscription was created, renewed or changed. It may run beside a pending
      `receive()`, which goes on with the new address without losing anything, and returns when delivery is on its way.
    - `close()` makes everything pending fail at once; any time, more than once, and nothing may wait for the peer.

    Throw `failure` or any `boost::system::system_error`; a `failure` with `error::unusable_key`, `error::unsupported` or
    `error::invalid_argument` ends the subscription, everything else is healed by another `open`. */
template <class T>
concept transport = requires(T& t, T const& c, subscription_info const& info, cursor const& where) {
    { T::on_full } -> std::convertible_to<when_full>;
    { T::name } -> std::convertible_to<std::string_view>;
    { t.open(where) } -> detail::awaits_to<opened>;
    { c.requested_delivery() } -> std::same_as<std::optional<delivery_mode>>;
    { t.attach(info) } -> detail::awaits_to<void>;
    { t.close() } noexcept;
} && (detail::pulled_delivery<T> || pushed_delivery<T>);

/** A transport that also carries the subscription requests (the gateway does); for the others they go over REST.

    `exchange` throws when the connection fails, and is completed by the pending `receive()`. */
template <class T>
concept control_channel = requires(T& t, request call) {
    { t.exchange(std::move(call)) } -> detail::awaits_to<response>;
};

/** A transport whose service does not keep what it could not deliver (webhooks): that this machine slept or had no network
    leaves a gap. */
template <class T>
concept unbuffered_delivery = requires { requires T::unbuffered; };

/** A transport whose subscription the server itself renews (the gateway). */
template <class T>
concept renewed_by_server = requires { requires T::server_renews; };

} // namespace ringtail
