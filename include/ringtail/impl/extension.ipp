// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/filter_syntax.hpp>
#include <ringtail/detail/json_fields.hpp>
#include <ringtail/error.hpp>
#include <ringtail/extension.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace ringtail {

namespace detail {

inline extension::contact_info read_contact(json_fields const& fields)
{
    extension::contact_info contact;
    contact.first_name = fields.text("firstName");
    contact.last_name = fields.text("lastName");
    contact.name = fields.text("name");
    contact.company = fields.text("company");
    contact.job_title = fields.text("jobTitle");
    contact.department = fields.text("department");
    contact.email = fields.text("email");
    contact.business_phone = fields.text("businessPhone");
    contact.mobile_phone = fields.text("mobilePhone");
    contact.email_as_login_name = fields.flag("emailAsLoginName");
    auto const address = fields.object("businessAddress");
    contact.street = address.text("street");
    contact.city = address.text("city");
    contact.state = address.text("state");
    contact.zip = address.text("zip");
    contact.country = address.text("country");
    return contact;
}

} // namespace detail

RINGTAIL_DECL extension extension::parse(json::value const& record)
{
    auto const fields = detail::json_fields::of(record, "the extension");
    extension result;
    result.id = fields.text("id");
    result.uri = fields.text("uri");
    result.extension_number = fields.text("extensionNumber");
    result.name = fields.text("name");
    result.type = fields.text("type");
    result.sub_type = fields.text("subType");
    result.status = fields.text("status");
    result.partner_id = fields.text("partnerId");
    result.contact = detail::read_contact(fields.object("contact"));
    auto const* permissions = fields.find("permissions");
    if (permissions != nullptr && permissions->is_object()) {
        for (auto const& entry : permissions->get_object()) {
            detail::json_fields const permission(entry.value().if_object());
            auto const key = entry.key();
            result.permissions.emplace(std::string(key.data(), key.size()),
                                       permission.flag("enabled").value_or(false));
        }
    }
    result.hidden = fields.flag("hidden");
    result.profile_image_uri = fields.object("profileImage").text("uri");
    result.creation_time = fields.time("creationTime");
    result.raw_ = json::serialize(record);
    return result;
}

RINGTAIL_DECL bool extension::permitted(std::string_view permission) const noexcept
{
    auto const found = permissions.find(permission);
    return found != permissions.end() && found->second;
}

RINGTAIL_DECL extension_page extension_page::parse(json::value const& answer)
{
    auto const fields = detail::json_fields::of(answer, "the extension list");
    auto const* records = fields.find("records");
    if (records == nullptr || !records->is_array()) {
        // an empty page in its place would leave the caller with no extensions to follow and no word of it
        throw failure(error::invalid_reply, "the extension list has no records");
    }
    extension_page result;
    result.uri = fields.text("uri");
    for (auto const& each : records->get_array()) {
        if (each.is_object()) {
            result.records.push_back(extension::parse(each));
        }
    }
    if (auto next = fields.object("navigation").object("nextPage").text("uri"); !next.empty()) {
        result.next_page_uri = std::move(next);
    }
    auto const paging = fields.object("paging");
    result.page = paging.number("page");
    result.per_page = paging.number("perPage");
    result.page_start = paging.number("pageStart");
    result.page_end = paging.number("pageEnd");
    result.total_pages = paging.number("totalPages");
    result.total_elements = paging.number("totalElements");
    return result;
}

RINGTAIL_DECL extension_query& extension_query::status(std::string_view wanted)
{
    statuses_.emplace_back(wanted);
    return *this;
}

RINGTAIL_DECL extension_query& extension_query::type(std::string_view wanted)
{
    types_.emplace_back(wanted);
    return *this;
}

RINGTAIL_DECL extension_query& extension_query::per_page(int count)
{
    if (count < 1 || count > 1000) {
        throw failure(error::invalid_argument, "extensions per page: 1 to 1000");
    }
    per_page_ = count;
    return *this;
}

RINGTAIL_DECL extension_query& extension_query::page(int number)
{
    if (number < 1) {
        throw failure(error::invalid_argument, "pages are counted from 1");
    }
    page_ = number;
    return *this;
}

RINGTAIL_DECL std::string extension_query::query_string() const
{
    auto query = "page=" + std::to_string(page_) + "&perPage=" + std::to_string(per_page_);
    for (auto const& status : statuses_) {
        query += "&status=" + detail::encode_part(status, "");
    }
    for (auto const& type : types_) {
        query += "&type=" + detail::encode_part(type, "");
    }
    return query;
}

RINGTAIL_DECL std::string extension_query::path(resource_id const& account) const
{
    return detail::account_path(account.text()) + "/extension?" + query_string();
}

} // namespace ringtail
