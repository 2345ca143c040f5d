// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "blocking_http.hpp"

#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

/** A server in a process of its own, so that what this process uses is the client's alone.

    Made before any thread. It runs `serves(line)`, and is told to go by the end of that connection to us: lines go both ways. */
class child {
public:
    explicit child(std::function<void(int)> const& serves)
    {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 || (process_ = ::fork()) < 0) {
            throw std::runtime_error("no other process");
        }
        line_ = ends[0];
        if (process_ == 0) {
            ::close(ends[0]);
            auto status = 0;
            try {
                serves(ends[1]);
            } catch (std::exception const& failed) {
                std::cerr << "server: " << failed.what() << '\n';
                status = 1;
            }
            ::_exit(status);
        }
        ::close(ends[1]);
    }
    child(child const&) = delete;
    child& operator=(child const&) = delete;
    ~child()
    {
        ::close(line_);
        ::kill(process_, SIGTERM);
        ::waitpid(process_, nullptr, 0);
    }

    void tell(std::string_view line) { send_all(line_, std::string(line) + '\n'); }

    /// The next line of what it says, which it may take its time for.
    std::string hear()
    {
        std::size_t end = 0;
        while ((end = heard_.find('\n')) == std::string::npos) {
            if (!fill(line_, heard_)) {
                throw std::runtime_error("the server has ended");
            }
        }
        auto const line = heard_.substr(0, end);
        heard_.erase(0, end + 1);
        return line;
    }

private:
    pid_t process_ = -1;
    int line_ = -1;
    std::string heard_;
};

} // namespace bench
