// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/http_message.hpp>
#include <ringtail/sandbox/toolbox.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail::sandbox_detail {

class extension_record {
public:
    extension_record(std::int64_t its_id, std::string its_number, std::string first, std::string last)
        : id(its_id), number(std::move(its_number)), first_name(std::move(first)), last_name(std::move(last))
    {
    }

    std::int64_t id;
    std::string number;
    std::string first_name;
    std::string last_name;

    [[nodiscard]] std::string id_text() const { return std::to_string(id); }
    [[nodiscard]] std::string name() const { return first_name + " " + last_name; }
};

/// The people of the virtual account. The first is the administrator, whom the app logs in as.
class extension_directory {
public:
    extension_directory(std::size_t count, id_source& ids);

    [[nodiscard]] std::string const& account_id() const noexcept { return account_id_; }
    [[nodiscard]] std::string owner_id() const { return people_.front().id_text(); }
    [[nodiscard]] std::vector<extension_record> const& people() const noexcept { return people_; }
    [[nodiscard]] extension_record const* find(std::string_view id) const noexcept;

    /// `GET /account/~/extension`: paged, with `navigation`. `origin` leads the absolute uris.
    [[nodiscard]] http_reply list(field_list const& query, std::string_view origin) const;
    [[nodiscard]] http_reply one(std::string_view id, std::string_view origin) const;

private:
    [[nodiscard]] std::string base_uri(std::string_view origin) const;

    std::string account_id_;
    std::vector<extension_record> people_;
};

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/extension_directory.ipp>
#endif
