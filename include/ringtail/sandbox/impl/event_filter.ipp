// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/event_filter.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace ringtail::sandbox_detail {

// Sensitive is what tells who talks to whom, or what they say; counters and lists are not.
inline constexpr std::array filter_rules{
    filter_rule("/restapi/v1.0/account/*/extension/*/presence", "ReadPresence", true),
    filter_rule("/restapi/v1.0/account/*/extension/*/presence/line/presence", "ReadPresence", true, "SUB-531"),
    filter_rule("/restapi/v1.0/account/*/extension/*/presence/favorite/presence", "ReadPresence", true, "SUB-518"),
    filter_rule("/restapi/v1.0/account/*/extension/*/presence/line", "ReadPresence", true),
    filter_rule("/restapi/v1.0/account/*/extension/*/presence/dnd", "ReadAccounts", true),
    filter_rule("/restapi/v1.0/account/*/presence", "ReadAccounts", true),
    filter_rule("/restapi/v1.0/account/*/call-queues/*/presence", "ReadPresence", true),
    filter_rule("/restapi/v1.0/account/*/extension/*/message-store", "ReadMessages", false, "SUB-405"),
    filter_rule("/restapi/v1.0/account/*/extension/*/message-store/instant", "ReadMessages", true, "SUB-405"),
    filter_rule("/restapi/v1.0/account/*/extension/*/voicemail", "ReadMessages", true, "SUB-405"),
    filter_rule("/restapi/v1.0/account/*/extension/*/fax", "ReadMessages", true, "SUB-405"),
    filter_rule("/restapi/v1.0/account/*/extension/*/telephony/sessions", "CallControl", true),
    filter_rule("/restapi/v1.0/account/*/telephony/sessions", "CallControl", true),
    filter_rule("/restapi/v1.0/account/*/extension", "ReadAccounts"),
    filter_rule("/restapi/v1.0/account/*/extension/*", "ReadAccounts"),
    filter_rule("/restapi/v1.0/account/*/extension/*/favorite", "ReadAccounts", false, "SUB-518"),
    filter_rule("/restapi/v1.0/account/*/extension/*/grant", "ReadAccounts"),
    filter_rule("/restapi/v1.0/account/*/directory/entries", "ReadAccounts"),
    filter_rule("/restapi/v1.0/account/*/device/*/emergency-address", "ReadAccounts"),
    filter_rule("/restapi/v1.0/account/*/phone-number", "ReadAccounts"),
    filter_rule("/restapi/v1.0/account/*/a2p-sms/batches", "A2PSMS"),
    filter_rule("/restapi/v1.0/account/*/a2p-sms/batches/*", "A2PSMS"),
    filter_rule("/restapi/v1.0/account/*/a2p-sms/messages", "A2PSMS"),
    filter_rule("/restapi/v1.0/account/*/a2p-sms/opt-outs", "A2PSMS"),
    filter_rule("/restapi/v1.0/account/*/message-threads/sync", "ReadMessages"),
    filter_rule("/restapi/v1.0/account/*/message-threads/entries/sync", "ReadMessages"),
    filter_rule("/restapi/v1.0/account/*/extension/*/incoming-call-pickup", "ReadPresence", true, "SUB-530"),
    filter_rule("/restapi/v1.0/account/*/extension/*/missed-calls", "ReadPresence", true, "SUB-527"),
    filter_rule("/restapi/v1.0/account/*/extension/*/start-ring", "ReadPresence", true),
    filter_rule("/restapi/v1.0/account/*/extension/*/stop-ring", "ReadPresence", true),
    filter_rule("/restapi/v1.0/account/*/extension/*/inbound-messages", "ReadMessages", true, "SUB-405"),
    filter_rule("/restapi/v1.0/subscription/*", ""),
    filter_rule("/restapi/v1.0/glip/posts", "TeamMessaging"),
    filter_rule("/restapi/v1.0/glip/groups", "TeamMessaging"),
    filter_rule("/team-messaging/v1/posts", "TeamMessaging"),
    filter_rule("/team-messaging/v1/chats", "TeamMessaging"),
    filter_rule("/team-messaging/v1/groups", "TeamMessaging"),
    filter_rule("/ai/ringsense/v1/public/accounts/*/domains/*/insights", "RingSense"),
};

