// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/gap_repair.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ringtail::protocol {

/// One list to be read for one or more filters.
class repair_source {
public:
    /// The first page of what lies between two moments, the youngest first.
    [[nodiscard]] std::string path(wall_time from, wall_time until) const;

    record_source kind = record_source::message_sync;
    std::string account;
    std::string extension;               ///< empty: of the whole account
    std::vector<std::string> extensions; ///< of a whole account's list, the ones whose records are wanted; empty: all
    std::vector<std::string> filters;    ///< that it heals
};

/** What has to be read again for a list of filters.

    Each list is read once, whatever the number of filters it stands for; the call log of many extensions is read as that
    of the account, for its group is `heavy`. */
class repair_plan {
public:
    /// @param scopes  of the token; none if they are not known, and then all are tried.
    repair_plan(std::vector<std::string> const& filters, std::vector<std::string> const& scopes);

    std::vector<repair_source> sources;
    std::vector<unhealed_filter> unhealed;

private:
    void add(record_source kind, std::string_view account, std::string_view extension, std::string const& filter);
    void merge_call_logs();
};

/// One page of `message_sync` or `call_log`.
class repair_page {
public:
    /// @throws failure(error::invalid_reply)
    repair_page(repair_source const& of, json::value const& answer);

    std::vector<healed_record> records;
    std::size_t size = 0;          ///< records in the answer, those that nobody wants included
    bool full = false;             ///< as many as a page can hold
    std::string next_page;         ///< of a call log; a path or URL, empty behind the last page
    bool older_messages = false;   ///< of message-sync: there are older ones, which may lie before the beginning
    std::optional<wall_time> oldest;
};

} // namespace ringtail::protocol

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/protocol/impl/repair_plan.ipp>
#endif
