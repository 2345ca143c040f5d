// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/http_message.hpp>
#include <ringtail/sandbox/options.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace ringtail::sandbox_detail {

enum class rate_group { none, auth, light, medium, heavy };

/// The rate limits: one bucket per user, app and group.
class throttle {
public:
    explicit throttle(sandbox_options const& options) : options_(options) {}

    /** Count one request. Empty: it may pass, and `headers` are what its answer carries; else the 429.

        A request inside a penalty starts it anew: a client that only waits for its own call stays shut out. */
    [[nodiscard]] std::optional<http_reply> admit(std::string const& user_and_app, rate_group group, wall_time now,
                                                  field_list& headers);

    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
    [[nodiscard]] std::uint64_t inside_penalty() const noexcept { return inside_penalty_; }

private:
    struct usage {
        wall_time window_end;
        wall_time penalty_end;
        std::size_t used = 0;
    };

    [[nodiscard]] std::size_t budget(rate_group group) const noexcept;

    sandbox_options const& options_;
    std::map<std::pair<std::string, rate_group>, usage> buckets_;
    std::uint64_t refused_ = 0;
    std::uint64_t inside_penalty_ = 0;
};

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/throttle.ipp>
#endif
