// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/services.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace ringtail::sandbox_detail {

RINGTAIL_DECL services::services(sandbox_options options, std::string origin)
    : options_(std::move(options))
    , origin_(std::move(origin))
    , ids_(options_.seed)
    , directory_(options_.extensions, ids_)
    , call_center_(directory_, options_.time_form)
    , records_(directory_, options_.time_form)
    , oauth_(options_, directory_, ids_, "ws" + origin_.substr(std::min(origin_.size(), origin_.find("://"))) + "/ws")
    , throttle_(options_)
    , pubnub_(options_, ids_)
    , subscriptions_(options_, directory_, ids_, pubnub_, origin_)
    , gateway_(options_, ids_, oauth_, subscriptions_, faults_,
               [this](http_request const& request, std::shared_ptr<oauth_session> const& who, gateway_session via,
                      wall_time now) { return handle(request, {who, via}, now); })
    , webhooks_(options_, ids_, faults_, subscriptions_)
{
}

/// The method meant: a POST may stand for others.
inline std::string method_of(http_request const& request, split_target const& target)
{
    if (request.method != "POST")
        return request.method;
    auto const tunnelled = request.headers.find("X-HTTP-Method-Override");
    return tunnelled.value_or(target.query.find("_method").value_or(request.method));
}

RINGTAIL_DECL services::call_details services::understand(http_request const& request,
                                                            split_target const& target) const
{
    using enum sandbox_call;
    auto const parts = target.segments();
    auto const method = method_of(request, target);
    auto const part = [&](std::size_t i) { return i < parts.size() ? parts[i] : std::string_view(); };
    auto const details = [](sandbox_call call, rate_group group, std::string_view id = {}, bool login = true) {
        call_details made;
        made.call = call;
        made.group = group;
        made.id = percent_decode(id);
        made.needs_login = login;
        return made;
    };

    if (part(0) == "subscribe" || part(0) == "time" || part(0) == "v2")
        return details(part(0) == "subscribe" || part(1) == "subscribe" ? pubnub_subscribe : other, rate_group::none,
                       "pubnub", false);
    if (part(0) != "restapi")
        return details(other, rate_group::none, {}, false);
    if (part(1) == "oauth") {
        if (part(2) == "authorize")
            return details(authorize, rate_group::none, {}, false);
        if (part(2) == "token" && method == "POST")
            return details(token, rate_group::auth, {}, false);
        if (part(2) == "revoke" && method == "POST")
            return details(revoke, rate_group::none, {}, false);
        if (part(2) == "wstoken" && method == "POST")
            return details(wstoken, rate_group::none);
    }
    if (part(2) == "subscription" && parts.size() == 3) {
        if (method == "POST")
            return details(subscription_create, rate_group::medium);
        if (method == "GET")
            return details(subscription_list, rate_group::light);
    }
    if (part(2) == "subscription" && parts.size() == 4) {
        if (method == "GET")
            return details(subscription_get, rate_group::light, part(3));
        if (method == "PUT")
            return details(subscription_modify, rate_group::medium, part(3));
        if (method == "DELETE")
            return details(subscription_delete, rate_group::medium, part(3));
    }
    if (part(2) == "subscription" && parts.size() == 5 && part(4) == "renew" && method == "POST")
        return details(subscription_renew, rate_group::light, part(3));
    bool const own_account = part(3) == "~" || part(3) == directory_.account_id();
    if (part(2) == "account" && own_account && part(4) == "extension" && method == "GET") {
        if (parts.size() == 5)
            return details(extension_list, rate_group::medium);
        if (parts.size() == 6)
            return details(other, rate_group::light, part(5));
        if (parts.size() == 7 && part(6) == "presence")
            return details(presence, rate_group::light, part(5));
        if (parts.size() == 7 && part(6) == "message-sync")
            return details(message_sync, rate_group::light, part(5));
        if (parts.size() == 7 && part(6) == "call-log")
            return details(call_log, rate_group::heavy, part(5));
    }
    if (part(2) == "account" && own_account && part(4) == "call-log" && parts.size() == 5 && method == "GET")
        return details(call_log, rate_group::heavy);
    if (part(2) == "account" && own_account && part(4) == "presence" && parts.size() == 5 && method == "GET")
        return details(presence, rate_group::heavy);
    return details(other, rate_group::none);
}

