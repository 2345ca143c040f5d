// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <support/life_script.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace {

using namespace ringtail;
using namespace test_support;

// Renewal.

// Of the one that was told since the last call.
wall_time start_of_the_gap(life_script& script)
{
    std::optional<wall_time> found;
    for (auto const& each : script.life.take_news()) {
        if (auto const* const missing = std::get_if<gap>(&each)) {
            REQUIRE_FALSE(found);
            REQUIRE(missing->from);
            found = missing->from;
        }
    }
    REQUIRE(found);
    return *found;
}

lifecycle::options renewed_by_the_program()
{
    auto options = life_script::defaults();
    options.program_renews = true;
    return options;
}

lifecycle::options without_audits()
{
    auto options = life_script::defaults();
    options.audit_interval = forever;
    return options;
}

struct window {
    duration lifetime;
    duration earliest; // before its end
    duration latest;
};

window const windows[] = {
    // Half of it below four minutes; the jitter takes from the time before, never from the margin.
    {8s, 5s, 4s},
    {30s, 19s, 15s},
    {60s, 38s, 30s},
    {120s, 75s, 60s},
    {239s, 150s, 119s},
    // Two minutes up to an hour.
    {240s, 150s, 120s},
    {5min, 150s, 120s},
    {843s, 150s, 120s},
    {899s, 150s, 120s},
    {900s, 150s, 120s},
    {3'599s, 150s, 120s},
    {3'600s, 150s, 120s},
    // 5 % of longer ones, at most an hour.
    {3'601s, 226s, 180s},
    {7'200s, 450s, 360s},
    {19h, 75min, 57min},
    {86'399s, 75min, 1h},
    {604'800s, 75min, 1h},
    {2'592'000s, 75min, 1h},
    {630'720'000s, 75min, 1h},
};

TEST_CASE("a subscription is renewed inside the window of its lifetime, again and again, and never later than the margin")
{
    for (auto const& each : windows) {
        CAPTURE(std::chrono::duration<double>(each.lifetime).count());
        std::set<duration> seen;
        for (std::uint64_t seed = 0; seed != 100; ++seed) {
            auto options = without_audits();
            options.seed = seed;
            life_script script(std::move(options));
            script.open();
            script.create(each.lifetime);
            script.attach();
            for (int round = 0; round != 3; ++round) {
                auto const expires = script.now.steady + each.lifetime;
                auto asked = script.wait<job::renew>();
                auto const before = expires - script.now.steady;
                REQUIRE(before <= each.earliest);
                REQUIRE(before >= each.latest);
                seen.insert(before);
                script.life.renewed(std::move(asked), script.now, life_script::facts(each.lifetime));
                script.attach();
            }
        }
        // Jittered: clients that started together do not come back together.
        CHECK(seen.size() > 100);
        CHECK(*seen.rbegin() - *seen.begin() > (each.earliest - each.latest) / 2);
    }
}

TEST_CASE("ten thousand clients that started together spread their renewals")
{
    std::map<std::int64_t, int> in_second;
    for (std::uint64_t seed = 0; seed != 10'000; ++seed) {
        auto options = without_audits();
        options.seed = seed;
        life_script script(std::move(options));
        script.open();
        script.create(900s);
        script.attach();
        (void)script.wait<job::renew>();
        ++in_second[std::chrono::duration_cast<std::chrono::seconds>(script.now.steady - script.born).count()];
    }
    auto const peak = std::max_element(in_second.begin(), in_second.end(), [](auto const& a, auto const& b) { return a.second < b.second; });
    CHECK(in_second.size() >= 20);
    CHECK(peak->second < 1'000);
}

TEST_CASE("a renewal that fails is tried several times inside the margin, whether the failure is quick or a timeout")
{
    for (auto const lifetime : {duration(60s), duration(120s), duration(899s), duration(1h), duration(24h)}) {
        for (auto const takes : {duration(20ms), duration(10s)}) {
            CAPTURE(std::chrono::duration<double>(lifetime).count());
            CAPTURE(std::chrono::duration<double>(takes).count());
            life_script script(without_audits());
            script.start(lifetime);
            auto const expires = script.born + lifetime;
            auto tries = 0;
            for (;;) {
                auto what = script.wait_for_anything(expires - script.now.steady);
                if (std::holds_alternative<lifecycle::idle>(what)) {
                    break;
                }
                if (auto* const look = std::get_if<task<job::audit>>(&what)) {
                    script.pass(takes);
                    script.life.audit_failed(std::move(*look), script.now, broken());
                    continue;
                }
                REQUIRE(std::holds_alternative<task<job::renew>>(what));
                if (script.now.steady < expires - 1s) {
                    ++tries;
                }
                script.pass(takes);
                script.life.renew_failed(std::move(std::get<task<job::renew>>(what)), script.now, broken());
                if (script.now.steady >= expires) {
                    break;
                }
            }
            CHECK(tries >= 3);
        }
    }
}

TEST_CASE("a renewal that succeeds after failures is told and starts a full lifetime")
{
    life_script script(without_audits());
    script.start(900s);
    script.life.renew_failed(script.wait<job::renew>(), script.now, broken());
    script.life.audit_failed(script.wait<job::audit>(), script.now, broken());
    for (auto const& why : {answered(503), answered(500, "CMN-203"), answered(429, "CMN-301", 2), failure(error::timed_out)}) {
        script.life.renew_failed(script.wait<job::renew>(), script.now, why);
    }
    script.life.renewed(script.wait<job::renew>(), script.now, life_script::facts(900s));
    CHECK(script.news() == "renewed");
    script.attach();
    script.quiet_for(740s);
    (void)script.wait<job::renew>(41s);
}

TEST_CASE("a subscription that the server renews is not renewed, unless the program asks for it")
{
    auto options = life_script::defaults();
    options.server_renews = true;
    life_script script(std::move(options));
    script.start(843s);
    for (int i = 0; i != 20; ++i) {
        script.life.audited(script.wait<job::audit>(), script.now, life_script::facts(843s));
        script.attach();
    }
    CHECK(script.news().empty());
    script.life.want_renewal(script.now);
    script.life.renewed(script.take<job::renew>(), script.now, life_script::facts(843s));
    CHECK(script.news() == "renewed");
    script.attach();
    script.quiet_for(200s); // once
}

TEST_CASE("the program's wish to renew is carried out at once, and before a retry is due")
{
    life_script script;
    script.start(900s);
    script.life.want_renewal(script.now);
    script.life.renew_failed(script.take<job::renew>(), script.now, answered(429, {}, 30));
    CHECK(script.is_idle());
    script.life.want_renewal(script.now);
    script.life.renewed(script.take<job::renew>(), script.now, life_script::facts(900s));
    CHECK(script.news() == "renewed");
}

TEST_CASE("audits do not move the renewal towards the end")
{
    for (auto const lifetime : {duration(24h), duration(7 * 24h), duration(2h), duration(200s)}) {
        CAPTURE(std::chrono::duration<double>(lifetime).count());
        auto options = life_script::defaults();
        options.audit_interval = lifetime < 5min ? 60s : 300s;
        life_script script(std::move(options));
        script.start(lifetime);
        auto const expires = script.born + lifetime;
        for (;;) {
            auto what = script.wait_for_anything();
            if (auto* const audit = std::get_if<task<job::audit>>(&what)) {
                script.life.audited(std::move(*audit), script.now, life_script::facts(expires - script.now.steady));
            } else if (auto* const attach = std::get_if<task<job::attach>>(&what)) {
                script.life.attached(std::move(*attach), script.now);
            } else {
                REQUIRE(std::holds_alternative<task<job::renew>>(what));
                break;
            }
        }
        auto const margin = lifetime < 4min ? lifetime / 2 : std::clamp<duration>(lifetime / 20, 120s, 1h);
        CHECK(expires - script.now.steady >= margin - 1s);
        CHECK(expires - script.now.steady <= margin + margin / 4 + 1s);
    }
}

TEST_CASE("an answer to a renewal that names no lifetime is no reason to stop renewing, nor to create another one")
{
    life_script script(without_audits());
    script.start(900s);
    for (int i = 0; i != 4; ++i) {
        script.life.renewed(script.wait<job::renew>(900s), script.now, life_script::facts(std::nullopt));
        script.attach();
    }
}

TEST_CASE("a lifetime of nothing, or less, is no reason for a busy loop, nor for creating one after the other")
{
    // `expirationTime` against a wrong clock, or a server that says 0.
    for (auto const lifetime : {duration(0), duration(-20min), duration(1ms), duration::min()}) {
        CAPTURE(lifetime.count());
        life_script script;
        script.open();
        script.create(lifetime);
        auto tasks = 0;
        auto creations = 1; // each leaves an orphan on the server
        auto const end = script.now.steady + 10s;
        while (script.now.steady < end && tasks < 1'000) {
            auto what = script.wait_for_anything(end - script.now.steady);
            ++tasks;
            if (auto* const attach = std::get_if<task<job::attach>>(&what)) {
                script.life.attached(std::move(*attach), script.now);
            } else if (auto* const renew = std::get_if<task<job::renew>>(&what)) {
                script.pass(20ms);
                script.life.renewed(std::move(*renew), script.now, life_script::facts(lifetime));
            } else if (auto* const create = std::get_if<task<job::create>>(&what)) {
                script.pass(20ms);
                ++creations;
                script.life.created(std::move(*create), script.now, life_script::facts(lifetime));
            }
        }
        CHECK(tasks < 100);
        CHECK(creations <= 2);
    }
}

TEST_CASE("a lifetime too long for the clock is a long one")
{
    life_script script;
    script.open();
    script.create(duration::max());
    script.attach();
    script.quiet_for(100s);
}

TEST_CASE("a subscription that the server renews is not told as lost when its first lifetime is over")
{
    // 843 s were recorded for a gateway subscription, and a busy one is never audited.
    auto options = life_script::defaults();
    options.server_renews = true;
    life_script script(std::move(options));
    script.start(843s);
    for (int i = 0; i != 200; ++i) {
        script.quiet_for(10s);
        script.life.delivered(script.now, true);
    }
    CHECK(script.news().empty());
}

TEST_CASE("a wish to renew that comes while another request is out is not forgotten")
{
    life_script script;
    script.start(900s);
    auto audit = script.wait<job::audit>();
    script.life.want_renewal(script.now);
    script.life.audited(std::move(audit), script.now, life_script::facts(600s));
    script.attach();
    (void)script.wait<job::renew>(1s);
}

// The end of a subscription.

failure const gone_forms[] = {answered(404), answered(404, "CMN-102"), answered(404, "SUB-507")};

// A proven gap, and then the news that there is another subscription.
void recreate(life_script& script, std::string const& expected)
{
    script.life.created(script.wait<job::create>(1s), script.now, life_script::facts(900s));
    CHECK(script.news() == expected);
    script.attach();
    script.quiet_for(200s);
    CHECK(script.news().empty());
}

TEST_CASE("gone at renewal, audit or change, however it is said, is created again; the proven gap stands before `recreated`")
{
    for (auto const& gone : gone_forms) {
        CAPTURE(gone.what());
        for (auto const found_by : {job::renew, job::audit, job::modify}) {
            life_script script;
            script.start(900s);
            switch (found_by) {
            case job::renew:
                script.life.want_renewal(script.now);
                script.life.renew_failed(script.take<job::renew>(), script.now, gone);
                break;
            case job::audit: script.life.audit_failed(script.wait<job::audit>(), script.now, gone); break;
            default:
                script.life.want_modification();
                script.life.modify_failed(script.take<job::modify>(), script.now, gone);
            }
            CHECK(script.news() == "reconnecting");
            recreate(script, "gap:recreated/proven recreated");
        }
    }
}

TEST_CASE("the gap of a recreated subscription reaches from what was last delivered to its creation")
{
    life_script script(without_audits());
    script.start(900s);
    script.pass(50s);
    script.life.delivered(script.now, true);
    auto const last = script.now.wall;
    script.pass(50s);
    script.life.want_renewal(script.now);
    script.life.renew_failed(script.take<job::renew>(), script.now, gone_forms[1]);
    auto created = script.take<job::create>();
    script.pass(3s);
    script.life.created(std::move(created), script.now, life_script::facts(900s));
    auto const news = script.life.take_news();
    REQUIRE(news.size() == 3);
    auto const& missing = std::get<gap>(news[1]);
    CHECK(missing.reason == gap_reason::recreated);
    CHECK(missing.certainty == certainty::proven);
    REQUIRE(missing.from);
    REQUIRE(missing.until);
    CHECK(*missing.from == last);
    CHECK(*missing.until == script.now.wall);
}

TEST_CASE("a renewal without an answer may have moved the delivery: that is looked at before it is asked for again")
{
    life_script script(without_audits());
    script.start(900s);
    auto renewal = script.wait<job::renew>();
    auto const asked = script.now.wall;
    script.pass(2s);
    auto moved = life_script::facts(900s);
    moved.moved = true;
    script.life.renew_failed(std::move(renewal), script.now, broken());
    SUBCASE("and then nothing is missing")
    {
        script.life.audited(script.wait<job::audit>(), script.now, moved);
        CHECK(script.news() == "renewed");
        script.attach();
        script.quiet_for(740s); // it had been carried out
    }
    SUBCASE("where the look fails, too, and it was moved, a gap stands for what came by a way that nobody was told of")
    {
        script.life.audit_failed(script.wait<job::audit>(), script.now, broken());
        script.life.renewed(script.wait<job::renew>(), script.now, moved);
        CHECK(start_of_the_gap(script) == asked);
    }
    SUBCASE("where the look fails, too, but nothing was moved, nothing is missing")
    {
        script.life.audit_failed(script.wait<job::audit>(), script.now, broken());
        script.life.renewed(script.wait<job::renew>(), script.now, life_script::facts(900s));
        CHECK(script.news() == "renewed");
    }
    SUBCASE("an answer that refuses leaves nothing open")
    {
        script.life.audited(script.wait<job::audit>(), script.now, life_script::facts(60s));
        script.attach();
        script.life.renew_failed(script.wait<job::renew>(), script.now, answered(429));
        script.life.renewed(script.wait<job::renew>(), script.now, moved);
        CHECK(script.news() == "renewed");
    }
    SUBCASE("one of a server in trouble does, as none at all")
    {
        script.life.audited(script.wait<job::audit>(), script.now, life_script::facts(60s));
        script.attach();
        script.life.renew_failed(script.wait<job::renew>(), script.now, answered(502));
        script.life.audited(script.wait<job::audit>(), script.now, life_script::facts(40s));
    }
}

TEST_CASE("a change without an answer may have moved the delivery, too, and the next change or renewal once more")
{
    life_script script(without_audits());
    script.start(900s);
    script.life.want_modification();
    auto change = script.take<job::modify>();
    auto const asked = script.now.wall;
    script.pass(2s);
    script.life.modify_failed(std::move(change), script.now, broken());
    script.life.audit_failed(script.wait<job::audit>(), script.now, broken());
    auto moved = life_script::facts(900s);
    moved.moved = true;
    SUBCASE("a change")
    {
        script.life.want_modification();
        script.life.modified(script.wait<job::modify>(), script.now, moved);
    }
    SUBCASE("a renewal")
    {
        script.life.want_renewal(script.now);
        script.life.renewed(script.wait<job::renew>(), script.now, moved);
    }
    CHECK(start_of_the_gap(script) == asked);
}

TEST_CASE("while something is held that only the service explains, it is looked at before anything changes, as long as time allows")
{
    life_script script(without_audits());
    script.start(900s);
    auto const expires = script.now.steady + 900s;
    script.life.hold();
    script.life.want_renewal(script.now);
    auto looks = 0;
    for (;;) {
        auto what = script.wait_for_anything(1s);
        if (auto* const look = std::get_if<task<job::audit>>(&what)) {
            ++looks;
            script.life.audit_failed(std::move(*look), script.now, broken());
        } else if (std::holds_alternative<task<job::renew>>(what)) {
            break;
        }
    }
    CHECK(looks > 10);
    CHECK(script.now.steady > expires - 60s);
    CHECK(script.now.steady < expires);
}

TEST_CASE("of changes that had no answer a look finds the last, and a gap stands for where the one before delivered")
{
    life_script script(without_audits());
    script.start(900s);
    script.life.want_modification();
    auto change = script.take<job::modify>();
    auto const asked = script.now.wall;
    script.pass(2s);
    auto moved = life_script::facts(900s);
    moved.moved = true;
    SUBCASE("one that was sent once leaves none")
    {
        script.life.modify_failed(std::move(change), script.now, broken());
        script.life.audited(script.wait<job::audit>(), script.now, moved);
        CHECK(script.news().find("gap") == std::string::npos);
    }
    SUBCASE("one that was sent twice")
    {
        script.life.modify_failed(std::move(change), script.now, broken(), true);
        script.life.audited(script.wait<job::audit>(), script.now, moved);
        CHECK(start_of_the_gap(script) == asked);
    }
    SUBCASE("one that was refused the second time, and the renewal behind it")
    {
        script.life.modify_failed(std::move(change), script.now, answered(429), true);
        script.life.audit_failed(script.wait<job::audit>(), script.now, broken());
        script.life.want_renewal(script.now);
        script.life.renewed(script.wait<job::renew>(), script.now, moved);
        CHECK(start_of_the_gap(script) == asked);
    }
}

TEST_CASE("what expires before it could be renewed is told at its end, and then created again")
{
    life_script script(without_audits());
    script.start(900s);
    auto const expires = script.born + 900s;
    std::optional<double> told;
    for (;;) {
        auto what = script.wait_for_anything(1s);
        if (auto const news = script.news(); !news.empty()) {
            CHECK(news == "reconnecting");
            told = std::chrono::duration<double>(script.now.steady - expires).count();
        }
        if (auto* const renewal = std::get_if<task<job::renew>>(&what)) {
            script.life.renew_failed(std::move(*renewal), script.now, broken());
        } else if (auto* const look = std::get_if<task<job::audit>>(&what)) {
            script.life.audit_failed(std::move(*look), script.now, broken());
        } else if (auto* const creation = std::get_if<task<job::create>>(&what)) {
            script.life.created(std::move(*creation), script.now, life_script::facts(900s));
            break;
        }
        REQUIRE(script.since_birth() < 1'100);
    }
    REQUIRE(told);
    CHECK(*told >= 0);
    CHECK(*told <= 1.1);
    CHECK(script.news() == "gap:recreated/proven recreated");
}

TEST_CASE("deliveries behind an expiry do not make it flicker between reconnecting and resumed")
{
    life_script script(without_audits());
    script.start(900s);
    while (script.now.steady < script.born + 930s) {
        auto what = script.wait_for_anything(1s);
        if (auto* const renew = std::get_if<task<job::renew>>(&what)) {
            script.life.renew_failed(std::move(*renew), script.now, broken());
        } else if (auto* const look = std::get_if<task<job::audit>>(&what)) {
            script.life.audit_failed(std::move(*look), script.now, broken());
        }
        script.life.delivered(script.now, true); // the server's clock is late: it still delivers
    }
    CHECK(script.news() == "reconnecting");
}

TEST_CASE("a renewal that succeeds behind the end of the lifetime leaves a gap")
{
    life_script script(without_audits());
    script.start(900s);
    auto renewal = script.wait<job::renew>();
    script.pass(script.born + 905s - script.now.steady); // it hung
    script.life.renewed(std::move(renewal), script.now, life_script::facts(900s));
    auto const news = script.news();
    CHECK(news.find("gap:lapsed/possible") != std::string::npos);
    CHECK(news.find("gap") < news.find("renewed"));
}

TEST_CASE("a transport that lost its session has the subscription created again, with a gap")
{
    life_script script;
    script.start(900s);
    script.life.link_failed(script.now, broken());
    CHECK(script.news() == "reconnecting");
    script.life.opened(script.wait<job::open>(), script.now, opened(continuity::lost, "WSG-1005"), true);
    recreate(script, "gap:recovery_failed/proven recreated");
}

TEST_CASE("empty deliveries do not prove that the subscription lives: the gap reaches back to what did")
{
    life_script script;
    script.start(24h);
    script.quiet_for(10s);
    script.life.delivered(script.now, true);
    auto const last = script.now.wall; // deleted by somebody right after
    script.quiet_for(280s);
    script.life.delivered(script.now, false); // PubNub holds an empty channel gladly
    script.life.audit_failed(script.wait<job::audit>(30s), script.now, gone_forms[1]);
    script.life.created(script.take<job::create>(), script.now, life_script::facts(24h));
    CHECK((start_of_the_gap(script) == last));
}

TEST_CASE("a notification that comes before the answer to the creation stands behind the gap, which is told once")
{
    life_script script(without_audits());
    script.start(900s);
    script.life.want_renewal(script.now);
    script.life.renew_failed(script.take<job::renew>(), script.now, gone_forms[1]);
    CHECK(script.news() == "reconnecting");
    auto creation = script.take<job::create>();
    REQUIRE(script.life.awaits_successor());
    script.life.heard_of_successor(script.now);
    CHECK(script.news() == "gap:recreated/proven");
    CHECK_FALSE(script.life.awaits_successor());
    script.life.heard_of_successor(script.now);
    auto facts = life_script::facts(900s);
    SUBCASE("of the one that was created")
    {
        facts.heard = true;
        script.life.created(std::move(creation), script.now, facts);
        CHECK(script.news() == "recreated");
    }
    SUBCASE("but where it was of yet another one, a second gap stands for the time until the creation")
    {
        script.pass(3s);
        script.life.created(std::move(creation), script.now, facts);
        CHECK(script.news() == "gap:recreated/proven recreated");
    }
}

TEST_CASE("before a creation was asked for nobody is taken for the successor")
{
    life_script script(without_audits());
    script.start(900s);
    script.life.want_renewal(script.now);
    script.life.renew_failed(script.take<job::renew>(), script.now, gone_forms[1]);
    CHECK_FALSE(script.life.awaits_successor());
    static_cast<void>(script.take<job::create>());
    CHECK(script.life.awaits_successor());
}

TEST_CASE("where nothing is buffered a gap reaches back behind what was last heard, not to the last look at the subscription")
{
    auto options = life_script::defaults();
    options.unbuffered = true;
    life_script script(options);
    script.start(24h);
    script.quiet_for(10s);
    script.life.delivered(script.now, true);
    auto const last = script.now.wall; // the address was unreachable from here on
    script.life.audited(script.wait<job::audit>(), script.now, life_script::facts(24h));
    script.life.attached(script.take<job::attach>(), script.now);
    script.life.blacklisted(script.wait<job::audit>(), script.now, "unreachable");
    script.life.created(script.take<job::create>(), script.now, life_script::facts(24h));
    CHECK((start_of_the_gap(script) == last - 10min)); // deliveries that fail are repeated for so long
}

TEST_CASE("where nothing is buffered, that the network was away or the machine slept leaves a possible gap")
{
    auto options = life_script::defaults();
    options.unbuffered = true;
    life_script away(options);
    away.start(24h);
    away.life.audit_failed(away.wait<job::audit>(), away.now, broken());
    CHECK(away.news().empty());
    away.life.audited(away.wait<job::audit>(5min), away.now, life_script::facts(24h));
    CHECK(away.news() == "gap:unreachable/possible");

    life_script slept(options);
    slept.start(24h);
    slept.life.clock_jumped(slept.now, 1min);
    slept.life.renewed(slept.take<job::renew>(), slept.now, life_script::facts(24h));
    CHECK(slept.news() == "renewed gap:unreachable/possible");

    life_script script; // elsewhere it is no loss
    script.start(24h);
    script.life.audit_failed(script.wait<job::audit>(), script.now, broken());
    script.life.audited(script.wait<job::audit>(5min), script.now, life_script::facts(24h));
    CHECK(script.news().empty());
}

TEST_CASE("a gap of an adopted subscription reaches back to what the process before heard, not to this one's start")
{
    auto options = life_script::defaults();
    options.adopting = true;
    auto const complete_until = ringtail::wall_time(490'000h) - 1h;
    life_script script(options);
    script.life.take_over_from(complete_until, script.now);
    script.life.opened(script.take<job::open>(), script.now, opened(continuity::lost, "WSG-1003"), true);
    script.life.created(script.take<job::create>(), script.now, life_script::facts(24h));
    CHECK((start_of_the_gap(script) == complete_until));
}

TEST_CASE("a webhook that the service can't reach is a mistake at the start, and an outage later")
{
    auto const unreachable = answered(400, "SUB-521");
    life_script first;
    first.life.opened(first.take<job::open>(), first.now, opened(continuity::fresh), true);
    first.life.create_failed(first.take<job::create>(), first.now, unreachable, true);
    CHECK(name_of(first.next()) == "finished");

    life_script later;
    later.start(900s);
    later.life.want_renewal(later.now);
    later.life.renew_failed(later.take<job::renew>(), later.now, gone_forms[1]);
    later.life.create_failed(later.take<job::create>(), later.now, unreachable, true);
    later.life.created(later.wait<job::create>(2s), later.now, life_script::facts(900s));
    CHECK(later.news() == "reconnecting gap:recreated/proven recreated");
}

TEST_CASE("messages that were on their way while the process stood still cover no more than until then")
{
    life_script script(without_audits());
    script.start(24h);
    script.pass(1h);
    script.life.delivered(script.now, true, script.now.wall - 50min);
    script.life.want_renewal(script.now);
    script.life.renew_failed(script.take<job::renew>(), script.now, gone_forms[1]);
    script.life.created(script.take<job::create>(), script.now, life_script::facts(24h));
    auto const news = script.life.take_news();
    REQUIRE(news.size() == 3);
    CHECK((*std::get<gap>(news[1]).from == script.now.wall - 50min));
}

// Creation.

TEST_CASE("a creation without an answer is looked for before another one is posted, however often the search fails")
{
    for (auto const is_there : {true, false}) {
        life_script script;
        script.open();
        script.life.create_failed(script.take<job::create>(), script.now, failure(error::timed_out), false);
        for (auto const& why : {broken(), answered(503), answered(429, "CMN-301", 1)}) {
            script.life.find_failed(script.wait<job::find>(), script.now, why);
        }
        auto search = script.wait<job::find>();
        if (is_there) {
            script.life.found(std::move(search), script.now, life_script::facts(870s));
        } else {
            script.life.found(std::move(search), script.now, std::nullopt);
            script.create(900s);
        }
        script.attach();
        script.quiet_for(2s);
        CHECK(script.news() == "connected"); // the first one: nothing was promised before it
    }
}

TEST_CASE("a lost subscription whose successor was found, not answered for, has its gap as well")
{
    life_script script;
    script.start(900s);
    script.life.audit_failed(script.wait<job::audit>(), script.now, gone_forms[0]);
    script.life.create_failed(script.take<job::create>(), script.now, broken(), false);
    script.life.found(script.wait<job::find>(), script.now, life_script::facts(890s));
    CHECK(script.news() == "reconnecting gap:recreated/proven recreated");
}

TEST_CASE("nothing is created while there is no reader for it")
{
    life_script script;
    auto open = script.take<job::open>();
    CHECK(script.is_idle());
    script.life.open_failed(std::move(open), script.now, broken());
    open = script.wait<job::open>(250ms);
    script.life.opened(std::move(open), script.now, opened(continuity::fresh), true);
    (void)script.take<job::create>();
}

TEST_CASE("no more than five creations leave in ten minutes, and they go on behind that")
{
    life_script script;
    script.start(900s);
    std::vector<steady_time> creations{script.born};
    auto const end = script.born + 1h;
    while (script.now.steady < end) {
        auto what = script.wait_for_anything(end - script.now.steady);
        if (auto* const audit = std::get_if<task<job::audit>>(&what)) {
            script.life.audit_failed(std::move(*audit), script.now, gone_forms[0]);
        } else if (auto* const create = std::get_if<task<job::create>>(&what)) {
            creations.push_back(script.now.steady);
            script.life.created(std::move(*create), script.now, life_script::facts(900s));
            script.life.want_renewal(script.now);
        } else if (auto* const renew = std::get_if<task<job::renew>>(&what)) {
            script.life.renew_failed(std::move(*renew), script.now, gone_forms[2]); // somebody deletes it each time
        } else if (auto* const attach = std::get_if<task<job::attach>>(&what)) {
            script.life.attached(std::move(*attach), script.now);
        }
    }
    for (auto const& each : creations) {
        auto const inside = std::count_if(creations.begin(), creations.end(),
                                          [&](auto const& other) { return other >= each && other < each + 10min; });
        CHECK(inside <= 5);
    }
    CHECK(creations.size() >= 25);
}

TEST_CASE("creations that were refused do not use up the budget: an outage of half a minute is over in a minute more")
{
    life_script script;
    script.start(900s);
    script.life.want_renewal(script.now);
    script.life.renew_failed(script.take<job::renew>(), script.now, gone_forms[2]);
    auto const over = script.now.steady + 30s;
    while (script.now.steady < over) {
        script.life.create_failed(script.wait<job::create>(61s), script.now, answered(503), true);
    }
    script.life.created(script.wait<job::create>(61s), script.now, life_script::facts(900s));
}

TEST_CASE("a start on a service that fails for half a minute succeeds within the start's timeout")
{
    auto options = life_script::defaults();
    options.retry = [](retry_attempt const&) -> duration { return 5s; };
    life_script script(std::move(options));
    script.open();
    while (script.since_birth() < 30) {
        script.life.create_failed(script.wait<job::create>(6s), script.now, broken(), true);
    }
    script.life.created(script.wait<job::create>(6s), script.now, life_script::facts(900s));
    script.attach();
    CHECK(script.life.started());
}

// What ends it.

TEST_CASE("what no retry can heal ends the start with the service's words")
{
    struct fatal {
        failure why;
        error code;
        char const* said;
    };
    fatal const table[] = {
        {answered(403, "SUB-505"), error::too_many_subscriptions, "SUB-505"},
        {answered(403, "SUB-528"), error::refused, "SUB-528"},
        {answered(400, "SUB-508"), error::invalid_filter, "SUB-508"},
        {answered(403, "SUB-406"), error::invalid_filter, "SUB-406"},
        {answered(403, "CMN-401"), error::refused, "CMN-401"},
        {failure(error::missing_scope, "ReadPresence"), error::missing_scope, ""},
        {failure(error::bad_credentials, "OAU-140"), error::bad_credentials, ""},
        {failure(error::invalid_filter, "x"), error::invalid_filter, ""},
        {failure(error::tls_failed, "self-signed"), error::tls_failed, ""},
    };
    for (auto const& each : table) {
        CAPTURE(each.why.what());
        life_script script;
        script.open();
        script.life.create_failed(script.take<job::create>(), script.now, each.why, true);
        auto const reason = script.reason();
        REQUIRE(reason);
        CHECK(reason->code() == each.why.code());
        CHECK((*each.said == '\0' || reason->has(each.said)));
        CHECK(script.is_finished());
    }
}

TEST_CASE("a limit of subscriptions reached later ends it too: a person must decide which one goes")
{
    life_script script;
    script.start(900s);
    script.life.audit_failed(script.wait<job::audit>(), script.now, gone_forms[0]);
    script.life.create_failed(script.take<job::create>(), script.now, answered(403, "SUB-505"), true);
    auto const reason = script.reason();
    REQUIRE(reason);
    CHECK(reason->has("SUB-505"));
}

TEST_CASE("credentials that are refused later end it, wherever that shows")
{
    auto const refused = failure(error::bad_credentials, "revoked");
    for (auto const where : {job::renew, job::create, job::open}) {
        life_script script(without_audits());
        script.start(900s);
        if (where == job::open) {
            script.life.link_failed(script.now, broken());
            script.life.open_failed(script.wait<job::open>(), script.now, refused);
        } else {
            script.life.want_renewal(script.now);
            script.life.renew_failed(script.take<job::renew>(), script.now, where == job::renew ? refused : gone_forms[0]);
            if (where == job::create) {
                script.life.create_failed(script.take<job::create>(), script.now, refused, true);
            }
        }
        auto const reason = script.reason();
        REQUIRE(reason);
        CHECK(reason->code() == error::bad_credentials);
    }
}

TEST_CASE("credentials refused with an answer end it at once, without another attempt to create")
{
    auto const refused = failure(error::bad_credentials, "OAU-140").with_answer(400, {service_error("OAU-140", "no")}, "", {});
    for (auto const where : {job::renew, job::audit}) {
        life_script script;
        script.start(24h);
        if (where == job::renew) {
            script.life.want_renewal(script.now);
            script.life.renew_failed(script.take<job::renew>(), script.now, refused);
        } else {
            script.life.audit_failed(script.wait<job::audit>(), script.now, refused);
        }
        auto const reason = script.reason();
        REQUIRE(reason);
        CHECK(reason->has("OAU-140"));
    }
}

TEST_CASE("a key that can't be used ends it")
{
    for (auto const code : {error::unusable_key, error::unsupported, error::invalid_argument}) {
        life_script script;
        script.open();
        script.create(900s);
        script.life.attach_failed(script.take<job::attach>(), script.now, failure(code));
        auto const reason = script.reason();
        REQUIRE(reason);
        CHECK(reason->code() == code);
    }
}

TEST_CASE("a key that can't be used later is an outage: the service is asked again, and a usable one ends it")
{
    life_script script;
    script.start(24h);
    script.life.want_renewal(script.now);
    script.life.renewed(script.take<job::renew>(), script.now, life_script::facts(24h)); // with an unknown algorithm
    for (int i = 0; i != 4; ++i) {
        script.life.attach_failed(script.take<job::attach>(), script.now, failure(error::unusable_key));
        script.life.audited(script.wait<job::audit>(62s), script.now, life_script::facts(24h));
    }
    CHECK(script.news() == "renewed reconnecting");
    script.attach();
    script.settle();
    CHECK(script.news() == "resumed");
}

TEST_CASE("a certificate failure ends the start, and is an outage later")
{
    auto const certificate = failure(error::tls_failed, "certificate verify failed");
    {
        life_script script;
        script.life.open_failed(script.take<job::open>(), script.now, certificate);
        auto const reason = script.reason();
        REQUIRE(reason);
        CHECK(reason->code() == error::tls_failed);
    }
    life_script script;
    script.start(900s);
    script.life.link_failed(script.now, certificate);
    for (int i = 0; i != 5; ++i) {
        script.life.open_failed(script.wait<job::open>(61s), script.now, certificate);
    }
    CHECK(script.news() == "reconnecting");
    script.reconnect();
    script.settle();
    CHECK(script.news() == "resumed");
}

TEST_CASE("a start without a network is tried until the start's timeout and then ends, naming the last failure")
{
    life_script script;
    auto tries = 0;
    for (;;) {
        auto what = script.wait_for_anything(1min);
        if (auto* const open = std::get_if<task<job::open>>(&what)) {
            ++tries;
            script.life.open_failed(std::move(*open), script.now, failure(error::connection_failed, "no route to host"));
            continue;
        }
        REQUIRE(std::holds_alternative<lifecycle::finished>(what));
        break;
    }
    CHECK(script.since_birth() == doctest::Approx(60));
    CHECK(tries >= 5);
    auto const reason = script.reason();
    REQUIRE(reason);
    CHECK(reason->code() == error::start_timeout);
    CHECK(std::string(reason->what()).find("no route to host") != std::string::npos);
}

TEST_CASE("a start that hangs ends at the start's timeout, wherever it hangs")
{
    auto const hang = [](life_script& script) {
        CHECK(std::holds_alternative<lifecycle::finished>(script.wait_for_anything(2min)));
        CHECK(script.since_birth() == doctest::Approx(60));
        auto const reason = script.reason();
        REQUIRE(reason);
        CHECK(reason->code() == error::start_timeout);
    };
    {
        life_script script;
        (void)script.take<job::open>();
        hang(script);
    }
    {
        life_script script;
        script.open();
        (void)script.take<job::create>();
        hang(script);
    }
    {
        life_script script;
        script.open();
        script.create(900s);
        (void)script.take<job::attach>();
        hang(script);
    }
}

TEST_CASE("an outage after the start is tried for ever")
{
    life_script script(without_audits());
    script.start(24h * 60);
    script.life.link_failed(script.now, broken());
    auto tries = 0;
    while (script.since_birth() < 86'400) {
        script.life.open_failed(script.wait<job::open>(61s), script.now, broken());
        ++tries;
    }
    CHECK(tries > 86'400 / 60);
    CHECK(tries < 86'400 / 20);
    CHECK(script.news() == "reconnecting");
    script.reconnect();
    script.settle();
    CHECK(script.news() == "resumed");
}

// Closing and removing.

TEST_CASE("closing wins over everything, and reports that come later change nothing")
{
    using stage = std::function<void(life_script&)>;
    std::optional<task<job::open>> open;
    std::optional<task<job::create>> create;
    std::optional<task<job::attach>> attach;
    std::optional<task<job::renew>> renew;
    std::vector<std::pair<stage, stage>> const stages = {
        {[](life_script&) {}, [](life_script&) {}},
        {[&](life_script& s) { open = s.take<job::open>(); },
         [&](life_script& s) { s.life.opened(std::move(*open), s.now, opened(continuity::fresh), true); }},
        {[&](life_script& s) { open = s.take<job::open>(); },
         [&](life_script& s) { s.life.open_failed(std::move(*open), s.now, broken()); }},
        {[&](life_script& s) { s.life.open_failed(s.take<job::open>(), s.now, broken()); }, [](life_script&) {}},
        {[&](life_script& s) { s.open(); create = s.take<job::create>(); },
         [&](life_script& s) { s.life.created(std::move(*create), s.now, life_script::facts(900s)); }},
        {[&](life_script& s) { s.open(); create = s.take<job::create>(); },
         [&](life_script& s) { s.life.create_failed(std::move(*create), s.now, broken(), false); }},
        {[&](life_script& s) { s.open(); s.create(900s); attach = s.take<job::attach>(); },
         [&](life_script& s) { s.life.attached(std::move(*attach), s.now); }},
        {[&](life_script& s) { s.open(); s.create(900s); attach = s.take<job::attach>(); },
         [&](life_script& s) { s.life.attach_failed(std::move(*attach), s.now, broken()); s.life.link_failed(s.now, broken()); }},
        {[&](life_script& s) { s.start(); }, [&](life_script& s) { s.life.link_failed(s.now, broken()); }},
        {[&](life_script& s) { s.start(); s.life.want_renewal(s.now); renew = s.take<job::renew>(); },
         [&](life_script& s) { s.life.renewed(std::move(*renew), s.now, life_script::facts(900s)); }},
        {[&](life_script& s) { s.start(); s.life.want_renewal(s.now); renew = s.take<job::renew>(); },
         [&](life_script& s) { s.life.renew_failed(std::move(*renew), s.now, gone_forms[0]); }},
    };
    for (std::size_t i = 0; i != stages.size(); ++i) {
        CAPTURE(i);
        life_script script;
        stages[i].first(script);
        script.life.close(script.now);
        CHECK(!script.reason());
        stages[i].second(script);
        for (int later = 0; later != 5; ++later) {
            CHECK(!script.reason());
            script.pass(100s);
        }
        CHECK(script.life.is_closing());
    }
}

TEST_CASE("a wanted removal deletes the subscription and ends without a reason, even if the deletion fails")
{
    for (auto const works : {true, false}) {
        life_script script;
        script.start();
        script.life.want_removal();
        auto removal = script.take<job::remove>();
        CHECK(script.is_idle());
        if (works) {
            script.life.removed(std::move(removal), script.now);
        } else {
            script.life.remove_failed(std::move(removal), script.now, broken());
        }
        CHECK(!script.reason());
    }
}

TEST_CASE("a removal waits for the request that is out, and knows what it brought")
{
    {
        life_script script;
        script.open();
        auto creation = script.take<job::create>();
        script.life.want_removal();
        CHECK(script.is_idle());
        script.life.created(std::move(creation), script.now, life_script::facts(900s));
        if (auto what = script.next(); auto* const attach = std::get_if<task<job::attach>>(&what)) {
            script.life.attached(std::move(*attach), script.now);
        }
        script.life.removed(script.take<job::remove>(), script.now);
        CHECK(!script.reason());
    }
    {
        life_script script;
        script.start();
        script.life.want_renewal(script.now);
        auto renewal = script.take<job::renew>();
        script.life.want_removal();
        CHECK(script.is_idle());
        script.life.renew_failed(std::move(renewal), script.now, gone_forms[0]);
        CHECK(!script.reason()); // it is gone: nothing to remove, nothing to create
    }
}

TEST_CASE("a removal before anything was created just ends")
{
    life_script script;
    script.open();
    script.life.want_removal();
    CHECK(!script.reason());
}

TEST_CASE("a removal goes on when the program closes meanwhile, and is out only once")
{
    life_script script;
    script.start();
    script.life.want_removal();
    script.life.close(script.now);
    script.life.removed(script.take<job::remove>(), script.now);
    CHECK(!script.reason());
}

TEST_CASE("a cancelled start whose creation was never answered leaves nothing on the server")
{
    for (auto const is_there : {true, false}) {
        life_script script;
        script.open();
        auto creation = script.take<job::create>();
        script.life.want_removal();
        script.life.close(script.now);
        script.life.create_failed(std::move(creation), script.now, failure(error::timed_out), false);
        script.life.found(script.wait<job::find>(61s), script.now,
                          is_there ? std::optional(life_script::facts(900s)) : std::nullopt);
        if (is_there) {
            script.life.removed(script.take<job::remove>(), script.now);
        }
        CHECK(!script.reason());
    }
}

// Audits.

TEST_CASE("without traffic it is audited every five minutes; empty deliveries are no traffic")
{
    auto options = life_script::defaults();
    life_script script(std::move(options));
    script.start(24h);
    auto last = script.born;
    for (int i = 0; i != 20; ++i) {
        for (int empty = 0; empty != 7; ++empty) {
            script.quiet_for(40s);
            script.life.delivered(script.now, false);
        }
        auto audit = script.wait<job::audit>();
        auto const distance = script.now.steady - last;
        CHECK(distance >= 295s);
        CHECK(distance <= 305s);
        last = script.now.steady;
        script.life.audited(std::move(audit), script.now, life_script::facts(24h));
        script.attach();
    }
    CHECK(script.news().empty());
}

TEST_CASE("traffic takes the place of an audit")
{
    life_script script;
    script.start(24h);
    for (int i = 0; i != 100; ++i) {
        script.quiet_for(250s);
        script.life.delivered(script.now, true);
    }
    script.quiet_for(295s);
    (void)script.wait<job::audit>(10s);
}

TEST_CASE("a reconnected link is reason for an audit within half a minute")
{
    life_script script;
    script.start(24h);
    script.quiet_for(100s);
    script.life.link_failed(script.now, broken());
    script.reconnect();
    (void)script.wait<job::audit>(31s);
}

TEST_CASE("a link that was opened anew is reason for an audit, whatever its transport remembers")
{
    // A link that breaks before its first delivery has no position, so the transport says `fresh`.
    life_script script;
    script.start(24h);
    script.quiet_for(60s);
    script.life.link_failed(script.now, broken());
    script.life.opened(script.wait<job::open>(1s), script.now, opened(continuity::fresh), true);
    script.attach();
    (void)script.wait<job::audit>(31s);
}

TEST_CASE("a link that breaks all the time is no reason to audit all the time")
{
    life_script script;
    script.start(24h * 30);
    auto audits = 0;
    auto const until = script.now.steady + 10min;
    while (script.now.steady < until) {
        auto what = script.wait_for_anything(1s);
        if (auto* const open = std::get_if<task<job::open>>(&what)) {
            script.life.opened(std::move(*open), script.now, opened(continuity::resumed), true);
        } else if (auto* const attach = std::get_if<task<job::attach>>(&what)) {
            script.life.attached(std::move(*attach), script.now);
        } else if (auto* const audit = std::get_if<task<job::audit>>(&what)) {
            ++audits;
            script.life.audited(std::move(*audit), script.now, life_script::facts(24h * 30));
        } else if (script.life.link_up()) {
            script.life.delivered(script.now, false);
            script.life.link_failed(script.now, broken());
        }
    }
    CHECK(audits <= 21);
    CHECK(audits >= 5);
}

TEST_CASE("a clock that jumped is reason for an audit at once, and for a renewal that is due by now")
{
    {
        life_script script;
        script.start(24h);
        script.quiet_for(10s);
        script.life.clock_jumped(script.now, 0s); // set by a few minutes to the past
        (void)script.take<job::audit>();
    }
    {
        life_script script;
        script.start(900s);
        script.quiet_for(10s);
        script.life.clock_jumped(script.now, 800s); // slept
        (void)script.take<job::renew>();
    }
}

TEST_CASE("a clock that was set forward is no reason to abandon a living subscription without asking for it")
{
    // A creation without asking would leave an orphan, and report a gap that is none.
    life_script script;
    script.start(900s);
    script.quiet_for(10s);
    script.life.clock_jumped(script.now, 3h);
    auto what = script.next();
    if (auto* const audit = std::get_if<task<job::audit>>(&what)) {
        script.life.audited(std::move(*audit), script.now, life_script::facts(890s));
    } else {
        REQUIRE(std::holds_alternative<task<job::renew>>(what));
        script.life.renewed(std::move(std::get<task<job::renew>>(what)), script.now, life_script::facts(900s));
    }
    for (;;) {
        what = script.wait_for_anything(60s);
        if (std::holds_alternative<lifecycle::idle>(what)) {
            break;
        }
        REQUIRE(!std::holds_alternative<task<job::create>>(what));
        if (auto* const attach = std::get_if<task<job::attach>>(&what)) {
            script.life.attached(std::move(*attach), script.now);
        } else if (auto* const audit = std::get_if<task<job::audit>>(&what)) {
            script.life.audited(std::move(*audit), script.now, life_script::facts(890s));
        } else if (auto* const renew = std::get_if<task<job::renew>>(&what)) {
            script.life.renewed(std::move(*renew), script.now, life_script::facts(900s));
        }
    }
    CHECK(script.news().find("proven") == std::string::npos);
}

TEST_CASE("an audit that fails is repeated, one that is refused is no reason to end")
{
    life_script script;
    script.start(24h);
    for (auto const& why : {broken(), answered(503), answered(403, "CMN-408"), answered(500, "CMN-203"), failure(error::invalid_reply)}) {
        script.life.audit_failed(script.wait<job::audit>(5min), script.now, why);
    }
    script.life.audited(script.wait<job::audit>(5min), script.now, life_script::facts(24h));
    CHECK(script.news().empty());
}

TEST_CASE("a subscription that was suspended and is active again shows both, with a gap between")
{
    for (auto const shown_by : {job::audit, job::renew, job::modify}) {
        life_script script(renewed_by_the_program());
        script.start(24h);
        auto const answer = [&](bool active) {
            auto const facts = life_script::facts(24h, active);
            switch (shown_by) {
            case job::audit: script.life.audited(script.wait<job::audit>(), script.now, facts); break;
            case job::renew:
                script.life.want_renewal(script.now);
                script.life.renewed(script.take<job::renew>(), script.now, facts);
                break;
            default:
                script.life.want_modification();
                script.life.modified(script.take<job::modify>(), script.now, facts);
            }
            script.attach();
            std::string heard;
            for (auto const& each : script.life.take_news()) {
                auto const* const change = std::get_if<state_change>(&each);
                if (change == nullptr || (change->state != subscription_state::renewed && change->state != subscription_state::modified)) {
                    heard += words({each}) + ' ';
                }
            }
            return heard;
        };
        CHECK(answer(false) == "suspended ");
        CHECK(answer(false).empty());
        CHECK(answer(true) == "gap:lapsed/possible resumed ");
        CHECK(answer(true).empty());
    }
}

TEST_CASE("a suspended subscription is renewed after each look at it, until it is active again")
{
    life_script script;
    script.start(24h);
    for (auto i = 0; i != 3; ++i) {
        script.life.audited(script.wait<job::audit>(), script.now, life_script::facts(24h, false));
        script.attach();
        script.life.renewed(script.take<job::renew>(), script.now, life_script::facts(24h, false));
        script.attach();
    }
    CHECK(script.news() == "suspended renewed renewed renewed");
    script.life.audited(script.wait<job::audit>(), script.now, life_script::facts(24h));
    script.attach();
    script.life.audited(script.wait<job::audit>(), script.now, life_script::facts(24h));
    CHECK(script.news() == "gap:lapsed/possible resumed");
}

TEST_CASE("a subscription created anew in place of a suspended one is not told as resumed")
{
    life_script script(renewed_by_the_program());
    script.start(24h);
    script.life.audited(script.wait<job::audit>(), script.now, life_script::facts(24h, false));
    script.attach();
    script.life.audit_failed(script.wait<job::audit>(), script.now, gone_forms[0]);
    script.life.created(script.take<job::create>(), script.now, life_script::facts(24h));
    CHECK(script.news() == "suspended reconnecting gap:recreated/proven recreated");
}

// The link.

TEST_CASE("the first retry comes within 250 ms, later ones after a second doubling to a minute")
{
    double const bounds[] = {0.25, 1, 2, 4, 8, 16, 32, 60, 60, 60};
    std::vector<double> longest(std::size(bounds));
    for (std::uint64_t seed = 0; seed != 50; ++seed) {
        auto options = without_audits();
        options.seed = seed;
        life_script script(std::move(options));
        script.start(24h * 30);
        script.life.link_failed(script.now, broken());
        for (std::size_t i = 0; i != std::size(bounds); ++i) {
            auto const from = script.now.steady;
            auto open = script.wait<job::open>();
            auto const waited = std::chrono::duration<double>(script.now.steady - from).count();
            CHECK(waited <= bounds[i]);
            longest[i] = std::max(longest[i], waited);
            script.life.open_failed(std::move(open), script.now, broken());
        }
    }
    for (std::size_t i = 0; i != std::size(bounds); ++i) {
        CHECK(longest[i] > bounds[i] * 0.8); // full jitter uses the whole of it
    }
}

TEST_CASE("a link that stood for hours without a delivery has its first retry within 250 ms")
{
    life_script script(without_audits());
    script.start(24h * 365);
    for (int i = 0; i != 8; ++i) {
        script.settle(2h);
        script.life.link_failed(script.now, broken());
        auto const from = script.now.steady;
        script.life.opened(script.wait_past_audits<job::open>(), script.now, opened(continuity::resumed), true);
        CHECK(script.now.steady - from <= 250ms);
    }
}

TEST_CASE("what the server asks to wait is waited")
{
    life_script script(without_audits());
    script.start(24h);
    script.life.link_failed(script.now, answered(503, {}, 45));
    script.quiet_for(44s);
    script.life.opened(script.wait<job::open>(3s), script.now, opened(continuity::resumed), true);
    script.attach();
    script.life.want_renewal(script.now);
    script.life.renew_failed(script.take<job::renew>(), script.now, answered(429, "CMN-301", 30));
    script.quiet_for(29s);
    (void)script.wait<job::renew>(3s);
}

TEST_CASE("the retry policy is the user's: asked for each attempt with the number of failures in a row")
{
    std::vector<std::size_t> asked;
    auto options = without_audits();
    options.retry = [&](retry_attempt const& attempt) -> duration {
        asked.push_back(attempt.number);
        CHECK(attempt.random >= 0);
        CHECK(attempt.random < 1);
        return 7s;
    };
    life_script script(std::move(options));
    script.start(24h);
    for (int round = 0; round != 2; ++round) {
        script.life.link_failed(script.now, broken());
        for (int i = 0; i != 3; ++i) {
            script.quiet_for(6'999ms);
            script.life.open_failed(script.wait<job::open>(1ms), script.now, broken());
        }
        script.reconnect();
        script.life.delivered(script.now, false);
        script.settle(31s);
    }
    CHECK(asked == std::vector<std::size_t>{1, 2, 3, 4, 1, 2, 3, 4});
}

TEST_CASE("a retry policy that answers nonsense does no harm")
{
    auto options = without_audits();
    options.retry = [](retry_attempt const&) -> duration { return -5s; };
    life_script script(std::move(options));
    script.start(24h);
    script.life.link_failed(script.now, broken());
    (void)script.wait<job::open>(1s);
}

TEST_CASE("a broken link is told once, and once that it stands again; what is quiet counts as standing after a moment")
{
    life_script script(without_audits());
    script.start(24h);
    for (int round = 0; round != 3; ++round) {
        script.life.link_failed(script.now, broken());
        for (int i = 0; i != 4; ++i) {
            script.life.open_failed(script.wait_past_audits<job::open>(61s), script.now, broken());
        }
        CHECK(script.news() == "reconnecting");
        script.reconnect();
        if (round == 1) {
            script.life.delivered(script.now, true); // a sign of life tells at once
            CHECK(script.news() == "resumed");
        }
        script.settle();
        CHECK(script.news() == (round == 1 ? "" : "resumed"));
    }
}

TEST_CASE("a link that opens and breaks before it stood is not told as connected")
{
    life_script script;
    for (int i = 0; i != 4; ++i) {
        script.life.opened(script.wait<job::open>(10s), script.now, opened(continuity::fresh), true);
        script.life.link_failed(script.now, broken());
    }
    CHECK(script.news().empty());
}

TEST_CASE("reasons of a break are in words")
{
    life_script script;
    script.start();
    script.life.link_failed(script.now, failure(error::connection_failed, "reset by peer"));
    auto const news = script.life.take_news();
    REQUIRE(news.size() == 1);
    CHECK(std::get<state_change>(news[0]).reason.find("reset by peer") != std::string::npos);
}

TEST_CASE("every answer of the service is applied: delivery is attached again after renewal, change and audit")
{
    life_script script;
    script.start(24h);
    script.life.want_renewal(script.now);
    script.life.renewed(script.take<job::renew>(), script.now, life_script::facts(24h));
    script.attach();
    script.life.want_modification();
    script.life.modified(script.take<job::modify>(), script.now, life_script::facts(24h));
    script.attach();
    script.life.audited(script.wait<job::audit>(), script.now, life_script::facts(24h));
    script.attach();
    CHECK(script.is_idle());
    CHECK(script.news() == "renewed modified");
}

TEST_CASE("an answer that comes while an attach is out is attached, too")
{
    life_script script;
    script.open();
    script.create(900s);
    auto first = script.take<job::attach>();
    script.life.want_renewal(script.now);
    script.life.renewed(script.take<job::renew>(), script.now, life_script::facts(900s)); // another channel, another key
    CHECK(script.is_idle());                                                              // one attach at a time
    script.life.attached(std::move(first), script.now);                                   // to the old ones
    script.attach();
    CHECK(script.is_idle());
}

TEST_CASE("a failed attach is not repeated before the link's end was reported")
{
    // The end may take its time: a full queue keeps the reader from noticing.
    life_script script;
    script.open();
    script.create(900s);
    CHECK(script.life.attach_failed(script.take<job::attach>(), script.now, broken()));
    CHECK(script.is_idle());
    script.pass(10s);
    CHECK(script.is_idle());
    script.life.link_failed(script.now, broken());
    script.life.opened(script.wait<job::open>(1s), script.now, opened(continuity::fresh), true);
    script.attach();
}

TEST_CASE("a lost session does not let a second request out beside the one that is out, whose answer no longer counts")
{
    life_script script;
    script.start(900s);
    script.life.want_renewal(script.now);
    auto renewal = script.take<job::renew>();
    script.life.link_failed(script.now, broken());
    script.life.opened(script.wait<job::open>(1s), script.now, opened(continuity::lost), true);
    CHECK(script.is_idle());
    script.life.renewed(std::move(renewal), script.now, life_script::facts(900s));
    script.life.created(script.take<job::create>(), script.now, life_script::facts(900s));
    CHECK(script.news() == "reconnecting gap:recovery_failed/proven recreated");
}

TEST_CASE("an attach that was meant for a link that is gone does not count")
{
    life_script script;
    script.open();
    script.create(900s);
    auto late = script.take<job::attach>();
    script.life.link_failed(script.now, broken());
    script.life.opened(script.wait<job::open>(1s), script.now, opened(continuity::fresh), true);
    script.life.attached(std::move(late), script.now);
    CHECK(!script.life.started());
    script.attach();
    CHECK(script.life.started());
}

TEST_CASE("requests that travel on the link wait for the link")
{
    auto options = life_script::defaults();
    options.requests_over_link = true;
    life_script script(std::move(options));
    script.start(900s);
    script.life.link_failed(script.now, broken());
    auto open = script.wait<job::open>(1s);
    script.life.want_renewal(script.now);
    script.life.want_modification();
    script.life.clock_jumped(script.now, 10s);
    CHECK(script.is_idle());
    script.life.open_failed(std::move(open), script.now, broken());
    script.life.opened(script.wait<job::open>(2s), script.now, opened(continuity::resumed), true);
    script.attach();
    script.life.renewed(script.take<job::renew>(), script.now, life_script::facts(900s));
    script.attach();
    (void)script.take<job::modify>();
}

TEST_CASE("requests of their own do not wait for the link")
{
    life_script script;
    script.start(900s);
    script.life.link_failed(script.now, broken());
    (void)script.wait<job::open>(1s);
    script.life.want_renewal(script.now);
    (void)script.take<job::renew>();
}

TEST_CASE("a wanted change is asked for once, and told")
{
    life_script script;
    script.start(24h);
    script.life.want_modification();
    auto change = script.take<job::modify>();
    CHECK(script.is_idle());
    script.life.modified(std::move(change), script.now, life_script::facts(24h));
    CHECK(script.news() == "modified");
    script.attach();
    script.quiet_for(200s);
}

TEST_CASE("a change that is refused leaves the subscription alone")
{
    life_script script;
    script.start(24h);
    for (auto const& why : {answered(400, "SUB-508"), answered(403, "CMN-401")}) {
        script.life.want_modification();
        script.life.modify_failed(script.wait<job::modify>(61s), script.now, why);
        script.quiet_for(10s);
    }
    CHECK(script.news().empty());
}

TEST_CASE("after a change that may have been carried out the service is asked what the subscription is like")
{
    for (auto const& why : {broken(), answered(503)}) {
        life_script script;
        script.start(24h);
        script.quiet_for(60s);
        script.life.want_modification();
        script.life.modify_failed(script.wait<job::modify>(1s), script.now, why);
        script.life.audited(script.wait<job::audit>(1s), script.now, life_script::facts(24h - 61s));
        CHECK(script.news().empty());
    }
}

// Other ways to begin.

TEST_CASE("an adopted subscription is attached where it is and extended then, for that may move it, and taken over without a gap")
{
    auto options = life_script::defaults();
    options.adopting = true;
    life_script script(std::move(options));
    auto open = script.take<job::open>();
    script.life.audited(script.take<job::audit>(), script.now, life_script::facts(60s));
    script.life.opened(std::move(open), script.now, opened(continuity::resumed), true);
    script.attach();
    script.life.renewed(script.take<job::renew>(), script.now, life_script::facts(900s));
    script.attach();
    script.settle();
    CHECK(script.news() == "connected");
    script.quiet_for(200s);
}

TEST_CASE("an adopted subscription is not attached before the service has told where it delivers")
{
    auto options = life_script::defaults();
    options.adopting = true;
    life_script script(std::move(options));
    script.life.opened(script.take<job::open>(), script.now, opened(continuity::resumed), true);
    auto look = script.take<job::audit>();
    CHECK(script.is_idle());
    script.life.audited(std::move(look), script.now, life_script::facts(900s));
    script.attach();
    script.life.renewed(script.take<job::renew>(), script.now, life_script::facts(900s));
    script.attach();
    script.quiet_for(2s);
    CHECK(script.news() == "connected");
}

TEST_CASE("an adopted subscription that the server renews is asked for instead")
{
    auto options = life_script::defaults();
    options.adopting = true;
    options.server_renews = true;
    life_script script(std::move(options));
    script.life.opened(script.take<job::open>(), script.now, opened(continuity::resumed), true);
    auto audit = script.take<job::audit>();
    CHECK(script.is_idle());
    script.life.audited(std::move(audit), script.now, life_script::facts(24h));
    script.attach();
    script.quiet_for(2s);
    CHECK(script.news() == "connected");
}

TEST_CASE("an adopted subscription that is gone is created again, with a gap")
{
    auto options = life_script::defaults();
    options.adopting = true;
    life_script script(std::move(options));
    script.life.opened(script.take<job::open>(), script.now, opened(continuity::resumed), true);
    for (;;) {
        auto what = script.next();
        if (auto* const attach = std::get_if<task<job::attach>>(&what)) {
            script.life.attached(std::move(*attach), script.now);
        } else if (auto* const look = std::get_if<task<job::audit>>(&what)) {
            script.life.audit_failed(std::move(*look), script.now, gone_forms[0]);
        } else {
            auto* const create = std::get_if<task<job::create>>(&what);
            REQUIRE(create != nullptr);
            script.life.created(std::move(*create), script.now, life_script::facts(900s));
            break;
        }
    }
    auto const news = script.news();
    CHECK(news.find("gap:recreated/proven recreated") != std::string::npos);
}

TEST_CASE("a transport without a subscription on the server asks the service for nothing")
{
    life_script script;
    script.life.opened(script.take<job::open>(), script.now, opened(continuity::fresh), false);
    script.attach();
    script.quiet_for(2s);
    CHECK(script.news() == "connected");
    script.life.clock_jumped(script.now, 1h);
    script.life.want_renewal(script.now);
    script.quiet_for(24h);
    script.life.link_failed(script.now, broken());
    script.life.opened(script.wait<job::open>(1s), script.now, opened(continuity::resumed), false);
    script.life.attached(script.take<job::attach>(), script.now);
    script.quiet_for(24h);
    CHECK(script.news() == "reconnecting resumed");
    script.life.want_removal();
    CHECK(!script.reason());
}

TEST_CASE("what an old channel still brings does not shorten the gap of the subscription that is gone")
{
    life_script script;
    script.start(24h);
    script.quiet_for(10s);
    script.life.delivered(script.now, true);
    auto const last = script.now.wall;
    script.life.audit_failed(script.wait<job::audit>(), script.now, answered(404)); // deleted five minutes ago
    auto creation = script.take<job::create>();
    script.pass(1s);
    script.life.delivered(script.now, true); // drained
    script.pass(1s);
    script.life.created(std::move(creation), script.now, life_script::facts(24h));
    CHECK((start_of_the_gap(script) == last));
}

TEST_CASE("a subscription that is active again while its link is down is told as resumed once the link works")
{
    life_script script(renewed_by_the_program());
    script.start(24h);
    script.life.audited(script.wait<job::audit>(), script.now, life_script::facts(24h, false));
    script.attach();
    script.life.link_failed(script.now, broken());
    CHECK(script.news() == "suspended reconnecting");
    auto opening = script.wait<job::open>(1s);
    script.life.want_renewal(script.now);
    script.life.renewed(script.wait<job::renew>(), script.now, life_script::facts(24h));
    CHECK(script.news() == "renewed gap:lapsed/possible");
    script.life.opened(std::move(opening), script.now, opened(continuity::resumed), true);
    script.attach();
    script.life.delivered(script.now, true);
    CHECK(script.news() == "resumed");
}

TEST_CASE("a suspended subscription whose link was repaired is still told as suspended")
{
    // Else the program's last word is `resumed`, and it is silently deaf.
    life_script script(renewed_by_the_program());
    script.start(24h);
    script.life.audited(script.wait<job::audit>(), script.now, life_script::facts(24h, false));
    script.attach();
    script.life.link_failed(script.now, broken());
    script.life.opened(script.wait<job::open>(1s), script.now, opened(continuity::resumed), true);
    std::string last;
    for (int i = 0; i != 20; ++i) {
        auto what = script.wait_for_anything(60s);
        if (auto* const audit = std::get_if<task<job::audit>>(&what)) {
            script.life.audited(std::move(*audit), script.now, life_script::facts(24h, false));
        } else if (auto* const attach = std::get_if<task<job::attach>>(&what)) {
            script.life.attached(std::move(*attach), script.now);
        }
        for (auto const& each : script.life.take_news()) {
            last = words({each});
        }
    }
    CHECK(last == "suspended");
}

} // namespace
