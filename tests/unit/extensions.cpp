// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/error.hpp>
#include <ringtail/extension.hpp>
#include <ringtail/timestamp.hpp>

#include <boost/json.hpp>

#include <doctest/doctest.h>

using namespace ringtail;

namespace {

json::value parse(std::string_view text)
{
    return json::parse(json::string_view(text.data(), text.size()));
}

// The extension of the vendor's article "Subscribing to presence events of multiple extensions", with ids filled in.
constexpr std::string_view article_sample = R"({
    "uri": "https://platform.devtest.ringcentral.com/restapi/v1.0/account/700000/extension/402853446008",
    "id": 402853446008,
    "extensionNumber": "102",
    "contact": {"firstName": "Dummy", "lastName": "User", "email": "dummy@example.com"},
    "name": "Dummy User",
    "type": "User",
    "status": "Activated",
    "permissions": {"admin": {"enabled": false}, "internationalCalling": {"enabled": true}},
    "profileImage": {"uri": "https://example.com/image"}
    })";

} // namespace

TEST_CASE("the extension of the vendor's article is read")
{
    auto const found = extension::parse(parse(article_sample));
    CHECK(found.id == "402853446008");
    CHECK(found.uri == "https://platform.devtest.ringcentral.com/restapi/v1.0/account/700000/extension/402853446008");
    CHECK(found.extension_number == "102");
    CHECK(found.name == "Dummy User");
    CHECK(found.type == "User");
    CHECK(found.status == "Activated"); // no status that is documented: kept as it is
    CHECK_FALSE(value_of<extension_status>(found.status));
    CHECK(found.contact.first_name == "Dummy");
    CHECK(found.contact.last_name == "User");
    CHECK(found.contact.email == "dummy@example.com");
    CHECK(found.permissions.size() == 2);
    CHECK_FALSE(found.permitted("admin"));
    CHECK(found.permitted("internationalCalling"));
    CHECK_FALSE(found.permitted("flying"));
    CHECK(found.profile_image_uri == "https://example.com/image");
    CHECK_FALSE(found.hidden);
    CHECK(parse(found.raw()) == parse(article_sample));
    CHECK(event_filters().presence(found.id).paths().front()
          == "/restapi/v1.0/account/~/extension/402853446008/presence");
}

TEST_CASE("the rest of an extension is read")
{
    auto const found = extension::parse(parse(R"({"id":"700100","hidden":"true","status":"NotActivated",
        "subType":"VideoPro","partnerId":"p-1","creationTime":"2026-01-05T09:00:00Z",
        "contact":{"name":"A B","company":"C","jobTitle":"D","department":"E","businessPhone":"+15550100001",
        "mobilePhone":"+15550100002","emailAsLoginName":true,
        "businessAddress":{"street":"s","city":"c","state":"st","zip":"z","country":"co"}}})"));
    CHECK(found.id == "700100");
    CHECK(found.hidden == true);
    CHECK(found.status == extension_status::not_activated);
    CHECK(found.sub_type == "VideoPro");
    CHECK(found.partner_id == "p-1");
    CHECK(found.creation_time == parse_timestamp("2026-01-05T09:00:00Z"));
    CHECK(found.contact.name == "A B");
    CHECK(found.contact.company == "C");
    CHECK(found.contact.job_title == "D");
    CHECK(found.contact.department == "E");
    CHECK(found.contact.business_phone == "+15550100001");
    CHECK(found.contact.mobile_phone == "+15550100002");
    CHECK(found.contact.email_as_login_name == true);
    CHECK(found.contact.street == "s");
    CHECK(found.contact.city == "c");
    CHECK(found.contact.state == "st");
    CHECK(found.contact.zip == "z");
    CHECK(found.contact.country == "co");
}

TEST_CASE("an extension of any shape is read, what is no object is not")
{
    CHECK(extension::parse(parse("{}")).id == "");
    auto const odd = extension::parse(parse(R"({"id":{},"name":null,"contact":[1],"permissions":[{"enabled":true}],
        "hidden":3,"profileImage":"x","extensionNumber":102})"));
    CHECK(odd.id == "");
    CHECK(odd.contact.first_name == "");
    CHECK(odd.permissions.empty());
    CHECK(odd.extension_number == "102");
    CHECK_FALSE(odd.hidden);
    auto const permissions = extension::parse(parse(R"({"permissions":{"a":true,"b":{"enabled":"true"},"c":null}})"));
    CHECK_FALSE(permissions.permitted("a"));
    CHECK(permissions.permitted("b"));
    CHECK_FALSE(permissions.permitted("c"));
    for (auto const* text : {"null", "[]", "5", "\"x\""}) {
        CHECK_THROWS_AS(extension::parse(parse(text)), failure);
    }
}

