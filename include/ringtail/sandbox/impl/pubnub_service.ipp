// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/pubnub_service.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <ratio>

namespace ringtail::sandbox_detail {

using timetoken_unit = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;

inline constexpr std::size_t longest_channel = 92;
inline constexpr std::size_t longest_client_id = 92;
inline constexpr std::size_t longest_uri = 32 * 1024;
inline constexpr std::size_t repeated_after_region_change = 3;

inline http_reply pubnub_reply(std::string body)
{
    http_reply reply(200, std::move(body));
    reply.headers.set("Content-Type", "text/javascript; charset=\"UTF-8\"");
    reply.headers.set("Cache-Control", "no-cache");
    reply.headers.set("Access-Control-Allow-Origin", "*");
    return reply;
}

RINGTAIL_DECL http_reply pubnub_error(int status, std::string_view message, bool http_ok)
{
    json::object const body{{"status", status}, {"error", true}, {"message", message}, {"service", "Access Manager"}};
    auto reply = pubnub_reply(json::serialize(body));
    reply.status = http_ok ? 200 : status;
    return reply;
}

RINGTAIL_DECL pubnub_service::pubnub_service(sandbox_options const& options, id_source& ids)
    : options_(options), ids_(ids), region_(options.region)
{
}

RINGTAIL_DECL std::string pubnub_service::issue_subscriber_key()
{
    return *subscriber_keys_.insert("sub-c-" + ids_.uuid()).first;
}

RINGTAIL_DECL std::int64_t pubnub_service::current(wall_time now)
{
    auto const time = std::chrono::floor<timetoken_unit>(now.time_since_epoch()).count();
    return last_timetoken_ = std::max(last_timetoken_, time);
}

RINGTAIL_DECL void pubnub_service::post(pubnub_address const& where, std::string payload, wall_time now)
{
    channel_name const name(where.subscriber_key, where.channel);
    auto const too_old = std::chrono::floor<timetoken_unit>((now - options_.buffer_age).time_since_epoch()).count();
    if (!channels_.contains(name)) // and others may have come to their end
        std::erase_if(channels_, [&](auto const& each) { return each.second.back().timetoken < too_old; });
    auto& buffer = channels_[name];
    current(now);
    buffer.push_back({++last_timetoken_, std::move(payload), 1});
    while (buffer.size() > options_.buffer_size || (!buffer.empty() && buffer.front().timetoken < too_old))
        buffer.pop_front();
    auto const [first, last] = listeners_.equal_range(name);
    for (auto listener = first; listener != last; ++listener)
        due_.insert(listener->second);
}

RINGTAIL_DECL void pubnub_service::change_region(int region) noexcept
{
    region_ = region;
    to_repeat_.clear();
    for (auto const& [name, buffer] : channels_)
        to_repeat_.insert(name);
}

RINGTAIL_DECL outcome pubnub_service::handle(http_request const& request, wall_time now)
{
    if (request.target.size() > longest_uri)
        return pubnub_error(414, "Request URI Too Long");
    split_target const target(request.target);
    auto const parts = target.segments();
    if (parts.front() == "time")
        return pubnub_reply("[" + std::to_string(current(now)) + "]");
    if (parts.size() > 3 && parts[1] == "presence")
        return pubnub_reply(R"({"status":200,"message":"OK","action":")" + std::string(parts.back()) +
                            R"(","service":"Presence"})");

    bool const legacy = parts.front() == "subscribe"; // /subscribe/{key}/{channels}/0/{tt}
    std::size_t const first = legacy ? 1 : 2;         // /v2/subscribe/{key}/{channels}/0?tt=
    if (parts.size() != 5 || request.method != "GET")
        return pubnub_error(404, "Not Found");
    waiting_poll wanted;
    wanted.legacy = legacy;
    wanted.subscriber_key = percent_decode(parts[first]);
    for (auto rest = parts[first + 1]; !rest.empty();) {
        auto const name = rest.substr(0, rest.find(','));
        if (!name.empty())
            wanted.channels.push_back(percent_decode(name));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    }
    wanted.since_text = legacy ? std::string(parts[4]) : target.query.find("tt").value_or("0");
    return subscribe(std::move(wanted), target.query, now);
}

