// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "sandbox_fixture.hpp"

#include <optional>
#include <vector>

namespace {

using namespace sandbox_tests;
using kind = webhook_result::kind;

constexpr char const* own_messages = "/restapi/v1.0/account/~/extension/~/message-store";
constexpr char const* hook_url = "http://127.0.0.1:8080/hook?x=1";

/// An account with webhooks: the posts are answered by hand.
class hooked_account : public account {
public:
    explicit hooked_account(sandbox_options options = {}) : account(without_limits(std::move(options))) {}

    static sandbox_options without_limits(sandbox_options options)
    {
        options.rate_limits = false;
        return options;
    }

    outcome ask(std::string const& url, std::string const& verification_token = {})
    {
        if (token.empty())
            token = object_of(login())["access_token"].as_string();
        json::object mode{{"transportType", "WebHook"}, {"address", url}};
        if (!verification_token.empty())
            mode["verificationToken"] = verification_token;
        json::object const body{{"eventFilters", json::array{own_messages}}, {"deliveryMode", std::move(mode)}};
        http_request request("POST", "/restapi/v1.0/subscription", json::serialize(body));
        request.headers.set("Authorization", "Bearer " + token);
        return all.handle(request, now);
    }

    /// What is to be posted now.
    std::vector<webhook_post> posts()
    {
        for (auto& each : all.take_ready(now))
            created.push_back(std::move(each.second));
        return all.webhooks().take_posts(now);
    }

    webhook_post post()
    {
        auto found = posts();
        REQUIRE(found.size() == 1);
        return found.front();
    }

    void answer(webhook_post const& to, int status)
    {
        all.webhooks().report(to.id, webhook_result(kind::answered, status), now);
    }

    static webhook_result agreement(webhook_post const& to)
    {
        webhook_result result(kind::answered, 200);
        result.headers.set("validation-token", to.headers.get("Validation-Token"));
        result.headers.set("Content-Type", "application/json");
        result.size = 200;
        return result;
    }

    /// The answer to the creation when the handshake ends like that.
    http_reply created_with(webhook_post const& to, webhook_result const& result)
    {
        all.webhooks().report(to.id, result, now);
        posts();
        REQUIRE(created.size() == 1);
        return std::exchange(created, {}).front();
    }

    std::string subscribed(std::string const& verification_token = {})
    {
        CHECK(std::holds_alternative<poll_id>(ask(hook_url, verification_token)));
        auto const handshake = post();
        auto const reply = created_with(handshake, agreement(handshake));
        REQUIRE(reply.status == 200);
        return std::string(object_of(reply)["id"].as_string());
    }

    void publish(int n) { all.publish(own_messages, json::object{{"n", n}}, now); }
    std::string status(std::string const& id)
    {
        return std::string(object_of(call("GET", "/restapi/v1.0/subscription/" + id))["status"].as_string());
    }
    static std::int64_t number(webhook_post const& post)
    {
        return json::parse(post.body).at("body").at("n").as_int64();
    }

