// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/detail/similar_text.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using ringtail::detail::similar_text;

std::string description(std::string const& id, std::string const& key)
{
    return R"({"id":")" + id + R"(","uri":"https://platform.ringcentral.com/restapi/v1.0/subscription/)" + id +
           R"(","status":"Active","deliveryMode":{"transportType":"PubNub","encryptionKey":")" + key + R"(","encryption":true}})";
}

} // namespace

TEST_CASE("texts that are alike come back as they were, whatever the order in which they were kept")
{
    similar_text::pattern like;
    std::string const texts[] = {description("a", "AAAA"),
                                 description("5f1c0d2e-0000-4000-8000-000000000001", "BBBB"),
                                 description("5f1c0d2e-0000-4000-8000-000000000002", "AAAA"),
                                 description("a", "AAAA"),
                                 description("a", "AAAA") + " and more",
                                 description("a", "AAAA").substr(0, 40),
                                 "something else altogether, which is longer than what is worth a reference",
                                 description("b", "CCCC"),
                                 "x",
                                 std::string(100'000, 'x'),
                                 description("c", "")};
    std::vector<similar_text> kept;
    for (auto const& each : texts) {
        kept.emplace_back(each, like);
    }
    for (std::size_t i = 0; i != kept.size(); ++i) {
        CHECK(kept[i].text() == texts[i]);
        CHECK_FALSE(kept[i].empty());
    }
    CHECK(similar_text().text().empty());
    CHECK(similar_text().empty());
    CHECK(similar_text("", like).empty());
}

TEST_CASE("every small change of a text is kept")
{
    auto const first = description("5f1c0d2e-0000-4000-8000-000000000001", "AAECAwQFBgcICQoLDA0ODw==");
    for (std::size_t at = 0; at != first.size(); ++at) {
        for (auto const* const put : {"", "z", "zzzzzzzzzzzzzzzz"}) {
            similar_text::pattern like;
            similar_text const kept_first(first, like);
            auto changed = first;
            changed.replace(at, 1, put);
            similar_text const kept(changed, like);
            CHECK(kept.text() == changed);
        }
    }
}

TEST_CASE("a text that is alike nearly everywhere costs no more than it is worth")
{
    std::string hostile;
    while (hostile.size() < 60'000) {
        hostile += "aaaaaaaaaaab"; // one less than what is worth a reference
    }
    similar_text::pattern like;
    similar_text const first(std::string(60'000, 'a'), like);
    similar_text const kept(hostile, like);
    CHECK(kept.text() == hostile);
}
