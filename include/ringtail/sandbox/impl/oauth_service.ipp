// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/oauth_service.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace ringtail::sandbox_detail {

inline constexpr std::chrono::seconds code_lifetime{60};
inline constexpr std::chrono::seconds shortest_access{600};
inline constexpr std::chrono::seconds longest_access{3600};
inline constexpr std::chrono::seconds longest_refresh{2592000};
inline constexpr std::chrono::seconds grace_after_use{10};
inline constexpr std::chrono::minutes grace_unused{60};
inline constexpr std::string_view access_mark = "SANDBOXA"; // tells a token from noise: OAU-213 from OAU-149
inline constexpr std::string_view jwt_grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A wished lifetime kept inside what the service allows; the default when there is no wish.
inline std::chrono::seconds wished_lifetime(std::string const& text, std::chrono::seconds shortest,
                                            std::chrono::seconds longest, std::chrono::seconds otherwise)
{
    int value = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || problem != std::errc() || end != text.data() + text.size())
        return otherwise;
    return std::clamp(std::chrono::seconds(value), shortest, longest);
}

inline std::int64_t seconds_left(wall_time until, wall_time now)
{
    return std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::seconds>(until - now).count());
}

RINGTAIL_DECL oauth_service::oauth_service(sandbox_options const& options, extension_directory const& directory,
                                           id_source& ids, std::string websocket_uri)
    : options_(options)
    , directory_(directory)
    , ids_(ids)
    , websocket_uri_(std::move(websocket_uri))
    , client_id_(options.client_id.empty() ? ids.text(22) : options.client_id)
    , client_secret_(options.public_app             ? std::string()
                     : options.client_secret.empty() ? ids.text(44)
                                                     : options.client_secret)
    , signature_key_(ids.bytes(16))
{
}

RINGTAIL_DECL std::string oauth_service::jwt(std::string_view extension_id) const
{
    if (!options_.jwt.empty() && extension_id == directory_.owner_id())
        return options_.jwt;
    auto const content = base64url_encode(R"({"alg":"none","typ":"JWT"})") + "." +
                         base64url_encode(R"({"iss":"ringtail sandbox","sub":")" + std::string(extension_id) + "\"}");
    return content + "." + base64url_encode(sha256(signature_key_ + content));
}

RINGTAIL_DECL std::string oauth_service::extension_of_jwt(std::string_view assertion) const
{
    if (!options_.jwt.empty() && assertion == options_.jwt)
        return directory_.owner_id();
    auto const first = assertion.find('.');
    auto const second = assertion.find('.', first == assertion.npos ? first : first + 1);
    if (second == assertion.npos)
        return {};
    auto claims = std::string(assertion.substr(first + 1, second - first - 1));
    claims.resize((claims.size() + 3) / 4 * 4, '=');
    boost::system::error_code problem;
    auto const value = json::parse(base64_decode(claims).value_or(std::string()), problem);
    auto const* const object = problem ? nullptr : value.if_object();
    auto const* const subject = object ? object->if_contains("sub") : nullptr;
    if (!subject || !subject->is_string())
        return {};
    std::string id(subject->get_string());
    return directory_.find(id) && jwt(id) == assertion ? id : std::string();
}

RINGTAIL_DECL std::optional<http_reply> oauth_service::refuse_app(http_request const& request,
                                                                  field_list const& form) const
{
    auto const header = request.headers.find("Authorization");
    if (client_secret_.empty()) {
        if (header) // also an empty secret: the service takes it for a confidential app
            return oauth_error(401, "invalid_client", "OAU-146", "Invalid client credentials");
        if (form.get("client_id") != client_id_)
            return oauth_error(400, "invalid_client", "OAU-153", "Invalid client id");
        return std::nullopt;
    }
    if (!header)
        return oauth_error(401, "invalid_client", "OAU-151", "Authorization method not supported");
    if (*header != "Basic " + base64_encode(client_id_ + ":" + client_secret_))
        return oauth_error(401, "invalid_client", "OAU-146", "Invalid client credentials");
    return std::nullopt;
}

RINGTAIL_DECL std::string oauth_service::subject(http_request const& request) const
{
    auto const form = parse_parameters(request.body);
    if (auto const id = extension_of_jwt(form.get("assertion")); !id.empty())
        return id;
    if (auto const found = refresh_.find(form.get("refresh_token")); found != refresh_.end() && found->second)
        return found->second->owner_id;
    return directory_.owner_id();
}

