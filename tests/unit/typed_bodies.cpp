// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/error.hpp>
#include <ringtail/events/extension_list.hpp>
#include <ringtail/events/instant_message.hpp>
#include <ringtail/events/message_store.hpp>
#include <ringtail/events/post.hpp>
#include <ringtail/events/presence.hpp>
#include <ringtail/events/telephony_session.hpp>
#include <ringtail/timestamp.hpp>

#include <boost/json.hpp>

#include <doctest/doctest.h>

using namespace ringtail;
using namespace std::chrono_literals;

namespace {

json::value parse(std::string_view text)
{
    return json::parse(json::string_view(text.data(), text.size()));
}

using texts = std::vector<std::string>;

constexpr std::string_view presence_body = R"({"extensionId":"700100","sequence":41,"telephonyStatus":"Ringing",
    "presenceStatus":"Busy","userStatus":"Available","dndStatus":"TakeAllCalls","meetingStatus":"Disconnected",
    "allowSeeMyPresence":true,"ringOnMonitoredCall":false,"pickUpCallsOnHold":false,"totalActiveCalls":1,
    "activeCalls":[{"id":"c1","direction":"Inbound","queueCall":false,"from":"+15550100001","fromName":"Ann",
    "to":"101","toName":"Bob","startTime":"2026-01-05T09:01:01.000Z","telephonyStatus":"Ringing","sessionId":"9001",
    "telephonySessionId":"s-aa01","partyId":"p-aa01-1","sipData":{"toTag":"t","fromTag":"f","remoteUri":"r",
    "localUri":"l"}}]})";

constexpr std::string_view session_body = R"({"sequence":5,"sessionId":"9001","telephonySessionId":"s-aa01",
    "serverId":"h.TAM","eventTime":"2026-01-05T09:02:59.900Z","accountId":"700000","origin":{"type":"Call"},
    "parties":[{"id":"p-aa01-1","accountId":"700000","extensionId":"700100","direction":"Inbound",
    "from":{"phoneNumber":"+15550100001","name":"Ann"},"to":{"phoneNumber":"101","extensionId":"700100"},
    "status":{"code":"Proceeding","reason":"CallFlip"},"missedCall":false,"standAlone":false,"muted":false,
    "queueCall":false}]})";

constexpr std::string_view sms_body = R"({"id":"55001","type":"SMS","direction":"Inbound",
    "from":{"phoneNumber":"+15550100002","name":"Ann"},
    "to":[{"phoneNumber":"+15550100003","name":"Bob","location":"X"}],"subject":"hello",
    "creationTime":"2026-01-05T09:01:59.000Z","lastModifiedTime":"2026-01-05T09:01:59.500Z",
    "readStatus":"Unread","priority":"Normal","availability":"Alive","messageStatus":"Received","conversationId":"77",
    "attachments":[{"id":"55001","uri":"https://example.com/content/55001","type":"Text","contentType":"text/plain",
    "size":5}]})";

} // namespace

TEST_CASE("a detailed presence body is read in full")
{
    auto const body = presence::parse(parse(presence_body));
    CHECK(body.extension_id == "700100");
    CHECK(body.sequence == 41);
    CHECK(body.telephony_status == telephony_status::ringing);
    CHECK(body.presence_status == presence_status::busy);
    CHECK(body.user_status == presence_status::available);
    CHECK(body.dnd_status == dnd_status::take_all_calls);
    CHECK(body.meeting_status == meeting_status::disconnected);
    CHECK(body.allow_see_my_presence == true);
    CHECK(body.ring_on_monitored_call == false);
    CHECK(body.pick_up_calls_on_hold == false);
    CHECK(body.total_active_calls == 1);
    REQUIRE(body.active_calls.size() == 1);
    auto const& call = body.active_calls[0];
    CHECK(call.id == "c1");
    CHECK(call.direction == direction::inbound);
    CHECK(call.queue_call == false);
    CHECK(call.from == "+15550100001");
    CHECK(call.from_name == "Ann");
    CHECK(call.to == "101");
    CHECK(call.to_name == "Bob");
    CHECK(call.start_time == parse_timestamp("2026-01-05T09:01:01Z"));
    CHECK(call.telephony_status == telephony_status::ringing);
    CHECK(call.termination_type == "");
    CHECK(call.session_id == "9001");
    CHECK(call.telephony_session_id == "s-aa01");
    CHECK(call.party_id == "p-aa01-1");
    REQUIRE(call.sip_data);
    CHECK(call.sip_data->to_tag == "t");
    CHECK(call.sip_data->from_tag == "f");
    CHECK(call.sip_data->remote_uri == "r");
    CHECK(call.sip_data->local_uri == "l");
}

