// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/config.hpp>
#include <ringtail/request.hpp>

#include <array>
#include <cstddef>
#include <optional>

namespace ringtail::protocol {

/** The gates of one account, one for each API group.

    Every request that the service sees inside a penalty restarts it (vendor's page "Rate limits"), so after a 429 nothing
    of that group may leave before the gate opens, and before it comes no more requests should be out than the budget has
    left, which the service tells with each answer (`X-Rate-Limit-Limit`, `-Remaining`, `-Window`). */
class throttle {
public:
    /// Why a request has to wait, and until when at most.
    class hold {
    public:
        steady_time until;
        bool penalty; ///< a 429 closed the gate: it must not leave earlier. Else it should wait, and may leave if it can't.
    };

    /// Nothing if a request of the group may leave now. Ask again when an answer came.
    [[nodiscard]] RINGTAIL_DECL std::optional<hold> held(api_group group, steady_time now) const noexcept;

    /// A request leaves.
    RINGTAIL_DECL void sent(api_group group, steady_time now) noexcept;
    /// Its answer is here.
    RINGTAIL_DECL void answered(api_group group, steady_time now, response const& answer) noexcept;
    /// It ended without one.
    RINGTAIL_DECL void lost(api_group group) noexcept;

private:
    class gate {
    public:
        steady_time opens{};                    // after a 429
        std::size_t out = 0;                    // requests without an answer
        std::optional<steady_time> first_sent;  // until the first answer
        bool heard = false;
        std::optional<std::size_t> budget;      // of a window, as last told
        std::optional<std::size_t> remaining;   // of the present one
        steady_time window_ends{};
    };
    static constexpr std::size_t index(api_group group) noexcept { return static_cast<std::size_t>(group); }
    std::array<gate, 4> gates_;
};

} // namespace ringtail::protocol

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/protocol/impl/throttle.ipp>
#endif
