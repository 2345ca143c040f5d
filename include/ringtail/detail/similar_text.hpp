// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/secret.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace ringtail::detail {

/** A text, kept as what differs from another one where that is much shorter.

    The service describes one subscription as it does the next, but for ids, keys and times: of tens of thousands only the first is
    kept in full. What is kept is wiped at the end, for there are keys in it. */
class similar_text {
public:
    using pattern = std::shared_ptr<secret const>;

    similar_text() = default;
    /// @param like  what it probably resembles; is set to this text if it does not.
    similar_text(std::string_view text, pattern& like)
    {
        if (text.empty()) {
            return;
        }
        auto parts = like ? differences(text, like->reveal()) : std::string();
        if (like && parts.size() <= text.size() / 2) {
            parts.shrink_to_fit();
            parts_ = secret(std::move(parts));
        } else {
            like = std::make_shared<secret const>(std::string(text));
        }
        pattern_ = like;
    }

    [[nodiscard]] bool empty() const noexcept { return pattern_ == nullptr; }

    [[nodiscard]] std::string text() const
    {
        if (parts_.empty()) {
            return std::string(pattern_ ? pattern_->reveal() : std::string_view());
        }
        std::string result;
        auto rest = parts_.reveal();
        while (!rest.empty()) {
            auto const own = take(rest);
            result += rest.substr(0, own);
            rest.remove_prefix(own);
            auto const from = take(rest);
            result += pattern_->reveal().substr(from, take(rest));
        }
        return result;
    }

private:
    static constexpr std::size_t least = 12; // that are worth a reference
    static constexpr std::size_t most = UINT16_MAX;
    static constexpr std::size_t effort = 256; // at most so many times the texts are looked through; for descriptions 70 are enough

    static void put(std::string& to, std::size_t number)
    {
        to += static_cast<char>(number & 0xff);
        to += static_cast<char>(number >> 8);
    }
    static std::size_t take(std::string_view& from)
    {
        auto const number = static_cast<std::size_t>(static_cast<unsigned char>(from[0]) | static_cast<unsigned char>(from[1]) << 8);
        from.remove_prefix(2);
        return number;
    }

    // Again and again: a piece of its own, then a piece of the pattern.
    static std::string differences(std::string_view text, std::string_view like)
    {
        std::string result;
        std::size_t from = 0; // in the pattern
        std::size_t own = 0;  // begins there in the text
        std::size_t looked = 0;
        if (text.size() > most || like.size() > most) {
            return std::string(text);
        }
        for (std::size_t at = 0; at < text.size();) {
            auto const found = at + least <= text.size() ? like.find(text.substr(at, least), from) : std::string_view::npos;
            looked += std::min(found, like.size()) - from;
            if (looked > effort * (text.size() + like.size())) {
                return std::string(text); // alike or not, it is not worth it
            }
            if (found == std::string_view::npos) {
                ++at;
                continue;
            }
            auto same = least;
            while (at + same < text.size() && found + same < like.size() && text[at + same] == like[found + same]) {
                ++same;
            }
            put(result, at - own);
            result += text.substr(own, at - own);
            put(result, found);
            put(result, same);
            own = at += same;
            from = found + same;
        }
        if (own != text.size()) {
            put(result, text.size() - own);
            result += text.substr(own);
            put(result, 0);
            put(result, 0);
        }
        return result;
    }

    pattern pattern_;
    secret parts_; // empty: it is the pattern
};

} // namespace ringtail::detail
