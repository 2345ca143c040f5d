// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// The least that a PubNub client can cost: one blocking connection, kept buffers, simdjson, base64 with AVX2, one AES context.
// It does the same work as the library for the same notifications, and nothing for the day on which something goes wrong.
#pragma once

#include "blocking_http.hpp"
#include "payload.hpp"

#include <openssl/evp.h>
#include <simdjson.h>

#include <immintrin.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// Decode base64 without blanks into room for as many bytes as `from` has. The method of Wojciech Muła and Daniel Lemire,
/// "Faster Base64 Encoding and Decoding Using AVX2 Instructions" (2018). @return bytes, or 0 if it is no base64
__attribute__((target("avx2"))) inline std::size_t decode_base64(std::string_view from, unsigned char* to)
{
    auto const low_table = _mm256_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a, 0x15, 0x11,
                                            0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
    auto const high_table = _mm256_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
                                             0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
    auto const roll_table = _mm256_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
    auto const slash = _mm256_set1_epi8(0x2f);
    std::size_t done = 0;
    auto* out = to;
    for (; from.size() - done >= 45; done += 32, out += 24) {
        auto text = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(from.data() + done));
        auto const high = _mm256_and_si256(_mm256_srli_epi32(text, 4), slash);
        auto const low = _mm256_and_si256(text, slash);
        if (!_mm256_testz_si256(_mm256_shuffle_epi8(low_table, low), _mm256_shuffle_epi8(high_table, high))) {
            return 0;
        }
        text = _mm256_add_epi8(text, _mm256_shuffle_epi8(roll_table, _mm256_add_epi8(_mm256_cmpeq_epi8(text, slash), high)));
        text = _mm256_madd_epi16(_mm256_maddubs_epi16(text, _mm256_set1_epi32(0x01400140)), _mm256_set1_epi32(0x00011000));
        text = _mm256_shuffle_epi8(text, _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_permutevar8x32_epi32(text, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, -1, -1)));
    }
    auto const rest = from.substr(done);
    auto const got = EVP_DecodeBlock(out, reinterpret_cast<unsigned char const*>(rest.data()), static_cast<int>(rest.size()));
    if (got < 0) {
        return 0;
    }
    auto const padding = static_cast<std::size_t>(rest.ends_with("==") ? 2 : rest.ends_with('=') ? 1 : 0);
    return static_cast<std::size_t>(out - to) + static_cast<std::size_t>(got) - padding;
}

class floor_client {
public:
    explicit floor_client(std::uint16_t port) : socket_(connected(port)), cipher_(EVP_CIPHER_CTX_new())
    {
        EVP_DecryptInit_ex(cipher_, EVP_aes_128_ecb(), nullptr, reinterpret_cast<unsigned char const*>(pubnub_key_bytes.data()), nullptr);
        EVP_CIPHER_CTX_set_padding(cipher_, 0);
    }
    floor_client(floor_client const&) = delete;
    floor_client& operator=(floor_client const&) = delete;
    ~floor_client()
    {
        EVP_CIPHER_CTX_free(cipher_);
        ::close(socket_);
    }

    /// One poll. `take(uuid, event, timestamp, has_body)` for each notification.
    template <class Take>
    void poll(Take take)
    {
        send_all(socket_, "GET /v2/subscribe/sub-c-1/channel1/0?tt=" + timetoken_ + "&tr=4 HTTP/1.1\r\nHost: a\r\n\r\n");
        auto const body = read_reply();
        auto outer = outer_.iterate(body.data(), body.size(), buffer_.size() - static_cast<std::size_t>(body.data() - buffer_.data()));
        timetoken_ = std::string_view(outer["t"]["t"]);
        for (auto each : outer["m"]) {
            auto const json = decrypted(each["d"]);
            auto const inner = inner_.parse(json.data(), json.size(), false); // checks all of it
            simdjson::dom::object body_of;
            take(std::string_view(inner["uuid"]), std::string_view(inner["event"]), std::string_view(inner["timestamp"]),
                 inner["body"].get(body_of) == simdjson::SUCCESS);
        }
    }

private:
    std::string_view decrypted(std::string_view base64)
    {
        plain_.resize(std::max(plain_.size(), base64.size() + simdjson::SIMDJSON_PADDING));
        auto const size = decode_base64(base64, plain_.data());
        int got = 0;
        if (size == 0 || size % 16 != 0 || EVP_DecryptUpdate(cipher_, plain_.data(), &got, plain_.data(), static_cast<int>(size)) != 1 ||
            plain_[size - 1] > 16) {
            throw std::runtime_error("the floor can't decode");
        }
        return {reinterpret_cast<char const*>(plain_.data()), size - plain_[size - 1]};
    }

    // As long as Content-Length says; the body stands in `buffer_`.
    std::string_view read_reply()
    {
        std::size_t size = 0;
        std::size_t whole = 0;
        std::size_t head = 0;
        while (whole == 0 || size < whole) {
            if (buffer_.size() - size < 64 * 1'024) {
                buffer_.resize(buffer_.size() * 2);
            }
            auto const got = ::recv(socket_, buffer_.data() + size, buffer_.size() - size - simdjson::SIMDJSON_PADDING, 0);
            if (got <= 0) {
                throw std::runtime_error("the server has left");
            }
            size += static_cast<std::size_t>(got);
            std::string_view const text(buffer_.data(), size);
            if (whole == 0 && (head = text.find("\r\n\r\n")) != std::string_view::npos) {
                whole = head + 4 + std::stoul(header(text.substr(0, head + 2), "content-length"));
            }
        }
        return {buffer_.data() + head + 4, whole - head - 4};
    }

    int socket_;
    EVP_CIPHER_CTX* cipher_;
    std::string timetoken_ = "0";
    std::vector<char> buffer_ = std::vector<char>(256 * 1'024);
    std::vector<unsigned char> plain_;
    simdjson::ondemand::parser outer_;
    simdjson::dom::parser inner_;
};

} // namespace bench