RINGTAIL_DECL outcome pubnub_service::subscribe(waiting_poll wanted, field_list const& query, wall_time now)
{
    if (!subscriber_keys_.contains(wanted.subscriber_key))
        return pubnub_error(400, "Invalid Subscribe Key");
    if (query.get("uuid").size() > longest_client_id)
        return pubnub_error(400, "Invalid UUID");
    for (auto const& name : wanted.channels)
        if (name.size() > longest_channel)
            return pubnub_error(400, "Channel name is too long");
    auto const& text = wanted.since_text;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), wanted.since);
    if (problem != std::errc() || end != text.data() + text.size() || wanted.since < 0)
        return pubnub_error(400, "Invalid timetoken");

    if (wanted.since == 0)
        return compose(wanted, std::to_string(current(now)), {});
    if (auto reply = answer(wanted, now))
        return std::move(*reply);

    poll_id const id{++last_poll_};
    wanted.deadline = now + options_.poll_hold;
    deadlines_.emplace(wanted.deadline, id);
    for (auto const& name : wanted.channels)
        listeners_.emplace(channel_name(wanted.subscriber_key, name), id);
    waiting_.emplace(id, std::move(wanted));
    return id;
}

/// The reply when there is something to say: of all channels together, the newest messages that fit.
RINGTAIL_DECL std::optional<http_reply> pubnub_service::answer(waiting_poll const& poll, wall_time now)
{
    auto const too_old = std::chrono::floor<timetoken_unit>((now - options_.buffer_age).time_since_epoch()).count();
    found_messages found;
    for (auto const& name : poll.channels) {
        auto const channel = channels_.find({poll.subscriber_key, name});
        if (channel == channels_.end())
            continue;
        auto const& buffer = channel->second;
        std::size_t const repeated = to_repeat_.erase(channel->first) != 0 ? repeated_after_region_change : 0;
        for (std::size_t i = 0; i < buffer.size(); ++i)
            if (buffer[i].timetoken >= too_old && (buffer[i].timetoken > poll.since || i + repeated >= buffer.size()))
                found.emplace_back(&name, &buffer[i]);
    }
    if (found.empty())
        return std::nullopt;
    std::sort(found.begin(), found.end(),
              [](auto const& a, auto const& b) { return a.second->timetoken < b.second->timetoken; });
    if (found.size() > options_.buffer_size)
        found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(options_.buffer_size));
    delivered_ += found.size();
    return compose(poll, std::to_string(std::max(poll.since, found.back().second->timetoken)), found);
}

RINGTAIL_DECL http_reply pubnub_service::compose(waiting_poll const& poll, std::string const& cursor,
                                                 found_messages const& messages) const
{
    std::string list;
    std::string names;
    for (auto const& [channel, message] : messages) {
        list += list.empty() ? "" : ",";
        names += names.empty() ? *channel : "," + *channel;
        if (poll.legacy)
            list += message->payload;
        else
            list += R"({"a":"1","f":0,"p":{"t":")" + std::to_string(message->timetoken) + R"(","r":)" +
                    std::to_string(message->region) + R"(},"k":")" + poll.subscriber_key + R"(","c":)" +
                    json::serialize(json::string(*channel)) + R"(,"d":)" + message->payload + "}";
    }
    if (!poll.legacy)
        return pubnub_reply(R"({"t":{"t":")" + cursor + R"(","r":)" + std::to_string(region_) + R"(},"m":[)" + list +
                            "]}");
    auto const third = poll.channels.size() > 1 ? "," + json::serialize(json::string(names)) : std::string();
    return pubnub_reply("[[" + list + "],\"" + cursor + "\"" + third + "]");
}

RINGTAIL_DECL std::vector<std::pair<poll_id, http_reply>> pubnub_service::take_ready(wall_time now)
{
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        due_.insert(deadlines_.begin()->second);
        deadlines_.erase(deadlines_.begin());
    }
    std::vector<std::pair<poll_id, http_reply>> ready;
    for (auto const id : std::exchange(due_, {})) {
        auto const& poll = waiting_.at(id);
        auto reply = answer(poll, now);
        if (!reply && now < poll.deadline)
            continue;
        if (!reply) {
            ++empty_polls_;
            bool const moves = options_.empty_poll_moves_cursor;
            reply = compose(poll, moves ? std::to_string(current(now)) : poll.since_text, {});
        }
        ready.emplace_back(id, std::move(*reply));
        abandon(id);
    }
    return ready;
}

RINGTAIL_DECL std::optional<wall_time> pubnub_service::next_deadline() const
{
    if (deadlines_.empty())
        return std::nullopt;
    return deadlines_.begin()->first;
}

RINGTAIL_DECL void pubnub_service::abandon(poll_id id)
{
    auto const found = waiting_.find(id);
    if (found == waiting_.end())
        return;
    auto const& poll = found->second;
    for (auto const& name : poll.channels) {
        auto const [first, last] = listeners_.equal_range({poll.subscriber_key, name});
        for (auto each = first; each != last;)
            each = each->second == id ? listeners_.erase(each) : std::next(each);
    }
    deadlines_.erase({poll.deadline, id});
    due_.erase(id);
    waiting_.erase(found);
}

} // namespace ringtail::sandbox_detail
