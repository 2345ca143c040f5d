// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/extension_directory.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace ringtail::sandbox_detail {

inline json::object describe(extension_record const& person, std::string const& base, bool admin)
{
    return json::object{
        {"uri", base + "/" + person.id_text()},
        {"id", person.id},
        {"extensionNumber", person.number},
        {"name", person.name()},
        {"type", "User"},
        {"status", "Enabled"},
        {"hidden", false},
        {"contact", json::object{{"firstName", person.first_name},
                                 {"lastName", person.last_name},
                                 {"email", "ext" + person.number + "@example.com"}}},
        {"permissions", json::object{{"admin", json::object{{"enabled", admin}}},
                                     {"internationalCalling", json::object{{"enabled", true}}}}}};
}

RINGTAIL_DECL extension_directory::extension_directory(std::size_t count, id_source& ids)
    : account_id_(ids.digits(12))
{
    constexpr std::array<char const*, 12> first{"Ann", "Bob", "Carla", "Deniz", "Emma", "Femi",
                                                "Goran", "Hana", "Ines", "Jun", "Karim", "Lena"};
    constexpr std::array<char const*, 11> last{"Abel", "Brandt", "Costa", "Dahl", "Evans", "Fischer",
                                               "Garcia", "Hoang", "Ivanova", "Jansen", "Kaya"};
    auto const base = static_cast<std::int64_t>(std::stoll(ids.digits(12)));
    for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i)
        people_.emplace_back(base + static_cast<std::int64_t>(i), std::to_string(101 + i), first[i % first.size()],
                             last[i % last.size()]);
}

RINGTAIL_DECL extension_record const* extension_directory::find(std::string_view id) const noexcept
{
    std::int64_t wanted = 0; // ids are consecutive
    auto const [end, problem] = std::from_chars(id.data(), id.data() + id.size(), wanted);
    if (problem != std::errc() || end != id.data() + id.size())
        return nullptr;
    auto const place = wanted - people_.front().id;
    if (place < 0 || static_cast<std::size_t>(place) >= people_.size())
        return nullptr;
    return &people_[static_cast<std::size_t>(place)];
}

RINGTAIL_DECL std::string extension_directory::base_uri(std::string_view origin) const
{
    return std::string(origin) + "/restapi/v1.0/account/" + account_id_ + "/extension";
}

RINGTAIL_DECL http_reply extension_directory::list(field_list const& query, std::string_view origin) const
{
    auto const page = parse_count(query.find("page").value_or("1"), 1'000'000);
    auto const per_page = parse_count(query.find("perPage").value_or("100"), 1000);
    if (page == 0 || per_page == 0)
        return api_error(400, "CMN-101", "Parameter value is invalid", page == 0 ? "page" : "perPage");

    auto const admits = [&](std::string_view name, std::string_view value) {
        auto const wanted = query.all(name);
        return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](auto const& w) { return w == value; });
    };
    std::vector<extension_record const*> chosen;
    if (admits("status", "Enabled") && admits("type", "User"))
        for (auto const& person : people_)
            if (admits("extensionNumber", person.number))
                chosen.push_back(&person);

    auto const pages = std::max<std::size_t>(1, (chosen.size() + per_page - 1) / per_page);
    if (page > pages)
        return api_error(404, "CMN-102", "Resource for parameter [page] is not found", "page");

    std::string filters;
    for (auto const& [name, value] : query)
        if (name != "page" && name != "perPage" && name != "access_token")
            filters += "&" + percent_encode(name) + "=" + percent_encode(value);
    auto const link = [&](std::size_t to) {
        return json::object{{"uri", base_uri(origin) + "?page=" + std::to_string(to) +
                                        "&perPage=" + std::to_string(per_page) + filters}};
    };
    auto const from = (page - 1) * per_page;
    auto const until = std::min(chosen.size(), from + per_page);
    json::array records;
    for (auto i = from; i < until; ++i)
        records.push_back(describe(*chosen[i], base_uri(origin), chosen[i] == &people_.front()));

    json::object paging{
        {"page", page}, {"perPage", per_page}, {"totalPages", pages}, {"totalElements", chosen.size()}};
    if (until > from) {
        paging["pageStart"] = from;
        paging["pageEnd"] = until - 1;
    }
    json::object navigation{{"firstPage", link(1)}, {"lastPage", link(pages)}};
    if (page > 1)
        navigation["previousPage"] = link(page - 1);
    if (page < pages)
        navigation["nextPage"] = link(page + 1);
    return json_reply(200, json::object{{"uri", link(page)["uri"]},
                                        {"records", std::move(records)},
                                        {"paging", std::move(paging)},
                                        {"navigation", std::move(navigation)}});
}

RINGTAIL_DECL http_reply extension_directory::one(std::string_view id, std::string_view origin) const
{
    auto const* const person = find(id);
    if (!person)
        return api_error(404, "CMN-102", "Resource for parameter [extensionId] is not found", "extensionId");
    return json_reply(200, describe(*person, base_uri(origin), person == &people_.front()));
}

} // namespace ringtail::sandbox_detail
