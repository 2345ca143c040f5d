// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <type_traits>

namespace ringtail {

// The service's named values. Bodies and resources keep them as the text that was sent, because new ones appear
// without notice; these enumerations give the known ones a name. They compare with that text,
//     if (call.telephony_status == ringtail::telephony_status::ringing)
// without regard to case (message bodies spell both `Voicemail` and `VoiceMail`), and `value_of` makes a text ready
// for a `switch`. The names are those of the vendor's event filter pages and of its published API definition.

namespace detail {

template <class Value>
constexpr std::string_view name_at(Value value, std::initializer_list<std::string_view> names) noexcept
{
    auto const index = static_cast<std::size_t>(value);
    return index < names.size() ? names.begin()[index] : std::string_view{};
}

constexpr bool equal_without_case(std::string_view a, std::string_view b) noexcept
{
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i != a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

} // namespace detail

/// Of a call or message, seen from the extension.
enum class direction { inbound, outbound };
constexpr std::string_view name_of(direction value) noexcept
{
    return detail::name_at(value, {"Inbound", "Outbound"});
}

enum class message_type { sms, fax, voicemail, pager };
constexpr std::string_view name_of(message_type value) noexcept
{
    return detail::name_at(value, {"SMS", "Fax", "Voicemail", "Pager"});
}

enum class telephony_status { no_call, call_connected, ringing, on_hold, parked_call };
constexpr std::string_view name_of(telephony_status value) noexcept
{
    return detail::name_at(value, {"NoCall", "CallConnected", "Ringing", "OnHold", "ParkedCall"});
}

/// Of `presenceStatus`, which is aggregated, and `userStatus`, which the user has chosen.
enum class presence_status { available, busy, offline };
constexpr std::string_view name_of(presence_status value) noexcept
{
    return detail::name_at(value, {"Available", "Busy", "Offline"});
}

enum class dnd_status {
    take_all_calls,
    do_not_accept_any_calls,
    do_not_accept_department_calls,
    take_department_calls_only,
};
constexpr std::string_view name_of(dnd_status value) noexcept
{
    return detail::name_at(value, {"TakeAllCalls", "DoNotAcceptAnyCalls", "DoNotAcceptDepartmentCalls",
                                   "TakeDepartmentCallsOnly"});
}

enum class meeting_status { connected, disconnected };
constexpr std::string_view name_of(meeting_status value) noexcept
{
    return detail::name_at(value, {"Connected", "Disconnected"});
}

/// The `status.code` of a party of a telephony session.
enum class call_status {
    setup,
    proceeding,
    answered,
    disconnected,
    gone,
    parked,
    hold,
    voicemail,
    fax_receive,
    voicemail_screening,
};
constexpr std::string_view name_of(call_status value) noexcept
{
    return detail::name_at(value, {"Setup", "Proceeding", "Answered", "Disconnected", "Gone", "Parked", "Hold",
                                   "VoiceMail", "FaxReceive", "VoiceMailScreening"});
}

enum class read_status { read, unread };
constexpr std::string_view name_of(read_status value) noexcept
{
    return detail::name_at(value, {"Read", "Unread"});
}

enum class attachment_type {
    audio_recording,
    audio_transcription,
    text,
    source_document,
    rendered_document,
    mms_attachment,
};
constexpr std::string_view name_of(attachment_type value) noexcept
{
    return detail::name_at(value, {"AudioRecording", "AudioTranscription", "Text", "SourceDocument",
                                   "RenderedDocument", "MmsAttachment"});
}

/// What happened to an extension.
enum class extension_event { created, updated, deleted };
constexpr std::string_view name_of(extension_event value) noexcept
{
    return detail::name_at(value, {"Create", "Update", "Delete"});
}

/// What happened to a post.
enum class post_event { added, changed, removed };
constexpr std::string_view name_of(post_event value) noexcept
{
    return detail::name_at(value, {"PostAdded", "PostChanged", "PostRemoved"});
}

enum class extension_status { enabled, disabled, frozen, not_activated, unassigned };
constexpr std::string_view name_of(extension_status value) noexcept
{
    return detail::name_at(value, {"Enabled", "Disabled", "Frozen", "NotActivated", "Unassigned"});
}

/// The `deliveryMode.transportType` of a subscription.
enum class transport_type { pubnub, websocket, webhook, apns, gcm };
constexpr std::string_view name_of(transport_type value) noexcept
{
    return detail::name_at(value, {"PubNub", "WebSocket", "WebHook", "RC/APNS", "RC/GCM"});
}

/// Where RingSense takes its insights from.
enum class insight_domain { pbx, rcv, rcx, ms_teams, nice_incontact };
constexpr std::string_view name_of(insight_domain value) noexcept
{
    return detail::name_at(value, {"pbx", "rcv", "rcx", "ms-teams", "nice-incontact"});
}

template <class T>
concept named_value = std::is_enum_v<T> && requires (T value) {
    { name_of(value) } -> std::same_as<std::string_view>;
};

/// Whether the service's text is this value; case does not matter.
template <named_value Value>
constexpr bool operator==(std::string_view text, Value value) noexcept
{
    return detail::equal_without_case(text, name_of(value));
}

/// The named value of the service's text; nothing when it is none that this library knows.
template <named_value Value>
constexpr std::optional<Value> value_of(std::string_view text) noexcept
{
    for (int i = 0;; ++i) {
        auto const value = static_cast<Value>(i);
        if (name_of(value).empty()) {
            return std::nullopt;
        }
        if (text == value) {
            return value;
        }
    }
}

} // namespace ringtail
