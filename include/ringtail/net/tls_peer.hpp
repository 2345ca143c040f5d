// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <chrono>
#include <cstddef>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ringtail::net {

/** A server as TLS knows it: its name, and sessions that can be resumed there.

    A connection that resumes one neither gets nor verifies certificates: it has those that were verified when the session
    began, and all connections share them. That makes each 10 KiB smaller. So a session is for the same name, port and trust
    only, and not for long. */
class tls_peer {
public:
    /// The certificates are looked at again after that.
    static constexpr std::chrono::hours longest_trust{24};

    explicit tls_peer(std::string name);

    /// What can be resumed, or nothing.
    class session {
    public:
        session() = default;
        session(void* taken, std::time_t looked) : handle(taken), verified(looked) {}

        struct release {
            void operator()(void* session) const noexcept;
        };
        std::unique_ptr<void, release> handle; ///< OpenSSL's `SSL_SESSION*`
        std::time_t verified = 0;              ///< when the certificates were
    };

    /** The newest session that is still good at that time.

        Each is for one connection, as servers like it (RFC 8446 appendix C.4); but the last one is shared rather than none. */
    [[nodiscard]] session take(std::time_t now);
    void keep(session fresh) noexcept;
    void forget() noexcept { kept_.clear(); }
    [[nodiscard]] std::size_t size() const noexcept { return kept_.size(); }

    std::string const host;

private:
    static constexpr std::size_t most = 16;

    std::vector<session> kept_; // the newest last
};

/// What OpenSSL's calls back to us need to know of a connection: the data of its BIO.
class tls_link {
public:
    int socket = -1;
    std::shared_ptr<tls_peer> peer; ///< none of a client
    std::time_t verified = 0;       ///< when the peer's certificates were, at the latest
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/tls_peer.ipp>
#endif
