// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/http_message.hpp>
#include <ringtail/sandbox/options.hpp>
#include <ringtail/sandbox/toolbox.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ringtail::sandbox_detail {

/// A long poll that waits for its answer.
enum class poll_id : std::uint64_t {};

/// What a request comes to: an answer at once, or one later.
using outcome = std::variant<http_reply, poll_id>;

/// Where a notification goes on PubNub. The key is raw bytes, empty when nothing is encrypted.
class pubnub_address {
public:
    std::string subscriber_key;
    std::string channel;
    std::string key;

    friend bool operator==(pubnub_address const&, pubnub_address const&) = default;
};

/** The PubNub origin: channels with their newest messages, long polls, and the timetokens.

    A timetoken is Unix time in units of 100 ns; each is given out once and they only grow. */
class pubnub_service {
public:
    pubnub_service(sandbox_options const& options, id_source& ids);

    [[nodiscard]] std::string issue_subscriber_key();

    /// `payload` is the JSON text of a message's `d`.
    void post(pubnub_address const& where, std::string payload, wall_time now);

    /// Any request under `/v2/subscribe`, `/subscribe`, `/v2/presence` or `/time`.
    [[nodiscard]] outcome handle(http_request const& request, wall_time now);

    /// Polls whose answer is due at `now`, with the answers. They are waiting no longer.
    [[nodiscard]] std::vector<std::pair<poll_id, http_reply>> take_ready(wall_time now);
    [[nodiscard]] std::optional<wall_time> next_deadline() const;
    void abandon(poll_id poll);

    /// From now on answers come from another region; the newest messages are then given out once more.
    void change_region(int region) noexcept;

    [[nodiscard]] std::uint64_t delivered() const noexcept { return delivered_; }
    [[nodiscard]] std::uint64_t empty_polls() const noexcept { return empty_polls_; }

private:
    using channel_name = std::pair<std::string, std::string>; // subscriber key, channel

    struct stored_message {
        std::int64_t timetoken;
        std::string payload;
        int region;
    };
    using found_messages = std::vector<std::pair<std::string const*, stored_message const*>>; // channel, message
    struct waiting_poll {
        std::string subscriber_key;
        std::vector<std::string> channels;
        std::int64_t since = 0;
        std::string since_text;
        wall_time deadline;
        bool legacy = false;
    };

    std::int64_t current(wall_time now);
    [[nodiscard]] outcome subscribe(waiting_poll wanted, field_list const& query, wall_time now);
    [[nodiscard]] std::optional<http_reply> answer(waiting_poll const& poll, wall_time now);
    [[nodiscard]] http_reply compose(waiting_poll const& poll, std::string const& cursor,
                                     found_messages const& messages) const;

    sandbox_options const& options_;
    id_source& ids_;
    int region_;
    std::set<std::string, std::less<>> subscriber_keys_;
    std::int64_t last_timetoken_ = 0;
    std::set<channel_name> to_repeat_; ///< after a change of region: their newest messages come once more
    std::map<channel_name, std::deque<stored_message>> channels_;
    std::uint64_t last_poll_ = 0;
    std::map<poll_id, waiting_poll> waiting_;
    std::multimap<channel_name, poll_id> listeners_;
    std::set<std::pair<wall_time, poll_id>> deadlines_;
    std::set<poll_id> due_;
    std::uint64_t delivered_ = 0;
    std::uint64_t empty_polls_ = 0;
};

/// `{"status":403,"error":true,"message":...,"service":...}`, in a reply of that HTTP status or of 200.
[[nodiscard]] RINGTAIL_DECL http_reply pubnub_error(int status, std::string_view message, bool http_ok = false);

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/pubnub_service.ipp>
#endif
