// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// What the vendor's own clients said to the sandbox and got from it (tests/interop), played again without them.

#include "interop/settings.hpp"
#include "recorded.hpp"

#include <ringtail/crypto/decoder.hpp>
#include <ringtail/event.hpp>
#include <ringtail/protocol/envelope.hpp>
#include <ringtail/protocol/gateway_frame.hpp>
#include <ringtail/protocol/pubnub_reply.hpp>
#include <ringtail/protocol/token.hpp>
#include <ringtail/sandbox/control_api.hpp>
#include <ringtail/sandbox/services.hpp>
#include <ringtail/subscription_info.hpp>
#include <ringtail/timestamp.hpp>

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace ringtail;
using namespace ringtail::sandbox_detail;

constexpr std::string_view pubnub_path = "/v2/subscribe/";

json::object whole(std::span<std::string_view const> lines)
{
    std::string text;
    for (auto const line : lines)
        text += line;
    return json::parse(text).as_object();
}

std::vector<json::object> const& recordings()
{
    static std::vector<json::object> const all{whole(recorded::subscriptions_4), whole(recorded::subscriptions_5),
                                               whole(recorded::rc_ex_ws)};
    return all;
}

std::string text_of(json::object const& object, std::string_view name)
{
    auto const* const member = object.if_contains(name);
    return member ? std::string(member->as_string()) : std::string();
}

/// What a message of a recording consists of.
std::string content_of(json::object const& step)
{
    auto const* const value = step.if_contains("json");
    return value ? json::serialize(*value) : text_of(step, "text");
}

std::string title_of(json::object const& recording, json::value const& scenario)
{
    return text_of(recording, "client") + " " + text_of(scenario.as_object(), "name");
}

bool does(json::object const& step, std::string_view what)
{
    return step.at("do").as_string() == what;
}

/// With the first of the keys that fits.
std::optional<json::value> decrypted(std::vector<std::string> const& keys, std::string_view payload)
{
    for (auto const& key : keys) {
        boost::system::error_code problem;
        auto const plain = crypto::decode(key, payload);
        auto value = plain ? json::parse(plain->view(), problem) : json::value();
        if (plain && !problem)
            return value;
    }
    return std::nullopt;
}

/** Tells whether an answer is like the recorded one: the same members of the same types, and the same values but for
    those that differ from run to run. These are placeholders such as `<id 1>`, whose meanings it learns. */
class likeness {
public:
    void learn(std::string placeholder, std::string value) { known_[std::move(placeholder)] = std::move(value); }

    [[nodiscard]] std::string filled(std::string text) const
    {
        for (auto const& [placeholder, value] : known_)
            for (auto at = text.find(placeholder); at != text.npos; at = text.find(placeholder, at + value.size()))
                text.replace(at, placeholder.size(), value);
        return text;
    }

