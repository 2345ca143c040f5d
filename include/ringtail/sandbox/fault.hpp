// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/calls.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail {

/// What an injected fault does. The first ten replace the answer: the request takes no effect then.
enum class fault_effect {
    status,       ///< an HTTP status with error codes, and perhaps `Retry-After`
    oauth_error,  ///< the token endpoint's form of an error
    pubnub_error, ///< PubNub's form of an error, in a 200 when asked
    garbage,      ///< bytes that are no HTTP
    html,         ///< a proxy's page instead of JSON
    empty,        ///< a body of length 0
    oversized,    ///< a body of so many bytes
    deep_json,    ///< arrays nested so deep
    stall,        ///< no answer at all; the connection stays open
    reset,        ///< RST instead of an answer

    lost,         ///< the request takes effect, and the connection is closed before the first byte of the answer
    cut_header,   ///< the connection is closed in the middle of the header
    cut_body,     ///< ... of the body
    wrong_length, ///< `Content-Length` promises more than there comes
    trickle,      ///< the answer comes a few bytes at a time, `delay` apart
    close_after,  ///< the kept-alive connection is closed right behind the answer, unannounced
    delay,        ///< the answer comes so much later

    refuse_filter, ///< a filter ends up in `disabledFilters`
    region_change, ///< PubNub answers from another region, and gives the newest messages out again

    bad_base64, ///< a message's payload is no base64
    bad_padding,///< ... decrypts, but not to a PKCS#7 padding
    not_json,   ///< ... decrypts to something that is no JSON
    wrong_key,  ///< ... was encrypted with another key
    duplicate,  ///< a message, webhook delivery or gateway reply comes twice
    drop,       ///< a message, webhook delivery, gateway reply or heartbeat's echo never arrives

    // On the gateway, where the effects above strike, too, as far as they can. At `gateway_connect` those of HTTP
    // replace the upgrade's answer, and `delay` is that of `ConnectionDetails`. On a socket `stall` is silence, no
    // pongs either, `garbage` no frame, `not_json` a text one; `cut_body` ends the connection within a frame, `lost`
    // without a close frame, once the request has taken effect. What a notification misses so, a recovery brings.
    no_details,         ///< `gateway_connect`: `ConnectionDetails` never comes
    recovery_refused,   ///< `gateway_connect`: `Failed`, with the code given
    recovery_unsaid,    ///< `gateway_connect`: neither `Successful` nor `Failed`; `part` is said in their place
    error_frame,        ///< an `Error` frame that answers nothing, with status and code; refuses a `gateway_connect`
    error_reply,        ///< an `Error` frame with the request's `messageId`
    close_frame,        ///< a close frame, `size` its code (1001 when 0); the request takes no effect
    no_pong,            ///< pings are answered no more on that connection
    out_of_order,       ///< a reply, notification or webhook delivery comes behind the one after it
    boundary,           ///< a reply's body comes in multipart form, which makes the frame no JSON
    binary_frame,       ///< a reply or notification comes in a binary frame
    details_again,      ///< another `ConnectionDetails`, without body, comes before the reply or notification
    no_uri,             ///< `wstoken`: the answer has no `uri`
};

[[nodiscard]] RINGTAIL_DECL std::string_view to_string(fault_effect effect) noexcept; ///< `cut_body`
[[nodiscard]] RINGTAIL_DECL std::optional<fault_effect> parse_fault_effect(std::string_view name) noexcept;

/** Something that goes wrong in a sandbox: in which call, how often, and what.

    It strikes once unless told otherwise:
    @code
    box.inject(fault::status(sandbox_call::subscription_renew, 503).times(2));
    box.inject(fault::lost(sandbox_call::subscription_create));
    box.inject(fault(sandbox_call::message, fault_effect::wrong_key).after(3).every(5));
    @endcode
    Of several that fit a request the first injected strikes. */
class fault {
public:
    fault(sandbox_call where, fault_effect what) : call(where), effect(what) {}

