// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/filter_syntax.hpp>
#include <ringtail/error.hpp>
#include <ringtail/event_filters.hpp>

#include <algorithm>
#include <iterator>

namespace ringtail {

namespace detail {

inline std::string presence_query(presence_detail detail)
{
    std::string query;
    if (detail != presence_detail::plain) {
        add_parameter(query, "detailedTelephonyState", "true");
    }
    if (includes(detail, presence_detail::sip_data)) {
        add_parameter(query, "sipData", "true");
    }
    return query;
}

} // namespace detail

RINGTAIL_DECL session_query& session_query::inbound()
{
    detail::add_parameter(text_, "direction", name_of(direction::inbound));
    return *this;
}

RINGTAIL_DECL session_query& session_query::outbound()
{
    detail::add_parameter(text_, "direction", name_of(direction::outbound));
    return *this;
}

RINGTAIL_DECL session_query& session_query::missed_calls()
{
    detail::add_parameter(text_, "missedCall", "true");
    return *this;
}

RINGTAIL_DECL session_query& session_query::phone_number(std::string_view number)
{
    detail::add_parameter(text_, "phoneNumber", number);
    return *this;
}

RINGTAIL_DECL session_query& session_query::sip_data()
{
    detail::add_parameter(text_, "sipData", "true");
    return *this;
}

RINGTAIL_DECL session_query& session_query::status(call_status code)
{
    return status(name_of(code));
}

RINGTAIL_DECL session_query& session_query::status(std::string_view code)
{
    detail::add_parameter(text_, "statusCode", code);
    return *this;
}

RINGTAIL_DECL session_query& session_query::with_recordings()
{
    detail::add_parameter(text_, "withRecordings", "true");
    return *this;
}

RINGTAIL_DECL a2p_sms_query& a2p_sms_query::inbound()
{
    detail::add_parameter(text_, "direction", name_of(direction::inbound));
    return *this;
}

RINGTAIL_DECL a2p_sms_query& a2p_sms_query::outbound()
{
    detail::add_parameter(text_, "direction", name_of(direction::outbound));
    return *this;
}

RINGTAIL_DECL a2p_sms_query& a2p_sms_query::batch(resource_id const& id)
{
    detail::add_parameter(text_, "batchId", id.text());
    return *this;
}

RINGTAIL_DECL a2p_sms_query& a2p_sms_query::from(std::string_view number)
{
    detail::add_parameter(text_, "from", number);
    return *this;
}

RINGTAIL_DECL a2p_sms_query& a2p_sms_query::to(std::string_view number)
{
    detail::add_parameter(text_, "to", number);
    return *this;
}

RINGTAIL_DECL event_filters event_filters::from(std::vector<std::string> const& paths)
{
    event_filters result;
    for (auto const& path : paths) {
        result.raw(path);
    }
    return result;
}

RINGTAIL_DECL event_filters& event_filters::presence(resource_id const& extension, presence_detail detail,
                                                     resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/presence"
               + detail::presence_query(detail));
}

RINGTAIL_DECL event_filters& event_filters::presence_line_presence(resource_id const& extension,
                                                                   presence_detail detail, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/presence/line/presence"
               + detail::presence_query(detail));
}

RINGTAIL_DECL event_filters& event_filters::favorite_presence(resource_id const& extension, presence_detail detail,
                                                              resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/favorite/presence"
               + detail::presence_query(detail));
}

RINGTAIL_DECL event_filters& event_filters::presence_line(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/presence/line");
}

RINGTAIL_DECL event_filters& event_filters::presence_dnd(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/presence/dnd");
}

RINGTAIL_DECL event_filters& event_filters::account_presence(resource_id const& account)
{
    return put(detail::account_path(account.text()) + "/presence");
}

RINGTAIL_DECL event_filters& event_filters::call_queue_presence(resource_id const& group, resource_id const& account)
{
    return put(detail::account_path(account.text()) + "/call-queues/" + detail::encode_part(group.text(), "=")
               + "/presence");
}

RINGTAIL_DECL event_filters& event_filters::message_store(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/message-store");
}