    std::vector<http_reply> created;
};

TEST_CASE("a creation waits for the handshake, and is answered when it is done")
{
    hooked_account box;
    CHECK(std::holds_alternative<poll_id>(box.ask(hook_url, "mine")));
    auto const handshake = box.post();
    CHECK(handshake.url.host == "127.0.0.1");
    CHECK(handshake.url.port == "8080");
    CHECK(handshake.url.target == "/hook?x=1");
    CHECK(handshake.body.empty());
    CHECK(handshake.timeout == 3s);
    CHECK(handshake.headers.find("Validation-Token"));
    CHECK(handshake.headers.get("Verification-Token") == "mine");
    CHECK(box.created.empty());
    auto const reply = box.created_with(handshake, box.agreement(handshake));
    CHECK(reply.status == 200);
    CHECK(reply.headers.find("RCRequestId"));
    auto const made = account::object_of(reply);
    json::object const mode{{"transportType", "WebHook"}, {"encryption", false}, {"address", hook_url}};
    CHECK(made.at("deliveryMode") == mode);
    CHECK(made.at("expiresIn") == 604799);
    CHECK(box.all.statistics().requests(sandbox_call::subscription_create, 200) == 1);
    CHECK(box.all.statistics().requests(sandbox_call::webhook_validation, 200) == 1);
}

TEST_CASE("a handshake that goes wrong refuses the creation, and says why")
{
    hooked_account box;
    auto const code = [&](auto spoil) {
        box.ask(hook_url);
        auto const handshake = box.post();
        auto result = box.agreement(handshake);
        spoil(result);
        auto const reply = box.created_with(handshake, result);
        CHECK(reply.status == 400);
        return nested_code(reply);
    };
    CHECK(code([](auto& r) { r.headers = {}; }) == "SUB-520");
    CHECK(code([](auto& r) { r.headers.set("Validation-Token", "other"); }) == "SUB-520");
    CHECK(code([](auto& r) { r.outcome = kind::unreachable; }) == "SUB-521");
    CHECK(code([](auto& r) { r.outcome = kind::timed_out; }) == "SUB-521");
    CHECK(code([](auto& r) { r.status = 204; }) == "SUB-522");
    CHECK(code([](auto& r) { r.outcome = kind::bad_certificate; }) == "SUB-524");
    CHECK(code([](auto& r) { r.size = 1025; }) == "SUB-525");
    CHECK(code([](auto& r) { r.headers.set("Content-Type", "text/plain"); }) == "SUB-525");
    CHECK(code([](auto& r) { r.outcome = kind::invalid; }) == "SUB-525");
    CHECK(box.all.subscriptions().living(box.now).empty());
}

TEST_CASE("addresses have to be HTTPS or loopback, and nothing else is ever posted to")
{
    hooked_account box;
    auto const code = [&](std::string const& url) {
        auto const reply = box.ask(url);
        CHECK(box.posts().empty());
        return std::holds_alternative<poll_id>(reply) ? "posted" : nested_code(std::get<http_reply>(reply));
    };
    CHECK(code("http://example.com/x") == "SUB-523");
    CHECK(code("https://example.com/x") == "SUB-521");
    CHECK(code("http://127.0.0.1.example.com/") == "SUB-523");
    CHECK(code("http://localhost@example.com/") == "SUB-523");
    CHECK(code("ftp://localhost/") == "CMN-101");
    CHECK(code("nonsense") == "CMN-101");
    for (auto const* const good :
         {"http://localhost", "http://[::1]:8080/x", "https://127.1.2.3/x", "HTTP://LOCALHOST:1/"}) {
        CHECK(std::holds_alternative<poll_id>(box.ask(good)));
        CHECK(box.post().url.is_loopback());
    }
}

TEST_CASE("the app needs the permission for webhooks")
{
    sandbox_options options;
    options.scope = "ReadMessages";
    hooked_account box(options);
    CHECK(nested_code(std::get<http_reply>(box.ask(hook_url))) == "SUB-528");
}

TEST_CASE("notifications are posted one after the other, with the verification token")
{
    hooked_account box;
    auto const id = box.subscribed("mine");
    box.publish(1);
    box.publish(2);
    auto const first = box.post();
    CHECK(first.headers.get("Verification-Token") == "mine");
    CHECK_FALSE(first.headers.find("Validation-Token"));
    CHECK(first.headers.get("Content-Type") == "application/json; charset=UTF-8");
    CHECK(first.headers.get("User-Agent").starts_with("RingCentral-Webhook/"));
    CHECK(json::parse(first.body).at("subscriptionId").as_string() == id);
    CHECK(json::parse(first.body).as_object().contains("ownerId"));
    CHECK(box.posts().empty());
    box.answer(first, 200);
    auto const second = box.post();
    CHECK(box.number(second) == 2);
    box.answer(second, 204);
    CHECK(box.posts().empty());
    CHECK(box.all.statistics().requests(sandbox_call::webhook_delivery) == 2);
}

TEST_CASE("a failed delivery is tried again while others pass, and given up in the end")
{
    sandbox_options options;
    options.webhook_attempts = 3;
    hooked_account box(options);
    box.subscribed();
    box.publish(1);
    box.publish(2);
    box.answer(box.post(), 500);
    auto const second = box.post();
    CHECK(box.number(second) == 2);
    box.answer(second, 200);
    CHECK(box.posts().empty());
    CHECK(box.all.webhooks().next_wakeup() == box.now + 2s);
    box.now += 2s;
    auto const again = box.post();
    CHECK(box.number(again) == 1);
    box.all.webhooks().report(again.id, webhook_result(kind::timed_out), box.now);
    box.now += 3s;
    CHECK(box.posts().empty());
    box.now += 1s;
    box.answer(box.post(), 503);
    CHECK_FALSE(box.all.webhooks().next_wakeup());
    CHECK(box.all.statistics().webhook_repeats == 2);
    CHECK(box.all.statistics().requests(sandbox_call::webhook_delivery, 0) == 1);
}

TEST_CASE("an address that fails for long is blacklisted, and renewing does not help")
{
    hooked_account box;
    auto const id = box.subscribed();
    auto const fail = [&] {
        for (auto const& each : box.posts())
            box.answer(each, 500);
    };
    box.publish(1);
    fail();
    for (int minute = 0; minute < 10; ++minute) {
        CHECK(box.status(id) == "Active");
        box.now += 1min;
        box.publish(1);
        fail();
        fail();
    }
    CHECK(box.status(id) == "Blacklisted");
    auto const shown = account::object_of(box.call("GET", "/restapi/v1.0/subscription/" + id));
    CHECK(shown.at("blacklistedData").at("reason") == "HTTP status 500");
    CHECK(shown.at("blacklistedData").as_object().contains("blacklistedAt"));
    box.now += 30min;
    box.publish(2);
    CHECK(box.posts().empty());
    CHECK(box.call("PUT", "/restapi/v1.0/subscription/" + id, "{}").status == 200);
    CHECK(box.status(id) == "Blacklisted");
    CHECK(box.all.statistics().webhooks_blacklisted == 1);
}

TEST_CASE("one success is enough not to be blacklisted, and a later handshake can revive")
{
    sandbox_options options;
    options.blacklist_after = 60s;
    options.webhook_attempts = 1;
    options.blacklist_recheck = 15min;
    hooked_account box(options);
    auto const id = box.subscribed();
    for (int i = 0; i < 10; ++i) {
        box.publish(i);
        box.answer(box.post(), i % 3 == 2 ? 200 : 500);
        box.now += 30s;
    }
    CHECK(box.status(id) == "Active");
    box.now += 60s;
    box.publish(1);
    box.answer(box.post(), 500);
    CHECK(box.status(id) == "Blacklisted");
    CHECK(box.all.webhooks().next_wakeup() == box.now + 15min);
    box.now += 15min;
    auto const first = box.post();
    box.all.webhooks().report(first.id, webhook_result(kind::unreachable), box.now);
    CHECK(box.status(id) == "Blacklisted");
    box.now += 15min;
    auto const second = box.post();
    box.all.webhooks().report(second.id, box.agreement(second), box.now);
    CHECK(box.status(id) == "Active");
    box.publish(2);
    CHECK(box.number(box.post()) == 2);
}

TEST_CASE("deliveries are doubled, swapped, lost, late or spoilt on command")
{
    hooked_account box;
    box.subscribed();
    auto const inject = [&](fault what) { box.all.inject(std::move(what)); };
    auto const numbers = [&] {
        std::string found;
        for (auto posts = box.posts(); !posts.empty(); posts = box.posts())
            for (auto const& each : posts) {
                found += std::to_string(box.number(each));
                box.answer(each, 200);
            }
        return found;
    };
    for (auto const call : {sandbox_call::webhook_delivery, sandbox_call::message}) {
        inject({call, fault_effect::duplicate});
        box.publish(1);
        CHECK(numbers() == "11");
        inject({call, fault_effect::drop});
        box.publish(2);
        CHECK(numbers().empty());
        inject({call, fault_effect::out_of_order});
        box.publish(3);
        box.publish(4);
        CHECK(numbers() == "43");
        inject({call, fault_effect::not_json});
        box.publish(5);
        auto const spoilt = box.post();
        CHECK(spoilt.body == "this is no JSON");
        box.answer(spoilt, 200);
    }
    inject(fault::delayed(sandbox_call::webhook_delivery, 5s));
    box.publish(6);
    CHECK(numbers().empty());
    box.now += 5s;
    CHECK(numbers() == "6");
    inject(fault::lost(sandbox_call::webhook_delivery)); // as if the listener's 200 were
    box.publish(7);
    CHECK(numbers() == "7");
    box.now += 2s;
    CHECK(numbers() == "7");
    inject({sandbox_call::webhook_delivery, fault_effect::cut_body});
    box.publish(8);
    auto const cut = box.post();
    CHECK(cut.effect == wire_effect::cut_body);
    inject(fault(sandbox_call::webhook_delivery, fault_effect::out_of_order).always());
    box.answer(cut, 200);
    for (int n = 1; n < 6; ++n)
        box.publish(n);
    CHECK(numbers().size() == 4); // the last one waits for another
    box.all.clear_faults();
    box.publish(6);
    CHECK(numbers() == "65");
}

TEST_CASE("a deleted or suspended webhook is posted to no more")
{
    hooked_account box;
    auto const id = box.subscribed();
    box.publish(1);
    box.publish(2);
    auto const first = box.post();
    box.all.subscriptions().erase(id);
    box.answer(first, 500);
    box.now += 1h;
    CHECK(box.posts().empty());
    CHECK_FALSE(box.all.webhooks().next_wakeup());
}

TEST_CASE("the documentation's other readings can be switched on")
{
    sandbox_options options;
    options.validation_token_on_delivery = true;
    options.verification_token_on_validation = false;
    options.webhook_lifetime = 60s;
    hooked_account box(options);
    box.ask(hook_url, "mine");
    auto const handshake = box.post();
    CHECK_FALSE(handshake.headers.find("Verification-Token"));
    CHECK(account::object_of(box.created_with(handshake, box.agreement(handshake)))["expiresIn"] == 59);
    box.publish(1);
    CHECK(box.post().headers.find("Validation-Token"));
}

} // namespace
