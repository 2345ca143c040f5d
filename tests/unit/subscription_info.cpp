// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/error.hpp>
#include <ringtail/subscription_info.hpp>
#include <ringtail/timestamp.hpp>

#include <boost/json.hpp>

#include <doctest/doctest.h>

using namespace ringtail;
using namespace std::chrono_literals;

namespace {

// The vendor's documents: "Push notifications", the answer without `expiresIn` and with a bare path.
constexpr std::string_view vendor_sample = R"({
  "eventFilters" : [ "/restapi/v1.0/account/~/extension/401550809004/presence?detailedTelephonyState=true" ],
  "id" : "78c53776-6aa5-4089-b080-150089c097bf",
  "deliveryMode" : {
    "transportType" : "PubNub",
    "encryption" : true,
    "address" : "96830102602705_0d0115d5",
    "subscriberKey" : "sub-c-b8b9cd8c-e906-11e2-b383-02ee2ddab7fe",
    "encryptionAlgorithm" : "AES",
    "encryptionKey" : "fNP0fszFJdc/thDO90/B3A=="
  },
  "expirationTime" : "2013-09-13T13:58:57.187Z",
  "status" : "Active",
  "creationTime" : "2013-09-13T13:43:57.187Z",
  "uri" : "/restapi/v1.0/subscription/78c53776-6aa5-4089-b080-150089c097bf"
})";

constexpr std::string_view full_answer =
    R"({"uri":"https://platform.ringcentral.com/restapi/v1.0/subscription/5f1c0d2e-0000-4000-8000-000000000001",
"id":"5f1c0d2e-0000-4000-8000-000000000001","creationTime":"2026-01-05T09:00:00.000Z","status":"Active",
"expirationTime":"2026-01-05T09:15:00.000Z","expiresIn":899,
"eventFilters":["/restapi/v1.0/account/700000/extension/700100/presence?detailedTelephonyState=true"],
"disabledFilters":[{"filter":"/restapi/v1.0/account/700000/extension/700101/presence/line","reason":"SUB-412",
"message":"not permitted"}],
"deliveryMode":{"transportType":"PubNub","encryption":true,"address":"100200300_ab12cd34",
"subscriberKey":"sub-c-00000000-0000-0000-0000-000000000000","secretKey":"sec-c-1",
"encryptionAlgorithm":"AES","encryptionKey":"AAECAwQFBgcICQoLDA0ODw=="},"somethingNew":{"a":[1,2]}})";

std::string refusal(std::string_view answer)
{
    try {
        subscription_info::parse(answer);
    } catch (failure const& refused) {
        CHECK(refused.code() == error::invalid_reply);
        return refused.what();
    }
    return {};
}

subscription_info answer_with(std::vector<std::string> granted, std::vector<disabled_filter> disabled = {})
{
    subscription_info info;
    info.id = "s";
    info.event_filters = std::move(granted);
    info.disabled_filters = std::move(disabled);
    return info;
}

