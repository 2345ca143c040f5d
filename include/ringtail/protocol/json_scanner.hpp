// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ringtail::protocol {

/** A validating pass over JSON text that builds nothing (RFC 8259).

    A notification is looked at for six members and handed on as text, so a document tree would be most of its cost. The
    scanner checks everything a parser checks (grammar, UTF-8, depth) and reports where values stand. Usable in constant
    expressions. Once something is malformed every further call fails. */
class json_scanner {
public:
    /** @param text       must outlive the scanner and the views it returns.
        @param max_depth  deepest nesting of arrays and objects that is accepted. */
    constexpr explicit json_scanner(std::string_view text, std::size_t max_depth = 64) noexcept
        : text_(text), depth_left_(max_depth)
    {
    }

    /// Validate the next value; its text, without white space around it, or an empty view if it is malformed.
    constexpr std::string_view value() noexcept
    {
        skip_space();
        auto const start = at_;
        return skip_value() ? text_.substr(start, at_ - start) : std::string_view{};
    }

    /** The text of the next value, where only strings and the balance of its brackets are checked, at any depth.

        For a value that is validated on its own later: what is wrong inside it must not spoil what is around it. */
    constexpr std::string_view unchecked_value() noexcept
    {
        skip_space();
        if (at_ == text_.size() || (text_[at_] != '{' && text_[at_] != '[')) {
            return value();
        }
        auto const start = at_;
        std::size_t depth = 0;
        do {
            if (at_ == text_.size()) {
                fail();
                return {};
            }
            auto const c = text_[at_];
            if (c == '"') {
                if (!skip_string()) {
                    return {};
                }
                continue;
            }
            depth += c == '{' || c == '[' ? 1u : 0u;
            depth -= c == '}' || c == ']' ? 1u : 0u;
            ++at_;
        } while (depth != 0);
        return text_.substr(start, at_ - start);
    }

    /** Enter an object and hand each member to `visit(name, scanner)`, which must consume exactly its value.

        Names come as they stand in the text, without quotes and not unescaped. */
    template <class Visit>
    constexpr bool object(Visit&& visit)
    {
        return nested('{', '}', [&] {
            skip_space();
            std::string_view name;
            if (!string(name)) {
                return false;
            }
            skip_space();
            return accept(':') && visit(name, *this) && ok_;
        });
    }

    /// Enter an array; `visit(scanner)` must consume exactly one element.
    template <class Visit>
    constexpr bool array(Visit&& visit)
    {
        return nested('[', ']', [&] { return visit(*this) && ok_; });
    }

    /// Consume a string; `content` is what stands between the quotes, escapes untouched.
    constexpr bool string(std::string_view& content) noexcept
    {
        skip_space();
        auto const start = at_ + 1;
        if (!skip_string()) {
            return false;
        }
        content = text_.substr(start, at_ - 1 - start);
        return true;
    }

    /// The first character of the next value, or 0 at the end of the text.
    constexpr char peek() noexcept
    {
        skip_space();
        return at_ < text_.size() ? text_[at_] : '\0';
    }

    /// Whether all was well so far and nothing but white space is left.
    constexpr bool at_end() noexcept
    {
        skip_space();
        return ok_ && at_ == text_.size();
    }

private:
    constexpr bool fail() noexcept
    {
        ok_ = false;
        return false;
    }

    constexpr bool accept(char expected) noexcept
    {
        if (at_ < text_.size() && text_[at_] == expected) {
            ++at_;
            return true;
        }
        return fail();
    }

