// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/protocol/pubnub_reply.hpp>

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace ringtail;
using protocol::pubnub_reply;

/// A reply that owns the text it points into, in memory of just its size.
class kept_reply : public pubnub_reply {
public:
    bool read(std::string_view text, std::string_view only_channel = "")
    {
        text_.assign(text.begin(), text.end());
        text_.shrink_to_fit();
        return parse(std::string_view(text_.data(), text_.size()), only_channel);
    }

private:
    std::vector<char> text_;
};

std::string v2_message(std::string const& payload, std::string const& rest = R"(,"c":"100200300_ab12cd34")")
{
    return R"({"a":"1","f":0,"p":{"t":"17360000000000000","r":1},"k":"sub-c-0")" + rest + R"(,"d":)" + payload + "}";
}

std::string v2(std::string const& messages, std::string const& token = R"({"t":"17360000000000001","r":4})")
{
    return R"({"t":)" + token + R"(,"m":[)" + messages + "]}";
}

TEST_CASE("a reply has its cursor, and its messages in order with payload and channel")
{
    auto const text = v2(v2_message(R"("AAA=")") + ',' + v2_message(R"({"uuid":"u1","body":{"c":"not the channel","d":1}})"));
    kept_reply reply;
    REQUIRE(reply.read(text, ""));
    CHECK(reply.timetoken == "17360000000000001");
    CHECK(reply.region == "4");
    REQUIRE(reply.messages.size() == 2);
    CHECK(reply.messages[0].payload == "AAA=");
    CHECK(reply.messages[0].is_text);
    CHECK(reply.messages[0].channel == "100200300_ab12cd34");
    CHECK(reply.messages[1].payload == R"({"uuid":"u1","body":{"c":"not the channel","d":1}})");
    CHECK(!reply.messages[1].is_text);
    CHECK(reply.first_published == "17360000000000000");
}

TEST_CASE("an empty poll is a reply with a cursor and nothing else")
{
    kept_reply reply;
    REQUIRE(reply.read(v2(""), "x"));
    CHECK(reply.messages.empty());
    CHECK(reply.timetoken == "17360000000000001");
    CHECK(reply.first_published.empty());
    REQUIRE(reply.read(" { \"m\" : [ ] , \"t\" : { \"r\" : 12 , \"t\" : \"17360000000000002\" } } ", "x"));
    CHECK(reply.timetoken == "17360000000000002");
    CHECK(reply.region == "12");
}

TEST_CASE("an item without a payload is a message of which nothing can be read")
{
    protocol::pubnub_reply reply;
    REQUIRE(reply.parse(R"({"t":{"t":"17360000000000001","r":4},"m":[{"a":"1","c":"ch"}]})", "ch"));
    REQUIRE(reply.messages.size() == 1);
    CHECK(reply.messages.front().payload.empty());
}

TEST_CASE("nothing of one reply is left in the next")
{
    kept_reply reply;
    REQUIRE(reply.read(v2(v2_message(R"("A\/A=")") + ',' + v2_message("{}")), ""));
    REQUIRE(reply.read(v2("", R"({"t":"17360000000000009","r":1})"), ""));
    CHECK(reply.messages.empty());
    CHECK(reply.first_published.empty());
    CHECK(reply.region == "1");
    REQUIRE(reply.read(R"([[],"17360000000000010"])", ""));
    CHECK(reply.region.empty());
    CHECK(reply.timetoken == "17360000000000010");
}

TEST_CASE("seventeen digits survive: a timetoken is never put through a number")
{
    for (auto const* const digits : {"17360000000000001", "17999999999999999", "99999999999999999"}) {
        kept_reply reply;
        REQUIRE(reply.read(v2("", R"({"t":")" + std::string(digits) + R"(","r":1})"), ""));
        CHECK(reply.timetoken == digits);
    }
}

TEST_CASE("escapes in texts are resolved, wherever they stand")
{
    auto const text = v2(v2_message(R"("AB\/CD\u002b=")") + ',' + v2_message(R"("plain")", R"(,"c":"1\/2\u0033")") + ',' +
                         v2_message(R"("EF\/GH")") + ',' + v2_message(R"({"event":"\/restapi"})"));
    kept_reply reply;
    REQUIRE(reply.read(text, ""));
    REQUIRE(reply.messages.size() == 4);
    CHECK(reply.messages[0].payload == "AB/CD+=");
    CHECK(reply.messages[1].payload == "plain");
    CHECK(reply.messages[1].channel == "1/23");
    CHECK(reply.messages[2].payload == "EF/GH");
    CHECK(reply.messages[3].payload == R"({"event":"\/restapi"})"); // JSON stays JSON
}

