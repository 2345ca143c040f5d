// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "sandbox_fixture.hpp"

#include <openssl/evp.h>

#include <memory>

namespace {

using namespace sandbox_tests;

std::string decrypt(std::string_view key, std::string_view text)
{
    auto const cipher = base64_decode(text).value();
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> const context(EVP_CIPHER_CTX_new(),
                                                                                  &EVP_CIPHER_CTX_free);
    std::string plain(cipher.size() + 16, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(plain.data());
    int size = 0;
    int tail = 0;
    REQUIRE(EVP_DecryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr,
                               reinterpret_cast<unsigned char const*>(key.data()), nullptr) == 1);
    REQUIRE(EVP_DecryptUpdate(context.get(), out, &size, reinterpret_cast<unsigned char const*>(cipher.data()),
                              static_cast<int>(cipher.size())) == 1);
    REQUIRE(EVP_DecryptFinal_ex(context.get(), out + size, &tail) == 1);
    plain.resize(static_cast<std::size_t>(size + tail));
    return plain;
}

/// The envelopes of a PubNub reply, decrypted when the subscription has a key.
std::vector<json::object> envelopes(json::object const& subscription, json::object const& reply)
{
    std::vector<json::object> found;
    auto const& mode = subscription.at("deliveryMode").as_object();
    for (auto const& message : reply.at("m").as_array()) {
        auto const& d = message.as_object().at("d");
        if (auto const* const key = mode.if_contains("encryptionKey"))
            found.push_back(json::parse(decrypt(*base64_decode(key->as_string()), d.as_string())).as_object());
        else
            found.push_back(d.as_object());
    }
    return found;
}

std::string filters_body(std::string filters)
{
    return R"({"eventFilters":[)" + std::move(filters) + R"(],"deliveryMode":{"transportType":"PubNub"}})";
}

TEST_CASE("the encryptor makes the text that the vendor's clients test with")
{
    auto const key = base64_decode("e0bMTqmumPfFUbwzppkSbA==").value();
    constexpr std::string_view published =
        "gkw8EU4G1SDVa2/hrlv6+0ViIxB7N1i1z5MU/Hu2xkIKzH6yQzhr3vIc27IAN558kTOkacqE5DkLpRdnN1orwtIBsUHmPMkMWTOLDzVr6eRk"
        "+2Gcj2Wft7ZKrCD+FCXlKYIoa98tUD2xvoYnRwxiE2QaNywl8UtjaqpTk1+WDImBrt6uabB1WICY/qE0It3DqQ6vdUWISoTfjb+vT5h9kfZx"
        "WYUP4ykN2UtUW1biqCjj1Rb6GWGnTx6jPqF77ud0XgV1rk/Q6heSFZWV/GP23/iytDPK1HGJoJqXPx7ErQU=";
    auto const plain = decrypt(key, published);
    auto const envelope = json::parse(plain).as_object();
    CHECK(envelope.at("uuid") == "db01e7de-5f3c-4ee5-ab72-f8bd3b77e308");
    CHECK(envelope.at("body").as_object().at("extensionId") == 402853446008);
    CHECK(encrypt(key, plain) == published);
}

TEST_CASE("a created subscription shows resolved filters, its life and a PubNub address")
{
    account box;
    auto const made = box.create();
    auto const filter = "/restapi/v1.0/account/" + box.all.directory().account_id() + "/extension/" +
                        box.all.directory().owner_id() + "/presence?detailedTelephonyState=true";
    CHECK(made.at("eventFilters").as_array().front() == json::value(filter));
    CHECK(made.at("creationTime") == "2026-01-05T09:00:00.000Z");
    CHECK(made.at("expirationTime") == "2026-01-05T09:15:00.000Z");
    CHECK(made.at("expiresIn") == 899);
    CHECK(made.at("status") == "Active");
    auto const& mode = made.at("deliveryMode").as_object();
    CHECK(mode.at("encryption") == true);
    CHECK(mode.at("encryptionAlgorithm") == "AES");
    CHECK(base64_decode(mode.at("encryptionKey").as_string())->size() == 16);
}

TEST_CASE("a notification reaches the channel encrypted when one filter is sensitive, else plain")
{
    account box;
    std::string const store = R"("/restapi/v1.0/account/~/extension/~/message-store")";
    for (auto const& filters : {store, store + R"(,"/restapi/v1.0/account/~/extension/~/presence")"}) {
        auto const made = box.create(filters_body(filters));
        auto const start = account::cursor_of(box.poll_at_once(made, "0"));
        box.now += 1s;
        CHECK(box.all.publish("/restapi/v1.0/account/~/extension/~/message-store", {{"accountId", 1}}, box.now) >= 1);
        auto const found = envelopes(made, box.poll_at_once(made, start));
        REQUIRE(found.size() == 1);
        CHECK(found[0].at("subscriptionId") == made.at("id"));
        CHECK(found[0].at("event") == made.at("eventFilters").as_array().front());
        CHECK(found[0].at("timestamp") == json::value(format_time(box.now, sandbox_time_form::zulu_milliseconds)));
        CHECK(found[0].at("body").as_object().at("accountId") == 1);
    }
}

TEST_CASE("encryption can be asked for, also in words")
{
    account box;
    for (auto const* const asked : {"true", R"("true")"}) {
        auto const made = box.create(R"({"eventFilters":["/restapi/v1.0/account/~/extension"],)"
                                     R"("deliveryMode":{"transportType":"PubNub","encryption":)" +
                                     std::string(asked) + "}}");
        CHECK(made.at("deliveryMode").as_object().contains("encryptionKey"));
    }
}

TEST_CASE("each subscription gets presence as richly as it asked for")
{
    account box;
    auto const body = json::parse(R"({"telephonyStatus":"Ringing","totalActiveCalls":1,)"
                                  R"("activeCalls":[{"id":"c1","sipData":{}}]})");
    std::string const path = "/restapi/v1.0/account/~/extension/~/presence";
    auto const plain = box.create(filters_body("\"" + path + "\""));
    auto const both = box.create(filters_body("\"" + path + "\",\"" + path + "?detailedTelephonyState=true\""));
    auto const sip = box.create(filters_body("\"" + path + "?sipData=true\""));
    auto const whole = box.create(filters_body(R"("/restapi/v1.0/account/~/presence")"));
    CHECK(box.all.publish(path + "?detailedTelephonyState=true&sipData=true", body, box.now) == 4);

    auto const body_of = [&](json::object const& made) {
        auto const found = envelopes(made, box.poll_at_once(made, "1"));
        REQUIRE(found.size() == 1);
        return found[0].at("body").as_object();
    };
    CHECK_FALSE(body_of(plain).contains("activeCalls"));
    CHECK_FALSE(body_of(both).at("activeCalls").as_array()[0].as_object().contains("sipData"));
    CHECK(body_of(both).contains("totalActiveCalls"));
    CHECK(body_of(sip).at("activeCalls").as_array()[0].as_object().contains("sipData"));
    CHECK_FALSE(body_of(whole).contains("totalActiveCalls"));
}

TEST_CASE("a filter's parameters hold back only what the event says otherwise")
{
    account box;
    std::string const store = "/restapi/v1.0/account/~/extension/~/message-store";
    box.create(filters_body("\"" + store + "?type=SMS&direction=Inbound\""));
    CHECK(box.all.publish(store + "?type=SMS", nullptr, box.now) == 1);
    CHECK(box.all.publish(store + "?type=Fax", nullptr, box.now) == 0);
    CHECK(box.all.publish(store, json::parse(R"({"changes":[{"type":"SMS"}]})"), box.now) == 1);
    CHECK(box.all.publish(store, json::parse(R"({"changes":[{"type":"VoiceMail"}]})"), box.now) == 0);

    std::string const calls = "/restapi/v1.0/account/~/telephony/sessions";
    box.create(filters_body("\"" + calls + "?missedCall=true\""));
    auto const missed = json::parse(R"({"parties":[{"missedCall":true}]})");
    auto const taken = json::parse(R"({"parties":[{"missedCall":false}]})");
    CHECK(box.all.publish("/restapi/v1.0/account/~/extension/~/telephony/sessions", missed, box.now) == 1);
    CHECK(box.all.publish("/restapi/v1.0/account/~/extension/~/telephony/sessions", taken, box.now) == 0);
}

TEST_CASE("an expired subscription falls silent without a word, and is SUB-507 when asked about")
{
    account box;
    auto const made = box.create();
    auto const path = "/restapi/v1.0/subscription/" + std::string(made.at("id").as_string());
    box.now += 900s;
    CHECK(box.all.publish("/restapi/v1.0/account/~/extension/~/presence", nullptr, box.now) == 0);
    CHECK(std::holds_alternative<poll_id>(box.poll(made, "1")));
    for (auto const& [method, tail] : {std::pair("GET", ""), std::pair("PUT", ""), std::pair("POST", "/renew")}) {
        auto const reply = box.call(method, path + tail);
        CHECK(reply.status == 404);
        CHECK(nested_code(reply) == "SUB-507");
    }
    CHECK(account::object_of(box.call("GET", "/restapi/v1.0/subscription"))["records"].as_array().empty());
}

TEST_CASE("renewal by POST and by an empty PUT prolongs, a PUT with filters also replaces the list")
{
    account box;
    auto const made = box.create();
    auto const path = "/restapi/v1.0/subscription/" + std::string(made.at("id").as_string());
    box.now += 800s;
    CHECK(account::object_of(box.call("GET", path))["expiresIn"] == 99);
    CHECK(account::object_of(box.call("POST", path + "/renew"))["expiresIn"] == 899);
    box.now += 800s;
    CHECK(account::object_of(box.call("PUT", path))["expirationTime"] == "2026-01-05T09:41:40.000Z");
    auto const changed = account::object_of(
        box.call("PUT", path, R"({"expiresIn":60,"eventFilters":)"
                              R"(["/restapi/v1.0/account/~/extension/~/message-store"]})"));
    CHECK(changed.at("expiresIn") == 59);
    CHECK(changed.at("deliveryMode").as_object().at("address") == made.at("deliveryMode").as_object().at("address"));
    CHECK(box.all.publish("/restapi/v1.0/account/~/extension/~/presence", nullptr, box.now) == 0);
    CHECK(box.all.publish("/restapi/v1.0/account/~/extension/~/message-store", nullptr, box.now) == 1);
    CHECK(box.call("DELETE", path).status == 204);
    CHECK(nested_code(box.call("DELETE", path)) == "CMN-102");
}

TEST_CASE("a renewal can rotate channel and key, and late messages still take the old ones")
{
    sandbox_options options;
    options.rotate_on_renewal = sandbox_rotation::channel | sandbox_rotation::key;
    options.late_messages = 1;
    account box(options);
    auto const made = box.create();
    auto const renewed = account::object_of(
        box.call("POST", "/restapi/v1.0/subscription/" + std::string(made.at("id").as_string()) + "/renew"));
    auto const& before = made.at("deliveryMode").as_object();
    auto const& after = renewed.at("deliveryMode").as_object();
    CHECK(before.at("address") != after.at("address"));
    CHECK(before.at("encryptionKey") != after.at("encryptionKey"));
    CHECK(before.at("subscriberKey") == after.at("subscriberKey"));
    for (int i = 0; i < 2; ++i)
        box.all.publish("/restapi/v1.0/account/~/extension/~/presence", {{"n", i}}, box.now);
    auto const late = envelopes(made, box.poll_at_once(made, "1"));
    auto const punctual = envelopes(renewed, box.poll_at_once(renewed, "1"));
    REQUIRE(late.size() == 1);
    REQUIRE(punctual.size() == 1);
    CHECK(late[0].at("body").as_object().at("n") == 0);
    CHECK(punctual[0].at("body").as_object().at("n") == 1);
}

TEST_CASE("filters are refused one by one, or the whole call when nothing is left")
{
    sandbox_options options;
    options.scope = "ReadPresence";
    account box(options);
    std::string const presence = R"("/restapi/v1.0/account/~/extension/~/presence")";
    auto const made = box.create(filters_body(presence + R"(,"/restapi/v1.0/account/~/extension/~/message-store")"));
    CHECK(made.at("eventFilters").as_array().size() == 1);
    auto const refused = made.at("disabledFilters").as_array();
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].as_object().at("reason") == "SUB-412");

    auto const status_and_code = [&](std::string filters) {
        auto const reply = box.call("POST", "/restapi/v1.0/subscription", filters_body(std::move(filters)));
        return std::to_string(reply.status) + " " + nested_code(reply);
    };
    CHECK(status_and_code(R"("/restapi/v1.0/account/~/extension/1/presence")") == "403 SUB-408");
    CHECK(status_and_code(R"("/restapi/v1.0/account/1/extension/~/presence")") == "403 SUB-406");
    CHECK(status_and_code(R"("/restapi/v1.0/account/~/nonsense")") == "400 SUB-508");
    CHECK(status_and_code(R"("/restapi/v1.0/subscription/~?threshold=60&interval=15")") == "400 SUB-515");
    CHECK(status_and_code(presence + R"(,"/restapi/v1.0/subscription/~?threshold=600&interval=15")") ==
          "400 SUB-516");
    CHECK(status_and_code("") == "400 CMN-101");
    CHECK(nested_code(box.call("POST", "/restapi/v1.0/subscription", "{")) == "CMN-103");
}

