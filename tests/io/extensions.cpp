// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "support/interceptor.hpp"

namespace {

using namespace test_support;
using ringtail::error;
using ringtail::fault;
using ringtail::pubnub;

std::vector<std::string> ids_of(std::vector<ringtail::extension> const& all)
{
    std::vector<std::string> ids;
    for (auto const& each : all) {
        ids.push_back(each.id);
    }
    return ids;
}

ringtail::sandbox_options company(std::size_t size)
{
    auto options = world::usual();
    options.extensions = size;
    return options;
}

TEST_CASE("all extensions are listed, whatever the number of pages")
{
    world w(company(1'234));
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const all = co_await account.list_extensions();
        CHECK(ids_of(all) == w.box.extension_ids());
        CHECK(w.requests(sandbox_call::extension_list) == 2);
        auto in_small_pages = ringtail::extension_query();
        in_small_pages.per_page(100);
        auto const again = co_await account.list_extensions(in_small_pages);
        CHECK(ids_of(again) == w.box.extension_ids());
        CHECK(w.requests(sandbox_call::extension_list) == 2 + 13);
        in_small_pages.page(12);
        auto const last = co_await account.list_extensions(in_small_pages);
        CHECK(last.size() == 134);
    });
}

TEST_CASE("every field of an extension is readable")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto query = ringtail::extension_query();
        query.status(ringtail::extension_status::enabled).type("User");
        auto const all = co_await account.list_extensions(query);
        REQUIRE(all.size() == 8);
        auto const& first = all.front();
        CHECK(first.id == w.box.extension_ids().front());
        CHECK(first.uri.ends_with("/extension/" + first.id));
        CHECK(first.extension_number == "101");
        CHECK(first.name == "Ann Abel");
        CHECK(first.type == "User");
        CHECK(first.status == ringtail::extension_status::enabled);
        CHECK(first.hidden == false);
        CHECK(first.contact.first_name == "Ann");
        CHECK(first.contact.email == "ext101@example.com");
        CHECK(first.permitted("admin"));
        CHECK_FALSE(all.back().permitted("admin"));
        CHECK(json::parse(first.raw()).at("extensionNumber") == "101");
        query = ringtail::extension_query();
        query.status(ringtail::extension_status::disabled);
        auto const none = co_await account.list_extensions(query);
        CHECK(none.empty());
    });
}

TEST_CASE("trouble in the middle of the pages loses no extension")
{
    using effect = ringtail::fault_effect;
    auto const list = sandbox_call::extension_list;
    for (auto& trouble : std::vector{fault::status(list, 503), fault::reset(list), fault::lost(list), fault(list, effect::cut_body),
                                     fault(list, effect::html), fault::status(list, 401, {"TokenInvalid", "OAU-129"}),
                                     fault(list, effect::garbage), fault(list, effect::close_after)}) {
        world w(company(50));
        w.run([&]() -> asio::awaitable<void> {
            auto account = w.account();
            auto query = ringtail::extension_query();
            query.per_page(10);
            auto strikes = trouble;
            w.box.inject(strikes.after(2));
            auto const all = co_await account.list_extensions(query);
            CHECK_MESSAGE(ids_of(all) == w.box.extension_ids(), to_string(trouble.effect));
        });
    }
}

TEST_CASE("paging waits for the rate limit, and sends nothing inside its penalty")
{
    auto options = company(50);
    options.rate_limits = true;
    options.medium_budget = 3;
    options.rate_window = 1s;
    options.rate_penalty = 1s;
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto query = ringtail::extension_query();
        query.per_page(10);
        auto const all = co_await account.list_extensions(query);
        CHECK(ids_of(all) == w.box.extension_ids());
        CHECK(w.box.statistics().inside_penalty == 0);
    });
}

TEST_CASE("an extension list that fails says so")
{
    auto options = company(5);
    options.scope = "ReadPresence";
    world w(options);
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const why = co_await refused(account.list_extensions(), error::refused);
        CHECK(why.http_status() == 403);
        CHECK(why.has("CMN-401"));
        CHECK(std::string(why.what()).find("ReadAccounts") != std::string::npos);
        CHECK(w.requests(sandbox_call::extension_list) == 1);
    });
}

TEST_CASE("a list whose next page is itself ends in a failure, not in a loop")
{
    world w(company(30));
    interceptor proxy(w);
    proxy.edits([](wire_request const& asked, wire_reply& answer) {
        if (asked.target.find("page=2") != std::string::npos) {
            auto body = json::parse(answer.body).as_object();
            body["navigation"].as_object()["nextPage"] = json::object{{"uri", asked.target}};
            answer.body = json::serialize(body);
        }
    });
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        auto account = w.account(settings);
        auto query = ringtail::extension_query();
        query.per_page(10);
        co_await refused(account.list_extensions(query), error::invalid_reply);
    });
}

