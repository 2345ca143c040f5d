// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/fault_book.hpp>

#include <boost/json.hpp>

#include <utility>

namespace ringtail::sandbox_detail {

/// What a fault in `any` call strikes.
inline bool is_request(sandbox_call call) noexcept
{
    using enum sandbox_call;
    return call != message && call != gateway_request && call != gateway_heartbeat && call != webhook_validation &&
           call != webhook_delivery;
}

RINGTAIL_DECL std::optional<fault> fault_book::take(sandbox_call call)
{
    auto const fits = [&](fault const& f) {
        if (f.effect == fault_effect::refuse_filter)
            return call == sandbox_call::subscription_create || call == sandbox_call::subscription_modify;
        return f.call == call || (f.call == sandbox_call::any && is_request(call));
    };
    for (auto each = faults_.begin(); each != faults_.end(); ++each) {
        if (!fits(each->what))
            continue;
        auto const seen = each->seen++;
        if (seen < each->what.to_skip || (seen - each->what.to_skip + 1) % each->what.period != 0)
            continue;
        ++struck_;
        fault const struck = each->what;
        if (each->what.left && --*each->what.left == 0)
            faults_.erase(each);
        return struck;
    }
    return std::nullopt;
}

inline http_reply error_reply(fault const& f)
{
    auto const outer = f.codes.empty() ? std::string("CMN-203") : f.codes.front();
    auto const nested = f.codes.empty() ? outer : f.codes.back();
    constexpr std::string_view words = "Injected fault";
    auto reply = f.effect == fault_effect::oauth_error    ? oauth_error(f.http_status, outer, nested, words)
                 : f.effect == fault_effect::pubnub_error ? pubnub_error(f.http_status, words, f.size != 0)
                                                          : api_error(f.http_status, nested, words, {}, outer);
    if (f.retry_after)
        reply.headers.set("Retry-After", std::to_string(f.retry_after->count()));
    return reply;
}

inline http_reply body_reply(std::string_view type, std::string body)
{
    http_reply reply(200, std::move(body));
    reply.headers.set("Content-Type", std::string(type));
    return reply;
}

inline http_reply wire_reply(wire_effect effect, std::string body = {})
{
    http_reply reply(0, std::move(body));
    reply.effect = effect;
    return reply;
}

RINGTAIL_DECL std::optional<http_reply> replacement(fault const& fault)
{
    switch (fault.effect) {
    case fault_effect::status:
    case fault_effect::oauth_error:
    case fault_effect::pubnub_error: return error_reply(fault);
    case fault_effect::garbage: return wire_reply(wire_effect::raw, "\x16\x03\x01 this is no HTTP\r\n\r\n\xff\xfe");
    case fault_effect::html: return body_reply("text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>");
    case fault_effect::empty: return body_reply("application/json", {});
    case fault_effect::oversized: return body_reply("application/json", "\"" + std::string(fault.size, 'x') + "\"");
    case fault_effect::deep_json:
        return body_reply("application/json", std::string(fault.size, '[') + std::string(fault.size, ']'));
    case fault_effect::stall: return wire_reply(wire_effect::stall);
    case fault_effect::reset: return wire_reply(wire_effect::reset);
    default: return std::nullopt;
    }
}

RINGTAIL_DECL void spoil(http_reply& reply, fault const& fault)
{
    reply.delay = fault.delay;
    switch (fault.effect) {
    case fault_effect::lost: reply.effect = wire_effect::lost; break;
    case fault_effect::cut_header: reply.effect = wire_effect::cut_header; break;
    case fault_effect::cut_body: reply.effect = wire_effect::cut_body; break;
    case fault_effect::wrong_length: reply.effect = wire_effect::wrong_length; break;
    case fault_effect::trickle: reply.effect = wire_effect::trickle; break;
    case fault_effect::close_after: reply.effect = wire_effect::close_after; break;
    default: break;
    }
}

RINGTAIL_DECL std::string pubnub_payload(outgoing const& message, std::optional<fault> const& damage, id_source& ids)
{
    auto const quoted = [](std::string const& text) { return json::serialize(json::string(text)); };
    auto const effect = damage ? damage->effect : fault_effect::duplicate; // a duplicate's text is whole
    auto const& key = message.address.key;
    auto const no_json = std::string("this is no JSON");

    if (effect == fault_effect::bad_base64)
        return quoted("*** this is no base64 ***");
    if (key.empty()) {
        boost::system::error_code problem;
        json::parse(message.envelope, problem);
        bool const whole = !problem && effect == fault_effect::duplicate;
        return whole ? message.envelope : quoted(problem ? message.envelope : no_json);
    }
    if (effect == fault_effect::bad_padding) {
        auto text = message.envelope;
        text.resize((text.size() / 16 + 1) * 16, '\0'); // PKCS#7 knows no padding of zeros
        return quoted(encrypt(key, text, false));
    }
    return quoted(encrypt(effect == fault_effect::wrong_key ? ids.bytes(16) : key,
                          effect == fault_effect::not_json ? no_json : message.envelope));
}

} // namespace ringtail::sandbox_detail