RINGTAIL_DECL bool services::is_upgrade(http_request const& request) const
{
    return request.method == "GET" && split_target(request.target).path == "/ws" &&
           same_text(request.headers.get("Upgrade"), "websocket");
}

RINGTAIL_DECL std::variant<gateway_id, http_reply> services::upgrade(http_request const& request, wall_time now)
{
    auto const damage = faults_.take(sandbox_call::gateway_connect);
    if (damage)
        if (auto reply = replacement(*damage))
            return finish(std::move(*reply), sandbox_call::gateway_connect, std::nullopt);
    auto opened = gateway_.open(request, damage, now);
    if (auto* const refusal = std::get_if<http_reply>(&opened))
        return finish(std::move(*refusal), sandbox_call::gateway_connect, damage);
    ++statistics_.answers[sandbox_call::gateway_connect][101];
    return opened;
}

RINGTAIL_DECL outcome services::handle(http_request const& request, wall_time now)
{
    return handle(request, origin_of_call(), now);
}

/// Out of the object that the answer's body is.
inline void remove_member(http_reply& reply, std::string_view name)
{
    boost::system::error_code problem;
    auto body = json::parse(reply.body, problem);
    if (problem || !body.is_object())
        return;
    body.get_object().erase(name);
    reply.body = json::serialize(body);
}

RINGTAIL_DECL outcome services::handle(http_request const& request, origin_of_call const& from, wall_time now)
{
    split_target const target(request.target);
    auto const what = understand(request, target);
    auto const damage = faults_.take(what.call);
    if (damage)
        if (auto reply = replacement(*damage))
            return finish(std::move(*reply), what.call, std::nullopt);
    if (damage && damage->effect == fault_effect::refuse_filter)
        subscriptions_.refuse_next(damage->part, damage->codes.empty() ? "SUB-412" : damage->codes.front());
    if (damage && damage->effect == fault_effect::region_change)
        pubnub_.change_region(damage->size != 0 ? static_cast<int>(damage->size) : options_.region + 1);

    field_list headers;
    auto served = serve(what, request, target, from, headers, now);
    if (auto const* const poll = std::get_if<poll_id>(&served)) {
        if (damage || what.call != sandbox_call::pubnub_subscribe)
            late_[*poll] = {what.call, damage, std::move(headers)};
        return served;
    }
    auto& reply = std::get<http_reply>(served);
    if (damage && damage->effect == fault_effect::no_uri)
        remove_member(reply, "uri");
    for (auto const& [name, value] : headers)
        reply.headers.set(name, value);
    return finish(std::move(reply), what.call, damage);
}

/// Logs in and counts, before `answer` does the work. `headers` are what the answer carries besides its own.
RINGTAIL_DECL outcome services::serve(call_details const& what, http_request const& request,
                                      split_target const& target, origin_of_call from, field_list& headers,
                                      wall_time now)
{
    if (what.id == "pubnub" && !what.needs_login)
        return pubnub_.handle(request, now);
    if (what.needs_login) {
        auto const login = from.who ? oauth_.check(from.who, now) : oauth_.check(request, target.query, now);
        if (!login.session)
            return login.refusal;
        from.who = login.session;
    }
    auto const user = from.who                            ? from.who->owner_id
                      : what.call == sandbox_call::token ? oauth_.subject(request)
                                                         : std::string();
    if (auto refusal = throttle_.admit(user + " " + oauth_.client_id(), what.group, now, headers))
        return std::move(*refusal);
    return answer(what, request, target, from, now);
}

