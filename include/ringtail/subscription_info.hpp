// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/event_filters.hpp>
#include <ringtail/fwd.hpp>
#include <ringtail/secret.hpp>
#include <ringtail/values.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail {

/** How notifications are delivered: what one asks for when a subscription is created, and what the service answers.

    Fields that do not belong to the transport, or were not answered, are empty. */
class delivery_mode {
public:
    delivery_mode() = default;

    /// @param wish asks for encryption or against it; the service forces it for sensitive filters such as presence.
    static delivery_mode pubnub(std::optional<bool> wish = {});
    static delivery_mode websocket();
    /** @param url where the service delivers to; it can't be changed later. HTTPS in production.
        @param token comes back in the header `Verification-Token` of each delivery; empty: none. */
    static delivery_mode webhook(std::string url, secret token = {});
    static delivery_mode apns(std::string certificate, std::string registration, std::optional<bool> wish = {});
    static delivery_mode gcm(std::string certificate, std::string registration, std::optional<bool> wish = {});

    /// Lenient: missing fields stay empty, `encryption` may be the text `true` or `false`.
    static delivery_mode parse(json::object const& answer);

    /** The `deliveryMode` of a create request: only what was set, and never what only the service can say (keys,
        algorithm). The caller includes Boost.JSON. */
    [[nodiscard]] json::object to_json() const;

    std::string transport_type; ///< compare with `ringtail::transport_type`
    std::string address;        ///< the channel (PubNub) or the URL (WebHook)
    std::optional<bool> encryption;
    std::string encryption_algorithm; ///< `AES`, `None` or empty; anything else is unknown
    secret encryption_key;            ///< base64
    std::string subscriber_key;
    secret secret_key; ///< answered by some servers; not needed
    secret verification_token;
    std::string certificate_name;
    std::string registration_id;
};

/// A filter that the service did not grant.
class disabled_filter {
public:
    disabled_filter() = default;
    disabled_filter(std::string its_filter, std::string its_reason, std::string its_message)
        : filter(std::move(its_filter)), reason(std::move(its_reason)), message(std::move(its_message))
    {
    }

    /// The extension that is not followed; `~` if the filter says so, nothing for filters of a whole account.
    [[nodiscard]] std::optional<std::string> extension_id() const { return extension_id_of(filter); }

    std::string filter;
    std::string reason;  ///< a code such as `SUB-412`
    std::string message; ///< may be localised
};

/// Why the service has stopped to deliver to a webhook.
class blacklisting {
public:
    blacklisting() = default;

    std::optional<wall_time> at;
    std::string reason;
};

enum class subscription_status { unknown, active, suspended, blacklisted };

/** A subscription as the service describes it, in the answers to create, read, change and renew.

    @par Thread safety Distinct objects: safe. Shared: only to read. */
class subscription_info {
public:
    subscription_info() = default;

    /** Reads an answer of the service. Takes what is usable: ids may be numbers, booleans and numbers may be text,
        anything but the id may be missing, null or of another type.
        @throws failure(error::invalid_reply) for what is no object or has no id. The text quotes nothing of it. */
    template <class Value>
        requires std::same_as<Value, json::value>
    static subscription_info parse(Value const& answer) // a template, so that no text converts to json::value
    {
        return parse_value(answer, {});
    }
    static subscription_info parse(std::string_view answer);

    [[nodiscard]] subscription_status status_kind() const noexcept;

    /** The whole answer as JSON text, for fields that have no name here; parse it when it is needed. Keep it out of
        logs: the encryption key is in it. The view lives as long as this object is neither changed nor moved. */
    [[nodiscard]] std::string_view raw() const noexcept { return raw_.reveal(); }

    std::string uri; ///< absolute or only a path, as it was sent
    std::string id;
    std::optional<wall_time> creation_time;
    std::string status; ///< see `status_kind`; unknown values survive here
    std::optional<wall_time> expiration_time;
    /// What remained when the answer was made; may be missing, then `expiration_time` tells.
    std::optional<std::chrono::seconds> expires_in;
    std::vector<std::string> event_filters; ///< the granted ones, usually with ids in place of `~`
    std::vector<disabled_filter> disabled_filters;
    delivery_mode delivery;
    std::optional<blacklisting> blacklisted;

    /** When the service may have begun to answer so, on this machine's clock; set by the library for `transport::attach`.

        What differs from the answer before (channel, key) it changed after that: when a change was asked for, or since the
        answer before if nobody asked. */
    std::optional<wall_time> asked_at;

private:
    static subscription_info parse_value(json::value const& answer, std::string_view text);

    secret raw_; // text: parsed, each of the tens of thousands that a process may hold would cost many times more
};

/** What came of each filter that was asked for.

    The service may grant a part, list the rest in `disabledFilters`, put ids in place of `~` and reorder queries, so
    this is worked out by comparing normalised filters. A filter that the answer mentions nowhere counts as refused,
    unless a richer presence filter of the same extension was granted, or the answer has no list of filters at all. */
class filter_outcome {
public:
    filter_outcome() = default;

    /** @param account_id,extension_id what `~` stands for. An empty account id is inferred from the answer where
        that is possible; with an empty extension id, `~` is taken for one that is not asked for otherwise. */
    filter_outcome(ringtail::event_filters const& asked, subscription_info const& answer,
                   std::string_view account_id = {}, std::string_view extension_id = {});

    [[nodiscard]] bool complete() const noexcept { return refused.empty(); }

    std::vector<std::string> requested; ///< in the caller's words and order
    std::vector<std::string> granted;   ///< those of `requested` that are delivered
    /// The others with the service's reasons (none where it gave none), then what it lists without having been asked.
    std::vector<disabled_filter> refused;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/subscription_info.ipp>
#endif
