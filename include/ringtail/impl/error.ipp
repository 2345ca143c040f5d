// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>

#include <algorithm>

namespace ringtail {

namespace detail {

class ringtail_category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "ringtail"; }

    std::string message(int value) const override
    {
        switch (static_cast<error>(value)) {
        case error::closed: return "closed";
        case error::operation_in_progress: return "the same operation is already in progress";
        case error::timed_out: return "deadline exceeded";
        case error::start_timeout: return "could not start in time";
        case error::missing_configuration: return "missing configuration";
        case error::invalid_argument: return "invalid argument";
        case error::insecure_url: return "refusing an unencrypted connection to a host that is not loopback";
        case error::bad_credentials: return "the credentials were refused";
        case error::not_authorized: return "not authorized";
        case error::missing_scope: return "the access token lacks a scope";
        case error::state_mismatch: return "the authorization answer does not belong to this request";
        case error::refused: return "refused by the service";
        case error::invalid_filter: return "invalid event filter";
        case error::too_many_subscriptions: return "too many subscriptions";
        case error::subscription_gone: return "the subscription is gone";
        case error::throttled: return "throttled by the service";
        case error::service_unavailable: return "service unavailable";
        case error::unusable_key: return "unusable encryption key";
        case error::undecodable: return "undecodable payload";
        case error::invalid_reply: return "invalid reply";
        case error::reply_too_large: return "reply too large";
        case error::connection_failed: return "connection failed";
        case error::tls_failed: return "TLS failed";
        case error::invalid_cursor: return "invalid cursor";
        case error::unsupported: return "not supported by this transport";
        }
        return "unknown error";
    }
};

inline std::string answer_text(int status, std::vector<service_error> const& errors, std::string const& request_id)
{
    std::string text = "HTTP " + std::to_string(status);
    std::string_view shown;
    for (auto const& each : errors) {
        if (!each.code.empty() && each.code != shown) {
            text += ' ' + each.code;
            shown = each.code;
        }
    }
    auto const worded = std::find_if(errors.begin(), errors.end(), [](auto const& e) { return !e.message.empty(); });
    if (worded != errors.end()) {
        text += ": " + worded->message.substr(0, 300);
    }
    if (!request_id.empty()) {
        text += " [request " + request_id + ']';
    }
    return text;
}

} // namespace detail

RINGTAIL_DECL boost::system::error_category const& error_category() noexcept
{
    static detail::ringtail_category const category;
    return category;
}

RINGTAIL_DECL failure::failure(error_code code, std::string const& text)
    : boost::system::system_error(code),
      said_(std::make_shared<sayings>(sayings{text.empty() ? code.message() : code.message() + ": " + text, 0, {}, {}, {}}))
{
}

RINGTAIL_DECL bool failure::has(std::string_view code) const noexcept
{
    return std::any_of(errors().begin(), errors().end(), [&](auto const& e) { return e.code == code; });
}

RINGTAIL_DECL failure failure::with_answer(int status, std::vector<service_error> errors, std::string request_id,
                                           std::optional<std::chrono::seconds> retry_after) const
{
    auto const said = std::make_shared<sayings>(*said_);
    if (status != 0) {
        said->text += ": " + detail::answer_text(status, errors, request_id);
    }
    said->http_status = status;
    said->errors = std::move(errors);
    said->request_id = std::move(request_id);
    said->retry_after = retry_after;
    auto result = *this;
    result.said_ = said;
    return result;
}

RINGTAIL_DECL failure failure::during(std::string const& what) const
{
    auto const said = std::make_shared<sayings>(*said_);
    said->text = what + ": " + said_->text;
    auto result = *this;
    result.said_ = said;
    return result;
}

} // namespace ringtail
