// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/webhook_service.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace ringtail::sandbox_detail {

/** Posts to webhooks on loopback over kept-alive connections: plain HTTP, or TLS that is verified.

    Everything happens on the executor, which has to be a strand. */
class webhook_sender : public std::enable_shared_from_this<webhook_sender> {
public:
    using receiver = std::function<void(post_id, webhook_result const&)>;

    /// `certificates`: a PEM file trusted beside the system's, or empty. Throws `failure` when it cannot be read.
    webhook_sender(asio::any_io_executor executor, std::string const& certificates, receiver on_result);
    ~webhook_sender();
    webhook_sender(webhook_sender const&) = delete;
    webhook_sender& operator=(webhook_sender const&) = delete;

    void send(webhook_post post); ///< `on_result` is told what came of it, unless `stop` is faster
    void stop();                  ///< closes everything

private:
    struct line;    // one connection
    struct trust;   // keeps OpenSSL out of this header
    using line_ptr = std::shared_ptr<line>;

    [[nodiscard]] static asio::awaitable<void> deliver(std::shared_ptr<webhook_sender> self, webhook_post post);
    [[nodiscard]] static asio::awaitable<webhook_result> attempt(std::shared_ptr<webhook_sender> self,
                                                                 webhook_post post, line_ptr to, bool& silent);
    [[nodiscard]] static asio::awaitable<webhook_result> connect(std::shared_ptr<webhook_sender> self,
                                                                 webhook_url url, line_ptr to);

    asio::any_io_executor executor_;
    receiver on_result_;
    std::unique_ptr<trust> trust_;
    bool stopped_ = false;
    std::map<std::string, std::vector<line_ptr>> idle_; ///< by origin
    std::set<line_ptr> busy_;
};

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/webhook_sender.ipp>
#endif
