// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/gateway_service.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <limits>

namespace ringtail::sandbox_detail {

inline constexpr std::size_t wsc_key_size = 8;
inline constexpr std::size_t wsc_tag_size = 4;
inline constexpr std::uint64_t whatever_was_not_sent = std::numeric_limits<std::uint64_t>::max();

RINGTAIL_DECL gateway_service::gateway_service(sandbox_options const& options, id_source& ids, oauth_service& oauth,
                                               subscription_service& subscriptions, fault_book& faults,
                                               request_handler handler)
    : options_(options)
    , ids_(ids)
    , oauth_(oauth)
    , subscriptions_(subscriptions)
    , faults_(faults)
    , handler_(std::move(handler))
    , mark_(ids.bytes(16))
{
}

// Recovery tokens: a key for the session, and how far the client has come ------------------------------------------

RINGTAIL_DECL std::string gateway_service::token_of(client_session const& of) const
{
    auto content = of.key;
    auto const place = options_.wsc_token_per_frame ? of.sent : whatever_was_not_sent;
    for (int shift = 56; shift >= 0; shift -= 8)
        content += static_cast<char>(place >> static_cast<unsigned>(shift) & 0xff);
    content += sha256(mark_ + content).substr(0, wsc_tag_size);
    return options_.awkward_wsc ? base64_encode(content) : base64url_encode(content);
}

RINGTAIL_DECL std::optional<std::pair<std::string, std::uint64_t>>
gateway_service::read_token(std::string_view wsc) const
{
    std::string text(wsc);
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    text.resize((text.size() + 3) / 4 * 4, '=');
    auto content = base64_decode(text).value_or(std::string());
    if (content.size() != wsc_key_size + 8 + wsc_tag_size)
        return std::nullopt;
    auto const tag = content.substr(wsc_key_size + 8);
    content.resize(wsc_key_size + 8);
    if (sha256(mark_ + content).substr(0, wsc_tag_size) != tag)
        return std::nullopt;
    std::uint64_t place = 0;
    for (auto const c : content.substr(wsc_key_size))
        place = place << 8 | static_cast<std::uint64_t>(static_cast<unsigned char>(c));
    return std::pair(content.substr(0, wsc_key_size), place);
}

RINGTAIL_DECL void gateway_service::name(client_session& of)
{
    if (options_.wsc_single_use)
        keys_.erase(of.key);
    of.key = ids_.bytes(wsc_key_size);
    of.sequence = 0;
    keys_[of.key] = of.id;
}

RINGTAIL_DECL void gateway_service::end_session(gateway_session id)
{
    subscriptions_.end_session(id);
    std::erase_if(keys_, [&](auto const& entry) { return entry.second == id; });
    sessions_.erase(id);
}

// Connections ------------------------------------------------------------------------------------------------------

RINGTAIL_DECL gateway_service::web_socket* gateway_service::alive(gateway_id id)
{
    auto const found = connections_.find(id);
    return found == connections_.end() || found->second.over || found->second.stalled ? nullptr : &found->second;
}

RINGTAIL_DECL std::variant<gateway_id, http_reply> gateway_service::open(http_request const& upgrade,
                                                                         std::optional<fault> const& damage,
                                                                         wall_time now)
{
    advance(now); // so that no session is found whose time is over
    split_target const target(upgrade.target);
    auto token = target.query.get("access_token");
    auto const header = upgrade.headers.get("Authorization");
    if (token.empty() && same_text(std::string_view(header).substr(0, 7), "Bearer "))
        token = header.substr(7);
    auto login = oauth_.redeem_wstoken(token, now);
    counted_.gateway_refused += login ? 0u : 1u;
    if (!login && options_.gateway_refuses_upgrade)
        return api_error(401, token.empty() ? "AGW-401" : "OAU-213", "Token not found", {}, "TokenInvalid");

    gateway_id const id{++last_id_};
    auto& made = connections_[id];
    made.opened = now;
    made.active = now;
    made.renewal = now + options_.websocket_lifetime / 2;
    if (options_.ping_interval.count() != 0)
        made.next_ping = now + options_.ping_interval;
    soonest_ = std::min(soonest_, now); // `scan` finds out
    if (!login) {
        send_error(id, {}, 401, token.empty() ? "AGW-401" : "OAU-213", "Token not found");
        finish(id, gateway_step::close, now);
    } else if (damage && damage->effect == fault_effect::error_frame) {
        strike(id, *damage, now);
        finish(id, gateway_step::close, now);
    } else if (damage && damage->effect == fault_effect::delay) {
        greetings_.emplace(now + damage->delay, greeting{id, target.query.get("wsc"), std::move(login)});
    } else if (!damage || damage->effect != fault_effect::no_details) {
        greet(id, target.query.get("wsc"), std::move(login), damage, now);
    }
    return id;
}

/// The first frame, and what a recovery brings.
RINGTAIL_DECL void gateway_service::greet(gateway_id id, std::string const& wsc, std::shared_ptr<oauth_session> login,
                                          std::optional<fault> const& damage, wall_time now)
{
    auto const place = read_token(wsc);
    if (!wsc.empty() && !place) {
        ++counted_.refused_recoveries;
        send_error(id, {}, 400, "WSG-400", "Recovery token is malformed");
        return finish(id, gateway_step::close, now);
    }
    client_session* former = nullptr;
    json::object recovery;
    auto const fail = [&](std::string_view code) {
        recovery["recoveryState"] = "Failed";
        recovery["recoveryErrorCode"] = code;
        ++counted_.failed_recoveries;
    };
    if (place) {
        auto const key = keys_.find(place->first);
        former = key == keys_.end() ? nullptr : &sessions_.at(key->second);
        if (damage && damage->effect == fault_effect::recovery_unsaid) {
            if (!damage->part.empty())
                recovery["recoveryState"] = damage->part;
            former = nullptr;
        } else if (damage && damage->effect == fault_effect::recovery_refused) {
            fail(damage->codes.empty() ? "WSG-1005" : damage->codes.front());
            if (former && !former->connection)
                end_session(former->id);
            former = nullptr;
        } else if (former && former->login->id != login->id) {
            fail("WSG-1003");
            former = nullptr;
        } else if (!former || !subscriptions_.of_session(former->id, now)) {
            fail("WSG-1005");
            former = nullptr;
        } else {
            recovery["recoveryState"] = "Successful";
            ++counted_.recoveries;
        }
    }
    if (!former) {
        gateway_session const made{++last_id_};
        former = &sessions_[made];
        former->id = made;
        former->login = std::move(login);
    }
    auto& whole = *former;
    if (whole.connection) // the sandbox has not noticed yet that this one is dead
        finish(*whole.connection, gateway_step::finish, now);
    whole.connection = id;
    connections_[id].session = whole.id;
    name(whole);
    whole.sent = std::min(whole.sent, place ? place->second : whole.sent);
    ++counted_.gateway_connections;

    auto const first = whole.buffer.empty() ? whole.serial + 1 : whole.buffer.front().serial;
    counted_.messages_overflowed += first > whole.sent + 1 ? first - whole.sent - 1 : 0;
    auto const missed = static_cast<std::size_t>(std::count_if(
        whole.buffer.begin(), whole.buffer.end(), [&](auto const& each) { return each.serial > whole.sent; }));
    counted_.messages_replayed += missed;
    bool const later = missed != 0 && options_.replay_delay.count() != 0;
    send_details(id, recovery, damage, options_.replay_in_one_segment && missed != 0 && !later, now);
    if (later && alive(id)) {
        connections_.at(id).replay = now + options_.replay_delay;
        wake_at(now + options_.replay_delay);
    } else {
        replay(id, whole);
    }
    if (damage && alive(id))
        strike(id, *damage, now);
}

/// What the connection has not been sent.
RINGTAIL_DECL void gateway_service::replay(gateway_id id, client_session& of)
{
    for (auto const& each : of.buffer)
        if (each.serial > of.sent && alive(id))
            send_notification(id, of, each, {}, options_.replay_in_one_segment && &each != &of.buffer.back());
}

RINGTAIL_DECL void gateway_service::closed(gateway_id id, wall_time now)
{
    detach(id, now);
    connections_.erase(id);
}

/// The session goes on without its connection, for a while.
RINGTAIL_DECL void gateway_service::detach(gateway_id id, wall_time now)
{
    auto const found = connections_.find(id);
    if (found == connections_.end())
        return;
    auto const session = sessions_.find(found->second.session);
    if (session == sessions_.end() || session->second.connection != id)
        return;
    session->second.connection.reset();
    session->second.ends = now + options_.recovery_timeout;
    wake_at(session->second.ends);
}

RINGTAIL_DECL void gateway_service::finish(gateway_id id, gateway_step how, wall_time now, std::uint16_t code)
{
    act(id, how);
    actions_.back().code = code;
    connections_.at(id).over = true;
    detach(id, now);
}

RINGTAIL_DECL std::size_t gateway_service::disturb(fault const& what, wall_time now)
{
    std::vector<gateway_id> open;
    for (auto const& [id, each] : connections_)
        if (!each.over && !each.stalled)
            open.push_back(id);
    for (auto const id : open) {
        faults_.count_strike();
        strike(id, what, now);
    }
    return open.size();
}

/// What a fault does to a whole connection; whether the connection lives on.
RINGTAIL_DECL bool gateway_service::strike(gateway_id id, fault const& what, wall_time now)
{
    switch (what.effect) {
    case fault_effect::reset: finish(id, gateway_step::reset, now); break;
    case fault_effect::lost: finish(id, gateway_step::finish, now); break;
    case fault_effect::close_frame:
        finish(id, gateway_step::close, now, static_cast<std::uint16_t>(what.size));
        break;
    case fault_effect::stall:
        act(id, gateway_step::stall);
        connections_.at(id).stalled = true;
        break;
    case fault_effect::no_pong: act(id, gateway_step::mute); break;
    case fault_effect::garbage: act(id, gateway_step::send_raw, "\xff\xfe this is no frame"); break;
    case fault_effect::error_frame:
        send_error(id, {}, what.http_status, what.codes.empty() ? "CMN-203" : what.codes.front(), "Injected fault");
        break;
    case fault_effect::details_again: repeat_details(id); break;
    default: break;
    }
    return alive(id) != nullptr;
}

// Time -------------------------------------------------------------------------------------------------------------

RINGTAIL_DECL void gateway_service::advance(wall_time now)
{
    while (!delayed_.empty() && delayed_.begin()->first <= now) {
        auto const due = delayed_.extract(delayed_.begin());
        reply_now(due.mapped().first, due.mapped().second, now);
    }
    while (!greetings_.empty() && greetings_.begin()->first <= now) {
        auto const due = std::move(greetings_.extract(greetings_.begin()).mapped());
        if (alive(due.id))
            greet(due.id, due.wsc, due.login, std::nullopt, now);
    }
    if (soonest_ <= now)
        scan(now);
}

RINGTAIL_DECL void gateway_service::scan(wall_time now)
{
    soonest_ = wall_time::max();
    auto const expire = [&](gateway_id id, std::string_view code, std::string_view words) {
        ++counted_.gateway_timeouts;
        bool const heard = alive(id);
        if (heard)
            send_error(id, {}, 0, code, words);
        finish(id, heard ? gateway_step::close : gateway_step::finish, now);
    };
    auto const due = [&](std::optional<wall_time> when) {
        if (when && *when > now)
            wake_at(*when);
        return when && *when <= now;
    };
    auto const limit = [](wall_time since, std::chrono::milliseconds timeout) {
        return timeout.count() == 0 ? std::nullopt : std::optional(since + timeout);
    };
    for (auto& [id, each] : connections_) {
        if (each.over)
            continue;
        if (due(limit(each.opened, options_.absolute_timeout))) {
            expire(id, "WSG-903", "Absolute timeout");
        } else if (due(limit(each.active, options_.idle_timeout))) {
            expire(id, "WSG-902", "Idle timeout");
        } else if (due(each.pong_due)) {
            ++counted_.gateway_timeouts;
            finish(id, gateway_step::finish, now);
        } else {
            if (due(each.next_ping)) {
                act(id, gateway_step::ping);
                each.next_ping = now + options_.ping_interval;
                if (!each.pong_due)
                    each.pong_due = limit(now, options_.pong_timeout);
                wake_at(*each.next_ping);
                wake_at(each.pong_due.value_or(wall_time::max()));
            }
            if (due(each.replay)) {
                each.replay.reset();
                replay(id, sessions_.at(each.session));
            }
            if (due(each.renewal)) {
                subscriptions_.prolong_session(each.session, now);
                each.renewal = now + std::max(options_.websocket_lifetime / 2, std::chrono::seconds(1));
                wake_at(each.renewal);
            }
        }
    }
    std::vector<gateway_session> ended;
    for (auto const& [id, each] : sessions_)
        if (!each.connection && due(each.ends))
            ended.push_back(id);
    for (auto const id : ended)
        end_session(id);
}

RINGTAIL_DECL std::optional<wall_time> gateway_service::next_wakeup() const
{
    auto next = delayed_.empty() ? soonest_ : std::min(soonest_, delayed_.begin()->first);
    if (!greetings_.empty())
        next = std::min(next, greetings_.begin()->first);
    return next == wall_time::max() ? std::nullopt : std::optional(next);
}

RINGTAIL_DECL void gateway_service::receive_pong(gateway_id id)
{
    if (auto const found = connections_.find(id); found != connections_.end())
        found->second.pong_due.reset();
}

RINGTAIL_DECL void gateway_service::count(sandbox_statistics& statistics) const
{
    statistics.gateway_connections = counted_.gateway_connections;
    statistics.gateway_open = static_cast<std::uint64_t>(
        std::count_if(connections_.begin(), connections_.end(), [](auto const& each) { return !each.second.over; }));
    statistics.gateway_refused = counted_.gateway_refused;
    statistics.gateway_early_frames = counted_.gateway_early_frames;
    statistics.gateway_requests = counted_.gateway_requests;
    statistics.gateway_heartbeats = counted_.gateway_heartbeats;
    statistics.gateway_timeouts = counted_.gateway_timeouts;
    statistics.excess_requests = counted_.excess_requests;
    statistics.recoveries = counted_.recoveries;
    statistics.failed_recoveries = counted_.failed_recoveries;
    statistics.refused_recoveries = counted_.refused_recoveries;
    statistics.messages_replayed = counted_.messages_replayed;
    statistics.messages_overflowed = counted_.messages_overflowed;
    statistics.messages_delivered += counted_.messages_delivered;
}

} // namespace ringtail::sandbox_detail
