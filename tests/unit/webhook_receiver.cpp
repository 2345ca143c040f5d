// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/webhook_receiver.hpp>

#include <doctest/doctest.h>

namespace {

using namespace ringtail;

constexpr char const* envelope = R"({"uuid":"1","event":"/restapi/v1.0/account/1/extension/2/message-store","subscriptionId":"s","body":{"n":1}})";

using lines = std::vector<std::pair<std::string, std::string>>;

webhook_request post(lines headers, std::string body)
{
    return {"POST", std::move(headers), std::move(body)};
}

std::string header(webhook_reply const& from, std::string_view name)
{
    for (auto const& [key, value] : from.headers) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

TEST_CASE("a handshake gets its Validation-Token back, with a content type and nothing delivered")
{
    webhook_receiver const receiver(secret("verify-me"));
    for (auto const* const name : {"Validation-Token", "validation-token", "VALIDATION-TOKEN"}) {
        auto const reply = receiver.receive(post({{"Content-Length", "0"}, {name, "0c9df4f1-4c5f"}}, ""));
        CHECK(reply.status == 200);
        CHECK(header(reply, "Validation-Token") == "0c9df4f1-4c5f");
        CHECK(header(reply, "Content-Type") == "application/json");
        CHECK(!reply.event);
    }
}

TEST_CASE("a delivery with the right Verification-Token is a notification, byte for byte")
{
    webhook_receiver const receiver(secret("verify-me"));
    auto const reply = receiver.receive(post({{"verification-token", "verify-me"}}, envelope));
    CHECK(reply.status == 200);
    REQUIRE(reply.event);
    CHECK(std::get<notification>(*reply.event).json() == envelope);
    CHECK(std::get<notification>(*reply.event).uuid() == "1");
    CHECK(header(reply, "Validation-Token").empty());
}

TEST_CASE("a delivery that carries a Validation-Token is both: echoed and delivered")
{
    webhook_receiver const receiver(secret("verify-me"));
    auto const reply = receiver.receive(post({{"Validation-Token", "abc"}, {"Verification-Token", "verify-me"}}, envelope));
    CHECK(reply.status == 200);
    CHECK(header(reply, "Validation-Token") == "abc");
    CHECK(reply.event);
}

TEST_CASE("a forgery is refused and reaches nobody: no token, another, a longer, a shorter, an empty one")
{
    webhook_receiver const receiver(secret("verify-me"));
    for (auto const& headers : {lines{}, lines{{"Verification-Token", "verify-mf"}}, lines{{"Verification-Token", "verify-me "}},
                                lines{{"Verification-Token", "verify-m"}}, lines{{"Verification-Token", ""}}, lines{{"Validation-Token", "verify-me"}}}) {
        auto const reply = receiver.receive(post(headers, envelope));
        CHECK(reply.status == 401);
        CHECK(!reply.event);
    }
}

TEST_CASE("without a token of its own a receiver expects none")
{
    CHECK(webhook_receiver(secret()).receive(post({}, envelope)).event);
}

TEST_CASE("a body that is no notification is told as undecodable: it came from who knows the token")
{
    webhook_receiver const receiver(secret("verify-me"));
    for (std::string const body : {"garbage", "{\"uuid\":", "[1,2]", "\"text\""}) {
        auto const reply = receiver.receive(post({{"Verification-Token", "verify-me"}}, body));
        CHECK(reply.status == 200); // sending it again would change nothing
        REQUIRE(reply.event);
        CHECK(std::get<undecodable>(*reply.event).raw == body);
    }
}

TEST_CASE("other methods, bodies without content, too much of them, and headers unfit to be sent back are refused")
{
    webhook_receiver const receiver(secret("verify-me"), 200);
    for (auto const* const method : {"GET", "PUT", "DELETE", "HEAD", "post"}) {
        webhook_request request = post({{"Verification-Token", "verify-me"}}, envelope);
        request.method = method;
        auto const reply = receiver.receive(request);
        CHECK(reply.status == 405);
        CHECK(header(reply, "Allow") == "POST");
        CHECK(!reply.event);
    }
    CHECK(receiver.receive(post({{"Verification-Token", "verify-me"}}, "")).status == 400);
    CHECK(receiver.receive(post({{"Verification-Token", "verify-me"}}, " \r\n")).status == 400);
    CHECK(receiver.receive(post({{"Verification-Token", "verify-me"}}, std::string(201, 'x'))).status == 413);
    CHECK(receiver.receive(post({{"Validation-Token", std::string(513, 'x')}}, "")).status == 400);
    CHECK(receiver.receive(post({{"Validation-Token", "a\x01"}}, "")).status == 400);
    CHECK(receiver.receive(post({{"Validation-Token", "\xc3\xa9"}}, "")).status == 400);
}

TEST_CASE("an answer to a handshake is at most 1,024 bytes, whatever it has to send back")
{
    auto const reply = webhook_receiver(secret()).receive(post({{"Validation-Token", std::string(512, 'x')}}, ""));
    std::size_t size = std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").size();
    for (auto const& [name, value] : reply.headers) {
        size += name.size() + value.size() + 4;
    }
    CHECK(reply.status == 200);
    CHECK(size <= 1'024);
}

} // namespace
