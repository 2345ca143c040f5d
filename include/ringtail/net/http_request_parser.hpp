// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/webhook_request.hpp>

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <string>

namespace ringtail::net {

/// Beast's parser with the result put into a `webhook_request` and its target. Stops behind the header, so that a request
/// can be refused before its body comes.
class http_request_parser final : public boost::beast::http::basic_parser<true> {
public:
    http_request_parser(webhook_request& result, std::string& target, std::size_t max_body, std::size_t max_header)
        : result_(result), target_(target)
    {
        result_ = {};
        target_.clear();
        body_limit(max_body);
        header_limit(static_cast<std::uint32_t>(max_header));
    }

private:
    using view = boost::beast::string_view;
    using code = boost::beast::error_code;
    using field = boost::beast::http::field;

    void on_request_impl(boost::beast::http::verb, view method, view target, int, code&) override
    {
        result_.method.assign(method.data(), method.size());
        target_.assign(target.data(), target.size());
    }
    void on_response_impl(int, view, int, code&) override {}
    void on_field_impl(field, view name, view value, code&) override
    {
        result_.headers.emplace_back(std::string(name), std::string(value));
    }
    // Not in every Beast, so no `override`.
    void on_trailer_field_impl(field, view, view, code&) {}
    void on_header_impl(code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, code&) override {}
    std::size_t on_body_impl(view part, code&) override
    {
        result_.body.append(part.data(), part.size());
        return part.size();
    }
    void on_chunk_header_impl(std::uint64_t, view, code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, view part, code&) override
    {
        result_.body.append(part.data(), part.size());
        return part.size();
    }
    void on_finish_impl(code&) override {}

    webhook_request& result_;
    std::string& target_;
};

} // namespace ringtail::net