RINGTAIL_DECL http_reply oauth_service::authorize(field_list const& query, wall_time now)
{
    if (query.get("client_id") != client_id_)
        return oauth_error(400, "invalid_client", "OAU-153", "Invalid client id");
    auto const redirect = query.get("redirect_uri");
    if (redirect.find("://") == redirect.npos)
        return oauth_error(400, "invalid_request", "OAU-109", "Redirect URI mismatch");

    http_reply reply(302);
    auto location = redirect + (redirect.find('?') == redirect.npos ? '?' : '&');
    if (query.get("response_type") == "code") {
        auto const code = ids_.text(40);
        codes_[code] = {client_id_, redirect, query.get("code_challenge"), query.get("code_challenge_method"),
                        now + code_lifetime};
        location += "code=" + code + "&expires_in=" + std::to_string(code_lifetime.count());
    } else {
        location += "error=unsupported_response_type";
    }
    if (auto const state = query.find("state"))
        location += "&state=" + percent_encode(*state);
    reply.headers.set("Location", std::move(location));
    return reply;
}

RINGTAIL_DECL std::optional<http_reply> oauth_service::refuse_code(field_list const& form, wall_time now)
{
    auto const refused = [](std::string_view code, std::string_view message) {
        return oauth_error(403, "invalid_grant", code, message);
    };
    auto const found = codes_.find(form.get("code"));
    if (found == codes_.end())
        return refused("OAU-106", "Authorization code is invalid");
    auto const code = found->second;
    codes_.erase(found); // one use, whatever comes of it
    if (now >= code.expires)
        return refused("OAU-108", "Authorization code is expired");
    if (form.get("redirect_uri") != code.redirect_uri)
        return refused("OAU-109", "Redirect URI does not match");
    if (auto const app = form.find("client_id"); app && *app != code.client_id)
        return refused("OAU-110", "Authorization code was issued to another application");
    auto const verifier = form.get("code_verifier");
    auto const proof = code.method == "S256" ? base64url_encode(sha256(verifier)) : verifier;
    if (!code.challenge.empty() && proof != code.challenge)
        return refused("OAU-106", "Code verifier does not match the challenge");
    return std::nullopt;
}

RINGTAIL_DECL http_reply oauth_service::token(http_request const& request, wall_time now)
{
    auto const form = parse_parameters(request.body);
    if (!request.headers.get("Content-Type").starts_with("application/x-www-form-urlencoded"))
        return oauth_error(400, "invalid_request", "CMN-101", "The body has to be a form");
    if (auto refusal = refuse_app(request, form))
        return std::move(*refusal);

    auto const bad_owner = [] {
        return oauth_error(400, "invalid_grant", "OAU-140", "Invalid resource owner credentials");
    };
    auto const grant = form.get("grant_type");
    if (grant == jwt_grant) {
        auto owner = extension_of_jwt(form.get("assertion"));
        return owner.empty() ? bad_owner() : log_in(std::move(owner), form, now);
    }
    if (grant == "password") {
        auto const& people = directory_.people();
        auto const number = form.find("extension").value_or(people.front().number);
        auto const person = std::find_if(people.begin(), people.end(), [&](auto const& p) {
            return p.number == number || (number.empty() && &p == &people.front());
        });
        bool const right = person != people.end() && !form.get("username").empty() &&
                           form.get("password") == options_.password;
        return right ? log_in(person->id_text(), form, now) : bad_owner();
    }
    if (grant == "authorization_code") {
        if (auto refusal = refuse_code(form, now))
            return std::move(*refusal);
        return log_in(directory_.owner_id(), form, now);
    }
    if (grant == "client_credentials") {
        bool const right = form.get("account_id") == directory_.account_id() || form.find("brand_id");
        return right ? log_in(directory_.owner_id(), form, now)
                     : oauth_error(400, "invalid_request", "OAU-222", "Account not found");
    }
    if (grant == "refresh_token")
        return refresh(form.get("refresh_token"), now);
    return oauth_error(403, "unsupported_grant_type", "OAU-112", "Grant type is not allowed");
}