TEST_CASE("a hundred messages with escapes keep all their texts")
{
    std::string messages;
    for (int i = 0; i != 100; ++i) {
        messages += (i == 0 ? "" : ",") + v2_message(R"("\/)" + std::to_string(i) + '"', R"(,"c":"ch\/)" + std::to_string(i % 7) + '"');
    }
    kept_reply reply;
    auto const text = v2(messages);
    REQUIRE(reply.read(text, ""));
    REQUIRE(reply.messages.size() == 100);
    for (std::size_t i = 0; i != 100; ++i) {
        CHECK(reply.messages[i].payload == "/" + std::to_string(i));
        CHECK(reply.messages[i].channel == "ch/" + std::to_string(i % 7));
    }
}

TEST_CASE("members may come in any order, be unknown, or be missing where they may")
{
    kept_reply reply;
    REQUIRE(reply.read(R"({"x":[{"d":1}],"m":[{"d":"AAA=","c":"ch","u":{"d":"no","c":"no"},"e":0,"cmt":"t","si":null}],"t":{"q":{},"t":"17360000000000001"},"y":null})", ""));
    REQUIRE(reply.messages.size() == 1);
    CHECK(reply.messages[0].payload == "AAA=");
    CHECK(reply.messages[0].channel == "ch");
    CHECK(reply.region.empty());
}

TEST_CASE("the legacy form with one channel gives its name to all messages")
{
    kept_reply reply;
    REQUIRE(reply.read(R"([["AAA=",{"uuid":"u"},"B\/B="],"17360000000000001"])", "only"));
    REQUIRE(reply.messages.size() == 3);
    for (auto const& each : reply.messages) {
        CHECK(each.channel == "only");
    }
    CHECK(reply.messages[0].is_text);
    CHECK(!reply.messages[1].is_text);
    CHECK(reply.messages[1].payload == R"({"uuid":"u"})");
    CHECK(reply.messages[2].payload == "B/B=");
    CHECK(reply.region.empty());
    REQUIRE(reply.read(R"([[],"17360000000000002"])", "only"));
    CHECK(reply.messages.empty());
    CHECK(reply.timetoken == "17360000000000002");
}

TEST_CASE("the legacy form with several channels names one per message")
{
    kept_reply reply;
    REQUIRE(reply.read(R"([["AAA=",{"a":[1,2]},"CCC="],"17360000000000001","a,b,a"])", "x"));
    REQUIRE(reply.messages.size() == 3);
    CHECK(reply.messages[0].channel == "a");
    CHECK(reply.messages[1].channel == "b");
    CHECK(reply.messages[2].channel == "a");
}

TEST_CASE("fewer channel names than messages are no reason to lose a message")
{
    kept_reply reply;
    if (reply.read(R"([["AAA=","BBB="],"17360000000000001","a"])", "x")) {
        CHECK(reply.messages.size() == 2);
    }
    if (reply.read(R"([["AAA="],"17360000000000001","a,b,c"])", "x")) {
        CHECK(reply.messages.size() == 1);
    }
}

TEST_CASE("what is cut anywhere is no reply, in either form")
{
    for (auto const& text : {v2(v2_message(R"("A\/A=")") + ',' + v2_message(R"({"uuid":"u1"})")), std::string(R"([["A\/A=",{"u":1}],"17360000000000001","a,b"])")}) {
        kept_reply reply;
        REQUIRE(reply.read(text, ""));
        for (std::size_t size = 0; size != text.size(); ++size) {
            CAPTURE(size);
            REQUIRE(!reply.read(text.substr(0, size)));
        }
    }
}

