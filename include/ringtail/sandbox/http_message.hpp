// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringtail::sandbox_detail {

/// Header fields or parameters in their order; repeated names are kept.
class field_list {
public:
    using value_type = std::pair<std::string, std::string>;

    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    void set(std::string_view name, std::string value);

    /// The first value of `name`, compared without case; header names and the few query names here allow it.
    [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
    [[nodiscard]] std::string get(std::string_view name) const { return find(name).value_or(std::string()); }
    [[nodiscard]] std::vector<std::string> all(std::string_view name) const;

    [[nodiscard]] auto begin() const noexcept { return fields_.begin(); }
    [[nodiscard]] auto end() const noexcept { return fields_.end(); }
    [[nodiscard]] bool empty() const noexcept { return fields_.empty(); }

private:
    std::vector<value_type> fields_;
};

[[nodiscard]] RINGTAIL_DECL bool same_text(std::string_view a, std::string_view b) noexcept; // ASCII, without case

class http_request {
public:
    http_request() = default;
    http_request(std::string verb, std::string path_and_query, std::string content = {})
        : method(std::move(verb)), target(std::move(path_and_query)), body(std::move(content))
    {
    }

    std::string method;
    std::string target;
    field_list headers;
    std::string body;
};

/// What the connection does with an answer, beyond sending it.
enum class wire_effect {
    none,
    close_after,  ///< close the kept-alive connection without having said so
    cut_header,   ///< close in the middle of the header
    cut_body,     ///< close in the middle of the body
    lost,         ///< close before the first byte
    reset,        ///< RST before the first byte
    stall,        ///< never answer
    trickle,      ///< a few bytes at a time
    wrong_length, ///< promise more body than there is, and keep the connection
    raw,          ///< the body is all there is: no status line, no header
};

class http_reply {
public:
    http_reply() = default;
    explicit http_reply(int its_status, std::string content = {}) : status(its_status), body(std::move(content)) {}

    int status = 200;
    field_list headers;
    std::string body;

    wire_effect effect = wire_effect::none;
    std::chrono::milliseconds delay{0}; ///< before the first byte, and between the pieces of a trickle
};

// Replies of the API ---------------------------------------------------------------------------------------------

[[nodiscard]] RINGTAIL_DECL http_reply json_reply(int status, json::value const& body);

/// `{"errorCode","message","errors":[{...}]}`; `outer` stands outside when it differs from `code`.
[[nodiscard]] RINGTAIL_DECL http_reply api_error(int status, std::string_view code, std::string_view message,
                                                 std::string_view parameter = {}, std::string_view outer = {});

/// `{"error","error_description","errors":[{...}]}`, what the token endpoint says.
[[nodiscard]] RINGTAIL_DECL http_reply oauth_error(int status, std::string_view error, std::string_view code,
                                                   std::string_view message);

// Targets and forms ----------------------------------------------------------------------------------------------

[[nodiscard]] RINGTAIL_DECL std::string percent_decode(std::string_view text, bool plus_is_space = false);
[[nodiscard]] RINGTAIL_DECL std::string percent_encode(std::string_view text);
[[nodiscard]] RINGTAIL_DECL field_list parse_parameters(std::string_view text); ///< of a query or a form

/// A request target cut at its `?`; the path is still percent-encoded.
class split_target {
public:
    explicit split_target(std::string_view target);

    [[nodiscard]] std::vector<std::string_view> segments() const; ///< of the path, without the leading slash

    std::string path;
    field_list query;
};

/// `Mon, 05 Jan 2026 09:00:00 GMT`, in whatever locale.
[[nodiscard]] RINGTAIL_DECL std::string http_date(wall_time when);

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/http_message.ipp>
#endif
