// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>
#include <ringtail/values.hpp>

#include <string>
#include <vector>

namespace ringtail {

/** The body of a notification of the extension list, and of one extension's info: who was created, changed or
    deleted. Read the new data over REST. */
class extension_list {
public:
    class change {
    public:
        change() = default;

        std::string extension_id;
        std::string event_type; ///< compare with `ringtail::extension_event`
        /// What has changed, in the vendor's words: `ExtensionInfo`, `Permissions`, `CompanyNumbers` and others.
        std::vector<std::string> hints;
    };

    extension_list() = default;

    /** @throws failure(error::invalid_reply) unless the body is an object; nothing else is an error. */
    static extension_list parse(json::value const& body);

    std::vector<change> extensions;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/events/impl/extension_list.ipp>
#endif
