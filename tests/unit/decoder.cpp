// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/crypto/decoder.hpp>
#include <ringtail/error.hpp>

#include <doctest/doctest.h>
#include <openssl/evp.h>

#include <random>

namespace {

using namespace ringtail;

// Published with the official JavaScript client (subscriptions-deprecated, Subscription-spec.ts).
constexpr std::string_view published_key = "e0bMTqmumPfFUbwzppkSbA==";
constexpr std::string_view published_payload =
    "gkw8EU4G1SDVa2/hrlv6+0ViIxB7N1i1z5MU/Hu2xkIKzH6yQzhr3vIc27IAN558kTOkacqE5DkLpRdnN1orwtIBsUHmPMkMWTOLDzVr6eRk+"
    "2Gcj2Wft7ZKrCD+FCXlKYIoa98tUD2xvoYnRwxiE2QaNywl8UtjaqpTk1+WDImBrt6uabB1WICY/qE0It3DqQ6vdUWISoTfjb+vT5h9kfZxWYU"
    "P4ykN2UtUW1biqCjj1Rb6GWGnTx6jPqF77ud0XgV1rk/Q6heSFZWV/GP23/iytDPK1HGJoJqXPx7ErQU=";
constexpr std::string_view published_uuid = R"("uuid":"db01e7de-5f3c-4ee5-ab72-f8bd3b77e308")";

static_assert(crypto::decode(published_key, published_payload)->view().find(published_uuid) != std::string::npos,
              "the published vector decrypts in a constant expression");
static_assert(!crypto::decode("AAECAwQFBgcICQoLDA0O", published_payload), "a key of 15 bytes is refused");

std::string random_bytes(std::mt19937_64& random, std::size_t size)
{
    std::string bytes(size, '\0');
    for (auto& byte : bytes) {
        byte = static_cast<char>(random());
    }
    return bytes;
}

std::string encrypted(std::string const& key, std::string const& plain)
{
    std::string cipher(plain.size() + crypto::aes_block, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(cipher.data());
    auto* const context = EVP_CIPHER_CTX_new();
    int body = 0;
    int tail = 0;
    EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, reinterpret_cast<unsigned char const*>(key.data()), nullptr);
    EVP_EncryptUpdate(context, out, &body, reinterpret_cast<unsigned char const*>(plain.data()),
                      static_cast<int>(plain.size()));
    EVP_EncryptFinal_ex(context, out + body, &tail);
    EVP_CIPHER_CTX_free(context);
    cipher.resize(static_cast<std::size_t>(body + tail));
    return cipher;
}

TEST_CASE("the published vector decrypts at run time to what the compiler computed")
{
    crypto::decoder decoder(published_key);
    std::string plain = "kept:";
    REQUIRE(decoder.append_decoded(published_payload, plain) == crypto::decode_fault::none);
    CHECK(plain == "kept:" + std::string(crypto::decode(published_key, published_payload)->view()));
    CHECK(plain == "kept:" + std::string(crypto::detail::constexpr_decode(published_key, published_payload)->view()));
}

TEST_CASE("the compile-time and the OpenSSL path agree on 10,000 random payloads, sound and damaged")
{
    std::mt19937_64 random(2026);
    auto sound = 0;
    auto refused = 0;
    for (auto i = 0; i != 10'000; ++i) {
        auto const key = random_bytes(random, 16);
        auto const plain = random_bytes(random, random() % 200);
        auto cipher = encrypted(key, plain);
        auto const damage = random() % 4;
        if (damage == 1) {
            auto& byte = cipher[random() % cipher.size()];
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1 + random() % 255));
        } else if (damage == 2) {
            cipher.resize(random() % cipher.size());
        }
        auto text = crypto::base64_encode(cipher);
        if (damage == 3) {
            text[random() % text.size()] = "*\n\0-= "[random() % 6];
        }
        auto const key_text = crypto::base64_encode(key);
        auto const expected = crypto::detail::constexpr_decode(key_text, text);
        REQUIRE(crypto::decode(key_text, text) == expected);
        if (damage == 0) {
            REQUIRE(expected->view() == plain);
        }
        ++(expected ? sound : refused);
    }
    CHECK(sound > 2'000);
    CHECK(refused > 2'000);
}

TEST_CASE("every kind of malformed payload is told apart and leaves the output as it was")
{
    auto const key = std::string(16, 'k');
    crypto::decoder decoder(crypto::base64_encode(key));
    std::string out = "kept";
    using crypto::decode_fault;
    CHECK(decoder.append_decoded("AAA", out) == decode_fault::not_base64);
    CHECK(decoder.append_decoded("A*==", out) == decode_fault::not_base64);
    CHECK(decoder.append_decoded("====", out) == decode_fault::not_base64);
    CHECK(decoder.append_decoded("AAAAAAAAAAAAAAAAAAAAAA=A", out) == decode_fault::not_base64);
    CHECK(decoder.append_decoded("", out) == decode_fault::bad_length);
    CHECK(decoder.append_decoded("AAAA", out) == decode_fault::bad_length);
    CHECK(decoder.append_decoded(crypto::base64_encode(std::string(16, '\0')), out) == decode_fault::bad_padding);
    CHECK(out == "kept");
    // The context stays usable after each of them.
    REQUIRE(decoder.append_decoded(crypto::base64_encode(encrypted(key, "next")), out) == decode_fault::none);
    CHECK(out == "keptnext");
}

TEST_CASE("padding is checked to its last byte")
{
    auto const padded = [](std::initializer_list<int> tail) {
        std::string text(16 - tail.size(), 'x');
        for (auto byte : tail) {
            text += static_cast<char>(byte);
        }
        return crypto::pkcs7_unpadded(text.data(), text.size());
    };
    CHECK(padded({1}) == 15u);
    CHECK(padded({3, 3, 3}) == 13u);
    CHECK(!padded({0}));
    CHECK(!padded({17}));
    CHECK(!padded({2, 3, 3}));
    CHECK(crypto::pkcs7_unpadded(std::string(16, '\x10').data(), 16) == 0u);
    CHECK(!crypto::pkcs7_unpadded("", 0));
}

TEST_CASE("a key that is not 16 bytes of base64 is refused by name, and never shown")
{
    for (std::string const key : {"", "c2VjcmV0", "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "not base64!"}) {
        try {
            crypto::decoder decoder(key);
            FAIL("accepted");
        } catch (failure const& refused) {
            CHECK(refused.code() == error::unusable_key);
            CHECK(std::string(refused.what()).find("encryptionKey") != std::string::npos);
            CHECK((key.empty() || std::string(refused.what()).find(key) == std::string::npos));
        }
    }
}

TEST_CASE("of long texts, too, base64 takes its 64 characters and no other byte at any place, and stays inside its bound")
{
    std::string_view const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    for (auto i = 0; i != 99; ++i) {
        bytes += static_cast<char>(i * 37 + 11);
    }
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        CHECK(crypto::base64_decode(crypto::base64_encode(std::string_view(bytes).substr(0, size))) == bytes.substr(0, size));
    }
    auto const text = crypto::base64_encode(bytes);
    for (std::size_t at = 0; at != text.size(); ++at) {
        for (auto c = 0; c != 256; ++c) {
            auto spoilt = text;
            spoilt[at] = static_cast<char>(c);
            auto const good = alphabet.find(spoilt[at]) != std::string_view::npos || (c == '=' && at + 1 == text.size() && text[at - 1] == 'A');
            auto const decoded = crypto::base64_decode(spoilt);
            if (decoded.has_value() != good || (good && c != '=' && crypto::base64_encode(*decoded) != spoilt)) {
                CAPTURE(at);
                CAPTURE(c);
                FAIL("taken or refused, or decoded to something else");
            }
        }
    }
    auto in_place = text;
    REQUIRE(crypto::base64_decode(std::string_view(in_place), in_place.data()) == bytes.size());
    CHECK(std::string_view(in_place).substr(0, bytes.size()) == bytes);
    std::string bounded(crypto::base64_decoded_bound(text.size()) + 1, '\x5a');
    REQUIRE(crypto::base64_decode(std::string_view(text), bounded.data()) == bytes.size());
    CHECK(bounded.back() == '\x5a');
}

TEST_CASE("base64 follows RFC 4648 section 10 both ways")
{
    std::pair<std::string_view, std::string_view> const vectors[] = {
        {"", ""},         {"f", "Zg=="},        {"fo", "Zm8="},        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (auto const& [bytes, text] : vectors) {
        CHECK(crypto::base64_encode(bytes) == text);
        CHECK(crypto::base64_decode(text) == std::string(bytes));
    }
    CHECK(!crypto::base64_decode("Zh=="));
    CHECK(!crypto::base64_decode("Zm9="));
    CHECK(crypto::base64url_encode("\xff\xfe\xfd\xfc") == "__79_A");
}

} // namespace