    /// Any HTTP status. `codes`: the first is the outer error code, the last the nested one.
    [[nodiscard]] static fault status(sandbox_call where, int http_status, std::vector<std::string> codes = {},
                                      std::optional<std::chrono::seconds> wait = {})
    {
        fault made(where, fault_effect::status);
        made.http_status = http_status;
        made.codes = std::move(codes);
        made.retry_after = wait;
        return made;
    }

    /// `error` as in RFC 6749, such as `invalid_grant`, with the service's own code beside it.
    [[nodiscard]] static fault oauth_error(sandbox_call where, int http_status, std::string error, std::string code)
    {
        fault made(where, fault_effect::oauth_error);
        made.http_status = http_status;
        made.codes = {std::move(error), std::move(code)};
        return made;
    }

    /// A status that stands in the body; the HTTP status is 200 when `http_ok`, else the same.
    [[nodiscard]] static fault pubnub_error(int its_status, bool http_ok,
                                            std::optional<std::chrono::seconds> wait = {})
    {
        fault made(sandbox_call::pubnub_subscribe, fault_effect::pubnub_error);
        made.http_status = its_status;
        made.size = http_ok ? 1 : 0;
        made.retry_after = wait;
        return made;
    }

    [[nodiscard]] static fault lost(sandbox_call where) { return {where, fault_effect::lost}; }
    [[nodiscard]] static fault stall(sandbox_call where) { return {where, fault_effect::stall}; }
    [[nodiscard]] static fault reset(sandbox_call where) { return {where, fault_effect::reset}; }

    [[nodiscard]] static fault sized(sandbox_call where, fault_effect what, std::size_t bytes_or_depth)
    {
        fault made(where, what);
        made.size = bytes_or_depth;
        return made;
    }

    [[nodiscard]] static fault delayed(sandbox_call where, std::chrono::milliseconds pause)
    {
        fault made(where, fault_effect::delay);
        made.delay = pause;
        return made;
    }

    /// An `Error` frame; with the `messageId` of the request when `answers`.
    [[nodiscard]] static fault error_frame(sandbox_call where, int its_status, std::string code, bool answers = false)
    {
        fault made(where, answers ? fault_effect::error_reply : fault_effect::error_frame);
        made.http_status = its_status;
        made.codes = {std::move(code)};
        return made;
    }

    [[nodiscard]] static fault close_frame(sandbox_call where, std::uint16_t code = 1001)
    {
        return sized(where, fault_effect::close_frame, code);
    }

    /// The next recovery fails with that code.
    [[nodiscard]] static fault recovery_refused(std::string code = "WSG-1005")
    {
        fault made(sandbox_call::gateway_connect, fault_effect::recovery_refused);
        made.codes = {std::move(code)};
        return made;
    }

    /// The next creation or modification refuses filters that contain `text`.
    [[nodiscard]] static fault refuse_filter(std::string text, std::string code = "SUB-412")
    {
        fault made(sandbox_call::any, fault_effect::refuse_filter);
        made.part = std::move(text);
        made.codes = {std::move(code)};
        return made;
    }

    // How often: these return the fault itself, to be chained.
    fault& times(std::size_t n) { return left = n, *this; }       ///< n strikes
    fault& always() { return left.reset(), *this; }               ///< until `clear_faults`
    fault& after(std::size_t n) { return to_skip = n, *this; }    ///< let n requests pass first
    fault& every(std::size_t n) { return period = n, always(); }  ///< each n-th request only, always

    sandbox_call call;
    fault_effect effect;
    int http_status = 500;
    std::vector<std::string> codes;
    std::optional<std::chrono::seconds> retry_after;
    std::size_t size = 0;                ///< of `oversized` bytes, of `deep_json` levels, of `close_frame` its code
    std::chrono::milliseconds delay{0};  ///< of `delay` once, of `trickle` between the pieces
    std::string part;                    ///< of `refuse_filter`, and of `recovery_unsaid`

    std::optional<std::size_t> left = 1; ///< strikes to come; empty: no end
    std::size_t to_skip = 0;
    std::size_t period = 1;
};

/// A fault from its JSON form, as the control API takes it. Throws `failure` (`invalid_argument`).
[[nodiscard]] RINGTAIL_DECL fault parse_fault(json::value const& description);

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/fault.ipp>
#endif
