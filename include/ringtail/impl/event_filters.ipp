// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/event_filters.hpp>

#include <algorithm>
#include <charconv>

namespace ringtail {

namespace detail {

inline bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

inline bool is_unreserved(char c) noexcept
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_'
           || c == '~';
}

/// Percent-encodes all but unreserved characters and those in `also`. An id that holds a `/` must not become two
/// segments of a valid path.
inline std::string encode_part(std::string_view text, std::string_view also)
{
    std::string encoded;
    encoded.reserve(text.size());
    for (char const c : text) {
        if (is_unreserved(c) || also.find(c) != std::string_view::npos) {
            encoded += c;
        } else {
            constexpr char const digits[] = "0123456789ABCDEF";
            auto const byte = static_cast<unsigned char>(c);
            encoded += '%';
            encoded += digits[byte >> 4];
            encoded += digits[byte & 15];
        }
    }
    return encoded;
}

inline int hex_value(char c) noexcept
{
    if (is_digit(c)) {
        return c - '0';
    }
    char const lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The byte that a percent sign at `at` encodes, or -1.
inline int escaped_byte(std::string_view text, std::size_t at) noexcept
{
    if (at + 2 >= text.size()) {
        return -1;
    }
    int const high = hex_value(text[at + 1]);
    int const low = hex_value(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Decodes what is the same encoded and plain; delimiters stay encoded.
inline std::string decode_part(std::string_view text)
{
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i != text.size(); ++i) {
        int const byte = text[i] == '%' ? escaped_byte(text, i) : -1;
        if (byte > 0 && (is_unreserved(static_cast<char>(byte)) || byte == '+' || byte == ':' || byte == ',')) {
            decoded += static_cast<char>(byte);
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

inline void add_parameter(std::string& query, std::string_view name, std::string_view value)
{
    query += query.empty() ? '?' : '&';
    query += name;
    query += '=';
    query += encode_part(value, "+"); // the service's own examples leave the plus of a number as it is
}

inline std::string account_path(resource_id const& account)
{
    return "/restapi/v1.0/account/" + encode_part(account.text(), "=");
}

inline std::string extension_path(resource_id const& account, resource_id const& extension)
{
    return account_path(account) + "/extension/" + encode_part(extension.text(), "=");
}

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

inline bool is_own(std::string_view id) noexcept
{
    return id == "~" || equal_without_case(id, "%7E");
}

/// A filter taken apart; all views refer to it.
class filter_parts {
public:
    explicit filter_parts(std::string_view filter) noexcept
    {
        auto const mark = filter.find('?');
        path = filter.substr(0, mark);
        if (mark != std::string_view::npos) {
            query = filter.substr(mark + 1);
        }
        rest = path;
        std::string_view previous;
        for (std::size_t at = path.find('/'); at < path.size();) {
            auto const end = std::min(path.find('/', at + 1), path.size());
            auto const segment = path.substr(at + 1, end - at - 1);
            bool const is_account = !account && (previous == "account" || previous == "accounts");
            // an extension's id stands right behind the account's, or it is another resource's
            bool const is_extension = account && !extension && previous == "extension"
                                      && path.data() + at == rest.data() + std::string_view("/extension").size();
            if (is_account) {
                account = segment;
            } else if (is_extension) {
                extension = segment;
            }
            if (is_account || is_extension) {
                rest = path.substr(end);
            }
            previous = segment;
            at = end;
        }
    }

    bool is_reminder() const noexcept { return path == "/restapi/v1.0/subscription/~"; }

    /// Whether it is one of the presence filters that come plain and detailed.
    bool has_detail() const noexcept
    {
        return extension && (rest == "/presence" || rest == "/presence/line/presence" || rest == "/favorite/presence");
    }

    std::string_view path;
    std::optional<std::string_view> query;
    std::optional<std::string_view> account;
    std::optional<std::string_view> extension;
    std::string_view rest; ///< the path behind the ids, with its slash
};

/// Calls `visit(name, value)` for each parameter; `value` has no data when there was no `=`.
template <class Visitor>
void each_parameter(std::string_view query, Visitor visit)
{
    for (;;) {
        auto const end = query.find('&');
        auto const pair = query.substr(0, end);
        auto const equals = pair.find('=');
        auto const name = pair.substr(0, equals);
        visit(name, equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
        if (end == std::string_view::npos) {
            return;
        }
        query.remove_prefix(end + 1);
    }
}

inline bool is_resource_id(std::string_view id) noexcept
{
    auto const digits = [](std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); };
    return is_own(id) || (!id.empty() && digits(id)) || (id.starts_with("pid=") && id.size() > 4);
}

/// Why a reminder can't be accepted; empty when it can.
inline std::string_view reminder_fault(std::string_view query)
{
    std::optional<std::int64_t> threshold;
    std::optional<std::int64_t> interval;
    each_parameter(query, [&](std::string_view name, std::string_view value) {
        std::int64_t number = 0;
        auto const* const end = value.data() + value.size();
        auto const result = std::from_chars(value.data(), end, number);
        if (value.empty() || result.ec != std::errc{} || result.ptr != end) {
            return;
        }
        if (name == "threshold") {
            threshold = number;
        } else if (name == "interval") {
            interval = number;
        }
    });
    if (!threshold || !interval || *threshold <= 0 || *interval <= 0) {
        return "a reminder needs a threshold and an interval in seconds, both above 0";
    }
    if (*interval > *threshold / 2) {
        return "a reminder's interval is at most half of its threshold";
    }
    return {};
}

/// Why the service would not take a filter; empty when nothing speaks against it.
inline std::string_view filter_fault(std::string_view filter)
{
    if (!filter.starts_with('/')) {
        return "an event filter is a path and begins with '/'";
    }
    for (std::size_t i = 0; i != filter.size(); ++i) {
        char const c = filter[i];
        if (c <= ' ' || c > '~') {
            return "white space, control and non-ASCII characters are not allowed";
        }
        if (c == '#') {
            return "a fragment is not allowed";
        }
        if (std::string_view("<>{}\"\\^`|").find(c) != std::string_view::npos) {
            return "not a URI character (a placeholder that was not replaced?)";
        }
        if (c == '%' && escaped_byte(filter, i) < 0) {
            return "a percent sign needs two hexadecimal digits behind it";
        }
    }
    filter_parts const parts(filter);
    std::string_view path = parts.path;
    while (!path.empty()) {
        path.remove_prefix(1);
        auto const segment = path.substr(0, path.find('/'));
        if (segment.empty()) {
            return "an empty path segment (an empty id?)";
        }
        if (segment == "." || segment == "..") {
            return "dot segments are not allowed";
        }
        path.remove_prefix(segment.size());
    }
    if (parts.path.starts_with("/restapi/")) {
        if (parts.account && !is_resource_id(*parts.account)) {
            return "an account id is digits, '~' or 'pid=X'";
        }
        if (parts.extension && !is_resource_id(*parts.extension)) {
            return "an extension id is digits, '~' or 'pid=X'";
        }
    }
    std::string_view fault;
    if (parts.query) {
        each_parameter(*parts.query, [&](std::string_view name, std::string_view value) {
            if (name.empty()) {
                fault = "a query parameter without a name";
            } else if (value.data() != nullptr && value.empty()) {
                fault = "a query parameter without a value behind its '='";
            } else if (name.find('?') != std::string_view::npos || value.find('?') != std::string_view::npos) {
                fault = "more than one '?'";
            }
        });
    }
    return fault.empty() && parts.is_reminder() ? reminder_fault(parts.query.value_or("")) : fault;
}

/// A filter as an error text can show it: printable and of bounded length.
inline std::string shown_filter(std::string_view filter)
{
    constexpr std::size_t longest = 200;
    std::string shown = "\"";
    for (char const c : filter.substr(0, longest)) {
        shown += c >= ' ' && c <= '~' ? c : '?';
    }
    shown += filter.size() > longest ? "...\"" : "\"";
    return shown;
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
    return put(detail::extension_path(account, extension) + "/presence" + detail::presence_query(detail));
}

RINGTAIL_DECL event_filters& event_filters::presence_line_presence(resource_id const& extension,
                                                                   presence_detail detail, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/presence/line/presence"
               + detail::presence_query(detail));
}

RINGTAIL_DECL event_filters& event_filters::favorite_presence(resource_id const& extension, presence_detail detail,
                                                              resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/favorite/presence" + detail::presence_query(detail));
}

RINGTAIL_DECL event_filters& event_filters::presence_line(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/presence/line");
}

RINGTAIL_DECL event_filters& event_filters::presence_dnd(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/presence/dnd");
}

RINGTAIL_DECL event_filters& event_filters::account_presence(resource_id const& account)
{
    return put(detail::account_path(account) + "/presence");
}

RINGTAIL_DECL event_filters& event_filters::call_queue_presence(resource_id const& group, resource_id const& account)
{
    return put(detail::account_path(account) + "/call-queues/" + detail::encode_part(group.text(), "=")
               + "/presence");
}

RINGTAIL_DECL event_filters& event_filters::message_store(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/message-store");
}

RINGTAIL_DECL event_filters& event_filters::message_store(resource_id const& extension, message_type type,
                                                          resource_id const& account)
{
    std::string query;
    detail::add_parameter(query, "type", name_of(type));
    return put(detail::extension_path(account, extension) + "/message-store" + query);
}

RINGTAIL_DECL event_filters& event_filters::message_store(resource_id const& extension, direction way,
                                                          resource_id const& account)
{
    std::string query;
    detail::add_parameter(query, "direction", name_of(way));
    return put(detail::extension_path(account, extension) + "/message-store" + query);
}

RINGTAIL_DECL event_filters& event_filters::message_store(resource_id const& extension, message_type type,
                                                          direction way, resource_id const& account)
{
    std::string query;
    detail::add_parameter(query, "type", name_of(type));
    detail::add_parameter(query, "direction", name_of(way));
    return put(detail::extension_path(account, extension) + "/message-store" + query);
}

RINGTAIL_DECL event_filters& event_filters::instant_messages(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/message-store/instant?type=SMS");
}

RINGTAIL_DECL event_filters& event_filters::voicemail(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/voicemail");
}

RINGTAIL_DECL event_filters& event_filters::fax(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/fax?direction=Inbound");
}

RINGTAIL_DECL event_filters& event_filters::message_threads(resource_id const& account)
{
    return put(detail::account_path(account) + "/message-threads/sync");
}

RINGTAIL_DECL event_filters& event_filters::message_thread_entries(resource_id const& account)
{
    return put(detail::account_path(account) + "/message-threads/entries/sync");
}

RINGTAIL_DECL event_filters& event_filters::telephony_sessions(resource_id const& extension,
                                                               session_query const& query, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/telephony/sessions" + query.text());
}

RINGTAIL_DECL event_filters& event_filters::account_telephony_sessions(session_query const& query,
                                                                       resource_id const& account)
{
    return put(detail::account_path(account) + "/telephony/sessions" + query.text());
}

RINGTAIL_DECL event_filters& event_filters::extension_list(resource_id const& account)
{
    return put(detail::account_path(account) + "/extension");
}

RINGTAIL_DECL event_filters& event_filters::extension_info(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account, extension));
}

RINGTAIL_DECL event_filters& event_filters::favorite(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/favorite");
}

RINGTAIL_DECL event_filters& event_filters::grant(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/grant");
}

RINGTAIL_DECL event_filters& event_filters::directory_entries(resource_id const& account)
{
    return put(detail::account_path(account) + "/directory/entries");
}

RINGTAIL_DECL event_filters& event_filters::emergency_address(resource_id const& device, resource_id const& account)
{
    return put(detail::account_path(account) + "/device/" + detail::encode_part(device.text(), "=")
               + "/emergency-address");
}

RINGTAIL_DECL event_filters& event_filters::contact_center_phone_numbers(resource_id const& account)
{
    return put(detail::account_path(account) + "/phone-number?usageType=ContactCenterNumber");
}

RINGTAIL_DECL event_filters& event_filters::a2p_sms_batches(std::string_view from, resource_id const& account)
{
    std::string query;
    if (!from.empty()) {
        detail::add_parameter(query, "from", from);
    }
    return put(detail::account_path(account) + "/a2p-sms/batches" + query);
}

RINGTAIL_DECL event_filters& event_filters::a2p_sms_batch(resource_id const& batch, resource_id const& account)
{
    return put(detail::account_path(account) + "/a2p-sms/batches/" + detail::encode_part(batch.text(), "="));
}

RINGTAIL_DECL event_filters& event_filters::a2p_sms_messages(a2p_sms_query const& query, resource_id const& account)
{
    return put(detail::account_path(account) + "/a2p-sms/messages" + query.text());
}

RINGTAIL_DECL event_filters& event_filters::a2p_sms_opt_outs(a2p_sms_query const& query, resource_id const& account)
{
    return put(detail::account_path(account) + "/a2p-sms/opt-outs" + query.text());
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
    return put(detail::extension_path(account, extension) + "/incoming-call-pickup");
}

RINGTAIL_DECL event_filters& event_filters::missed_calls(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/missed-calls");
}

RINGTAIL_DECL event_filters& event_filters::start_ring(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/start-ring");
}

RINGTAIL_DECL event_filters& event_filters::stop_ring(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/stop-ring");
}

RINGTAIL_DECL event_filters& event_filters::inbound_messages(resource_id const& extension, resource_id const& account)
{
    return put(detail::extension_path(account, extension) + "/inbound-messages?badge=true");
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
    if (this != &others) {
        for (auto const& path : others.paths_) {
            put(path);
        }
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
