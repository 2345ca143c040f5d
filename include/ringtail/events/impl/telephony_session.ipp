// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/json_fields.hpp>
#include <ringtail/events/telephony_session.hpp>

namespace ringtail {

namespace detail {

inline telephony_session::endpoint read_endpoint(json_fields const& fields)
{
    telephony_session::endpoint end;
    end.phone_number = fields.text("phoneNumber");
    end.name = fields.text("name");
    end.extension_id = fields.text("extensionId");
    end.device_id = fields.text("deviceId");
    return end;
}

inline telephony_session::party_status read_party_status(json_fields const& fields)
{
    telephony_session::party_status status;
    status.code = fields.text("code");
    status.reason = fields.text("reason");
    status.description = fields.text("description");
    status.park_data = fields.text("parkData");
    if (auto const peer = fields.object("peerId")) {
        auto& other = status.peer.emplace();
        other.session_id = peer.text("sessionId");
        other.telephony_session_id = peer.text("telephonySessionId");
        other.party_id = peer.text("partyId");
    }
    if (auto const data = fields.object("mobilePickupData")) {
        auto& pickup = status.pickup.emplace();
        pickup.mailboxes = data.texts("ccMailboxes");
        pickup.to = data.text("to");
        pickup.sid = data.text("sid");
        pickup.service_level = data.text("srvLvl");
        pickup.service_level_extension = data.text("srvLvlExt");
    }
    status.conference = fields.flag("rcc");
    return status;
}

inline telephony_session::party read_session_party(json_fields const& fields)
{
    telephony_session::party party;
    party.id = fields.text("id");
    party.account_id = fields.text("accountId");
    party.extension_id = fields.text("extensionId");
    party.direction = fields.text("direction");
    party.from = read_endpoint(fields.object("from"));
    party.to = read_endpoint(fields.object("to"));
    party.status = read_party_status(fields.object("status"));
    party.missed_call = fields.flag("missedCall");
    party.stand_alone = fields.flag("standAlone");
    party.muted = fields.flag("muted");
    party.queue_call = fields.flag("queueCall");
    party.conference_role = fields.text("conferenceRole");
    party.ring_out_role = fields.text("ringOutRole");
    party.ring_me_role = fields.text("ringMeRole");
    party.park_id = fields.object("park").text("id");
    for (auto const& each : fields.objects("recordings")) {
        auto& recording = party.recordings.emplace_back();
        recording.id = each.text("id");
        recording.active = each.flag("active");
    }
    if (auto const sip = fields.object("sipData")) {
        auto& details = party.sip_data.emplace();
        details.call_id = sip.text("callId");
        details.to_tag = sip.text("toTag");
        details.from_tag = sip.text("fromTag");
        details.remote_uri = sip.text("remoteUri");
        details.local_uri = sip.text("localUri");
    }
    return party;
}

} // namespace detail

RINGTAIL_DECL telephony_session telephony_session::parse(json::value const& body)
{
    auto const fields = detail::json_fields::of(body, "the telephony session body");
    telephony_session result;
    result.sequence = fields.number("sequence");
    result.session_id = fields.text("sessionId");
    result.telephony_session_id = fields.text("telephonySessionId");
    result.server_id = fields.text("serverId");
    result.event_time = fields.time("eventTime");
    result.account_id = fields.text("accountId");
    result.extension_id = fields.text("extensionId");
    result.origin_type = fields.object("origin").text("type");
    auto const parties = fields.objects("parties");
    result.parties.reserve(parties.size());
    for (auto const& each : parties) {
        result.parties.push_back(detail::read_session_party(each));
    }
    return result;
}

} // namespace ringtail
