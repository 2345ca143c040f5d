// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/impl/gateway_service.ipp>

#include <boost/json.hpp>

namespace ringtail::sandbox_detail {

inline constexpr std::string_view no_json = "this is no JSON";

// What comes in ----------------------------------------------------------------------------------------------------

RINGTAIL_DECL void gateway_service::receive(gateway_id id, std::string_view text, wall_time now)
{
    auto* const from = alive(id);
    if (!from)
        return;
    if (!sessions_.contains(from->session)) { // nothing may be sent before `ConnectionDetails`
        ++counted_.gateway_early_frames;
        return;
    }
    from->active = now;
    boost::system::error_code problem;
    auto const frame = json::parse(text, problem);
    auto const* const parts = problem ? nullptr : frame.if_array();
    auto const* const meta = parts && !parts->empty() ? parts->front().if_object() : nullptr;
    if (!meta)
        return send_error(id, {}, 400, "CMN-103", "Invalid JSON in the frame");
    auto const member = [&](std::string_view name) {
        auto const* const found = meta->if_contains(name);
        return found && found->is_string() ? std::string(found->get_string()) : std::string();
    };
    auto const type = member("type");
    auto message_id = member("messageId");
    if (same_text(type, "Heartbeat")) {
        ++counted_.gateway_heartbeats;
        auto const damage = faults_.take(sandbox_call::gateway_heartbeat);
        if (damage && (damage->effect == fault_effect::drop || !strike(id, *damage, now)))
            return;
        return send(id, {{"type", "Heartbeat"}, {"messageId", message_id}}, {}, options_.wsc_on_every_frame, damage);
    }
    if (!same_text(type, "ClientRequest") || message_id.empty())
        return send_error(id, message_id, 400, "CMN-104", "Bad request");
    request(id, std::move(message_id), *meta, parts->size() > 1 ? &(*parts)[1] : nullptr, now);
}

/// The target of a request: its path, and `query` as members with one value or several.
inline std::string target_of(std::string path, json::value const* query)
{
    if (!query || !query->is_object())
        return path;
    auto const add = [&](std::string_view name, json::value const& value) {
        path += path.find('?') == std::string::npos ? '?' : '&';
        path += percent_encode(name) + "=" +
                percent_encode(value.is_string() ? std::string(value.get_string()) : json::serialize(value));
    };
    for (auto const& [name, value] : query->get_object())
        if (auto const* const several = value.if_array())
            for (auto const& each : *several)
                add(name, each);
        else
            add(name, value);
    return path;
}

RINGTAIL_DECL void gateway_service::request(gateway_id id, std::string message_id, json::object const& meta,
                                            json::value const* body, wall_time now)
{
    ++counted_.gateway_requests;
    auto& from = connections_.at(id);
    if (from.requests >= options_.max_active_requests) {
        ++counted_.excess_requests;
        return send_error(id, message_id, 429, "CMN-301", "Too many active requests");
    }
    ++from.requests;
    pending_reply answer;
    answer.message_id = std::move(message_id);
    answer.damage = faults_.take(sandbox_call::gateway_request);
    if (answer.damage) {
        auto const& damage = *answer.damage;
        bool const refused = damage.effect == fault_effect::error_reply || damage.effect == fault_effect::error_frame;
        if (refused) {
            --from.requests;
            return send_error(id, damage.effect == fault_effect::error_reply ? answer.message_id : "",
                              damage.http_status, damage.codes.empty() ? "CMN-203" : damage.codes.front(),
                              "Injected fault");
        }
        if (damage.effect == fault_effect::close_frame) {
            strike(id, damage, now);
            return;
        }
        if (auto instead = replacement(damage)) {
            answer.reply = std::move(*instead);
            answer.reply.headers.set("RCRequestId", ids_.uuid());
            return reply(id, answer, now);
        }
    }
    auto const text = [&](std::string_view name) {
        auto const* const member = meta.if_contains(name);
        return member && member->is_string() ? std::string(member->get_string()) : std::string();
    };
    http_request wanted(text("method"), target_of(text("path"), meta.if_contains("query")));
    if (auto const* const headers = meta.if_contains("headers"); headers && headers->is_object())
        for (auto const& [name, value] : headers->get_object())
            if (value.is_string())
                wanted.headers.add(std::string(name), std::string(value.get_string()));
    bool const nothing = !body || body->is_null() || *body == json::value("");
    if (!nothing)
        wanted.body = json::serialize(*body);

    auto const& session = sessions_.at(from.session);
    bool const served = wanted.target.starts_with("/restapi/") && !wanted.target.starts_with("/restapi/oauth/");
    auto made = served ? handler_(wanted, session.login, session.id, now)
                       : outcome(api_error(404, "CMN-120", "Invalid URI"));
    if (auto const* const poll = std::get_if<poll_id>(&made)) {
        waiting_.emplace(*poll, std::pair(id, std::move(answer)));
        return;
    }
    answer.reply = std::get<http_reply>(std::move(made));
    auto const subscription = subscriptions_.of_session(session.id, now);
    bool const about_it = subscription && (wanted.method == "POST" || wanted.method == "PUT") &&
                          answer.reply.body.find("\"" + *subscription + "\"") != std::string::npos;
    if (about_it)
        answer.reply.headers.set("WSG-SubscriptionId", *subscription);
    reply(id, answer, now);
}

RINGTAIL_DECL bool gateway_service::answer(poll_id poll, http_reply const& reply, wall_time now)
{
    auto found = waiting_.extract(poll);
    if (!found)
        return false;
    found.mapped().second.reply = reply;
    this->reply(found.mapped().first, found.mapped().second, now);
    return true;
}

// What goes out ----------------------------------------------------------------------------------------------------

/// Now or later.
RINGTAIL_DECL void gateway_service::reply(gateway_id id, pending_reply const& what, wall_time now)
{
    bool const late = what.damage && what.damage->effect == fault_effect::delay;
    auto const pause = options_.gateway_latency + what.reply.delay +
                       (late ? what.damage->delay : std::chrono::milliseconds(0));
    if (pause.count() == 0)
        return reply_now(id, what, now);
    delayed_.emplace(now + pause, std::pair(id, what));
}

RINGTAIL_DECL void gateway_service::reply_now(gateway_id id, pending_reply const& what, wall_time now)
{
    auto* const to = alive(id);
    if (!to)
        return;
    --to->requests;
    auto const& content = what.reply;
    auto damage = what.damage;
    auto const wire = [&]() -> std::optional<fault_effect> { // what an answer over HTTP would have suffered
        switch (content.effect) {
        case wire_effect::reset: return fault_effect::reset;
        case wire_effect::stall: return fault_effect::stall;
        case wire_effect::lost: return fault_effect::lost;
        case wire_effect::raw: return fault_effect::garbage;
        default: return std::nullopt;
        }
    }();
    if (wire) {
        strike(id, fault(sandbox_call::gateway_request, *wire), now);
        return;
    }
    if (content.effect == wire_effect::cut_header || content.effect == wire_effect::cut_body)
        damage = fault(sandbox_call::gateway_request, fault_effect::cut_body);
    if (damage && (damage->effect == fault_effect::drop || !strike(id, *damage, now)))
        return;

    json::object headers;
    for (auto const& [name, value] : content.headers)
        if (name != "Server" && name != "Content-Type")
            headers[name] = value;
    json::object meta{{"type", "ClientRequest"}, {"messageId", what.message_id}, {"status", content.status}};
    meta["headers"] = std::move(headers);
    bool const is_json = content.headers.get("Content-Type").find("json") != std::string::npos;
    if (!is_json && !content.body.empty())
        damage = fault(sandbox_call::gateway_request, fault_effect::boundary);
    send(id, std::move(meta), content.body, options_.wsc_on_every_frame, damage);
    if (damage && damage->effect == fault_effect::cut_body)
        detach(id, now);
    if (content.effect == wire_effect::close_after && alive(id))
        finish(id, gateway_step::finish, now);
}

RINGTAIL_DECL void gateway_service::notify(outgoing const& message, std::optional<fault> const& damage, wall_time now)
{
    auto const found = sessions_.find(message.session);
    if (found == sessions_.end())
        return;
    auto& to = found->second;
    if (damage && damage->effect == fault_effect::not_json) {
        if (to.connection && alive(*to.connection))
            act(*to.connection, gateway_step::send, std::string(no_json));
        return;
    }
    boost::system::error_code problem;
    auto const parsed = json::parse(message.envelope, problem);
    auto const* const object = problem ? nullptr : parsed.if_object();
    auto const* const uuid = object ? object->if_contains("uuid") : nullptr;
    notification made{++to.serial, uuid && uuid->is_string() ? std::string(uuid->get_string()) : ids_.uuid(),
                      message.envelope};
    to.buffer.push_back(made);
    while (to.buffer.size() > options_.recovery_buffer_size)
        to.buffer.pop_front();
    if (!to.connection || !alive(*to.connection))
        return;
    auto const id = *to.connection;
    if (damage && !strike(id, *damage, now))
        return;
    if (options_.notifications_are_activity)
        connections_.at(id).active = now;
    if (connections_.at(id).replay)
        return;
    send_notification(id, to, made, damage);
    if (damage && damage->effect == fault_effect::cut_body)
        detach(id, now);
}

RINGTAIL_DECL void gateway_service::send_notification(gateway_id id, client_session& of, notification const& what,
                                                      std::optional<fault> const& damage, bool more)
{
    of.sent = what.serial;
    ++counted_.messages_delivered;
    json::object meta{{"type", "ServerNotification"}, {"messageId", what.uuid}, {"status", 200}};
    send(id, std::move(meta), what.envelope, true, damage, more);
}

RINGTAIL_DECL void gateway_service::send_details(gateway_id id, json::object const& recovery,
                                                 std::optional<fault> const& damage, bool more, wall_time now)
{
    auto const seconds = [](std::chrono::milliseconds time) {
        return std::chrono::ceil<std::chrono::seconds>(time).count();
    };
    json::object body{{"creationTime", format_time(now, options_.time_form)},
                      {"maxConnectionsPerSession", 50},
                      {"recoveryBufferSize", options_.recovery_buffer_size},
                      {"recoveryTimeout", seconds(options_.recovery_timeout)},
                      {"idleTimeout", seconds(options_.idle_timeout)},
                      {"absoluteTimeout", seconds(options_.absolute_timeout)},
                      {"maxActiveRequests", options_.max_active_requests}};
    for (auto const& [name, value] : recovery)
        body[name] = value;
    json::object meta{{"type", "ConnectionDetails"}, {"messageId", ids_.uuid()}, {"status", 200}};
    meta["headers"] = json::object{{"RCRequestId", ids_.uuid()}};
    send(id, std::move(meta), json::serialize(body), true, damage, more);
}

RINGTAIL_DECL void gateway_service::repeat_details(gateway_id id)
{
    send(id, {{"type", "ConnectionDetails"}, {"messageId", ids_.uuid()}, {"status", 200}}, {}, true);
}

RINGTAIL_DECL void gateway_service::send_error(gateway_id id, std::string_view message_id, int status,
                                               std::string_view code, std::string_view words)
{
    json::object meta{{"type", options_.loud_error_type ? "ERROR" : "Error"}};
    if (!message_id.empty())
        meta["messageId"] = message_id;
    if (status != 0)
        meta["status"] = status;
    json::object const body{{"errorCode", code}, {"message", words}};
    send(id, std::move(meta), json::serialize(body), options_.wsc_on_every_frame);
}

/// One frame `[meta, body]`, or `[meta]` when there is no body; then those that were held back for it.
RINGTAIL_DECL void gateway_service::send(gateway_id id, json::object meta, std::string_view body, bool with_wsc,
                                         std::optional<fault> const& damage, bool more)
{
    auto& to = connections_.at(id);
    if (auto const session = sessions_.find(to.session); with_wsc && session != sessions_.end())
        meta["wsc"] = json::object{{"token", token_of(session->second)}, {"sequence", ++session->second.sequence}};
    auto text = "[" + json::serialize(meta);
    auto const effect = damage ? damage->effect : fault_effect::status; // which does nothing to a frame
    if (effect == fault_effect::boundary)
        text += ",--Boundary_" + ids_.digits(6) + "\r\nContent-Type: application/json\r\n\r\n" + std::string(body) +
                "\r\n--Boundary--";
    else if (!body.empty())
        text += "," + std::string(body);
    text += "]";
    if (options_.escaped_slashes) { // they stand in strings only
        std::string escaped;
        for (char const c : text)
            escaped += c == '/' ? std::string("\\/") : std::string(1, c);
        text = std::move(escaped);
    }

    switch (effect) {
    case fault_effect::out_of_order: to.held.push_back(std::move(text)); return;
    case fault_effect::not_json: act(id, gateway_step::send, std::string(no_json)); break;
    case fault_effect::binary_frame: act(id, gateway_step::send_binary, std::move(text)); break;
    case fault_effect::cut_body:
        act(id, gateway_step::cut, std::move(text));
        to.over = true;
        return;
    case fault_effect::duplicate: act(id, gateway_step::send, text); [[fallthrough]];
    default: act(id, gateway_step::send, std::move(text), more); break;
    }
    for (auto& held : std::exchange(to.held, {}))
        act(id, gateway_step::send, std::move(held));
}

RINGTAIL_DECL void gateway_service::act(gateway_id id, gateway_step what, std::string text, bool more)
{
    actions_.emplace_back(id, what, std::move(text));
    actions_.back().more = more;
}

RINGTAIL_DECL std::vector<gateway_action> gateway_service::take_actions()
{
    return std::exchange(actions_, {});
}

} // namespace ringtail::sandbox_detail
