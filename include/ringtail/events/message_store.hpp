// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>
#include <ringtail/values.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringtail {

/** The body of a message store notification: what has changed, by kind of message. The messages themselves are not
    in it; read them over REST. */
class message_store {
public:
    class change {
    public:
        change() = default;

        std::string type; ///< compare with `ringtail::message_type`, which takes both spellings of `Voicemail`
        std::int64_t new_count = 0;     ///< the service may leave a zero out
        std::int64_t updated_count = 0; ///< the service may leave a zero out
        std::vector<std::string> new_message_ids;
    };

    message_store() = default;

    /** @throws failure(error::invalid_reply) unless the body is an object; nothing else is an error. */
    static message_store parse(json::value const& body);

    std::string account_id;
    std::string extension_id;
    std::optional<wall_time> last_updated;
    std::vector<change> changes;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/events/impl/message_store.ipp>
#endif