    /// Where they differ; empty: nowhere.
    [[nodiscard]] std::string difference(json::value const& recorded, json::value const& live, std::string name = {})
    {
        if (recorded.is_number() && live.is_number()) {
            bool const is_time = name == "expiresIn" || name.empty(); // PubNub's time has no name
            return recorded == live || is_time ? std::string() : name + " is another number";
        }
        if (recorded.kind() != live.kind())
            return name + " is of another type";
        if (auto const* const object = recorded.if_object()) {
            auto const& other = live.get_object();
            for (auto const& [member, value] : other)
                if (!object->contains(member))
                    return name + " has got a member " + std::string(member);
            for (auto const& [member, value] : *object) {
                auto const* const found = other.if_contains(member);
                auto said = found ? difference(value, *found, member) : name + " lacks " + std::string(member);
                if (!said.empty())
                    return said;
            }
            return {};
        }
        if (auto const* const array = recorded.if_array()) {
            auto const& other = live.get_array();
            if (array->size() != other.size())
                return name + " is of another size";
            for (std::size_t i = 0; i < other.size(); ++i)
                if (auto said = difference((*array)[i], other[i], name); !said.empty())
                    return said;
            return {};
        }
        if (recorded.is_string())
            return difference_of_texts(std::string(recorded.get_string()), std::string(live.get_string()), name);
        return recorded == live ? std::string() : name + " is another value";
    }

private:
    [[nodiscard]] std::string difference_of_texts(std::string const& recorded, std::string const& live,
                                                  std::string const& name)
    {
        if (name == "encryptionKey") {
            keys_.push_back(recorded);
            live_keys_.push_back(live);
            return {};
        }
        auto const expected = filled(recorded);
        if (expected == live || (parse_timestamp(recorded) && parse_timestamp(live)))
            return {};
        if (name == "d") {
            auto const plain = decrypted(keys_, recorded);
            auto const live_plain = decrypted(live_keys_, live);
            return plain && live_plain ? difference(*plain, *live_plain, name) : name + " cannot be decrypted";
        }
        if (name == "uuid" || name == "messageId" || name == "subscriptionId")
            return live.empty() ? name + " is empty" : std::string();
        auto const begin = expected.find('<');
        auto const end = expected.find('>', begin);
        if (end == expected.npos)
            return name + " is another text: " + live;
        std::string_view const after = std::string_view(expected).substr(end + 1);
        bool const fits = live.starts_with(expected.substr(0, begin)) && live.ends_with(after);
        if (!fits || live.size() < begin + after.size())
            return name + " is of another form: " + live;
        learn(expected.substr(begin, end + 1 - begin), live.substr(begin, live.size() - begin - after.size()));
        return {};
    }

    std::map<std::string, std::string> known_;
    std::vector<std::string> keys_;
    std::vector<std::string> live_keys_;
};

/// A scenario's requests, given to services of the same settings at the same times.
class played_again {
public:
    explicit played_again(json::object const& settings)
        : all(interop::read_settings(settings), "http://127.0.0.1:1")
    {
        alike.learn("<jwt>", all.oauth().jwt(all.directory().owner_id()));
        alike.learn("<client_id>", all.oauth().client_id());
        alike.learn("<basic>", base64_encode(all.oauth().client_id() + ":" + all.oauth().client_secret()));
    }

    void play(json::object const& step)
    {
        now = began + std::chrono::milliseconds(step.at("at").to_number<std::int64_t>());
        collect();
        if (does(step, "control"))
            CHECK(control_api(all, request_of(step), now).status == 200);
        else if (does(step, "request"))
            request(step);
        else if (does(step, "answer"))
            answer(step);
        else if (does(step, "connect"))
            connect(step);
        else if (does(step, "send"))
            all.gateway().receive(sockets.at(number(step)), alike.filled(content_of(step)), now);
        else if (does(step, "get"))
            get(step);
        else if (does(step, "end"))
            end(step);
        collect();
    }

private:
    static std::int64_t number(json::object const& step) { return step.at("id").as_int64(); }

    http_request request_of(json::object const& step) const
    {
        http_request made(text_of(step, "method"), alike.filled(text_of(step, "target")),
                          alike.filled(content_of(step)));
        if (auto const* const headers = step.if_contains("headers"))
            for (auto const& [name, value] : headers->as_object())
                made.headers.add(std::string(name), alike.filled(std::string(value.as_string())));
        return made;
    }

    void request(json::object const& step)
    {
        auto served = all.handle(request_of(step), now);
        if (auto* const reply = std::get_if<http_reply>(&served))
            replies[number(step)] = std::move(*reply);
        else
            polls[std::get<poll_id>(served)] = number(step);
    }

    void answer(json::object const& step)
    {
        auto const found = replies.extract(number(step));
        REQUIRE_MESSAGE(!found.empty(), "it still waits");
        auto const& reply = found.mapped();
        CHECK(reply.status == step.at("status").as_int64());
        CHECK(reply.effect == wire_effect::none);
        for (auto const& [name, value] : step.at("headers").as_object())
            CHECK_MESSAGE(alike.difference(value, json::value(reply.headers.get(name)), name) == "", name);
        check_content(step, reply.body);
    }