/// The first segment of `path`, which is cut off.
inline std::string_view next_segment(std::string_view& path)
{
    path.remove_prefix(path.starts_with('/') ? 1 : 0);
    auto const segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

RINGTAIL_DECL filter_rule const* rule_of(std::string_view path)
{
    auto const matches = [&](filter_rule const& rule) {
        auto pattern = rule.pattern;
        auto rest = path;
        while (!pattern.empty() && !rest.empty()) {
            auto const wanted = next_segment(pattern);
            auto const found = next_segment(rest);
            if (found.empty() || (wanted != "*" && wanted != found))
                return false;
        }
        return pattern.empty() && rest.empty();
    };
    auto const rule = std::find_if(filter_rules.begin(), filter_rules.end(), matches);
    return rule == filter_rules.end() ? nullptr : &*rule;
}

RINGTAIL_DECL event_filter::event_filter(std::string_view text, std::string_view account_id,
                                         std::string_view extension_id, bool keep_tilde)
    : shown(text), query(split_target(text).query)
{
    std::string_view rest = text.substr(0, text.find('?'));
    auto const parameters = text.substr(rest.size());
    std::string_view previous;
    while (!rest.empty()) {
        auto segment = next_segment(rest);
        if (previous == "account" || previous == "accounts") {
            segment = segment == "~" ? account_id : segment;
            account = segment;
        } else if (previous == "extension") {
            segment = segment == "~" ? extension_id : segment;
            extension = segment;
        }
        path += "/" + std::string(segment);
        previous = segment;
    }
    if (!keep_tilde)
        shown = path + std::string(parameters);
}

RINGTAIL_DECL presence_detail event_filter::detail() const
{
    if (query.get("sipData") == "true")
        return presence_detail::with_sip;
    return query.get("detailedTelephonyState") == "true" ? presence_detail::detailed : presence_detail::plain;
}

/// The texts of all members called `name`, however deep.
inline void collect(json::value const& value, std::string_view name, std::vector<std::string>& found)
{
    if (auto const* const list = value.if_array()) {
        for (auto const& element : *list)
            collect(element, name, found);
    } else if (auto const* const object = value.if_object()) {
        for (auto const& [key, member] : *object) {
            if (key == name)
                found.push_back(member.is_string() ? std::string(member.get_string()) : json::serialize(member));
            collect(member, name, found);
        }
    }
}

RINGTAIL_DECL bool admits(event_filter const& filter, event_filter const& event, json::value const& body)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> restricting{{{"type", "type"},
                                                                                       {"direction", "direction"},
                                                                                       {"missedCall", "missedCall"},
                                                                                       {"phoneNumber", "phoneNumber"},
                                                                                       {"statusCode", "code"},
                                                                                       {"usageType", "usageType"}}};
    for (auto const& [parameter, member] : restricting) {
        auto const wanted = filter.query.all(parameter);
        if (wanted.empty())
            continue;
        auto said = event.query.all(parameter);
        collect(body, member, said);
        bool const any = std::any_of(said.begin(), said.end(), [&](std::string const& value) {
            return std::any_of(wanted.begin(), wanted.end(), [&](auto const& w) { return same_text(w, value); });
        });
        if (!said.empty() && !any)
            return false;
    }
    if (filter.query.get("withRecordings") == "true") {
        std::vector<std::string> recordings;
        collect(body, "recordings", recordings);
        return !recordings.empty();
    }
    return true;
}

RINGTAIL_DECL std::vector<std::string> reached_paths(event_filter const& event)
{
    std::vector<std::string> paths{event.path};
    auto const whole_account = "/restapi/v1.0/account/" + event.account;
    auto const own = whole_account + "/extension/" + event.extension;
    if (!event.extension.empty())
        for (std::string_view const kind : {"/presence", "/telephony/sessions"})
            if (event.path == own + std::string(kind))
                paths.push_back(whole_account + std::string(kind));
    return paths;
}

RINGTAIL_DECL json::value trimmed(json::value const& body, presence_detail detail)
{
    json::value copy = body;
    auto* const object = copy.if_object();
    if (!object || detail == presence_detail::with_sip)
        return copy;
    if (detail == presence_detail::plain) {
        object->stable_erase("activeCalls");
        object->stable_erase("totalActiveCalls");
    } else if (auto* const calls = object->if_contains("activeCalls"); calls && calls->is_array()) {
        for (auto& call : calls->get_array())
            if (call.is_object())
                call.get_object().stable_erase("sipData");
    }
    return copy;
}

} // namespace ringtail::sandbox_detail
