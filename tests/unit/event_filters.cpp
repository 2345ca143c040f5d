// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/error.hpp>
#include <ringtail/event_filters.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <functional>

using ringtail::event_filters;
using ringtail::normalize_filter;
namespace asio = boost::asio;

namespace {

std::string refusal(event_filters const& filters)
{
    try {
        filters.validate();
    } catch (ringtail::failure const& refused) {
        CHECK(refused.code() == ringtail::error::invalid_filter);
        return refused.what();
    }
    return {};
}

bool has(std::string const& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

std::string only(std::function<void(event_filters&)> const& build)
{
    event_filters filters;
    build(filters);
    REQUIRE(filters.size() == 1);
    CHECK(refusal(filters) == "");
    return filters.paths().front();
}

} // namespace

TEST_CASE("the example of the front page builds its two filters in order")
{
    event_filters filters;
    filters.presence("~", ringtail::detailed_telephony_state).message_store("~");
    CHECK(filters.paths()
          == std::vector<std::string>{
              "/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true",
              "/restapi/v1.0/account/~/extension/~/message-store",
          });
    CHECK(refusal(filters) == "");
}

TEST_CASE("every filter of the vendor's index can be built")
{
    using ringtail::direction;
    using ringtail::message_type;
    using filters = event_filters&;
    auto const sip = ringtail::sip_data;
    auto const detailed = ringtail::detailed_telephony_state;
    std::string const x = "/restapi/v1.0/account/~/extension/7";
    std::string const a = "/restapi/v1.0/account/~";

    CHECK(only([](filters f) { f.presence(7); }) == x + "/presence");
    CHECK(only([](filters f) { f.presence("7", ringtail::presence_detail::plain, 5); })
          == "/restapi/v1.0/account/5/extension/7/presence");
    CHECK(only([&](filters f) { f.presence(7, detailed); }) == x + "/presence?detailedTelephonyState=true");
    CHECK(only([&](filters f) { f.presence(7, detailed | sip); })
          == x + "/presence?detailedTelephonyState=true&sipData=true");
    CHECK(only([&](filters f) { f.presence(7, sip); }) == x + "/presence?detailedTelephonyState=true&sipData=true");
    CHECK(only([](filters f) { f.presence_line_presence(7); }) == x + "/presence/line/presence");
    CHECK(only([&](filters f) { f.presence_line_presence(7, detailed); })
          == x + "/presence/line/presence?detailedTelephonyState=true");
    CHECK(only([](filters f) { f.favorite_presence(7); }) == x + "/favorite/presence");
    CHECK(only([&](filters f) { f.favorite_presence(7, sip); })
          == x + "/favorite/presence?detailedTelephonyState=true&sipData=true");
    CHECK(only([](filters f) { f.presence_line(7); }) == x + "/presence/line");
    CHECK(only([](filters f) { f.presence_dnd(7); }) == x + "/presence/dnd");
    CHECK(only([](filters f) { f.account_presence(); }) == a + "/presence");
    CHECK(only([](filters f) { f.account_presence(700000); }) == "/restapi/v1.0/account/700000/presence");
    CHECK(only([](filters f) { f.call_queue_presence(31); }) == a + "/call-queues/31/presence");

    CHECK(only([](filters f) { f.message_store(7); }) == x + "/message-store");
    CHECK(only([](filters f) { f.message_store(7, message_type::fax); }) == x + "/message-store?type=Fax");
    CHECK(only([](filters f) { f.message_store(7, direction::inbound); }) == x + "/message-store?direction=Inbound");
    CHECK(only([](filters f) { f.message_store(7, message_type::sms, direction::outbound); })
          == x + "/message-store?type=SMS&direction=Outbound");
    CHECK(only([](filters f) { f.message_store(7, message_type::voicemail); })
          == x + "/message-store?type=Voicemail");
    CHECK(only([](filters f) { f.message_store(7, message_type::pager, 5); })
          == "/restapi/v1.0/account/5/extension/7/message-store?type=Pager");
    CHECK(only([](filters f) { f.instant_messages(7); }) == x + "/message-store/instant?type=SMS");
    CHECK(only([](filters f) { f.voicemail(7); }) == x + "/voicemail");
    CHECK(only([](filters f) { f.fax(7); }) == x + "/fax?direction=Inbound");
    CHECK(only([](filters f) { f.message_threads(); }) == a + "/message-threads/sync");
    CHECK(only([](filters f) { f.message_thread_entries(); }) == a + "/message-threads/entries/sync");

    CHECK(only([](filters f) { f.telephony_sessions(7); }) == x + "/telephony/sessions");
    CHECK(only([](filters f) { f.account_telephony_sessions(); }) == a + "/telephony/sessions");
    CHECK(only([](filters f) {
              f.account_telephony_sessions(ringtail::session_query()
                                               .inbound()
                                               .missed_calls()
                                               .phone_number("+15550100001")
                                               .sip_data()
                                               .status(ringtail::call_status::answered)
                                               .with_recordings());
          })
          == a
                 + "/telephony/sessions?direction=Inbound&missedCall=true&phoneNumber=+15550100001&sipData=true"
                   "&statusCode=Answered&withRecordings=true");
    CHECK(only([](filters f) { f.telephony_sessions(7, ringtail::session_query().outbound().status("Tds"), 5); })
          == "/restapi/v1.0/account/5/extension/7/telephony/sessions?direction=Outbound&statusCode=Tds");

    CHECK(only([](filters f) { f.extension_list(); }) == a + "/extension");
    CHECK(only([](filters f) { f.extension_info(7); }) == x);
    CHECK(only([](filters f) { f.favorite(7); }) == x + "/favorite");
    CHECK(only([](filters f) { f.grant(7); }) == x + "/grant");
    CHECK(only([](filters f) { f.directory_entries(); }) == a + "/directory/entries");
    CHECK(only([](filters f) { f.emergency_address("8475874957"); }) == a + "/device/8475874957/emergency-address");
    CHECK(only([](filters f) { f.contact_center_phone_numbers(); })
          == a + "/phone-number?usageType=ContactCenterNumber");

    CHECK(only([](filters f) { f.a2p_sms_batches(); }) == a + "/a2p-sms/batches");
    CHECK(only([](filters f) { f.a2p_sms_batches("+16505550100"); }) == a + "/a2p-sms/batches?from=+16505550100");
    CHECK(only([](filters f) { f.a2p_sms_batch("b6f5610f-5ff1-4273-8a8d-e3742ba4e683"); })
          == a + "/a2p-sms/batches/b6f5610f-5ff1-4273-8a8d-e3742ba4e683");
    CHECK(only([](filters f) { f.a2p_sms_messages(ringtail::a2p_sms_query().inbound().to("+15550100002")); })
          == a + "/a2p-sms/messages?direction=Inbound&to=+15550100002");
    CHECK(only([](filters f) { f.a2p_sms_opt_outs(ringtail::a2p_sms_query().outbound().from("+1").batch(3)); })
          == a + "/a2p-sms/opt-outs?direction=Outbound&from=+1&batchId=3");

    CHECK(only([](filters f) { f.posts(); }) == "/team-messaging/v1/posts");
    CHECK(only([](filters f) { f.chats(); }) == "/team-messaging/v1/chats");
    CHECK(only([](filters f) { f.glip_posts(); }) == "/restapi/v1.0/glip/posts");
    CHECK(only([](filters f) { f.glip_groups(); }) == "/restapi/v1.0/glip/groups");
    CHECK(only([](filters f) { f.ringsense_insights(ringtail::insight_domain::nice_incontact); })
          == "/ai/ringsense/v1/public/accounts/~/domains/nice-incontact/insights");
    CHECK(only([](filters f) { f.ringsense_insights("new-source"); })
          == "/ai/ringsense/v1/public/accounts/~/domains/new-source/insights");

    CHECK(only([](filters f) { f.incoming_call_pickup(7); }) == x + "/incoming-call-pickup");
    CHECK(only([](filters f) { f.missed_calls(7); }) == x + "/missed-calls");
    CHECK(only([](filters f) { f.start_ring(7); }) == x + "/start-ring");
    CHECK(only([](filters f) { f.stop_ring(7); }) == x + "/stop-ring");
    CHECK(only([](filters f) { f.inbound_messages(7); }) == x + "/inbound-messages?badge=true");
    CHECK(only([](filters f) { f.raw("/webinar/x"); }) == "/webinar/x");

    event_filters reminder;
    reminder.account_presence().renewal_reminder(std::chrono::minutes(2), std::chrono::seconds(35));
    CHECK(reminder.paths().back() == "/restapi/v1.0/subscription/~?threshold=120&interval=35");
    CHECK(refusal(reminder) == "");
}

TEST_CASE("ids may be text or numbers of any width")
{
    event_filters filters;
    filters.presence("402853446008")
        .presence(std::string("402853446008"))
        .presence(std::string_view("402853446008"))
        .presence(std::int64_t{402853446008})
        .presence(std::uint64_t{402853446008});
    CHECK(filters.size() == 1);
    CHECK(filters.paths().front() == "/restapi/v1.0/account/~/extension/402853446008/presence");
    CHECK(event_filters().presence(std::uint64_t{18446744073709551615u}).contains(
        "/restapi/v1.0/account/~/extension/18446744073709551615/presence"));
}

TEST_CASE("filters keep their order and stay distinct")
{
    event_filters filters{"/b", "/a", "/c", "/a", "/b"};
    CHECK(filters.paths() == std::vector<std::string>{"/b", "/a", "/c"});
    CHECK(filters.contains("/a"));
    CHECK_FALSE(filters.contains("/aa"));

    event_filters more{"/d", "/a"};
    filters.add(more).add(filters);
    CHECK(filters.paths() == std::vector<std::string>{"/b", "/a", "/c", "/d"});

    CHECK(event_filters::from({"/b", "/a", "/b", "/c", "/d"}) == event_filters{"/b", "/a", "/c", "/d"});
    CHECK_FALSE(event_filters{"/b", "/a"} == event_filters{"/a", "/b"});
    event_filters const one = "/x";
    CHECK(one.paths() == std::vector<std::string>{"/x"});
    CHECK(event_filters().empty());
    CHECK(event_filters::from({}).empty());
}

TEST_CASE("two thousand filters stay distinct, in order and valid")
{
    event_filters filters;
    for (int round = 0; round != 2; ++round) {
        for (std::int64_t id = 0; id != 2000; ++id) {
            filters.presence(400000000000 + id * 7919 % 2000, ringtail::detailed_telephony_state);
        }
    }
    CHECK(filters.size() == 2000);
    CHECK(filters.paths()[1]
          == "/restapi/v1.0/account/~/extension/400000001919/presence?detailedTelephonyState=true");
    CHECK(refusal(filters) == "");
    auto copy = filters;
    CHECK(copy.add(filters) == filters);
    filters.presence("");
    CHECK(has(refusal(filters), "empty"));
}

TEST_CASE("a filter that cannot work is refused by name, with the reason")
{
    CHECK(has(refusal(event_filters()), "at least one"));

    std::string const fine = "/restapi/v1.0/account/~/extension/~";
    for (auto const& bad : std::vector<std::string>{
             "restapi/v1.0/account/~/presence",
             "https://platform.ringcentral.com/restapi/v1.0/account/~/presence",
             "",
             fine + "/presence ",
             " " + fine,
             fine + "/pres ence",
             fine + "/presence\n",
             fine + "/presence\x7f",
             fine + "/pr\xC3\xA9sence",
             fine + "/presence#detail",
             fine + "//presence",
             fine + "/",
             "/",
             fine + "/../presence",
             fine + "/./presence",
             fine + "/presence%2",
             fine + "/presence%zz",
             "/restapi/v1.0/account/{accountId}/presence",
             "/restapi/v1.0/account/~/device/{deviceId}/emergency-address",
             "/restapi/v1.0/account/~/device/<ID>/emergency-address",
             "/restapi/v1.0/account/~/call-queues/\"5\"/presence",
             "/restapi\\v1.0",
             "/restapi/v1.0/account/~/extension/<101_ID>/presence",
             "/restapi/v1.0/account/~/extension/me/presence",
             "/restapi/v1.0/account/~/extension/-5/presence",
             "/restapi/v1.0/account/~/extension/pid=/presence",
             "/restapi/v1.0/account/main/presence",
             "/restapi/v1.0/account/~/extension/12%2F34/presence",
             fine + "/presence?",
             fine + "/presence?a=1&",
             fine + "/presence?&a=1",
             fine + "/presence?=1",
             fine + "/message-store?type=",
             fine + "/message-store?type=SMS?direction=Inbound",
         }) {
        CAPTURE(bad);
        auto const words = refusal(event_filters{"/team-messaging/v1/posts", bad});
        CHECK(words != "");
        CHECK(has(words, '"' + bad.substr(0, 12)));
        CHECK_FALSE(has(words, "\n"));
    }
    CHECK(has(refusal(event_filters{"/posts", fine + "/pres ence"}), '"' + fine + "/pres ence\""));
    CHECK(refusal(event_filters{"/" + std::string(100000, 'x') + " "}).size() < 500);
}

TEST_CASE("what is unusual but possible passes")
{
    CHECK(refusal(event_filters{
              "/restapi/v1.0/account/~/extension/pid=my-17/presence",
              "/restapi/v1.0/account/%7E/extension/%7e/presence",
              "/restapi/v1.0/account/~/a2p-sms/messages?direction=Inbound&to=%2B15550100001",
              "/restapi/v1.0/account/~/extension/~/something-new?flag",
              "/restapi/v2/accounts/~/something",
              "/webinar/runtime/v1/company/sessions/state",
          })
          == "");
}

TEST_CASE("an id is never taken for more than an id")
{
    CHECK(refusal(event_filters().presence("1/presence/line?x=")) != "");
    CHECK(refusal(event_filters().presence("")) != "");
    CHECK(refusal(event_filters().presence(-5)) != "");
    CHECK(refusal(event_filters().presence(nullptr)) != "");
    CHECK(refusal(event_filters().account_presence("700000/extension/5")) != "");
    CHECK(event_filters().presence("1&a=b c").paths().front()
          == "/restapi/v1.0/account/~/extension/1%26a=b%20c/presence");
    CHECK(event_filters().telephony_sessions("~", ringtail::session_query().phone_number("+1 555&x")).paths().front()
          == "/restapi/v1.0/account/~/extension/~/telephony/sessions?phoneNumber=+1%20555%26x");
}

TEST_CASE("a reminder needs company and sensible numbers")
{
    using std::chrono::seconds;
    auto const with_company = [](seconds threshold, seconds interval) {
        return refusal(event_filters().posts().renewal_reminder(threshold, interval));
    };
    CHECK(has(refusal(event_filters().renewal_reminder(seconds(60), seconds(15))), "only"));
    CHECK(with_company(seconds(60), seconds(15)) == "");
    CHECK(with_company(seconds(60), seconds(30)) == "");
    CHECK(with_company(seconds(60), seconds(31)) != "");
    CHECK(with_company(seconds(61), seconds(31)) != "");
    CHECK(with_company(seconds(0), seconds(0)) != "");
    CHECK(with_company(seconds(60), seconds(0)) != "");
    CHECK(with_company(seconds(-60), seconds(-30)) != "");
    CHECK(with_company(seconds(1), seconds(1)) != "");
    for (auto const* query : {"", "?threshold=60", "?interval=15", "?threshold=a&interval=b",
                              "?threshold=60s&interval=15", "?threshold=99999999999999999999&interval=15",
                              "?threshold=60&interval=15&"}) {
        CAPTURE(query);
        CHECK(refusal(event_filters{"/posts", std::string("/restapi/v1.0/subscription/~") + query}) != "");
    }
    CHECK(refusal(event_filters{"/posts", "/restapi/v1.0/subscription/~?interval=15&threshold=60"}) == "");
}

TEST_CASE("requested and granted filters have the same normal form")
{
    auto const x = "/restapi/v1.0/account/700000/extension/700100";
    auto const own = [](std::string_view filter) { return normalize_filter(filter, "700000", "700100"); };
    CHECK(own("/restapi/v1.0/account/~/extension/~/presence") == std::string(x) + "/presence");
    CHECK(own("/restapi/v1.0/account/~/extension/5/presence") == "/restapi/v1.0/account/700000/extension/5/presence");
    CHECK(own("/restapi/v1.0/account/%7E/extension/%7e") == x);
    CHECK(own("/restapi/v1.0/account/~/extension") == "/restapi/v1.0/account/700000/extension");
    CHECK(own("/restapi/v1.0/account/~/message-store?b=2&a=1&c")
          == "/restapi/v1.0/account/700000/message-store?a=1&b=2&c");
    CHECK(own("/restapi/v1.0/account/~/a2p-sms/messages?to=%2B1555&direction=Inbound")
          == own("/restapi/v1.0/account/700000/a2p-sms/messages?direction=Inbound&to=+1555"));
    CHECK(own("/x?a=%26b") == "/x?a=%26b"); // decoded, it would be another query
    CHECK(own("/restapi/v1.0/account/~/extension/~/presence?sipData=true")
          == own("/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true&sipData=true"));
    CHECK(own("/restapi/v1.0/account/~/extension/~/telephony/sessions?sipData=true")
          == std::string(x) + "/telephony/sessions?sipData=true");
    CHECK(own("/ai/ringsense/v1/public/accounts/~/domains/pbx/insights")
          == "/ai/ringsense/v1/public/accounts/700000/domains/pbx/insights");
    // no account's `~`
    CHECK(own("/restapi/v1.0/subscription/~?threshold=60&interval=15")
          == "/restapi/v1.0/subscription/~?interval=15&threshold=60");
    CHECK(own("/team-messaging/v1/posts") == "/team-messaging/v1/posts");
    CHECK(own("") == "");
    CHECK(own("?") == "");
    CHECK(normalize_filter("/restapi/v1.0/account/~/extension/~/presence", "", "")
          == "/restapi/v1.0/account/~/extension/~/presence");
    CHECK(normalize_filter("/restapi/v1.0/account/~/extension/~/presence", "", "7")
          == "/restapi/v1.0/account/~/extension/7/presence");
}

TEST_CASE("a filter tells which extension it is about")
{
    using ringtail::extension_id_of;
    using ringtail::mentions_own_extension;
    CHECK(mentions_own_extension("/restapi/v1.0/account/~/extension/~/presence"));
    CHECK(mentions_own_extension("/restapi/v1.0/account/5/extension/%7E"));
    CHECK_FALSE(mentions_own_extension("/restapi/v1.0/account/~/extension/5/presence"));
    CHECK_FALSE(mentions_own_extension("/restapi/v1.0/account/~/extension"));
    CHECK_FALSE(mentions_own_extension("/restapi/v1.0/account/~/presence"));
    CHECK_FALSE(mentions_own_extension("/restapi/v1.0/subscription/~?threshold=60&interval=15"));
    CHECK_FALSE(mentions_own_extension("/restapi/v1.0/account/~/other/extension/~"));

    CHECK(extension_id_of("/restapi/v1.0/account/700000/extension/700101/presence/line") == "700101");
    CHECK(extension_id_of("/restapi/v1.0/account/~/extension/~") == "~");
    CHECK(extension_id_of("/restapi/v1.0/account/~/extension/402853446008?x=1") == "402853446008");
    CHECK_FALSE(extension_id_of("/restapi/v1.0/account/700000/extension"));
    CHECK_FALSE(extension_id_of("/restapi/v1.0/account/700000/presence"));
    CHECK_FALSE(extension_id_of("/restapi/v1.0/account/700000/extension//presence"));
    CHECK_FALSE(extension_id_of(""));
}

TEST_CASE("a filter's scope is named where the vendor's page names it, and nowhere else")
{
    using ringtail::required_scope;
    std::string const x = "/restapi/v1.0/account/~/extension/7";
    std::string const a = "/restapi/v1.0/account/~";
    CHECK(required_scope(x + "/presence") == "ReadPresence");
    CHECK(required_scope(x + "/presence?detailedTelephonyState=true") == "ReadPresence");
    CHECK(required_scope(x + "/presence/line/presence") == "ReadPresence");
    CHECK(required_scope(x + "/favorite/presence") == "ReadPresence");
    CHECK(required_scope(x + "/presence/line") == "ReadPresence");
    CHECK(required_scope(a + "/call-queues/5/presence") == "ReadPresence");
    CHECK(required_scope(x + "/presence/dnd") == "ReadAccounts");
    CHECK(required_scope(a + "/presence") == "ReadAccounts");
    CHECK(required_scope(a + "/extension") == "ReadAccounts");
    CHECK(required_scope(x) == "ReadAccounts");
    CHECK(required_scope(x + "/grant") == "ReadAccounts");
    CHECK(required_scope(a + "/directory/entries") == "ReadAccounts");
    CHECK(required_scope(a + "/device/5/emergency-address") == "ReadAccounts");
    CHECK(required_scope(a + "/phone-number?usageType=ContactCenterNumber") == "ReadAccounts");
    CHECK(required_scope(x + "/favorite") == "ReadContacts");
    CHECK(required_scope(x + "/message-store?type=SMS") == "ReadMessages");
    CHECK(required_scope(x + "/voicemail") == "ReadMessages");
    CHECK(required_scope(x + "/fax?direction=Inbound") == "ReadMessages");
    CHECK(required_scope(x + "/telephony/sessions") == "CallControl");
    CHECK(required_scope(a + "/telephony/sessions?direction=Inbound") == "CallControl");
    for (auto const& unsure : {x + "/message-store/instant?type=SMS", a + "/a2p-sms/batches",
                               a + "/message-threads/sync", x + "/missed-calls", a + "/new-thing",
                               std::string("/team-messaging/v1/posts"),
                               std::string("/restapi/v1.0/subscription/~?threshold=60&interval=15"), std::string()}) {
        CAPTURE(unsure);
        CHECK(required_scope(unsure) == "");
    }
}

TEST_CASE("a wider scope covers what it includes")
{
    using ringtail::scope_covers;
    CHECK(scope_covers("ReadAccounts ReadPresence SubscriptionWebhook", "ReadPresence"));
    CHECK(scope_covers("ReadAccounts,ReadPresence", "ReadPresence"));
    CHECK_FALSE(scope_covers("ReadAccounts ReadPresence", "ReadMessages"));
    CHECK_FALSE(scope_covers("", "ReadMessages"));
    CHECK(scope_covers("", ""));
    CHECK(scope_covers("SMS", "ReadMessages"));
    CHECK(scope_covers("Faxes", "ReadMessages"));
    CHECK(scope_covers("InternalMessages", "ReadMessages"));
    CHECK(scope_covers("EditMessages", "ReadMessages"));
    CHECK(scope_covers("EditPresence", "ReadPresence"));
    CHECK(scope_covers("Accounts", "ReadAccounts"));
    CHECK(scope_covers("x EditAccounts", "ReadAccounts"));
    CHECK(scope_covers("Contacts", "ReadContacts"));
    CHECK_FALSE(scope_covers("EditExtensions", "ReadAccounts"));
    CHECK_FALSE(scope_covers("ReadPresence", "EditPresence"));
    CHECK_FALSE(scope_covers("ReadPresenceX XReadPresence", "ReadPresence"));
}

TEST_CASE("the service's texts compare with their named values, whatever their case")
{
    using namespace ringtail;
    CHECK(std::string("Ringing") == telephony_status::ringing);
    CHECK(telephony_status::ringing == std::string("Ringing"));
    CHECK(std::string("VoiceMail") == message_type::voicemail);
    CHECK(std::string("Voicemail") == message_type::voicemail);
    CHECK(std::string("Ringing") != telephony_status::no_call);
    CHECK(std::string("") != telephony_status::no_call);
    CHECK(value_of<dnd_status>("TakeDepartmentCallsOnly") == dnd_status::take_department_calls_only);
    CHECK(value_of<call_status>("VoiceMailScreening") == call_status::voicemail_screening);
    CHECK_FALSE(value_of<call_status>("Tds"));
    CHECK_FALSE(value_of<call_status>(""));
}

namespace {

asio::awaitable<void> takes(event_filters filters, std::vector<std::size_t>& sizes)
{
    sizes.push_back(filters.size());
    co_return;
}

// The compiler destroys some temporaries of such calls twice (g++ 12); under the address sanitizer that would show.
asio::awaitable<void> call_with_temporaries(std::vector<std::size_t>& sizes)
{
    co_await takes(event_filters{"/restapi/v1.0/account/~/presence", "/team-messaging/v1/posts"}, sizes);
    co_await takes({"/restapi/v1.0/account/~/presence", "/team-messaging/v1/posts"}, sizes);
    co_await takes("/restapi/v1.0/account/~/presence", sizes);
    co_await takes(event_filters().presence("~", ringtail::sip_data).message_store(402853446008), sizes);
    co_await takes(event_filters().telephony_sessions("~", ringtail::session_query().inbound().sip_data()), sizes);
    std::vector<std::string> const paths{"/restapi/v1.0/account/~/presence"};
    co_await takes(event_filters::from(paths), sizes);
}

} // namespace

TEST_CASE("filters survive being built inside an awaited call")
{
    asio::io_context context;
    std::vector<std::size_t> sizes;
    asio::co_spawn(context, call_with_temporaries(sizes), asio::detached);
    context.run();
    CHECK(sizes == std::vector<std::size_t>{2, 2, 1, 2, 1, 1});
}
