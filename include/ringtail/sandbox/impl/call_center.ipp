// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/call_center.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace ringtail::sandbox_detail {

RINGTAIL_DECL call_center::call_center(extension_directory const& directory, sandbox_time_form form)
    : directory_(directory), form_(form), people_(directory.people().size())
{
}

RINGTAIL_DECL void call_center::start(call_center_options options, wall_time now)
{
    stop();
    options_ = options;
    options_.speed = std::max(options_.speed, 0.001);
    ids_ = id_source(std::max<std::uint64_t>(1, options_.seed));
    if (options_.duration.count() != 0)
        closing_ = now + options_.duration;
    if (options_.calls_per_minute > 0)
        later(30 / options_.calls_per_minute, step::call_arrives, 0, now);
    if (options_.messages_per_minute > 0)
        later(30 / options_.messages_per_minute, step::message_arrives, 0, now);
}

RINGTAIL_DECL void call_center::stop()
{
    agenda_.clear();
    closing_.reset();
    for (auto& person : people_) {
        person.call.reset();
        person.telephony = "NoCall";
    }
}

RINGTAIL_DECL std::chrono::milliseconds call_center::about(double seconds)
{
    auto const spread = 0.5 + static_cast<double>(ids_.number(1000)) / 1000; // half to one and a half of it
    return std::chrono::milliseconds(1 + static_cast<std::int64_t>(seconds * spread * 1000 / options_.speed));
}

RINGTAIL_DECL void call_center::later(double seconds, step what, std::size_t who, wall_time now)
{
    agenda_.emplace(now + about(seconds), action{what, who});
}

RINGTAIL_DECL std::optional<wall_time> call_center::next() const
{
    if (agenda_.empty())
        return std::nullopt;
    return agenda_.begin()->first;
}

RINGTAIL_DECL std::vector<happening> call_center::advance(wall_time now)
{
    std::vector<happening> happened;
    while (!agenda_.empty() && agenda_.begin()->first <= now) {
        auto const due = agenda_.extract(agenda_.begin());
        perform(due.mapped(), due.key(), happened);
    }
    return happened;
}

RINGTAIL_DECL void call_center::perform(action const& next, wall_time when, std::vector<happening>& happened)
{
    bool const closed = closing_ && when >= *closing_;
    auto const who = next.who;
    switch (next.what) {
    case step::call_arrives:
        if (closed)
            return;
        begin_call(when, happened);
        return later(60 / options_.calls_per_minute, step::call_arrives, 0, when);
    case step::message_arrives:
        if (closed)
            return;
        leave_message(ids_.number(people_.size()), false, when, happened);
        return later(60 / options_.messages_per_minute, step::message_arrives, 0, when);
    case step::ring_ends:
        if (ids_.chance(0.75)) {
            show(who, "CallConnected", "Answered", false, when, happened);
            return later(25, step::talk_ends, who, when);
        }
        if (people_[who].call->inbound && ids_.chance(0.6)) {
            end_call(who, "VoiceMail", true, when, happened);
            return leave_message(who, true, when, happened);
        }
        return end_call(who, "Disconnected", people_[who].call->inbound, when, happened);
    case step::talk_ends:
        if (!people_[who].call->was_held && ids_.chance(0.3)) {
            people_[who].call->was_held = true;
            show(who, "OnHold", "Hold", false, when, happened);
            return later(8, step::hold_ends, who, when);
        }
        return end_call(who, "Disconnected", false, when, happened);
    case step::hold_ends:
        show(who, "CallConnected", "Answered", false, when, happened);
        return later(15, step::talk_ends, who, when);
    }
}

