// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/protocol/gateway_frame.hpp>
#include <ringtail/timestamp.hpp>

#include <boost/json.hpp>

#include <doctest/doctest.h>

namespace {

using namespace ringtail;
using namespace std::chrono_literals;
using protocol::gateway_details;
using protocol::gateway_frame;
using kind = gateway_frame::kind;

TEST_CASE("the documented frames are told apart, with what each of them carries")
{
    gateway_frame frame;
    REQUIRE(frame.parse(R"([{"type":"ConnectionDetails","messageId":"m0","wsc":{"token":"t-1","sequence":1}},)"
                        R"({"creationTime":"2026-01-05T09:00:00.000+0000","maxConnectionsPerSession":50,"recoveryBufferSize":50,)"
                        R"("recoveryTimeout":30,"idleTimeout":600,"absoluteTimeout":43200,"maxActiveRequests":7}])"));
    CHECK(frame.type == kind::connection_details);
    CHECK(frame.session_token == "t-1");
    CHECK(frame.session_sequence == 1);
    auto const details = gateway_details::of(frame);
    CHECK(details.recovery_buffer == 50);
    CHECK(details.recovery_timeout.count() == 30);
    CHECK(details.idle_timeout.count() == 600);
    CHECK(details.absolute_timeout.count() == 43'200);
    CHECK(details.most_requests == 7);
    CHECK(details.creation_time == parse_timestamp("2026-01-05T09:00:00Z"));
    CHECK(!details.recovered);

    REQUIRE(frame.parse(R"([{"type":"ServerNotification","messageId":"n1","status":200,"wsc":{"token":"t-2","sequence":9}},{"uuid":"u"}])"));
    CHECK(frame.type == kind::server_notification);
    CHECK(frame.body == R"({"uuid":"u"})");
    CHECK(frame.session_sequence == 9);

    REQUIRE(frame.parse(R"([{"type":"ClientRequest","messageId":"a\/b","status":204,"headers":{"RCRequestId":"r1"}}])"));
    CHECK(frame.type == kind::client_request);
    CHECK(frame.message_id == "a/b");
    CHECK(frame.status == 204);
    CHECK(frame.body.empty());
    CHECK(frame.to_response().header("rcrequestid") == "r1");

    REQUIRE(frame.parse(R"([{"type":"Heartbeat","messageId":"h1"}])"));
    CHECK(frame.type == kind::heartbeat);
    REQUIRE(frame.parse(R"([{"type":"Error","messageId":"e","status":403},{"errorCode":"WSG-902","message":"Idle timeout"}])"));
    CHECK(frame.type == kind::error);
    REQUIRE(frame.parse(R"([{"type":"SomethingNew","messageId":"x"}])"));
    CHECK(frame.type == kind::unknown);
}

TEST_CASE("a recovery says which way it went, or neither")
{
    auto const recovered = [](std::string const& state) {
        auto const text = R"([{"type":"ConnectionDetails","messageId":"m"},{)" + state + R"("recoveryBufferSize":100}])";
        gateway_frame frame;
        REQUIRE(frame.parse(text));
        return gateway_details::of(frame);
    };
    CHECK(recovered(R"("recoveryState":"Successful",)").recovered == true);
    auto const failed = recovered(R"("recoveryState":"Failed","recoveryErrorCode":"WSG-1003",)");
    CHECK(failed.recovered == false);
    CHECK(failed.recovery_error == "WSG-1003");
    CHECK(!recovered("").recovered);
}

TEST_CASE("details that are missing or nonsense keep the documented defaults or bounds, and never stop everything")
{
    gateway_frame frame;
    REQUIRE(frame.parse(R"([{"type":"ConnectionDetails","messageId":"m"}])"));
    auto const none = gateway_details::of(frame);
    CHECK(none.recovery_buffer == 100);
    CHECK(none.most_requests == 10);
    REQUIRE(frame.parse(R"([{"type":"ConnectionDetails"},{"idleTimeout":0,"maxActiveRequests":0,"recoveryBufferSize":-1,"absoluteTimeout":"x"}])"));
    auto const odd = gateway_details::of(frame);
    CHECK(odd.idle_timeout.count() >= 1);
    CHECK(odd.most_requests >= 1);
    CHECK(odd.recovery_buffer >= 1);
}

TEST_CASE("what happened in the very moment in which a connection was made may have happened before it")
{
    gateway_details details;
    wall_time const made{1'767'600'000s + 250ms};
    CHECK_FALSE(details.surely_made_before(made + 1h));
    details.creation_time = made;
    CHECK_FALSE(details.surely_made_before(made));
    CHECK(details.surely_made_before(made + 1ms));
    details.creation_time = wall_time(1'767'600'000s); // by a clock that tells seconds
    CHECK_FALSE(details.surely_made_before(wall_time(1'767'600'000s + 999ms)));
    CHECK(details.surely_made_before(wall_time(1'767'600'001s)));
}

TEST_CASE("a multipart answer is no JSON: what stands before its boundary is the meta, the rest is text")
{
    gateway_frame frame;
    REQUIRE(frame.parse("[{\"type\":\"ClientRequest\",\"messageId\":\"m1\",\"status\":200},--Boundary_1\r\nContent-Type: text/plain\r\n\r\na]b\r\n--Boundary--]"));
    CHECK(frame.type == kind::client_request);
    CHECK(frame.message_id == "m1");
    CHECK(!frame.body_is_json);
    CHECK(frame.body == "--Boundary_1\r\nContent-Type: text/plain\r\n\r\na]b\r\n--Boundary--");
}

TEST_CASE("a body that merely mentions a boundary is JSON like any other")
{
    gateway_frame frame;
    REQUIRE(frame.parse(R"([{"type":"ServerNotification","messageId":"n"},{"uuid":"u","body":{"text":"x,--Boundary y"}}])"));
    CHECK(frame.body_is_json);
    CHECK(frame.body.find("--Boundary") != std::string_view::npos);
}

TEST_CASE("what is no frame is refused, and leaves nothing behind")
{
    for (std::string const text : {"", "garbage", "{}", "[]", "[1]", "[{\"type\":\"Heartbeat\"}", "[{\"type\":\"Heartbeat\"},{]", "[[]]", "null"}) {
        gateway_frame frame;
        CHECK_MESSAGE(!frame.parse(text), text);
    }
}

TEST_CASE("a request leaves in the documented form, its body as it is")
{
    request call("PUT", "/restapi/v1.0/subscription/x", api_group::medium, R"({"eventFilters":["a"]})");
    auto const value = json::parse(protocol::gateway_request("id-1", call));
    REQUIRE(value.is_array());
    auto const& meta = value.as_array().at(0).as_object();
    CHECK(meta.at("type") == "ClientRequest");
    CHECK(meta.at("messageId") == "id-1");
    CHECK(meta.at("method") == "PUT");
    CHECK(meta.at("path") == "/restapi/v1.0/subscription/x");
    CHECK(value.as_array().at(1) == json::parse(R"({"eventFilters":["a"]})"));
    CHECK(json::parse(protocol::gateway_request("id-2", request("GET", "/x"))).as_array().size() == 1);
    CHECK(json::parse(protocol::gateway_heartbeat("h")) == json::parse(R"([{"type":"Heartbeat","messageId":"h"}])"));
}

} // namespace
