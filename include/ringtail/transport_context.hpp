// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>
#include <ringtail/log.hpp>
#include <ringtail/request.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace ringtail {

namespace net {
class services;
}
namespace core {
class account;
}

/** What a transport is given: where to run, the time, the account's REST calls, settings and the log.

    Cheap to copy. It keeps the account alive. */
class transport_context {
public:
    explicit transport_context(std::shared_ptr<core::account> of) : account_(std::move(of)) {}

    /// The strand that everything of this subscription runs on.
    [[nodiscard]] asio::any_io_executor get_executor() const;
    [[nodiscard]] config const& settings() const noexcept;

    [[nodiscard]] steady_time now() const noexcept;
    [[nodiscard]] wall_time wall_now() const noexcept;
    /// Wait; throws `operation_aborted` when cancelled.
    asio::awaitable<void> sleep_until(steady_time when) const;

    /** A call of the account's REST API, with its token, rate-limit gates and deadline.

        @return whatever was answered, of any status.
        @throws failure if there was no answer, no token, or the gate stays closed beyond the deadline. */
    asio::awaitable<response> request(ringtail::request call) const;

    /// A name for this account's connections to third parties (PubNub's `uuid`): random, the same as long as it lives.
    [[nodiscard]] std::string const& delivery_id() const noexcept;

    /// How many of this account's calls found no way to the service so far: while it grows, silence proves nothing.
    [[nodiscard]] std::uint64_t unreached() const noexcept;

    void log(log_level level, std::string_view line) const;

    /// Connections, deadlines and randomness of the environment, for transports that do their own I/O.
    [[nodiscard]] net::services& services() const noexcept;

private:
    std::shared_ptr<core::account> account_;
};

} // namespace ringtail
