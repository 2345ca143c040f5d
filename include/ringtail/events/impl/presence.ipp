// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/json_fields.hpp>
#include <ringtail/events/presence.hpp>

namespace ringtail {

namespace detail {

inline presence::active_call read_active_call(json_fields const& fields)
{
    presence::active_call call;
    call.id = fields.text("id");
    call.direction = fields.text("direction");
    call.queue_call = fields.flag("queueCall");
    call.from = fields.text("from");
    call.from_name = fields.text("fromName");
    call.to = fields.text("to");
    call.to_name = fields.text("toName");
    call.start_time = fields.time("startTime");
    call.telephony_status = fields.text("telephonyStatus");
    call.termination_type = fields.text("terminationType");
    call.session_id = fields.text("sessionId");
    call.telephony_session_id = fields.text("telephonySessionId");
    call.party_id = fields.text("partyId");
    call.on_behalf_of = fields.text("onBehalfOf");
    if (auto const sip = fields.object("sipData")) {
        auto& details = call.sip_data.emplace();
        details.call_id = sip.text("callId");
        details.to_tag = sip.text("toTag");
        details.from_tag = sip.text("fromTag");
        details.remote_uri = sip.text("remoteUri");
        details.local_uri = sip.text("localUri");
        details.session_id = sip.text("rcSessionId");
    }
    return call;
}

} // namespace detail

RINGTAIL_DECL presence presence::parse(json::value const& body)
{
    auto const fields = detail::json_fields::of(body, "the presence body");
    presence result;
    result.extension_id = fields.text("extensionId");
    result.sequence = fields.number("sequence");
    result.telephony_status = fields.text("telephonyStatus");
    result.presence_status = fields.text("presenceStatus");
    result.user_status = fields.text("userStatus");
    result.dnd_status = fields.text("dndStatus");
    result.meeting_status = fields.text("meetingStatus");
    result.message = fields.text("message");
    result.allow_see_my_presence = fields.flag("allowSeeMyPresence");
    result.ring_on_monitored_call = fields.flag("ringOnMonitoredCall");
    result.pick_up_calls_on_hold = fields.flag("pickUpCallsOnHold");
    result.total_active_calls = fields.number("totalActiveCalls");
    auto const calls = fields.objects("activeCalls");
    result.active_calls.reserve(calls.size());
    for (auto const& call : calls) {
        result.active_calls.push_back(detail::read_active_call(call));
    }
    return result;
}

} // namespace ringtail