std::vector<std::string> filters_of(std::vector<disabled_filter> const& refused)
{
    std::vector<std::string> filters;
    for (auto const& each : refused) {
        filters.push_back(each.filter);
    }
    return filters;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("every field of an answer is read")
{
    auto const info = subscription_info::parse(full_answer);
    CHECK(info.uri
          == "https://platform.ringcentral.com/restapi/v1.0/subscription/5f1c0d2e-0000-4000-8000-000000000001");
    CHECK(info.id == "5f1c0d2e-0000-4000-8000-000000000001");
    CHECK(info.creation_time == parse_timestamp("2026-01-05T09:00:00Z"));
    CHECK(info.status == "Active");
    CHECK(info.status_kind() == subscription_status::active);
    CHECK(info.expiration_time == parse_timestamp("2026-01-05T09:15:00Z"));
    CHECK(info.expires_in == 899s);
    CHECK(info.event_filters
          == texts{"/restapi/v1.0/account/700000/extension/700100/presence?detailedTelephonyState=true"});
    REQUIRE(info.disabled_filters.size() == 1);
    CHECK(info.disabled_filters[0].filter == "/restapi/v1.0/account/700000/extension/700101/presence/line");
    CHECK(info.disabled_filters[0].reason == "SUB-412");
    CHECK(info.disabled_filters[0].message == "not permitted");
    CHECK(info.disabled_filters[0].extension_id() == "700101");
    CHECK(info.delivery.transport_type == transport_type::pubnub);
    CHECK(info.delivery.encryption == true);
    CHECK(info.delivery.address == "100200300_ab12cd34");
    CHECK(info.delivery.subscriber_key == "sub-c-00000000-0000-0000-0000-000000000000");
    CHECK(info.delivery.secret_key.reveal() == "sec-c-1");
    CHECK(info.delivery.encryption_algorithm == "AES");
    CHECK(info.delivery.encryption_key.reveal() == "AAECAwQFBgcICQoLDA0ODw==");
    CHECK_FALSE(info.blacklisted);
}

TEST_CASE("the vendor's sample needs neither expiresIn nor an absolute uri")
{
    auto const info = subscription_info::parse(vendor_sample);
    CHECK(info.uri == "/restapi/v1.0/subscription/78c53776-6aa5-4089-b080-150089c097bf");
    CHECK_FALSE(info.expires_in);
    REQUIRE(info.expiration_time);
    REQUIRE(info.creation_time);
    CHECK(*info.expiration_time - *info.creation_time == 15min);
    CHECK(info.delivery.encryption_key.reveal() == "fNP0fszFJdc/thDO90/B3A==");
    CHECK(info.disabled_filters.empty());
}

TEST_CASE("fields without a name survive in the raw text")
{
    auto const info = subscription_info::parse(full_answer);
    CHECK(info.raw() == full_answer);
    auto const value = json::parse(json::string_view(full_answer.data(), full_answer.size()));
    auto const from_value = subscription_info::parse(value);
    CHECK(from_value.id == info.id);
    CHECK(json::parse(json::string_view(from_value.raw().data(), from_value.raw().size())) == value);
}

TEST_CASE("texts, std::strings and literals are answers to parse, and a JSON value is one as it is")
{
    std::string const text = R"({"id":"a"})";
    CHECK(subscription_info::parse(text).id == "a");
    CHECK(subscription_info::parse(R"({"id":"b"})").id == "b");
    CHECK(subscription_info::parse(json::value{{"id", "c"}}).id == "c");
}

TEST_CASE("other types than promised, nulls and missing fields are no error")
{
    auto const info = subscription_info::parse(R"({"id":12345678901234567,"uri":null,"creationTime":"soon",
        "status":"Hibernating","expirationTime":null,"expiresIn":"899","eventFilters":"/only/one",
        "disabledFilters":{"filter":"x"},"blacklistedData":null,
        "deliveryMode":{"transportType":"Carrier/Pigeon","encryption":"false","address":null,"encryptionKey":7}})");
    CHECK(info.id == "12345678901234567");
    CHECK(info.uri == "");
    CHECK_FALSE(info.creation_time);
    CHECK(info.status == "Hibernating");
    CHECK(info.status_kind() == subscription_status::unknown);
    CHECK_FALSE(info.expiration_time);
    CHECK(info.expires_in == 899s);
    CHECK(info.event_filters == texts{"/only/one"});
    CHECK(info.disabled_filters.empty());
    CHECK(info.delivery.transport_type == "Carrier/Pigeon");
    CHECK(info.delivery.encryption == false);
    CHECK(info.delivery.address == "");

    CHECK(subscription_info::parse(R"({"id":"x","deliveryMode":{"encryption":"TRUE"}})").delivery.encryption == true);
    for (auto const* odd : {"\"\"", "\"yes\"", "1", "null", "[]"}) {
        CAPTURE(odd);
        auto const text = std::string(R"({"id":"x","deliveryMode":{"encryption":)") + odd + "}}";
        CHECK_FALSE(subscription_info::parse(text).delivery.encryption);
    }
    for (auto const* odd : {"-1", "\"\"", "\"1h\"", "1.5", "null", "1e300", "9223372036854775807",
                            "18446744073709551615", "true", "{}"}) {
        CAPTURE(odd);
        CHECK_FALSE(subscription_info::parse(std::string(R"({"id":"x","expiresIn":)") + odd + "}").expires_in);
    }
    CHECK(subscription_info::parse(R"({"id":"x","expiresIn":899.0})").expires_in == 899s);
    CHECK(subscription_info::parse(R"({"id":"x","expiresIn":630720000})").expires_in == 630720000s);
    CHECK(subscription_info::parse(R"({"id":"x","deliveryMode":[1]})").delivery.transport_type == "");
    auto const lists = subscription_info::parse(R"({"id":"x","eventFilters":[null,"/a",{},5],
        "disabledFilters":[null,"/a",{"filter":"/b"}]})");
    CHECK(lists.event_filters == texts{"/a", "5"});
    REQUIRE(lists.disabled_filters.size() == 1);
    CHECK(lists.disabled_filters[0].filter == "/b");
    CHECK(lists.disabled_filters[0].reason == "");
}