    constexpr void skip_space() noexcept
    {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
            ++at_;
        }
    }

    template <class Item>
    constexpr bool nested(char open, char close, Item&& item)
    {
        skip_space();
        if (depth_left_ == 0 || !accept(open)) {
            return fail();
        }
        --depth_left_;
        skip_space();
        if (at_ < text_.size() && text_[at_] == close) {
            ++at_;
        } else {
            for (;;) {
                if (!item()) {
                    return fail();
                }
                skip_space();
                if (at_ < text_.size() && text_[at_] == ',') {
                    ++at_;
                } else if (accept(close)) {
                    break;
                } else {
                    return false;
                }
            }
        }
        ++depth_left_;
        return ok_;
    }

    constexpr bool skip_value() noexcept
    {
        if (!ok_ || at_ == text_.size()) {
            return fail();
        }
        switch (text_[at_]) {
        case '{':
            return object([](std::string_view, json_scanner& in) {
                in.skip_space();
                return in.skip_value();
            });
        case '[':
            return array([](json_scanner& in) {
                in.skip_space();
                return in.skip_value();
            });
        case '"': return skip_string();
        case 't': return skip_word("true");
        case 'f': return skip_word("false");
        case 'n': return skip_word("null");
        default: return skip_number();
        }
    }

    constexpr bool skip_word(std::string_view word) noexcept
    {
        if (text_.substr(at_, word.size()) != word) {
            return fail();
        }
        at_ += word.size();
        return true;
    }

    constexpr bool skip_digits() noexcept
    {
        auto const start = at_;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
            ++at_;
        }
        return at_ != start;
    }

    constexpr bool skip_number() noexcept
    {
        auto const here = [&](char c) { return at_ < text_.size() && text_[at_] == c; };
        if (here('-')) {
            ++at_;
        }
        if (here('0')) {
            ++at_;
        } else if (!skip_digits()) {
            return fail();
        }
        if (here('.')) {
            ++at_;
            if (!skip_digits()) {
                return fail();
            }
        }
        if (here('e') || here('E')) {
            ++at_;
            if (here('+') || here('-')) {
                ++at_;
            }
            if (!skip_digits()) {
                return fail();
            }
        }
        return true;
    }

    // Move to the next character that needs a look: a quote, a backslash, a control character or a byte above 0x7f.
    constexpr void skip_plain() noexcept
    {
        if (!std::is_constant_evaluated()) {
#if defined(__SSE2__)
            auto const quote = _mm_set1_epi8('"');
            auto const backslash = _mm_set1_epi8('\\');
            auto const space = _mm_set1_epi8(' ');
            while (at_ + 16 <= text_.size()) {
                __m128i chunk;
                std::memcpy(&chunk, text_.data() + at_, sizeof chunk);
                // Compared as signed bytes, everything above 0x7f is below the space too.
                auto const special = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(chunk, quote), _mm_cmpeq_epi8(chunk, backslash)),
                                                  _mm_cmplt_epi8(chunk, space));
                auto const found = static_cast<unsigned>(_mm_movemask_epi8(special));
                if (found != 0) {
                    at_ += static_cast<std::size_t>(__builtin_ctz(found));
                    return;
                }
                at_ += 16;
            }
#endif
        }
        while (at_ < text_.size()) {
            auto const c = static_cast<unsigned char>(text_[at_]);
            if (c == '"' || c == '\\' || c < 0x20 || c > 0x7f) {
                return;
            }
            ++at_;
        }
    }

    constexpr bool skip_string() noexcept
    {
        if (!ok_ || !accept('"')) {
            return fail();
        }
        for (;;) {
            skip_plain();
            if (at_ == text_.size()) {
                return fail();
            }
            auto const c = static_cast<unsigned char>(text_[at_]);
            if (c == '"') {
                ++at_;
                return true;
            }
            if (!(c == '\\' ? skip_escape() : c > 0x7f && skip_utf8())) {
                return fail();
            }
        }
    }

    constexpr bool skip_hex4(std::uint32_t& unit) noexcept
    {
        unit = 0;
        for (auto end = at_ + 4; at_ != end; ++at_) {
            if (at_ >= text_.size()) {
                return false;
            }
            auto const c = text_[at_];
            auto const digit = c >= '0' && c <= '9'   ? c - '0'
                               : c >= 'a' && c <= 'f' ? c - 'a' + 10
                               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                      : -1;
            if (digit < 0) {
                return false;
            }
            unit = unit << 4 | static_cast<std::uint32_t>(digit);
        }
        return true;
    }

    constexpr bool skip_escape() noexcept
    {
        ++at_;
        if (at_ == text_.size()) {
            return false;
        }
        auto const c = text_[at_++];
        if (c != 'u') {
            return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
        }
        std::uint32_t unit = 0;
        if (!skip_hex4(unit) || (unit >= 0xdc00 && unit < 0xe000)) {
            return false;
        }
        if (unit >= 0xd800 && unit < 0xdc00) { // half a pair: its other half must follow
            if (text_.substr(at_, 2) != "\\u") {
                return false;
            }
            at_ += 2;
            return skip_hex4(unit) && unit >= 0xdc00 && unit < 0xe000;
        }
        return true;
    }

    constexpr bool skip_utf8() noexcept
    {
        auto const lead = static_cast<unsigned char>(text_[at_]);
        std::size_t const length = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
        if (length == 0 || text_.size() - at_ < length) {
            return false;
        }
        auto const second = static_cast<unsigned char>(text_[at_ + 1]);
        // Overlong forms, surrogates and code points above U+10FFFF all show in the second byte.
        auto const low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        auto const high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (second < low || second > high) {
            return false;
        }
        for (std::size_t i = 2; i < length; ++i) {
            if ((static_cast<unsigned char>(text_[at_ + i]) & 0xc0) != 0x80) {
                return false;
            }
        }
        at_ += length;
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_left_;
    bool ok_ = true;
};

} // namespace ringtail::protocol