RINGTAIL_DECL void call_center::begin_call(wall_time when, std::vector<happening>& happened)
{
    constexpr std::array<char const*, 6> names{"Olga Novak", "Paul Martin", "Quinn Sato",
                                                "Rosa Lopez", "Sven Berg",   "Tara Singh"};
    std::vector<std::size_t> idle;
    for (std::size_t i = 0; i < people_.size(); ++i)
        if (!people_[i].call)
            idle.push_back(i);
    if (idle.empty())
        return; // the caller gets the busy tone
    auto const who = idle[ids_.number(idle.size())];
    auto& call = people_[who].call.emplace();
    call.session = ids_.digits(12);
    call.id = ids_.text(10);
    call.other_number = "+1555010" + ids_.digits(4);
    call.other_name = names[ids_.number(names.size())];
    call.inbound = ids_.chance(0.7);
    call.started = when;
    show(who, call.inbound ? "Ringing" : "CallConnected", "Proceeding", false, when, happened);
    later(6, step::ring_ends, who, when);
}

RINGTAIL_DECL void call_center::end_call(std::size_t who, std::string_view code, bool missed, wall_time when,
                                         std::vector<happening>& happened)
{
    show(who, "NoCall", code, missed, when, happened);
    people_[who].call.reset();
}

RINGTAIL_DECL std::string call_center::path(std::size_t who, std::string_view tail) const
{
    return "/restapi/v1.0/account/" + directory_.account_id() + "/extension/" + directory_.people()[who].id_text() +
           std::string(tail);
}

/// A step of a call as presence and telephony session tell it.
RINGTAIL_DECL void call_center::show(std::size_t who, std::string_view telephony, std::string_view code, bool missed,
                                     wall_time when, std::vector<happening>& happened)
{
    auto& state = people_[who];
    bool const same = state.telephony == telephony; // an outbound call is connected before it is answered
    state.telephony = telephony;
    ++state.call->sequence;
    if (!same) {
        ++state.sequence;
        happened.emplace_back(path(who, "/presence?detailedTelephonyState=true&sipData=true"),
                              presence(directory_.people()[who]));
    }
    happened.emplace_back(path(who, "/telephony/sessions"), session_body(who, code, missed, when));
}

RINGTAIL_DECL json::object call_center::presence(extension_record const& person) const
{
    auto const who = static_cast<std::size_t>(person.id - directory_.people().front().id);
    auto const& state = people_[who];
    json::array calls;
    if (state.call && state.telephony != "NoCall") {
        auto const& call = *state.call;
        json::object entry{
            {"id", call.id}, {"direction", call.inbound ? "Inbound" : "Outbound"}, {"queueCall", false}};
        entry["from"] = call.inbound ? call.other_number : person.number;
        entry["fromName"] = call.inbound ? call.other_name : person.name();
        entry["to"] = call.inbound ? person.number : call.other_number;
        entry["toName"] = call.inbound ? person.name() : call.other_name;
        entry["startTime"] = format_time(call.started, form_);
        entry["telephonyStatus"] = state.telephony;
        entry["sessionId"] = call.session;
        entry["telephonySessionId"] = "s-" + call.id;
        entry["partyId"] = "p-" + call.id + "-1";
        entry["sipData"] = json::object{{"toTag", "t" + call.id},
                                        {"fromTag", "f" + call.id},
                                        {"remoteUri", "sip:" + call.other_number + "@example.com"},
                                        {"localUri", "sip:" + person.number + "@example.com"}};
        calls.push_back(std::move(entry));
    }
    json::object body{{"extensionId", person.id_text()},
                      {"sequence", state.sequence},
                      {"telephonyStatus", state.telephony},
                      {"presenceStatus", calls.empty() ? "Available" : "Busy"},
                      {"userStatus", "Available"},
                      {"dndStatus", "TakeAllCalls"},
                      {"meetingStatus", "Disconnected"},
                      {"allowSeeMyPresence", true},
                      {"ringOnMonitoredCall", false},
                      {"pickUpCallsOnHold", false}};
    body["totalActiveCalls"] = calls.size();
    body["activeCalls"] = std::move(calls);
    return body;
}