TEST_CASE("a suspended or blacklisted subscription says so, and why")
{
    auto const info = subscription_info::parse(R"({"id":"x","status":"Blacklisted",
        "blacklistedData":{"blacklistedAt":"2026-01-05T09:00:00.000Z","reason":"Timeout"},
        "deliveryMode":{"transportType":"WebHook","address":"https://example.com/hook","encryption":false}})");
    CHECK(info.status_kind() == subscription_status::blacklisted);
    REQUIRE(info.blacklisted);
    CHECK(info.blacklisted->at == parse_timestamp("2026-01-05T09:00:00Z"));
    CHECK(info.blacklisted->reason == "Timeout");
    CHECK(subscription_info::parse(R"({"id":"x","status":"Suspended"})").status_kind()
          == subscription_status::suspended);
}

TEST_CASE("what is no subscription is refused without a word of its content")
{
    for (auto const* text : {"", "null", "[]", "\"fNP0fszFJdc\"", "{", R"({"encryptionKey":"fNP0fszFJdc")", "{} {}",
                             "{}", R"({"id":""})", R"({"id":null})", R"({"id":{}})",
                             R"({"deliveryMode":{"encryptionKey":"fNP0fszFJdc"}})"}) {
        CAPTURE(text);
        auto const words = refusal(text);
        CHECK(words != "");
        CHECK(words.find("fNP0") == std::string::npos);
    }
    CHECK(refusal(R"({"id":"x","a":)" + std::string(50, '[') + std::string(50, ']') + '}') == "");
    CHECK(refusal(R"({"id":"x","a":)" + std::string(100000, '[') + std::string(100000, ']') + '}') != "");
    CHECK_THROWS_AS(subscription_info::parse(json::value(5)), failure);
}

