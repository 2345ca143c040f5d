// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// Every fault of the sandbox, over real sockets, in every situation of every transport: a table of what became of the
// notifications. No cell may lose one in silence, end the subscription or leave it deaf. Whether a gap's bounds are right is
// tested where all clocks are one, in the simulation.
#define DOCTEST_CONFIG_IMPLEMENT
#include "support/world.hpp"

#include <ringtail/webhook.hpp>
#include <ringtail/websocket.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace test_support;
using ringtail::fault;
using effect = ringtail::fault_effect;
using call = ringtail::sandbox_call;

enum class transport_kind { pubnub, websocket, webhook };
enum class situation { idle, mid_batch, renewal, attach };
constexpr std::array<char const*, 3> transport_names{"pubnub", "websocket", "webhook"};
constexpr std::array<char const*, 4> situation_names{"idle", "mid-batch", "renewal", "attach"};

/// A row of the table.
class trouble {
public:
    trouble(std::string its_name, fault what, bool strikes_sockets = false) : name(std::move(its_name)), how(std::move(what)), at_once(strikes_sockets) {}
    std::string name;
    fault how;
    bool at_once; // every open gateway connection, instead of the next call
};

std::vector<trouble> troubles_of(transport_kind kind)
{
    std::vector<trouble> rows;
    auto const add = [&](fault what, std::string const& more = {}) {
        rows.emplace_back(std::string(to_string(what.call)) + ' ' + std::string(to_string(what.effect)) + more, what);
    };
    std::vector<call> calls{call::token, call::subscription_create, call::subscription_get, call::subscription_renew, call::subscription_modify};
    if (kind == transport_kind::pubnub) {
        calls.push_back(call::pubnub_subscribe);
    } else if (kind == transport_kind::websocket) {
        calls.push_back(call::wstoken);
    }
    for (auto const where : calls) {
        for (auto const status : {500, 503, 429, 408}) {
            auto what = fault::status(where, status);
            if (status == 429) {
                what.retry_after = 2s;
            }
            add(what, ' ' + std::to_string(status));
        }
        if (where != call::token && where != call::pubnub_subscribe) {
            add(fault::status(where, 401, {"TokenInvalid"}), " 401");
        }
        for (auto const how : {effect::garbage, effect::html, effect::empty, effect::stall, effect::reset, effect::lost, effect::cut_header,
                               effect::cut_body, effect::wrong_length, effect::close_after}) {
            add(fault(where, how));
        }
        add(fault::sized(where, effect::oversized, 20'000'000));
        add(fault::sized(where, effect::deep_json, 5'000));
        auto slow = fault(where, effect::trickle);
        slow.delay = 1ms;
        add(slow);
        add(fault::delayed(where, 30ms));
    }
    if (kind == transport_kind::pubnub) {
        add(fault::pubnub_error(403, false), " 403");
        add(fault::pubnub_error(500, true), " 500 as 200");
        add(fault(call::pubnub_subscribe, effect::region_change));
        for (auto const how : {effect::bad_base64, effect::bad_padding, effect::not_json, effect::wrong_key, effect::duplicate}) {
            add(fault(call::message, how));
        }
    }
    if (kind == transport_kind::websocket) {
        for (auto const status : {500, 429, 401}) {
            add(fault::status(call::gateway_connect, status), ' ' + std::to_string(status));
        }
        for (auto const how : {effect::garbage, effect::stall, effect::reset, effect::lost, effect::no_details}) {
            add(fault(call::gateway_connect, how));
        }
        add(fault::recovery_refused());
        auto unsaid = fault(call::gateway_connect, effect::recovery_unsaid);
        unsaid.part = "Perhaps";
        add(unsaid);
        add(fault::error_frame(call::gateway_connect, 500, "WSG-500"));
        add(fault(call::wstoken, effect::no_uri));
        for (auto const how : {effect::stall, effect::reset, effect::lost, effect::cut_body, effect::close_frame, effect::not_json, effect::duplicate,
                               effect::drop, effect::out_of_order, effect::boundary, effect::binary_frame, effect::details_again, effect::garbage}) {
            add(fault(call::gateway_request, how));
        }
        add(fault::error_frame(call::gateway_request, 503, "CMN-211", true));
        for (auto const how : {effect::reset, effect::lost, effect::cut_body, effect::close_frame, effect::duplicate, effect::not_json,
                               effect::binary_frame, effect::details_again, effect::garbage, effect::error_frame}) {
            add(fault(call::message, how));
        }
        add(fault(call::gateway_heartbeat, effect::drop));
        for (auto const how : {effect::reset, effect::lost, effect::close_frame, effect::stall, effect::no_pong, effect::garbage, effect::error_frame,
                               effect::details_again}) {
            auto what = fault(call::any, how);
            what.codes = {"WSG-902"};
            rows.emplace_back("the connection: " + std::string(to_string(how)), what, true);
        }
    }
    if (kind == transport_kind::webhook) {
        for (auto const how : {effect::status, effect::reset, effect::lost, effect::duplicate, effect::out_of_order}) {
            add(fault(call::webhook_delivery, how));
        }
        for (auto const how : {effect::reset, effect::lost}) {
            add(fault(call::webhook_validation, how));
        }
        add(fault(call::message, effect::duplicate));
    }
    return rows;
}

/// What came of one cell: a word for the table, and whether it is a promise broken.
class verdict {
public:
    std::string word;
    std::string broken;
};

/** One program that follows its messages through one fault.

    Whenever nothing happens for some milliseconds the library's clocks are put forward, so that no deadline is waited for. */
class scenario {
public:
    scenario(transport_kind kind, situation when, trouble const& what) : kind_(kind), when_(when), what_(what), world_(options()) {}

    verdict play()
    {
        try {
            world_.run([this]() { return program(); }, 40s);
        } catch (ringtail::failure const& why) {
            // A webhook that can't be reached when the program starts is its own mistake, and it is told.
            auto const told = when_ == situation::attach && what_.how.call == call::webhook_validation;
            result_.word = "refused";
            result_.broken = told || !result_.broken.empty() ? result_.broken : why.what();
        } catch (std::exception const& why) {
            result_.broken = result_.broken.empty() ? why.what() : result_.broken;
        }
        if (!result_.broken.empty()) {
            result_.word = "BROKEN";
            result_.broken += "; heard: " + heard_.all();
        }
        return result_;
    }

private:
    static ringtail::sandbox_options options()
    {
        auto made = world::usual();
        made.webhook_retry_delay = 20ms;
        return made;
    }

    asio::awaitable<ringtail::any_subscription> subscribe(ringtail::client account)
    {
        switch (kind_) {
        case transport_kind::pubnub: co_return co_await account.create_subscription<ringtail::pubnub>(messages());
        case transport_kind::websocket: co_return co_await account.create_subscription<ringtail::websocket>(messages());
        case transport_kind::webhook: break;
        }
        auto const port = asio::ip::tcp::acceptor(world_.context, {asio::ip::address_v4::loopback(), 0}).local_endpoint().port();
        ringtail::webhook_options hook("http://127.0.0.1:" + std::to_string(port) + "/hook", "127.0.0.1", port);
        co_return co_await account.create_subscription<ringtail::webhook>(messages(), hook);
    }

    asio::awaitable<void> program()
    {
        world_.beside(weather());
        auto account = world_.account();
        if (when_ == situation::attach) {
            world_.box.inject(what_.how);
        }
        subscription_ = co_await subscribe(account);
        heard_.listen_to(subscription_);
        world_.beside(listen());
        if (when_ != situation::attach) {
            tell(1);
            co_await world_.until([this] { return numbers_.contains(1); });
            if (what_.at_once) {
                world_.box.disturb_gateway(what_.how);
            } else {
                world_.box.inject(what_.how);
            }
        }
        if (when_ == situation::mid_batch) {
            tell(20);
        }
        if (when_ != situation::attach) {
            co_await provoke();
        }
        tell(20);
        co_await world_.turns();
        // One more until it is heard: deaf is who hears none of them.
        for (auto attempt = 0; attempt != 20 && !numbers_.contains(told_); ++attempt) {
            world_.box.clear_faults();
            tell(1);
            asio::steady_timer limit(world_.context, 1s);
            auto const last = told_;
            co_await world_.until([&] { return numbers_.contains(last) || limit.expiry() <= std::chrono::steady_clock::now(); });
        }
        // A delivery that failed may still be repeated.
        asio::steady_timer limit(world_.context, 1s);
        co_await world_.until([&] { return accounted_for() || limit.expiry() <= std::chrono::steady_clock::now(); });
        judge();
        leaving_ = true;
        co_await subscription_.close();
    }

    void tell(int count)
    {
        for (auto i = 0; i != count; ++i) {
            world_.tell(++told_);
        }
    }

    asio::awaitable<void> listen()
    {
        while (co_await heard_.hear()) {
            quiet_ = 0;
            auto const text = word(heard_.events.back());
            if (text.find_first_not_of("0123456789") == std::string::npos) {
                auto const number = std::stoi(text);
                doubles_ += numbers_.insert(number).second ? 0 : 1;
                disorder_ += number < newest_ ? 1 : 0;
                newest_ = std::max(newest_, number);
            } else if (text.starts_with("gap")) {
                ++gaps_;
            } else if (text == "undecodable") {
                ++undecodable_;
            }
        }
        if (!leaving_) {
            result_.broken = "the subscription ended";
        }
    }

    // Time passes as soon as nothing else does.
    asio::awaitable<void> weather()
    {
        asio::steady_timer tick(world_.context);
        while (!leaving_) {
            tick.expires_after(5ms);
            co_await tick.async_wait(asio::use_awaitable);
            if (++quiet_ > 6) {
                world_.pass(2s);
            }
        }
    }

    // Make the library do what the fault waits for.
    asio::awaitable<void> provoke()
    {
        auto const where = what_.how.call;
        if (when_ == situation::renewal) {
            world_.beside(renew());
        }
        if (where == call::token) {
            world_.box.expire_tokens();
        }
        if (where == call::subscription_create || where == call::webhook_validation) {
            for (auto const& id : world_.box.subscription_ids()) {
                world_.box.delete_subscription(id);
            }
        }
        if (where == call::wstoken || where == call::gateway_connect) {
            world_.box.disturb_gateway(fault(call::any, effect::reset));
        }
        if (where == call::subscription_get || where == call::token || where == call::subscription_create ||
            where == call::webhook_validation || where == call::gateway_request) {
            world_.pass(301s); // an audit is due
        }
        if (where == call::gateway_heartbeat) {
            world_.pass(61s);
        }
        if (where == call::subscription_renew && when_ != situation::renewal) {
            world_.beside(renew());
        }
        if (where == call::subscription_modify) {
            world_.beside(modify());
        }
        auto const strikes = world_.box.statistics().faults;
        co_await world_.turns();
        asio::steady_timer limit(world_.context, 300ms);
        co_await world_.until([&] {
            return what_.at_once || world_.box.statistics().faults != strikes || limit.expiry() <= std::chrono::steady_clock::now();
        });
    }

    asio::awaitable<void> renew()
    {
        try {
            co_await subscription_.renew();
        } catch (boost::system::system_error const&) {
            // the program is told; the subscription goes on
        }
    }

    asio::awaitable<void> modify()
    {
        auto filters = messages();
        filters.presence("~");
        try {
            co_await subscription_.modify(filters);
        } catch (boost::system::system_error const&) {
            // as above
        }
    }

    [[nodiscard]] int missing() const { return told_ - static_cast<int>(numbers_.size()); }
    [[nodiscard]] bool accounted_for() const { return gaps_ != 0 || missing() <= undecodable_; }

    // The sandbox lives in real time and the library does not, so a subscription that a lost answer left behind isn't
    // recognised by the time of its creation. At the same address it is heard until ours is named.
    [[nodiscard]] bool left_one_behind() const { return kind_ == transport_kind::webhook && world_.box.subscription_ids().size() > 1; }

    void judge()
    {
        auto const lost = missing();
        auto const struck = what_.at_once || world_.box.statistics().faults != 0;
        result_.word = !struck        ? "-"
                       : lost == 0 ? (gaps_ != 0 ? "all, gap" : undecodable_ != 0 ? "all, undec." : "all")
                                      : std::to_string(lost) + (gaps_ != 0 ? " in gap" : " undec.");
        if (!result_.broken.empty()) {
            return;
        }
        if (!numbers_.contains(told_)) {
            result_.broken = "deaf";
        } else if (!accounted_for()) {
            result_.broken = std::to_string(lost) + " lost in silence";
        } else if (doubles_ > (left_one_behind() ? 1 : 0)) {
            result_.broken = std::to_string(doubles_) + " heard twice";
        } else if (disorder_ != 0 && what_.how.effect != effect::out_of_order && kind_ != transport_kind::webhook) {
            result_.broken = "out of order";
        }
    }

    transport_kind kind_;
    situation when_;
    trouble const& what_;
    world world_;
    ringtail::any_subscription subscription_;
    listener heard_{subscription_};
    verdict result_;
    std::set<int> numbers_;
    int told_ = 0;
    int newest_ = 0;
    int gaps_ = 0;
    int undecodable_ = 0;
    int doubles_ = 0;
    int disorder_ = 0;
    unsigned quiet_ = 0;
    bool leaving_ = false;
};

class cell {
public:
    transport_kind kind;
    situation when;
    std::size_t row;
};

} // namespace

int main(int argc, char** argv)
{
    std::string only;
    unsigned jobs = 6;
    for (auto i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) == "--only" && i + 1 < argc) {
            only = argv[++i];
        } else if (std::string_view(argv[i]) == "--jobs" && i + 1 < argc) {
            jobs = static_cast<unsigned>(std::max(1, std::atoi(argv[++i])));
        } else {
            std::fprintf(stderr, "usage: faults [--only TEXT] [--jobs N]\n  --only TEXT   rows whose 'transport fault' contains it\n");
            return 2;
        }
    }
    doctest::Context context;
    context.setAsDefaultForAssertsOutOfTestCases();
    context.setAssertHandler([](doctest::AssertData const& of) {
        if (of.m_failed) {
            throw std::runtime_error(std::string(of.m_decomp.c_str()) + " (" + of.m_expr + ")");
        }
    });

    std::array<std::vector<trouble>, 3> rows;
    std::vector<cell> cells;
    for (std::size_t kind = 0; kind != rows.size(); ++kind) {
        for (auto& each : troubles_of(static_cast<transport_kind>(kind))) {
            if (std::string(transport_names[kind] + (' ' + each.name)).find(only) == std::string::npos) {
                continue;
            }
            for (std::size_t when = 0; when != situation_names.size(); ++when) {
                cells.push_back({static_cast<transport_kind>(kind), static_cast<situation>(when), rows[kind].size()});
            }
            rows[kind].push_back(std::move(each));
        }
    }
    std::vector<verdict> verdicts(cells.size());
    std::atomic<std::size_t> next = 0;
    auto const work = [&] {
        for (auto i = next++; i < cells.size(); i = next++) {
            auto const& each = cells[i];
            verdicts[i] = scenario(each.kind, each.when, rows[static_cast<std::size_t>(each.kind)][each.row]).play();
        }
    };
    auto const start = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (unsigned i = 0; i != jobs; ++i) {
        threads.emplace_back(work);
    }
    for (auto& each : threads) {
        each.join();
    }

    if (cells.empty()) {
        std::fprintf(stderr, "faults: no row contains '%s'\n", only.c_str());
        return 2;
    }
    // A row that strikes in no situation tries nothing.
    for (std::size_t i = 0; i != cells.size(); i += situation_names.size()) {
        auto const row = std::span(verdicts).subspan(i, situation_names.size());
        if (std::all_of(row.begin(), row.end(), [](verdict const& each) { return each.word == "-"; })) {
            row.front().broken = "never struck";
        }
    }

    std::size_t broken = 0;
    std::size_t struck = 0;
    for (std::size_t i = 0; i != cells.size(); ++i) {
        auto const kind = static_cast<std::size_t>(cells[i].kind);
        if (cells[i].when == situation::idle) {
            if (cells[i].row == 0) {
                std::printf("\n%-48s %-13s %-13s %-13s %-13s\n", transport_names[kind], "idle", "mid-batch", "renewal", "attach");
            }
            std::printf("%-48s", rows[kind][cells[i].row].name.c_str());
        }
        std::printf(" %-13s%s", verdicts[i].word.c_str(), cells[i].when == situation::attach ? "\n" : "");
        broken += verdicts[i].broken.empty() ? 0u : 1u;
        struck += verdicts[i].word == "-" ? 0u : 1u;
    }
    for (std::size_t i = 0; i != cells.size(); ++i) {
        if (!verdicts[i].broken.empty()) {
            auto const kind = static_cast<std::size_t>(cells[i].kind);
            std::printf("BROKEN %s, %s, %s: %s\n", transport_names[kind], rows[kind][cells[i].row].name.c_str(),
                        situation_names[static_cast<std::size_t>(cells[i].when)], verdicts[i].broken.c_str());
        }
    }
    auto const took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%zu cells, %zu of them struck, %.0f s\nfaults: %zu passed, %zu failed\n", cells.size(), struck, took, cells.size() - broken, broken);
    return broken == 0 ? 0 : 1;
}
