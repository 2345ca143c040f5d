// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <charconv>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace consume {

inline constexpr std::string_view usage =
    R"(usage: consume [OPTION]...

Take events by the public loop and nothing else, and say what they cost: one line of JSON at the end, on stdout.

  --server URL          the service, instead of RC_SERVER_URL
  --pubnub-origin URL   PubNub, instead of RINGTAIL_PUBNUB_ORIGIN
  --transport T         pubnub or websocket (pubnub)
  --count N             events of all subscriptions together (10000)
  --subscriptions S     how many subscriptions, all of one client (1)
  --pool                they share PubNub polls
  --filter PATH         event filter, may be repeated (own presence and messages)
  --patience SECONDS    without any event, or without the subscriptions: an error (30)
  --rate N              events a second from the sandbox, all subscriptions together (2000)

The account comes from the environment, as that of examples/listen: RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET, RC_USER_JWT,
RC_SERVER_URL. With none of them set, a sandbox in another process publishes notifications of 800 bytes.

  events                         notifications taken
  gaps, undecodable              what else there was; a full PubNub reply brings a possible gap each time
  cpu_us_per_event               user and system time of this process, from when all subscriptions stand until the last event; from
                                 the start if half of the events came before
  wall_s                         for the same time
  rss_kib                        of this process at the end
  rss_kib_per_subscription       what it grew since before the client was made, for each subscription
  p50_us, p99_us                 until next_event or try_next_event returned it: from the call that publishes it in the sandbox,
                                 else from the notification's own timestamp, by two machines' clocks and to the millisecond
)";

class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What the command line says.
class options {
public:
    std::string server;
    std::string pubnub_origin;
    std::string transport = "pubnub";
    std::vector<std::string> filters;
    std::uint64_t count = 10'000;
    std::uint64_t subscriptions = 1;
    std::uint64_t patience = 30;
    std::uint64_t rate = 2'000;
    bool pool = false;
    bool help = false;

    /// @throws usage_error with a line that says what is wrong
    static options parse(int argc, char** argv)
    {
        options result;
        std::map<std::string_view, std::string*> const texts{
            {"--server", &result.server}, {"--pubnub-origin", &result.pubnub_origin}, {"--transport", &result.transport}};
        std::map<std::string_view, std::uint64_t*> const numbers{{"--count", &result.count},
                                                                 {"--subscriptions", &result.subscriptions},
                                                                 {"--patience", &result.patience},
                                                                 {"--rate", &result.rate}};
        std::map<std::string_view, bool*> const flags{{"--pool", &result.pool}, {"--help", &result.help}};
        for (int i = 1; i < argc; ++i) {
            std::string const given = argv[i];
            auto const equals = given.starts_with("--") ? given.find('=') : std::string::npos;
            auto const name = given.substr(0, equals);
            if (flags.contains(name) && equals == std::string::npos) {
                *flags.at(name) = true;
                continue;
            }
            if (!texts.contains(name) && !numbers.contains(name) && name != "--filter") {
                throw usage_error("unknown option \"" + given + '"');
            }
            if (equals == std::string::npos && i + 1 == argc) {
                throw usage_error(name + " takes a value");
            }
            std::string const value = equals != std::string::npos ? given.substr(equals + 1) : argv[++i];
            if (name == "--filter") {
                result.filters.push_back(value);
            } else if (texts.contains(name)) {
                *texts.at(name) = value;
            } else {
                *numbers.at(name) = number(name, value);
            }
        }
        if (result.transport != "pubnub" && result.transport != "websocket") {
            throw usage_error("--transport is pubnub or websocket, not \"" + result.transport + '"');
        }
        if (result.pool && result.transport != "pubnub") {
            throw usage_error("--pool shares PubNub's polls: it needs --transport pubnub");
        }
        return result;
    }

private:
    static std::uint64_t number(std::string const& name, std::string const& text)
    {
        std::uint64_t value = 0;
        auto const [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (bad != std::errc{} || end != text.data() + text.size() || value < 1 || value > 1'000'000'000) {
            throw usage_error(name + " takes a whole number from 1 on, not \"" + text + '"');
        }
        return value;
    }
};

} // namespace consume
