// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringtail {

/// The service's rate-limit groups (vendor's page "Rate limits"); each is throttled on its own.
enum class api_group { auth, light, medium, heavy };

/// A call of the service's API, over REST or over the gateway's socket.
class request {
public:
    request() = default;
    /** @param verb     HTTP method
        @param target   absolute path with its query, such as `/restapi/v1.0/subscription`
        @param of       the rate-limit group that the vendor counts the call in
        @param content  JSON, or empty for none */
    request(std::string verb, std::string target, api_group of = api_group::medium, std::string content = {})
        : method(std::move(verb)), path(std::move(target)), group(of), body(std::move(content))
    {
    }

    std::string method = "GET";
    std::string path;
    api_group group = api_group::medium;
    std::string body;
    std::optional<steady_time> deadline; ///< total, for all its repeats; `config::call_timeout` from now unless given
};

/// What the service answered.
class response {
public:
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// The first header of that name in any case, or an empty view.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
    [[nodiscard]] bool ok() const noexcept { return status >= 200 && status < 300; }
};

namespace detail {

constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept
{
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i != a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

} // namespace detail

inline std::string_view response::header(std::string_view name) const noexcept
{
    for (auto const& [key, value] : headers) {
        if (detail::equals_ignoring_case(key, name)) {
            return value;
        }
    }
    return {};
}

} // namespace ringtail
