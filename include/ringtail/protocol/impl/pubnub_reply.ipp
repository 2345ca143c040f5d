// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/protocol/json_scanner.hpp>
#include <ringtail/protocol/json_unescape.hpp>
#include <ringtail/protocol/pubnub_reply.hpp>

#include <algorithm>
#include <charconv>

namespace ringtail::protocol {

namespace detail {

inline bool is_timetoken(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= 20 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Text of a string or number member: the services send some of them either way.
inline bool read_scalar(json_scanner& in, std::string_view& text)
{
    if (in.peek() == '"') {
        return in.string(text);
    }
    text = in.value();
    return !text.empty();
}

inline bool read_position(json_scanner& in, std::string_view& timetoken, std::string_view& region)
{
    return in.object([&](std::string_view name, json_scanner& value) {
        if (name == "t") {
            return read_scalar(value, timetoken);
        }
        if (name == "r") {
            return read_scalar(value, region);
        }
        return !value.value().empty();
    });
}

inline bool read_text(json_scanner& in, std::string_view& text, bool& escapes)
{
    auto const read = in.string(text);
    escapes = escapes || in.may_have_escapes();
    return read;
}

inline bool read_payload(json_scanner& in, message& into, bool& escapes)
{
    into.is_text = in.peek() == '"';
    if (into.is_text) {
        return read_text(in, into.payload, escapes);
    }
    into.payload = in.unchecked_value(); // checked when it is read as an envelope
    return !into.payload.empty();
}

} // namespace detail

RINGTAIL_DECL bool pubnub_reply::parse(std::string_view text, std::string_view only_channel)
{
    timetoken = region = first_published = {};
    messages.clear();
    unescaped_.clear();
    escapes_ = false;
    json_scanner look(text);
    only_channel_.assign(only_channel);
    auto const read = look.peek() == '[' ? parse_legacy(text, only_channel_) : parse_v2(text, only_channel_);
    if (!read || !detail::is_timetoken(timetoken) || (!region.empty() && !detail::is_timetoken(region))) {
        return false;
    }
    if (escapes_) {
        settle_escapes();
    }
    return true;
}

RINGTAIL_DECL bool pubnub_reply::parse_v2(std::string_view text, std::string_view only_channel)
{
    json_scanner in(text);
    bool positioned = false;
    bool listed = false;
    auto const read_message = [&](json_scanner& item) {
        message found;
        found.channel = only_channel;
        std::string_view channel;
        std::string_view matched;
        std::string_view published;
        std::string_view ignored;
        auto const read = item.object([&](std::string_view name, json_scanner& value) {
            switch (name.size() == 1 ? name.front() : '\0') {
            case 'd': return detail::read_payload(value, found, escapes_);
            case 'c':
                if (value.peek() == '"') {
                    return detail::read_text(value, channel, escapes_);
                }
                break;
            case 'b':
                if (value.peek() == '"') {
                    return detail::read_text(value, matched, escapes_);
                }
                break;
            case 'p':
                if (value.peek() == '{') {
                    return detail::read_position(value, published, ignored);
                }
                break;
            default: break;
            }
            return !value.value().empty();
        });
        if (!matched.empty() || !channel.empty()) {
            found.channel = matched.empty() ? channel : matched;
        }
        if (messages.empty()) {
            first_published = published;
        }
        messages.push_back(found); // of one without a payload nothing can be read, and that is told
        return read;
    };
    auto const read = in.object([&](std::string_view name, json_scanner& value) {
        if (name == "t" && value.peek() == '{') {
            positioned = true;
            return detail::read_position(value, timetoken, region);
        }
        if (name == "m" && value.peek() == '[') {
            listed = true;
            return value.array(read_message);
        }
        return !value.value().empty();
    });
    return read && in.at_end() && positioned && listed;
}

RINGTAIL_DECL bool pubnub_reply::parse_legacy(std::string_view text, std::string_view only_channel)
{
    json_scanner in(text);
    std::size_t place = 0;
    std::string_view channels;
    auto const read = in.array([&](json_scanner& item) {
        switch (place++) {
        case 0:
            return item.array([&](json_scanner& value) {
                message found;
                found.channel = only_channel;
                auto const good = detail::read_payload(value, found, escapes_);
                messages.push_back(found);
                return good;
            });
        case 1: return detail::read_scalar(item, timetoken);
        case 2: return item.peek() == '"' ? detail::read_text(item, channels, escapes_) : !item.value().empty();
        default: return !item.value().empty();
        }
    });
    for (auto& each : messages) {
        if (channels.empty()) {
            break;
        }
        auto const comma = std::min(channels.find(','), channels.size());
        each.channel = channels.substr(0, comma);
        channels.remove_prefix(std::min(comma + 1, channels.size()));
    }
    return read && in.at_end() && place >= 2;
}

RINGTAIL_DECL void pubnub_reply::settle_escapes()
{
    auto const settle = [this](std::string_view& text) {
        if (text.find('\\') != std::string_view::npos) {
            std::string plain;
            append_unescaped(text, plain);
            text = unescaped_.emplace_back(std::move(plain));
        }
    };
    // Reserved first: the views must not move when the vector grows.
    auto const escaped = [](std::string_view text) { return text.find('\\') != std::string_view::npos; };
    std::size_t count = 0;
    for (auto const& each : messages) {
        count += (each.is_text && escaped(each.payload) ? 1u : 0u) + (escaped(each.channel) ? 1u : 0u);
    }
    if (count != 0) {
        unescaped_.reserve(count);
        for (auto& each : messages) {
            if (each.is_text) {
                settle(each.payload);
            }
            settle(each.channel);
        }
    }
}

RINGTAIL_DECL int pubnub_reply::error_status(std::string_view text)
{
    json_scanner in(text);
    int status = 0;
    bool is_error = false;
    auto const read = in.peek() == '{' && in.object([&](std::string_view name, json_scanner& value) {
        std::string_view content;
        auto const wanted = name == "status" || name == "error";
        if (!wanted || value.peek() == '{' || value.peek() == '[') {
            return !value.value().empty();
        }
        if (!detail::read_scalar(value, content)) {
            return false;
        }
        if (name == "status") {
            std::from_chars(content.data(), content.data() + content.size(), status);
        } else {
            is_error = content == "true" || content == "1";
        }
        return true;
    });
    return read && (is_error || status >= 400) ? std::max(status, 400) : 0;
}

} // namespace ringtail::protocol
