// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/sandbox.hpp>
#include <ringtail/sandbox/http_server.hpp>

#include <boost/json.hpp>

#include <utility>

namespace ringtail {

RINGTAIL_DECL sandbox::sandbox(asio::any_io_executor const& executor, sandbox_options options)
    : server_(std::make_shared<sandbox_detail::http_server>(executor, std::move(options)))
{
    server_->start();
}

RINGTAIL_DECL sandbox::sandbox(sandbox&&) noexcept = default;

RINGTAIL_DECL sandbox& sandbox::operator=(sandbox&& other) noexcept
{
    if (this != &other) {
        stop();
        server_ = std::move(other.server_);
    }
    return *this;
}

RINGTAIL_DECL sandbox::~sandbox()
{
    stop();
}

RINGTAIL_DECL void sandbox::stop()
{
    if (server_)
        server_->stop();
}

RINGTAIL_DECL std::string sandbox::server_url() const
{
    return server_->change([](auto& all, wall_time) { return all.origin(); });
}

RINGTAIL_DECL std::string sandbox::pubnub_origin() const
{
    return server_url();
}

RINGTAIL_DECL std::string sandbox::client_id() const
{
    return server_->change([](auto& all, wall_time) { return all.oauth().client_id(); });
}

RINGTAIL_DECL std::string sandbox::client_secret() const
{
    return server_->change([](auto& all, wall_time) { return all.oauth().client_secret(); });
}

RINGTAIL_DECL std::string sandbox::jwt() const
{
    return server_->change([](auto& all, wall_time) { return all.oauth().jwt(all.directory().owner_id()); });
}

RINGTAIL_DECL std::string sandbox::jwt(std::string_view extension_id) const
{
    return server_->change([&](auto& all, wall_time) { return all.oauth().jwt(extension_id); });
}

RINGTAIL_DECL std::string sandbox::account_id() const
{
    return server_->change([](auto& all, wall_time) { return all.directory().account_id(); });
}

RINGTAIL_DECL std::vector<std::string> sandbox::extension_ids() const
{
    return server_->change([](auto& all, wall_time) {
        std::vector<std::string> ids;
        for (auto const& person : all.directory().people())
            ids.push_back(person.id_text());
        return ids;
    });
}

RINGTAIL_DECL std::size_t sandbox::publish(std::string_view event_path, std::string_view body_json)
{
    boost::system::error_code problem;
    auto const body = body_json.empty() ? json::value() : json::parse(body_json, problem);
    if (problem)
        throw failure(error::invalid_argument, "sandbox::publish: the body is no JSON");
    return server_->change([&](auto& all, wall_time now) { return all.publish(event_path, body, now); });
}

RINGTAIL_DECL bool sandbox::publish_raw(std::string_view subscription_id, std::string text)
{
    return server_->change(
        [&](auto& all, wall_time now) { return all.publish_raw(subscription_id, std::move(text), now); });
}

RINGTAIL_DECL void sandbox::start_call_center(call_center_options options)
{
    server_->change([&](auto& all, wall_time now) { all.people().start(std::move(options), now); });
}

RINGTAIL_DECL void sandbox::stop_call_center()
{
    server_->change([](auto& all, wall_time) { all.people().stop(); });
}

RINGTAIL_DECL void sandbox::inject(fault what)
{
    server_->change([&](auto& all, wall_time) { all.inject(std::move(what)); });
}

RINGTAIL_DECL void sandbox::clear_faults()
{
    server_->change([](auto& all, wall_time) { all.clear_faults(); });
}

RINGTAIL_DECL std::size_t sandbox::disturb_gateway(fault const& what)
{
    return server_->change([&](auto& all, wall_time now) { return all.disturb_gateway(what, now); });
}

RINGTAIL_DECL std::vector<std::string> sandbox::subscription_ids() const
{
    return server_->change([](auto& all, wall_time now) { return all.subscriptions().living(now); });
}

RINGTAIL_DECL bool sandbox::expire_subscription(std::string_view id)
{
    return server_->change([&](auto& all, wall_time now) { return all.subscriptions().expire(id, now); });
}

RINGTAIL_DECL bool sandbox::delete_subscription(std::string_view id)
{
    return server_->change([&](auto& all, wall_time) { return all.subscriptions().erase(id); });
}

RINGTAIL_DECL bool sandbox::suspend_subscription(std::string_view id)
{
    return server_->change([&](auto& all, wall_time) { return all.subscriptions().suspend(id); });
}

RINGTAIL_DECL bool sandbox::rotate_subscription(std::string_view id, sandbox_rotation what)
{
    return server_->change([&](auto& all, wall_time) { return all.subscriptions().rotate(id, what); });
}

RINGTAIL_DECL void sandbox::expire_tokens()
{
    server_->change([](auto& all, wall_time now) { all.oauth().expire_access_tokens(now); });
}

RINGTAIL_DECL sandbox_statistics sandbox::statistics() const
{
    return server_->change([](auto& all, wall_time) { return all.statistics(); });
}

} // namespace ringtail
