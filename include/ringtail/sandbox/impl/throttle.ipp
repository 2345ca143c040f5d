// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/throttle.hpp>

#include <algorithm>

namespace ringtail::sandbox_detail {

RINGTAIL_DECL std::size_t throttle::budget(rate_group group) const noexcept
{
    switch (group) {
    case rate_group::auth: return options_.auth_budget;
    case rate_group::light: return options_.light_budget;
    case rate_group::medium: return options_.medium_budget;
    case rate_group::heavy: return options_.heavy_budget;
    case rate_group::none: break;
    }
    return 0;
}

RINGTAIL_DECL std::optional<http_reply> throttle::admit(std::string const& user_and_app, rate_group group,
                                                        wall_time now, field_list& headers)
{
    if (group == rate_group::none)
        return std::nullopt;
    auto& bucket = buckets_[{user_and_app, group}];
    auto const limit = budget(group);
    bool const punished = now < bucket.penalty_end;
    if (now >= bucket.window_end) {
        bucket.window_end = now + options_.rate_window;
        bucket.used = 0;
    }
    bool const passes = !options_.rate_limits || (!punished && bucket.used < limit);
    bucket.used += passes && options_.rate_limits ? 1 : 0;

    auto const* const name = group == rate_group::auth     ? "auth"
                             : group == rate_group::light  ? "light"
                             : group == rate_group::medium ? "medium"
                                                           : "heavy";
    headers.set("X-Rate-Limit-Group", name);
    headers.set("X-Rate-Limit-Limit", std::to_string(limit));
    headers.set("X-Rate-Limit-Remaining", std::to_string(limit - std::min(limit, bucket.used)));
    headers.set("X-Rate-Limit-Window", std::to_string(options_.rate_window.count()));
    if (passes)
        return std::nullopt;

    ++refused_;
    inside_penalty_ += punished ? 1 : 0;
    bucket.penalty_end = now + options_.rate_penalty;
    bucket.window_end = bucket.penalty_end; // the budget is whole again when the penalty is over
    auto reply = api_error(429, "CMN-301", "Request rate exceeded");
    reply.headers.set("WWW-Authenticate",
                      R"(Bearer realm="RingCentral REST API", error="CMN-301", )"
                      R"(error_description="Request rate exceeded")");
    if (options_.retry_after_header)
        headers.set("Retry-After", std::to_string(options_.rate_penalty.count()));
    return reply;
}

} // namespace ringtail::sandbox_detail
