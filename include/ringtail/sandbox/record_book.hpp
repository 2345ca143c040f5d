// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/extension_directory.hpp>
#include <ringtail/sandbox/http_message.hpp>
#include <ringtail/sandbox/options.hpp>

#include <boost/json/object.hpp>

#include <deque>
#include <string>
#include <string_view>

namespace ringtail::sandbox_detail {

/** What the virtual account keeps of messages and of calls that are over, for clients that missed their notifications.

    Written from the notifications themselves: whole messages (`message-store/instant`, `voicemail`, `fax`) and the last
    step of a telephony session. Served as `message-sync` and `call-log` (vendor's pages "Sync Messages" and "User Call
    Log"). */
class record_book {
public:
    record_book(extension_directory const& directory, sandbox_time_form form) : directory_(directory), form_(form) {}

    /// Keep what a notification tells; most tell nothing.
    void note(std::string_view event, json::value const& body, wall_time now);

    /// `GET /account/~/extension/{id}/message-sync`, `FSync` only.
    [[nodiscard]] http_reply messages(std::string_view extension, field_list const& query, wall_time now) const;
    /// `GET .../call-log`, of one extension or, if it is empty, of all.
    [[nodiscard]] http_reply calls(std::string_view extension, field_list const& query, std::string_view origin, wall_time now) const;

private:
    struct record {
        std::string extension;
        wall_time when;
        json::object content;
    };

    [[nodiscard]] std::vector<record const*> between(std::deque<record> const& of, std::string_view extension, wall_time from,
                                                     wall_time until) const;

    extension_directory const& directory_;
    sandbox_time_form form_;
    std::deque<record> messages_;
    std::deque<record> calls_;
};

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/record_book.ipp>
#endif
