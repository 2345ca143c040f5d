// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/net/url.hpp>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace app {

/// What the command line says.
class options {
public:
    std::string transport = "pubnub";
    std::vector<std::string> filters;
    std::optional<std::uint64_t> count;
    std::optional<std::chrono::duration<double>> run_for;
    std::string server;
    std::string pubnub_origin;
    std::string listen_on;
    std::string public_url;
    std::string certificate;
    std::string private_key;
    std::string state_file;
    std::string forward_to;
    bool json = false;
    bool quiet = false;
    bool keep_session = false;
    bool check = false;
    bool help = false;

    /// @throws usage_error with a line that says what is wrong
    static options parse(int argc, char** argv);
};

class usage_error {
public:
    explicit usage_error(std::string what) : text(std::move(what)) {}
    std::string text;
};

inline constexpr std::string_view usage =
    R"(usage: listen [OPTION]...

Follow a RingCentral account: print what happens on it, one line for each event.

  --transport pubnub|websocket|webhook   how notifications are delivered (pubnub)
  --filter PATH         event filter, may be repeated (own presence and messages)
  --count N             end after N notifications
  --for SECONDS         end after so long
  --server URL          the service, instead of RC_SERVER_URL
  --pubnub-origin URL   PubNub, instead of RINGTAIL_PUBNUB_ORIGIN
  --listen ADDR:PORT    where the web hook listens
  --public-url URL      how the service reaches it
  --certificate FILE    its certificate with intermediates (PEM), without a reverse proxy in front of it
  --private-key FILE    the key that belongs to it
  --state FILE          keep the position there and go on from it at the next start
  --keep-session        keep the login there, too (FILE.session, a refresh token): the gateway goes on in no other
  --forward-to URL      POST each notification there, in order, with retries
  --json                one JSON object for each event
  --quiet               notifications only, no summary
  --check               try the account step by step, and say what is wrong with it

The account comes from the environment: RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET (not for public applications), RC_USER_JWT,
RC_SERVER_URL. RINGTAIL_WEBHOOK_TOKEN is the web hook's verification token, random if not given. With none of them set, a sandbox in this process plays a small call centre.
)";

/// The port of `ADDR:PORT`.
inline std::uint16_t listening_port(std::string const& listen_on)
{
    auto const colon = listen_on.rfind(':');
    unsigned port = 0;
    auto const text = colon == std::string::npos ? std::string_view() : std::string_view(listen_on).substr(colon + 1);
    auto const [end, bad] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (bad != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65'535) {
        throw usage_error("--listen takes ADDR:PORT, not \"" + listen_on + '"');
    }
    return static_cast<std::uint16_t>(port);
}

inline options options::parse(int argc, char** argv)
{
    options result;
    auto const number = [](std::string_view name, std::string const& text) {
        try {
            std::size_t used = 0;
            auto const value = std::stod(text, &used);
            if (used == text.size() && value >= 0 && value < 1e9) {
                return value;
            }
        } catch (std::exception const&) {
        }
        throw usage_error(std::string(name) + " takes a number, not \"" + text + '"');
    };
    for (int i = 1; i < argc; ++i) {
        std::string name = argv[i];
        std::optional<std::string> attached;
        if (auto const equals = name.find('='); name.starts_with("--") && equals != std::string::npos) {
            attached = name.substr(equals + 1);
            name.resize(equals);
        }
        auto const value = [&] {
            if (attached) {
                return *attached;
            }
            if (i + 1 == argc) {
                throw usage_error(name + " takes a value");
            }
            return std::string(argv[++i]);
        };
        if (name == "--transport") {
            result.transport = value();
            if (result.transport != "pubnub" && result.transport != "websocket" && result.transport != "webhook") {
                throw usage_error("--transport is pubnub, websocket or webhook, not \"" + result.transport + '"');
            }
        } else if (name == "--filter") {
            result.filters.push_back(value());
        } else if (name == "--count") {
            auto const count = number(name, value());
            if (count < 1 || count != static_cast<double>(static_cast<std::uint64_t>(count))) {
                throw usage_error("--count takes a whole number from 1 on");
            }
            result.count = static_cast<std::uint64_t>(count);
        } else if (name == "--for") {
            result.run_for = std::chrono::duration<double>(number(name, value()));
        } else if (name == "--server") {
            result.server = value();
        } else if (name == "--pubnub-origin") {
            result.pubnub_origin = value();
        } else if (name == "--listen") {
            result.listen_on = value();
        } else if (name == "--public-url") {
            result.public_url = value();
        } else if (name == "--certificate") {
            result.certificate = value();
        } else if (name == "--private-key") {
            result.private_key = value();
        } else if (name == "--state") {
            result.state_file = value();
        } else if (name == "--forward-to") {
            result.forward_to = value();
        } else {
            bool* const flag = name == "--json"    ? &result.json
                               : name == "--quiet" ? &result.quiet
                               : name == "--check" ? &result.check
                               : name == "--keep-session" ? &result.keep_session
                               : name == "--help"  ? &result.help
                                                   : nullptr;
            if (flag == nullptr || attached) {
                throw usage_error("unknown option \"" + std::string(argv[i]) + '"');
            }
            *flag = true;
        }
    }
    for (auto const& [name, text] : {std::pair("--server", &result.server), std::pair("--pubnub-origin", &result.pubnub_origin),
                                     std::pair("--public-url", &result.public_url), std::pair("--forward-to", &result.forward_to)}) {
        try {
            if (!text->empty()) {
                static_cast<void>(ringtail::net::url::parse(*text));
            }
        } catch (ringtail::failure const& malformed) {
            throw usage_error(std::string(name) + ": " + malformed.what());
        }
    }
    if (result.transport == "webhook" && (result.listen_on.empty() || result.public_url.empty())) {
        throw usage_error("--transport webhook needs --listen and --public-url");
    }
    if (result.keep_session && result.state_file.empty()) {
        throw usage_error("--keep-session needs --state");
    }
    if (!result.listen_on.empty()) {
        static_cast<void>(listening_port(result.listen_on));
    }
    return result;
}

} // namespace app