TEST_CASE("the token does not follow a next page to another host")
{
    world w(company(30));
    interceptor proxy(w);
    interceptor elsewhere(w);
    proxy.edits([&](wire_request const& asked, wire_reply& answer) {
        if (asked.target.find("page=1") != std::string::npos) {
            auto body = json::parse(answer.body).as_object();
            auto& next = body["navigation"].as_object()["nextPage"].as_object()["uri"];
            auto const uri = json::value_to<std::string>(next);
            next = elsewhere.url() + uri.substr(w.box.server_url().size());
            answer.body = json::serialize(body);
        }
    });
    w.run([&]() -> asio::awaitable<void> {
        auto settings = w.settings();
        settings.server_url = proxy.url();
        auto account = w.account(settings);
        auto query = ringtail::extension_query();
        query.per_page(10);
        auto const all = co_await account.list_extensions(query);
        CHECK(ids_of(all) == w.box.extension_ids());
        CHECK(elsewhere.seen().empty());
    });
}

TEST_CASE("one subscription follows the presence of 2,000 extensions, and the messages of its own")
{
    world w(company(2'000));
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto const all = co_await account.list_extensions();
        auto filters = messages();
        for (auto const& each : all) {
            filters.presence(each.id, ringtail::detailed_telephony_state);
        }
        CHECK(filters.size() == 2'001);
        auto subscription = co_await account.create_subscription<pubnub>(filters);
        CHECK(subscription.info().event_filters.size() == 2'001);
        CHECK(subscription.outcome().complete());
        CHECK(w.requests(sandbox_call::subscription_create) == 1);
        listener program(subscription);
        for (auto const at : {std::size_t{0}, std::size_t{777}, std::size_t{1'999}}) {
            w.box.publish("/restapi/v1.0/account/~/extension/" + all[at].id + "/presence?detailedTelephonyState=true",
                          R"({"extensionId":")" + all[at].id + R"(","telephonyStatus":"Ringing","activeCalls":[]})");
            co_await program.hear("notification");
            CHECK(program.last<ringtail::notification>().as<ringtail::presence>().extension_id == all[at].id);
        }
        w.tell(1);
        co_await program.hear(1);
        CHECK(program.heard() == "notification notification notification 1");
    });
}

TEST_CASE("of 2,000 extensions each refused one is named")
{
    world w(company(2'000));
    interceptor proxy(w);
    std::vector<std::string> expected;
    proxy.edits([&](wire_request const& asked, wire_reply& answer) {
        if (asked.method == "POST" && asked.target == "/restapi/v1.0/subscription") {
            auto body = json::parse(answer.body).as_object();
            json::array granted;
            json::array disabled;
            std::size_t at = 0;
            for (auto const& each : body["eventFilters"].as_array()) {
                if (at++ % 3 == 0) {
                    disabled.push_back(json::object{{"filter", each}, {"reason", "SUB-412"}, {"message", "no"}});
                } else {
                    granted.push_back(each);
                }
            }
            body["eventFilters"] = granted;
            body["disabledFilters"] = disabled;
            answer.body = json::serialize(body);
        }
    });
    w.run([&]() -> asio::awaitable<void> {
        auto const ids = w.box.extension_ids();
        for (std::size_t at = 0; at < ids.size(); at += 3) {
            expected.push_back(ids[at]);
        }
        auto settings = w.settings();
        settings.server_url = proxy.url();
        auto account = w.account(settings);
        ringtail::event_filters filters;
        for (auto const& id : ids) {
            filters.presence(id);
        }
        auto subscription = co_await account.create_subscription<pubnub>(filters);
        std::vector<std::string> refused_ids;
        for (auto const& each : subscription.outcome().refused) {
            CHECK(each.reason == "SUB-412");
            refused_ids.push_back(each.extension_id().value_or("?"));
        }
        CHECK(refused_ids == expected);
        CHECK(subscription.outcome().granted.size() + expected.size() == 2'000);
        co_await subscription.close();
    });
}

TEST_CASE("filters of a service that grants fewer at the renewal are known as refused from then on")
{
    world w;
    w.run([&]() -> asio::awaitable<void> {
        auto account = w.account();
        auto filters = messages();
        filters.presence("~");
        auto subscription = co_await account.create_subscription<pubnub>(filters);
        CHECK(subscription.outcome().complete());
        w.box.inject(fault::refuse_filter("/presence"));
        co_await subscription.modify(filters);
        auto const outcome = subscription.outcome();
        REQUIRE(outcome.refused.size() == 1);
        CHECK(outcome.refused.front().reason == "SUB-412");
        CHECK(outcome.granted == messages().paths());
        co_await subscription.close();
    });
}

} // namespace
