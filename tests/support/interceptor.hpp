// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "world.hpp"

#include <ringtail/sandbox/http_message.hpp>

namespace test_support {

/// As the sandbox understands them: `method`, `target`, `headers.get(name)`, `body`; `status`, `headers`, `body`.
using wire_request = ringtail::sandbox_detail::http_request;
using wire_reply = ringtail::sandbox_detail::http_reply;

/// A reply with a JSON body.
wire_reply reply_with(int status, std::string body);

/// One call as a browser would make it; `body` is a form.
asio::awaitable<wire_reply> browse(std::string base, std::string target, std::string method = "GET", std::string body = {},
                                   std::string authorization = {});

/** Stands between a client and the sandbox: sees every request, may answer itself or change what the sandbox answers. */
class interceptor {
public:
    explicit interceptor(world& in);

    [[nodiscard]] std::string url() const;
    /// Answer in place of the sandbox, or nothing.
    void answers(std::function<std::optional<wire_reply>(wire_request const&)> how);
    /// Change the sandbox's answer.
    void edits(std::function<void(wire_request const&, wire_reply&)> how);
    /// Every request so far.
    [[nodiscard]] std::vector<wire_request> const& seen() const;
    [[nodiscard]] std::size_t seen(std::string_view method, std::string_view target_part) const;

private:
    class state;
    std::shared_ptr<state> self_;
};

/// Answer each poll at once and with nothing, as long as `here`.
void answer_polls_with_nothing(interceptor& with, bool const& here);

} // namespace test_support
