// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/secret.hpp>
#include <ringtail/webhook_request.hpp>

#include <cstddef>
#include <utility>

namespace ringtail {

/** The rules of the service's webhooks, for a program that has its own web server (vendor's guide "Webhooks").

        ringtail::webhook_receiver receiver(ringtail::secret(token)); // the token given to delivery_mode::webhook
        auto const reply = receiver.receive(request);                // in the server's handler; answer before you work
        send(reply.status, reply.headers);
        if (reply.event) { ... }

    - A request with `Validation-Token` is the handshake of a creation: the header goes back. A body beside it is still
      delivered.
    - `Verification-Token` must be the token that was given at the creation, else 401; it is compared in constant time. It
      proves that the sender knows the token and no more: the service signs nothing, so use TLS and keep the token secret.
    - 405 for anything but POST, 413 for a body that is too large, 400 for a request that is neither handshake nor delivery.
    @par Thread safety Distinct calls: safe. */
class webhook_receiver {
public:
    /** @param token  what `delivery_mode::webhook` was given; empty: none is expected.
        @param most   bytes of a body; larger ones are answered 413. */
    explicit webhook_receiver(secret token, std::size_t most = 1'024 * 1'024) : token_(std::move(token)), most_(most) {}

    [[nodiscard]] webhook_reply receive(webhook_request const& request) const;

    /** The verdict on a request whose body is not here yet: 0 if it may come, else the status to refuse it with. A server
        that asks before it reads keeps forgeries cheap.

        @param has_body  whether one is announced. */
    [[nodiscard]] int judge(webhook_request const& head, bool has_body) const noexcept;

    /// The answer to a request that may pass, whatever its body; the `event` is left out.
    [[nodiscard]] webhook_reply acknowledge(webhook_request const& request) const;

private:
    secret token_;
    std::size_t most_;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/webhook_receiver.ipp>
#endif