RINGTAIL_DECL outcome services::answer(call_details const& what, http_request const& request,
                                       split_target const& target, origin_of_call const& from, wall_time now)
{
    auto const& who = from.who;
    switch (what.call) {
    case sandbox_call::authorize: return oauth_.authorize(target.query, now);
    case sandbox_call::token: return oauth_.token(request, now);
    case sandbox_call::revoke: return oauth_.revoke(request, now);
    case sandbox_call::wstoken: return oauth_.wstoken(who, now);
    case sandbox_call::subscription_create: return create(*who, request.body, from.via, now);
    case sandbox_call::subscription_list: return subscriptions_.list(*who, now);
    case sandbox_call::subscription_get: return subscriptions_.get(*who, what.id, now);
    case sandbox_call::subscription_modify:
        return subscriptions_.modify(*who, what.id, request.body, from.via, now);
    case sandbox_call::subscription_renew: return subscriptions_.renew(*who, what.id, from.via, now);
    case sandbox_call::subscription_delete: return subscriptions_.remove(*who, what.id, now);
    case sandbox_call::extension_list:
        if (auto refusal = missing_scope("ReadAccounts"))
            return std::move(*refusal);
        return directory_.list(target.query, origin_);
    case sandbox_call::presence:
        if (auto refusal = missing_scope("ReadPresence"))
            return std::move(*refusal);
        return read_presence(what.id == "~" ? who->owner_id : what.id, target.query);
    case sandbox_call::message_sync:
        if (auto refusal = missing_scope("ReadMessages"))
            return std::move(*refusal);
        return records_.messages(what.id == "~" ? who->owner_id : what.id, target.query, now);
    case sandbox_call::call_log:
        if (auto refusal = missing_scope("ReadCallLog"))
            return std::move(*refusal);
        return records_.calls(what.id == "~" ? who->owner_id : what.id, target.query, origin_, now);
    default: break;
    }
    if (what.group == rate_group::light)
        return directory_.one(what.id == "~" ? who->owner_id : what.id, origin_);
    return api_error(404, "CMN-120", "Invalid URI");
}

RINGTAIL_DECL outcome services::create(oauth_session const& who, std::string_view body, gateway_session via,
                                       wall_time now)
{
    auto prepared = subscriptions_.prepare(who, body, via, now);
    if (auto* const refusal = std::get_if<http_reply>(&prepared))
        return std::move(*refusal);
    auto& wish = std::get<subscription_wish>(prepared);
    if (wish.record.transport == "WebHook")
        return webhooks_.create(std::move(wish), now);
    return subscriptions_.admit(std::move(wish), now);
}

RINGTAIL_DECL std::optional<http_reply> services::missing_scope(std::string_view scope) const
{
    if (options_.scope.find(scope) != options_.scope.npos)
        return std::nullopt;
    return api_error(403, "CMN-401", "In order to call this API endpoint, application needs to have [" +
                                         std::string(scope) + "] permission");
}

/// What a client reads again after a gap: of one extension, or of all when `id` is empty.
RINGTAIL_DECL http_reply services::read_presence(std::string const& id, field_list const& query) const
{
    auto const base = origin_ + "/restapi/v1.0/account/" + directory_.account_id();
    auto const detail = event_filter("?detailedTelephonyState=" + query.get("detailedTelephonyState") +
                                         "&sipData=" + query.get("sipData"), "", "", true).detail();
    auto const describe = [&](extension_record const& person) {
        auto const uri = base + "/extension/" + person.id_text();
        json::object extension{{"uri", uri}, {"id", person.id}, {"extensionNumber", person.number}};
        json::object body{{"uri", uri + "/presence"}, {"extension", std::move(extension)}};
        auto const whole = trimmed(call_center_.presence(person), detail);
        for (auto const& [name, value] : whole.get_object())
            if (name != "extensionId" && name != "sequence")
                body[name] = value;
        return body;
    };
    if (!id.empty()) {
        auto const* const person = directory_.find(id);
        return person ? json_reply(200, describe(*person))
                      : api_error(404, "CMN-102", "Resource for parameter [extensionId] is not found", "extensionId");
    }
    json::array records;
    for (auto const& person : directory_.people())
        records.push_back(describe(person));
    return json_reply(200, json::object{{"uri", base + "/presence"}, {"records", std::move(records)}});
}

