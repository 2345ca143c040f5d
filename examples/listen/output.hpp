// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail.hpp>

#include <boost/json.hpp>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace app {

/// Prints events, for people or for programs.
class output {
public:
    output(bool as_json, bool only_notifications)
        : json_(as_json), quiet_(only_notifications), colour_(!as_json && ::isatty(STDOUT_FILENO) == 1)
    {
    }

    void print(ringtail::event const& what)
    {
        std::visit([this](auto const& each) { line(json_ ? json(each) : readable(each), is_notification(each)); }, what);
    }

    [[nodiscard]] bool good() const noexcept { return good_; }

private:
    template <class T>
    static constexpr bool is_notification(T const&)
    {
        return std::is_same_v<T, ringtail::notification>;
    }

    // Flushed, so that whoever reads the pipe sees an event when it happens.
    void line(std::string text, bool notification)
    {
        if (quiet_ && !notification) {
            return;
        }
        text += '\n';
        good_ = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    }

    static std::string json(ringtail::notification const& what)
    {
        std::string text(what.json());
        for (auto& c : text) { // between values only: a string holds no bare line break
            c = c == '\n' || c == '\r' ? ' ' : c;
        }
        return text;
    }

    static boost::json::value time(std::optional<ringtail::wall_time> const& when)
    {
        return when ? boost::json::value(ringtail::format_timestamp(*when)) : boost::json::value(nullptr);
    }

    static std::string joined(std::vector<std::string> const& channels)
    {
        std::string text;
        for (auto const& each : channels) {
            text += (text.empty() ? "" : ",") + each;
        }
        return text;
    }

    static std::string json(ringtail::gap const& what)
    {
        boost::json::object line;
        line["ringtail"] = "gap";
        line["reason"] = to_string(what.reason);
        line["certainty"] = to_string(what.certainty);
        line["from"] = time(what.from);
        line["until"] = time(what.until);
        line["channel"] = what.channels.empty() ? boost::json::value(nullptr) : boost::json::value(joined(what.channels));
        return serialize(line);
    }

    static std::string json(ringtail::undecodable const& what)
    {
        boost::json::object line;
        line["ringtail"] = "undecodable";
        line["reason"] = what.reason;
        line["raw"] = what.raw;
        return serialize(line);
    }

    static std::string json(ringtail::state_change const& what)
    {
        boost::json::object line;
        line["ringtail"] = "state_change";
        line["state"] = to_string(what.state);
        line["reason"] = what.reason;
        return serialize(line);
    }

    [[nodiscard]] std::string painted(std::string_view colour, std::string const& text) const
    {
        return colour_ ? "\x1b[" + std::string(colour) + "m" + text + "\x1b[0m" : text;
    }

    [[nodiscard]] std::string readable(ringtail::notification const& what) const
    {
        std::string const time(what.timestamp().size() >= 19 ? what.timestamp().substr(11, 8) : what.timestamp());
        return painted("2", time) + "  " + summary(what);
    }

    [[nodiscard]] std::string readable(ringtail::gap const& what) const
    {
        auto const since = what.from ? " since " + ringtail::format_timestamp(*what.from) : std::string();
        return painted("33", "gap       " + std::string(to_string(what.reason)) + ": " +
                                 (what.certainty == ringtail::certainty::proven ? "notifications are missing" : "notifications may be missing") + since);
    }

    [[nodiscard]] std::string readable(ringtail::undecodable const& what) const
    {
        return painted("31", "undecodable  " + what.reason);
    }

    [[nodiscard]] std::string readable(ringtail::state_change const& what) const
    {
        return painted("36", "--------  " + std::string(to_string(what.state)) + (what.reason.empty() ? "" : ": " + what.reason));
    }

    // One line that a person understands; the body's beginning for kinds that have no words here.
    [[nodiscard]] std::string summary(ringtail::notification const& what) const
    {
        auto const has = [&](std::string_view part) { return what.event().find(part) != std::string_view::npos; };
        try {
            if (has("/presence")) {
                return presence(what.as<ringtail::presence>());
            }
            if (has("/message-store/instant")) {
                auto const message = what.as<ringtail::instant_message>();
                return painted("32", "message   ") + message.from.phone_number + ": " + message.subject;
            }
            if (has("/message-store")) {
                auto const store = what.as<ringtail::message_store>();
                std::string text = painted("32", "messages  ") + "extension " + store.extension_id;
                for (auto const& change : store.changes) {
                    text += "  " + change.type + " +" + std::to_string(change.new_count);
                }
                return text;
            }
        } catch (ringtail::failure const&) {
            // a body of another shape is shown as it is
        }
        return std::string(what.event()) + ' ' + std::string(what.body_json().substr(0, 160));
    }

    [[nodiscard]] std::string presence(ringtail::presence const& what) const
    {
        auto const& status = what.telephony_status;
        auto text = painted("35", "presence  ") + "extension " + what.extension_id + ' ' +
                    painted(status == "Ringing" ? "1;33" : status == "CallConnected" ? "1;32" : "0", status.empty() ? what.presence_status : status);
        for (auto const& call : what.active_calls) {
            text += "  " + call.direction + ' ' + (call.from_name.empty() ? call.from : call.from_name) + " -> " +
                    (call.to_name.empty() ? call.to : call.to_name);
        }
        return text;
    }

    bool json_;
    bool quiet_;
    bool colour_;
    bool good_ = true;
};

} // namespace app
