// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/secret.hpp>
#include <ringtail/subscription_info.hpp>
#include <ringtail/transport.hpp>
#include <ringtail/webhook_receiver.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ringtail {

/// Where a webhook listens, and how the service reaches it.
class webhook_options {
public:
    /** @param url      the public address: https, except to loopback. Its path tells subscriptions on one port apart.
        @param address  where to listen, an IP address; behind a reverse proxy the loopback.
        @param number   port; several webhooks of one environment may share it, with paths of their own. */
    webhook_options(std::string url, std::string address, std::uint16_t number)
        : public_url(std::move(url)), listen_address(std::move(address)), port(number)
    {
    }

    std::string public_url;
    std::string listen_address;
    std::uint16_t port;
    std::string path;          ///< as it arrives here; the public URL's unless a proxy changes it
    secret verification_token; ///< random unless given; to adopt a subscription it must be the one that created it
    /// PEM files of an own certificate (with its intermediates) and its key; both empty behind a reverse proxy.
    std::string certificate_chain;
    std::string private_key;
};

/** Delivery by webhooks: the service POSTs to a listener in this process.

    Settings are the `webhook_...` members of `config`.

    - It listens before the subscription is created, because the service's handshake comes within the creation.
    - Each notification is answered 200 at once; what the program does not take in time is dropped with a gap, because the
      service blacklists a subscription whose deliveries fail. The audit notices that, and another one is created.
    - Forged, oversized, slow and malformed requests get 401, 413, 408 and 400 and reach nobody.
    - The service keeps nothing for a process that does not run: an adopted subscription begins with a gap.
    - Nor for a machine that slept or had no network: that leaves a possible gap, as far as it can be known; see
      docs/webhook.md, "What can be lost".
    @par Thread safety Used by the subscription, on its strand. */
class webhook {
public:
    static constexpr std::string_view name = "webhook";
    static constexpr when_full on_full = when_full::drop_oldest;
    static constexpr bool unbuffered = true;

    /// @throws failure(error::invalid_argument) or failure(error::insecure_url) for a bad public URL.
    webhook(transport_context context, webhook_options options);
    webhook(webhook&&) noexcept;
    ~webhook();

    /// @throws failure(error::invalid_argument) if the port or path can't be had, failure(error::tls_failed) for the
    /// certificate.
    asio::awaitable<opened> open(cursor const& where);
    [[nodiscard]] std::optional<delivery_mode> requested_delivery() const;
    asio::awaitable<void> attach(subscription_info const& info);
    asio::awaitable<delivery> receive();
    void close() noexcept;

private:
    class state;
    std::shared_ptr<state> state_;
};

static_assert(transport<webhook>);

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/webhook.ipp>
#endif