TEST_CASE("a create request holds what was asked for and nothing else")
{
    auto const request = [](delivery_mode const& mode) { return json::serialize(mode.to_json()); };
    CHECK(request(delivery_mode::pubnub()) == R"({"transportType":"PubNub"})");
    CHECK(request(delivery_mode::pubnub(true)) == R"({"transportType":"PubNub","encryption":true})");
    CHECK(request(delivery_mode::pubnub(false)) == R"({"transportType":"PubNub","encryption":false})");
    CHECK(request(delivery_mode::websocket()) == R"({"transportType":"WebSocket"})");
    CHECK(request(delivery_mode::webhook("https://example.com/hook"))
          == R"({"transportType":"WebHook","address":"https://example.com/hook"})");
    CHECK(request(delivery_mode::webhook("https://example.com/hook", secret("t")))
          == R"({"transportType":"WebHook","address":"https://example.com/hook","verificationToken":"t"})");
    CHECK(request(delivery_mode::apns("cert", "device"))
          == R"({"transportType":"RC/APNS","certificateName":"cert","registrationId":"device"})");
    CHECK(request(delivery_mode::gcm("cert", "device", true))
          == R"({"transportType":"RC/GCM","encryption":true,"certificateName":"cert","registrationId":"device"})");
    // an answer turned into a request again never sends the keys back
    auto const again = request(subscription_info::parse(full_answer).delivery);
    CHECK(again == R"({"transportType":"PubNub","address":"100200300_ab12cd34","encryption":true})");
}

TEST_CASE("granted filters are recognised with ids in place of ~ and queries in another order")
{
    event_filters asked;
    asked.presence("~", sip_data).message_store("~", message_type::sms, direction::inbound).presence(700101);
    filter_outcome const outcome(asked,
                                 answer_with({"/restapi/v1.0/account/700000/extension/700101/presence",
                                              "/restapi/v1.0/account/700000/extension/700100/presence?sipData=true",
                                              "/restapi/v1.0/account/700000/extension/700100/message-store?direction="
                                              "Inbound&type=SMS"}),
                                 "700000", "700100");
    CHECK(outcome.complete());
    CHECK(outcome.requested == asked.paths());
    CHECK(outcome.granted == asked.paths());
}

TEST_CASE("refused filters come back in the caller's words, with the reason and the extension")
{
    event_filters asked;
    asked.presence(700100).presence(700101).presence("~").extension_list();
    std::string const list = "/restapi/v1.0/account/700000/extension";
    filter_outcome const outcome(asked,
                                 answer_with({list + "/700100/presence", list},
                                             {{list + "/700101/presence", "SUB-412", "m"},
                                              {list + "/9/presence", "SUB-402", ""}}),
                                 "700000", "9");
    CHECK_FALSE(outcome.complete());
    CHECK(outcome.granted == texts{asked.paths()[0], asked.paths()[3]});
    REQUIRE(filters_of(outcome.refused) == texts{asked.paths()[1], asked.paths()[2]});
    CHECK(outcome.refused[0].reason == "SUB-412");
    CHECK(outcome.refused[0].message == "m");
    CHECK(outcome.refused[0].extension_id() == "700101");
    CHECK(outcome.refused[1].reason == "SUB-402");
    CHECK(outcome.refused[1].extension_id() == "~");
}

TEST_CASE("~ is recognised although nobody knows the own ids")
{
    event_filters asked;
    asked.presence("~").presence(700101).message_store("~").account_presence();
    auto const own = std::string("/restapi/v1.0/account/700000/extension/");
    filter_outcome const granted(asked,
                                 answer_with({own + "700101/presence", own + "700100/message-store",
                                              own + "700100/presence", "/restapi/v1.0/account/700000/presence"}));
    CHECK(granted.complete());

    // an extension that was asked for by its id does not also stand for `~`
    filter_outcome const partial(asked, answer_with({own + "700101/presence", own + "700100/message-store"},
                                                    {{own + "700100/presence", "SUB-402", ""},
                                                     {"/restapi/v1.0/account/700000/presence", "SUB-412", ""}}));
    CHECK(partial.granted == texts{asked.paths()[1], asked.paths()[2]});
    CHECK(filters_of(partial.refused) == texts{asked.paths()[0], asked.paths()[3]});
    CHECK(partial.refused[0].reason == "SUB-402");

    // the service may also leave the account's `~` as it is, as in its own sample
    filter_outcome const kept(event_filters().presence("401550809004", detailed_telephony_state),
                              subscription_info::parse(vendor_sample));
    CHECK(kept.complete());
    filter_outcome const named(event_filters().presence("401550809004", detailed_telephony_state, 5),
                               subscription_info::parse(vendor_sample));
    CHECK(named.complete());
}

TEST_CASE("filters of several accounts are kept apart")
{
    event_filters asked;
    asked.presence(1).presence(2).presence(1, presence_detail::plain, 6).account_presence(5);
    filter_outcome const outcome(asked, answer_with({"/restapi/v1.0/account/5/extension/1/presence",
                                                     "/restapi/v1.0/account/6/extension/1/presence",
                                                     "/restapi/v1.0/account/6/extension/3/presence",
                                                     "/restapi/v1.0/account/6/presence"}));
    CHECK(outcome.granted == texts{asked.paths()[0], asked.paths()[2]});
    CHECK(filters_of(outcome.refused) == texts{asked.paths()[1], asked.paths()[3]});

    // which of the accounts is the own one shows only by elimination
    event_filters own;
    own.presence(9, presence_detail::plain, 6).presence(1).presence("~");
    CHECK(filter_outcome(own, answer_with({"/restapi/v1.0/account/5/extension/1/presence",
                                           "/restapi/v1.0/account/5/extension/77/presence",
                                           "/restapi/v1.0/account/6/extension/9/presence"}))
              .complete());
}

TEST_CASE("a richer presence filter stands for a plainer one of the same extension")
{
    event_filters asked;
    asked.presence(1).presence(1, detailed_telephony_state);
    asked.presence(2, detailed_telephony_state).presence(3, sip_data).presence(4, sip_data);
    std::string const list = "/restapi/v1.0/account/5/extension";
    filter_outcome const outcome(asked,
                                 answer_with({list + "/1/presence?detailedTelephonyState=true",
                                              list + "/2/presence?sipData=true", list + "/3/presence",
                                              list + "/4/presence?detailedTelephonyState=true"}));
    CHECK(outcome.granted == texts{asked.paths()[0], asked.paths()[1], asked.paths()[2]});
    CHECK(filters_of(outcome.refused) == texts{asked.paths()[3], asked.paths()[4]});
}

TEST_CASE("a filter that the answer does not mention is not taken for granted")
{
    event_filters asked;
    asked.presence(1).voicemail(1);
    filter_outcome const outcome(asked, answer_with({"/restapi/v1.0/account/5/extension/1/presence"}));
    REQUIRE(filters_of(outcome.refused) == texts{asked.paths()[1]});
    CHECK(outcome.refused[0].reason == "");
    CHECK(outcome.refused[0].message != "");

    // no list at all: some answers leave it out, and no subscription is without filters
    CHECK(filter_outcome(asked, answer_with({})).complete());
    disabled_filter const voicemail{"/restapi/v1.0/account/5/extension/1/voicemail", "SUB-412", ""};
    filter_outcome const refused(asked, answer_with({}, {voicemail}));
    CHECK(refused.granted == texts{asked.paths()[0]});
}

TEST_CASE("what is refused without having been asked for is told as well, once")
{
    disabled_filter const other{"/restapi/v1.0/account/5/extension/77/fax", "SUB-405", ""};
    filter_outcome const outcome(event_filters().presence(1),
                                 answer_with({"/restapi/v1.0/account/5/extension/1/presence"}, {other, other}));
    CHECK(outcome.granted.size() == 1);
    CHECK(filters_of(outcome.refused) == texts{other.filter});
}

TEST_CASE("the outcome of two thousand filters is exact")
{
    event_filters asked;
    subscription_info answer;
    for (int id = 2000; id != 0; --id) {
        asked.presence(400000000000 + id, detailed_telephony_state);
    }
    for (std::int64_t id = 1; id <= 2000; ++id) {
        auto filter = "/restapi/v1.0/account/700000/extension/" + std::to_string(400000000000 + id)
                      + "/presence?detailedTelephonyState=true";
        if (id % 10 == 0) {
            answer.disabled_filters.emplace_back(std::move(filter), "SUB-402", "");
        } else {
            answer.event_filters.push_back(std::move(filter));
        }
    }
    filter_outcome const outcome(asked, answer);
    CHECK(outcome.requested.size() == 2000);
    CHECK(outcome.granted.size() == 1800);
    REQUIRE(outcome.refused.size() == 200);
    CHECK(outcome.refused[0].extension_id() == "400000002000");
    CHECK(outcome.refused[199].extension_id() == "400000000010");
}
