// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/protocol/json_scanner.hpp>
#include <ringtail/protocol/json_unescape.hpp>

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <random>

namespace {

using namespace ringtail;
using protocol::json_scanner;

constexpr bool accepts(std::string_view text, std::size_t depth = 64)
{
    json_scanner in(text, depth);
    return !in.value().empty() && in.at_end();
}

static_assert(accepts(R"( {"a":[1,-0.5e+3,"x\u00e9\ud83d\ude00",true,false,null],"":{}} )"));
static_assert(!accepts(R"({"a":1,})"));

TEST_CASE("the scanner accepts and refuses exactly what Boost.JSON does, on 200,000 damaged documents")
{
    std::string_view const seeds[] = {
        R"({"uuid":"4000000000000000001","event":"\/restapi\/v1.0\/x?a=b","body":{"n":[1,2.5e-7,-0],"s":"\u00fc\ud834\udd1e","t":null}})",
        "[true,false,null,\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 long enough for a wide step\",{},[],[[1]],0.1E+2]",
        R"({"t":{"t":"17360000000000001","r":4},"m":[{"a":"1","f":0,"p":{"t":"17360000000000000","r":1},"c":"ch","d":"AAA="}]})",
        R"({"a string of more than sixty-four characters, so that it goes on where was not looked yet":"\n then \"quotes\" \u00e9 and more"})"};
    std::mt19937 random(7);
    std::string_view const inserts = "{}[]\",:\\u0d8e+-.tfn \x01\x7f\x80\xc3\xed\xf4";
    auto accepted = 0;
    for (auto i = 0; i != 200'000; ++i) {
        std::string text(seeds[i % 4]);
        for (auto n = random() % 3; n != 0; --n) {
            auto const at = random() % text.size();
            switch (random() % 3) {
            case 0: text[at] = inserts[random() % inserts.size()]; break;
            case 1: text.erase(at, 1 + random() % 3); break;
            default: text.insert(at, 1, inserts[random() % inserts.size()]);
            }
        }
        boost::system::error_code refused;
        json::parse(text, refused, {}, {.max_depth = 64});
        INFO(text);
        // Boost.JSON also refuses numbers whose exponent it can't hold; the grammar allows them.
        if (refused != json::error::exponent_overflow) {
            REQUIRE(accepts(text) == !refused);
        }
        if (!refused) {
            text += " ]}\"";
            REQUIRE(json_scanner(text).unchecked_value() == json_scanner(text).value());
        }
        accepted += refused ? 0 : 1;
    }
    CHECK(accepted > 50'000);
}

TEST_CASE("a value that is not looked into ends where its brackets balance, whatever its strings hold")
{
    auto const ends = [](std::string const& text) { return json_scanner(text).unchecked_value().size(); };
    for (std::size_t size = 0; size != 200; ++size) {
        CAPTURE(size);
        auto const plain = std::string(size, 'x');
        for (std::string const& text : {R"({")" + plain + R"(":"]}{["})", "[" + plain + "[{}]]", R"(["\"]})" + plain + R"(",")" + plain + R"(\\"])",
                                        R"({"a":")" + plain + R"(\"}"}})", "{\"\x01" + plain + "\xff\":}"}) {
            auto const whole = text == R"({"a":")" + plain + R"(\"}"}})" ? text.size() - 1 : text.size();
            CHECK(ends(text) == whole);
            CHECK(ends(text + "]}\"" + plain) == whole);
            CHECK(ends(text.substr(0, whole - 1)) == 0);
        }
    }
}

TEST_CASE("nesting deeper than the bound is refused before the stack is at risk")
{
    CHECK(accepts(std::string(64, '[') + std::string(64, ']')));
    CHECK(!accepts(std::string(65, '[') + std::string(65, ']')));
    CHECK(!accepts(std::string(5'000, '[') + std::string(5'000, ']')));
    CHECK(accepts(std::string(200, '[') + "[]" + std::string(200, ']'), 201));
    CHECK(!accepts(std::string(200, '[') + "[]" + std::string(200, ']'), 200));
    CHECK(accepts(std::string(70, '[') + R"({"a":{"b":[]}},[2])" + std::string(70, ']'), 73));
    CHECK(!accepts(std::string(70, '[') + R"({"a":{"b":[]}},[2])" + std::string(69, ']') + '}', 73));
    CHECK(!accepts(R"({"a":{"b":1}})", 1));
    CHECK(accepts(R"({"a":{"b":1}})", 2));
}

TEST_CASE("members are handed out in order with the text of their values")
{
    std::string seen;
    json_scanner in(R"( {"a" : {"x":[1]} , "b":"t\"" } )");
    CHECK(in.object([&](std::string_view name, json_scanner& value) {
        seen.append(name).append("=").append(value.value()).append(";");
        return true;
    }));
    CHECK(in.at_end());
    CHECK(seen == R"(a={"x":[1]};b="t\"";)");
}

TEST_CASE("unescaping gives what Boost.JSON reads")
{
    for (std::string_view const content :
         {R"(plain)", R"(\/restapi\/v1.0)", R"(\"\\\b\f\n\r\t)", R"(\u0041\u00e9\u20ac\ud83d\ude00\uD834\uDD1e!)", R"()"}) {
        std::string out;
        protocol::append_unescaped(content, out);
        CHECK(out == json::value_to<std::string>(json::parse('"' + std::string(content) + '"')));
    }
}

} // namespace
