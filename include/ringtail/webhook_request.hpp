// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/event.hpp>
#include <ringtail/request.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringtail {

/// A request that a web server received, as far as a webhook looks at it.
class webhook_request {
public:
    webhook_request() = default;
    webhook_request(std::string verb, std::vector<std::pair<std::string, std::string>> lines, std::string content)
        : method(std::move(verb)), headers(std::move(lines)), body(std::move(content))
    {
    }

    /// The first header of that name in any case, or an empty view.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept
    {
        for (auto const& [key, value] : headers) {
            if (detail::equals_ignoring_case(key, name)) {
                return value;
            }
        }
        return {};
    }

    std::string method;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// What to answer, and what was delivered.
class webhook_reply {
public:
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers; ///< to be sent; the body is empty
    std::optional<ringtail::event> event; ///< a `notification`, or `undecodable` for a body that is none
};

} // namespace ringtail