TEST_CASE("beyond the limit a creation is refused with SUB-505, until one is gone")
{
    sandbox_options options;
    options.subscription_limit = 2;
    account box(options);
    auto const first = box.create();
    box.create();
    auto const third = box.call("POST", "/restapi/v1.0/subscription", detailed_presence);
    CHECK(third.status == 403);
    CHECK(nested_code(third) == "SUB-505");
    box.call("DELETE", "/restapi/v1.0/subscription/" + std::string(first.at("id").as_string()));
    CHECK(box.call("POST", "/restapi/v1.0/subscription", detailed_presence).status == 200);
}

TEST_CASE("the reminder filter announces the expiry, and again after its interval")
{
    account box;
    auto const made = box.create(filters_body(R"("/restapi/v1.0/account/~/extension/~/presence",)"
                                              R"("/restapi/v1.0/subscription/~?threshold=60&interval=20")"));
    auto const start = account::cursor_of(box.poll_at_once(made, "0"));
    CHECK(box.all.next_wakeup(box.now) == box.now + 840s);
    box.now += 840s;
    CHECK(box.all.take_ready(box.now).empty());
    CHECK(box.all.next_wakeup(box.now) == box.now + 20s);
    auto const found = envelopes(made, box.poll_at_once(made, start));
    REQUIRE(found.size() == 1);
    CHECK(found[0].at("event") == "/restapi/v1.0/subscription/~?threshold=60&interval=20");
    CHECK(found[0].at("body").as_object().at("expiresIn") == 60);
}

