// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/deadlines.hpp>
#include <ringtail/net/stream.hpp>
#include <ringtail/net/tls_context.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace ringtail::net {

/** The real connector: resolves (literal addresses need no resolver, and so no resolver thread), tries each address, and
    makes TLS of it where asked. */
class tcp_connector final : public connector {
public:
    tcp_connector(asio::any_io_executor strand, deadlines& time, std::shared_ptr<tls_context> tls)
        : executor_(std::move(strand)), time_(time), tls_(std::move(tls))
    {
    }

    RINGTAIL_DECL asio::awaitable<std::unique_ptr<stream>> connect(endpoint to, steady_time deadline) override;
    std::unique_ptr<acceptor> listen(listening_point const&) override { return nullptr; }

private:
    asio::any_io_executor executor_;
    deadlines& time_;
    std::shared_ptr<tls_context> tls_;
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/tcp_connector.ipp>
#endif
