// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/crypto/base64.hpp>
#include <ringtail/error.hpp>
#include <ringtail/protocol/percent_encoding.hpp>
#include <ringtail/protocol/token.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace ringtail::protocol {

namespace detail {

inline std::optional<std::int64_t> seconds_member(json::object const& from, std::string_view name)
{
    auto const* const member = from.if_contains(name);
    if (member == nullptr) {
        return std::nullopt;
    }
    if (member->is_string()) {
        auto const& text = member->get_string();
        std::int64_t value = 0;
        auto const [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
        return bad == std::errc{} ? std::optional(value) : std::nullopt;
    }
    error_code unfit;
    auto const value = member->to_number<std::int64_t>(unfit);
    return unfit ? std::nullopt : std::optional(value);
}

inline std::string id_member(json::object const& from, std::string_view name)
{
    auto const* const member = from.if_contains(name);
    if (member == nullptr || member->is_null()) {
        return {};
    }
    return member->is_string() ? json::value_to<std::string>(*member) : json::serialize(*member);
}

// A form field; secrets pass through here, so the text is only ever moved into one.
inline void add_field(std::string& form, std::string_view name, std::string_view value)
{
    if (value.empty()) {
        return;
    }
    if (!form.empty()) {
        form += '&';
    }
    form.append(name).append("=").append(percent_encoded(value));
}

} // namespace detail

RINGTAIL_DECL token_set token_set::parse(std::string_view json_text, steady_time now)
{
    error_code broken;
    auto const value = json::parse(json_text, broken);
    auto const* const member = broken || !value.is_object() ? nullptr : value.get_object().if_contains("access_token");
    if (member == nullptr || !member->is_string() || member->get_string().empty()) {
        throw failure(error::invalid_reply, "the token endpoint's answer holds no access token");
    }
    auto const& object = value.get_object();
    token_set tokens;
    tokens.access = secret(detail::id_member(object, "access_token"));
    tokens.refresh = secret(detail::id_member(object, "refresh_token"));
    tokens.lifetime = std::chrono::seconds(std::clamp<std::int64_t>(detail::seconds_member(object, "expires_in").value_or(3'600), 1, 86'400));
    tokens.expires = now + tokens.lifetime;
    if (auto const left = detail::seconds_member(object, "refresh_token_expires_in")) {
        tokens.refresh_expires = now + std::chrono::seconds(std::clamp<std::int64_t>(*left, 0, 31'536'000));
    }
    tokens.owner_id = detail::id_member(object, "owner_id");
    auto const scope = detail::id_member(object, "scope");
    for (std::string_view rest = scope; !rest.empty();) {
        auto const end = std::min(rest.find_first_of(" ,"), rest.size());
        if (end != 0) {
            tokens.scopes.emplace_back(rest.substr(0, end));
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return tokens;
}

RINGTAIL_DECL bool token_set::fresh(steady_time now) const noexcept
{
    return !access.empty() && now < expires - std::min<duration>(std::chrono::minutes(1), lifetime / 4);
}

RINGTAIL_DECL secret login_form(credentials const& login, std::string_view public_client_id)
{
    std::string form;
    auto const add = [&](std::string_view name, std::string_view value) { detail::add_field(form, name, value); };
    if (auto const* const jwt = std::get_if<jwt_login>(&login)) {
        add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        add("assertion", jwt->assertion.reveal());
    } else if (auto const* const user = std::get_if<password_login>(&login)) {
        add("grant_type", "password");
        add("username", user->username);
        add("extension", user->extension);
        add("password", user->password.reveal());
    } else if (auto const* const code = std::get_if<code_login>(&login)) {
        add("grant_type", "authorization_code");
        add("code", code->code.reveal());
        add("redirect_uri", code->redirect_uri);
        add("code_verifier", code->code_verifier.reveal());
    } else if (auto const* const app = std::get_if<client_credentials_login>(&login)) {
        add("grant_type", "client_credentials");
        add("account_id", app->account_id);
        add("brand_id", app->brand_id);
        add("partner_account_id", app->partner_account_id);
    } else if (auto const* const kept = std::get_if<refresh_login>(&login)) {
        return refresh_form(kept->refresh_token, public_client_id);
    }
    add("client_id", public_client_id);
    return secret(std::move(form));
}

RINGTAIL_DECL secret refresh_form(secret const& refresh_token, std::string_view public_client_id)
{
    std::string form;
    detail::add_field(form, "grant_type", "refresh_token");
    detail::add_field(form, "refresh_token", refresh_token.reveal());
    detail::add_field(form, "client_id", public_client_id);
    return secret(std::move(form));
}

RINGTAIL_DECL secret client_authorization(std::string_view client_id, secret const& client_secret)
{
    if (client_secret.empty()) {
        return {};
    }
    std::string pair(client_id);
    pair.append(":").append(client_secret.reveal());
    secret const wiped(pair);
    return secret("Authorization: Basic " + crypto::base64_encode(wiped.reveal()) + "\r\n");
}

} // namespace ringtail::protocol
