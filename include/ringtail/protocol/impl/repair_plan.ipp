// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/filter_syntax.hpp>
#include <ringtail/error.hpp>
#include <ringtail/event_filters.hpp>
#include <ringtail/protocol/repair_plan.hpp>
#include <ringtail/timestamp.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace ringtail::protocol {

namespace detail {

inline constexpr std::size_t repair_page_size = 250; // the most that either list gives
inline constexpr std::ptrdiff_t most_call_logs = 5;    // of single extensions

inline bool is_of_messages(ringtail::detail::filter_parts const& filter)
{
    static constexpr std::array<std::string_view, 5> kinds{"/message-store", "/message-store/instant", "/voicemail", "/fax", "/inbound-messages"};
    return filter.extension && std::find(kinds.begin(), kinds.end(), filter.rest) != kinds.end();
}

inline bool is_of_calls(ringtail::detail::filter_parts const& filter)
{
    static constexpr std::array<std::string_view, 3> kinds{"/presence", "/telephony/sessions", "/missed-calls"};
    return filter.account && std::find(kinds.begin(), kinds.end(), filter.rest) != kinds.end();
}

inline std::string text_of(json::object const& from, std::string_view name)
{
    auto const* const member = from.if_contains(name);
    if (member == nullptr) {
        return {};
    }
    return member->is_string() ? json::value_to<std::string>(*member) : json::serialize(*member);
}

} // namespace detail

RINGTAIL_DECL std::string repair_source::path(wall_time from, wall_time until) const
{
    auto result = "/restapi/v1.0/account/" + account;
    if (!extension.empty()) {
        result += "/extension/" + extension;
    }
    auto const size = std::to_string(detail::repair_page_size);
    result += kind == record_source::message_sync ? "/message-sync?syncType=FSync&recordCount=" + size
                                                  : "/call-log?view=Detailed&page=1&perPage=" + size;
    return result + "&dateFrom=" + format_timestamp(from) + "&dateTo=" + format_timestamp(until);
}

RINGTAIL_DECL repair_plan::repair_plan(std::vector<std::string> const& filters, std::vector<std::string> const& scopes)
{
    auto const allowed = [&](std::string_view scope) {
        return scopes.empty() || std::any_of(scopes.begin(), scopes.end(), [&](auto const& each) { return scope_covers(each, scope); });
    };
    for (auto const& each : filters) {
        ringtail::detail::filter_parts const parts(each);
        if (parts.is_reminder()) {
            continue;
        }
        if (detail::is_of_messages(parts)) {
            if (allowed("ReadMessages")) {
                add(record_source::message_sync, *parts.account, *parts.extension, each);
            } else {
                unhealed.emplace_back(each, "the token lacks the scope ReadMessages");
            }
        } else if (detail::is_of_calls(parts)) {
            if (allowed("ReadCallLog")) {
                add(record_source::call_log, *parts.account, parts.extension.value_or(""), each);
            } else {
                unhealed.emplace_back(each, "the token lacks the scope ReadCallLog");
            }
        } else {
            unhealed.emplace_back(each, "the service keeps no list of it");
        }
    }
    merge_call_logs();
}

RINGTAIL_DECL void repair_plan::add(record_source kind, std::string_view account, std::string_view extension, std::string const& filter)
{
    auto const found = std::find_if(sources.begin(), sources.end(), [&](repair_source const& each) {
        return each.kind == kind && each.account == account && each.extension == extension;
    });
    if (found != sources.end()) {
        found->filters.push_back(filter);
        return;
    }
    auto& made = sources.emplace_back();
    made.kind = kind;
    made.account = account;
    made.extension = extension;
    made.filters.push_back(filter);
}

RINGTAIL_DECL void repair_plan::merge_call_logs()
{
    auto const is_of_extension = [](repair_source const& each) { return each.kind == record_source::call_log && !each.extension.empty(); };
    auto const merge = [&](std::string const& account) {
        auto const fits = [&](repair_source const& each) { return is_of_extension(each) && each.account == account; };
        if (std::count_if(sources.begin(), sources.end(), fits) <= detail::most_call_logs) {
            return; // that of the account is an administrator's
        }
        auto const whole = std::find_if(sources.begin(), sources.end(), [&](auto const& each) {
            return each.kind == record_source::call_log && each.extension.empty() && each.account == account;
        });
        repair_source all;
        if (whole != sources.end()) {
            all = *whole;
            sources.erase(whole);
        } else {
            all.kind = record_source::call_log;
            all.account = account;
        }
        auto const every = !all.filters.empty();
        for (auto const& each : sources) {
            if (fits(each)) {
                all.filters.insert(all.filters.end(), each.filters.begin(), each.filters.end());
                if (!every) {
                    all.extensions.push_back(each.extension);
                }
            }
        }
        if (std::find(all.extensions.begin(), all.extensions.end(), "~") != all.extensions.end()) {
            all.extensions.clear(); // whose id the records don't show
        }
        std::erase_if(sources, fits);
        sources.push_back(std::move(all));
    };
    std::vector<std::string> accounts;
    for (auto const& each : sources) {
        if (is_of_extension(each) && std::find(accounts.begin(), accounts.end(), each.account) == accounts.end()) {
            accounts.push_back(each.account);
        }
    }
    std::for_each(accounts.begin(), accounts.end(), merge);
}

RINGTAIL_DECL repair_page::repair_page(repair_source const& of, json::value const& answer)
{
    auto const* const object = answer.if_object();
    auto const* const list = object != nullptr ? object->if_contains("records") : nullptr;
    if (list == nullptr || !list->is_array()) {
        throw failure(error::invalid_reply, "the list has no records");
    }
    size = list->get_array().size();
    full = size >= detail::repair_page_size;
    auto const messages = of.kind == record_source::message_sync;
    for (auto const& each : list->get_array()) {
        if (!each.is_object()) {
            throw failure(error::invalid_reply, "a record is no object");
        }
        auto const& record = each.get_object();
        auto const* const extension = record.if_contains("extension");
        auto const whose = extension != nullptr && extension->is_object() ? detail::text_of(extension->get_object(), "id") : std::string();
        if (!of.extensions.empty() && !whose.empty() && std::find(of.extensions.begin(), of.extensions.end(), whose) == of.extensions.end()) {
            continue;
        }
        healed_record made;
        made.source = of.kind;
        made.extension_id = of.extension.empty() ? whose : of.extension;
        made.id = detail::text_of(record, "id");
        made.time = parse_timestamp(detail::text_of(record, messages ? "creationTime" : "startTime"));
        made.json = json::serialize(each);
        if (made.time) {
            oldest = std::min(oldest.value_or(*made.time), *made.time);
        }
        records.push_back(std::move(made));
    }
    if (messages) {
        auto const* const sync = object->if_contains("syncInfo");
        auto const* const older = sync != nullptr && sync->is_object() ? sync->get_object().if_contains("olderRecordsExist") : nullptr;
        older_messages = older != nullptr && older->is_bool() ? older->get_bool() : full;
    } else if (auto const* const navigation = object->if_contains("navigation"); navigation != nullptr && navigation->is_object()) {
        auto const* const next = navigation->get_object().if_contains("nextPage");
        if (next != nullptr && next->is_object()) {
            next_page = detail::text_of(next->get_object(), "uri");
        }
    }
}

} // namespace ringtail::protocol
