// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/avx2.hpp>
#include <ringtail/fwd.hpp>
#include <ringtail/protocol/json_balance.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ringtail::protocol {

namespace detail {

// Behind four hexadecimal digits, which are `unit`.
constexpr char const* after_hex4(char const* at, char const* end, std::uint32_t& unit) noexcept
{
    if (end - at < 4) {
        return nullptr;
    }
    unit = 0;
    for (auto const behind = at + 4; at != behind; ++at) {
        auto const c = *at;
        auto const digit = c >= '0' && c <= '9'   ? c - '0'
                           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                  : -1;
        if (digit < 0) {
            return nullptr;
        }
        unit = unit << 4 | static_cast<std::uint32_t>(digit);
    }
    return at;
}

// From a backslash.
constexpr char const* after_escape(char const* at, char const* end) noexcept
{
    if (end - at < 2) {
        return nullptr;
    }
    auto const c = at[1];
    at += 2;
    if (c != 'u') {
        return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos ? at : nullptr;
    }
    std::uint32_t unit = 0;
    at = after_hex4(at, end, unit);
    if (at == nullptr || (unit >= 0xdc00 && unit < 0xe000)) {
        return nullptr;
    }
    if (unit >= 0xd800 && unit < 0xdc00) { // half a pair: its other half must follow
        if (end - at < 2 || at[0] != '\\' || at[1] != 'u') {
            return nullptr;
        }
        at = after_hex4(at + 2, end, unit);
        return unit >= 0xdc00 && unit < 0xe000 ? at : nullptr;
    }
    return at;
}

// From a byte above 0x7f.
constexpr char const* after_utf8(char const* at, char const* end) noexcept
{
    auto const lead = static_cast<unsigned char>(*at);
    std::ptrdiff_t const length = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    if (length == 0 || end - at < length) {
        return nullptr;
    }
    auto const second = static_cast<unsigned char>(at[1]);
    // Overlong forms, surrogates and code points above U+10FFFF all show in the second byte.
    auto const low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    auto const high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) {
        return nullptr;
    }
    for (std::ptrdiff_t i = 2; i < length; ++i) {
        if ((static_cast<unsigned char>(at[i]) & 0xc0) != 0x80) {
            return nullptr;
        }
    }
    return at + length;
}

#if defined(__SSE2__)

// A bit for each of 16 characters that is special within a string.
inline std::uint64_t special_among_16(char const* text) noexcept
{
    __m128i chunk;
    std::memcpy(&chunk, text, sizeof chunk);
    auto const quotes = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('"'));
    auto const backslashes = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('\\'));
    auto const others = _mm_cmplt_epi8(chunk, _mm_set1_epi8(' ')); // as signed bytes, those above 0x7f are below it, too
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), others)));
}

inline std::uint64_t special_among_64(char const* text) noexcept
{
    return special_among_16(text) | special_among_16(text + 16) << 16 | special_among_16(text + 32) << 32 | special_among_16(text + 48) << 48;
}

#ifdef RINGTAIL_AVX2

__attribute__((target("avx2"))) inline std::uint64_t special_among_64_wide(char const* text) noexcept
{
    using namespace ringtail::detail::avx2;
    bytes first;
    bytes second;
    std::memcpy(&first, text, sizeof first);
    std::memcpy(&second, text + sizeof first, sizeof second);
    std::uint64_t const low = bits_of((first == '"') | (first == '\\') | (first < ' '));
    std::uint64_t const high = bits_of((second == '"') | (second == '\\') | (second < ' '));
    return low | high << 32;
}

#endif

// The same for the next 64, of which `left` are text.
inline std::uint64_t special_from(char const* text, std::size_t left) noexcept
{
    char padded[64];
    if (left < sizeof padded) {
        std::memset(padded, ' ', sizeof padded);
        std::memcpy(padded, text, left);
        text = padded;
    }
#ifdef RINGTAIL_AVX2
    if (ringtail::detail::avx2::is_here()) {
        return special_among_64_wide(text);
    }
#endif
    return special_among_64(text);
}

#endif

// Behind the string that goes on here; for those that are not plain.
[[gnu::noinline]] constexpr char const* after_rest_of_string(char const* at, char const* end) noexcept
{
    while (at != nullptr && at != end && *at != '"') {
        auto const c = static_cast<unsigned char>(*at);
        at = c == '\\' ? after_escape(at, end) : c > 0x7f ? after_utf8(at, end) : c >= 0x20 ? at + 1 : nullptr;
    }
    return at == nullptr || at == end ? nullptr : at + 1;
}

constexpr char const* after_digits(char const* at, char const* end) noexcept
{
    auto const start = at;
    while (at != end && *at >= '0' && *at <= '9') {
        ++at;
    }
    return at != start ? at : nullptr;
}

constexpr char const* after_number(char const* at, char const* end) noexcept
{
    at += at != end && *at == '-' ? 1 : 0;
    at = at != end && *at == '0' ? at + 1 : after_digits(at, end);
    if (at != nullptr && at != end && *at == '.') {
        at = after_digits(at + 1, end);
    }
    if (at != nullptr && at != end && (*at == 'e' || *at == 'E')) {
        ++at;
        at += at != end && (*at == '+' || *at == '-') ? 1 : 0;
        at = after_digits(at, end);
    }
    return at;
}

} // namespace detail

