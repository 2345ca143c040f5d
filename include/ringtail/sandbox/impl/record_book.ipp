// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/event_filter.hpp>
#include <ringtail/sandbox/record_book.hpp>
#include <ringtail/sandbox/toolbox.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace ringtail::sandbox_detail {

inline constexpr std::size_t most_records = 10'000;
inline constexpr std::size_t most_of_a_page = 250;

/// `2026-01-05T09:00:00.000Z`, the fraction left out or not; the only form these calls take.
inline std::optional<wall_time> time_of_query(std::string const& text)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0;
    double second = 0;
    if (!text.ends_with('Z') ||
        std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%lf", &year, &month, &day, &hour, &minute, &second) != 6)
        return std::nullopt;
    std::chrono::year_month_day const date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok())
        return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::milliseconds(static_cast<std::int64_t>(second * 1000 + 0.5));
}

RINGTAIL_DECL void record_book::note(std::string_view event, json::value const& body, wall_time now)
{
    if (!body.is_object())
        return;
    event_filter const what(event, directory_.account_id(), directory_.owner_id(), false);
    auto const keep = [now, &what](std::deque<record>& in, json::object content, char const* time) {
        auto const* const said = content.if_contains(time);
        auto const when = said && said->is_string() ? time_of_query(json::value_to<std::string>(*said)) : std::nullopt;
        in.push_back({what.extension, when.value_or(now), std::move(content)});
        if (in.size() > most_records)
            in.pop_front();
    };
    auto const& content = body.get_object();
    if (what.path.ends_with("/message-store/instant") || what.path.ends_with("/voicemail") || what.path.ends_with("/fax"))
        return keep(messages_, content, "creationTime");
    if (!what.path.ends_with("/telephony/sessions"))
        return;
    auto const* const parties = content.if_contains("parties");
    if (!parties || !parties->is_array() || parties->get_array().empty())
        return;
    if (!content.contains("telephonySessionId") || !parties->get_array().front().is_object())
        return;
    auto const& party = parties->get_array().front().get_object();
    auto const* const status = party.if_contains("status");
    auto const* const said = status && status->is_object() ? status->get_object().if_contains("code") : nullptr;
    auto const code = said && said->is_string() ? json::value_to<std::string>(*said) : std::string();
    if (code != "Disconnected" && code != "VoiceMail" && code != "Gone")
        return;
    json::object call{{"id", content.at("telephonySessionId")},
                      {"telephonySessionId", content.at("telephonySessionId")},
                      {"startTime", format_time(now, form_)},
                      {"duration", 0},
                      {"type", "Voice"},
                      {"internalType", "Local"},
                      {"action", "Phone Call"},
                      {"result", code == "VoiceMail" ? "Voicemail" : "Call connected"},
                      {"lastModifiedTime", format_time(now, form_)}};
    for (auto const* const name : {"direction", "from", "to"})
        if (auto const* const value = party.if_contains(name))
            call[name] = *value;
    if (auto const* const session = content.if_contains("sessionId"))
        call["sessionId"] = *session;
    auto const* const person = directory_.find(what.extension);
    if (person)
        call["extension"] = json::object{{"id", person->id}};
    keep(calls_, std::move(call), "startTime");
}

RINGTAIL_DECL std::vector<record_book::record const*> record_book::between(std::deque<record> const& of, std::string_view extension,
                                                                          wall_time from, wall_time until) const
{
    std::vector<record const*> chosen;
    for (auto each = of.rbegin(); each != of.rend(); ++each)
        if ((extension.empty() || each->extension == extension) && each->when >= from && each->when <= until)
            chosen.push_back(&*each);
    return chosen; // the youngest first
}

RINGTAIL_DECL http_reply record_book::messages(std::string_view extension, field_list const& query, wall_time now) const
{
    if (query.find("syncType").value_or("FSync") != "FSync")
        return api_error(400, "CMN-101", "Parameter [syncType] value is invalid", "syncType");
    auto const until = query.find("dateTo") ? time_of_query(query.get("dateTo")) : now;
    auto const from = query.find("dateFrom") ? time_of_query(query.get("dateFrom")) : now - std::chrono::hours(24);
    auto const count = std::min(parse_count(query.find("recordCount").value_or("250"), 1'000'000), most_of_a_page);
    if (!until || !from || count == 0)
        return api_error(400, "CMN-101", "Parameter value is invalid", !until ? "dateTo" : !from ? "dateFrom" : "recordCount");
    auto const chosen = between(messages_, extension, *from, *until);
    json::array records;
    for (std::size_t i = 0; i < std::min(count, chosen.size()); ++i)
        records.push_back(chosen[i]->content);
    return json_reply(200, json::object{{"records", std::move(records)},
                                        {"syncInfo", json::object{{"syncType", "FSync"},
                                                                  {"syncToken", "sandbox"},
                                                                  {"syncTime", format_time(now, form_)},
                                                                  {"olderRecordsExist", chosen.size() > count}}}});
}

RINGTAIL_DECL http_reply record_book::calls(std::string_view extension, field_list const& query, std::string_view origin, wall_time now) const
{
    auto const until = query.find("dateTo") ? time_of_query(query.get("dateTo")) : now;
    auto const from = query.find("dateFrom") ? time_of_query(query.get("dateFrom")) : now - std::chrono::hours(24);
    auto const page = parse_count(query.find("page").value_or("1"), 1'000'000);
    auto const per_page = std::min(parse_count(query.find("perPage").value_or("100"), 1'000'000), most_of_a_page);
    if (!until || !from || page == 0 || per_page == 0)
        return api_error(400, "CMN-101", "Parameter value is invalid");
    auto const chosen = between(calls_, extension, *from, *until);
    auto const begin = (page - 1) * per_page;
    auto const end = std::min(chosen.size(), begin + per_page);
    json::array records;
    for (auto i = begin; i < end; ++i)
        records.push_back(chosen[i]->content);
    auto const uri = std::string(origin) + "/restapi/v1.0/account/" + directory_.account_id() +
                     (extension.empty() ? std::string() : "/extension/" + std::string(extension)) + "/call-log";
    auto const link = [&](std::size_t to) {
        std::string text = uri + "?page=" + std::to_string(to) + "&perPage=" + std::to_string(per_page);
        for (auto const* const name : {"dateFrom", "dateTo", "view"})
            if (auto const value = query.find(name))
                text += "&" + std::string(name) + "=" + percent_encode(*value);
        return json::object{{"uri", text}};
    };
    json::object navigation{{"firstPage", link(1)}};
    if (end < chosen.size())
        navigation["nextPage"] = link(page + 1);
    return json_reply(200, json::object{{"uri", uri},
                                        {"records", std::move(records)},
                                        {"paging", json::object{{"page", page}, {"perPage", per_page}}},
                                        {"navigation", std::move(navigation)}});
}

} // namespace ringtail::sandbox_detail
