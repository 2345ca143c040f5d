// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// Log in for a user in a browser: authorization code with PKCE. Set RC_APP_CLIENT_ID; a public application has no secret.
#include <ringtail.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>
#include <string>

namespace asio = boost::asio;

asio::awaitable<void> log_in(ringtail::client account)
{
    auto const request = account.begin_authorization("https://localhost:5000/oauth2Callback");
    std::cout << "Open this page, agree, and paste the address that the browser is sent to:\n\n" << request.url() << "\n\n> " << std::flush;
    std::string answer;
    std::getline(std::cin, answer); // a web application gets it as a request, of course
    co_await account.login(request.accept(answer)); // throws if it is not the answer to this request
    std::cout << "logged in as extension " << account.owner_id() << ", allowed to:";
    for (auto const& scope : account.scopes()) {
        std::cout << ' ' << scope;
    }
    std::cout << '\n';
    co_await account.revoke();
}

int main()
try {
    ringtail::config settings;
    for (auto const& [name, place] : {std::pair("RC_APP_CLIENT_ID", &settings.client_id), std::pair("RC_SERVER_URL", &settings.server_url)}) {
        if (auto const* const value = std::getenv(name)) {
            *place = value;
        }
    }
    asio::io_context context;
    ringtail::client account(context.get_executor(), settings);
    asio::co_spawn(context, log_in(account), [](std::exception_ptr e) { if (e) std::rethrow_exception(e); });
    context.run();
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
