// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/request.hpp>

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <string>

namespace ringtail::net {

/** Beast's parser, with the result put where it is used: status, the headers in order, the body appended to a kept string.

    Beast's own containers allocate a node for each header; on a long poll they would be a large part of its cost. */
class http_response_parser final : public boost::beast::http::basic_parser<false> {
public:
    /// Fills `result`, whose body keeps its capacity.
    http_response_parser(response& result, std::size_t max_body, std::size_t max_header) : result_(result)
    {
        result_.status = 0;
        result_.headers.clear();
        result_.body.clear();
        body_limit(max_body);
        header_limit(static_cast<std::uint32_t>(max_header));
        eager(true);
    }

private:
    using view = boost::beast::string_view;
    using code = boost::beast::error_code;
    using field = boost::beast::http::field;

    void on_request_impl(boost::beast::http::verb, view, view, int, code&) override {}
    void on_response_impl(int status, view, int, code&) override { result_.status = status; }
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

    response& result_;
};

} // namespace ringtail::net