TEST_CASE("the published vector's presence, with a number for an id, is read")
{
    auto const body = presence::parse(parse(R"({"extensionId":402853446008,"telephonyStatus":"OnHold"})"));
    CHECK(body.extension_id == "402853446008");
    CHECK(body.telephony_status == telephony_status::on_hold);
    CHECK_FALSE(body.sequence);
    CHECK_FALSE(body.total_active_calls);
    CHECK_FALSE(body.allow_see_my_presence);
    CHECK(body.active_calls.empty());
}

TEST_CASE("further fields of a call are read where they are sent")
{
    auto const body = presence::parse(parse(R"({"message":"in a meeting","activeCalls":[{"terminationType":"final",
        "onBehalfOf":700200,"sipData":{"callId":"i","rcSessionId":"s"}}]})"));
    CHECK(body.message == "in a meeting");
    REQUIRE(body.active_calls.size() == 1);
    CHECK(body.active_calls[0].termination_type == "final");
    CHECK(body.active_calls[0].on_behalf_of == "700200");
    REQUIRE(body.active_calls[0].sip_data);
    CHECK(body.active_calls[0].sip_data->call_id == "i");
    CHECK(body.active_calls[0].sip_data->session_id == "s");
}

TEST_CASE("a message store body is read, with numbers for ids")
{
    auto const body = message_store::parse(parse(R"({"accountId":700000,"extensionId":700100,
        "lastUpdated":"2026-01-05T09:01:59.100+0000",
        "changes":[{"type":"SMS","newCount":1,"updatedCount":0,"newMessageIds":[55001]},
        {"type":"VoiceMail","updatedCount":2}]})"));
    CHECK(body.account_id == "700000");
    CHECK(body.extension_id == "700100");
    CHECK(body.last_updated == parse_timestamp("2026-01-05T09:01:59.1Z"));
    REQUIRE(body.changes.size() == 2);
    CHECK(body.changes[0].type == message_type::sms);
    CHECK(body.changes[0].new_count == 1);
    CHECK(body.changes[0].updated_count == 0);
    CHECK(body.changes[0].new_message_ids == texts{"55001"});
    CHECK(body.changes[1].type == message_type::voicemail);
    CHECK(body.changes[1].type == "VoiceMail");
    CHECK(body.changes[1].new_count == 0);
    CHECK(body.changes[1].updated_count == 2);
}

TEST_CASE("an instant SMS is read in full")
{
    auto const body = instant_message::parse(parse(sms_body));
    CHECK(body.id == "55001");
    CHECK(body.type == message_type::sms);
    CHECK(body.direction == direction::inbound);
    CHECK(body.from.phone_number == "+15550100002");
    CHECK(body.from.name == "Ann");
    REQUIRE(body.to.size() == 1);
    CHECK(body.to[0].phone_number == "+15550100003");
    CHECK(body.to[0].name == "Bob");
    CHECK(body.to[0].location == "X");
    CHECK_FALSE(body.to[0].target);
    CHECK(body.subject == "hello");
    CHECK(body.creation_time == parse_timestamp("2026-01-05T09:01:59Z"));
    CHECK(body.last_modified_time == parse_timestamp("2026-01-05T09:01:59.5Z"));
    CHECK(body.read_status == read_status::unread);
    CHECK(body.priority == "Normal");
    CHECK(body.availability == "Alive");
    CHECK(body.message_status == "Received");
    CHECK(body.conversation_id == "77");
    REQUIRE(body.attachments.size() == 1);
    CHECK(body.attachments[0].id == "55001");
    CHECK(body.attachments[0].uri == "https://example.com/content/55001");
    CHECK(body.attachments[0].type == attachment_type::text);
    CHECK(body.attachments[0].content_type == "text/plain");
    CHECK(body.attachments[0].size == 5);
    CHECK_FALSE(body.attachments[0].duration);
    CHECK_FALSE(body.fax_page_count);
}

