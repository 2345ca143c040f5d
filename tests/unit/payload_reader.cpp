// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/core/payload_reader.hpp>
#include <ringtail/error.hpp>
#include <ringtail/event.hpp>

#include <support/encrypted.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace {

using namespace ringtail;
using namespace std::chrono_literals;
using test_support::encrypted;

constexpr steady_time start{100h};
std::string const key_a = "0123456789abcdef";
std::string const key_b = "fedcba9876543210";
std::string const key_c = "another-16-bytes";

delivery_mode mode(std::string const& channel, std::string const& key, std::optional<bool> flag = true, std::string const& algorithm = "AES")
{
    auto made = delivery_mode::pubnub(flag);
    made.address = channel;
    made.subscriber_key = "sub-c-0";
    if (!key.empty()) {
        made.encryption_key = secret(crypto::base64_encode(key));
        made.encryption_algorithm = algorithm;
    }
    return made;
}

std::string envelope(std::string const& uuid)
{
    return R"({"uuid":")" + uuid + R"(","event":"/restapi/v1.0/account/~/extension/~/presence","body":{"sequence":1}})";
}

/// A reader and what it read, each message into a block of its own.
class fixture {
public:
    void use(delivery_mode const& how, duration old_for = 20s) { reader.use(how, now, now + old_for); }

    /// The uuid of what was read, or "!" and the reason.
    std::string read(std::string const& payload, bool text, std::string const& channel = "a")
    {
        auto const block = detail::block_ptr::make();
        if (auto const reason = reader.read(message(payload, text, channel), *block)) {
            CHECK(block->envelopes.empty());
            CHECK(!reason->empty());
            return '!' + *reason;
        }
        REQUIRE(block->envelopes.size() == 1);
        return std::string(notification(block, 0).uuid());
    }
    bool fails(std::string const& payload, bool text, std::string const& channel = "a") { return read(payload, text, channel).starts_with('!'); }

    core::payload_reader reader{64};
    steady_time now = start;
};

TEST_CASE("a plain envelope is read as it is, byte for byte")
{
    fixture all;
    all.use(mode("a", "", false));
    auto const block = detail::block_ptr::make();
    auto const text = envelope("u1");
    REQUIRE(!all.reader.read(message(text, false, "a"), *block));
    CHECK(notification(block, 0).json() == text);
    CHECK(notification(block, 0).body_json() == R"({"sequence":1})");
}

TEST_CASE("the published vector is read with its key")
{
    auto how = delivery_mode::pubnub(true);
    how.address = "a";
    how.encryption_key = secret("e0bMTqmumPfFUbwzppkSbA==");
    how.encryption_algorithm = "AES";
    fixture all;
    all.use(how);
    CHECK(all.read("gkw8EU4G1SDVa2/hrlv6+0ViIxB7N1i1z5MU/Hu2xkIKzH6yQzhr3vIc27IAN558kTOkacqE5DkLpRdnN1orwtIBsUHmPMkMWTOLDzVr6eRk+"
                   "2Gcj2Wft7ZKrCD+FCXlKYIoa98tUD2xvoYnRwxiE2QaNywl8UtjaqpTk1+WDImBrt6uabB1WICY/qE0It3DqQ6vdUWISoTfjb+vT5h9kfZxWYUP4ykN2UtUW1"
                   "biqCjj1Rb6GWGnTx6jPqF77ud0XgV1rk/Q6heSFZWV/GP23/iytDPK1HGJoJqXPx7ErQU=",
                   true) == "db01e7de-5f3c-4ee5-ab72-f8bd3b77e308");
}

TEST_CASE("what is there decides, not the flag: an object is plain although there is a key, a text is encrypted although the flag says no")
{
    fixture all;
    for (auto const flag : {std::optional<bool>(), std::optional(true), std::optional(false)}) {
        all.use(mode("a", key_a, flag));
        CHECK(all.read(envelope("plain"), false) == "plain");
        CHECK(all.read(encrypted(key_a, envelope("secret")), true) == "secret");
    }
    all.use(mode("a", key_a, true, "")); // the algorithm may be missing
    CHECK(all.read(encrypted(key_a, envelope("u")), true) == "u");
}

