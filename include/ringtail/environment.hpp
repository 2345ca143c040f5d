// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace ringtail {

namespace net {
class connector;
class services;
class time_source;
} // namespace net

/// What an environment may be given instead of its defaults.
class environment_options {
public:
    environment_options();
    environment_options(environment_options&&) noexcept;
    environment_options& operator=(environment_options&&) noexcept;
    ~environment_options();

    std::string trusted_certificates; ///< PEM file, trusted beside the system's certificates
    /// For tests and simulations: where time and connections come from.
    std::unique_ptr<net::time_source> time;
    std::unique_ptr<net::connector> connector;
    std::optional<std::uint64_t> seed; ///< of jitter and names; random unless given
};

/** What clients share: one strand, one clock with all deadlines, TLS trust, kept connections.

    All clients of an environment run on its strand, so an environment is the unit of concurrency: programs that want more
    than one core for their subscriptions make one for each. Asio starts one thread for names that must be resolved;
    there is no other thread.
    @par Lifetimes     Clients and subscriptions keep what they need of it alive; the execution context must outlive them.
    @par Thread safety Distinct objects: safe. Shared: safe to give to clients. */
class environment {
public:
    /// @throws failure(error::tls_failed) if the system's OpenSSL can't be set up or a certificate file has none.
    explicit environment(asio::any_io_executor executor, environment_options options = {});

    [[nodiscard]] asio::any_io_executor get_executor() const;
    [[nodiscard]] std::shared_ptr<net::services> const& services() const noexcept { return services_; }

private:
    std::shared_ptr<net::services> services_;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/environment.ipp>
#endif