RINGTAIL_DECL json::object call_center::session_body(std::size_t who, std::string_view code, bool missed,
                                                     wall_time when) const
{
    auto const& call = *people_[who].call;
    auto const& person = directory_.people()[who];
    json::object inside{{"phoneNumber", person.number}, {"name", person.name()}, {"extensionId", person.id_text()}};
    json::object outside{{"phoneNumber", call.other_number}, {"name", call.other_name}};
    json::object party{{"id", "p-" + call.id + "-1"},
                       {"accountId", directory_.account_id()},
                       {"extensionId", person.id_text()},
                       {"direction", call.inbound ? "Inbound" : "Outbound"}};
    party["from"] = call.inbound ? outside : inside;
    party["to"] = call.inbound ? inside : outside;
    party["status"] = json::object{{"code", code}};
    party["missedCall"] = missed;
    party["standAlone"] = false;
    party["muted"] = false;
    party["queueCall"] = false;
    return json::object{{"sequence", call.sequence},
                        {"sessionId", call.session},
                        {"telephonySessionId", "s-" + call.id},
                        {"serverId", "sandbox.TAM"},
                        {"eventTime", format_time(when, form_)},
                        {"accountId", directory_.account_id()},
                        {"origin", json::object{{"type", "Call"}}},
                        {"parties", json::array{std::move(party)}}};
}

/// A text message or a voicemail: the message itself, and the counters of the message store.
RINGTAIL_DECL void call_center::leave_message(std::size_t who, bool voicemail, wall_time when,
                                              std::vector<happening>& happened)
{
    constexpr std::array<char const*, 5> texts{"Please call me back", "Running ten minutes late", "Thank you!",
                                               "Is the order ready?", "See you tomorrow"};
    auto const& person = directory_.people()[who];
    auto const id = static_cast<std::int64_t>(ids_.number(900'000'000) + 100'000'000);
    auto const id_text = std::to_string(id);
    auto const* const type = voicemail ? "VoiceMail" : "SMS";
    std::string const subject = voicemail ? "Voicemail" : texts[ids_.number(texts.size())];

    json::object attachment{{"id", id_text},
                            {"uri", "https://media.example.com/content/" + id_text},
                            {"type", voicemail ? "AudioRecording" : "Text"},
                            {"contentType", voicemail ? "audio/mpeg" : "text/plain"}};
    if (voicemail)
        attachment["vmDuration"] = 5 + ids_.number(40);
    else
        attachment["size"] = subject.size();
    json::object message{{"id", id_text}, {"type", type}, {"direction", "Inbound"}};
    message["from"] = json::object{{"phoneNumber", "+1555010" + ids_.digits(4)}, {"name", "Olga Novak"}};
    message["to"] = json::array{json::object{{"phoneNumber", "+1555020" + person.number}, {"name", person.name()}}};
    message["subject"] = subject;
    message["creationTime"] = format_time(when, form_);
    message["lastModifiedTime"] = format_time(when, form_);
    message["readStatus"] = "Unread";
    message["priority"] = "Normal";
    message["availability"] = "Alive";
    message["messageStatus"] = "Received";
    if (voicemail)
        message["vmTranscriptionStatus"] = "NotAvailable";
    else
        message["conversationId"] = ids_.digits(6);
    message["attachments"] = json::array{std::move(attachment)};
    auto const* const kind = voicemail ? "/voicemail" : "/message-store/instant?type=SMS";
    happened.emplace_back(path(who, kind), std::move(message));

    json::object change{{"type", type}, {"newCount", 1}, {"updatedCount", 0}, {"newMessageIds", json::array{id}}};
    json::object store{{"accountId", std::stoll(directory_.account_id())},
                       {"extensionId", person.id},
                       {"lastUpdated", format_time(when, sandbox_time_form::offset)}};
    store["changes"] = json::array{std::move(change)};
    happened.emplace_back(path(who, "/message-store?direction=Inbound"), std::move(store));
}

} // namespace ringtail::sandbox_detail
