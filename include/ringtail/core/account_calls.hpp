// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/core/account.hpp>

#include <boost/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace ringtail::core {

using shared_account = std::shared_ptr<account>;

/// A call on the strand, repeated while it may heal, whose answer is a success, or else a failure that says what was wanted.
inline asio::awaitable<response> successful_call(shared_account of, request wanted, std::string what, account::reply_check check = {})
{
    try {
        co_return co_await on_strand(of, of->call_with_retries(std::move(wanted), std::move(check)));
    } catch (failure const& why) {
        throw why.during(what);
    }
}

inline json::value parsed(response const& answer, std::size_t max_depth)
{
    error_code broken;
    json::parse_options options;
    options.max_depth = max_depth;
    auto value = json::parse(answer.body, broken, {}, options);
    if (broken) {
        throw failure(error::invalid_reply, "the answer is not JSON: " + broken.message());
    }
    return value;
}

/// `successful_call` whose answer is JSON that `read` makes something of.
template <class Read>
asio::awaitable<std::invoke_result_t<Read, json::value const&>> read_call(shared_account of, request wanted, std::string what, Read read)
{
    using result = std::invoke_result_t<Read, json::value const&>;
    auto const depth = of->settings.max_json_depth;
    auto const got = std::make_shared<std::optional<result>>();
    account::reply_check check = [got, depth, read](response const& answer) { got->emplace(read(parsed(answer, depth))); };
    co_await successful_call(std::move(of), std::move(wanted), std::move(what), std::move(check));
    co_return std::move(**got);
}

/// Of a link to a list's next page only its path: the token must not follow it to another host.
inline std::string next_page_path(std::string const& link)
{
    return link.starts_with('/') ? link : net::url::parse(link).path;
}

} // namespace ringtail::core
