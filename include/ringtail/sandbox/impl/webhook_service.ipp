// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/webhook_service.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace ringtail::sandbox_detail {

inline constexpr std::uint64_t first_creation = std::uint64_t{1} << 63; // polls have the numbers below

RINGTAIL_DECL webhook_url::webhook_url(std::string_view text)
{
    auto const scheme = text.substr(0, text.find("://"));
    bool const known = same_text(scheme, "https") || same_text(scheme, "http");
    if (!known || scheme.size() == text.size())
        return;
    secure = same_text(scheme, "https");
    text.remove_prefix(scheme.size() + 3);
    auto const authority = text.substr(0, text.find_first_of("/?#"));
    auto const rest = text.substr(authority.size());
    target = std::string(rest.substr(0, rest.find('#')));
    if (!target.starts_with("/"))
        target.insert(0, "/");
    auto const name = authority.substr(authority.find('@') == authority.npos ? 0 : authority.find('@') + 1);
    bool const bracketed = name.starts_with("[");
    auto const end = bracketed ? name.find(']') : name.find(':');
    host = std::string(name.substr(bracketed ? 1 : 0, end - (bracketed ? 1 : 0)));
    auto const colon = name.find(':', bracketed && end != name.npos ? end : 0);
    port = colon == name.npos ? (secure ? "443" : "80") : std::string(name.substr(colon + 1));
}

RINGTAIL_DECL bool webhook_url::is_loopback() const
{
    bool const number = host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos;
    return number || host == "::1" || same_text(host, "localhost");
}

RINGTAIL_DECL webhook_service::webhook_service(sandbox_options const& options, id_source& ids, fault_book& faults,
                                               subscription_service& subscriptions)
    : options_(options), ids_(ids), faults_(faults), subscriptions_(subscriptions)
{
}

// The handshake ----------------------------------------------------------------------------------------------------

RINGTAIL_DECL outcome webhook_service::create(subscription_wish wish, wall_time now)
{
    webhook_url const url(wish.record.url);
    if (url.host.empty())
        return api_error(400, "CMN-101", "Parameter [deliveryMode.address] value is invalid", "deliveryMode.address");
    if (!url.is_loopback())
        return url.secure ? api_error(400, "SUB-521", "Webhook is unreachable: the sandbox posts to loopback only",
                                      "deliveryMode.address")
                          : api_error(400, "SUB-523", "Webhook address has to be HTTPS", "deliveryMode.address");
    std::erase_if(hooks_, [&](auto const& each) {
        return !each.second.busy && !subscriptions_.exists(each.first, now);
    });
    handshake wanted;
    wanted.poll = poll_id{first_creation + ++last_id_};
    auto const poll = wanted.poll;
    auto const address = wish.record.url;
    auto const verification_token = wish.record.verification_token;
    wanted.wish = std::move(wish);
    ask(std::move(wanted), address, verification_token, now);
    return poll;
}

RINGTAIL_DECL webhook_post webhook_service::make_post(std::string const& url, std::string body) const
{
    webhook_post made;
    made.url = webhook_url(url);
    made.body = std::move(body);
    made.timeout = options_.webhook_timeout;
    made.headers.set("User-Agent", "RingCentral-Webhook/1.0");
    if (!made.body.empty())
        made.headers.set("Content-Type", "application/json; charset=UTF-8");
    return made;
}

RINGTAIL_DECL void webhook_service::ask(handshake wanted, std::string const& url,
                                        std::string const& verification_token, wall_time now)
{
    auto made = make_post(url, {});
    wanted.token = ids_.uuid();
    made.headers.set("Validation-Token", wanted.token);
    if (!verification_token.empty() && options_.verification_token_on_validation)
        made.headers.set("Verification-Token", verification_token);
    auto const damage = faults_.take(sandbox_call::webhook_validation);
    if (damage)
        if (damage->effect == fault_effect::reset || damage->effect == fault_effect::lost)
            made.effect = damage->effect == fault_effect::reset ? wire_effect::reset : wire_effect::lost;
    bool const late = damage && damage->effect == fault_effect::delay;
    task asking;
    asking.asking = std::move(wanted);
    schedule(std::move(made), std::move(asking), late ? damage->delay : std::chrono::milliseconds(0), now);
}

