// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>
#include <ringtail/request.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringtail::protocol {

/** One message of the WebSocket gateway: a JSON array `[meta]` or `[meta, body]` (vendor's guide "WebSocket notifications").

    The views point into the text that was read, or into `unescaped`. */
class gateway_frame {
public:
    enum class kind { connection_details, client_request, server_notification, error, heartbeat, unknown };

    kind type = kind::unknown;
    std::string message_id; ///< unescaped; it matches replies with requests
    int status = 0;
    std::string_view body;  ///< JSON, or what follows a `,--Boundary`; empty if there is none
    bool body_is_json = true;
    std::string_view headers; ///< JSON object, or empty

    /// The session's position, from any frame that has one; else empty.
    std::string session_token;
    std::int64_t session_sequence = 0;

    /** Read a frame. Binary and multipart answers are no JSON: `[` meta `,--Boundary...` `]`.

        @return false if it is neither; nothing else of the frame is then valid. */
    bool parse(std::string_view text);

    /// The header lines of a reply.
    [[nodiscard]] response to_response() const;

private:
    void reset();
    bool parse_multipart(std::string_view text);
};

/// What a connection may do, from the body of ConnectionDetails.
class gateway_details {
public:
    std::optional<wall_time> creation_time; ///< of the connection
    std::chrono::seconds recovery_timeout{180};
    std::chrono::seconds idle_timeout{1'800};
    std::chrono::seconds absolute_timeout{86'400};
    std::size_t recovery_buffer = 100;
    std::size_t most_requests = 10;
    std::optional<bool> recovered; ///< `recoveryState` Successful or Failed; absent when no recovery was asked for
    std::string recovery_error;    ///< `recoveryErrorCode`

    /// Whether what happened then surely did so behind the connection's creation. Times of the gateway may be cut to the second.
    [[nodiscard]] bool surely_made_before(wall_time happened) const noexcept;

    /// From a ConnectionDetails frame; what is missing keeps the vendor's documented default.
    [[nodiscard]] static gateway_details of(gateway_frame const& frame);
};

/// The text of a request over the socket.
[[nodiscard]] RINGTAIL_DECL std::string gateway_request(std::string_view message_id, request const& call);
/// The gateway's own heartbeat: protocol pings do not count as activity there.
[[nodiscard]] RINGTAIL_DECL std::string gateway_heartbeat(std::string_view message_id);

} // namespace ringtail::protocol

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/protocol/impl/gateway_frame.ipp>
#endif
