// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>
#include <ringtail/protocol/percent_encoding.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace ringtail::net {

/// The authority and base path of an http, https, ws or wss URL.
class url {
public:
    /** @throws failure(error::invalid_argument) for other schemes, user info, a missing host or a bad port; the text
        does not repeat the query, which may hold a token. */
    [[nodiscard]] static url parse(std::string_view text);

    [[nodiscard]] bool encrypted() const noexcept { return scheme == "https" || scheme == "wss"; }
    /// Whether the host is `localhost`, 127.0.0.0/8 or ::1.
    [[nodiscard]] bool loopback() const noexcept;
    /// `host` or `host:port` as a Host header has it: the default port left out.
    [[nodiscard]] std::string authority() const;

    /// @throws failure(error::insecure_url) if it is neither encrypted nor loopback, unless that is allowed.
    void require_secure(bool allow_unencrypted) const;

    std::string scheme;
    std::string host; ///< without the brackets of an IPv6 address
    std::uint16_t port = 0;
    std::string path; ///< with the query; empty or starting with '/'
};

using protocol::percent_encoded;

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/url.ipp>
#endif