/** A place in JSON text that is moved over one part after the other (RFC 8259).

    Each function expects its part right here, is false if that is malformed, and the place is of no use then. Where the next special
    character stands is looked up for 64 at a time: from one string to the next there is only a shift to wait for. */
class json_place {
public:
    constexpr explicit json_place(std::string_view text) noexcept : text_(text.data()), end_(text.size()) {}

    [[nodiscard]] constexpr std::size_t at() const noexcept { return at_; }
    [[nodiscard]] constexpr bool at_end() const noexcept { return at_ == end_; }
    [[nodiscard]] constexpr bool is_at(char c) const noexcept { return at_ != end_ && text_[at_] == c; }
    [[nodiscard]] constexpr char here() const noexcept { return at_ != end_ ? text_[at_] : '\0'; }
    [[nodiscard]] constexpr std::string_view since(std::size_t start) const noexcept { return {text_ + start, at_ - start}; }

    constexpr void step() noexcept { ++at_; }

    constexpr void space() noexcept
    {
        while (at_ != end_ && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
            ++at_;
        }
    }

    // Inlined, for what the compiler keeps in registers across it is most of its cost.
    [[gnu::always_inline]] constexpr bool string() noexcept
    {
        if (!is_at('"')) {
            return false;
        }
        ++at_;
        to_special();
        plain_ = is_at('"');
        if (plain_) {
            ++at_;
            return true;
        }
        return move_to(detail::after_rest_of_string(text_ + at_, text_ + end_));
    }

    /// Whether the last string had neither escapes nor anything but ASCII; if in doubt, not.
    [[nodiscard]] constexpr bool was_plain() const noexcept { return plain_; }

    constexpr bool word(std::string_view expected) noexcept
    {
        auto const same = end_ - at_ >= expected.size() && std::string_view(text_ + at_, expected.size()) == expected;
        at_ += same ? expected.size() : 0;
        return same;
    }

    constexpr bool number() noexcept { return move_to(detail::after_number(text_ + at_, text_ + end_)); }

    /// The name of a member, its colon and the white space behind.
    [[gnu::always_inline]] constexpr bool name() noexcept
    {
        if (!string()) {
            return false;
        }
        space();
        if (!is_at(':')) {
            return false;
        }
        ++at_;
        space();
        return true;
    }

    /** A whole value, all that is in it included.

        @param depth  how many arrays and objects may stand in one another. */
    constexpr bool value(std::size_t depth) noexcept { return move_to(behind_value(*this, depth)); }

    /// An array or object by its brackets and quotes alone.
    constexpr bool unchecked() noexcept { return move_to(json_balance::after(text_ + at_, text_ + end_)); }

private:
    constexpr bool move_to(char const* behind) noexcept
    {
        at_ = behind != nullptr ? static_cast<std::size_t>(behind - text_) : at_;
        return behind != nullptr;
    }

    // To the next special character, or the end.
    [[gnu::always_inline]] constexpr void to_special() noexcept
    {
#if defined(__SSE2__)
        if (!std::is_constant_evaluated()) {
            while (at_ != end_) {
                if (at_ - looked_from_ >= 64) {
                    looked_from_ = at_;
                    special_ = detail::special_from(text_ + at_, end_ - at_);
                }
                if (auto const found = special_ >> (at_ - looked_from_); found != 0) {
                    at_ += static_cast<std::size_t>(__builtin_ctzll(found));
                    return;
                }
                at_ = std::min(end_, looked_from_ + 64);
            }
            return;
        }
#endif
        // Where there is nothing to look up with, and in constant expressions, the rest of the string does it.
    }

    // A copy moves, for what nobody else can see stays in registers.
    static constexpr char const* behind_value(json_place in, std::size_t depth) noexcept
    {
        constexpr std::size_t bits = 64;
        std::uint64_t objects = 0; // which of those that are open are objects; the innermost is the lowest bit
        std::size_t open = 0;
        for (;;) {
            auto good = false;
            switch (in.here()) {
            case '{':
            case '[': {
                if (open == std::min(depth, bits)) {
                    good = open < depth && in.move_to(behind_value(in, depth - bits));
                    break;
                }
                auto const object = in.is_at('{');
                in.step();
                in.space();
                if (in.is_at(object ? '}' : ']')) {
                    in.step();
                    good = true;
                    break;
                }
                objects = objects << 1 | (object ? 1u : 0u);
                ++open;
                if (object && !in.name()) {
                    return nullptr;
                }
                continue;
            }
            case '"': good = in.string(); break;
            case 't': good = in.word("true"); break;
            case 'f': good = in.word("false"); break;
            case 'n': good = in.word("null"); break;
            default: good = in.number();
            }
            if (!good) {
                return nullptr;
            }
            for (;; in.step(), objects >>= 1, --open) {
                if (open == 0) {
                    return in.text_ + in.at_;
                }
                in.space();
                auto const object = (objects & 1) != 0;
                if (in.is_at(',')) {
                    in.step();
                    in.space();
                    if (object && !in.name()) {
                        return nullptr;
                    }
                    break;
                }
                if (!in.is_at(object ? '}' : ']')) {
                    return nullptr;
                }
            }
        }
    }

    char const* text_;
    std::size_t end_;
    std::size_t at_ = 0;
    std::size_t looked_from_ = static_cast<std::size_t>(-65); // nowhere
    std::uint64_t special_ = 0;                               // a bit for each of the 64 characters from there on
    bool plain_ = false;
};

} // namespace ringtail::protocol