TEST_CASE("what only voicemails have is read")
{
    auto const body = instant_message::parse(parse(R"({"id":55002,"type":"VoiceMail","ownerId":700100,
        "vmTranscriptionStatus":"CompletedPartially","conversation":{"id":"78","uri":"https://x"},
        "to":[{"extensionNumber":"101","extensionId":700100,"target":true}],
        "attachments":[{"id":1,"type":"AudioRecording","contentType":"audio/mpeg","vmDuration":17,
        "fileName":"a.mp3","width":"3","height":4}]})"));
    CHECK(body.id == "55002");
    CHECK(body.type == message_type::voicemail);
    CHECK(body.transcription_status == "CompletedPartially");
    CHECK(body.conversation_id == "78");
    CHECK(body.owner_id == "700100");
    REQUIRE(body.to.size() == 1);
    CHECK(body.to[0].extension_number == "101");
    CHECK(body.to[0].extension_id == "700100");
    CHECK(body.to[0].target == true);
    REQUIRE(body.attachments.size() == 1);
    CHECK(body.attachments[0].type == attachment_type::audio_recording);
    CHECK(body.attachments[0].duration == 17s);
    CHECK(body.attachments[0].file_name == "a.mp3");
    CHECK(body.attachments[0].width == 3);
    CHECK(body.attachments[0].height == 4);
}

TEST_CASE("what only faxes have is read")
{
    auto const body = instant_message::parse(parse(R"({"id":"404068973008","type":"Fax","faxResolution":"High",
        "faxPageCount":2,"attachments":[{"type":"RenderedDocument","contentType":"application/pdf"}]})"));
    CHECK(body.type == message_type::fax);
    CHECK(body.fax_resolution == "High");
    CHECK(body.fax_page_count == 2);
    REQUIRE(body.attachments.size() == 1);
    CHECK(body.attachments[0].type == attachment_type::rendered_document);
    CHECK_FALSE(body.attachments[0].size);
}

TEST_CASE("a telephony session is read in full")
{
    auto const body = telephony_session::parse(parse(session_body));
    CHECK(body.sequence == 5);
    CHECK(body.session_id == "9001");
    CHECK(body.telephony_session_id == "s-aa01");
    CHECK(body.server_id == "h.TAM");
    CHECK(body.event_time == parse_timestamp("2026-01-05T09:02:59.9Z"));
    CHECK(body.account_id == "700000");
    CHECK(body.origin_type == "Call");
    REQUIRE(body.parties.size() == 1);
    auto const& party = body.parties[0];
    CHECK(party.id == "p-aa01-1");
    CHECK(party.account_id == "700000");
    CHECK(party.extension_id == "700100");
    CHECK(party.direction == direction::inbound);
    CHECK(party.from.phone_number == "+15550100001");
    CHECK(party.from.name == "Ann");
    CHECK(party.to.phone_number == "101");
    CHECK(party.to.extension_id == "700100");
    CHECK(party.status.code == call_status::proceeding);
    CHECK(party.status.reason == "CallFlip");
    CHECK_FALSE(party.status.peer);
    CHECK_FALSE(party.status.pickup);
    CHECK(party.missed_call == false);
    CHECK(party.stand_alone == false);
    CHECK(party.muted == false);
    CHECK(party.queue_call == false);
    CHECK_FALSE(party.sip_data);
}

