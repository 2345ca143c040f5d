// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/core/payload_reader.hpp>
#include <ringtail/error.hpp>
#include <ringtail/protocol/envelope.hpp>

#include <algorithm>

namespace ringtail::core {

RINGTAIL_DECL ringtail::detail::block_ptr block_pool::take()
{
    static constexpr std::size_t kept = 8;
    static constexpr std::size_t kept_bytes = 256 * 1'024;
    for (auto const& each : blocks_) {
        if (each.sole_owner()) {
            each->text.clear();
            each->envelopes.clear();
            if (each->text.capacity() > kept_bytes) {
                each->text.shrink_to_fit();
            }
            return each;
        }
    }
    auto made = ringtail::detail::block_ptr::make();
    if (blocks_.size() < kept) {
        blocks_.push_back(made);
    } else {
        blocks_[next_++ % kept] = made;
    }
    return made;
}

namespace detail {
// Of subscriptions that live for seconds and change their key each time.
inline constexpr std::size_t most_keys = 256;
} // namespace detail

RINGTAIL_DECL void payload_reader::use(delivery_mode const& mode, steady_time moved, steady_time old_until)
{
    auto const& algorithm = mode.encryption_algorithm;
    auto const named = !algorithm.empty() && !ringtail::detail::equals_ignoring_case(algorithm, "None");
    if (named && !ringtail::detail::equals_ignoring_case(algorithm, "AES")) {
        throw failure(error::unusable_key, "unknown encryptionAlgorithm \"" + algorithm.substr(0, 40) + '"');
    }
    if (named && mode.encryption_key.empty()) {
        throw failure(error::unusable_key, "encryptionAlgorithm is AES, but there is no encryptionKey");
    }
    std::erase_if(keys_, [&](keyed const& each) { return each.until <= moved; });
    auto const forever = steady_time::max();
    auto const known = find(mode);
    for (auto& each : keys_) {
        each.until = std::min(each.until, old_until);
    }
    if (known != keys_.end()) {
        std::rotate(keys_.begin(), known, known + 1);
        keys_.front().until = forever;
    } else if (!mode.encryption_key.empty()) {
        keys_.insert(keys_.begin(), keyed{mode.address, crypto::decoder(mode.encryption_key.reveal()), forever});
    }
    if (keys_.size() > detail::most_keys) {
        keys_.pop_back();
    }
}

RINGTAIL_DECL void payload_reader::keep(delivery_mode const& mode, steady_time until)
{
    if (mode.encryption_key.empty()) {
        return;
    }
    if (auto const known = find(mode); known != keys_.end()) {
        known->until = std::max(known->until, until);
        return;
    }
    try {
        keyed one{mode.address, crypto::decoder(mode.encryption_key.reveal()), until};
        keys_.insert(keys_.begin() + (keys_.empty() ? 0 : 1), std::move(one));
    } catch (failure const&) { // it can't be used
    }
    if (keys_.size() > detail::most_keys) {
        keys_.pop_back();
    }
}

RINGTAIL_DECL std::vector<payload_reader::keyed>::iterator payload_reader::find(delivery_mode const& mode)
{
    return std::find_if(keys_.begin(), keys_.end(),
                        [&](keyed const& each) { return each.channel == mode.address && each.decoder.is_of(mode.encryption_key.reveal()); });
}

RINGTAIL_DECL std::optional<std::string> payload_reader::read(message const& from, ringtail::detail::notification_block& block)
{
    auto const offset = block.text.size();
    auto const as_envelope = [&](std::string_view text) {
        block.text += text;
        if (protocol::add_envelope(block, offset, max_depth_)) {
            return true;
        }
        block.text.resize(offset);
        return false;
    };
    if (!from.is_text) {
        return as_envelope(from.payload) ? std::nullopt : std::optional<std::string>("not a notification");
    }

    std::string reason;
    auto const attempt = [&](keyed& with) {
        auto const fault = with.decoder.append_decoded(from.payload, block.text);
        if (fault == crypto::decode_fault::none) {
            if (protocol::add_envelope(block, offset, max_depth_)) {
                return true;
            }
            block.text.resize(offset);
        }
        if (reason.empty()) {
            reason = fault == crypto::decode_fault::none ? "decrypted to something that is no notification" : crypto::describe(fault);
        }
        return false;
    };
    // The key that belongs to the message's channel first, then the others.
    for (auto const of_channel : {true, false}) {
        for (auto& each : keys_) {
            if ((each.channel == from.channel) == of_channel && attempt(each)) {
                return std::nullopt;
            }
        }
    }
    if (as_envelope(from.payload)) {
        return std::nullopt; // plain JSON, sent as a string
    }
    return reason.empty() ? "encrypted, but the subscription has no key" : reason;
}

} // namespace ringtail::core
