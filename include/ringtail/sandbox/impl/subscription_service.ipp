// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/subscription_service.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace ringtail::sandbox_detail {

inline constexpr std::chrono::minutes expired_are_remembered{60};

inline http_reply no_such_subscription()
{
    return api_error(404, "CMN-102", "Resource for parameter [subscriptionId] is not found", "subscriptionId");
}

inline http_reply bad_parameter(std::string_view name)
{
    return api_error(400, "CMN-101", "Parameter [" + std::string(name) + "] value is invalid", name);
}

/// The body's object; empty when it is none. An absent body is an empty object.
inline std::optional<json::object> parse_body(std::string_view body)
{
    if (body.find_first_not_of(" \t\r\n") == body.npos)
        return json::object();
    boost::system::error_code problem;
    auto value = json::parse(body, problem);
    if (problem || !value.is_object())
        return std::nullopt;
    return std::move(value.get_object());
}

inline std::chrono::seconds number_of_seconds(std::string const& text)
{
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return std::chrono::seconds(value);
}

inline bool is_reminder(event_filter const& filter)
{
    return filter.path.starts_with("/restapi/v1.0/subscription/");
}

RINGTAIL_DECL subscription_service::subscription_service(sandbox_options const& options,
                                                         extension_directory const& directory, id_source& ids,
                                                         pubnub_service& pubnub, std::string origin)
    : options_(options)
    , directory_(directory)
    , ids_(ids)
    , pubnub_(pubnub)
    , origin_(std::move(origin))
    , subscriber_key_(pubnub.issue_subscriber_key())
{
}

RINGTAIL_DECL subscription_record* subscription_service::find(std::string_view id)
{
    auto const found = records_.find(id);
    return found == records_.end() ? nullptr : &found->second;
}

RINGTAIL_DECL std::optional<http_reply> subscription_service::missing(oauth_session const& who, std::string_view id,
                                                                      wall_time now) const
{
    auto const found = records_.find(id);
    if (found == records_.end() || found->second.owner_id != who.owner_id || found->second.client_id != who.client_id)
        return no_such_subscription();
    if (!found->second.alive(now))
        return api_error(404, "SUB-507", "Subscription is expired", "subscriptionId");
    return std::nullopt;
}

RINGTAIL_DECL std::optional<refused_filter> subscription_service::refuse(oauth_session const& who,
                                                                         event_filter const& filter) const
{
    auto const refused = [&](std::string_view code, std::string_view message) {
        return refused_filter(filter.shown, std::string(code), std::string(message));
    };
    auto const* const rule = rule_of(filter.path);
    bool const of_another = !filter.extension.empty() && filter.extension != who.owner_id;
    if (refuse_next_ && filter.shown.find(refuse_next_->first) != std::string::npos)
        return refused(refuse_next_->second, "Not allowed to subscribe to this event filter");
    if (!filter.account.empty() && filter.account != directory_.account_id())
        return refused("SUB-406", "Events of another account are not available");
    if (!filter.extension.empty() && !directory_.find(filter.extension))
        return refused("SUB-408", "Unknown user");
    if (options_.scope.find(rule->scope) == std::string::npos)
        return refused("SUB-412", "Permission [" + std::string(rule->scope) + "] is required");
    if (of_another && rule->pattern.ends_with("/presence") && who.owner_id != directory_.owner_id())
        return refused("SUB-403", "Presence of another extension is not allowed");
    if (of_another && !rule->refusal_of_others.empty() &&
        !(rule->refusal_of_others == "SUB-405" && options_.messages_of_others))
        return refused(rule->refusal_of_others, "Not allowed for another extension");
    return std::nullopt;
}

/// Empty when the filters are fine, as far as not to fail the whole call.
RINGTAIL_DECL std::optional<http_reply> subscription_service::read_filters(oauth_session const& who,
                                                                           json::object const& body,
                                                                           std::chrono::milliseconds lifetime,
                                                                           wanted_filters& wanted)
{
    auto const* const list = body.if_contains("eventFilters");
    if (!list || !list->is_array() || list->get_array().empty())
        return bad_parameter("eventFilters");
    auto const invalid = [](std::string_view code, std::string_view what) {
        return api_error(400, code, "Event filters are invalid: " + std::string(what), "eventFilters");
    };
    bool only_reminders = true;
    for (auto const& each : list->get_array()) {
        if (!each.is_string())
            return invalid("SUB-508", "not a text");
        event_filter filter(each.get_string(), directory_.account_id(), who.owner_id, options_.keep_tilde);
        if (!rule_of(filter.path))
            return invalid("SUB-508", filter.shown);
        if (is_reminder(filter)) {
            auto const threshold = number_of_seconds(filter.query.get("threshold"));
            auto const interval = number_of_seconds(filter.query.get("interval"));
            bool const positive = threshold.count() > 0 && interval.count() > 0;
            if (!positive || threshold > lifetime / 2 || interval > threshold / 2)
                return invalid("SUB-516", filter.shown);
        } else {
            only_reminders = false;
        }
        if (auto refusal = refuse(who, filter))
            wanted.second.push_back(std::move(*refusal));
        else
            wanted.first.push_back(std::move(filter));
    }
    refuse_next_.reset();
    if (only_reminders)
        return invalid("SUB-515", "only a reminder");
    if (!wanted.second.empty() && (wanted.first.empty() || options_.refused_filters_fail_call)) {
        auto const& first = wanted.second.front();
        return api_error(403, first.reason, first.message + ": " + first.filter, "eventFilters");
    }
    return std::nullopt;
}

