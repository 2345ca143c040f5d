// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/crypto/base64_simd.hpp>
#include <ringtail/fwd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace ringtail::crypto {

namespace detail {

inline constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

inline constexpr std::uint32_t base64_invalid = 0x0100'0000;

// One table for each position in a group of four, already shifted: decoding a group is four loads and three ors.
constexpr auto base64_tables()
{
    std::array<std::array<std::uint32_t, 256>, 4> tables{};
    for (auto& table : tables) {
        table.fill(base64_invalid);
    }
    for (std::uint32_t value = 0; value < 64; ++value) {
        auto const letter = static_cast<unsigned char>(base64_alphabet[value]);
        for (std::size_t place = 0; place < 4; ++place) {
            tables[place][letter] = value << (18 - 6 * place);
        }
    }
    return tables;
}

inline constexpr auto base64_decode_tables = base64_tables();

} // namespace detail

/// The most bytes that `base64_decode` writes for a text of `length` characters.
constexpr std::size_t base64_decoded_bound(std::size_t length) noexcept
{
    return length / 4 * 3 + 3;
}

/** Decode standard base64 (RFC 4648 section 4) with its padding; white space and other alphabets are refused.

    @param out  room for `base64_decoded_bound(text.size())` bytes; may start where `text` starts.
    @return the number of bytes written, or nothing if `text` is not base64. */
template <class Byte>
constexpr std::optional<std::size_t> base64_decode(std::string_view text, Byte* out) noexcept
{
    static_assert(sizeof(Byte) == 1);
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    if (text.empty()) {
        return 0;
    }
    auto const& tables = detail::base64_decode_tables;
    auto const octet = [](char c) { return static_cast<unsigned char>(c); };
    auto const start = out;

    std::size_t const padding = text.back() != '=' ? 0 : text[text.size() - 2] != '=' ? 1 : 2;
    std::size_t const whole = text.size() - (padding != 0 ? 4 : 0);
    std::uint32_t seen = 0;
    std::size_t i = 0;
    if (!std::is_constant_evaluated()) {
        i = detail::base64_decode_prefix(text.substr(0, whole), reinterpret_cast<unsigned char*>(out));
        out += i / 4 * 3;
    }
    for (; i != whole; i += 4) {
        auto const group = tables[0][octet(text[i])] | tables[1][octet(text[i + 1])] | tables[2][octet(text[i + 2])] |
                           tables[3][octet(text[i + 3])];
        seen |= group;
        *out++ = static_cast<Byte>(group >> 16 & 0xff);
        *out++ = static_cast<Byte>(group >> 8 & 0xff);
        *out++ = static_cast<Byte>(group & 0xff);
    }
    if (padding != 0) {
        auto group = tables[0][octet(text[whole])] | tables[1][octet(text[whole + 1])];
        if (padding == 1) {
            group |= tables[2][octet(text[whole + 2])];
        }
        // Bits that the padding cuts off must be zero, else two texts would mean the same bytes.
        seen |= group | ((group & (padding == 1 ? 0xffu : 0xffffu)) != 0 ? detail::base64_invalid : 0);
        *out++ = static_cast<Byte>(group >> 16 & 0xff);
        if (padding == 1) {
            *out++ = static_cast<Byte>(group >> 8 & 0xff);
        }
    }
    if ((seen & detail::base64_invalid) != 0) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(out - start);
}

/// The bytes of `text`, or nothing if it is not base64.
inline std::optional<std::string> base64_decode(std::string_view text)
{
    std::string bytes(base64_decoded_bound(text.size()), '\0');
    auto const size = base64_decode(text, bytes.data());
    if (!size) {
        return std::nullopt;
    }
    bytes.resize(*size);
    return bytes;
}

/// Standard base64 of `bytes`, with padding.
inline std::string base64_encode(std::string_view bytes)
{
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    auto const octet = [&](std::size_t i) -> std::uint32_t {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u;
    };
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        auto const group = octet(i) << 16 | octet(i + 1) << 8 | octet(i + 2);
        text += detail::base64_alphabet[group >> 18];
        text += detail::base64_alphabet[group >> 12 & 63];
        text += i + 1 < bytes.size() ? detail::base64_alphabet[group >> 6 & 63] : '=';
        text += i + 2 < bytes.size() ? detail::base64_alphabet[group & 63] : '=';
    }
    return text;
}

/// Base64url without padding (RFC 4648 section 5), as PKCE wants it.
inline std::string base64url_encode(std::string_view bytes)
{
    auto text = base64_encode(bytes);
    while (!text.empty() && text.back() == '=') {
        text.pop_back();
    }
    for (auto& c : text) {
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    return text;
}

} // namespace ringtail::crypto