TEST_CASE("what the service spells in more than one way can be switched")
{
    sandbox_options options;
    options.relative_uri = true;
    options.omit_expires_in = true;
    options.encryption_as_text = true;
    options.algorithm_none = true;
    options.keep_tilde = true;
    options.encryption = sandbox_encryption::never;
    options.time_form = sandbox_time_form::short_offset;
    options.subscription_lifetime = 1500ms;
    account box(options);
    auto const made = box.create();
    CHECK(made.at("uri") == json::value("/restapi/v1.0/subscription/" + std::string(made.at("id").as_string())));
    CHECK_FALSE(made.contains("expiresIn"));
    CHECK(made.at("creationTime") == "2026-01-05T09:00:00+00");
    CHECK(made.at("expirationTime") == "2026-01-05T09:00:01+00");
    CHECK(made.at("eventFilters").as_array()[0] ==
          "/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true");
    auto const& mode = made.at("deliveryMode").as_object();
    CHECK(mode.at("encryption") == "false");
    CHECK(mode.at("encryptionAlgorithm") == "None");
    CHECK_FALSE(mode.contains("encryptionKey"));
    box.all.publish("/restapi/v1.0/account/~/extension/~/presence", nullptr, box.now);
    auto const found = envelopes(made, box.poll_at_once(made, "1"));
    REQUIRE(found.size() == 1);
    CHECK(found[0].at("event") == made.at("eventFilters").as_array()[0]);
    CHECK_FALSE(found[0].contains("body"));
}

TEST_CASE("times can be spelt in every way that was seen")
{
    wall_time const when = std::chrono::sys_days(std::chrono::year(2026) / 1 / 5) + 9h + 123ms;
    CHECK(format_time(when, sandbox_time_form::zulu_milliseconds) == "2026-01-05T09:00:00.123Z");
    CHECK(format_time(when, sandbox_time_form::zulu_seconds) == "2026-01-05T09:00:00Z");
    CHECK(format_time(when, sandbox_time_form::offset) == "2026-01-05T09:00:00.123+0000");
    CHECK(format_time(when, sandbox_time_form::colon_offset) == "2026-01-05T09:00:00+00:00");
}

} // namespace
