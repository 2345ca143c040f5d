// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/crypto/decoder.hpp>
#include <ringtail/error.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <new>

namespace ringtail::crypto {

RINGTAIL_DECL void decoder::free_context::operator()(void* context) const noexcept
{
    EVP_CIPHER_CTX_free(static_cast<EVP_CIPHER_CTX*>(context)); // wipes the key schedule
}

RINGTAIL_DECL decoder::decoder(std::string_view key_base64)
{
    auto key = base64_decode(key_base64);
    if (!key) {
        throw failure(error::unusable_key, "encryptionKey is not base64");
    }
    if (key->size() != aes_block) {
        auto const size = std::to_string(key->size());
        OPENSSL_cleanse(key->data(), key->size());
        throw failure(error::unusable_key, "encryptionKey has " + size + " bytes, AES-128 needs 16");
    }
    std::copy(key->begin(), key->end(), reinterpret_cast<char*>(key_.data()));
    OPENSSL_cleanse(key->data(), key->size());
}

RINGTAIL_DECL decoder::~decoder()
{
    OPENSSL_cleanse(key_.data(), key_.size());
}

RINGTAIL_DECL void decoder::make_context()
{
    context_.reset(EVP_CIPHER_CTX_new());
    auto* const context = static_cast<EVP_CIPHER_CTX*>(context_.get());
    auto const ready = context != nullptr &&
                       EVP_DecryptInit_ex(context, EVP_aes_128_ecb(), nullptr,
                                          key_.data(), nullptr) == 1 &&
                       // Without OpenSSL's padding no Final call is needed and the context stays keyed.
                       EVP_CIPHER_CTX_set_padding(context, 0) == 1;
    if (!ready) {
        context_.reset();
        throw failure(error::unusable_key, "OpenSSL offers no AES-128-ECB");
    }
}

RINGTAIL_DECL bool decoder::is_of(std::string_view key_base64) const
{
    auto key = base64_decode(key_base64);
    auto const same = key && key->size() == key_.size() && CRYPTO_memcmp(key->data(), key_.data(), key_.size()) == 0;
    if (key) {
        OPENSSL_cleanse(key->data(), key->size());
    }
    return same;
}

RINGTAIL_DECL decode_fault decoder::append_decoded(std::string_view payload_base64, std::string& out)
{
    if (!context_) {
        make_context();
    }
    auto const before = out.size();
    out.resize(before + base64_decoded_bound(payload_base64.size()));
    auto* const text = reinterpret_cast<unsigned char*>(out.data() + before);
    auto const fail = [&](decode_fault fault) {
        out.resize(before);
        return fault;
    };

    auto const cipher = base64_decode(payload_base64, text);
    if (!cipher) {
        return fail(decode_fault::not_base64);
    }
    if (*cipher == 0 || *cipher % aes_block != 0) {
        return fail(decode_fault::bad_length);
    }
    int written = 0;
    auto* const context = static_cast<EVP_CIPHER_CTX*>(context_.get());
    if (EVP_DecryptUpdate(context, text, &written, text, static_cast<int>(*cipher)) != 1 ||
        static_cast<std::size_t>(written) != *cipher) {
        return fail(decode_fault::bad_length);
    }
    auto const plain = pkcs7_unpadded(text, *cipher);
    if (!plain) {
        return fail(decode_fault::bad_padding);
    }
    out.resize(before + *plain);
    return decode_fault::none;
}

namespace detail {

RINGTAIL_DECL std::optional<plain_text> runtime_decode(std::string_view key_base64, std::string_view payload_base64)
{
    try {
        decoder once(key_base64);
        std::string plain;
        if (once.append_decoded(payload_base64, plain) != decode_fault::none) {
            return std::nullopt;
        }
        plain_text text(plain.size());
        plain.copy(text.data(), plain.size());
        return text;
    } catch (failure const&) {
        return std::nullopt;
    }
}

} // namespace detail

} // namespace ringtail::crypto
