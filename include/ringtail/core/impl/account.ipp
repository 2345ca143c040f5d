// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/core/account.hpp>
#include <ringtail/protocol/failure_table.hpp>
#include <ringtail/protocol/http_date.hpp>
#include <ringtail/transport_context.hpp>
#include <ringtail/version.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <functional>

namespace ringtail::core {

namespace detail {

inline void require_header_safe(std::string_view text, char const* what)
{
    if (std::any_of(text.begin(), text.end(), [](char c) { return c < ' ' || c == '\x7f'; })) {
        throw failure(error::invalid_argument, std::string(what) + " holds control characters");
    }
}

// The one secret that a request's body may hold.
inline secret verification_token_in(std::string_view body)
{
    error_code none;
    auto const value = body.empty() ? json::value() : json::parse(body, none);
    auto const* const object = none ? nullptr : value.if_object();
    auto const* const mode = object != nullptr ? object->if_contains("deliveryMode") : nullptr;
    auto const* const token = mode != nullptr && mode->is_object() ? mode->get_object().if_contains("verificationToken") : nullptr;
    return token != nullptr && token->is_string() ? secret(json::value_to<std::string>(*token)) : secret();
}

} // namespace detail

RINGTAIL_DECL account::account(std::shared_ptr<net::services> shared, ringtail::config with)
    : settings(std::move(with)), services(std::move(shared)), server_(net::url::parse(settings.server_url)),
      gates_(services->deadlines), login_(settings.login)
{
    server_.require_secure(settings.allow_unencrypted_connections);
    endpoint_ = net::endpoint(server_.host, server_.port, server_.encrypted());
    detail::require_header_safe(settings.application, "the application's name");
    auto const agent = settings.application + " ringtail/" RINGTAIL_VERSION;
    common_headers_ = "Accept: application/json\r\nUser-Agent: " + agent + "\r\nX-User-Agent: " + agent + "\r\n";

    static constexpr std::string_view hex = "0123456789abcdef";
    delivery_id_ = "ringtail-";
    for (auto bits = services->random.next(); delivery_id_.size() < 25; bits >>= 4) {
        delivery_id_ += hex[bits & 15];
    }
}

RINGTAIL_DECL bool account::authorized() const
{
    std::lock_guard const lock(mutex_);
    return !tokens_.access.empty() && services->deadlines.now() < tokens_.expires;
}

RINGTAIL_DECL std::vector<std::string> account::scopes() const
{
    std::lock_guard const lock(mutex_);
    return tokens_.scopes;
}

RINGTAIL_DECL std::string account::owner_id() const
{
    std::lock_guard const lock(mutex_);
    return tokens_.owner_id;
}

RINGTAIL_DECL bool account::application_only() const
{
    std::lock_guard const lock(mutex_);
    return std::holds_alternative<client_credentials_login>(login_);
}

// Calls.

RINGTAIL_DECL asio::awaitable<response> account::call(request wanted, call_notes notes)
{
    auto const self = shared_from_this();
    if (!wanted.path.starts_with('/')) {
        throw failure(error::invalid_argument, "a path starts with '/'");
    }
    if (std::any_of(wanted.path.begin(), wanted.path.end(), [](char c) { return c <= ' ' || c == '\x7f'; })) {
        throw failure(error::invalid_argument, "a path holds no white space or control characters");
    }
    auto const deadline = wanted.deadline.value_or(call_deadline());
    auto refusals = 0;
    for (auto token_was_dead = false;;) {
        co_await authorize(deadline);
        auto const left = co_await gates_.pass(wanted.group, deadline);
        auto const serial = serial_;
        secret const authorization("Authorization: Bearer " + std::string(tokens_.access.reveal()) + "\r\n");
        auto reply = co_await send(wanted, authorization, notes, deadline, *left);
        auto const replaced = serial != serial_; // meanwhile, so the refusal says nothing of the present token
        if (reply.status == 401 && (replaced || !token_was_dead) && ++refusals < 4) {
            if (!replaced) {
                token_was_dead = true;
                std::lock_guard const lock(mutex_);
                tokens_.access = {};
            }
            continue;
        }
        if (reply.status == 429) {
            log(log_level::warning, "429 for " + wanted.method + ' ' + wanted.path.substr(0, wanted.path.find('?')));
            auto const hold = gates_.held(wanted.group);
            if (hold && hold->until >= deadline) {
                throw protocol::failure_of(reply, wanted.method + ' ' + wanted.path.substr(0, wanted.path.find('?')));
            }
            continue;
        }
        co_return reply;
    }
}

RINGTAIL_DECL asio::awaitable<response> account::call_with_retries(request wanted, reply_check check)
{
    auto const self = shared_from_this();
    auto const deadline = wanted.deadline.value_or(call_deadline());
    wanted.deadline = deadline;
    auto const once = wanted.method == "POST";
    for (std::size_t attempt = 1;; ++attempt) {
        std::optional<failure> failed;
        try {
            auto reply = co_await call(wanted, call_notes(nullptr, !once));
            if (reply.ok()) {
                if (check) {
                    check(reply);
                }
                co_return reply;
            }
            failed = protocol::failure_of(reply, wanted.method + ' ' + wanted.path.substr(0, wanted.path.find('?')));
        } catch (failure const& why) {
            failed = why;
        }
        auto const pause = settings.retry(retry_attempt(attempt, failed->retry_after(), services->random.fraction()));
        auto const next = services->deadlines.now() + pause;
        if (once || protocol::judge(*failed) != protocol::verdict::transient || failed->code() == error::tls_failed || next >= deadline) {
            throw *failed;
        }
        co_await services->sleep_until(next);
    }
}

RINGTAIL_DECL asio::awaitable<response> account::send(request const& wanted, secret const& authorization, call_notes notes,
                                                      steady_time deadline, rate_gates::departure& left)
{
    std::string headers = common_headers_;
    headers += authorization.reveal();
    if (!wanted.body.empty()) {
        headers += "Content-Type: application/json\r\n";
    }
    auto const path = server_.path == "/" ? wanted.path : server_.path + wanted.path;
    net::http_client::call_options options(net::http_limits(settings.max_response_size, settings.max_header_size), deadline);
    options.connect_timeout = settings.connect_timeout;
    options.repeatable = notes.repeatable;
    options.sent = notes.sent;
    options.repeated = notes.repeated;
    auto message = net::http_request(wanted.method, path, server_.authority(), headers, wanted.body);
    auto reply = co_await reach(std::move(message), options);
    left.answered(reply);
    read_clock(reply);
    log(log_level::debug, wanted.method + ' ' + wanted.path.substr(0, wanted.path.find('?')) + " -> " + std::to_string(reply.status));
    if (!reply.ok()) {
        scrub(reply, wanted.body);
    }
    co_return reply;
}

RINGTAIL_DECL asio::awaitable<response> account::reach(std::string message, net::http_client::call_options options)
{
    try {
        co_return co_await services->http->call(endpoint_, std::move(message), options);
    } catch (failure const& why) {
        if (protocol::judge(why) == protocol::verdict::transient) {
            ++unreached_;
            ++services->unreached;
        }
        throw;
    }
}

RINGTAIL_DECL void account::read_clock(response const& answer)
{
    if (auto const date = protocol::http_date(answer.header("Date"))) {
        std::lock_guard const lock(mutex_);
        service_ahead_ = wall_time(std::chrono::seconds(*date)) - services->deadlines.wall_now();
    }
}

RINGTAIL_DECL std::optional<wall_time::duration> account::service_ahead() const
{
    std::lock_guard const lock(mutex_);
    return service_ahead_;
}

// An error text of the service may repeat what it was sent, in any of the forms that it was sent in; ours must not.
RINGTAIL_DECL void account::scrub(response& answer, std::string_view sent_body) const
{
    static constexpr std::string_view hidden = "[secret]"; // which may hold a secret itself
    auto const hide_text = [&](std::string_view text) {
        for (std::size_t at = 0; text.size() >= 4 && (at = answer.body.find(text, at)) != std::string::npos;) {
            answer.body.replace(at, text.size(), hidden);
            at += hidden.size();
        }
    };
    auto const hide = [&](secret const& what) {
        secret const in_json(json::serialize(json::string(what.reveal())));
        hide_text(what.reveal());
        hide_text(secret(net::percent_encoded(what.reveal())).reveal());
        hide_text(in_json.reveal().substr(1, in_json.reveal().size() - 2));
    };
    if (auto const basic = protocol::client_authorization(settings.client_id, settings.client_secret); !basic.empty()) {
        auto const line = basic.reveal();
        hide_text(line.substr(line.rfind(' ') + 1, line.rfind('\r') - line.rfind(' ') - 1));
    }
    hide(detail::verification_token_in(sent_body));
    hide(settings.client_secret);
    hide(tokens_.access);
    hide(tokens_.refresh);
    if (auto const* const jwt = std::get_if<jwt_login>(&login_)) {
        hide(jwt->assertion);
    } else if (auto const* const user = std::get_if<password_login>(&login_)) {
        hide(user->password);
    } else if (auto const* const code = std::get_if<code_login>(&login_)) {
        hide(code->code);
        hide(code->code_verifier);
    } else if (auto const* const kept = std::get_if<refresh_login>(&login_)) {
        hide(kept->refresh_token);
    }
}

// Tokens.

RINGTAIL_DECL asio::awaitable<void> account::login(credentials with)
{
    auto const self = shared_from_this();
    while (obtaining_) { // with what held until now
        flight_.stop();
        auto const flight = obtained_;
        co_await net::park([&](std::shared_ptr<net::parked> waiter) { flight->add(std::move(waiter)); });
    }
    {
        std::lock_guard const lock(mutex_);
        login_ = std::move(with);
        tokens_ = {};
    }
    refused_ = nullptr;
    co_await authorize(call_deadline());
}

RINGTAIL_DECL asio::awaitable<void> account::authorize(steady_time deadline)
{
    auto const self = shared_from_this();
    while (!tokens_.fresh(services->deadlines.now())) {
        if (refused_) {
            std::rethrow_exception(refused_); // refused for good: asking again would lock the account
        }
        auto const result = obtained_; // before the flight begins: it may end at once
        if (!obtaining_) {
            obtaining_ = true;
            auto flight = [](std::shared_ptr<account> of) -> asio::awaitable<void> { co_await of->obtain_token(); };
            flight_.run(services->strand, flight(self), [self](std::exception_ptr) {});
        }
        net::alarm limit(services->deadlines);
        auto const late = std::make_shared<bool>(false);
        std::exception_ptr cancelled;
        try {
            co_await net::park([&](std::shared_ptr<net::parked> waiter) {
                limit.set(deadline, [waiter, late] {
                    *late = true;
                    waiter->wake();
                });
                result->add(std::move(waiter));
            });
        } catch (...) {
            cancelled = std::current_exception();
        }
        if ((cancelled || *late) && result == obtained_ && !result->wanted() && may_give_up_) {
            flight_.stop(); // nobody waits for it any more
        }
        if (cancelled) {
            std::rethrow_exception(cancelled);
        }
        if (*late) {
            throw failure(error::timed_out, "waiting for an access token");
        }
        if (auto const failed = result->failure()) {
            if (!tokens_.access.empty() && services->deadlines.now() < tokens_.expires) {
                co_return; // it was asked for early; the one there is still good
            }
            std::rethrow_exception(failed);
        }
    }
}

RINGTAIL_DECL asio::awaitable<void> account::obtain_token()
{
    std::exception_ptr failed;
    try {
        protocol::token_set tokens;
        auto const can_refresh = !tokens_.refresh.empty() && (!tokens_.refresh_expires || services->deadlines.now() < *tokens_.refresh_expires);
        auto const client = settings.client_secret.empty() ? std::string_view(settings.client_id) : std::string_view();
        auto refreshed = false;
        if (can_refresh) {
            try {
                may_give_up_ = false; // the answer holds the only refresh token that is still good
                tokens = co_await grant_with_repeats(protocol::refresh_form(tokens_.refresh, client));
                refreshed = true;
            } catch (failure const& refused) {
                auto const again = protocol::judge(refused);
                auto const dead = again == protocol::verdict::fatal || again == protocol::verdict::unauthorized;
                auto const once_only = std::holds_alternative<code_login>(login_) || std::holds_alternative<refresh_login>(login_);
                if (!dead || (once_only && !std::exchange(resumed_, false))) {
                    throw;
                }
                log(log_level::info, "the refresh token is dead: logging in again");
            }
        }
        if (!refreshed) {
            if (std::holds_alternative<std::monostate>(login_)) {
                throw failure(error::missing_configuration, "no credentials given");
            }
            may_give_up_ = !std::holds_alternative<code_login>(login_) && !std::holds_alternative<refresh_login>(login_);
            tokens = co_await grant_with_repeats(protocol::login_form(login_, client));
        }
        resumed_ = false;
        accept(std::move(tokens));
    } catch (failure const& refused) {
        auto const again = protocol::judge(refused);
        auto const page = refused.errors().empty() && refused.http_status() >= 402; // of a proxy: the service says what it refuses
        auto const for_good = !page && again != protocol::verdict::transient && again != protocol::verdict::throttled;
        if (for_good) {
            auto const code = refused.http_status() == 0 ? refused.code() : make_error_code(error::bad_credentials);
            auto const worded = failure(code, refused.http_status() == 0 ? refused.what() : "login")
                                    .with_answer(refused.http_status(), refused.errors(), refused.request_id(), refused.retry_after());
            failed = std::make_exception_ptr(refused.http_status() == 0 ? refused : worded);
            refused_ = failed;
            std::lock_guard const lock(mutex_);
            tokens_ = {};
        } else {
            failed = std::current_exception();
        }
    } catch (boost::system::system_error const& other) {
        // Given up because nobody waited: whoever came meanwhile asks anew.
        failed = other.code() == asio::error::operation_aborted ? nullptr : std::current_exception();
    } catch (...) {
        failed = std::current_exception();
    }
    obtaining_ = false;
    std::exchange(obtained_, std::make_shared<flight_result>())->finish(failed);
}

RINGTAIL_DECL void account::resume_session(secret refresh_token)
{
    std::lock_guard const lock(mutex_);
    if (!obtaining_ && tokens_.access.empty() && tokens_.refresh.empty()) {
        tokens_.refresh = std::move(refresh_token);
        resumed_ = true;
        refused_ = nullptr;
    }
}

RINGTAIL_DECL void account::accept(protocol::token_set tokens)
{
    if (settings.keep_refresh_token && !tokens.refresh.empty()) {
        settings.keep_refresh_token(tokens.refresh);
    }
    std::lock_guard const lock(mutex_);
    if (tokens.refresh.empty()) {
        // Not every answer repeats it; the old one is valid until its own end.
        tokens.refresh = tokens_.refresh;
        tokens.refresh_expires = tokens_.refresh_expires;
    }
    if (tokens.scopes.empty()) {
        tokens.scopes = tokens_.scopes;
    }
    if (tokens.owner_id.empty()) {
        tokens.owner_id = tokens_.owner_id;
    }
    tokens_ = std::move(tokens);
    ++serial_;
}

// The answer may be lost on its way; a refresh token works again for a while, and a JWT always does.
RINGTAIL_DECL asio::awaitable<protocol::token_set> account::grant_with_repeats(secret form)
{
    using namespace std::chrono_literals;
    static constexpr std::array<duration, 3> pauses{1s, 5s, 10s};
    for (std::size_t attempt = 0;; ++attempt) {
        std::optional<failure> failed;
        try {
            co_return co_await grant(form);
        } catch (failure const& why) {
            failed = why;
        }
        auto const again = protocol::judge(*failed);
        if (attempt == pauses.size() || (again != protocol::verdict::transient && again != protocol::verdict::throttled) ||
            failed->code() == error::tls_failed) {
            throw *failed;
        }
        if (!obtained_->wanted()) {
            throw *failed; // everybody who waited has left
        }
        log(log_level::warning, std::string("token endpoint: ") + failed->what());
        co_await services->sleep_until(services->deadlines.now() + pauses[attempt]);
    }
}

RINGTAIL_DECL asio::awaitable<protocol::token_set> account::grant(secret form)
{
    if (settings.client_id.empty()) {
        throw failure(error::missing_configuration, "no client id given");
    }
    auto const deadline = call_deadline();
    auto const left = co_await gates_.pass(api_group::auth, deadline, std::chrono::minutes(2));
    auto const authorization = protocol::client_authorization(settings.client_id, settings.client_secret);
    std::string headers = common_headers_;
    headers += authorization.reveal();
    headers += "Content-Type: application/x-www-form-urlencoded\r\n";
    std::string body(form.reveal());
    for (auto const& [name, ttl] : {std::pair("access_token_ttl", settings.access_token_ttl), std::pair("refresh_token_ttl", settings.refresh_token_ttl)}) {
        if (ttl) {
            body += std::string("&") + name + '=' + std::to_string(ttl->count());
        }
    }
    net::http_client::call_options options(net::http_limits(settings.max_response_size, settings.max_header_size), call_deadline());
    options.connect_timeout = settings.connect_timeout;
    auto const path = (server_.path == "/" ? std::string() : server_.path) + "/restapi/oauth/token";
    auto const asked = services->deadlines.now();
    secret message(net::http_request("POST", path, server_.authority(), headers, body));
    auto reply = co_await reach(std::string(message.reveal()), options);
    log(log_level::debug, "POST " + path + " -> " + std::to_string(reply.status));
    left->answered(reply);
    read_clock(reply);
    if (!reply.ok()) {
        scrub(reply, {});
        throw protocol::failure_of(reply, "POST /restapi/oauth/token");
    }
    co_return protocol::token_set::parse(reply.body, asked);
}

RINGTAIL_DECL asio::awaitable<void> account::revoke()
{
    auto const self = shared_from_this();
    secret token;
    {
        std::lock_guard const lock(mutex_);
        token = tokens_.refresh.empty() ? tokens_.access : tokens_.refresh;
        tokens_ = {};
    }
    if (token.empty()) {
        co_return;
    }
    auto const authorization = protocol::client_authorization(settings.client_id, settings.client_secret);
    std::string headers = common_headers_;
    headers += authorization.reveal();
    headers += "Content-Type: application/x-www-form-urlencoded\r\n";
    std::string form = "token=" + net::percent_encoded(token.reveal());
    if (settings.client_secret.empty()) {
        form += "&client_id=" + net::percent_encoded(settings.client_id);
    }
    net::http_client::call_options options(net::http_limits(settings.max_response_size, settings.max_header_size), call_deadline());
    auto const path = (server_.path == "/" ? std::string() : server_.path) + "/restapi/oauth/revoke";
    auto message = net::http_request("POST", path, server_.authority(), headers, form);
    try {
        co_await services->http->call(endpoint_, std::move(message), options);
    } catch (failure const& why) {
        log(log_level::info, std::string("revoke: ") + why.what());
    }
}

} // namespace ringtail::core

namespace ringtail {

RINGTAIL_DECL asio::any_io_executor transport_context::get_executor() const
{
    return account_->services->strand;
}

RINGTAIL_DECL config const& transport_context::settings() const noexcept
{
    return account_->settings;
}

RINGTAIL_DECL steady_time transport_context::now() const noexcept
{
    return account_->services->deadlines.now();
}

RINGTAIL_DECL wall_time transport_context::wall_now() const noexcept
{
    return account_->services->deadlines.wall_now();
}

RINGTAIL_DECL asio::awaitable<void> transport_context::sleep_until(steady_time when) const
{
    return account_->services->sleep_until(when);
}

RINGTAIL_DECL asio::awaitable<response> transport_context::request(ringtail::request call) const
{
    return account_->call(std::move(call), {});
}

RINGTAIL_DECL std::string const& transport_context::delivery_id() const noexcept
{
    return account_->delivery_id();
}

RINGTAIL_DECL std::uint64_t transport_context::unreached() const noexcept
{
    return account_->unreached();
}

RINGTAIL_DECL void transport_context::log(log_level level, std::string_view line) const
{
    account_->log(level, line);
}

RINGTAIL_DECL net::services& transport_context::services() const noexcept
{
    return *account_->services;
}

} // namespace ringtail
