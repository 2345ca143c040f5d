// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/protocol/websocket_frames.hpp>

#include <doctest/doctest.h>

namespace {

using namespace ringtail::protocol;
using namespace std::string_literals;

// RFC 6455 section 5.7.
static_assert([] {
    websocket_frame frame;
    return read_websocket_frame("\x81\x05Hello", 1'000, frame) == websocket_fault::none && frame.payload == "Hello" && frame.last &&
           frame.opcode == websocket_opcode::text && frame.size == 7;
}());

std::string unmasked(websocket_opcode opcode, std::string const& payload, bool last = true)
{
    std::string text(1, static_cast<char>((last ? 0x80 : 0) | static_cast<int>(opcode)));
    if (payload.size() < 126) {
        text += static_cast<char>(payload.size());
    } else if (payload.size() < 65'536) {
        text += '\x7e';
        text += static_cast<char>(payload.size() >> 8);
        text += static_cast<char>(payload.size() & 255);
    } else {
        text += '\x7f';
        for (int shift = 56; shift >= 0; shift -= 8) {
            text += static_cast<char>((payload.size() >> shift) & 255);
        }
    }
    return text + payload;
}

TEST_CASE("the examples of RFC 6455 section 5.7 are read and written as they stand there")
{
    websocket_frame frame;
    REQUIRE(read_websocket_frame("\x01\x03Hel", 100, frame) == websocket_fault::none);
    CHECK(!frame.last);
    CHECK(frame.payload == "Hel");
    REQUIRE(read_websocket_frame("\x80\x02lo", 100, frame) == websocket_fault::none);
    CHECK(frame.opcode == websocket_opcode::continuation);
    REQUIRE(read_websocket_frame("\x89\x05Hello", 100, frame) == websocket_fault::none);
    CHECK(frame.opcode == websocket_opcode::ping);

    std::string out;
    std::uint32_t mask = 0;
    std::memcpy(&mask, "\x37\xfa\x21\x3d", 4);
    append_websocket_frame(out, websocket_opcode::text, "Hello", mask);
    CHECK(out == "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s);
}

TEST_CASE("lengths of every form are read, and cut anywhere a frame is incomplete")
{
    for (auto const size : {0, 1, 125, 126, 127, 65'535, 65'536, 70'000}) {
        std::string const payload(static_cast<std::size_t>(size), 'x');
        auto const text = unmasked(websocket_opcode::text, payload);
        auto const more = text + "more"; // the frame points into it
        websocket_frame frame;
        REQUIRE(read_websocket_frame(more, 1'000'000, frame) == websocket_fault::none);
        CHECK(frame.payload == payload);
        CHECK(frame.size == text.size());
        for (std::size_t cut = 0; cut < text.size(); cut += cut < 16 ? 1 : 997) {
            CHECK(read_websocket_frame(std::string_view(text).substr(0, cut), 1'000'000, frame) == websocket_fault::incomplete);
        }
    }
}

TEST_CASE("a frame beyond the bound is too large before its bytes are there")
{
    websocket_frame frame;
    CHECK(read_websocket_frame(unmasked(websocket_opcode::text, std::string(101, 'x')).substr(0, 2), 100, frame) == websocket_fault::too_large);
    CHECK(read_websocket_frame("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"s, 100, frame) == websocket_fault::too_large);
}

TEST_CASE("what no server may send is malformed: reserved bits and opcodes, a mask, long or fragmented control frames")
{
    websocket_frame frame;
    for (auto const& text : {"\xc1\x01x"s, "\xa1\x01x"s, "\x91\x01x"s, "\x83\x01x"s, "\x8b\x01x"s, "\x81\x81maskx"s, "\x09\x01x"s, "\x88\x7e\x00\x7e"s}) {
        CHECK(read_websocket_frame(text, 1'000, frame) == websocket_fault::malformed);
    }
}

TEST_CASE("what is written is masked, of the right form, and reads back")
{
    for (auto const size : {0u, 1u, 125u, 126u, 65'535u, 65'536u}) {
        std::string const payload(size, 'a');
        std::string out;
        append_websocket_frame(out, websocket_opcode::text, payload, 0x01020304);
        auto const header = size < 126 ? 2u : size < 65'536 ? 4u : 10u;
        REQUIRE(out.size() == header + 4 + size);
        CHECK((out[1] & 0x80) != 0);
        std::string back = out.substr(header + 4);
        for (std::size_t i = 0; i != back.size(); ++i) {
            back[i] = static_cast<char>(back[i] ^ out[header + i % 4]);
        }
        CHECK(back == payload);
    }
}

} // namespace