TEST_CASE("a page tells its records, its place and where the next one is")
{
    auto const page = extension_page::parse(parse(R"({"uri":"https://x/restapi/v1.0/account/1/extension?page=1",
        "records":[{"id":1},{"id":2}],
        "paging":{"page":1,"perPage":"100","pageStart":0,"pageEnd":99,"totalPages":3,"totalElements":250},
        "navigation":{"firstPage":{"uri":"https://x/1"},"nextPage":{"uri":"https://x/2"},
        "lastPage":{"uri":"https://x/3"}}})"));
    CHECK(page.uri == "https://x/restapi/v1.0/account/1/extension?page=1");
    REQUIRE(page.records.size() == 2);
    CHECK(page.records[1].id == "2");
    CHECK(page.next_page_uri == "https://x/2");
    CHECK(page.page == 1);
    CHECK(page.per_page == 100);
    CHECK(page.page_start == 0);
    CHECK(page.page_end == 99);
    CHECK(page.total_pages == 3);
    CHECK(page.total_elements == 250);
}

TEST_CASE("the last page has no next one, and totals may be missing")
{
    for (auto const* rest : {"", R"(,"navigation":{})", R"(,"navigation":null)", R"(,"navigation":{"nextPage":null})",
                             R"(,"navigation":{"nextPage":{"uri":""}})", R"(,"navigation":{"nextPage":{}})",
                             R"(,"navigation":{"previousPage":{"uri":"https://x/1"}},"paging":{"page":2})"}) {
        CAPTURE(rest);
        auto const page = extension_page::parse(parse(std::string(R"({"records":[])") + rest + "}"));
        CHECK(page.records.empty());
        CHECK_FALSE(page.next_page_uri);
        CHECK_FALSE(page.total_elements);
    }
}

TEST_CASE("a page without records is refused: nobody would be followed, without a word")
{
    for (auto const* text : {"{}", R"({"records":null})", R"({"records":{}})", "[]", "null"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(extension_page::parse(parse(text)), failure);
    }
    CHECK(extension_page::parse(parse(R"({"records":[null,5,{"id":1}]})")).records.size() == 1);
}

TEST_CASE("two thousand extensions become two thousand filters")
{
    event_filters filters;
    for (int page = 0; page != 2; ++page) {
        json::array records;
        for (std::int64_t id = 0; id != 1000; ++id) {
            records.push_back(json::value{{"id", 402853446008 + page * 1000 + id}});
        }
        json::object answer;
        answer["records"] = std::move(records);
        for (auto const& each : extension_page::parse(json::value(std::move(answer))).records) {
            filters.presence(each.id, detailed_telephony_state);
        }
    }
    CHECK(filters.size() == 2000);
    CHECK_NOTHROW(filters.validate());
}

TEST_CASE("a query repeats the keys that have several values")
{
    CHECK(extension_query().query_string() == "page=1&perPage=1000");
    CHECK(extension_query().status(extension_status::enabled).type("User").query_string()
          == "page=1&perPage=1000&status=Enabled&type=User");
    CHECK(extension_query()
              .status(extension_status::enabled)
              .status("Disabled")
              .type("User")
              .type("Department")
              .per_page(100)
              .page(3)
              .query_string()
          == "page=3&perPage=100&status=Enabled&status=Disabled&type=User&type=Department");
    CHECK(extension_query().type("A&b=c").query_string() == "page=1&perPage=1000&type=A%26b%3Dc");
    CHECK(extension_query().path() == "/restapi/v1.0/account/~/extension?page=1&perPage=1000");
    CHECK(extension_query().path(700000) == "/restapi/v1.0/account/700000/extension?page=1&perPage=1000");
}

TEST_CASE("a page size that the service does not know is refused before anything is sent")
{
    extension_query query;
    CHECK_THROWS_AS(query.per_page(0), failure);
    CHECK_THROWS_AS(query.per_page(1001), failure);
    CHECK_THROWS_AS(query.page(0), failure);
    CHECK_NOTHROW(query.per_page(1));
    CHECK_NOTHROW(query.per_page(1000));
    CHECK(query.query_string() == "page=1&perPage=1000");
}
