// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/protocol/failure_table.hpp>

#include <boost/asio/error.hpp>
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace {

using namespace ringtail;
using protocol::failure_of;
using protocol::judge;
using protocol::verdict;

response answer(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {})
{
    response made;
    made.status = status;
    made.body = std::move(body);
    made.headers = std::move(headers);
    return made;
}

std::string api_error(std::string const& code, std::string const& nested = {})
{
    return R"({"errorCode":")" + code + R"(","message":"Words","errors":[{"errorCode":")" + (nested.empty() ? code : nested) +
           R"(","message":"Words","parameterName":"p"}]})";
}

class row {
public:
    int status;
    char const* code;
    verdict means;
    std::optional<error> named;
};

TEST_CASE("the service's codes mean what its pages say")
{
    row const table[] = {
        // Tokens.
        {401, "AGW-401", verdict::unauthorized, {}},
        {401, "AGW-402", verdict::unauthorized, {}},
        {401, "OAU-128", verdict::unauthorized, {}},
        {401, "OAU-129", verdict::unauthorized, {}},
        {401, "OAU-149", verdict::unauthorized, {}},
        {401, "OAU-213", verdict::unauthorized, {}},
        {401, "TokenInvalid", verdict::unauthorized, {}},
        {401, "CMN-405", verdict::unauthorized, {}},
        // Limits of the rate.
        {429, "CMN-301", verdict::throttled, error::throttled},
        {429, "CMN-302", verdict::throttled, error::throttled},
        {429, "CMN-310", verdict::throttled, error::throttled},
        {429, "", verdict::throttled, error::throttled},
        // It is not there.
        {404, "CMN-102", verdict::gone, {}},
        {404, "SUB-507", verdict::gone, {}},
        {404, "", verdict::gone, {}},
        // Temporary.
        {500, "CMN-203", verdict::transient, {}},
        {500, "", verdict::transient, {}},
        {502, "", verdict::transient, {}},
        {503, "CMN-201", verdict::transient, {}},
        {503, "", verdict::transient, {}},
        {504, "", verdict::transient, {}},
        {408, "", verdict::transient, {}},
        // A person must act.
        {403, "SUB-505", verdict::too_many, error::too_many_subscriptions},
        {403, "SUB-528", verdict::fatal, {}},
        {403, "CMN-401", verdict::fatal, {}},
        {403, "CMN-402", verdict::fatal, {}},
        {403, "CMN-408", verdict::fatal, {}},
        {400, "CMN-101", verdict::fatal, {}},
        {400, "SUB-508", verdict::fatal, error::invalid_filter},
        {400, "SUB-515", verdict::fatal, {}},
        {400, "SUB-516", verdict::fatal, {}},
        {403, "SUB-402", verdict::fatal, {}},
        {403, "SUB-405", verdict::fatal, {}},
        {403, "SUB-406", verdict::fatal, {}},
        {403, "SUB-408", verdict::fatal, {}},
        {403, "SUB-518", verdict::fatal, {}},
        {400, "SUB-521", verdict::unreachable, {}},
        {400, "SUB-523", verdict::fatal, {}},
        {405, "SUB-511", verdict::fatal, {}},
    };
    for (auto const& each : table) {
        CAPTURE(each.status);
        CAPTURE(each.code);
        auto const why = failure_of(answer(each.status, *each.code == '\0' ? "" : api_error(each.code)), "asking");
        CHECK(judge(why) == each.means);
        CHECK((!each.named || why.code() == *each.named));
        CHECK(why.http_status() == each.status);
        CHECK((*each.code == '\0' || why.has(each.code)));
    }
}

TEST_CASE("a nested code counts as much as the outer one")
{
    auto const dead = failure_of(answer(401, api_error("TokenInvalid", "OAU-213")), "asking");
    CHECK(judge(dead) == verdict::unauthorized);
    REQUIRE(dead.errors().size() >= 2);
    CHECK(dead.errors()[0].code == "TokenInvalid");
    CHECK(dead.has("OAU-213"));
    CHECK(dead.has("TokenInvalid"));
    CHECK(!dead.has("OAU-21"));
    CHECK(judge(failure_of(answer(403, api_error("Forbidden", "SUB-505")), "asking")) == verdict::too_many);
    CHECK(judge(failure_of(answer(404, api_error("NotFound", "SUB-507")), "asking")) == verdict::gone);
}

TEST_CASE("a refused login is no reason to try the same again, whatever status it has")
{
    for (auto const& [status, code] : std::vector<std::pair<int, std::string>>{
             {400, "OAU-140"}, {400, "OAU-141"}, {401, "OAU-140"}, {403, "OAU-112"}, {400, "OAU-153"}, {401, "OAU-146"}, {400, "OAU-165"}}) {
        CAPTURE(code);
        auto const why = failure_of(answer(status, R"({"error":"invalid_grant","error_description":"No","errors":[{"errorCode":")" + code + R"(","message":"No"}]})"), "login");
        CHECK(judge(why) == (status == 401 ? verdict::unauthorized : verdict::fatal));
        CHECK(why.has(code));
        CHECK(why.has("invalid_grant"));
    }
}

