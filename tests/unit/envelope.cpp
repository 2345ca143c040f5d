// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/event.hpp>
#include <ringtail/protocol/envelope.hpp>

#include <boost/json.hpp>
#include <doctest/doctest.h>

namespace {

using namespace ringtail;

std::optional<notification> parsed(std::string_view text)
{
    auto block = detail::block_ptr::make();
    block->text = "before";
    auto const offset = block->text.size();
    block->text += text;
    if (!protocol::add_envelope(*block, offset, 64)) {
        return std::nullopt;
    }
    return notification(block, 0);
}

TEST_CASE("an envelope is handed on byte for byte, with its members in place")
{
    auto const text = R"({"uuid":"u1","event":"/restapi/v1.0/x?a=b","timestamp":"2026-01-05T09:01:02.003Z",)"
                      R"("subscriptionId":"s1","ownerId":"700100","body":{"n":1},"later":{"unknown":[1]}})";
    auto const got = parsed(std::string("  ") + text + "\n");
    REQUIRE(got);
    CHECK(got->json() == text);
    CHECK(got->uuid() == "u1");
    CHECK(got->event() == "/restapi/v1.0/x?a=b");
    CHECK(got->timestamp() == "2026-01-05T09:01:02.003Z");
    CHECK(got->subscription_id() == "s1");
    CHECK(got->owner_id() == "700100");
    CHECK(got->body_json() == R"({"n":1})");
    CHECK(got->body().at("n") == 1);
}

TEST_CASE("ids may be numbers, escapes are resolved, a missing body is empty")
{
    auto const got = parsed(R"({"uuid":4000000000000000001,"event":"\/restapi\/v1.0","ownerId":700100,"subscriptionId":null})");
    REQUIRE(got);
    CHECK(got->uuid() == "4000000000000000001");
    CHECK(got->event() == "/restapi/v1.0");
    CHECK(got->owner_id() == "700100");
    CHECK(got->subscription_id().empty());
    CHECK(got->body_json().empty());
    CHECK(got->body().is_null());
}

TEST_CASE("what is no envelope is refused: not JSON, not an object, neither event nor uuid, too deep")
{
    CHECK(!parsed(""));
    CHECK(!parsed("null"));
    CHECK(!parsed(R"(["uuid","event"])"));
    CHECK(!parsed(R"({"body":{}})"));
    CHECK(!parsed(R"({"uuid":"u"} trailing)"));
    CHECK(!parsed(R"({"uuid":"u","body":)" + std::string(5'000, '[') + std::string(5'000, ']') + "}"));
}

TEST_CASE("a detached notification keeps everything and lets the reply go")
{
    auto got = parsed(R"({"uuid":"u1","event":"\/e","body":{"n":[1,2]}})");
    REQUIRE(got);
    auto const shared = *got;
    got->detach();
    CHECK(got->json() == shared.json());
    CHECK(got->uuid() == "u1");
    CHECK(got->event() == "/e");
    CHECK(got->body_json() == R"({"n":[1,2]})");
    CHECK(got->json().data() != shared.json().data());
}

} // namespace
