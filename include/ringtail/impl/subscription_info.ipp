// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/filter_syntax.hpp>
#include <ringtail/detail/json_fields.hpp>
#include <ringtail/error.hpp>
#include <ringtail/subscription_info.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <initializer_list>
#include <unordered_map>

namespace ringtail {

RINGTAIL_DECL delivery_mode delivery_mode::pubnub(std::optional<bool> wish)
{
    delivery_mode mode;
    mode.transport_type = name_of(ringtail::transport_type::pubnub);
    mode.encryption = wish;
    return mode;
}

RINGTAIL_DECL delivery_mode delivery_mode::websocket()
{
    delivery_mode mode;
    mode.transport_type = name_of(ringtail::transport_type::websocket);
    return mode;
}

RINGTAIL_DECL delivery_mode delivery_mode::webhook(std::string url, secret token)
{
    delivery_mode mode;
    mode.transport_type = name_of(ringtail::transport_type::webhook);
    mode.address = std::move(url);
    mode.verification_token = std::move(token);
    return mode;
}

RINGTAIL_DECL delivery_mode delivery_mode::apns(std::string certificate, std::string registration,
                                                std::optional<bool> wish)
{
    delivery_mode mode;
    mode.transport_type = name_of(ringtail::transport_type::apns);
    mode.certificate_name = std::move(certificate);
    mode.registration_id = std::move(registration);
    mode.encryption = wish;
    return mode;
}

RINGTAIL_DECL delivery_mode delivery_mode::gcm(std::string certificate, std::string registration,
                                               std::optional<bool> wish)
{
    auto mode = apns(std::move(certificate), std::move(registration), wish);
    mode.transport_type = name_of(ringtail::transport_type::gcm);
    return mode;
}

RINGTAIL_DECL delivery_mode delivery_mode::parse(json::object const& answer)
{
    detail::json_fields const fields(&answer);
    delivery_mode mode;
    mode.transport_type = fields.text("transportType");
    mode.address = fields.text("address");
    mode.encryption = fields.flag("encryption");
    mode.encryption_algorithm = fields.text("encryptionAlgorithm");
    mode.encryption_key = secret(fields.text("encryptionKey"));
    mode.subscriber_key = fields.text("subscriberKey");
    mode.secret_key = secret(fields.text("secretKey"));
    mode.verification_token = secret(fields.text("verificationToken"));
    mode.certificate_name = fields.text("certificateName");
    mode.registration_id = fields.text("registrationId");
    return mode;
}

RINGTAIL_DECL json::object delivery_mode::to_json() const
{
    json::object request;
    auto const put = [&request](char const* name, std::string_view value) {
        if (!value.empty()) {
            request.emplace(name, json::string_view(value.data(), value.size()));
        }
    };
    put("transportType", transport_type);
    put("address", address);
    if (encryption) {
        request.emplace("encryption", *encryption);
    }
    put("verificationToken", verification_token.reveal());
    put("certificateName", certificate_name);
    put("registrationId", registration_id);
    return request;
}

RINGTAIL_DECL subscription_info subscription_info::parse(std::string_view answer)
{
    json::parse_options options;
    options.max_depth = 64;
    error_code fault;
    auto const value = json::parse({answer.data(), answer.size()}, fault, {}, options);
    if (fault) {
        throw failure(error::invalid_reply, "the subscription is not JSON");
    }
    return parse_value(value, answer);
}

RINGTAIL_DECL subscription_info subscription_info::parse_value(json::value const& answer, std::string_view text)
{
    auto const fields = detail::json_fields::of(answer, "the subscription");
    subscription_info info;
    info.id = fields.text("id");
    if (info.id.empty()) {
        throw failure(error::invalid_reply, "the subscription has no id");
    }
    info.uri = fields.text("uri");
    info.creation_time = fields.time("creationTime");
    info.status = fields.text("status");
    info.expiration_time = fields.time("expirationTime");
    info.expires_in = fields.seconds("expiresIn");
    info.event_filters = fields.texts("eventFilters");
    auto const disabled = fields.objects("disabledFilters");
    info.disabled_filters.reserve(disabled.size());
    for (auto const& each : disabled) {
        info.disabled_filters.emplace_back(each.text("filter"), each.text("reason"), each.text("message"));
    }
    auto const* delivery = fields.find("deliveryMode");
    if (delivery != nullptr && delivery->is_object()) {
        info.delivery = delivery_mode::parse(delivery->get_object());
    }
    if (auto const data = fields.object("blacklistedData")) {
        info.blacklisted.emplace();
        info.blacklisted->at = data.time("blacklistedAt");
        info.blacklisted->reason = data.text("reason");
    }
    info.raw_ = secret(text.empty() ? json::serialize(answer) : std::string(text));
    return info;
}

RINGTAIL_DECL subscription_status subscription_info::status_kind() const noexcept
{
    if (detail::equal_without_case(status, "Active")) {
        return subscription_status::active;
    }
    if (detail::equal_without_case(status, "Suspended")) {
        return subscription_status::suspended;
    }
    return detail::equal_without_case(status, "Blacklisted") ? subscription_status::blacklisted
                                                             : subscription_status::unknown;
}

namespace detail {

/// What `~` stands for among accounts, as far as the filters tell; empty when they do not.
inline std::string inferred_account(ringtail::event_filters const& asked, subscription_info const& answer)
{
    std::string_view found;
    bool several = false;
    auto const look = [&](std::string_view filter) {
        filter_parts const parts(filter);
        if (parts.account && !is_own(*parts.account)) {
            several = several || (!found.empty() && found != *parts.account);
            found = *parts.account;
        }
    };
    for (auto const& filter : answer.event_filters) {
        look(filter);
    }
    for (auto const& each : answer.disabled_filters) {
        look(each.filter);
    }
    if (found.empty()) {
        for (auto const& filter : asked.paths()) {
            look(filter);
        }
    }
    return several ? std::string{} : std::string(found);
}

/// A normal form with `~` for its account, its extension or both.
inline std::string with_own_ids(std::string const& normal, bool account, bool extension)
{
    filter_parts const parts(normal);
    std::string text;
    char const* from = normal.data();
    auto const replace = [&](std::string_view id) {
        text.append(from, id.data());
        text += '~';
        from = id.data() + id.size();
    };
    if (account) {
        replace(*parts.account);
    }
    if (extension) {
        replace(*parts.extension);
    }
    return text.append(from, normal.data() + normal.size());
}

/** The filters of an answer, each found by its normal form or, when it is not clear what `~` stands for, by a filter
    that differs from it only where that one has `~`. */
class filter_index {
public:
    void add(std::string normal)
    {
        bool const repeated = !by_normal_.emplace(normal, entries_.size()).second;
        entries_.push_back(std::move(normal));
        used_.push_back(repeated);
    }