TEST_CASE("what parties have in rarer states is read")
{
    auto const body = telephony_session::parse(parse(R"({"extensionId":"400144455008","parties":[
        {"status":{"code":"Gone","description":"d","peerId":{"sessionId":"1","telephonySessionId":"2","partyId":"3"}},
         "conferenceRole":"Host","ringOutRole":"Initiator","ringMeRole":"Target","park":{"id":"*801"},
         "recordings":[{"id":"r1","active":true},{"id":2}],"to":{"deviceId":"802636634"},
         "sipData":{"callId":"555","toTag":"123","fromTag":"456","remoteUri":"r","localUri":"l"}},
        {"status":{"code":"Parked","parkData":"*801","rcc":"true","mobilePickupData":{"ccMailboxes":["400144455008"],
         "to":"#19008@example.com:5060","sid":"402936472080","srvLvl":"-149699523","srvLvlExt":390}}}]})"));
    CHECK(body.extension_id == "400144455008");
    REQUIRE(body.parties.size() == 2);
    auto const& gone = body.parties[0];
    CHECK(gone.status.code == call_status::gone);
    CHECK(gone.status.description == "d");
    REQUIRE(gone.status.peer);
    CHECK(gone.status.peer->session_id == "1");
    CHECK(gone.status.peer->telephony_session_id == "2");
    CHECK(gone.status.peer->party_id == "3");
    CHECK(gone.conference_role == "Host");
    CHECK(gone.ring_out_role == "Initiator");
    CHECK(gone.ring_me_role == "Target");
    CHECK(gone.park_id == "*801");
    REQUIRE(gone.recordings.size() == 2);
    CHECK(gone.recordings[0].id == "r1");
    CHECK(gone.recordings[0].active == true);
    CHECK(gone.recordings[1].id == "2");
    CHECK_FALSE(gone.recordings[1].active);
    CHECK(gone.to.device_id == "802636634");
    REQUIRE(gone.sip_data);
    CHECK(gone.sip_data->call_id == "555");
    CHECK(gone.sip_data->to_tag == "123");
    CHECK(gone.sip_data->from_tag == "456");
    CHECK(gone.sip_data->remote_uri == "r");
    CHECK(gone.sip_data->local_uri == "l");
    auto const& parked = body.parties[1];
    CHECK(parked.status.park_data == "*801");
    CHECK(parked.status.conference == true);
    REQUIRE(parked.status.pickup);
    CHECK(parked.status.pickup->mailboxes == texts{"400144455008"});
    CHECK(parked.status.pickup->to == "#19008@example.com:5060");
    CHECK(parked.status.pickup->sid == "402936472080");
    CHECK(parked.status.pickup->service_level == "-149699523");
    CHECK(parked.status.pickup->service_level_extension == "390");
}

TEST_CASE("extension changes are read, in a list and alone")
{
    auto const body = extension_list::parse(parse(R"({"extensions":[{"extensionId":"700102","eventType":"Create"},
        {"extensionId":700100,"eventType":"Update","hints":["ExtensionInfo","CompanyNumbers"]}]})"));
    REQUIRE(body.extensions.size() == 2);
    CHECK(body.extensions[0].extension_id == "700102");
    CHECK(body.extensions[0].event_type == extension_event::created);
    CHECK(body.extensions[0].hints.empty());
    CHECK(body.extensions[1].extension_id == "700100");
    CHECK(body.extensions[1].event_type == extension_event::updated);
    CHECK(body.extensions[1].hints == texts{"ExtensionInfo", "CompanyNumbers"});

    auto const alone = extension_list::parse(parse(R"({"extensionId":"8","eventType":"Delete","hints":null})"));
    REQUIRE(alone.extensions.size() == 1);
    CHECK(alone.extensions[0].extension_id == "8");
    CHECK(alone.extensions[0].event_type == extension_event::deleted);
    CHECK(extension_list::parse(parse("{}")).extensions.empty());
}

TEST_CASE("a post with explicit nulls is read")
{
    auto const body = post::parse(parse(R"({"id":"p1","groupId":"g1","type":"TextMessage","text":"hi",
        "creatorId":"700100","addedPersonIds":null,"creationTime":"2021-03-26T09:18:41.105Z",
        "lastModifiedTime":"2021-03-26T09:18:42.105Z","attachments":null,"activity":null,"title":null,"iconUri":null,
        "iconEmoji":null,"mentions":null,"eventType":"PostAdded"})"));
    CHECK(body.id == "p1");
    CHECK(body.group_id == "g1");
    CHECK(body.type == "TextMessage");
    CHECK(body.text == "hi");
    CHECK(body.creator_id == "700100");
    CHECK(body.creation_time == parse_timestamp("2021-03-26T09:18:41.105Z"));
    CHECK(body.last_modified_time == parse_timestamp("2021-03-26T09:18:42.105Z"));
    CHECK(body.event_type == post_event::added);
    CHECK(body.added_person_ids.empty());
    CHECK(body.attachments.empty());
    CHECK(body.mentions.empty());
    CHECK(body.title == "");
}

