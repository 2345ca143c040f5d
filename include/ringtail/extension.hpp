// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/event_filters.hpp>
#include <ringtail/fwd.hpp>
#include <ringtail/values.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail {

/** An extension of the account: a user, a call queue, an announcement and so on.

    What was not sent is empty. `id` goes straight into a filter: `filters.presence(extension.id)`. */
class extension {
public:
    class contact_info {
    public:
        contact_info() = default;

        std::string first_name;
        std::string last_name;
        std::string name;
        std::string company;
        std::string job_title;
        std::string department;
        std::string email;
        std::string business_phone; ///< E.164 with the `+`
        std::string mobile_phone;   ///< E.164 with the `+`
        std::optional<bool> email_as_login_name;
        std::string street;
        std::string city;
        std::string state;
        std::string zip;
        std::string country;
    };

    extension() = default;

    /** Lenient: ids may be text or numbers, any field may be missing, null or of another type.
        @throws failure(error::invalid_reply) unless it is an object. */
    static extension parse(json::value const& record);

    /// Whether the permission is there and enabled, such as `admin` or `internationalCalling`.
    [[nodiscard]] bool permitted(std::string_view permission) const noexcept;

    /// The whole record as JSON text, for fields that have no name here.
    [[nodiscard]] std::string const& raw() const noexcept { return raw_; }

    std::string id;
    std::string uri;
    std::string extension_number; ///< a new or unassigned extension has none
    std::string name;
    std::string type; ///< `User`, `Department` (a call queue), `Announcement`, `Voicemail` and others
    std::string sub_type;
    std::string status; ///< compare with `ringtail::extension_status`
    std::string partner_id;
    contact_info contact;
    std::map<std::string, bool, std::less<>> permissions; ///< by name: enabled
    std::optional<bool> hidden;                           ///< from the company directory
    std::string profile_image_uri;
    std::optional<wall_time> creation_time;

private:
    std::string raw_;
};

/// One page of the extension list.
class extension_page {
public:
    extension_page() = default;

    /** Records that are no objects are left out, everything else about a record is lenient.
        @throws failure(error::invalid_reply) unless it is an object with a list of records. */
    static extension_page parse(json::value const& answer);

    std::string uri;
    std::vector<extension> records;
    std::optional<std::string> next_page_uri; ///< absolute or only a path; nothing on the last page
    std::optional<std::int64_t> page;
    std::optional<std::int64_t> per_page;
    std::optional<std::int64_t> page_start;
    std::optional<std::int64_t> page_end;
    std::optional<std::int64_t> total_pages;
    std::optional<std::int64_t> total_elements;
};

/** Which extensions to list.

        ringtail::extension_query query;
        query.status(ringtail::extension_status::enabled).type("User"); */
class extension_query {
public:
    extension_query() = default;

    /// May be given several times; unset means every status.
    extension_query& status(extension_status wanted) { return status(name_of(wanted)); }
    extension_query& status(std::string_view wanted);
    /// May be given several times; unset means every type. The legacy type `Department` is a call queue.
    extension_query& type(std::string_view wanted);
    /** Records per page: 1 to 1000, by default 1000, the most the service allows.
        @throws failure(error::invalid_argument) outside of that range. */
    extension_query& per_page(int count);
    /** The page to begin with: from 1, the default.
        @throws failure(error::invalid_argument) below 1. */
    extension_query& page(int number);

    /// `page=1&perPage=1000&status=Enabled&type=User`: keys with several values are repeated.
    [[nodiscard]] std::string query_string() const;
    /// The path of the list with this query.
    [[nodiscard]] std::string path(resource_id const& account = "~") const;

private:
    std::vector<std::string> statuses_;
    std::vector<std::string> types_;
    int per_page_ = 1000;
    int page_ = 1;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/extension.ipp>
#endif
