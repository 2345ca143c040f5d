// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>
#include <ringtail/values.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringtail {

/// The body of a notification that carries a whole message: an inbound SMS, a voicemail or a fax.
class instant_message {
public:
    /// A sender or recipient.
    class party {
    public:
        party() = default;

        std::string phone_number; ///< E.164 with the `+`
        std::string extension_number;
        std::string extension_id;
        std::string name;
        std::string location;
        std::optional<bool> target; ///< of recipients of a group message: whether it was sent to exactly this one
    };

    class attachment {
    public:
        attachment() = default;

        std::string id;
        std::string uri;
        std::string type; ///< compare with `ringtail::attachment_type`
        std::string content_type;
        std::string file_name;
        std::optional<std::int64_t> size;              ///< bytes
        std::optional<std::int64_t> width;             ///< pixels
        std::optional<std::int64_t> height;            ///< pixels
        std::optional<std::chrono::seconds> duration;  ///< of a voicemail (`vmDuration`)
    };

    instant_message() = default;

    /** @throws failure(error::invalid_reply) unless the body is an object; nothing else is an error. */
    static instant_message parse(json::value const& body);

    std::string id;
    std::string type;      ///< compare with `ringtail::message_type`, which takes both spellings of `Voicemail`
    std::string direction; ///< compare with `ringtail::direction`
    party from;
    std::vector<party> to;
    std::string subject; ///< the text of an SMS
    std::optional<wall_time> creation_time;
    std::optional<wall_time> last_modified_time;
    std::string read_status; ///< compare with `ringtail::read_status`
    std::string priority;
    std::string availability;
    std::string message_status;
    std::string conversation_id;
    std::vector<attachment> attachments;
    std::string owner_id;

    std::string transcription_status;            ///< of a voicemail (`vmTranscriptionStatus`)
    std::string fax_resolution;                  ///< `High` or `Low`
    std::optional<std::int64_t> fax_page_count;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/events/impl/instant_message.ipp>
#endif