RINGTAIL_DECL http_reply oauth_service::log_in(std::string owner_id, field_list const& form, wall_time now)
{
    auto const session = std::make_shared<oauth_session>();
    session->id = "s-" + ids_.text(16);
    session->owner_id = std::move(owner_id);
    session->client_id = client_id_;
    session->endpoint_id = form.find("endpoint_id").value_or("e-" + ids_.text(16));
    session->created = now;
    session->access_lifetime = wished_lifetime(form.get("access_token_ttl"), shortest_access, longest_access,
                                               options_.access_token_lifetime);
    session->refresh_lifetime = wished_lifetime(form.get("refresh_token_ttl"), std::chrono::seconds(1),
                                                longest_refresh, options_.refresh_token_lifetime);
    forget_the_dead(now);
    sessions_[session->id] = session;
    issue(session, now);

    std::vector<std::shared_ptr<oauth_session>> of_user;
    for (auto const& [id, each] : sessions_)
        if (each->owner_id == session->owner_id && each != session)
            of_user.push_back(each);
    std::sort(of_user.begin(), of_user.end(), [](auto const& a, auto const& b) { return a->created < b->created; });
    if (options_.parallel_sessions != 0)
        for (std::size_t i = 0; i + options_.parallel_sessions < of_user.size() + 1; ++i)
            end(of_user[i], now);
    return token_reply(*session, now);
}

RINGTAIL_DECL void oauth_service::issue(std::shared_ptr<oauth_session> const& session, wall_time now)
{
    if (auto const old = access_.find(session->access_token); old != access_.end())
        old->second.died = now;
    session->access_token = std::string(access_mark) + ids_.text(40);
    session->access_expires = now + session->access_lifetime;
    session->access_first_used.reset();
    access_[session->access_token] = {session, std::nullopt};
    if (!options_.refresh_tokens)
        return;
    refresh_.erase(session->previous_refresh_token);
    session->previous_refresh_token = session->refresh_token;
    session->refresh_token = ids_.text(48);
    session->refresh_expires = now + session->refresh_lifetime;
    session->refreshed = now;
    refresh_[session->refresh_token] = session;
}

RINGTAIL_DECL http_reply oauth_service::refresh(std::string const& refresh_token, wall_time now)
{
    auto const found = refresh_.find(refresh_token);
    if (found == refresh_.end())
        return oauth_error(400, "invalid_grant", "OAU-213", "Token not found");
    auto const session = found->second;
    if (!session)
        return oauth_error(400, "invalid_grant", "OAU-211", "Token is revoked");
    if (now >= session->refresh_expires)
        return oauth_error(400, "invalid_grant", "OAU-213", "Token is expired");
    if (refresh_token == session->refresh_token) {
        issue(session, now);
        return token_reply(*session, now);
    }
    auto const grace_end = session->access_first_used ? *session->access_first_used + grace_after_use
                                                      : session->refreshed + grace_unused;
    if (now < grace_end)
        return token_reply(*session, now);
    return oauth_error(400, "invalid_grant", "OAU-213", "Token not found");
}

RINGTAIL_DECL http_reply oauth_service::token_reply(oauth_session const& session, wall_time now) const
{
    json::object body{{"access_token", session.access_token},
                      {"token_type", "bearer"},
                      {"expires_in", seconds_left(session.access_expires, now)}};
    if (!session.refresh_token.empty()) {
        body["refresh_token"] = session.refresh_token;
        body["refresh_token_expires_in"] = seconds_left(session.refresh_expires, now);
    }
    body["scope"] = options_.scope;
    body["owner_id"] = session.owner_id;
    body["endpoint_id"] = session.endpoint_id;
    body["session_id"] = session.id;
    return json_reply(200, std::move(body));
}

RINGTAIL_DECL http_reply oauth_service::revoke(http_request const& request, wall_time now)
{
    auto const form = parse_parameters(request.body);
    if (auto refusal = refuse_app(request, form))
        return std::move(*refusal);
    auto const token = form.get("token");
    if (auto const access = access_.find(token); access != access_.end() && !access->second.died)
        end(std::shared_ptr(access->second.session), now);
    else if (auto const refresh = refresh_.find(token); refresh != refresh_.end() && refresh->second)
        end(std::shared_ptr(refresh->second), now);
    return http_reply(200);
}

