// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace ringtail::detail {

/// A queue in one piece of memory, which it gives back once it is empty: tens of thousands of them wait in vain at a time,
/// and an empty `std::deque` holds 600 bytes.
template <class T>
class flat_queue {
public:
    [[nodiscard]] bool empty() const noexcept { return head_ == items_.size(); }
    [[nodiscard]] T& front() noexcept { return items_[head_]; }
    [[nodiscard]] T& back() noexcept { return items_.back(); }

    void push_back(T item)
    {
        if (items_.size() == items_.capacity() && head_ > items_.size() / 2) {
            items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(std::exchange(head_, 0)));
        }
        items_.push_back(std::move(item));
    }

    void push_front(T item)
    {
        if (head_ != 0) {
            items_[--head_] = std::move(item);
        } else {
            items_.insert(items_.begin(), std::move(item));
        }
    }

    void pop_front()
    {
        auto const last = std::move(items_[head_++]); // whatever it holds ends now
        if (empty()) {
            items_.clear();
            head_ = 0;
            if (items_.capacity() > kept) {
                items_.shrink_to_fit();
            }
        }
    }

    /// Give back what an empty one keeps for the next item.
    void release()
    {
        items_ = {};
        head_ = 0;
    }

private:
    static constexpr std::size_t kept = 1; // as one delivery after the other needs

    std::vector<T> items_;
    std::size_t head_ = 0;
};

} // namespace ringtail::detail