    void connect(json::object const& step)
    {
        auto const upgrade = request_of(step);
        REQUIRE(all.is_upgrade(upgrade));
        auto const opened = all.upgrade(upgrade, now);
        REQUIRE(std::holds_alternative<gateway_id>(opened));
        sockets[number(step)] = std::get<gateway_id>(opened);
    }

    void get(json::object const& step)
    {
        auto& waiting = frames[sockets.at(number(step))];
        REQUIRE_MESSAGE(!waiting.empty(), "there is no frame");
        auto const text = std::move(waiting.front());
        waiting.pop_front();
        check_content(step, text);
    }

    void check_content(json::object const& step, std::string const& live)
    {
        if (!step.contains("json")) { // nothing, or multipart with a boundary of its own
            auto const content = text_of(step, "text");
            CHECK(content.empty() == live.empty());
            CHECK((content.find(",--Boundary") == content.npos) == (live.find(",--Boundary") == live.npos));
            return;
        }
        boost::system::error_code problem;
        auto const value = json::parse(live, problem);
        REQUIRE(!problem);
        CHECK(alike.difference(step.at("json"), value) == "");
    }

    /// The client has gone, or was sent away.
    void end(json::object const& step)
    {
        if (auto const socket = sockets.extract(number(step))) {
            all.gateway().closed(socket.mapped(), now);
            return;
        }
        if (auto const found = replies.extract(number(step)))
            CHECK(found.mapped().effect != wire_effect::none);
        std::erase_if(polls, [&](auto const& each) {
            if (each.second == number(step))
                all.abandon(each.first);
            return each.second == number(step);
        });
    }

    void collect()
    {
        for (auto& [poll, reply] : all.take_ready(now))
            if (auto const found = polls.extract(poll))
                replies[found.mapped()] = std::move(reply);
        for (auto& each : all.gateway().take_actions())
            if (each.what == gateway_step::send)
                frames[each.connection].push_back(std::move(each.text));
    }

    services all;
    likeness alike;
    wall_time began{std::chrono::hours(24 * 365 * 50)};
    wall_time now = began;
    std::map<std::int64_t, http_reply> replies; ///< that the recording gets to later
    std::map<poll_id, std::int64_t> polls;
    std::map<std::int64_t, gateway_id> sockets;
    std::map<gateway_id, std::deque<std::string>> frames;
};

TEST_CASE("the sandbox serves the official clients' recorded requests as it did")
{
    for (auto const& recording : recordings())
        for (auto const& scenario : recording.at("scenarios").as_array()) {
            INFO(title_of(recording, scenario));
            played_again again(scenario.at("settings").as_object());
            for (auto const& step : scenario.at("steps").as_array()) {
                INFO("at ", step.at("at").as_int64());
                again.play(step.as_object());
            }
        }
}

/// What a scenario's client handed on, and what our own parsers read of the same bytes.
class both_readings {
public:
    explicit both_readings(json::array const& steps)
    {
        for (auto const& step : steps) {
            auto const& object = step.as_object();
            if (does(object, "request"))
                targets_[object.at("id").as_int64()] = text_of(object, "target");
            else if (does(object, "answer"))
                read_answer(targets_[object.at("id").as_int64()], object);
            else if (does(object, "get"))
                read_frame(content_of(object));
            else if (does(object, "notified"))
                handed_on.push_back(text_of(object, "uuid") + " " + text_of(object, "event") + " " +
                                    json::serialize(object.at("body")));
        }
    }

    std::vector<std::string> handed_on;
    std::vector<std::string> read;

private:
    void read_envelope(std::string_view text)
    {
        auto block = ringtail::detail::block_ptr::make();
        block->text = text;
        REQUIRE(protocol::add_envelope(*block, 0, 64));
        notification const got(block, 0);
        CHECK(parse_timestamp(got.timestamp()));
        read.push_back(std::string(got.uuid()) + " " + std::string(got.event()) + " " + std::string(got.body_json()));
    }

