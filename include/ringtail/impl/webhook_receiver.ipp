// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/protocol/envelope.hpp>
#include <ringtail/webhook_receiver.hpp>

#include <openssl/crypto.h>

#include <algorithm>

namespace ringtail {

namespace detail {

inline constexpr std::size_t webhook_depth = 64; // of a notification's JSON

inline bool same_in_constant_time(std::string_view given, std::string_view expected) noexcept
{
    // The length may show: it is no secret, the content is.
    return given.size() == expected.size() && CRYPTO_memcmp(given.data(), expected.data(), expected.size()) == 0;
}

inline bool is_blank(std::string_view text) noexcept
{
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

} // namespace detail

RINGTAIL_DECL int webhook_receiver::judge(webhook_request const& head, bool has_body) const noexcept
{
    if (head.method != "POST") {
        return 405;
    }
    auto const handshake = head.header("Validation-Token");
    // The whole answer must stay below 1,024 bytes, and nothing but printable text may go back into a header.
    auto const sound = handshake.size() <= 512 && std::all_of(handshake.begin(), handshake.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (!sound) {
        return 400;
    }
    if (!has_body) {
        return handshake.empty() ? 400 : 0;
    }
    if (!token_.empty() && !detail::same_in_constant_time(head.header("Verification-Token"), token_.reveal())) {
        return 401;
    }
    return 0;
}

RINGTAIL_DECL webhook_reply webhook_receiver::acknowledge(webhook_request const& request) const
{
    webhook_reply reply;
    reply.headers.emplace_back("Content-Type", "application/json");
    if (auto const handshake = request.header("Validation-Token"); !handshake.empty()) {
        reply.headers.emplace_back("Validation-Token", std::string(handshake));
    }
    return reply;
}

RINGTAIL_DECL webhook_reply webhook_receiver::receive(webhook_request const& request) const
{
    auto const has_body = !detail::is_blank(request.body);
    auto const verdict = request.body.size() > most_ ? 413 : judge(request, has_body);
    if (verdict != 0) {
        webhook_reply refusal;
        refusal.status = verdict;
        refusal.headers.emplace_back("Content-Type", "application/json");
        if (verdict == 405) {
            refusal.headers.emplace_back("Allow", "POST");
        }
        return refusal;
    }
    auto reply = acknowledge(request);
    if (has_body) {
        auto block = detail::block_ptr::make();
        block->text = request.body;
        if (protocol::add_envelope(*block, 0, detail::webhook_depth)) {
            reply.event.emplace(std::in_place_type<notification>, std::move(block), std::size_t{0});
        } else {
            reply.event.emplace(undecodable("not a notification", request.body));
        }
    }
    return reply;
}

} // namespace ringtail