/// Why an address may not have a subscription; empty when it may.
inline std::optional<http_reply> refuse_webhook(webhook_result const& result, std::string_view token,
                                                std::size_t limit)
{
    using kind = webhook_result::kind;
    auto const refused = [](std::string_view code, std::string_view message) {
        return api_error(400, code, message, "deliveryMode.address");
    };
    if (result.outcome == kind::bad_certificate)
        return refused("SUB-524", "Webhook certificate chain is not trusted");
    if (result.outcome == kind::unreachable || result.outcome == kind::timed_out)
        return refused("SUB-521", "Webhook is unreachable");
    if (result.outcome == kind::invalid)
        return refused("SUB-525", "Webhook response is invalid");
    if (result.status != 200)
        return refused("SUB-522", "Webhook responds with HTTP status " + std::to_string(result.status));
    if (result.size > limit)
        return refused("SUB-525", "Webhook response is too large");
    if (result.headers.find("Validation-Token") != std::string(token))
        return refused("SUB-520", "Webhook response does not have the validation token");
    auto const type = result.headers.get("Content-Type");
    if (!same_text(std::string_view(type).substr(0, type.find_first_of("; ")), "application/json"))
        return refused("SUB-525", "Webhook response has not the content type application/json");
    return std::nullopt;
}

RINGTAIL_DECL void webhook_service::handshake_done(handshake asked, webhook_result const& result, wall_time now)
{
    auto refusal = refuse_webhook(result, asked.token, options_.webhook_response_limit);
    if (!asked.revived.empty()) {
        auto const hook = hooks_.find(asked.revived);
        if (hook == hooks_.end())
            return;
        if (!refusal && subscriptions_.revive(asked.revived))
            hook->second.failing_since.reset();
        else
            hook->second.recheck = now + options_.blacklist_recheck;
        return;
    }
    auto reply = refusal ? std::move(*refusal) : subscriptions_.admit(std::move(asked.wish), now);
    created_.emplace_back(asked.poll, std::move(reply));
}

RINGTAIL_DECL std::vector<std::pair<poll_id, http_reply>> webhook_service::take_created()
{
    return std::exchange(created_, {});
}

// Deliveries -------------------------------------------------------------------------------------------------------

RINGTAIL_DECL void webhook_service::deliver(outgoing const& message, std::optional<fault> const& damage,
                                            wall_time now)
{
    auto& hook = hooks_[message.subscription_id];
    hook.url = message.url;
    delivery made;
    made.message = message;
    made.swapped = damage && damage->effect == fault_effect::out_of_order;
    if (damage && damage->effect == fault_effect::not_json)
        made.message.envelope = "this is no JSON";
    if (damage && damage->effect == fault_effect::out_of_order && !hook.held) {
        hook.held = std::move(made);
        return;
    }
    if (damage && damage->effect == fault_effect::duplicate)
        hook.waiting.push_back(made);
    hook.waiting.push_back(std::move(made));
    if (hook.held)
        hook.waiting.push_back(*std::exchange(hook.held, std::nullopt));
    proceed(message.subscription_id, now);
}

/// The next one, when none is under way.
RINGTAIL_DECL void webhook_service::proceed(std::string const& id, wall_time now)
{
    auto const found = hooks_.find(id);
    if (found == hooks_.end())
        return;
    auto& hook = found->second;
    if (!subscriptions_.delivers(id, now)) {
        hook.waiting.clear();
        hook.held.reset();
        if (!hook.busy && !subscriptions_.exists(id, now))
            hooks_.erase(found);
        return;
    }
    if (hook.busy || hook.waiting.empty())
        return;
    auto next = std::move(hook.waiting.front());
    hook.waiting.pop_front();
    post(id, std::move(next), now);
}

RINGTAIL_DECL void webhook_service::post(std::string const& id, delivery what, wall_time now)
{
    auto& hook = hooks_.at(id);
    auto const damage = faults_.take(sandbox_call::webhook_delivery);
    auto const effect = damage ? damage->effect : fault_effect::status; // which does nothing to a request
    if (effect == fault_effect::drop)
        return proceed(id, now);
    if (effect == fault_effect::out_of_order && !what.swapped) {
        what.swapped = true;
        if (hook.waiting.empty())
            hook.held = std::move(what);
        else
            hook.waiting.insert(hook.waiting.begin() + 1, std::move(what));
        return proceed(id, now);
    }
    ++what.attempts;
    counted_.webhook_repeats += what.attempts > 1 ? 1u : 0u;
    auto made = make_post(what.message.url,
                          effect == fault_effect::not_json ? "this is no JSON" : what.message.envelope);
    if (!what.message.verification_token.empty())
        made.headers.set("Verification-Token", what.message.verification_token);
    if (options_.validation_token_on_delivery)
        made.headers.set("Validation-Token", ids_.uuid());
    switch (effect) {
    case fault_effect::reset: made.effect = wire_effect::reset; break;
    case fault_effect::cut_body: made.effect = wire_effect::cut_body; break;
    case fault_effect::trickle: made.effect = wire_effect::trickle; break;
    default: break;
    }
    if (effect == fault_effect::duplicate) {
        task twin;
        twin.subscription_id = id;
        twin.ignored = true;
        schedule(made, std::move(twin), std::chrono::milliseconds(0), now);
    }
    task sent;
    sent.subscription_id = id;
    sent.delivering = std::move(what);
    sent.lost = effect == fault_effect::lost;
    hook.busy = true;
    auto const pause = effect == fault_effect::delay ? damage->delay : std::chrono::milliseconds(0);
    schedule(std::move(made), std::move(sent), pause, now);
}

