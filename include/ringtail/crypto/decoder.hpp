// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/crypto/aes.hpp>
#include <ringtail/crypto/base64.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ringtail::crypto {

/// Why an encrypted payload could not be read.
enum class decode_fault { none, not_base64, bad_length, bad_padding };

/// A fault in words, for `undecodable`.
constexpr std::string_view describe(decode_fault fault) noexcept
{
    switch (fault) {
    case decode_fault::none: return "no fault";
    case decode_fault::not_base64: return "not base64";
    case decode_fault::bad_length: return "not a whole number of cipher blocks";
    case decode_fault::bad_padding: return "wrong padding: damaged, or encrypted with another key";
    }
    return "";
}

/// A decoded text that can live in a constant expression (libstdc++ 12's containers can't under clang).
class plain_text {
public:
    constexpr explicit plain_text(std::size_t size) : bytes_(new char[size]{}), size_(size) {}
    constexpr plain_text(plain_text&& other) noexcept
        : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0))
    {
    }
    constexpr plain_text& operator=(plain_text other) noexcept
    {
        std::swap(bytes_, other.bytes_);
        std::swap(size_, other.size_);
        return *this;
    }
    constexpr ~plain_text() { delete[] bytes_; }

    [[nodiscard]] constexpr char* data() noexcept { return bytes_; }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {bytes_, size_}; }
    constexpr void shrink(std::size_t size) noexcept { size_ = size; }

    friend constexpr bool operator==(plain_text const& a, plain_text const& b) noexcept { return a.view() == b.view(); }

private:
    char* bytes_;
    std::size_t size_;
};

/** Decode a payload in a constant expression, or through OpenSSL when it is evaluated at run time.

    The payload is base64, then AES-128-ECB, then PKCS#7, as the service encrypts what it sends over PubNub
    (`deliveryMode.encryptionKey`; the official JavaScript client's `subscriptions` package does the same).
    @return the plain text, or nothing if key or payload is malformed. */
constexpr std::optional<plain_text> decode(std::string_view key_base64, std::string_view payload_base64);

/** One key, ready to decrypt any number of payloads.

    Keeps one keyed OpenSSL context from the first payload on, which is what makes a payload cost about 100 ns and not a microsecond.
    Movable; the key is wiped when the decoder is destroyed. Not for use from two threads at once. */
class decoder {
public:
    /** @param key_base64 the base64 text of a 16-byte key.
        @throws failure(error::unusable_key) for anything else; the text never shows the key. */
    explicit decoder(std::string_view key_base64);

    decoder(decoder&& other) noexcept : key_(std::exchange(other.key_, {})), context_(std::move(other.context_)) {}
    decoder& operator=(decoder&& other) noexcept
    {
        key_.swap(other.key_);
        context_.swap(other.context_);
        return *this;
    }
    ~decoder();

    /// Whether it was made from this text.
    [[nodiscard]] bool is_of(std::string_view key_base64) const;

    /** Decrypt a payload and append the plain text to `out`.

        On a fault `out` is as it was.
        @throws failure(error::unusable_key) if OpenSSL offers no AES-128-ECB. */
    decode_fault append_decoded(std::string_view payload_base64, std::string& out);

private:
    struct free_context {
        void operator()(void* context) const noexcept;
    };
    void make_context();

    aes_key key_{};
    std::unique_ptr<void, free_context> context_; // costs more than all else that reads for an idle subscription
};

namespace detail {

constexpr std::optional<plain_text> constexpr_decode(std::string_view key_base64, std::string_view payload_base64)
{
    plain_text key_bytes(base64_decoded_bound(key_base64.size()));
    plain_text text(base64_decoded_bound(payload_base64.size()));
    auto const key_size = base64_decode(key_base64, key_bytes.data());
    auto const cipher_size = base64_decode(payload_base64, text.data());
    if (key_size != aes_block || !cipher_size) {
        return std::nullopt;
    }
    aes_key key{};
    for (std::size_t i = 0; i != key.size(); ++i) {
        key[i] = static_cast<std::uint8_t>(key_bytes.data()[i]);
    }
    auto const size = constexpr_aes128(key).decrypt(text.data(), *cipher_size);
    if (!size) {
        return std::nullopt;
    }
    text.shrink(*size);
    return text;
}

RINGTAIL_DECL std::optional<plain_text> runtime_decode(std::string_view key_base64, std::string_view payload_base64);

} // namespace detail

constexpr std::optional<plain_text> decode(std::string_view key_base64, std::string_view payload_base64)
{
    if (std::is_constant_evaluated()) {
        return detail::constexpr_decode(key_base64, payload_base64);
    }
    return detail::runtime_decode(key_base64, payload_base64);
}

} // namespace ringtail::crypto

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/crypto/impl/decoder.ipp>
#endif
