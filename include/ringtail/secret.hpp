// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace ringtail {

/** Text that must not be seen: a token, a key, a password.

    There is no way to print it but `reveal()`, which is for the wire only; it is wiped when it goes. */
class secret {
public:
    secret() = default;
    explicit secret(std::string text) : text_(std::move(text)) { wipe(text); }
    secret(secret const&) = default;
    secret(secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }
    secret& operator=(secret other) noexcept
    {
        text_.swap(other.text_);
        return *this;
    }
    ~secret() { wipe(text_); }

    [[nodiscard]] std::string_view reveal() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    friend bool operator==(secret const& a, secret const& b) noexcept { return a.text_ == b.text_; }

private:
    static void wipe(std::string& text) noexcept
    {
        // Short strings live inside the object, so a moved-from one still holds them.
        text.resize(text.capacity());
        for (auto volatile* byte = text.data(); byte != text.data() + text.size(); ++byte) {
            *byte = '\0';
        }
        text.clear();
    }

    std::string text_;
};

} // namespace ringtail
