// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/authorization_request.hpp>
#include <ringtail/config.hpp>
#include <ringtail/core/any_transport.hpp>
#include <ringtail/environment.hpp>
#include <ringtail/error.hpp>
#include <ringtail/extension.hpp>
#include <ringtail/gap_repair.hpp>
#include <ringtail/subscription.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringtail {

/** An account of the service: its login, its subscriptions, its extensions.

    It logs in when it is first needed. Copies share the account. Every function below may be awaited from any executor;
    cancelling it (all kinds) ends the call, and `failure` carries what the service said.
    @par Lifetimes     The client may be moved or destroyed while its calls run; the execution context must outlive them.
    @par Thread safety Safe, also shared. */
class client {
public:
    /// A client with an environment of its own.
    /// @throws failure(error::invalid_argument) or failure(error::insecure_url) for URLs in the settings.
    client(asio::any_io_executor executor, config settings);
    /// A client that shares an environment.
    client(environment const& shared, config settings);

    /// @name Authorization
    /// @{

    /// Log in, with the configured credentials or with these. Not needed before other calls.
    /// @throws failure(error::bad_credentials) with what the service said.
    [[nodiscard]] asio::awaitable<void> login();
    [[nodiscard]] asio::awaitable<void> login(credentials with);
    /** Go on with the session of an earlier process, by the refresh token that `config::keep_refresh_token` was given.

        It is used when a token is next needed; if the service refuses it, the configured login follows. Positions of the
        gateway are good in their own session only, those of PubNub in any. Changes nothing once there was a token. */
    void resume_session(secret refresh_token);
    /// Where to send a user's browser for the authorization code flow, with PKCE unless told otherwise.
    [[nodiscard]] authorization_request begin_authorization(std::string redirect_uri, bool pkce = true) const;
    /// Whether there is an access token that has not expired.
    [[nodiscard]] bool authorized() const;
    /// The scopes that came with the token; empty before the login or if the service did not name them.
    [[nodiscard]] std::vector<std::string> scopes() const;
    /// The extension that `~` stands for; empty before the login.
    [[nodiscard]] std::string owner_id() const;
    /// End the session on the server and forget the tokens. The next call logs in again, a running subscription's, too.
    [[nodiscard]] asio::awaitable<void> revoke();
    /// @}

    /// @name Subscriptions
    /// @{

    /** Subscribe, and return once delivery is on its way.

        @tparam T  how notifications are delivered, such as `pubnub`; `args` go to its constructor behind the context.
        @throws failure  at once for what can't heal: refused credentials, a missing scope (named), a filter that is
            malformed or refused, SUB-505 (with the ids of the existing subscriptions), an unusable key, a certificate or
            host name that does not fit; `error::start_timeout` if nothing answered for `config::start_timeout`.
        @par Cancellation All kinds; what was created is removed again. */
    template <transport T, class... Args>
    [[nodiscard]] asio::awaitable<subscription<T>> create_subscription(event_filters filters, Args... args)
    {
        return as<T>(start(account_, std::move(filters), core::factory_for<T>(std::move(args)...)));
    }

    /** Go on with a subscription of an earlier process, from where its cursor stands.

        If the subscription is gone, or the position is older than the server surely keeps, a gap says so.
        @throws failure(error::invalid_cursor) for a cursor of another transport or without a subscription; else as
            `create_subscription`. */
    template <transport T, class... Args>
    [[nodiscard]] asio::awaitable<subscription<T>> adopt_subscription(cursor from, event_filters filters, Args... args)
    {
        return as<T>(adopt(account_, std::move(from), std::move(filters), core::factory_for<T>(std::move(args)...), T::name));
    }

    /// Read one subscription's resource.
    [[nodiscard]] asio::awaitable<subscription_info> get_subscription(std::string id) const;
    /// All subscriptions of this user and application, whoever made them.
    [[nodiscard]] asio::awaitable<std::vector<subscription_info>> list_subscriptions() const;
    /** Create the resource and nothing more: for deliveries that this process does not receive (RC/APNS, RC/GCM, a web hook
        elsewhere). Nobody renews it. */
    [[nodiscard]] asio::awaitable<subscription_info> create_resource(event_filters filters, delivery_mode delivery,
                                                                     std::optional<std::chrono::seconds> expires_in = {}) const;
    /// Change a resource that this process does not follow; without filters it is only renewed.
    [[nodiscard]] asio::awaitable<subscription_info> modify_resource(std::string id, std::optional<event_filters> filters) const;
    [[nodiscard]] asio::awaitable<subscription_info> renew_resource(std::string id) const;
    /// Remove any subscription of this user and application; its id is the caller's consent.
    [[nodiscard]] asio::awaitable<void> delete_subscription(std::string id) const;
    /// @}

    /// @name The account
    /// @{

    /// All extensions that fit, whatever the number of pages.
    [[nodiscard]] asio::awaitable<std::vector<extension>> list_extensions(extension_query query = {}) const;
    /** Read any resource, say to see the state again after a gap. The caller includes Boost.JSON.

        @param path  absolute, with its query, such as `/restapi/v1.0/account/~/extension/~/presence`. */
    [[nodiscard]] asio::awaitable<json::value> get(std::string path) const;
    /** Read again what the service keeps of a gap, for these filters; see `any_subscription::repair`.

        For a subscription that is no more, such as after a restart. */
    [[nodiscard]] asio::awaitable<gap_repair> repair(gap missing, event_filters filters) const;
    /// Any call, any answer.
    [[nodiscard]] asio::awaitable<response> call(request wanted) const;
    /// @}

    [[nodiscard]] asio::any_io_executor get_executor() const;

private:
    static asio::awaitable<any_subscription> start(std::shared_ptr<core::account> account, event_filters filters,
                                                   core::transport_factory makes, std::optional<cursor> from = {});
    static asio::awaitable<any_subscription> adopt(std::shared_ptr<core::account> account, cursor from, event_filters filters,
                                                   core::transport_factory makes, std::string_view transport_name);

    template <transport T>
    static asio::awaitable<subscription<T>> as(asio::awaitable<any_subscription> made)
    {
        co_return subscription<T>(co_await std::move(made));
    }

    std::shared_ptr<core::account> account_;
};

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/client.ipp>
#endif
