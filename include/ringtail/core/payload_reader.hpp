// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/crypto/decoder.hpp>
#include <ringtail/detail/notification_block.hpp>
#include <ringtail/subscription_info.hpp>
#include <ringtail/transport.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ringtail::core {

/** Blocks that are filled again once nobody points into them; shared by all subscriptions of a strand. */
class block_pool {
public:
    /// An empty block that only the caller and the pool own.
    [[nodiscard]] ringtail::detail::block_ptr take();

private:
    std::vector<ringtail::detail::block_ptr> blocks_;
    std::size_t next_ = 0;
};

/** Reads messages into blocks: decides plain or encrypted by what is there, and with which key.

    When a renewal changes channel or key, messages under the old one may still be on their way, or wait where nobody fetches
    them: the former decoder stays until what came later was read, and the channel of a message says which is tried first. A
    decode counts only if an envelope comes out: a wrong key passes the padding check once in some 240 tries. */
class payload_reader {
public:
    explicit payload_reader(std::size_t max_depth) noexcept : max_depth_(max_depth) {}

    /** Use what the service answered from now on, and what was used before until all up to `old_until` was read.

        @param moved  when the position last moved: what came before was read
        @throws failure(error::unusable_key) if algorithm or key can't be used. */
    void use(delivery_mode const& mode, steady_time moved, steady_time old_until);

    /// Know the key of an answer that was never used, too, until all up to `until` was read.
    void keep(delivery_mode const& mode, steady_time until);

    /// Add the envelope in `from` to the block; the reason if there is none.
    [[nodiscard]] std::optional<std::string> read(message const& from, ringtail::detail::notification_block& block);

private:
    class keyed {
    public:
        std::string channel;
        crypto::decoder decoder;
        steady_time until;
    };

    std::vector<keyed>::iterator find(delivery_mode const& mode);

    std::size_t max_depth_;
    std::vector<keyed> keys_; // the current one first
};

} // namespace ringtail::core

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/core/impl/payload_reader.ipp>
#endif