RINGTAIL_DECL std::optional<http_reply> subscription_service::read_lifetime(json::object const& body,
                                                                            subscription_record const& record,
                                                                            std::chrono::milliseconds& lifetime) const
{
    if (record.transport == "WebSocket")
        return std::nullopt; // the service knows best
    auto const most = record.transport == "WebHook" ? std::chrono::milliseconds(options_.max_webhook_lifetime)
                                                    : options_.max_subscription_lifetime;
    auto const* const wish = body.if_contains("expiresIn");
    if (!wish || wish->is_null())
        return std::nullopt;
    boost::system::error_code problem;
    auto const seconds = wish->to_number<std::int64_t>(problem);
    if (problem || seconds < 1)
        return bad_parameter("expiresIn");
    auto const longest = std::chrono::duration_cast<std::chrono::seconds>(most).count();
    lifetime = seconds > longest ? most : std::chrono::seconds(seconds);
    return std::nullopt;
}

RINGTAIL_DECL void subscription_service::set_filters(subscription_record& record, wanted_filters wanted,
                                                     wall_time now)
{
    for (auto const& filter : record.filters)
        by_path_[filter.path].erase(record.id);
    record.filters = std::move(wanted.first);
    record.disabled = std::move(wanted.second);
    record.next_reminder = now;
    bool sensitive = false;
    reminded_.erase(record.id);
    for (auto const& filter : record.filters) {
        by_path_[filter.path].insert(record.id);
        if (is_reminder(filter))
            reminded_.insert(record.id);
        sensitive = sensitive || rule_of(filter.path)->sensitive;
    }
    bool const wanted_or_forced = sensitive || record.asked_encryption;
    bool const encrypts = options_.encryption == sandbox_encryption::always ||
                          (options_.encryption == sandbox_encryption::as_asked && wanted_or_forced);
    if (encrypts && record.transport == "PubNub" && record.address.key.empty())
        record.address.key = ids_.bytes(16);
}

/// What `deliveryMode` asks for.
RINGTAIL_DECL std::optional<http_reply> subscription_service::read_transport(json::object const& wish,
                                                                             gateway_session via,
                                                                             subscription_record& record) const
{
    auto const* const mode = wish.if_contains("deliveryMode");
    if (!mode || !mode->is_object())
        return bad_parameter("deliveryMode");
    auto const text = [&](std::string_view name) {
        auto const* const member = mode->get_object().if_contains(name);
        return member && member->is_string() ? std::string(member->get_string()) : std::string();
    };
    auto const not_permitted = [&](std::string_view scope) {
        return api_error(403, "SUB-528", "Permission [" + std::string(scope) + "] is required for this transport");
    };
    record.transport = text("transportType");
    if (record.transport == "PubNub") {
        if (auto const* const asked = mode->get_object().if_contains("encryption")) // a boolean, or its text
            record.asked_encryption = *asked == json::value(true) || *asked == json::value("true");
        record.lifetime = options_.subscription_lifetime;
        record.address.subscriber_key = subscriber_key_;
        return std::nullopt;
    }
    if (record.transport == "WebSocket") {
        if (options_.scope.find("WebSocketsSubscription") == std::string::npos)
            return not_permitted("WebSocketsSubscription");
        if (via == gateway_session::none)
            return api_error(501, "CMN-202", "This transport is served over a WebSocket only");
        record.session = via;
        record.lifetime = options_.websocket_lifetime;
        return std::nullopt;
    }
    if (record.transport == "WebHook") {
        if (options_.scope.find("SubscriptionWebhook") == std::string::npos)
            return not_permitted("SubscriptionWebhook");
        record.url = text("address");
        record.verification_token = text("verificationToken");
        record.lifetime = options_.webhook_lifetime;
        if (record.url.find("://") == std::string::npos)
            return bad_parameter("deliveryMode.address");
        return std::nullopt;
    }
    return bad_parameter("deliveryMode.transportType");
}

