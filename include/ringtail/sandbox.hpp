// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/calls.hpp>
#include <ringtail/sandbox/fault.hpp>
#include <ringtail/sandbox/options.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail {

namespace sandbox_detail {
class http_server;
} // namespace sandbox_detail

/** A local RingCentral, to develop and test against: no account, no network, and it can misbehave on command.

    One HTTP port on 127.0.0.1 serves the API (OAuth, subscriptions, extensions), the PubNub origin and the WebSocket
    gateway, for a virtual account whose data is made up; webhooks on loopback are posted to. What it answers follows
    the vendor's documentation and recordings; where those disagree, `sandbox_options` has a switch.
    @code
    asio::io_context context;
    ringtail::sandbox box(context.get_executor());
    // give a client box.server_url(), box.pubnub_origin(), box.client_id(), box.client_secret() and box.jwt()
    box.publish("/restapi/v1.0/account/~/extension/~/message-store", R"({"changes":[]})");
    @endcode

    The same port has the controls below for programs in other languages: JSON in, JSON out, `{"error":...}` with 400
    or 404 when a call is wrong. They need no login.
    | request | members of its body | members of the answer |
    | --- | --- | --- |
    | `GET /sandbox/account` | | `serverUrl`, `pubnubOrigin`, `clientId`, `clientSecret`, `jwt`, ... |
    | `POST /sandbox/publish` | `event`, `body` | `subscriptions`: how many were hit |
    | `POST /sandbox/publish-raw` | `subscriptionId`, `text` | |
    | `GET /sandbox/statistics` | | `answers` by call and status, and the counters |
    | `POST /sandbox/faults` | `call`, `effect`, and more: see below | |
    | `DELETE /sandbox/faults` | | |
    | `POST /sandbox/gateway/disturb` | `effect`, and what it needs | `connections`: how many were struck |
    | `GET /sandbox/subscriptions` | | `ids[]` |
    | `DELETE /sandbox/subscriptions/{id}` | | |
    | `POST /sandbox/subscriptions/{id}/expire`, `.../suspend` | | |
    | `POST /sandbox/subscriptions/{id}/rotate` | `channel`, `key`, `subscriberKey`: booleans | |
    | `POST /sandbox/tokens/expire` | | |
    | `POST /sandbox/call-center` | `callsPerMinute`, `messagesPerMinute`, `speed`, `seed`, `duration` (ms) | |
    | `DELETE /sandbox/call-center` | | |

    `call` and `effect` are spelt like the enumerators of `sandbox_call` and `fault_effect`. As the effect needs it, a
    fault has `status`, `codes[]`, `retryAfter` (s), `size`, `delay` (ms) and `part`; how often is said by `times` (0:
    always), `after` and `every`.

    @par Lifetimes      The execution context outlives the sandbox. While it serves, `context.run()` does not return.
    @par Thread safety  All members except construction, move and destruction may be called from any thread. */
class sandbox {
public:
    /// Binds at once and serves as soon as the context runs. Throws `failure` when the port cannot be had.
    explicit sandbox(asio::any_io_executor const& executor, sandbox_options options = {});
    sandbox(sandbox&&) noexcept; ///< the other may then only be destroyed or assigned to
    sandbox& operator=(sandbox&&) noexcept;
    ~sandbox(); ///< stops

    /// Close the port and every connection. What was said before may still be read by clients. Twice is fine.
    void stop();

    // What a client needs to know -----------------------------------------------------------------------------------

    [[nodiscard]] std::string server_url() const;     ///< `http://127.0.0.1:port`
    [[nodiscard]] std::string pubnub_origin() const;  ///< the same: paths tell the two apart
    [[nodiscard]] std::string client_id() const;
    [[nodiscard]] std::string client_secret() const;  ///< empty when the options say `public_app`
    [[nodiscard]] std::string jwt() const;            ///< of the administrator, who is the first extension
    [[nodiscard]] std::string jwt(std::string_view extension_id) const;
    [[nodiscard]] std::string account_id() const;
    [[nodiscard]] std::vector<std::string> extension_ids() const; ///< the administrator's first

    // What happens on the account -----------------------------------------------------------------------------------

    /** Let an event happen: every subscription with a matching filter gets a notification.

        @param event_path  Such as `/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true`. `~` is
            the sandbox's account and its administrator. Query parameters say what the event is about (`type=SMS`); a
            filter that names another value for one of them does not match. Filters for the whole account match too.
        @param body_json   The notification's `body`; empty: it has none. Presence bodies are cut down to what the
            filter asked for, so pass them with all details.
        @return How many subscriptions were hit. Throws `failure` (`invalid_argument`) when `body_json` is no JSON. */
    std::size_t publish(std::string_view event_path, std::string_view body_json = {});

    /** Send a text of your own to one subscription in the place of an envelope; it is encrypted as envelopes are.
        False when there is no such living subscription. */
    bool publish_raw(std::string_view subscription_id, std::string text);

    /** Let the virtual people work: they are called, hold, hang up, miss calls, and get text messages and voicemail.

        Each step is published as presence (with all details and a growing `sequence`), telephony session, message
        store, instant message or voicemail event. Starting again starts a new day. */
    void start_call_center(call_center_options options = {});
    void stop_call_center(); ///< everybody is idle at once; no event says so

    // What goes wrong -----------------------------------------------------------------------------------------------

    void inject(fault what);
    void clear_faults();

    /** Strike every open WebSocket now, as `what.effect` says: `reset`, `lost` (the end without a close frame),
        `close_frame`, `stall`, `no_pong`, `garbage`, `error_frame` or `details_again`.
        @return How many there were. */
    std::size_t disturb_gateway(fault const& what);

    [[nodiscard]] std::vector<std::string> subscription_ids() const; ///< of the living
    bool expire_subscription(std::string_view id); ///< it falls silent; calls answer 404 SUB-507
    bool delete_subscription(std::string_view id); ///< as if deleted elsewhere; calls answer 404 CMN-102
    bool suspend_subscription(std::string_view id);///< status `Suspended`, silent until renewed
    /// Messages go to the new address at once; the client learns of it with the next answer about the subscription.
    bool rotate_subscription(std::string_view id, sandbox_rotation what);
    void expire_tokens(); ///< every access token; refresh tokens live on

    [[nodiscard]] sandbox_statistics statistics() const;

private:
    std::shared_ptr<sandbox_detail::http_server> server_;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/sandbox.ipp>
#endif
