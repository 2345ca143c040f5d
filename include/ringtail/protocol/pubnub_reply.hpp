// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>
#include <ringtail/transport.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail::protocol {

/** What a subscribe call of PubNub answered, in its v2 or its legacy form.

    Kept and filled again for each reply. The views point into the reply's text or into `unescaped`. */
class pubnub_reply {
public:
    std::string_view timetoken; ///< where the next call goes on; 17 digits, never put through a number
    std::string_view region;    ///< digits, empty in the legacy form
    std::vector<message> messages;
    std::string_view first_published; ///< timetoken of the first message, empty if there is none

    /** Read a reply of `GET /v2/subscribe/...` (`{"t":{"t":..,"r":..},"m":[..]}`) or of `GET /subscribe/...`
        (`[[..],"timetoken"]`, with a third element of channel names when several were asked for). The form is told from
        the text.

        @param only_channel  the channel of every message that names none (the legacy form with one channel).
        @return false if the text is neither. */
    bool parse(std::string_view text, std::string_view only_channel);

    /// An error body such as `{"status":403,"error":true,"message":"..."}`, which may come with HTTP 200: its status, or 0.
    [[nodiscard]] static int error_status(std::string_view text);

private:
    bool parse_v2(std::string_view text, std::string_view only_channel);
    bool parse_legacy(std::string_view text, std::string_view only_channel);
    void settle_escapes();

    std::vector<std::string> unescaped_;
    bool escapes_ = false; // there may be some
    std::string only_channel_; // what messages point to that name none
};

} // namespace ringtail::protocol

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/protocol/impl/pubnub_reply.ipp>
#endif