RINGTAIL_DECL std::variant<http_reply, subscription_wish> subscription_service::prepare(oauth_session const& who,
                                                                                        std::string_view body,
                                                                                        gateway_session via,
                                                                                        wall_time now)
{
    std::erase_if(records_, [&](auto const& entry) {
        bool const old = !entry.second.alive(now - expired_are_remembered);
        if (old)
            forget(entry.first);
        return old;
    });
    auto const asked = parse_body(body);
    if (!asked)
        return api_error(400, "CMN-103", "Invalid JSON in the request body");

    subscription_wish wish;
    auto& record = wish.record;
    record.id = ids_.uuid();
    record.owner_id = who.owner_id;
    record.client_id = who.client_id;
    if (auto refusal = read_transport(*asked, via, record))
        return std::move(*refusal);
    wanted_filters wanted;
    if (auto refusal = read_lifetime(*asked, record, record.lifetime))
        return std::move(*refusal);
    if (auto refusal = read_filters(who, *asked, record.lifetime, wanted))
        return std::move(*refusal);
    auto const living = std::count_if(records_.begin(), records_.end(), [&](auto const& entry) {
        bool const makes_room = record.session != gateway_session::none && entry.second.session == record.session;
        return !makes_room && !missing(who, entry.first, now);
    });
    if (static_cast<std::size_t>(living) >= options_.subscription_limit)
        return api_error(403, "SUB-505", "Subscriptions limit exceeded");
    wish.filters = std::move(wanted.first);
    wish.disabled = std::move(wanted.second);
    return wish;
}

RINGTAIL_DECL http_reply subscription_service::admit(subscription_wish wish, wall_time now)
{
    auto& record = wish.record;
    record.created = now;
    record.expires = now + record.lifetime;
    if (record.transport == "PubNub")
        record.address.channel = ids_.digits(15) + "_" + ids_.uuid().substr(0, 8);
    if (record.session != gateway_session::none) {
        end_session(record.session); // a connection has one subscription: this takes the place of a former one
        by_session_[record.session] = record.id;
    }
    set_filters(record, {std::move(wish.filters), std::move(wish.disabled)}, now);
    auto const& kept = records_.emplace(record.id, std::move(record)).first->second;
    return json_reply(200, describe(kept, now));
}

/// A WebSocket subscription cannot be changed over HTTP.
RINGTAIL_DECL std::optional<http_reply> subscription_service::only_over_gateway(std::string_view id,
                                                                                gateway_session via) const
{
    if (records_.find(id)->second.session == gateway_session::none || via != gateway_session::none)
        return std::nullopt;
    return api_error(501, "CMN-202", "A WebSocket subscription is changed over a WebSocket only");
}

RINGTAIL_DECL http_reply subscription_service::list(oauth_session const& who, wall_time now) const
{
    json::array records;
    for (auto const& [id, record] : records_)
        if (!missing(who, id, now))
            records.push_back(describe(record, now));
    auto const base = options_.relative_uri ? std::string() : origin_;
    return json_reply(200, json::object{{"uri", base + "/restapi/v1.0/subscription"},
                                        {"records", std::move(records)}});
}

RINGTAIL_DECL http_reply subscription_service::get(oauth_session const& who, std::string_view id, wall_time now) const
{
    if (auto refusal = missing(who, id, now))
        return std::move(*refusal);
    return json_reply(200, describe(records_.find(id)->second, now));
}

RINGTAIL_DECL http_reply subscription_service::modify(oauth_session const& who, std::string_view id,
                                                      std::string_view body, gateway_session via, wall_time now)
{
    if (auto refusal = missing(who, id, now))
        return std::move(*refusal);
    if (auto refusal = only_over_gateway(id, via))
        return std::move(*refusal);
    auto const wish = parse_body(body);
    if (!wish)
        return api_error(400, "CMN-103", "Invalid JSON in the request body");
    auto& record = *find(id);
    auto lifetime = record.lifetime;
    if (auto refusal = read_lifetime(*wish, record, lifetime))
        return std::move(*refusal);
    if (wish->contains("eventFilters")) {
        wanted_filters wanted;
        if (auto refusal = read_filters(who, *wish, lifetime, wanted))
            return std::move(*refusal);
        set_filters(record, std::move(wanted), now);
    }
    record.lifetime = lifetime;
    prolong(record, now);
    return json_reply(200, describe(record, now));
}

