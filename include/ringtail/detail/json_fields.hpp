// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail::detail {

/** A lenient view of a JSON object of the service.

    The same field comes as a number in one place and as text in another, and is null or missing in a third, so asking
    for a field never fails: what cannot be read as the wanted type is absent. Refers to the object, which must
    outlive it. */
class json_fields {
public:
    /** @param what names the value in the error text.
        @throws failure(error::invalid_reply) unless `value` is an object. */
    static json_fields of(json::value const& value, std::string_view what);

    /// A null pointer stands for an object without fields.
    explicit json_fields(json::object const* object) noexcept : object_(object) {}

    explicit operator bool() const noexcept { return object_ != nullptr; }

    /// Text as it is, a whole number in decimal; else empty.
    [[nodiscard]] std::string text(std::string_view name) const;
    /// A boolean, or the text `true` or `false` in any case.
    [[nodiscard]] std::optional<bool> flag(std::string_view name) const;
    /// A whole number, also when sent as text or with a zero fraction.
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const;
    /// A count of seconds, neither negative nor longer than a century.
    [[nodiscard]] std::optional<std::chrono::seconds> seconds(std::string_view name) const;
    [[nodiscard]] std::optional<wall_time> time(std::string_view name) const;
    /// The elements that `text` can read; a lone text counts as a list of one.
    [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
    [[nodiscard]] json_fields object(std::string_view name) const;
    /// The elements of a list that are objects.
    [[nodiscard]] std::vector<json_fields> objects(std::string_view name) const;

    /// The value behind a field; null when it is missing.
    [[nodiscard]] json::value const* find(std::string_view name) const noexcept;

private:
    json::object const* object_;
};

} // namespace ringtail::detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/detail/impl/json_fields.ipp>
#endif
