// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringtail::detail {

/// A piece of a block's text.
class text_span {
public:
    constexpr text_span() noexcept = default;
    constexpr text_span(std::size_t from, std::size_t size) noexcept
        : offset(static_cast<std::uint32_t>(from)), length(static_cast<std::uint32_t>(size))
    {
    }

    std::uint32_t offset = 0;
    std::uint32_t length = 0;
};

/// Where the parts of one envelope stand in its block.
class envelope_spans {
public:
    text_span whole;
    text_span uuid;
    text_span event;
    text_span timestamp;
    text_span subscription_id;
    text_span owner_id;
    text_span body;
};

/** The notifications of one reply: one text, and where in it each of them stands.

    Shared by the notifications that point into it and by the subscription, which fills it again when it is the only
    owner left; so a steady stream allocates nothing. */
class notification_block {
public:
    std::string text;
    std::vector<envelope_spans> envelopes;

    [[nodiscard]] std::string_view view(text_span span) const noexcept { return {text.data() + span.offset, span.length}; }

private:
    friend class block_ptr;
    std::atomic<std::uint32_t> owners_{1};
};

/// Counted ownership of a block. `sole_owner()` synchronises with the owners that left, which `shared_ptr` does not offer.
class block_ptr {
public:
    block_ptr() noexcept = default;
    [[nodiscard]] static block_ptr make()
    {
        block_ptr made;
        made.block_ = new notification_block;
        return made;
    }

    block_ptr(block_ptr const& other) noexcept : block_(other.block_)
    {
        if (block_ != nullptr) {
            block_->owners_.fetch_add(1, std::memory_order_relaxed);
        }
    }
    block_ptr(block_ptr&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    block_ptr& operator=(block_ptr other) noexcept
    {
        std::swap(block_, other.block_);
        return *this;
    }
    ~block_ptr()
    {
        if (block_ != nullptr && block_->owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete block_;
        }
    }

    [[nodiscard]] bool sole_owner() const noexcept
    {
        return block_ != nullptr && block_->owners_.load(std::memory_order_acquire) == 1;
    }
    explicit operator bool() const noexcept { return block_ != nullptr; }
    notification_block& operator*() const noexcept { return *block_; }
    notification_block* operator->() const noexcept { return block_; }

private:
    notification_block* block_ = nullptr;
};

} // namespace ringtail::detail
