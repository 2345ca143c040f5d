// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/stream.hpp>

#include <boost/asio/error.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace ringtail::net {

/** The wait for bytes that may be long in coming, for a coroutine that holds nothing but the stream meanwhile.

    As long as `nothing_came`, wait for `readable`; then whoever needs the bytes calls `read`, before anybody else uses the scratch
    memory. Not every byte is one for us, for TLS has its own, so the stream is read before the wait is called over. */
class arrival {
public:
    [[nodiscard]] bool nothing_came(stream& at, std::vector<char>& scratch) noexcept
    {
        if (!std::exchange(woken_, false)) {
            return !pending_ && at.drained();
        }
        got_ = at.read(scratch.data(), scratch.size(), how_);
        pending_ = how_ != asio::error::would_block;
        return !pending_;
    }
    asio::awaitable<void> readable(stream& at)
    {
        woken_ = true;
        return at.readable();
    }

    /// Whether `read` has something to say without a wait.
    [[nodiscard]] bool ready(stream const& at) const noexcept { return pending_ || !at.drained(); }
    std::size_t read(stream& at, std::vector<char>& scratch, error_code& how) noexcept
    {
        woken_ = false;
        if (!std::exchange(pending_, false)) {
            return at.read(scratch.data(), scratch.size(), how);
        }
        how = how_;
        return got_;
    }

private:
    bool woken_ = false;
    bool pending_ = false; // the last read was not handed over
    std::size_t got_ = 0;
    error_code how_;
};

} // namespace ringtail::net
