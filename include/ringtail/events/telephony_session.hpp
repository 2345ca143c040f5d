// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>
#include <ringtail/values.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringtail {

/** The body of a telephony session notification: one call with all its parties. What was not sent is empty; order
    them by `sequence`, per session. */
class telephony_session {
public:
    /// One end of the call as a party sees it.
    class endpoint {
    public:
        endpoint() = default;

        std::string phone_number; ///< E.164 with the `+`, or an extension number
        std::string name;
        std::string extension_id;
        std::string device_id;
    };

    /// The session that a party has gone to.
    class peer_session {
    public:
        peer_session() = default;

        std::string session_id;
        std::string telephony_session_id;
        std::string party_id;
    };

    /// What an application of the user's needs to pick the call up.
    class mobile_pickup {
    public:
        mobile_pickup() = default;

        std::vector<std::string> mailboxes; ///< `ccMailboxes`, extension ids
        std::string to;                     ///< SIP proxy registration name
        std::string sid;
        std::string service_level;           ///< `srvLvl`
        std::string service_level_extension; ///< `srvLvlExt`
    };

    class party_status {
    public:
        party_status() = default;

        std::string code; ///< compare with `ringtail::call_status`
        std::string reason;
        std::string description;
        std::string park_data;            ///< of parked calls
        std::optional<peer_session> peer; ///< of parties that are gone (`peerId`)
        std::optional<mobile_pickup> pickup;
        std::optional<bool> conference; ///< `rcc`
    };

    class recording {
    public:
        recording() = default;

        std::string id;
        std::optional<bool> active; ///< false while it is paused
    };

    /// Sent only for filters with `sip_data`.
    class sip_details {
    public:
        sip_details() = default;

        std::string call_id;
        std::string to_tag;
        std::string from_tag;
        std::string remote_uri;
        std::string local_uri;
    };

    class party {
    public:
        party() = default;

        std::string id;
        std::string account_id;
        std::string extension_id;
        std::string direction; ///< compare with `ringtail::direction`
        endpoint from;
        endpoint to;
        party_status status;
        std::optional<bool> missed_call;
        std::optional<bool> stand_alone;
        std::optional<bool> muted;
        std::optional<bool> queue_call;
        std::string conference_role; ///< `Host` or `Participant`
        std::string ring_out_role;   ///< `Initiator` or `Target`
        std::string ring_me_role;    ///< `Initiator` or `Target`
        std::string park_id;         ///< `park.id`
        std::vector<recording> recordings;
        std::optional<sip_details> sip_data;
    };

    telephony_session() = default;

    /** @throws failure(error::invalid_reply) unless the body is an object; nothing else is an error. */
    static telephony_session parse(json::value const& body);

    std::optional<std::int64_t> sequence;
    std::string session_id;           ///< the older identifier
    std::string telephony_session_id; ///< the one that call control needs
    std::string server_id;
    std::optional<wall_time> event_time;
    std::string account_id;
    std::string extension_id;
    std::string origin_type; ///< `origin.type`: `Call`, `RingOut`, `RingMe`, `Conference` and others
    std::vector<party> parties;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/events/impl/telephony_session.ipp>
#endif