TEST_CASE("an error of a server in between is transient: a page, half a body, nothing")
{
    for (auto const& body : {std::string("<html><body>Bad gateway</body></html>"), std::string(R"({"errorCode":"CMN-2)"), std::string("[]"),
                             std::string("null"), std::string(200, '['), std::string()}) {
        CAPTURE(body.substr(0, 30));
        for (auto const status : {500, 502, 503, 504}) {
            CAPTURE(status);
            CHECK(judge(failure_of(answer(status, body), "asking")) == verdict::transient);
        }
    }
}

TEST_CASE("no answer at all is transient, whoever threw it")
{
    for (auto const code : {error::connection_failed, error::timed_out, error::service_unavailable, error::invalid_reply, error::reply_too_large}) {
        CHECK(judge(failure(code)) == verdict::transient);
    }
    CHECK(judge(boost::system::system_error(boost::asio::error::connection_refused)) == verdict::transient);
    CHECK(judge(boost::system::system_error(boost::asio::error::host_not_found)) == verdict::transient);
    CHECK(judge(boost::system::system_error(boost::asio::error::eof)) == verdict::transient);
    CHECK(judge(boost::system::system_error(make_error_code(boost::system::errc::network_unreachable))) == verdict::transient);
}

TEST_CASE("what can never work is fatal")
{
    for (auto const code : {error::missing_configuration, error::invalid_argument, error::insecure_url, error::bad_credentials, error::missing_scope,
                            error::invalid_filter, error::unusable_key, error::unsupported}) {
        CHECK(judge(failure(code)) == verdict::fatal);
    }
    CHECK(judge(failure(error::throttled)) == verdict::throttled); // by our own gate
}

TEST_CASE("a failure says what was wanted, the status, the codes, the message and the request id, in one line")
{
    auto const why = failure_of(answer(403, R"({"errorCode":"SUB-505","message":"Too many","errors":[{"errorCode":"SUB-505","message":"Too many"}]})",
                                       {{"rcrequestID", "r-123"}, {"Retry-After", "17"}}),
                                "creating the subscription");
    std::string const text = why.what();
    for (auto const* const part : {"creating the subscription", "403", "SUB-505", "Too many", "r-123"}) {
        CAPTURE(part);
        CHECK(text.find(part) != std::string::npos);
    }
    CHECK(text.find('\n') == std::string::npos);
    CHECK(why.request_id() == "r-123");
    REQUIRE(why.retry_after());
    CHECK(why.retry_after()->count() == 17);
    CHECK(!failure_of(answer(429, ""), "x").retry_after());
}

TEST_CASE("the description of an OAuth error is told, and words of other types do not confuse")
{
    auto const why = failure_of(answer(400, R"({"error":"invalid_grant","error_description":"Token revoked"})"), "login");
    CHECK(std::string(why.what()).find("Token revoked") != std::string::npos);
    CHECK(why.has("invalid_grant"));
    for (auto const* const body : {R"({"errorCode":7,"message":{},"errors":"none"})", R"({"errors":[1,null,"x",{"errorCode":null}]})",
                                   R"({"errorCode":null,"errors":null})", R"({"error":true,"message":["x"]})"}) {
        CAPTURE(body);
        CHECK(failure_of(answer(400, body), "asking").http_status() == 400);
    }
}

TEST_CASE("a failure's text is bounded and free of line breaks, whatever the service sends")
{
    auto const why = failure_of(answer(400, R"({"errorCode":"CMN-101","message":"a\nb\r\nc)" + std::string(100'000, 'x') + R"("})"), "asking");
    std::string const text = why.what();
    CHECK(text.size() < 2'000);
}

TEST_CASE("a failure is a system_error with this library's category")
{
    failure const why(error::too_many_subscriptions, "20");
    CHECK(why.code() == error::too_many_subscriptions);
    CHECK(why.code().category().name() == std::string("ringtail"));
    CHECK(std::string(why.what()).find("20") != std::string::npos);
    boost::system::system_error const& base = why;
    CHECK(std::string(base.what()) == why.what());
    auto const again = why.during("starting");
    CHECK(std::string(again.what()).starts_with("starting"));
    CHECK(again.code() == why.code());
    for (int i = 1; i <= static_cast<int>(error::unsupported); ++i) {
        CHECK(error_category().message(i) != "unknown error");
    }
}

TEST_CASE("a proxy's refusal is no word of the service: it is transient, as the header says of a proxy's page")
{
    // Else a captive portal or a company's proxy ends every subscription, and as a refused login for good.
    for (std::string const body : {"<html><body>Access denied by policy</body></html>", "{\"errorCode\":\"SUB-5"}) {
        for (auto const status : {403, 407}) {
            CAPTURE(status);
            response answer;
            answer.status = status;
            answer.body = body;
            CHECK(protocol::judge(protocol::failure_of(answer, "asking")) == protocol::verdict::transient);
        }
    }
}

TEST_CASE("Retry-After as a date is obeyed like seconds are")
{
    response answer;
    answer.status = 503;
    answer.headers = {{"Date", "Mon, 05 Jan 2026 09:00:00 GMT"}, {"Retry-After", "Mon, 05 Jan 2026 09:01:30 GMT"}};
    CHECK(protocol::failure_of(answer, "asking").retry_after() == std::chrono::seconds(90));
}

} // namespace
