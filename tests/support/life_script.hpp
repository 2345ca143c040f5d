// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/protocol/failure_table.hpp>
#include <ringtail/protocol/lifecycle.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace test_support {

using namespace std::chrono_literals;
using ringtail::protocol::lifecycle;
using job = lifecycle::job;
using action = lifecycle::action;
template <job Kind>
using task = lifecycle::task<Kind>;

inline constexpr ringtail::duration forever = 24h * 365 * 30;

/// What an answer of the service makes the account throw.
inline ringtail::failure answered(int status, std::string_view code = {}, std::optional<int> retry_after = {})
{
    ringtail::response answer;
    answer.status = status;
    if (!code.empty()) {
        answer.body = R"({"errorCode":")" + std::string(code) + R"(","message":"no","errors":[{"errorCode":")" +
                      std::string(code) + R"(","message":"no"}]})";
    }
    if (retry_after) {
        answer.headers.emplace_back("Retry-After", std::to_string(*retry_after));
    }
    return ringtail::protocol::failure_of(answer, "asking");
}

/// No answer at all.
inline ringtail::failure broken()
{
    return ringtail::failure(ringtail::error::connection_failed, "reset by peer");
}

inline std::string name_of(action const& what)
{
    static constexpr char const* names[] = {"idle", "finished", "open", "create", "find", "attach", "renew", "modify", "audit", "remove"};
    return names[what.index()];
}

using news_item = std::variant<ringtail::state_change, ringtail::gap>;

inline std::string words(std::vector<news_item> const& news)
{
    std::string text;
    for (auto const& each : news) {
        text += text.empty() ? "" : " ";
        if (auto const* const missing = std::get_if<ringtail::gap>(&each)) {
            text.append("gap:").append(to_string(missing->reason)).append("/").append(to_string(missing->certainty));
        } else {
            text += to_string(std::get<ringtail::state_change>(each).state);
        }
    }
    return text;
}

/** A lifecycle driven step by step.

    `take<job::x>()` insists that this is what it wants now; `wait<job::x>()` lets the time pass until it wants
    something, and insists that it is this. */
class life_script {
public:
    static lifecycle::options defaults()
    {
        lifecycle::options made{ringtail::config{}};
        made.seed = 1;
        return made;
    }

    explicit life_script(lifecycle::options with = defaults())
        : now(ringtail::steady_time(1'000h), ringtail::wall_time(490'000h)), born(now.steady), life(std::move(with), now)
    {
    }

    [[nodiscard]] action next() { return life.next(now); }

    template <job Kind>
    [[nodiscard]] task<Kind> take()
    {
        return as<Kind>(next());
    }

    void pass(ringtail::duration by)
    {
        now.steady += by;
        now.wall += std::chrono::duration_cast<ringtail::wall_time::duration>(by);
    }

    /// Follow `idle::until` until there is something else to do, for at most `limit`; idle if there is nothing.
    [[nodiscard]] action wait_for_anything(ringtail::duration limit = forever)
    {
        auto const end = now.steady + limit;
        for (int idles = 0;; ++idles) {
            auto what = next();
            auto const* const rest = std::get_if<lifecycle::idle>(&what);
            if (rest == nullptr) {
                return what;
            }
            REQUIRE_MESSAGE((!rest->until || *rest->until > now.steady), "idle until a time that is over: a busy loop");
            REQUIRE_MESSAGE(idles < 100'000, "it wakes and does nothing");
            if (!rest->until || *rest->until > end) {
                pass(end - now.steady);
                return what;
            }
            pass(*rest->until - now.steady);
        }
    }

    template <job Kind>
    [[nodiscard]] task<Kind> wait(ringtail::duration limit = forever)
    {
        return as<Kind>(wait_for_anything(limit));
    }

    void quiet_for(ringtail::duration how_long)
    {
        auto const what = wait_for_anything(how_long);
        REQUIRE_MESSAGE(std::holds_alternative<lifecycle::idle>(what), "wants ", name_of(what), " ", since_birth(), " s after the start");
    }

    /// The next task that is no audit; those are answered well.
    [[nodiscard]] action wait_past_audits(ringtail::duration limit = forever)
    {
        auto const end = now.steady + limit;
        for (;;) {
            auto what = wait_for_anything(end - now.steady);
            auto* const audit = std::get_if<task<job::audit>>(&what);
            if (audit == nullptr) {
                return what;
            }
            life.audited(std::move(*audit), now, facts(24h));
        }
    }

    template <job Kind>
    [[nodiscard]] task<Kind> wait_past_audits(ringtail::duration limit = forever)
    {
        return as<Kind>(wait_past_audits(limit));
    }

    /// A while in which audits and attaches go well and nothing else is wanted.
    void settle(ringtail::duration how_long = 2s)
    {
        auto const end = now.steady + how_long;
        for (;;) {
            auto what = wait_past_audits(end - now.steady);
            if (auto* const attaching = std::get_if<task<job::attach>>(&what)) {
                life.attached(std::move(*attaching), now);
                continue;
            }
            REQUIRE_MESSAGE(std::holds_alternative<lifecycle::idle>(what), "wants ", name_of(what), " ", since_birth(), " s after the start");
            return;
        }
    }

    [[nodiscard]] bool is_idle() { return std::holds_alternative<lifecycle::idle>(next()); }
    [[nodiscard]] bool is_finished() { return std::holds_alternative<lifecycle::finished>(next()); }
    [[nodiscard]] std::optional<ringtail::failure> reason()
    {
        auto const what = next();
        REQUIRE_MESSAGE(std::holds_alternative<lifecycle::finished>(what), "wants ", name_of(what));
        return life.end_reason();
    }

    [[nodiscard]] std::string news() { return words(life.take_news()); }
    [[nodiscard]] double since_birth() const { return std::chrono::duration<double>(now.steady - born).count(); }

    // The usual steps, all going well.

    void open(ringtail::continuity how = ringtail::continuity::fresh)
    {
        life.opened(take<job::open>(), now, ringtail::opened(how), true);
    }
    void create(ringtail::duration lifetime) { life.created(take<job::create>(), now, facts(lifetime)); }
    void attach() { life.attached(take<job::attach>(), now); }

    /// Open, create, attach, and stay quiet until it counts as connected.
    void start(ringtail::duration lifetime = 900s)
    {
        open();
        create(lifetime);
        attach();
        quiet_for(2s);
        REQUIRE(life.started());
        REQUIRE(news() == "connected");
    }

    /// From a failed link to a connected one.
    void reconnect()
    {
        life.opened(wait_past_audits<job::open>(), now, ringtail::opened(ringtail::continuity::resumed), true);
        life.attached(wait_past_audits<job::attach>(), now);
    }

    static ringtail::protocol::resource_facts facts(std::optional<ringtail::duration> lifetime, bool active = true)
    {
        return {lifetime, active};
    }

    ringtail::protocol::moment now;
    ringtail::steady_time born;
    lifecycle life;

private:
    template <job Kind>
    task<Kind> as(action what)
    {
        auto* const wanted = std::get_if<task<Kind>>(&what);
        REQUIRE_MESSAGE(wanted != nullptr, "wants ", name_of(what), " ", since_birth(), " s after the start");
        return std::move(*wanted);
    }
};

} // namespace test_support