RINGTAIL_DECL void webhook_service::schedule(webhook_post made, task what, std::chrono::milliseconds delay,
                                             wall_time now)
{
    made.id = post_id{++last_id_};
    under_way_.emplace(made.id, std::move(what));
    to_post_.emplace(now + delay, std::move(made));
}

RINGTAIL_DECL std::vector<webhook_post> webhook_service::take_posts(wall_time now)
{
    std::vector<webhook_post> due;
    while (!to_post_.empty() && to_post_.begin()->first <= now)
        due.push_back(std::move(to_post_.extract(to_post_.begin()).mapped()));
    return due;
}

RINGTAIL_DECL void webhook_service::report(post_id id, webhook_result const& result, wall_time now)
{
    auto found = under_way_.extract(id);
    if (!found)
        return;
    auto& what = found.mapped();
    auto const status = result.outcome == webhook_result::kind::answered && !what.lost ? result.status : 0;
    auto const call = what.asking ? sandbox_call::webhook_validation : sandbox_call::webhook_delivery;
    ++counted_.answers[call][status];
    if (what.asking)
        return handshake_done(std::move(*what.asking), result, now);
    if (what.ignored)
        return;
    auto const hook = hooks_.find(what.subscription_id);
    if (hook == hooks_.end())
        return;
    hook->second.busy = false;
    delivered(what.subscription_id, std::move(*what.delivering), status >= 200 && status < 300, result, now);
    proceed(what.subscription_id, now);
}

RINGTAIL_DECL void webhook_service::delivered(std::string const& id, delivery what, bool succeeded,
                                              webhook_result const& result, wall_time now)
{
    auto& hook = hooks_.at(id);
    if (succeeded) {
        hook.failing_since.reset();
        return;
    }
    hook.failing_since = hook.failing_since.value_or(now);
    if (now - *hook.failing_since >= options_.blacklist_after) {
        using kind = webhook_result::kind;
        auto const reason = result.outcome == kind::answered    ? "HTTP status " + std::to_string(result.status)
                            : result.outcome == kind::timed_out ? std::string("Timeout")
                            : result.outcome == kind::invalid   ? std::string("Invalid response")
                                                                : std::string("Connection failed");
        if (subscriptions_.delivers(id, now) && subscriptions_.blacklist(id, reason, now)) {
            ++counted_.webhooks_blacklisted;
            if (options_.blacklist_recheck.count() != 0)
                hook.recheck = now + options_.blacklist_recheck;
        }
        return;
    }
    if (what.attempts >= options_.webhook_attempts)
        return;
    auto const factor = std::int64_t{1} << std::min<std::size_t>(what.attempts - 1, 20);
    retries_.emplace(now + options_.webhook_retry_delay * factor, std::pair(id, std::move(what)));
}

RINGTAIL_DECL void webhook_service::advance(wall_time now)
{
    while (!retries_.empty() && retries_.begin()->first <= now) {
        auto [id, what] = std::move(retries_.extract(retries_.begin()).mapped());
        if (auto const hook = hooks_.find(id); hook != hooks_.end()) {
            hook->second.waiting.push_front(std::move(what));
            proceed(id, now);
        }
    }
    for (auto& [id, hook] : hooks_)
        if (hook.recheck <= now) {
            hook.recheck = wall_time::max();
            if (!subscriptions_.exists(id, now))
                continue;
            handshake again;
            again.revived = id;
            ask(std::move(again), hook.url, {}, now);
        }
}

RINGTAIL_DECL std::optional<wall_time> webhook_service::next_wakeup() const
{
    std::optional<wall_time> next;
    auto const consider = [&](wall_time when) { next = std::min(next.value_or(when), when); };
    if (!to_post_.empty())
        consider(to_post_.begin()->first);
    if (!retries_.empty())
        consider(retries_.begin()->first);
    for (auto const& [id, hook] : hooks_)
        if (hook.recheck != wall_time::max())
            consider(hook.recheck);
    return next;
}

RINGTAIL_DECL void webhook_service::count(sandbox_statistics& statistics) const
{
    for (auto const& [call, by_status] : counted_.answers)
        statistics.answers[call] = by_status;
    statistics.webhook_repeats = counted_.webhook_repeats;
    statistics.webhooks_blacklisted = counted_.webhooks_blacklisted;
}

} // namespace ringtail::sandbox_detail
