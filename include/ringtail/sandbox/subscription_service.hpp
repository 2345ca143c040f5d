// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/event_filter.hpp>
#include <ringtail/sandbox/extension_directory.hpp>
#include <ringtail/sandbox/oauth_service.hpp>
#include <ringtail/sandbox/pubnub_service.hpp>
#include <ringtail/sandbox/toolbox.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ringtail::sandbox_detail {

/// A filter that was not granted, and why.
class refused_filter {
public:
    refused_filter(std::string its_filter, std::string its_reason, std::string its_message)
        : filter(std::move(its_filter)), reason(std::move(its_reason)), message(std::move(its_message))
    {
    }

    std::string filter;
    std::string reason; ///< an error code
    std::string message;
};

/// A client of the WebSocket gateway, through all its connections.
enum class gateway_session : std::uint64_t { none = 0 };

class subscription_record {
public:
    std::string id;
    std::string owner_id;
    std::string client_id;
    std::string transport; ///< `PubNub`, `WebSocket` or `WebHook`
    std::string status = "Active";
    wall_time created;
    wall_time expires;
    std::chrono::milliseconds lifetime{};
    std::vector<event_filter> filters;
    std::vector<refused_filter> disabled;
    bool asked_encryption = false;

    pubnub_address address;
    pubnub_address previous_address; ///< before the last rotation
    std::size_t late_messages = 0;   ///< still to go to the previous address
    wall_time next_reminder;

    gateway_session session = gateway_session::none; ///< whose this is when the transport is `WebSocket`

    std::string url;                ///< of a webhook
    std::string verification_token; ///< comes back with its deliveries; empty: none
    wall_time blacklisted;
    std::string blacklisted_because;

    [[nodiscard]] bool alive(wall_time now) const noexcept { return now < expires; }
};

/// One notification on its way to one subscription.
class outgoing {
public:
    std::string subscription_id;
    std::string transport;
    std::string envelope;
    pubnub_address address;
    gateway_session session = gateway_session::none;
    std::string url;
    std::string verification_token;
};

/// A subscription that was asked for and may be made.
class subscription_wish {
public:
    subscription_record record;
    std::vector<event_filter> filters;
    std::vector<refused_filter> disabled;
};

/// The subscription resource, and which subscriptions an event reaches.
class subscription_service {
public:
    subscription_service(sandbox_options const& options, extension_directory const& directory, id_source& ids,
                         pubnub_service& pubnub, std::string origin);

    // The calls. `who` is the login they come with.
    // `via` is the gateway session when they come over one.

    /// Whether a subscription can be made, and how; `admit` makes it. A webhook's address is asked in between.
    [[nodiscard]] std::variant<http_reply, subscription_wish> prepare(oauth_session const& who, std::string_view body,
                                                                      gateway_session via, wall_time now);
    [[nodiscard]] http_reply admit(subscription_wish wish, wall_time now);
    [[nodiscard]] http_reply list(oauth_session const& who, wall_time now) const;
    [[nodiscard]] http_reply get(oauth_session const& who, std::string_view id, wall_time now) const;
    [[nodiscard]] http_reply modify(oauth_session const& who, std::string_view id, std::string_view body,
                                    gateway_session via, wall_time now);
    [[nodiscard]] http_reply renew(oauth_session const& who, std::string_view id, gateway_session via,
                                   wall_time now);
    [[nodiscard]] http_reply remove(oauth_session const& who, std::string_view id, wall_time now);

    /** The notifications that an event makes, one per subscription and matching filter path.

        `event` may hold `~`, which is then the administrator, and parameters, which say what the event is about.
        An empty body makes an envelope without one. */
    [[nodiscard]] std::vector<outgoing> publish(std::string_view event, json::value const& body, wall_time now);

    /// `text` as it stands, in the place of an envelope; empty when there is no such living subscription.
    [[nodiscard]] std::optional<outgoing> publish_raw(std::string_view id, std::string text, wall_time now);

    /// Reminders of an approaching expiry that are due.
    [[nodiscard]] std::vector<outgoing> take_reminders(wall_time now);
    [[nodiscard]] std::optional<wall_time> next_reminder(wall_time now) const;

    // What happens to a subscription from outside. False: no such subscription.
    bool expire(std::string_view id, wall_time now);
    bool erase(std::string_view id);
    bool suspend(std::string_view id);
    bool rotate(std::string_view id, sandbox_rotation what);

    // The one subscription of a gateway session.
    [[nodiscard]] std::optional<std::string> of_session(gateway_session session, wall_time now) const; ///< its id
    void prolong_session(gateway_session session, wall_time now);
    void end_session(gateway_session session);

    // What becomes of a webhook.
    [[nodiscard]] bool exists(std::string_view id, wall_time now) const;   ///< and is not expired
    [[nodiscard]] bool delivers(std::string_view id, wall_time now) const; ///< and is active
    bool blacklist(std::string_view id, std::string reason, wall_time now);
    bool revive(std::string_view id);

    /// The next creation or modification refuses filters that contain `part`, with that code.
    void refuse_next(std::string part, std::string code) { refuse_next_.emplace(std::move(part), std::move(code)); }

    [[nodiscard]] std::vector<std::string> living(wall_time now) const; ///< ids

private:
    using wanted_filters = std::pair<std::vector<event_filter>, std::vector<refused_filter>>;

    [[nodiscard]] subscription_record* find(std::string_view id);
    [[nodiscard]] std::optional<http_reply> missing(oauth_session const& who, std::string_view id,
                                                    wall_time now) const;
    [[nodiscard]] std::optional<http_reply> read_transport(json::object const& wish, gateway_session via,
                                                           subscription_record& record) const;
    [[nodiscard]] std::optional<http_reply> only_over_gateway(std::string_view id, gateway_session via) const;
    [[nodiscard]] std::optional<http_reply> read_filters(oauth_session const& who, json::object const& body,
                                                         std::chrono::milliseconds lifetime, wanted_filters& wanted);
    [[nodiscard]] std::optional<refused_filter> refuse(oauth_session const& who, event_filter const& filter) const;
    [[nodiscard]] std::optional<http_reply> read_lifetime(json::object const& body, subscription_record const& record,
                                                          std::chrono::milliseconds& lifetime) const;
    void set_filters(subscription_record& record, wanted_filters wanted, wall_time now);
    void prolong(subscription_record& record, wall_time now);
    void rotate(subscription_record& record, sandbox_rotation what);
    void forget(std::string const& id);
    [[nodiscard]] json::object describe(subscription_record const& record, wall_time now) const;
    [[nodiscard]] outgoing dispatch(subscription_record& record, std::string envelope);
    [[nodiscard]] std::string envelope(subscription_record const& record, std::string_view event,
                                       json::value const& body, wall_time now);

    sandbox_options const& options_;
    extension_directory const& directory_;
    id_source& ids_;
    pubnub_service& pubnub_;
    std::string origin_;
    std::string subscriber_key_; ///< of all subscriptions that were not rotated away from it
    std::map<std::string, subscription_record, std::less<>> records_; ///< the expired ones too, for a while
    std::map<std::string, std::set<std::string>> by_path_;            ///< filter path to subscription ids
    std::map<gateway_session, std::string> by_session_;               ///< id
    std::set<std::string> reminded_; ///< ids of the subscriptions with a reminder filter
    std::optional<std::pair<std::string, std::string>> refuse_next_;
};

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/subscription_service.ipp>
#include <ringtail/sandbox/impl/subscription_events.ipp>
#endif