/// What every answer has; and what the fault does to it.
RINGTAIL_DECL http_reply services::finish(http_reply reply, sandbox_call call, std::optional<fault> const& damage)
{
    if (damage)
        spoil(reply, *damage);
    auto const silent = reply.effect == wire_effect::lost || reply.effect == wire_effect::stall ||
                        reply.effect == wire_effect::reset || reply.effect == wire_effect::raw;
    ++statistics_.answers[call][silent ? 0 : reply.status];
    reply.headers.set("Server", "nginx");
    if (call != sandbox_call::pubnub_subscribe) {
        reply.headers.set("RCRequestId", ids_.uuid());
        reply.headers.set("Content-Language", "en");
    }
    return reply;
}

RINGTAIL_DECL std::vector<std::pair<poll_id, http_reply>> services::take_ready(wall_time now)
{
    for (auto const& reminder : subscriptions_.take_reminders(now))
        deliver(reminder, now);
    for (auto const& each : call_center_.advance(now))
        publish(each.event, each.body, now);
    gateway_.advance(now);
    webhooks_.advance(now);
    auto ready = pubnub_.take_ready(now);
    for (auto& created : webhooks_.take_created())
        ready.push_back(std::move(created));
    for (auto& [poll, reply] : ready) {
        auto const kept = late_.extract(poll);
        auto const known = kept ? std::move(kept.mapped()) : late_answer();
        for (auto const& [name, value] : known.headers)
            reply.headers.set(name, value);
        reply = finish(std::move(reply), known.call, known.damage);
    }
    std::erase_if(ready, [&](auto const& each) { return gateway_.answer(each.first, each.second, now); });
    return ready;
}

RINGTAIL_DECL std::optional<wall_time> services::next_wakeup(wall_time now) const
{
    std::optional<wall_time> next;
    for (auto const& each : {pubnub_.next_deadline(), subscriptions_.next_reminder(now), call_center_.next(),
                             gateway_.next_wakeup(), webhooks_.next_wakeup()})
        if (each)
            next = std::min(next.value_or(*each), *each);
    return next;
}

RINGTAIL_DECL void services::abandon(poll_id poll)
{
    pubnub_.abandon(poll);
    auto const kept = late_.find(poll);
    if (kept != late_.end() && kept->second.call == sandbox_call::pubnub_subscribe)
        late_.erase(kept); // others are done nevertheless
}

RINGTAIL_DECL std::size_t services::publish(std::string_view event, json::value const& body, wall_time now)
{
    records_.note(event, body, now);
    auto const messages = subscriptions_.publish(event, body, now);
    std::set<std::string_view> hit;
    for (auto const& message : messages) {
        deliver(message, now);
        hit.insert(message.subscription_id);
    }
    return hit.size();
}

RINGTAIL_DECL bool services::publish_raw(std::string_view subscription_id, std::string text, wall_time now)
{
    auto const message = subscriptions_.publish_raw(subscription_id, std::move(text), now);
    if (message)
        deliver(*message, now);
    return message.has_value();
}

RINGTAIL_DECL void services::deliver(outgoing const& message, wall_time now)
{
    ++statistics_.messages_published;
    auto const damage = faults_.take(sandbox_call::message);
    if (damage && damage->effect == fault_effect::drop)
        return;
    if (message.transport == "WebSocket") {
        gateway_.notify(message, damage, now);
        return;
    }
    if (message.transport == "WebHook") {
        webhooks_.deliver(message, damage, now);
        return;
    }
    auto const payload = pubnub_payload(message, damage, ids_);
    pubnub_.post(message.address, payload, now);
    if (damage && damage->effect == fault_effect::duplicate)
        pubnub_.post(message.address, payload, now);
}

RINGTAIL_DECL sandbox_statistics services::statistics() const
{
    auto copy = statistics_;
    copy.throttled = throttle_.refused();
    copy.inside_penalty = throttle_.inside_penalty();
    copy.empty_polls = pubnub_.empty_polls();
    copy.messages_delivered = pubnub_.delivered();
    copy.faults = faults_.struck();
    gateway_.count(copy);
    webhooks_.count(copy);
    return copy;
}

} // namespace ringtail::sandbox_detail