TEST_CASE("a post with all its parts is read")
{
    auto const body = post::parse(parse(R"({"id":17,"type":"PersonsAdded","addedPersonIds":["1",2],
        "removedPersonsIds":["3"],"activity":"a","title":"t","iconUri":"u","iconEmoji":":-]",
        "eventType":"PostChanged",
        "attachments":[{"id":"5","type":"File","name":"n","contentUri":"https://x"}],
        "mentions":[{"id":"6","type":"Person","name":"Ann"}]})"));
    CHECK(body.id == "17");
    CHECK(body.added_person_ids == texts{"1", "2"});
    CHECK(body.removed_person_ids == texts{"3"});
    CHECK(body.activity == "a");
    CHECK(body.title == "t");
    CHECK(body.icon_uri == "u");
    CHECK(body.icon_emoji == ":-]");
    CHECK(body.event_type == post_event::changed);
    REQUIRE(body.attachments.size() == 1);
    CHECK(body.attachments[0].id == "5");
    CHECK(body.attachments[0].type == "File");
    CHECK(body.attachments[0].name == "n");
    CHECK(body.attachments[0].content_uri == "https://x");
    REQUIRE(body.mentions.size() == 1);
    CHECK(body.mentions[0].id == "6");
    CHECK(body.mentions[0].type == "Person");
    CHECK(body.mentions[0].name == "Ann");
    auto const removed = post::parse(parse(R"({"id":"26848769679364","eventType":"PostRemoved"})"));
    CHECK(removed.event_type == post_event::removed);
}

TEST_CASE_TEMPLATE("any body that is an object is read, anything else is refused without quoting it", Body, presence,
                   message_store, instant_message, telephony_session, extension_list, post)
{
    CHECK_NOTHROW(Body::parse(parse("{}")));
    for (auto const* text : {"null", "[]", "5", "true", "\"private words\""}) {
        CAPTURE(text);
        try {
            Body::parse(parse(text));
            FAIL_CHECK("not refused");
        } catch (failure const& refused) {
            CHECK(refused.code() == error::invalid_reply);
            CHECK(std::string(refused.what()).find("private") == std::string::npos);
        }
    }
}

namespace {

/// The same JSON with every value but the outermost object replaced by something else.
json::value spoiled(json::value const& value, json::value const& with, int depth)
{
    if (depth == 0) {
        return with;
    }
    json::value copy = value;
    if (auto* object = copy.if_object()) {
        for (auto& entry : *object) {
            entry.value() = spoiled(entry.value(), with, depth - 1);
        }
    } else if (auto* array = copy.if_array()) {
        for (auto& each : *array) {
            each = spoiled(each, with, depth - 1);
        }
    } else {
        return with;
    }
    return copy;
}

} // namespace

TEST_CASE("no field of any type makes a body unreadable")
{
    for (auto const body : {presence_body, session_body, sms_body}) {
        for (auto const* with : {"null", "5", "-5", "1.5", "1e300", "18446744073709551615", "true", "\"\"", "\"x\"",
                                 "[]", "[[]]", "[null]", "{}", "{\"id\":{\"id\":[]}}"}) {
            for (int depth = 1; depth != 5; ++depth) {
                CAPTURE(with);
                auto const odd = spoiled(parse(body), parse(with), depth);
                CHECK_NOTHROW(presence::parse(odd));
                CHECK_NOTHROW(message_store::parse(odd));
                CHECK_NOTHROW(instant_message::parse(odd));
                CHECK_NOTHROW(telephony_session::parse(odd));
                CHECK_NOTHROW(extension_list::parse(odd));
                CHECK_NOTHROW(post::parse(odd));
            }
        }
    }
}

TEST_CASE("ids of every size survive, as numbers too")
{
    auto const id = [](char const* text) {
        return presence::parse(parse(std::string(R"({"extensionId":)") + text + "}")).extension_id;
    };
    CHECK(id("0") == "0");
    CHECK(id("402853446008") == "402853446008");
    CHECK(id("9223372036854775807") == "9223372036854775807");
    CHECK(id("18446744073709551615") == "18446744073709551615");
    CHECK(id("402853446008.0") == "402853446008");
    CHECK(id("4.02853446008e11") == "402853446008");
    CHECK(id("\"0042\"") == "0042");
    CHECK(id("1.5") == "");
    CHECK(id("true") == "");
    auto const sequence = [](char const* text) {
        return presence::parse(parse(std::string(R"({"sequence":)") + text + "}")).sequence;
    };
    CHECK(sequence("\"41\"") == 41);
    CHECK(sequence("41.0") == 41);
    CHECK_FALSE(sequence("18446744073709551615"));
    CHECK_FALSE(sequence("1e300"));
    CHECK_FALSE(sequence("9223372036854775808.0"));
    CHECK_FALSE(sequence("\"41x\""));
    CHECK_FALSE(sequence("\" 41\""));
    CHECK_FALSE(sequence("\"\""));
}
