// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.

#include "sandbox_fixture.hpp"

namespace {

using namespace sandbox_tests;

std::string status_and_code(http_reply const& reply)
{
    return std::to_string(reply.status) + " " + nested_code(reply);
}

std::string text(json::object const& object, std::string_view name)
{
    return std::string(object.at(name).as_string());
}

std::string code_from(http_reply const& reply)
{
    return split_target(reply.headers.get("Location")).query.get("code");
}

TEST_CASE("a login answers with the documented members, and its token opens the API")
{
    account box;
    auto const answer = account::object_of(box.login());
    CHECK(answer.at("token_type") == "bearer");
    CHECK(answer.at("expires_in") == 3600);
    CHECK(answer.at("refresh_token_expires_in") == 604800);
    CHECK(text(answer, "owner_id") == box.all.directory().owner_id());
    box.token = text(answer, "access_token");
    CHECK(box.call("GET", "/restapi/v1.0/subscription").status == 200);
    CHECK(box.send(http_request("GET", "/restapi/v1.0/subscription?access_token=" + box.token)).status == 200);
}

TEST_CASE("every grant logs in")
{
    account box;
    auto const token = [&](std::string const& fields) { return box.form("/restapi/oauth/token", fields); };
    auto const works = [&](std::string const& fields) { return token(fields).status == 200; };
    CHECK(works("grant_type=password&username=%2B15550100000&extension=101&password=secret"));
    CHECK(works("grant_type=client_credentials&account_id=" + box.all.directory().account_id()));
    auto const other = box.all.directory().people().back().id_text();
    auto const of_other = token(jwt_grant_form + box.all.oauth().jwt(other));
    CHECK(text(account::object_of(of_other), "owner_id") == other);
    box.now += 60s; // the budget of logins
    CHECK(status_and_code(token(std::string(jwt_grant_form) + "a.b.c")) == "400 OAU-140");
    CHECK(status_and_code(token("grant_type=password&username=1&password=no")) == "400 OAU-140");
    CHECK(status_and_code(token("grant_type=magic")) == "403 OAU-112");
}

TEST_CASE("the authorize page's code works once, within its minute, for the same redirect and verifier")
{
    sandbox_options options;
    options.rate_limits = false;
    account box(options);
    std::string const verifier(43, 'v');
    auto const page = "/restapi/oauth/authorize?response_type=code&client_id=" + box.all.oauth().client_id() +
                      "&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback&state=a%26b&code_challenge=" +
                      base64url_encode(sha256(verifier)) + "&code_challenge_method=S256";
    auto const redirected = box.send(http_request("GET", page));
    CHECK(redirected.status == 302);
    CHECK(redirected.headers.get("Location").starts_with("http://127.0.0.1:9/back?code="));
    CHECK(split_target(redirected.headers.get("Location")).query.get("state") == "a&b");

    auto const exchange = [&](std::string const& code, std::string const& redirect, std::string const& proof) {
        return box.form("/restapi/oauth/token", "grant_type=authorization_code&code=" + code + "&redirect_uri=" +
                                                    percent_encode(redirect) + "&code_verifier=" + proof);
    };
    auto const back = "http://127.0.0.1:9/back";
    CHECK(exchange(code_from(redirected), back, verifier).status == 200);
    CHECK(status_and_code(exchange(code_from(redirected), back, verifier)) == "403 OAU-106");
    auto const another = [&] { return code_from(box.send(http_request("GET", page))); };
    CHECK(status_and_code(exchange(another(), "http://else/", verifier)) == "403 OAU-109");
    CHECK(status_and_code(exchange(another(), back, "wrong")) == "403 OAU-106");
    auto const late = another();
    box.now += 60s;
    CHECK(status_and_code(exchange(late, back, verifier)) == "403 OAU-108");
}

TEST_CASE("a public app names itself in the form, and an Authorization header breaks it")
{
    sandbox_options options;
    options.public_app = true;
    account box(options);
    http_request request("POST", "/restapi/oauth/token",
                         jwt_grant_form + box.jwt() + "&client_id=" + box.all.oauth().client_id());
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    CHECK(box.send(request).status == 200);
    CHECK(status_and_code(box.login()) == "401 OAU-146");
}

TEST_CASE("wrong app credentials are refused")
{
    account box;
    http_request request("POST", "/restapi/oauth/token", "grant_type=password");
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    CHECK(status_and_code(box.send(request)) == "401 OAU-151");
    request.headers.set("Authorization", "Basic eDp5");
    CHECK(status_and_code(box.send(request)) == "401 OAU-146");
}

TEST_CASE("a refused token says why: missing, malformed, unreadable, unknown, expired")
{
    account box;
    auto const with = [&](std::string const& header) {
        http_request request("GET", "/restapi/v1.0/subscription");
        if (!header.empty())
            request.headers.set("Authorization", header);
        return box.send(std::move(request));
    };
    CHECK(status_and_code(with("")) == "401 AGW-401");
    CHECK(status_and_code(with("Basic eDp5")) == "401 AGW-402");
    CHECK(status_and_code(with("Bearer nonsense")) == "401 OAU-149");
    auto const token = text(account::object_of(box.login()), "access_token");
    CHECK(status_and_code(with("Bearer " + token + "x")) == "401 OAU-213");
    box.now += 3600s;
    auto const expired = with("Bearer " + token);
    CHECK(status_and_code(expired) == "401 OAU-128");
    CHECK(account::object_of(expired)["errorCode"] == "TokenExpired");
}

TEST_CASE("a refresh kills the old access token, and the old refresh token repeats the same pair for a while")
{
    sandbox_options options;
    options.rate_limits = false;
    account box(options);
    auto const first = account::object_of(box.login());
    auto const refresh = [&](json::object const& pair) {
        return box.form("/restapi/oauth/token",
                        "grant_type=refresh_token&refresh_token=" + text(pair, "refresh_token"));
    };
    auto const second = account::object_of(refresh(first));
    CHECK(second.at("session_id") == first.at("session_id"));
    CHECK(second.at("access_token") != first.at("access_token"));
    box.token = text(first, "access_token");
    CHECK(status_and_code(box.call("GET", "/restapi/v1.0/subscription")) == "401 OAU-129");
    box.now += 10s;
    CHECK(status_and_code(box.call("GET", "/restapi/v1.0/subscription")) == "401 OAU-213");

    box.now += 50min; // the new pair was never used: its answer was lost
    CHECK(account::object_of(refresh(first)).at("access_token") == second.at("access_token"));
    box.token = text(second, "access_token");
    CHECK(box.call("GET", "/restapi/v1.0/subscription").status == 200);
    box.now += 9s;
    CHECK(refresh(first).status == 200);
    box.now += 1s;
    CHECK(status_and_code(refresh(first)) == "400 OAU-213");
    CHECK(refresh(second).status == 200);
}

TEST_CASE("revoking either token ends the session")
{
    account box;
    for (auto const* const which : {"access_token", "refresh_token"}) {
        auto const pair = account::object_of(box.login());
        CHECK(box.form("/restapi/oauth/revoke", "token=" + text(pair, which)).status == 200);
        box.token = text(pair, "access_token");
        CHECK(status_and_code(box.call("GET", "/restapi/v1.0/subscription")) == "401 OAU-213");
        CHECK(status_and_code(box.form("/restapi/oauth/token", "grant_type=refresh_token&refresh_token=" +
                                                                   text(pair, "refresh_token"))) == "400 OAU-211");
    }
}

TEST_CASE("lifetimes follow the request, and without refresh tokens none is sent")
{
    sandbox_options options;
    options.refresh_tokens = false;
    account box(options);
    auto const reply = box.form("/restapi/oauth/token", jwt_grant_form + box.jwt() + "&access_token_ttl=700");
    CHECK(account::object_of(reply)["expires_in"] == 700);
    CHECK_FALSE(account::object_of(reply).contains("refresh_token"));
}

TEST_CASE("one session too many cuts the oldest")
{
    sandbox_options options;
    options.parallel_sessions = 2;
    account box(options);
    auto const first = text(account::object_of(box.login()), "access_token");
    box.now += 1s;
    box.login();
    box.now += 1s;
    auto const third = text(account::object_of(box.login()), "access_token");
    box.token = first;
    CHECK(status_and_code(box.call("GET", "/restapi/v1.0/subscription")) == "401 OAU-213");
    box.token = third;
    CHECK(box.call("GET", "/restapi/v1.0/subscription").status == 200);
}

TEST_CASE("a token for the gateway is good for one connection")
{
    account box;
    auto const answer = account::object_of(box.call("POST", "/restapi/oauth/wstoken"));
    CHECK(answer.at("uri") == "ws://127.0.0.1:1/ws");
    CHECK(answer.at("expires_in") == 30);
    CHECK(box.all.oauth().redeem_wstoken(text(answer, "ws_access_token"), box.now));
    CHECK_FALSE(box.all.oauth().redeem_wstoken(text(answer, "ws_access_token"), box.now));
}

TEST_CASE("a throttled group stays shut while requests go on, and the others are open")
{
    sandbox_options options;
    options.light_budget = 2;
    account box(options);
    auto const list = [&] { return box.call("GET", "/restapi/v1.0/subscription"); };
    auto const first = list();
    CHECK(first.headers.get("X-Rate-Limit-Group") == "light");
    CHECK(first.headers.get("X-Rate-Limit-Remaining") == "1");
    CHECK(list().status == 200);
    auto const refused = list();
    CHECK(refused.status == 429);
    CHECK(nested_code(refused) == "CMN-301");
    CHECK(refused.headers.get("Retry-After") == "60");
    box.now += 59s;
    CHECK(list().status == 429);
    box.now += 59s;
    CHECK(list().status == 429);
    CHECK(box.call("POST", "/restapi/v1.0/subscription", detailed_presence).status == 200);
    box.now += 60s;
    CHECK(list().status == 200);
    CHECK(box.all.statistics().throttled == 3);
    CHECK(box.all.statistics().inside_penalty == 2);
}

} // namespace
