// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace ringtail::crypto {

/// An AES-128 key.
using aes_key = std::array<std::uint8_t, 16>;

/// Bytes of an AES block.
inline constexpr std::size_t aes_block = 16;

/** How many bytes of a decrypted text are plain text: PKCS#7 checked to the last byte (RFC 5652 section 6.3).

    @return nothing when `text` is empty, no multiple of the block, or wrongly padded. */
template <class Byte>
constexpr std::optional<std::size_t> pkcs7_unpadded(Byte const* text, std::size_t size) noexcept
{
    static_assert(sizeof(Byte) == 1);
    if (size == 0 || size % aes_block != 0) {
        return std::nullopt;
    }
    auto const count = static_cast<std::uint8_t>(text[size - 1]);
    if (count == 0 || count > aes_block) {
        return std::nullopt;
    }
    for (std::size_t i = size - count; i != size; ++i) {
        if (static_cast<std::uint8_t>(text[i]) != count) {
            return std::nullopt;
        }
    }
    return size - count;
}

/** AES-128 decryption in constant expressions (FIPS 197).

    For texts known at compile time and as the check of the run-time path. At run time it is slow and its table look-ups
    leak timing: `decoder` uses OpenSSL there. */
class constexpr_aes128 {
public:
    constexpr explicit constexpr_aes128(aes_key const& key) noexcept : round_keys_(expand(key)) {}

    /// Decrypt one block in place.
    constexpr void decrypt_block(std::array<std::uint8_t, aes_block>& block) const noexcept
    {
        add_round_key(block, rounds);
        for (std::size_t round = rounds - 1; round != 0; --round) {
            unshift_and_unsubstitute(block);
            add_round_key(block, round);
            unmix_columns(block);
        }
        unshift_and_unsubstitute(block);
        add_round_key(block, 0);
    }

    /// Decrypt a whole text in place, in ECB mode; the size of the plain text, or nothing if length or padding is wrong.
    template <class Byte>
    [[nodiscard]] constexpr std::optional<std::size_t> decrypt(Byte* text, std::size_t size) const noexcept
    {
        for (std::size_t at = 0; at + aes_block <= size; at += aes_block) {
            std::array<std::uint8_t, aes_block> block{};
            for (std::size_t i = 0; i != aes_block; ++i) {
                block[i] = static_cast<std::uint8_t>(text[at + i]);
            }
            decrypt_block(block);
            for (std::size_t i = 0; i != aes_block; ++i) {
                text[at + i] = static_cast<Byte>(block[i]);
            }
        }
        return pkcs7_unpadded(text, size);
    }

private:
    using state = std::array<std::uint8_t, aes_block>;
    using table = std::array<std::uint8_t, 256>;
    static constexpr std::size_t rounds = 10;

    static constexpr std::uint8_t twice(std::uint8_t x) noexcept
    {
        return static_cast<std::uint8_t>(x << 1 ^ ((x & 0x80) != 0 ? 0x1b : 0));
    }

    static constexpr table make_box() noexcept
    {
        table box{};
        std::uint8_t p = 1;
        std::uint8_t q = 1; // always the inverse of p: p walks by the generator 3, q by its inverse
        do {
            p = static_cast<std::uint8_t>(p ^ twice(p));
            q = static_cast<std::uint8_t>(q ^ q << 1);
            q = static_cast<std::uint8_t>(q ^ q << 2);
            q = static_cast<std::uint8_t>(q ^ q << 4);
            q = static_cast<std::uint8_t>((q & 0x80) != 0 ? q ^ 0x09 : q);
            box[p] = static_cast<std::uint8_t>(q ^ std::rotl(q, 1) ^ std::rotl(q, 2) ^ std::rotl(q, 3) ^
                                               std::rotl(q, 4) ^ 0x63);
        } while (p != 1);
        box[0] = 0x63;
        return box;
    }

    static constexpr table invert(table const& box) noexcept
    {
        table inverse{};
        for (std::size_t i = 0; i != box.size(); ++i) {
            inverse[box[i]] = static_cast<std::uint8_t>(i);
        }
        return inverse;
    }

    static constexpr std::array<state, rounds + 1> expand(aes_key const& key) noexcept
    {
        auto const box = make_box();
        std::array<state, rounds + 1> keys{};
        keys[0] = key;
        std::uint8_t constant = 1;
        for (std::size_t round = 1; round <= rounds; ++round) {
            auto const& last = keys[round - 1];
            auto& next = keys[round];
            for (std::size_t i = 0; i != 4; ++i) {
                next[i] = static_cast<std::uint8_t>(last[i] ^ box[last[12 + (i + 1) % 4]]);
            }
            next[0] = static_cast<std::uint8_t>(next[0] ^ constant);
            for (std::size_t i = 4; i != aes_block; ++i) {
                next[i] = static_cast<std::uint8_t>(last[i] ^ next[i - 4]);
            }
            constant = twice(constant);
        }
        return keys;
    }

    constexpr void add_round_key(state& block, std::size_t round) const noexcept
    {
        for (std::size_t i = 0; i != aes_block; ++i) {
            block[i] = static_cast<std::uint8_t>(block[i] ^ round_keys_[round][i]);
        }
    }

    constexpr void unshift_and_unsubstitute(state& block) const noexcept
    {
        auto const shifted = block;
        for (std::size_t column = 0; column != 4; ++column) {
            for (std::size_t row = 0; row != 4; ++row) {
                block[4 * ((column + row) % 4) + row] = inverse_box_[shifted[4 * column + row]];
            }
        }
    }

    static constexpr void unmix_columns(state& block) noexcept
    {
        for (std::size_t at = 0; at != aes_block; at += 4) {
            std::array<std::uint8_t, 4> const a{block[at], block[at + 1], block[at + 2], block[at + 3]};
            for (std::size_t row = 0; row != 4; ++row) {
                auto const times = [](std::uint8_t x, unsigned factor) {
                    unsigned sum = 0;
                    for (; factor != 0; factor >>= 1, x = twice(x)) {
                        sum ^= (factor & 1) != 0 ? x : 0u;
                    }
                    return sum;
                };
                block[at + row] = static_cast<std::uint8_t>(times(a[row], 14) ^ times(a[(row + 1) % 4], 11) ^
                                                            times(a[(row + 2) % 4], 13) ^ times(a[(row + 3) % 4], 9));
            }
        }
    }

    std::array<state, rounds + 1> round_keys_;
    table inverse_box_ = invert(make_box());
};

} // namespace ringtail::crypto