RINGTAIL_DECL event_filters& event_filters::message_store(resource_id const& extension, message_type type,
                                                          resource_id const& account)
{
    std::string query;
    detail::add_parameter(query, "type", name_of(type));
    return put(detail::extension_path(account.text(), extension.text()) + "/message-store" + query);
}

RINGTAIL_DECL event_filters& event_filters::message_store(resource_id const& extension, direction way,
                                                          resource_id const& account)
{
    std::string query;
    detail::add_parameter(query, "direction", name_of(way));
    return put(detail::extension_path(account.text(), extension.text()) + "/message-store" + query);
}

RINGTAIL_DECL event_filters& event_filters::message_store(resource_id const& extension, message_type type,
                                                          direction way, resource_id const& account)
{
    std::string query;
    detail::add_parameter(query, "type", name_of(type));
    detail::add_parameter(query, "direction", name_of(way));
    return put(detail::extension_path(account.text(), extension.text()) + "/message-store" + query);
}

RINGTAIL_DECL event_filters& event_filters::instant_messages(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/message-store/instant?type=SMS");
}

RINGTAIL_DECL event_filters& event_filters::voicemail(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/voicemail");
}

RINGTAIL_DECL event_filters& event_filters::fax(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/fax?direction=Inbound");
}

RINGTAIL_DECL event_filters& event_filters::message_threads(resource_id const& account)
{
    return put(detail::account_path(account.text()) + "/message-threads/sync");
}

RINGTAIL_DECL event_filters& event_filters::message_thread_entries(resource_id const& account)
{
    return put(detail::account_path(account.text()) + "/message-threads/entries/sync");
}

RINGTAIL_DECL event_filters& event_filters::telephony_sessions(resource_id const& extension,
                                                               session_query const& query, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/telephony/sessions" + query.text());
}

RINGTAIL_DECL event_filters& event_filters::account_telephony_sessions(session_query const& query,
                                                                       resource_id const& account)
{
    return put(detail::account_path(account.text()) + "/telephony/sessions" + query.text());
}

RINGTAIL_DECL event_filters& event_filters::extension_list(resource_id const& account)
{
    return put(detail::account_path(account.text()) + "/extension");
}

RINGTAIL_DECL event_filters& event_filters::extension_info(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()));
}

RINGTAIL_DECL event_filters& event_filters::favorite(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/favorite");
}

RINGTAIL_DECL event_filters& event_filters::grant(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/grant");
}

RINGTAIL_DECL event_filters& event_filters::directory_entries(resource_id const& account)
{
    return put(detail::account_path(account.text()) + "/directory/entries");
}

RINGTAIL_DECL event_filters& event_filters::emergency_address(resource_id const& device, resource_id const& account)
{
    return put(detail::account_path(account.text()) + "/device/" + detail::encode_part(device.text(), "=")
               + "/emergency-address");
}

RINGTAIL_DECL event_filters& event_filters::contact_center_phone_numbers(resource_id const& account)
{
    return put(detail::account_path(account.text()) + "/phone-number?usageType=ContactCenterNumber");
}

RINGTAIL_DECL event_filters& event_filters::a2p_sms_batches(std::string_view from, resource_id const& account)
{
    std::string query;
    if (!from.empty()) {
        detail::add_parameter(query, "from", from);
    }
    return put(detail::account_path(account.text()) + "/a2p-sms/batches" + query);
}

RINGTAIL_DECL event_filters& event_filters::a2p_sms_batch(resource_id const& batch, resource_id const& account)
{
    return put(detail::account_path(account.text()) + "/a2p-sms/batches/" + detail::encode_part(batch.text(), "="));
}

RINGTAIL_DECL event_filters& event_filters::a2p_sms_messages(a2p_sms_query const& query, resource_id const& account)
{
    return put(detail::account_path(account.text()) + "/a2p-sms/messages" + query.text());
}

RINGTAIL_DECL event_filters& event_filters::a2p_sms_opt_outs(a2p_sms_query const& query, resource_id const& account)
{
    return put(detail::account_path(account.text()) + "/a2p-sms/opt-outs" + query.text());
}

