// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// A sandbox by itself, for clients in other languages: its settings are the argument, as JSON. It prints one line of
// JSON about the account, and ends when its input does.

#include "settings.hpp"

#include <ringtail/sandbox.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

namespace json = boost::json;

int main(int count, char** arguments)
try {
    auto const settings = json::parse(count > 1 ? arguments[1] : "{}");
    boost::asio::io_context context;
    ringtail::sandbox box(context.get_executor(), interop::read_settings(settings.as_object()));
    std::thread serving([&] { context.run(); });

    json::array extensions;
    for (auto const& id : box.extension_ids())
        extensions.emplace_back(id);
    json::object const account{{"url", box.server_url()},      {"clientId", box.client_id()},
                               {"clientSecret", box.client_secret()}, {"jwt", box.jwt()},
                               {"accountId", box.account_id()}, {"extensions", std::move(extensions)}};
    std::cout << json::serialize(account) << std::endl;

    std::string ignored;
    while (std::getline(std::cin, ignored)) {
    }
    box.stop();
    serving.join();
} catch (std::exception const& problem) {
    std::fprintf(stderr, "sandbox_program: %s\n", problem.what());
    return 1;
}
