// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/stream.hpp>
#include <ringtail/net/tls_identity.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <optional>

namespace ringtail::net {

/// Listens on a port of this machine.
class tcp_acceptor final : public acceptor {
public:
    tcp_acceptor(asio::any_io_executor const& strand, listening_point const& at);

    RINGTAIL_DECL asio::awaitable<std::unique_ptr<stream>> accept() override;
    RINGTAIL_DECL void close() noexcept override;

private:
    std::optional<tls_identity> identity_;
    asio::ip::tcp::acceptor acceptor_;
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/tcp_acceptor.ipp>
#endif