RINGTAIL_DECL event_filters& event_filters::posts()
{
    return put("/team-messaging/v1/posts");
}

RINGTAIL_DECL event_filters& event_filters::chats()
{
    return put("/team-messaging/v1/chats");
}

RINGTAIL_DECL event_filters& event_filters::glip_posts()
{
    return put("/restapi/v1.0/glip/posts");
}

RINGTAIL_DECL event_filters& event_filters::glip_groups()
{
    return put("/restapi/v1.0/glip/groups");
}

RINGTAIL_DECL event_filters& event_filters::ringsense_insights(insight_domain domain, resource_id const& account)
{
    return ringsense_insights(name_of(domain), account);
}

RINGTAIL_DECL event_filters& event_filters::ringsense_insights(std::string_view domain, resource_id const& account)
{
    return put("/ai/ringsense/v1/public/accounts/" + detail::encode_part(account.text(), "=") + "/domains/"
               + detail::encode_part(domain, "") + "/insights");
}

RINGTAIL_DECL event_filters& event_filters::incoming_call_pickup(resource_id const& extension,
                                                                 resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/incoming-call-pickup");
}

RINGTAIL_DECL event_filters& event_filters::missed_calls(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/missed-calls");
}

RINGTAIL_DECL event_filters& event_filters::start_ring(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/start-ring");
}

RINGTAIL_DECL event_filters& event_filters::stop_ring(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/stop-ring");
}

RINGTAIL_DECL event_filters& event_filters::inbound_messages(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account.text(), extension.text()) + "/inbound-messages?badge=true");
}

RINGTAIL_DECL event_filters& event_filters::renewal_reminder(std::chrono::seconds threshold,
                                                             std::chrono::seconds interval)
{
    return put("/restapi/v1.0/subscription/~?threshold=" + std::to_string(threshold.count())
               + "&interval=" + std::to_string(interval.count()));
}

RINGTAIL_DECL event_filters& event_filters::raw(std::string_view path)
{
    return put(std::string(path));
}

RINGTAIL_DECL event_filters& event_filters::add(event_filters const& others)
{
    for (auto const& path : others.paths_) {
        put(path);
    }
    return *this;
}

RINGTAIL_DECL std::vector<std::uint32_t>::const_iterator event_filters::position(std::string_view path) const noexcept
{
    return std::lower_bound(by_path_.begin(), by_path_.end(), path,
                            [this](std::uint32_t index, std::string_view wanted) { return paths_[index] < wanted; });
}

RINGTAIL_DECL bool event_filters::contains(std::string_view path) const noexcept
{
    auto const at = position(path);
    return at != by_path_.end() && paths_[*at] == path;
}

RINGTAIL_DECL event_filters& event_filters::put(std::string path)
{
    auto const at = position(path);
    if (at == by_path_.end() || paths_[*at] != path) {
        auto const inserted = by_path_.insert(at, static_cast<std::uint32_t>(paths_.size()));
        try {
            paths_.push_back(std::move(path));
        } catch (...) {
            by_path_.erase(inserted);
            throw;
        }
    }
    return *this;
}

RINGTAIL_DECL void event_filters::validate() const
{
    if (paths_.empty()) {
        throw failure(error::invalid_filter, "a subscription needs at least one event filter");
    }
    bool only_reminders = true;
    for (auto const& path : paths_) {
        if (auto const fault = detail::filter_fault(path); !fault.empty()) {
            throw failure(error::invalid_filter, detail::shown_filter(path) + ": " + std::string(fault));
        }
        only_reminders = only_reminders && detail::filter_parts(path).is_reminder();
    }
    if (only_reminders) {
        throw failure(error::invalid_filter,
                      detail::shown_filter(paths_.front()) + ": a reminder cannot be the only event filter");
    }
}