TEST_CASE("what is no reply is refused: other JSON, no cursor, a cursor that is none, trailing text")
{
    for (std::string_view const text : {
             "", "null", "1", "\"x\"", "{}", "[]", "[[]]", "[1,\"17360000000000001\"]", "[[],{}]", "[[],null]",
             R"({"m":[]})", R"({"t":null,"m":[]})", R"({"t":{"r":4},"m":[]})",
             R"({"t":{"t":null,"r":4},"m":[]})", R"({"t":{"t":"","r":4},"m":[]})", R"({"t":{"t":"17360000000000001","r":4},"m":[1]})",
             R"({"t":{"t":"17360000000000001","r":4},"m":[]} trailing)", R"([[],"17360000000000001"] trailing)",
             R"({"status":403,"error":true,"message":"Forbidden","service":"Access Manager"})", "<html></html>", "[[],\"\"]",
             R"({"t":{"t":"1&x=y","r":4},"m":[]})", R"({"t":{"t":"17360000000000001","r":"4&tt=0"},"m":[]})", R"([[],"now"])",
         }) {
        CAPTURE(text);
        kept_reply reply;
        CHECK(!reply.read(text, "x"));
    }
}

TEST_CASE("a damaged reply is refused or read, and never more than its text: 100,000 of them")
{
    auto const whole = v2(v2_message(R"("A\/A=")") + ',' + v2_message(R"({"uuid":"u1","body":{"a":[1,2,{"b":null}]}})"));
    std::string const legacy = R"([["A\/A=",{"u":1}],"17360000000000001","a,b"])";
    std::mt19937 random(5);
    std::string_view const inserts = "{}[]\",:\\u0d8e+-.tfn \x01\x7f\x80";
    auto read = 0;
    for (int i = 0; i != 100'000; ++i) {
        auto text = i % 2 != 0 ? whole : legacy;
        for (auto n = 1 + random() % 2; n != 0; --n) {
            auto const at = random() % text.size();
            switch (random() % 3) {
            case 0: text[at] = inserts[random() % inserts.size()]; break;
            case 1: text.erase(at, 1); break;
            default: text.insert(at, 1, inserts[random() % inserts.size()]);
            }
        }
        kept_reply reply;
        if (reply.read(text, "x")) {
            ++read;
            // A payload that is JSON is judged when it is read as an envelope; all around it must be sound.
            INFO(text);
            auto const unsound = [](std::string_view part) {
                boost::system::error_code broken;
                json::parse(part, broken);
                return broken && broken != json::error::exponent_overflow;
            };
            auto const excused = std::any_of(reply.messages.begin(), reply.messages.end(),
                                             [&](auto const& each) { return !each.is_text && unsound(each.payload); });
            REQUIRE((excused || !unsound(text)));
            CHECK(reply.timetoken.find_first_not_of("0123456789") == std::string_view::npos);
            for (auto const& each : reply.messages) {
                CHECK(each.payload.size() <= text.size());
            }
        }
    }
    CHECK(read > 1'000);
}

TEST_CASE("nesting without end puts no stack at risk")
{
    kept_reply reply;
    (void)reply.read(v2(v2_message(std::string(200'000, '[') + std::string(200'000, ']'))));
    (void)reply.read(v2(v2_message("1", R"(,"u":)" + std::string(200'000, '[') + std::string(200'000, ']'))));
    CHECK(!reply.read(std::string(200'000, '[')));
    std::string objects;
    for (int i = 0; i != 50'000; ++i) {
        objects += R"({"t":)";
    }
    CHECK(!reply.read(objects));
}

TEST_CASE("an error body tells its status, in every form that was seen")
{
    CHECK(pubnub_reply::error_status(R"({"status":403,"error":true,"message":"Forbidden","service":"Access Manager","payload":{"channels":["c"]}})") == 403);
    CHECK(pubnub_reply::error_status(R"({"message":"Invalid Subscribe Key","error":1,"service":"Access Manager","status":400})") == 400);
    CHECK(pubnub_reply::error_status(R"({"error":true,"status":429})") == 429);
    for (std::string_view const text : {"", "null", "<html>403</html>", "{}", R"({"t":{"t":"17360000000000001","r":4},"m":[]})", R"([[],"17360000000000001"])",
                                        R"({"status":200,"message":"OK","service":"channel-registry","error":false})", R"({"status":403)"}) {
        CAPTURE(text);
        CHECK(pubnub_reply::error_status(text) == 0);
    }
}

TEST_CASE("a reply whose list of messages is missing or no list is none: its cursor must not be taken")
{
    for (std::string_view const text : {R"({"t":{"t":"17360000000000001","r":4}})", R"({"t":{"t":"17360000000000001","r":4},"m":null})",
                                        R"({"t":{"t":"17360000000000001","r":4},"m":{}})"}) {
        CAPTURE(text);
        protocol::pubnub_reply reply;
        CHECK(!reply.parse(text, ""));
    }
}

} // namespace