    std::optional<std::size_t> take(std::string const& normal)
    {
        auto const found = by_normal_.find(normal);
        if (found == by_normal_.end()) {
            return std::nullopt;
        }
        used_[found->second] = true;
        return found->second;
    }

    /// Takes one that nobody else has taken. All filters were added before.
    std::optional<std::size_t> take_unused_like(std::string const& normal)
    {
        if (by_own_ids_.empty()) {
            index_by_own_ids();
        }
        auto const found = by_own_ids_.find(normal);
        if (found != by_own_ids_.end()) {
            for (auto const number : found->second) {
                if (!used_[number]) {
                    used_[number] = true;
                    return number;
                }
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] bool used(std::size_t number) const noexcept { return used_[number]; }

private:
    void index_by_own_ids()
    {
        for (std::size_t number = 0; number != entries_.size(); ++number) {
            auto const& entry = entries_[number];
            filter_parts const parts(entry);
            if (parts.account) {
                by_own_ids_[with_own_ids(entry, true, false)].push_back(number);
            }
            if (parts.extension) {
                by_own_ids_[with_own_ids(entry, false, true)].push_back(number);
                by_own_ids_[with_own_ids(entry, true, true)].push_back(number);
            }
        }
    }

    std::vector<std::string> entries_;
    std::vector<bool> used_;
    std::unordered_map<std::string, std::size_t> by_normal_;
    std::unordered_map<std::string, std::vector<std::size_t>> by_own_ids_;
};

/// Presence filters that deliver at least what this one asks for.
inline std::vector<std::string> richer_presence(std::string const& normal)
{
    constexpr std::string_view detailed = "detailedTelephonyState=true";
    filter_parts const parts(normal);
    if (!parts.has_detail() || (parts.query && *parts.query != detailed)) {
        return {};
    }
    auto const with_calls = std::string(parts.path) + '?' + std::string(detailed);
    return {with_calls, with_calls + "&sipData=true"};
}

} // namespace detail

RINGTAIL_DECL filter_outcome::filter_outcome(ringtail::event_filters const& asked, subscription_info const& answer,
                                             std::string_view account_id, std::string_view extension_id)
    : requested(asked.paths())
{
    auto const account = account_id.empty() ? detail::inferred_account(asked, answer) : std::string(account_id);
    auto const normal = [&](std::string const& filter) { return normalize_filter(filter, account, extension_id); };
    detail::filter_index granted_index;
    detail::filter_index disabled_index;
    for (auto const& filter : answer.event_filters) {
        granted_index.add(normal(filter));
    }
    for (auto const& each : answer.disabled_filters) {
        disabled_index.add(normal(each.filter));
    }

    enum class fate { open, given, denied };
    std::vector<fate> fates(requested.size(), fate::open);
    std::vector<std::size_t> reasons(requested.size(), answer.disabled_filters.size());
    auto const refuse = [&](std::size_t i, std::size_t reason) {
        fates[i] = fate::denied;
        reasons[i] = reason;
    };
    // exact matches first: what is left over may then stand for a `~` that nobody has resolved
    for (std::size_t i = 0; i != requested.size(); ++i) {
        auto const filter = normal(requested[i]);
        bool is_granted = granted_index.take(filter).has_value();
        for (auto const& richer : detail::richer_presence(filter)) {
            is_granted = is_granted || granted_index.take(richer).has_value();
        }
        if (is_granted) {
            fates[i] = fate::given;
        } else if (auto const reason = disabled_index.take(filter)) {
            refuse(i, *reason);
        }
    }
    for (std::size_t i = 0; i != requested.size(); ++i) {
        if (fates[i] != fate::open) {
            continue;
        }
        auto const filter = normal(requested[i]);
        if (granted_index.take_unused_like(filter)) {
            fates[i] = fate::given;
        } else if (auto const reason = disabled_index.take_unused_like(filter)) {
            refuse(i, *reason);
        } else if (answer.event_filters.empty()) {
            fates[i] = fate::given; // no subscription has no filters: the answer does not tell
        }
    }
    for (std::size_t i = 0; i != requested.size(); ++i) {
        if (fates[i] == fate::given) {
            granted.push_back(requested[i]);
        } else if (reasons[i] != answer.disabled_filters.size()) {
            auto const& why = answer.disabled_filters[reasons[i]];
            refused.emplace_back(requested[i], why.reason, why.message);
        } else {
            refused.emplace_back(requested[i], "", "neither granted nor refused by the answer");
        }
    }
    for (std::size_t i = 0; i != answer.disabled_filters.size(); ++i) {
        if (!disabled_index.used(i)) {
            refused.push_back(answer.disabled_filters[i]);
        }
    }
}

} // namespace ringtail