RINGTAIL_DECL http_reply subscription_service::renew(oauth_session const& who, std::string_view id,
                                                     gateway_session via, wall_time now)
{
    if (auto refusal = missing(who, id, now))
        return std::move(*refusal);
    if (auto refusal = only_over_gateway(id, via))
        return std::move(*refusal);
    auto& record = *find(id);
    prolong(record, now);
    return json_reply(200, describe(record, now));
}

RINGTAIL_DECL http_reply subscription_service::remove(oauth_session const& who, std::string_view id, wall_time now)
{
    if (auto refusal = missing(who, id, now))
        return std::move(*refusal);
    erase(id);
    return http_reply(204);
}

RINGTAIL_DECL void subscription_service::prolong(subscription_record& record, wall_time now)
{
    record.expires = now + record.lifetime;
    record.next_reminder = now;
    if (record.status == "Blacklisted")
        return; // for good, as far as a client can do
    record.status = "Active";
    rotate(record, options_.rotate_on_renewal);
}

RINGTAIL_DECL void subscription_service::rotate(subscription_record& record, sandbox_rotation what)
{
    if (what == sandbox_rotation::none || record.transport != "PubNub")
        return;
    record.previous_address = record.address;
    record.late_messages = options_.late_messages;
    if (rotates(what, sandbox_rotation::channel))
        record.address.channel = ids_.digits(15) + "_" + ids_.uuid().substr(0, 8);
    if (rotates(what, sandbox_rotation::key) && !record.address.key.empty())
        record.address.key = ids_.bytes(16);
    if (rotates(what, sandbox_rotation::subscriber_key))
        record.address.subscriber_key = pubnub_.issue_subscriber_key();
}

RINGTAIL_DECL bool subscription_service::erase(std::string_view id)
{
    auto const found = records_.find(id);
    if (found == records_.end())
        return false;
    forget(found->first);
    records_.erase(found);
    return true;
}

/// Takes a subscription out of the index.
RINGTAIL_DECL void subscription_service::forget(std::string const& id)
{
    auto const& record = records_.at(id);
    reminded_.erase(id);
    if (auto const of_session = by_session_.find(record.session);
        of_session != by_session_.end() && of_session->second == id)
        by_session_.erase(of_session);
    for (auto const& filter : record.filters)
        if (auto const users = by_path_.find(filter.path); users != by_path_.end() && users->second.erase(id) != 0)
            if (users->second.empty())
                by_path_.erase(users);
}

RINGTAIL_DECL json::object subscription_service::describe(subscription_record const& record, wall_time now) const
{
    auto const encrypted = !record.address.key.empty();
    json::object mode{{"transportType", record.transport}};
    if (options_.encryption_as_text)
        mode["encryption"] = encrypted ? "true" : "false";
    else
        mode["encryption"] = encrypted;
    if (record.transport == "PubNub") {
        mode["address"] = record.address.channel;
        mode["subscriberKey"] = record.address.subscriber_key;
        mode["secretKey"] = "sec-c-" + base64url_encode(sha256(record.address.subscriber_key)).substr(0, 24);
    } else if (record.transport == "WebHook") {
        mode["address"] = record.url;
    }
    if (encrypted) {
        mode["encryptionAlgorithm"] = "AES";
        mode["encryptionKey"] = base64_encode(record.address.key);
    } else if (options_.algorithm_none && record.transport == "PubNub") {
        mode["encryptionAlgorithm"] = "None";
    }

    auto const left = std::chrono::ceil<std::chrono::seconds>(record.expires - now).count() - 1; // 899 of 900
    json::array filters;
    for (auto const& filter : record.filters)
        filters.emplace_back(filter.shown);
    json::array disabled;
    for (auto const& each : record.disabled)
        disabled.push_back(json::object{{"filter", each.filter}, {"reason", each.reason}, {"message", each.message}});

    auto const path = "/restapi/v1.0/subscription/" + record.id;
    json::object body{{"uri", options_.relative_uri ? path : origin_ + path},
                      {"id", record.id},
                      {"creationTime", format_time(record.created, options_.time_form)},
                      {"status", record.status},
                      {"expirationTime", format_time(record.expires, options_.time_form)}};
    if (!options_.omit_expires_in)
        body["expiresIn"] = std::max<std::int64_t>(0, left);
    body["eventFilters"] = std::move(filters);
    if (!disabled.empty())
        body["disabledFilters"] = std::move(disabled);
    body["deliveryMode"] = std::move(mode);
    if (record.status == "Blacklisted")
        body["blacklistedData"] = json::object{{"blacklistedAt", format_time(record.blacklisted, options_.time_form)},
                                               {"reason", record.blacklisted_because}};
    return body;
}

} // namespace ringtail::sandbox_detail
