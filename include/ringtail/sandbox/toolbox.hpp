// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/options.hpp>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace ringtail::sandbox_detail {

/// Where every id, key and token of a sandbox comes from; the same seed gives the same ones.
class id_source {
public:
    explicit id_source(std::uint64_t seed); ///< 0: unpredictable

    [[nodiscard]] std::uint64_t number(std::uint64_t below);
    [[nodiscard]] std::string uuid();                    ///< RFC 4122, version 4
    [[nodiscard]] std::string text(std::size_t length);  ///< letters and digits
    [[nodiscard]] std::string digits(std::size_t length);///< no leading zero
    [[nodiscard]] std::string bytes(std::size_t length);
    [[nodiscard]] bool chance(double probability);

private:
    std::mt19937_64 engine_;
};

[[nodiscard]] RINGTAIL_DECL std::string base64_encode(std::string_view bytes);
[[nodiscard]] RINGTAIL_DECL std::optional<std::string> base64_decode(std::string_view text);
[[nodiscard]] RINGTAIL_DECL std::string base64url_encode(std::string_view bytes); ///< unpadded
[[nodiscard]] RINGTAIL_DECL std::string sha256(std::string_view bytes);

/// base64 of AES-128-ECB with PKCS#7 padding, what the service puts into a PubNub message. `key` is 16 bytes.
[[nodiscard]] RINGTAIL_DECL std::string encrypt(std::string_view key, std::string_view plain, bool padded = true);

/// A positive number up to `most`, or 0 when `text` is none.
[[nodiscard]] RINGTAIL_DECL std::size_t parse_count(std::string_view text, std::size_t most);

[[nodiscard]] RINGTAIL_DECL std::string format_time(wall_time when, sandbox_time_form form);

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/toolbox.ipp>
#endif
