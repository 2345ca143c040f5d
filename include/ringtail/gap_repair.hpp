// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringtail {

/// Which of the service's lists a record was read from.
enum class record_source {
    message_sync, ///< messages of an extension (vendor's page "Sync Messages"; needs `ReadMessages`)
    call_log,     ///< finished calls (vendor's page "User Call Log"; needs `ReadCallLog`)
};

/** A message or a call from the time of a gap, as the service keeps it.

    It is healed, not delivered: the record itself, in the state in which it is now, and not the notifications that were
    missed. Presence, calls that still go on, and what was deleted meanwhile leave no record. */
class healed_record {
public:
    record_source source = record_source::message_sync;
    std::string id;                ///< unique within its source
    std::string extension_id;      ///< of the filter concerned, `~` included; empty for the list of a whole account
    std::optional<wall_time> time; ///< when the message was created, or the call began
    std::string json;              ///< the whole record: the service's JSON
};

/// A filter whose part of the gap could not be read again.
class unhealed_filter {
public:
    unhealed_filter() = default;
    unhealed_filter(std::string path, std::string why) : filter(std::move(path)), reason(std::move(why)) {}

    std::string filter;
    std::string reason; ///< a missing scope, what the service answered, or that it keeps no such list
};

/// What was found of a gap.
class gap_repair {
public:
    std::vector<healed_record> records; ///< each once, the oldest first; some may have been delivered, too
    std::vector<unhealed_filter> unhealed;
    std::optional<wall_time> from; ///< what was read reaches from here
    std::optional<wall_time> until;

    /// Whether every filter concerned was read. Even then it shows only what the service keeps a list of.
    [[nodiscard]] bool complete() const noexcept { return unhealed.empty(); }
};

RINGTAIL_DECL std::string_view to_string(record_source) noexcept;

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/gap_repair.ipp>
#endif