TEST_CASE("a text without a key, damaged, cut, or under a foreign key is undecodable, and the reason shows nothing of it")
{
    fixture all;
    all.use(mode("a", "", false));
    CHECK(all.fails(encrypted(key_a, envelope("u")), true));
    all.use(mode("a", key_a));
    auto const whole = encrypted(key_a, envelope("s3cret"));
    for (std::size_t size = 0; size < whole.size(); size += 3) {
        auto const got = all.read(whole.substr(0, size), true);
        CHECK(got.starts_with('!'));
        CHECK(got.find("s3cret") == std::string::npos);
    }
    CHECK(all.fails("", true));
    CHECK(all.fails("not base64 at all!", true));
    CHECK(all.fails(encrypted(key_c, envelope("u")), true));
    CHECK(all.fails(encrypted(key_a, "no envelope"), true));
    CHECK(all.fails(encrypted(key_a, "[1]"), true));
    CHECK(all.fails(encrypted(key_a, R"({"body":"s3cret"})"), true));
    CHECK(all.fails(encrypted(key_a, envelope("u") + "trailing"), true));
    CHECK(all.read(whole, true) == "s3cret"); // and the next one is read
}

TEST_CASE("JSON that is no envelope, or nested too deeply, is undecodable")
{
    fixture all;
    all.use(mode("a", "", false));
    for (std::string const payload : {"", "null", "1", "[]", "{}", R"({"body":{}})", R"({"uuid":"u")", R"({"uuid":"u","body":{]}})"}) {
        CAPTURE(payload);
        CHECK(all.fails(payload, false));
    }
    auto const nested = [](std::size_t depth) { return R"({"uuid":"u","body":)" + std::string(depth, '[') + std::string(depth, ']') + "}"; };
    CHECK(all.read(nested(60), false) == "u");
    CHECK(all.fails(nested(64), false));
    CHECK(all.fails(nested(100'000), false));
    all.use(mode("a", key_a));
    CHECK(all.fails(encrypted(key_a, nested(100'000)), true));
}

TEST_CASE("a failed message leaves those before it in their block")
{
    fixture all;
    all.use(mode("a", key_a));
    auto const block = detail::block_ptr::make();
    auto const put = [&](std::string const& payload, bool text) { return all.reader.read(message(payload, text, "a"), *block).has_value(); };
    CHECK(!put(encrypted(key_a, envelope("u1")), true));
    CHECK(put(encrypted(key_c, envelope("u2")), true));
    CHECK(put("[]", false));
    CHECK(!put(envelope("u3"), false));
    CHECK(put(encrypted(key_a, "[]"), true));
    CHECK(!put(encrypted(key_a, envelope("u4")), true));
    REQUIRE(block->envelopes.size() == 3);
    CHECK(notification(block, 0).json() == envelope("u1"));
    CHECK(notification(block, 1).json() == envelope("u3"));
    CHECK(notification(block, 2).json() == envelope("u4"));
}

TEST_CASE("an unknown algorithm or an unusable key is refused, without showing the key, and changes nothing")
{
    fixture all;
    all.use(mode("a", key_a));
    auto const refusal = [&](delivery_mode const& how) {
        try {
            all.use(how);
        } catch (failure const& why) {
            CHECK(why.code() == error::unusable_key);
            return std::string(why.what());
        }
        FAIL("was accepted");
        return std::string();
    };
    (void)refusal(mode("a", key_b, true, "AES-GCM"));
    auto bad = mode("a", key_b);
    for (auto const* const key : {"c2hvcnQtczNjcmV0", "not base64 s3cret", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}) {
        bad.encryption_key = secret(key);
        CHECK(refusal(bad).find(key) == std::string::npos);
    }
    CHECK(all.read(encrypted(key_a, envelope("u")), true) == "u");
}

TEST_CASE("no encryption may be said in words")
{
    fixture all;
    auto how = mode("a", "", false);
    for (auto const* const algorithm : {"", "None"}) {
        how.encryption_algorithm = algorithm;
        all.use(how);
        CHECK(all.read(envelope("u"), false) == "u");
    }
}

TEST_CASE("behind a change of channel and key both are read for a while, each under its own, and then only the new")
{
    fixture all;
    all.use(mode("old", key_a));
    all.use(mode("new", key_b), 20s);
    for (auto const after : {0s, 19s}) {
        all.now = start + after;
        CHECK(all.read(encrypted(key_a, envelope("o")), true, "old") == "o");
        CHECK(all.read(encrypted(key_b, envelope("n")), true, "new") == "n");
        // "During a change messages may still arrive under the old key": on whatever channel.
        CHECK(all.read(encrypted(key_a, envelope("o")), true, "new") == "o");
        CHECK(all.read(encrypted(key_b, envelope("n")), true, "old") == "n");
        CHECK(all.read(encrypted(key_b, envelope("n")), true, "") == "n");
    }
    all.now = start + 21s;
    all.use(mode("new", key_b));
    CHECK(all.read(encrypted(key_b, envelope("n")), true, "new") == "n");
    CHECK(all.fails(encrypted(key_a, envelope("o")), true, "new"));
}

TEST_CASE("a key stays as long as what came under it may still wait to be fetched")
{
    fixture all; // `now` is when the position last moved
    all.use(mode("a", key_a));
    all.reader.use(mode("a", key_b), all.now, start + 20s);
    all.reader.use(mode("a", key_c), all.now, start + 1h);
    CHECK(all.read(encrypted(key_a, envelope("u")), true) == "u");
}

TEST_CASE("a key that was never used opens what came under it, as long as that may still wait, and the current one stays")
{
    fixture all;
    all.use(mode("a", key_a));
    all.reader.keep(mode("a", key_b), all.now + 20s);
    all.reader.keep(mode("a", "too short"), all.now + 20s);
    all.reader.keep(mode("a", ""), all.now + 20s);
    CHECK(all.read(encrypted(key_a, envelope("u1")), true) == "u1");
    CHECK(all.read(encrypted(key_b, envelope("u2")), true) == "u2");
    all.now += 1h;
    all.use(mode("a", key_a));
    CHECK(all.read(encrypted(key_a, envelope("u3")), true) == "u3");
    CHECK(all.fails(encrypted(key_b, envelope("u4")), true));
}

TEST_CASE("the same channel may get another key")
{
    fixture all;
    all.use(mode("a", key_a));
    all.use(mode("a", key_b), 20s);
    CHECK(all.read(encrypted(key_b, envelope("n")), true) == "n");
    CHECK(all.read(encrypted(key_a, envelope("o")), true) == "o");
}

TEST_CASE("two changes inside the grace time keep all three keys, and a key that comes back is the current one")
{
    fixture all;
    all.use(mode("a", key_a));
    all.use(mode("a", key_b), 20s);
    all.now = start + 5s;
    all.use(mode("a", key_c), 20s);
    for (auto const& key : {key_a, key_b, key_c}) {
        CHECK(all.read(encrypted(key, envelope("u")), true) == "u");
    }
    all.now = start + 22s;
    CHECK(all.read(encrypted(key_b, envelope("u")), true) == "u");
    all.use(mode("a", key_b), 20s);
    all.now = start + 1h;
    all.use(mode("a", key_b), 20s);
    CHECK(all.read(encrypted(key_b, envelope("u")), true) == "u");
    CHECK(all.fails(encrypted(key_c, envelope("u")), true));
}

TEST_CASE("applying the same answer again and again ends nothing")
{
    fixture all;
    for (int i = 0; i != 100; ++i) {
        all.now = start + std::chrono::minutes(5 * i);
        all.use(mode("a", key_a), 20s);
        CHECK(all.read(encrypted(key_a, envelope("u")), true) == "u");
    }
}

TEST_CASE("from encrypted to plain and back, what is on its way is still read")
{
    fixture all;
    all.use(mode("a", key_a));
    all.use(mode("b", "", false), 20s);
    CHECK(all.read(encrypted(key_a, envelope("o")), true, "a") == "o");
    CHECK(all.read(envelope("n"), false, "b") == "n");
    all.use(mode("a", key_b), 20s);
    CHECK(all.read(envelope("o"), false, "b") == "o");
    CHECK(all.read(encrypted(key_b, envelope("n")), true, "a") == "n");
}

TEST_CASE("a wrong key that passes the padding check is not believed: only an envelope counts")
{
    // Under one key in some 240 messages the other one's padding looks right; all of them must be read.
    fixture all;
    all.use(mode("a", key_a));
    all.use(mode("a", key_b), 20s);
    core::payload_reader only_b(64);
    only_b.use(mode("a", key_b), start, start);
    crypto::decoder foreign(crypto::base64_encode(key_b));
    auto fooled = 0;
    for (int i = 0; i != 2'000; ++i) {
        auto const uuid = "u" + std::to_string(i) + std::string(static_cast<std::size_t>(i % 16), 'x');
        auto const payload = encrypted(key_a, envelope(uuid));
        std::string out;
        fooled += foreign.append_decoded(payload, out) == crypto::decode_fault::none ? 1 : 0;
        REQUIRE(all.read(payload, true) == uuid);
    }
    CHECK(fooled > 0);
}

TEST_CASE("a pool gives empty blocks, and never one that somebody still reads")
{
    core::block_pool pool;
    std::vector<notification> kept;
    for (int i = 0; i != 50; ++i) {
        auto block = pool.take();
        REQUIRE(block);
        REQUIRE(block->text.empty());
        REQUIRE(block->envelopes.empty());
        core::payload_reader reader(64);
        reader.use(mode("a", "", false), start, start);
        auto const text = envelope("u" + std::to_string(i));
        REQUIRE(!reader.read(message(text, false, "a"), *block));
        if (i % 3 != 0) {
            kept.emplace_back(block, 0);
        }
    }
    auto i = 0;
    for (auto const& each : kept) {
        while (i % 3 == 0) {
            ++i;
        }
        CHECK(each.uuid() == "u" + std::to_string(i++));
    }
}

} // namespace