RINGTAIL_DECL void oauth_service::end(std::shared_ptr<oauth_session> const& session, wall_time now)
{
    if (auto const access = access_.find(session->access_token); access != access_.end())
        access->second.died = now - grace_after_use; // revoked is not found, at once
    for (auto const& token : {session->refresh_token, session->previous_refresh_token})
        if (auto const refresh = refresh_.find(token); refresh != refresh_.end())
            refresh->second = nullptr;
    sessions_.erase(session->id);
}

RINGTAIL_DECL bearer oauth_service::check(http_request const& request, field_list const& query, wall_time now)
{
    auto const header = request.headers.find("Authorization");
    auto token = query.get("access_token");
    if (header) {
        if (!same_text(std::string_view(*header).substr(0, 7), "Bearer ") || header->size() == 7)
            return bearer(api_error(401, "AGW-402", "Invalid Authorization header"));
        token = header->substr(7);
    } else if (token.empty()) {
        return bearer(api_error(401, "AGW-401", "Authorization header is not specified"));
    }
    auto const found = access_.find(token);
    if (found == access_.end() && !token.starts_with(access_mark))
        return bearer(api_error(401, "OAU-149", "Unparsable access token", {}, "TokenInvalid"));
    if (found == access_.end() || (found->second.died && now >= *found->second.died + grace_after_use))
        return bearer(api_error(401, "OAU-213", "Token not found", {}, "TokenInvalid"));
    if (found->second.died)
        return bearer(api_error(401, "OAU-129", "Access token corrupted", {}, "TokenInvalid"));
    auto const& session = found->second.session;
    if (now >= session->access_expires)
        return bearer(api_error(401, "OAU-128", "Access token expired", {}, "TokenExpired"));
    if (!session->access_first_used)
        session->access_first_used = now;
    return bearer(session);
}

RINGTAIL_DECL bearer oauth_service::check(std::shared_ptr<oauth_session> const& session, wall_time now) const
{
    if (!sessions_.contains(session->id))
        return bearer(api_error(401, "OAU-213", "Token not found", {}, "TokenInvalid"));
    if (options_.gateway_needs_fresh_token && now >= session->access_expires)
        return bearer(api_error(401, "OAU-128", "Access token expired", {}, "TokenExpired"));
    return bearer(session);
}

RINGTAIL_DECL http_reply oauth_service::wstoken(std::shared_ptr<oauth_session> session, wall_time now)
{
    if (options_.scope.find("WebSocketsSubscription") == options_.scope.npos)
        return api_error(403, "CMN-401", "In order to call this API endpoint, application needs to have "
                                         "[WebSocketsSubscription] permission");
    auto const token = ids_.text(40);
    wstokens_[token] = {std::move(session), now + options_.wstoken_lifetime};
    return json_reply(200, json::object{{"uri", websocket_uri_},
                                        {"ws_access_token", token},
                                        {"expires_in", options_.wstoken_lifetime.count()}});
}

RINGTAIL_DECL std::shared_ptr<oauth_session> oauth_service::redeem_wstoken(std::string const& token, wall_time now)
{
    auto const found = wstokens_.find(token);
    if (found == wstokens_.end())
        return nullptr;
    auto const entry = found->second;
    if (!options_.wstoken_reusable)
        wstokens_.erase(found);
    return now < entry.expires && sessions_.contains(entry.session->id) ? entry.session : nullptr;
}

RINGTAIL_DECL void oauth_service::expire_access_tokens(wall_time now)
{
    for (auto const& [id, session] : sessions_)
        session->access_expires = std::min(session->access_expires, now);
}

RINGTAIL_DECL void oauth_service::forget_the_dead(wall_time now)
{
    if (now < swept_ + std::chrono::minutes(1))
        return;
    swept_ = now;
    auto const hour_ago = now - std::chrono::hours(1);
    std::erase_if(codes_, [&](auto const& e) { return e.second.expires < now; });
    std::erase_if(wstokens_, [&](auto const& e) { return e.second.expires < now; });
    std::erase_if(sessions_, [&](auto const& e) {
        auto const& session = *e.second;
        return session.access_expires < hour_ago && (session.refresh_token.empty() || session.refresh_expires < now);
    });
    std::erase_if(access_, [&](auto const& e) {
        return e.second.died ? *e.second.died < hour_ago : !sessions_.contains(e.second.session->id);
    });
    std::erase_if(refresh_, [&](auto const& e) { return e.second && e.second->refresh_expires < now; });
}

} // namespace ringtail::sandbox_detail
