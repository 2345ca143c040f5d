// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/call_center.hpp>
#include <ringtail/sandbox/extension_directory.hpp>
#include <ringtail/sandbox/fault_book.hpp>
#include <ringtail/sandbox/gateway_service.hpp>
#include <ringtail/sandbox/http_message.hpp>
#include <ringtail/sandbox/oauth_service.hpp>
#include <ringtail/sandbox/options.hpp>
#include <ringtail/sandbox/pubnub_service.hpp>
#include <ringtail/sandbox/record_book.hpp>
#include <ringtail/sandbox/subscription_service.hpp>
#include <ringtail/sandbox/throttle.hpp>
#include <ringtail/sandbox/webhook_service.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ringtail::sandbox_detail {

/** Everything a sandbox serves, without I/O and without a clock: requests go in with the time, answers come out.

    The HTTP server drives it with sockets and the real time, a simulation with values and its own:
    @code
    auto outcome = all.handle(request, now);          // an answer, or the id of a poll that waits
    for (auto& [poll, reply] : all.take_ready(now))   // after each call, and at next_wakeup()
    @endcode
    WebSockets begin with `upgrade`; their frames go through `gateway()`, and come out of `gateway().take_actions()`
    after each call, as answers do. So do the requests to webhooks: `webhooks().take_posts(now)`, whose answers go
    into `webhooks().report`.

    Not copyable or movable: its parts refer to each other. Not thread-safe. */
class services {
public:
    services(sandbox_options options, std::string origin);
    services(services const&) = delete;
    services& operator=(services const&) = delete;

    [[nodiscard]] outcome handle(http_request const& request, wall_time now);

    /// Whether a request asks for a WebSocket of the gateway, and what comes of it.
    [[nodiscard]] bool is_upgrade(http_request const& request) const;
    [[nodiscard]] std::variant<gateway_id, http_reply> upgrade(http_request const& request, wall_time now);
    [[nodiscard]] gateway_service& gateway() noexcept { return gateway_; }
    [[nodiscard]] webhook_service& webhooks() noexcept { return webhooks_; }

    /// Do what is due, and the answers of the polls that wait no longer.
    [[nodiscard]] std::vector<std::pair<poll_id, http_reply>> take_ready(wall_time now);
    [[nodiscard]] std::optional<wall_time> next_wakeup(wall_time now) const;
    void abandon(poll_id poll); ///< its client has gone

    /// See `sandbox::publish`.
    std::size_t publish(std::string_view event, json::value const& body, wall_time now);
    bool publish_raw(std::string_view subscription_id, std::string text, wall_time now);

    std::size_t disturb_gateway(fault const& what, wall_time now) { return gateway_.disturb(what, now); }
    void inject(fault what) { faults_.add(std::move(what)); }
    void clear_faults() { faults_.clear(); }
    void count_connection() { ++statistics_.connections; }
    [[nodiscard]] sandbox_statistics statistics() const;

    [[nodiscard]] std::string const& origin() const noexcept { return origin_; }
    [[nodiscard]] oauth_service& oauth() noexcept { return oauth_; }
    [[nodiscard]] subscription_service& subscriptions() noexcept { return subscriptions_; }
    [[nodiscard]] extension_directory const& directory() const noexcept { return directory_; }
    [[nodiscard]] call_center& people() noexcept { return call_center_; }

private:
    /// A request as understood: which call, about which resource.
    struct call_details {
        sandbox_call call = sandbox_call::other;
        rate_group group = rate_group::none;
        std::string id; ///< of a subscription or extension
        bool needs_login = true;
    };

    [[nodiscard]] call_details understand(http_request const& request, split_target const& target) const;
    /// Who asks when the request itself does not say: the login of a gateway session.
    struct origin_of_call {
        std::shared_ptr<oauth_session> who;
        gateway_session via = gateway_session::none;
    };
    /// What is kept of a request that is answered later.
    struct late_answer {
        sandbox_call call = sandbox_call::pubnub_subscribe;
        std::optional<fault> damage;
        field_list headers;
    };

    [[nodiscard]] outcome handle(http_request const& request, origin_of_call const& from, wall_time now);
    [[nodiscard]] outcome serve(call_details const& what, http_request const& request, split_target const& target,
                                origin_of_call from, field_list& headers, wall_time now);
    [[nodiscard]] outcome answer(call_details const& what, http_request const& request, split_target const& target,
                                 origin_of_call const& from, wall_time now);
    [[nodiscard]] outcome create(oauth_session const& who, std::string_view body, gateway_session via, wall_time now);
    [[nodiscard]] http_reply read_presence(std::string const& id, field_list const& query) const;
    [[nodiscard]] std::optional<http_reply> missing_scope(std::string_view scope) const;
    [[nodiscard]] http_reply finish(http_reply reply, sandbox_call call, std::optional<fault> const& damage);
    void deliver(outgoing const& message, wall_time now);

    sandbox_options const options_;
    std::string const origin_;
    id_source ids_;
    extension_directory directory_;
    call_center call_center_;
    record_book records_;
    oauth_service oauth_;
    throttle throttle_;
    pubnub_service pubnub_;
    subscription_service subscriptions_;
    fault_book faults_;
    gateway_service gateway_;
    webhook_service webhooks_;
    std::map<poll_id, late_answer> late_; ///< of plain polls, only those with something to keep
    sandbox_statistics statistics_;
};

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/services.ipp>
#endif
