// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/sandbox/toolbox.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

namespace ringtail::sandbox_detail {

RINGTAIL_DECL id_source::id_source(std::uint64_t seed)
{
    if (seed == 0) {
        std::random_device device;
        seed = (static_cast<std::uint64_t>(device()) << 32) | device();
    }
    engine_.seed(seed);
}

RINGTAIL_DECL std::uint64_t id_source::number(std::uint64_t below)
{
    return engine_() % below; // the bias is of no matter here, and unlike a distribution it is the same everywhere
}

RINGTAIL_DECL bool id_source::chance(double probability)
{
    return static_cast<double>(number(1'000'000)) < probability * 1'000'000;
}

RINGTAIL_DECL std::string id_source::text(std::size_t length)
{
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string made;
    while (made.size() < length)
        made += letters[number(letters.size())];
    return made;
}

RINGTAIL_DECL std::string id_source::digits(std::size_t length)
{
    std::string made(1, static_cast<char>('1' + number(9)));
    while (made.size() < length)
        made += static_cast<char>('0' + number(10));
    return made;
}

RINGTAIL_DECL std::string id_source::bytes(std::size_t length)
{
    std::string made;
    while (made.size() < length)
        made += static_cast<char>(number(256));
    return made;
}

RINGTAIL_DECL std::string id_source::uuid()
{
    constexpr std::string_view hex = "0123456789abcdef";
    std::string made = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx";
    for (char& c : made)
        if (c == 'x')
            c = hex[number(16)];
        else if (c == 'v')
            c = hex[8 + number(4)];
    return made;
}

RINGTAIL_DECL std::string base64_encode(std::string_view bytes)
{
    std::string text(4 * ((bytes.size() + 2) / 3), '\0');
    std::string terminated(text.size() + 1, '\0'); // EVP writes a zero behind the text
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(terminated.data()),
                    reinterpret_cast<unsigned char const*>(bytes.data()), static_cast<int>(bytes.size()));
    return terminated.substr(0, text.size());
}

RINGTAIL_DECL std::optional<std::string> base64_decode(std::string_view text)
{
    std::string bytes(text.size(), '\0');
    int const size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
    if (size < 0 || text.size() % 4 != 0)
        return std::nullopt;
    auto const padding = text.ends_with("==") ? 2u : text.ends_with("=") ? 1u : 0u; // EVP counts it as zero bytes
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

RINGTAIL_DECL std::string base64url_encode(std::string_view bytes)
{
    std::string text = base64_encode(bytes);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    text.erase(std::min(text.size(), text.find('=')));
    return text;
}

RINGTAIL_DECL std::string sha256(std::string_view bytes)
{
    std::string digest(32, '\0');
    unsigned int size = 0;
    EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha256(),
               nullptr);
    return digest;
}

RINGTAIL_DECL std::string encrypt(std::string_view key, std::string_view plain, bool padded)
{
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> const context(EVP_CIPHER_CTX_new(),
                                                                                  &EVP_CIPHER_CTX_free);
    std::string cipher(plain.size() + 16, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(cipher.data());
    auto const* const in = reinterpret_cast<unsigned char const*>(plain.data());
    int size = 0;
    int tail = 0;
    bool const done = key.size() == 16 && context &&
                      EVP_EncryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr,
                                         reinterpret_cast<unsigned char const*>(key.data()), nullptr) == 1 &&
                      EVP_CIPHER_CTX_set_padding(context.get(), padded ? 1 : 0) == 1 &&
                      EVP_EncryptUpdate(context.get(), out, &size, in, static_cast<int>(plain.size())) == 1 &&
                      EVP_EncryptFinal_ex(context.get(), out + size, &tail) == 1;
    if (!done)
        throw failure(error::unusable_key);
    cipher.resize(static_cast<std::size_t>(size + tail));
    return base64_encode(cipher);
}

RINGTAIL_DECL std::string format_time(wall_time when, sandbox_time_form form)
{
    using namespace std::chrono;
    auto const day = floor<days>(when);
    year_month_day const date(day);
    hh_mm_ss const time(floor<milliseconds>(when - day));
    auto const number = [](auto value) { return static_cast<int>(value); };

    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", number(date.year()), unsigned(date.month()),
                  unsigned(date.day()), number(time.hours().count()), number(time.minutes().count()),
                  number(time.seconds().count()));
    char fraction[8];
    std::snprintf(fraction, sizeof fraction, ".%03d", number(time.subseconds().count() % 1000));

    switch (form) {
    case sandbox_time_form::zulu_milliseconds: return std::string(text) + fraction + "Z";
    case sandbox_time_form::zulu_seconds: return std::string(text) + "Z";
    case sandbox_time_form::offset: return std::string(text) + fraction + "+0000";
    case sandbox_time_form::colon_offset: return std::string(text) + "+00:00";
    case sandbox_time_form::short_offset: return std::string(text) + "+00";
    }
    return text;
}

RINGTAIL_DECL std::size_t parse_count(std::string_view text, std::size_t most)
{
    std::size_t value = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    return problem == std::errc() && end == text.data() + text.size() && value <= most ? value : 0;
}

} // namespace ringtail::sandbox_detail
