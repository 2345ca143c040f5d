// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/impl/subscription_service.ipp>

#include <boost/json.hpp>

namespace ringtail::sandbox_detail {

RINGTAIL_DECL std::vector<std::string> subscription_service::living(wall_time now) const
{
    std::vector<std::string> ids;
    for (auto const& [id, record] : records_)
        if (record.alive(now))
            ids.push_back(id);
    return ids;
}

RINGTAIL_DECL bool subscription_service::rotate(std::string_view id, sandbox_rotation what)
{
    auto* const record = find(id);
    if (record)
        rotate(*record, what);
    return record != nullptr;
}

RINGTAIL_DECL bool subscription_service::expire(std::string_view id, wall_time now)
{
    auto* const record = find(id);
    if (record)
        record->expires = std::min(record->expires, now);
    return record != nullptr;
}

RINGTAIL_DECL bool subscription_service::suspend(std::string_view id)
{
    auto* const record = find(id);
    if (record)
        record->status = "Suspended";
    return record != nullptr;
}

RINGTAIL_DECL std::optional<std::string> subscription_service::of_session(gateway_session session,
                                                                          wall_time now) const
{
    auto const found = by_session_.find(session);
    if (found == by_session_.end() || !records_.at(found->second).alive(now))
        return std::nullopt;
    return found->second;
}

RINGTAIL_DECL void subscription_service::prolong_session(gateway_session session, wall_time now)
{
    if (auto const id = of_session(session, now))
        prolong(*find(*id), now);
}

RINGTAIL_DECL void subscription_service::end_session(gateway_session session)
{
    if (auto const found = by_session_.find(session); found != by_session_.end())
        erase(std::string(found->second));
}

RINGTAIL_DECL bool subscription_service::exists(std::string_view id, wall_time now) const
{
    auto const found = records_.find(id);
    return found != records_.end() && found->second.alive(now);
}

RINGTAIL_DECL bool subscription_service::delivers(std::string_view id, wall_time now) const
{
    return exists(id, now) && records_.find(id)->second.status == "Active";
}

RINGTAIL_DECL bool subscription_service::blacklist(std::string_view id, std::string reason, wall_time now)
{
    auto* const record = find(id);
    if (!record || record->transport != "WebHook")
        return false;
    record->status = "Blacklisted";
    record->blacklisted = now;
    record->blacklisted_because = std::move(reason);
    return true;
}

RINGTAIL_DECL bool subscription_service::revive(std::string_view id)
{
    auto* const record = find(id);
    if (!record || record->status != "Blacklisted")
        return false;
    record->status = "Active";
    return true;
}

RINGTAIL_DECL std::string subscription_service::envelope(subscription_record const& record, std::string_view event,
                                                         json::value const& body, wall_time now)
{
    json::object envelope{{"uuid", ids_.digits(19)},
                          {"event", event},
                          {"timestamp", format_time(now, options_.time_form)},
                          {"subscriptionId", record.id},
                          {"ownerId", record.owner_id}};
    if (!body.is_null())
        envelope["body"] = body;
    return json::serialize(envelope);
}

RINGTAIL_DECL outgoing subscription_service::dispatch(subscription_record& record, std::string envelope)
{
    bool const late = record.late_messages > 0;
    record.late_messages -= late ? 1 : 0;
    outgoing message;
    message.subscription_id = record.id;
    message.transport = record.transport;
    message.envelope = std::move(envelope);
    message.address = late ? record.previous_address : record.address;
    message.session = record.session;
    message.url = record.url;
    message.verification_token = record.verification_token;
    return message;
}

RINGTAIL_DECL std::vector<outgoing> subscription_service::publish(std::string_view event, json::value const& body,
                                                                  wall_time now)
{
    event_filter const what(event, directory_.account_id(), directory_.owner_id(), false);
    std::vector<outgoing> notifications;
    for (auto const& path : reached_paths(what)) {
        auto const users = by_path_.find(path);
        if (users == by_path_.end())
            continue;
        for (auto const& id : users->second) {
            auto& record = records_.at(id);
            if (!record.alive(now) || record.status != "Active")
                continue;
            event_filter const* richest = nullptr; // of several on one path, the one that gets the most is served
            for (auto const& filter : record.filters)
                if (filter.path == path && admits(filter, what, body) &&
                    (!richest || filter.detail() > richest->detail()))
                    richest = &filter;
            if (!richest)
                continue;
            bool const presence = path.ends_with("/presence") && what.path.ends_with("/presence");
            notifications.push_back(dispatch(
                record, envelope(record, richest->shown, presence ? trimmed(body, richest->detail()) : body, now)));
        }
    }
    return notifications;
}

RINGTAIL_DECL std::optional<outgoing> subscription_service::publish_raw(std::string_view id, std::string text,
                                                                        wall_time now)
{
    auto* const record = find(id);
    if (!record || !record->alive(now))
        return std::nullopt;
    return dispatch(*record, std::move(text));
}

/// When a subscription's reminder is due next; empty when it has none.
inline std::optional<wall_time> reminder_time(subscription_record const& record)
{
    for (auto const& filter : record.filters)
        if (is_reminder(filter))
            return std::max(record.next_reminder, record.expires - number_of_seconds(filter.query.get("threshold")));
    return std::nullopt;
}

RINGTAIL_DECL std::vector<outgoing> subscription_service::take_reminders(wall_time now)
{
    std::vector<outgoing> reminders;
    for (auto const& id : reminded_) {
        auto& record = records_.at(id);
        auto const due = reminder_time(record);
        if (!due || *due > now || !record.alive(now))
            continue;
        for (auto const& filter : record.filters)
            if (is_reminder(filter)) {
                auto const left = std::chrono::ceil<std::chrono::seconds>(record.expires - now).count();
                record.next_reminder = now + number_of_seconds(filter.query.get("interval"));
                reminders.push_back(dispatch(
                    record, envelope(record, filter.shown, json::object{{"expiresIn", left}}, now)));
            }
    }
    return reminders;
}

RINGTAIL_DECL std::optional<wall_time> subscription_service::next_reminder(wall_time now) const
{
    std::optional<wall_time> next;
    for (auto const& id : reminded_) {
        auto const& record = records_.at(id);
        if (auto const due = reminder_time(record); due && record.alive(std::max(*due, now)))
            next = std::min(next.value_or(*due), *due);
    }
    return next;
}

} // namespace ringtail::sandbox_detail
