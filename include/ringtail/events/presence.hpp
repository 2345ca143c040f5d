// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>
#include <ringtail/values.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringtail {

/** The body of a presence notification: of an extension, of a monitored line, of a favourite or of the account, and
    of a change of do-not-disturb. What was not sent is empty; order them by `sequence`, per extension. */
class presence {
public:
    /// Identifiers of a call on the SIP level; sent only for filters with `sip_data`.
    class sip_details {
    public:
        sip_details() = default;

        std::string call_id;
        std::string to_tag;
        std::string from_tag;
        std::string remote_uri;
        std::string local_uri;
        std::string session_id; ///< `rcSessionId`
    };

    class active_call {
    public:
        active_call() = default;

        std::string id;
        std::string direction; ///< compare with `ringtail::direction`
        std::optional<bool> queue_call;
        std::string from; ///< phone number or extension number
        std::string from_name;
        std::string to;
        std::string to_name;
        std::optional<wall_time> start_time;
        std::string telephony_status; ///< compare with `ringtail::telephony_status`
        std::string termination_type;
        std::string session_id;
        std::string telephony_session_id;
        std::string party_id;
        std::string on_behalf_of; ///< the extension on whose behalf the call is made
        std::optional<sip_details> sip_data;
    };

    presence() = default;

    /** @throws failure(error::invalid_reply) unless the body is an object; nothing else is an error. */
    static presence parse(json::value const& body);

    std::string extension_id;
    std::optional<std::int64_t> sequence;
    std::string telephony_status; ///< compare with `ringtail::telephony_status`
    std::string presence_status;  ///< compare with `ringtail::presence_status`
    std::string user_status;      ///< compare with `ringtail::presence_status`
    std::string dnd_status;       ///< compare with `ringtail::dnd_status`
    std::string meeting_status;   ///< compare with `ringtail::meeting_status`
    std::string message;
    std::optional<bool> allow_see_my_presence;
    std::optional<bool> ring_on_monitored_call;
    std::optional<bool> pick_up_calls_on_hold;
    /// Sent only for detailed filters. It may exceed the size of `active_calls`, which holds at most seven.
    std::optional<std::int64_t> total_active_calls;
    std::vector<active_call> active_calls; ///< sent only for detailed filters
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/events/impl/presence.ipp>
#endif
