// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace ringtail::protocol {

/** Remembers the last uuids, to tell a repeated notification from a new one.

    It keeps 64-bit hashes: 1,024 of them (the default) are 8 KiB and their index 16 KiB, grown as they come; two
    different ids share one about once in 10^16 notifications. */
class duplicate_window {
public:
    explicit duplicate_window(std::size_t capacity) noexcept : capacity_(capacity) {}

    /// Whether the id is new; it is remembered in any case. An empty id is always new.
    bool is_new(std::string_view uuid)
    {
        if (uuid.empty() || capacity_ == 0) {
            return true;
        }
        auto const key = hash(uuid);
        if (find(key)) {
            return false;
        }
        if (order_.size() < capacity_) {
            if (2 * (order_.size() + 1) > slots_.size()) {
                grow();
            }
            order_.push_back(key);
        } else {
            erase(order_[oldest_]);
            order_[oldest_] = key;
            oldest_ = (oldest_ + 1) % capacity_;
        }
        insert(key);
        return true;
    }

private:
    // FNV-1a over eight bytes at a time, with a final mix; 0 marks an empty slot.
    static std::uint64_t hash(std::string_view text) noexcept
    {
        std::uint64_t state = 0xcbf29ce484222325u ^ text.size();
        for (std::size_t at = 0; at < text.size(); at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data() + at, std::min<std::size_t>(8, text.size() - at));
            state = (state ^ word) * 0x9e3779b97f4a7c15u;
            state ^= state >> 32;
        }
        return state == 0 ? 1 : state;
    }

    [[nodiscard]] std::size_t home(std::uint64_t key) const noexcept { return static_cast<std::size_t>(key) & (slots_.size() - 1); }
    [[nodiscard]] std::size_t after(std::size_t at) const noexcept { return (at + 1) & (slots_.size() - 1); }

    [[nodiscard]] bool find(std::uint64_t key) const noexcept
    {
        if (slots_.empty()) {
            return false;
        }
        auto at = home(key);
        while (slots_[at] != 0 && slots_[at] != key) {
            at = after(at);
        }
        return slots_[at] == key;
    }

    void insert(std::uint64_t key) noexcept
    {
        auto at = home(key);
        while (slots_[at] != 0) {
            at = after(at);
        }
        slots_[at] = key;
    }

    void erase(std::uint64_t key) noexcept
    {
        auto hole = home(key);
        while (slots_[hole] != key) {
            hole = after(hole);
        }
        // Move up what would not be found any more across the hole (linear probing without tombstones).
        for (auto at = after(hole); slots_[at] != 0; at = after(at)) {
            auto const mask = slots_.size() - 1;
            if (((at - home(slots_[at])) & mask) >= ((at - hole) & mask)) {
                slots_[hole] = slots_[at];
                hole = at;
            }
        }
        slots_[hole] = 0;
    }

    void grow()
    {
        slots_.assign(std::max<std::size_t>(16, 2 * slots_.size()), 0);
        for (auto const key : order_) {
            insert(key);
        }
    }

    std::size_t capacity_;
    std::size_t oldest_ = 0;
    std::vector<std::uint64_t> order_;
    std::vector<std::uint64_t> slots_;
};

} // namespace ringtail::protocol
