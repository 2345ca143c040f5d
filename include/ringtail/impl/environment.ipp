// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/environment.hpp>
#include <ringtail/net/real_time.hpp>
#include <ringtail/net/services.hpp>
#include <ringtail/net/tcp_connector.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <random>

namespace ringtail {

RINGTAIL_DECL environment_options::environment_options() = default;
RINGTAIL_DECL environment_options::environment_options(environment_options&&) noexcept = default;
RINGTAIL_DECL environment_options& environment_options::operator=(environment_options&&) noexcept = default;
RINGTAIL_DECL environment_options::~environment_options() = default;

namespace detail {

// A strand of a known executor fits into an `any_io_executor`; one that is of `any_io_executor` itself does not, and each operation
// that waits would hold two or three blocks of 100 bytes for it.
inline asio::any_io_executor strand_on(asio::any_io_executor executor)
{
    if (auto const* const known = executor.target<asio::io_context::executor_type>()) {
        return asio::make_strand(*known);
    }
    return asio::make_strand(std::move(executor));
}

} // namespace detail

RINGTAIL_DECL environment::environment(asio::any_io_executor executor, environment_options options)
{
    auto const strand = detail::strand_on(std::move(executor));
    auto seed = options.seed;
    if (!seed) {
        std::random_device device;
        seed = std::uint64_t{device()} << 32 | device();
    }
    auto time = options.time ? std::move(options.time) : std::make_unique<net::real_time>(strand);
    services_ = std::make_shared<net::services>(strand, std::move(time), *seed);
    if (options.connector) {
        services_->use(std::move(options.connector));
    } else {
        auto tls = std::make_shared<net::tls_context>();
        if (!options.trusted_certificates.empty()) {
            tls->add_trust(options.trusted_certificates);
        }
        services_->use(std::make_unique<net::tcp_connector>(strand, services_->deadlines, std::move(tls)));
    }
}

RINGTAIL_DECL asio::any_io_executor environment::get_executor() const
{
    return services_->strand;
}

} // namespace ringtail
