// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/fault.hpp>
#include <ringtail/sandbox/http_message.hpp>
#include <ringtail/sandbox/subscription_service.hpp>

#include <cstdint>
#include <list>
#include <optional>
#include <string>

namespace ringtail::sandbox_detail {

/// The faults that are waiting for their moment.
class fault_book {
public:
    void add(fault fault) { faults_.push_back({std::move(fault), 0}); }
    void clear() { faults_.clear(); }

    /// The fault that strikes this call, if one does. It counts as having struck.
    [[nodiscard]] std::optional<fault> take(sandbox_call call);
    void count_strike() noexcept { ++struck_; } ///< of one that was not waiting here

    [[nodiscard]] std::uint64_t struck() const noexcept { return struck_; }

private:
    struct entry {
        fault what;
        std::size_t seen; ///< fitting requests so far
    };
    std::list<entry> faults_;
    std::uint64_t struck_ = 0;
};

/// The answer that stands in for the real one; empty when the fault leaves that be.
[[nodiscard]] RINGTAIL_DECL std::optional<http_reply> replacement(fault const& fault);

/// Damage on the way of a real answer.
RINGTAIL_DECL void spoil(http_reply& reply, fault const& fault);

/// The JSON text of the `d` of a PubNub message, damaged when `damage` says so.
[[nodiscard]] RINGTAIL_DECL std::string pubnub_payload(outgoing const& message, std::optional<fault> const& damage,
                                                       id_source& ids);

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/fault_book.ipp>
#endif