    /// Timetokens of 17 digits in the place of their placeholders `<t 1>`.
    static std::string with_timetokens(std::string text)
    {
        for (auto at = text.find("<t "); at != text.npos; at = text.find("<t ")) {
            auto const end = text.find('>', at);
            auto const number = std::stoll(text.substr(at + 3, end - at - 3));
            text.replace(at, end + 1 - at, std::to_string(17'360'000'000'000'000 + number));
        }
        return text;
    }

    void read_answer(std::string const& target, json::object const& step)
    {
        auto const content = with_timetokens(content_of(step));
        if (target.starts_with(pubnub_path)) {
            protocol::pubnub_reply reply;
            REQUIRE(reply.parse(content, {}));
            CHECK(!reply.timetoken.empty());
            for (auto const& each : reply.messages) {
                std::string text(each.payload);
                if (each.is_text) {
                    auto const plain = decrypted(keys_, each.payload);
                    REQUIRE(plain);
                    text = json::serialize(*plain);
                }
                read_envelope(text);
            }
        } else if (step.at("status") == 200 && target == "/restapi/oauth/token") {
            auto const tokens = protocol::token_set::parse(content, {});
            CHECK(!tokens.access.empty());
            CHECK(!tokens.refresh.empty());
        } else if (step.at("status") == 200 && target.starts_with("/restapi/v1.0/subscription")) {
            auto const info = subscription_info::parse(content);
            CHECK(info.status_kind() == subscription_status::active);
            CHECK(!info.delivery.address.empty());
            if (!info.delivery.encryption_key.empty())
                keys_.insert(keys_.begin(), std::string(info.delivery.encryption_key.reveal()));
        }
    }

    void read_frame(std::string const& text)
    {
        using kind = protocol::gateway_frame::kind;
        protocol::gateway_frame frame;
        REQUIRE(frame.parse(text));
        CHECK(frame.type != kind::unknown);
        CHECK(frame.session_token.empty() != (text.find("\"wsc\"") != text.npos));
        if (frame.type == kind::server_notification)
            read_envelope(frame.body);
        if (frame.type == kind::connection_details) {
            auto const recovered = protocol::gateway_details::of(frame).recovered;
            CHECK(recovered.has_value() == (text.find("recoveryState") != text.npos));
            CHECK(recovered.value_or(false) == (text.find("Successful") != text.npos));
        }
    }

    std::map<std::int64_t, std::string> targets_;
    std::vector<std::string> keys_; ///< the newest first
};

TEST_CASE("our parsers read what the official clients got as these did")
{
    std::size_t notifications = 0;
    for (auto const& recording : recordings())
        for (auto const& scenario : recording.at("scenarios").as_array()) {
            INFO(title_of(recording, scenario));
            both_readings const readings(scenario.at("steps").as_array());
            CHECK(readings.read == readings.handed_on);
            notifications += readings.read.size();
        }
    CHECK(notifications > 20);
}

TEST_CASE("our requests over the gateway have the members that the official clients' have")
{
    std::size_t compared = 0;
    for (auto const& recording : recordings())
        for (auto const& scenario : recording.at("scenarios").as_array())
            for (auto const& step : scenario.at("steps").as_array()) {
                if (!does(step.as_object(), "send"))
                    continue;
                auto const& theirs = step.at("json").as_array();
                auto const& meta = theirs[0].as_object();
                auto const id = text_of(meta, "messageId");
                request const call(text_of(meta, "method"), text_of(meta, "path"), api_group::medium,
                                   theirs.size() > 1 ? json::serialize(theirs[1]) : std::string());
                bool const heartbeat = text_of(meta, "type") == "Heartbeat";
                auto const ours = json::parse(heartbeat ? protocol::gateway_heartbeat(id)
                                                        : protocol::gateway_request(id, call));
                for (auto const& [name, value] : ours.at(0).as_object())
                    CHECK(meta.at(name) == value);
                CHECK(ours.as_array().size() <= theirs.size());
                if (!call.body.empty())
                    CHECK(ours.at(1) == theirs[1]);
                ++compared;
            }
    CHECK(compared > 10);
}

} // namespace
