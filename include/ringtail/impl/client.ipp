// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/client.hpp>
#include <ringtail/core/account_calls.hpp>
#include <ringtail/core/gap_reader.hpp>
#include <ringtail/core/subscription_core.hpp>
#include <ringtail/protocol/failure_table.hpp>

#include <boost/asio/dispatch.hpp>
#include <boost/json.hpp>

namespace ringtail {

namespace detail {

inline std::string resource_path(std::string_view id)
{
    if (id.empty()) {
        throw failure(error::invalid_argument, "no subscription id given");
    }
    return "/restapi/v1.0/subscription/" + net::percent_encoded(id);
}

inline asio::awaitable<subscription_info> resource(core::shared_account account, request wanted, std::string what)
{
    auto const read = [](json::value const& value) { return subscription_info::parse(value); };
    co_return co_await core::read_call(std::move(account), std::move(wanted), std::move(what), read);
}

inline asio::awaitable<subscription_info> read_resource(core::shared_account account, std::string id)
{
    request wanted("GET", resource_path(id), api_group::light);
    co_return co_await resource(std::move(account), std::move(wanted), "reading the subscription");
}

inline asio::awaitable<subscription_info> make_resource(core::shared_account account, event_filters filters, delivery_mode delivery,
                                                        std::optional<std::chrono::seconds> expires_in)
{
    filters.validate();
    auto body = json::parse(core::detail::filters_json(filters)).as_object();
    body["deliveryMode"] = delivery.to_json();
    if (expires_in) {
        body["expiresIn"] = expires_in->count();
    }
    request wanted("POST", "/restapi/v1.0/subscription", api_group::medium, json::serialize(body));
    co_return co_await resource(std::move(account), std::move(wanted), "creating the subscription");
}

inline asio::awaitable<subscription_info> change_resource(core::shared_account account, std::string id, std::optional<event_filters> filters)
{
    if (filters) {
        filters->validate();
    }
    request wanted("PUT", resource_path(id), api_group::medium, filters ? core::detail::filters_json(*filters) : std::string());
    co_return co_await resource(std::move(account), std::move(wanted), "modifying the subscription");
}

inline asio::awaitable<subscription_info> prolong_resource(core::shared_account account, std::string id)
{
    request wanted("POST", resource_path(id) + "/renew", api_group::light);
    co_return co_await resource(std::move(account), std::move(wanted), "renewing the subscription");
}

inline std::vector<subscription_info> subscription_list(json::value const& value)
{
    std::vector<subscription_info> result;
    auto const* const object = value.if_object();
    auto const* const records = object != nullptr ? object->if_contains("records") : nullptr;
    if (records == nullptr || !records->is_array()) {
        throw failure(error::invalid_reply, "the list of subscriptions has no records");
    }
    for (auto const& each : records->get_array()) {
        result.push_back(subscription_info::parse(each));
    }
    return result;
}

inline asio::awaitable<std::vector<subscription_info>> all_subscriptions(core::shared_account account)
{
    request list("GET", "/restapi/v1.0/subscription", api_group::light);
    co_return co_await core::read_call(std::move(account), std::move(list), "listing subscriptions", &subscription_list);
}

inline asio::awaitable<std::vector<extension>> all_extensions(core::shared_account account, extension_query query)
{
    static constexpr std::size_t most_pages = 10'000; // a server that always names a next page must not hold us for ever
    std::vector<extension> result;
    auto path = query.path();
    for (std::size_t page = 0; page != most_pages; ++page) {
        request wanted("GET", path, api_group::medium);
        auto got = co_await core::read_call(account, std::move(wanted), "listing extensions", &extension_page::parse);
        std::move(got.records.begin(), got.records.end(), std::back_inserter(result));
        if (!got.next_page_uri || got.next_page_uri->empty()) {
            co_return result;
        }
        auto next = core::next_page_path(*got.next_page_uri);
        if (next == path) {
            throw failure(error::invalid_reply, "the list of extensions names itself as its next page");
        }
        path = std::move(next);
    }
    throw failure(error::reply_too_large, "the list of extensions does not end");
}

inline asio::awaitable<json::value> read_path(core::shared_account account, std::string path)
{
    request wanted("GET", std::move(path), api_group::light);
    auto const all = [](json::value const& value) { return value; };
    co_return co_await core::read_call(std::move(account), std::move(wanted), "reading", all);
}

inline asio::awaitable<void> remove_subscription(core::shared_account account, std::string id)
{
    request wanted("DELETE", resource_path(id), api_group::medium);
    co_await core::successful_call(std::move(account), std::move(wanted), "removing the subscription");
}

inline asio::awaitable<void> log_in(core::shared_account account)
{
    co_await core::on_strand(account, account->authorize(account->call_deadline()));
}

inline asio::awaitable<void> log_in_with(core::shared_account account, credentials with)
{
    co_await core::on_strand(account, account->login(std::move(with)));
}

inline asio::awaitable<void> end_session(core::shared_account account)
{
    co_await core::on_strand(account, account->revoke());
}

inline asio::awaitable<response> any_call(core::shared_account account, request wanted)
{
    co_return co_await core::on_strand(account, account->call(std::move(wanted), {}));
}

} // namespace detail

RINGTAIL_DECL client::client(asio::any_io_executor executor, config settings)
    : client(environment(std::move(executor)), std::move(settings))
{
}

RINGTAIL_DECL client::client(environment const& shared, config settings)
    : account_(std::make_shared<core::account>(shared.services(), std::move(settings)))
{
}

RINGTAIL_DECL asio::awaitable<void> client::login()
{
    return detail::log_in(account_);
}

RINGTAIL_DECL asio::awaitable<void> client::login(credentials with)
{
    return detail::log_in_with(account_, std::move(with));
}

RINGTAIL_DECL void client::resume_session(secret refresh_token)
{
    asio::dispatch(account_->services->strand, [account = account_, token = std::move(refresh_token)]() mutable {
        account->resume_session(std::move(token));
    });
}

RINGTAIL_DECL authorization_request client::begin_authorization(std::string redirect_uri, bool pkce) const
{
    return authorization_request(account_->settings.server_url, account_->settings.client_id, std::move(redirect_uri), pkce);
}

RINGTAIL_DECL bool client::authorized() const
{
    return account_->authorized();
}

RINGTAIL_DECL std::vector<std::string> client::scopes() const
{
    return account_->scopes();
}

RINGTAIL_DECL std::string client::owner_id() const
{
    return account_->owner_id();
}

RINGTAIL_DECL asio::awaitable<void> client::revoke()
{
    return detail::end_session(account_);
}

RINGTAIL_DECL asio::awaitable<any_subscription> client::start(std::shared_ptr<core::account> account, event_filters filters,
                                                              core::transport_factory makes, std::optional<cursor> from)
{
    auto const none = filters.empty();
    if (!none) {
        filters.validate();
    }
    auto const made = std::make_shared<core::subscription_core>(std::move(account), std::move(filters), std::move(makes), std::move(from));
    if (none && made->has_resource()) {
        throw failure(error::invalid_filter, "no event filter given");
    }
    co_await core::subscription_core::start(made);
    co_return any_subscription(made);
}

RINGTAIL_DECL asio::awaitable<any_subscription> client::adopt(std::shared_ptr<core::account> account, cursor from, event_filters filters,
                                                              core::transport_factory makes, std::string_view transport_name)
{
    if (from.transport() != transport_name) {
        throw failure(error::invalid_cursor, "the cursor is of \"" + std::string(from.transport()) + '"');
    }
    if (from.subscription_id().empty()) {
        throw failure(error::invalid_cursor, "the cursor names no subscription");
    }
    co_return co_await start(std::move(account), std::move(filters), std::move(makes), std::move(from));
}

RINGTAIL_DECL asio::awaitable<subscription_info> client::get_subscription(std::string id) const
{
    return detail::read_resource(account_, std::move(id));
}

RINGTAIL_DECL asio::awaitable<std::vector<subscription_info>> client::list_subscriptions() const
{
    return detail::all_subscriptions(account_);
}

RINGTAIL_DECL asio::awaitable<subscription_info> client::create_resource(event_filters filters, delivery_mode delivery,
                                                                         std::optional<std::chrono::seconds> expires_in) const
{
    return detail::make_resource(account_, std::move(filters), std::move(delivery), expires_in);
}

RINGTAIL_DECL asio::awaitable<subscription_info> client::modify_resource(std::string id, std::optional<event_filters> filters) const
{
    return detail::change_resource(account_, std::move(id), std::move(filters));
}

RINGTAIL_DECL asio::awaitable<subscription_info> client::renew_resource(std::string id) const
{
    return detail::prolong_resource(account_, std::move(id));
}

RINGTAIL_DECL asio::awaitable<void> client::delete_subscription(std::string id) const
{
    return detail::remove_subscription(account_, std::move(id));
}

RINGTAIL_DECL asio::awaitable<std::vector<extension>> client::list_extensions(extension_query query) const
{
    return detail::all_extensions(account_, std::move(query));
}

RINGTAIL_DECL asio::awaitable<gap_repair> client::repair(gap missing, event_filters filters) const
{
    return core::read_gap(account_, std::move(missing), std::move(filters));
}

RINGTAIL_DECL asio::awaitable<json::value> client::get(std::string path) const
{
    return detail::read_path(account_, std::move(path));
}

RINGTAIL_DECL asio::awaitable<response> client::call(request wanted) const
{
    return detail::any_call(account_, std::move(wanted));
}

RINGTAIL_DECL asio::any_io_executor client::get_executor() const
{
    return account_->services->strand;
}

} // namespace ringtail
