// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/client.hpp>
#include <ringtail/core/account.hpp>
#include <ringtail/core/subscription_core.hpp>
#include <ringtail/protocol/failure_table.hpp>

#include <boost/json.hpp>

namespace ringtail {

namespace detail {

using shared_account = std::shared_ptr<core::account>;

// A call on the strand whose answer is a success, or else a failure that says what was wanted.
inline asio::awaitable<response> successful_call(shared_account account, request wanted, std::string what,
                                                 core::account::reply_check check = {})
{
    try {
        co_return co_await core::on_strand(account, account->call_with_retries(std::move(wanted), std::move(check)));
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

inline std::string resource_path(std::string_view id)
{
    if (id.empty()) {
        throw failure(error::invalid_argument, "no subscription id given");
    }
    return "/restapi/v1.0/subscription/" + net::percent_encoded(id);
}

// A call whose answer is JSON that `read` makes something of.
template <class Read>
asio::awaitable<std::invoke_result_t<Read, json::value const&>> read_call(shared_account account, request wanted, std::string what, Read read)
{
    using result = std::invoke_result_t<Read, json::value const&>;
    auto const depth = account->settings.max_json_depth;
    auto const got = std::make_shared<std::optional<result>>();
    core::account::reply_check check = [got, depth, read](response const& answer) { got->emplace(read(parsed(answer, depth))); };
    co_await successful_call(std::move(account), std::move(wanted), std::move(what), std::move(check));
    co_return std::move(**got);
}

inline asio::awaitable<subscription_info> resource(shared_account account, request wanted, std::string what)
{
    auto const read = [](json::value const& value) { return subscription_info::parse(value); };
    co_return co_await read_call(std::move(account), std::move(wanted), std::move(what), read);
}

inline asio::awaitable<subscription_info> read_resource(shared_account account, std::string id)
{
    request wanted("GET", resource_path(id), api_group::light);
    co_return co_await resource(std::move(account), std::move(wanted), "reading the subscription");
}

inline asio::awaitable<subscription_info> make_resource(shared_account account, event_filters filters, delivery_mode delivery,
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

inline asio::awaitable<subscription_info> change_resource(shared_account account, std::string id, std::optional<event_filters> filters)
{
    if (filters) {
        filters->validate();
    }
    request wanted("PUT", resource_path(id), api_group::medium, filters ? core::detail::filters_json(*filters) : std::string());
    co_return co_await resource(std::move(account), std::move(wanted), "modifying the subscription");
}

inline asio::awaitable<subscription_info> prolong_resource(shared_account account, std::string id)
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

inline asio::awaitable<std::vector<subscription_info>> all_subscriptions(shared_account account)
{
    request list("GET", "/restapi/v1.0/subscription", api_group::light);
    co_return co_await read_call(std::move(account), std::move(list), "listing subscriptions", &subscription_list);
}

inline asio::awaitable<std::vector<extension>> all_extensions(shared_account account, extension_query query)
{
    static constexpr std::size_t most_pages = 10'000; // a server that always names a next page must not hold us for ever
    std::vector<extension> result;
    auto path = query.path();
    for (std::size_t page = 0; page != most_pages; ++page) {
        request wanted("GET", path, api_group::medium);
        auto got = co_await read_call(account, std::move(wanted), "listing extensions", &extension_page::parse);
        std::move(got.records.begin(), got.records.end(), std::back_inserter(result));
        if (!got.next_page_uri || got.next_page_uri->empty()) {
            co_return result;
        }
        // Only its path: the token must not follow a link to another host.
        auto next = got.next_page_uri->starts_with('/') ? *got.next_page_uri : net::url::parse(*got.next_page_uri).path;
        if (next == path) {
            throw failure(error::invalid_reply, "the list of extensions names itself as its next page");
        }
        path = std::move(next);
    }
    throw failure(error::reply_too_large, "the list of extensions does not end");
}

inline asio::awaitable<json::value> read_path(shared_account account, std::string path)
{
    request wanted("GET", std::move(path), api_group::light);
    auto const all = [](json::value const& value) { return value; };
    co_return co_await read_call(std::move(account), std::move(wanted), "reading", all);
}

inline asio::awaitable<void> remove_subscription(shared_account account, std::string id)
{
    request wanted("DELETE", resource_path(id), api_group::medium);
    co_await successful_call(std::move(account), std::move(wanted), "removing the subscription");
}

inline asio::awaitable<void> log_in(shared_account account)
{
    co_await core::on_strand(account, account->authorize(account->call_deadline()));
}

inline asio::awaitable<void> log_in_with(shared_account account, credentials with)
{
    co_await core::on_strand(account, account->login(std::move(with)));
}

inline asio::awaitable<void> end_session(shared_account account)
{
    co_await core::on_strand(account, account->revoke());
}

inline asio::awaitable<response> any_call(shared_account account, request wanted)
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
