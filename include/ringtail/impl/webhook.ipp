// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/config.hpp>
#include <ringtail/net/http_listener.hpp>
#include <ringtail/net/parking.hpp>
#include <ringtail/net/services.hpp>
#include <ringtail/net/url.hpp>
#include <ringtail/protocol/lifecycle.hpp>
#include <ringtail/webhook.hpp>

#include <boost/asio/error.hpp>

#include <openssl/rand.h>

#include <array>
#include <deque>
#include <vector>

namespace ringtail {

namespace detail {

// 128 bits: nobody guesses it.
inline secret random_token()
{
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw failure(error::tls_failed, "OpenSSL has no randomness for a verification token");
    }
    static constexpr std::string_view hex = "0123456789abcdef";
    std::string text;
    for (auto const byte : bytes) {
        text += hex[byte >> 4];
        text += hex[byte & 15];
    }
    return secret(std::move(text));
}

} // namespace detail

/// What came and was not received yet; fed by the listener.
class webhook::state final : public net::http_handler, public std::enable_shared_from_this<webhook::state> {
public:
    state(transport_context in, webhook_options with)
        : context_(std::move(in)), settings_(context_.settings()), options_(std::move(with)),
          chosen_token_(options_.verification_token.empty()),
          token_(chosen_token_ ? detail::random_token() : options_.verification_token), receiver_(token_, settings_.webhook_max_body)
    {
        auto const reached_at = net::url::parse(options_.public_url);
        if (reached_at.scheme != "https" && reached_at.scheme != "http") {
            throw failure(error::invalid_argument, "a webhook is reached by https");
        }
        reached_at.require_secure(settings_.allow_unencrypted_connections);
        if (options_.certificate_chain.empty() != options_.private_key.empty()) {
            throw failure(error::invalid_argument, "a certificate needs its private key, and the reverse");
        }
        if (options_.path.empty()) {
            options_.path = reached_at.path.substr(0, reached_at.path.find('?'));
        }
        if (!options_.path.starts_with('/')) {
            options_.path.insert(0, "/");
        }
    }

    opened open(cursor const& where)
    {
        net::listening_point point(options_.listen_address, options_.port);
        point.certificate_chain = options_.certificate_chain;
        point.private_key = options_.private_key;
        net::listener_limits limits;
        limits.max_body = settings_.webhook_max_body;
        limits.max_connections = settings_.webhook_max_connections;
        limits.request_time = settings_.webhook_request_timeout;
        limits.idle_time = settings_.webhook_idle_timeout;
        route_ = net::http_listener::at(context_.services(), point, limits)->handle(options_.path, *this);
        closed_ = false;
        if (where.subscription_id().empty() || id_ == where.subscription_id()) {
            return id_.empty() ? continuity::fresh : continuity::resumed;
        }
        if (chosen_token_) {
            return {continuity::lost, "the verification token of the former process is not known"};
        }
        auto const known = where.confirmed();
        auto const since = known ? std::optional(*known - protocol::delivery_patience) : std::nullopt;
        missing_ = gap(gap_reason::stale_position, certainty::possible, since, context_.wall_now());
        return continuity::resumed;
    }

    [[nodiscard]] delivery_mode requested() const { return delivery_mode::webhook(options_.public_url, token_); }

    void attach(std::string id) { id_ = std::move(id); }

    asio::awaitable<delivery> receive()
    {
        auto const self = shared_from_this();
        while (arrived_.empty() && !missing_ && !closed_) {
            co_await arrival_.wait();
        }
        if (closed_) {
            throw boost::system::system_error(asio::error::operation_aborted);
        }
        received_.swap(arrived_);
        arrived_.clear();
        messages_.clear();
        for (auto const& each : received_) {
            messages_.emplace_back(each, false);
        }
        count_ += received_.size();
        delivery result(messages_, cursor(std::to_string(count_)));
        result.before = std::exchange(missing_, std::nullopt);
        co_return result;
    }

    void close() noexcept
    {
        closed_ = true;
        route_.reset();
        arrival_.notify();
    }

    // For the listener.

    [[nodiscard]] int judge(webhook_request const& head, bool has_body) const noexcept override { return receiver_.judge(head, has_body); }

    webhook_reply answer(webhook_request&& request) override
    {
        auto reply = receiver_.acknowledge(request);
        if (request.body.find_first_not_of(" \t\r\n") != std::string::npos) {
            arrived_.push_back(std::move(request.body));
            arrival_.notify();
        }
        return reply;
    }

private:
    transport_context context_;
    config const& settings_;
    webhook_options options_;
    bool const chosen_token_; // by us, so another process does not know it
    secret const token_;
    webhook_receiver const receiver_;

    std::string id_;
    bool closed_ = true;
    net::notifier arrival_;
    std::optional<gap> missing_;
    std::deque<std::string> arrived_;
    std::deque<std::string> received_; // what `messages_` points into
    std::vector<message> messages_;
    std::uint64_t count_ = 0;
    std::unique_ptr<net::http_listener::route> route_; // first to go
};

RINGTAIL_DECL webhook::webhook(transport_context context, webhook_options options)
    : state_(std::make_shared<state>(std::move(context), std::move(options)))
{
}

RINGTAIL_DECL webhook::webhook(webhook&&) noexcept = default;

RINGTAIL_DECL webhook::~webhook()
{
    if (state_) {
        state_->close();
    }
}

RINGTAIL_DECL asio::awaitable<opened> webhook::open(cursor const& where)
{
    co_return state_->open(where);
}

RINGTAIL_DECL std::optional<delivery_mode> webhook::requested_delivery() const
{
    return state_->requested();
}

RINGTAIL_DECL asio::awaitable<void> webhook::attach(subscription_info const& info)
{
    state_->attach(info.id);
    co_return;
}

RINGTAIL_DECL asio::awaitable<delivery> webhook::receive()
{
    return state_->receive();
}

RINGTAIL_DECL void webhook::close() noexcept
{
    state_->close();
}

} // namespace ringtail
