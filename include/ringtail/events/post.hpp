// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>
#include <ringtail/values.hpp>

#include <optional>
#include <string>
#include <vector>

namespace ringtail {

/** The body of a team messaging post notification. Of a removed post only `id` and `event_type` are sent. */
class post {
public:
    class attachment {
    public:
        attachment() = default;

        std::string id;
        std::string type;
        std::string name;
        std::string content_uri;
    };

    class mention {
    public:
        mention() = default;

        std::string id;
        std::string type; ///< `Person`, `Team`, `File` and others
        std::string name;
    };

    post() = default;

    /** @throws failure(error::invalid_reply) unless the body is an object; nothing else is an error. */
    static post parse(json::value const& body);

    std::string id;
    std::string group_id; ///< the chat it belongs to
    std::string type;     ///< `TextMessage`, `PersonJoined`, `PersonsAdded`, `Card` and others
    std::string text;
    std::string creator_id;
    std::vector<std::string> added_person_ids;
    std::vector<std::string> removed_person_ids;
    std::optional<wall_time> creation_time;
    std::optional<wall_time> last_modified_time;
    std::string event_type; ///< compare with `ringtail::post_event`
    std::vector<attachment> attachments;
    std::vector<mention> mentions;
    std::string activity;
    std::string title;
    std::string icon_uri;
    std::string icon_emoji;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/events/impl/post.ipp>
#endif