RINGTAIL_DECL std::string normalize_filter(std::string_view filter, std::string_view account_id,
                                           std::string_view extension_id)
{
    detail::filter_parts const parts(filter);
    auto const resolved = [](std::string_view id, std::string_view own) {
        if (!detail::is_own(id)) {
            return detail::decode_part(id);
        }
        return std::string(own.empty() ? "~" : own);
    };
    std::string result;
    result.reserve(filter.size() + account_id.size() + extension_id.size());
    if (parts.account) {
        result += detail::decode_part({parts.path.data(), parts.account->data()});
        result += resolved(*parts.account, account_id);
    }
    if (parts.extension) {
        result += "/extension/";
        result += resolved(*parts.extension, extension_id);
    }
    result += detail::decode_part(parts.rest);

    std::vector<std::string> parameters;
    if (parts.query && !parts.query->empty()) {
        bool sip = false;
        bool detailed = false;
        detail::each_parameter(*parts.query, [&](std::string_view name, std::string_view value) {
            auto parameter = detail::decode_part(name);
            if (value.data() != nullptr) {
                parameter += '=' + detail::decode_part(value);
            }
            sip = sip || parameter == "sipData=true";
            detailed = detailed || name == "detailedTelephonyState";
            parameters.push_back(std::move(parameter));
        });
        if (sip && !detailed && parts.has_detail()) {
            parameters.emplace_back("detailedTelephonyState=true");
        }
        std::sort(parameters.begin(), parameters.end());
    }
    char separator = '?';
    for (auto const& parameter : parameters) {
        result += separator;
        result += parameter;
        separator = '&';
    }
    return result;
}

RINGTAIL_DECL bool mentions_own_extension(std::string_view filter) noexcept
{
    detail::filter_parts const parts(filter);
    return parts.extension && detail::is_own(*parts.extension);
}

RINGTAIL_DECL std::optional<std::string> extension_id_of(std::string_view filter)
{
    detail::filter_parts const parts(filter);
    if (!parts.extension || parts.extension->empty()) {
        return std::nullopt;
    }
    return detail::decode_part(*parts.extension);
}

RINGTAIL_DECL std::string_view required_scope(std::string_view filter) noexcept
{
    detail::filter_parts const parts(filter);
    auto const rest = parts.rest;
    if (!parts.account || !parts.path.starts_with("/restapi/")) {
        return {};
    }
    if (rest == "/telephony/sessions") {
        return "CallControl";
    }
    if (parts.extension) {
        if (parts.has_detail() || rest == "/presence/line") {
            return "ReadPresence";
        }
        if (rest.empty() || rest == "/presence/dnd" || rest == "/grant") {
            return "ReadAccounts";
        }
        if (rest == "/message-store" || rest == "/voicemail" || rest == "/fax") {
            return "ReadMessages"; // the page of message-store/instant names no scope
        }
        return rest == "/favorite" ? std::string_view("ReadContacts") : std::string_view{};
    }
    if (rest == "/presence" || rest == "/extension" || rest == "/directory/entries" || rest == "/phone-number"
        || (rest.starts_with("/device/") && rest.ends_with("/emergency-address"))) {
        return "ReadAccounts";
    }
    return rest.starts_with("/call-queues/") && rest.ends_with("/presence") ? std::string_view("ReadPresence")
                                                                             : std::string_view{};
}

RINGTAIL_DECL bool scope_covers(std::string_view granted, std::string_view needed) noexcept
{
    struct inclusion {
        std::string_view wider;
        std::string_view narrower;
    };
    static constexpr inclusion inclusions[] = {
        {"Accounts", "ReadAccounts"},         {"EditAccounts", "ReadAccounts"}, {"Contacts", "ReadContacts"},
        {"EditMessages", "ReadMessages"},     {"Faxes", "ReadMessages"},        {"SMS", "ReadMessages"},
        {"InternalMessages", "ReadMessages"}, {"EditPresence", "ReadPresence"},
    };
    if (needed.empty()) {
        return true;
    }
    while (!granted.empty()) {
        auto const scope = granted.substr(0, granted.find_first_of(" ,"));
        granted.remove_prefix(std::min(granted.size(), scope.size() + 1));
        auto const includes_needed = [&](inclusion const& each) {
            return each.wider == scope && each.narrower == needed;
        };
        if (scope == needed || std::any_of(std::begin(inclusions), std::end(inclusions), includes_needed)) {
            return true;
        }
    }
    return false;
}

} // namespace ringtail
