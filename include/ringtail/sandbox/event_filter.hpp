// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/http_message.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ringtail::sandbox_detail {

/// What the service knows about one kind of event.
class filter_rule {
public:
    constexpr filter_rule(std::string_view its_pattern, std::string_view its_scope, bool is_sensitive = false,
                          std::string_view its_refusal = {})
        : pattern(its_pattern), scope(its_scope), sensitive(is_sensitive), refusal_of_others(its_refusal)
    {
    }

    std::string_view pattern;           ///< path with `*` for one segment
    std::string_view scope;             ///< that the token needs; empty: none
    bool sensitive;                     ///< forces encryption
    std::string_view refusal_of_others; ///< error code when it is asked of another extension; empty: allowed
};

/// The rule a path falls under, or null when the service would not know it.
[[nodiscard]] RINGTAIL_DECL filter_rule const* rule_of(std::string_view path);

/// How much of a presence body is sent.
enum class presence_detail { plain, detailed, with_sip };

/// One event filter, or the name of an event, which has the same form.
class event_filter {
public:
    /// `~` stands for `account` and `extension` in the path; `shown` keeps it when `keep_tilde`.
    event_filter(std::string_view text, std::string_view account, std::string_view extension, bool keep_tilde);

    std::string shown;      ///< as answers and events spell it
    std::string path;       ///< ids in the place of `~`
    field_list query;
    std::string account;    ///< ids in the path, empty when it has none
    std::string extension;

    [[nodiscard]] presence_detail detail() const;
};

/** Whether a filter's query parameters let an event through, the paths being alike.

    A parameter restricts only when the event says something about it, in its own query or in its body: so
    `direction=Inbound` does not hold back a message-store event, which knows no direction. */
[[nodiscard]] RINGTAIL_DECL bool admits(event_filter const& filter, event_filter const& event,
                                        json::value const& body);

/// The paths of filters that an event on `event` reaches: its own, and those for the whole account.
[[nodiscard]] RINGTAIL_DECL std::vector<std::string> reached_paths(event_filter const& event);

/// The body of a presence event as a filter of that detail gets it; other bodies have nothing to lose.
[[nodiscard]] RINGTAIL_DECL json::value trimmed(json::value const& body, presence_detail detail);

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/event_filter.ipp>
#endif
