// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/crypto/base64.hpp>

#include <openssl/evp.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace test_support {

/// As the service encrypts for PubNub: AES-128-ECB with PKCS#7, then base64. The key is sixteen bytes.
inline std::string encrypted(std::string_view key, std::string_view plain)
{
    std::string cipher(plain.size() + 16, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(cipher.data());
    auto* const context = EVP_CIPHER_CTX_new();
    int body = 0;
    int tail = 0;
    EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, reinterpret_cast<unsigned char const*>(key.data()), nullptr);
    EVP_EncryptUpdate(context, out, &body, reinterpret_cast<unsigned char const*>(plain.data()), static_cast<int>(plain.size()));
    EVP_EncryptFinal_ex(context, out + body, &tail);
    EVP_CIPHER_CTX_free(context);
    cipher.resize(static_cast<std::size_t>(body + tail));
    return ringtail::crypto::base64_encode(cipher);
}

} // namespace test_support
