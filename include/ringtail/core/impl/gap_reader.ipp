// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/core/account_calls.hpp>
#include <ringtail/core/gap_reader.hpp>
#include <ringtail/protocol/repair_plan.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <tuple>

namespace ringtail::core {

namespace detail {

// Our clock and the service's may differ, and a record is made a little after what it is of.
inline constexpr auto repair_margin = std::chrono::minutes(1);
// A call is listed by its beginning, once it is over.
inline constexpr auto longest_call = std::chrono::hours(2);
// As far back as message-sync reads unless told otherwise.
inline constexpr auto unknown_length = std::chrono::hours(24);

inline asio::awaitable<protocol::repair_page> read_page(shared_account of, protocol::repair_source source, std::string path,
                                                        steady_time deadline)
{
    auto const messages = source.kind == record_source::message_sync;
    request wanted("GET", std::move(path), messages ? api_group::light : api_group::heavy);
    wanted.deadline = std::min(deadline, of->call_deadline());
    auto const read = [source](json::value const& answer) { return protocol::repair_page(source, answer); };
    co_return co_await read_call(std::move(of), std::move(wanted), messages ? "reading messages" : "reading the call log", read);
}

// Without end is also a list that goes round in circles.
inline void require_end(account const& of, std::size_t found)
{
    if (found > of.settings.repair_max_records) {
        throw failure(error::reply_too_large, "the list is longer than config::repair_max_records");
    }
}

// What was read before a failure stays in `into`.
inline asio::awaitable<void> read_messages(shared_account of, protocol::repair_source source, wall_time from, wall_time until,
                                           steady_time deadline, std::vector<healed_record>* into)
{
    for (std::size_t seen = 0;;) {
        auto got = co_await read_page(of, source, source.path(from, until), deadline);
        seen += got.size;
        std::move(got.records.begin(), got.records.end(), std::back_inserter(*into));
        if (!got.older_messages || (got.oldest && *got.oldest <= from)) {
            co_return;
        }
        require_end(*of, seen);
        // Their times count milliseconds. Those of the same one come again, and are dropped as doubles.
        auto const next = got.oldest ? *got.oldest + std::chrono::milliseconds(1) : until;
        if (next >= until && !got.full) {
            co_return; // the older ones lie before the beginning
        }
        if (next >= until) {
            throw failure(error::reply_too_large, "more messages of one moment than the service lists");
        }
        until = next;
    }
}

inline asio::awaitable<void> read_calls(shared_account of, protocol::repair_source source, wall_time from, wall_time until,
                                        steady_time deadline, std::vector<healed_record>* into)
{
    auto path = source.path(from - longest_call, until);
    for (std::size_t seen = 0; !path.empty();) {
        auto got = co_await read_page(of, source, path, deadline);
        seen += std::max<std::size_t>(got.size, 1);
        std::move(got.records.begin(), got.records.end(), std::back_inserter(*into));
        require_end(*of, seen);
        path = got.next_page.empty() ? std::string() : next_page_path(got.next_page);
    }
}

// Whether other lists would fare no better: none, those of the same group, or all.
enum class reach { this_list, same_kind, all };

inline reach reach_of(failure const& why)
{
    if (why.code() == error::throttled) {
        return reach::same_kind;
    }
    auto const down = why.code() == error::timed_out || why.code() == error::connection_failed || why.code() == error::service_unavailable;
    return down || why.code() == error::bad_credentials ? reach::all : reach::this_list;
}

// The oldest first, each once.
inline void put_in_order(std::vector<healed_record>& records)
{
    auto const place = [](healed_record const& each) { return std::tie(each.time, each.source, each.id); };
    std::sort(records.begin(), records.end(), [&](auto const& a, auto const& b) { return place(a) < place(b); });
    auto const same = [&](auto const& a, auto const& b) { return !a.id.empty() && place(a) == place(b); };
    records.erase(std::unique(records.begin(), records.end(), same), records.end());
}

} // namespace detail

RINGTAIL_DECL asio::awaitable<gap_repair> read_gap(std::shared_ptr<account> of, gap missing, event_filters filters)
{
    co_await on_strand(of, of->authorize(of->call_deadline())); // for the scopes
    gap_repair result;
    // A gap's times are partly by our clock and partly by the service's, which alone knows its lists by time.
    auto const ahead = of->service_ahead().value_or(wall_time::duration::zero());
    auto const later = std::max(ahead, wall_time::duration::zero()) + detail::repair_margin;
    auto const earlier = std::max(-ahead, wall_time::duration::zero()) + detail::repair_margin;
    auto const until = missing.until.value_or(of->services->deadlines.wall_now()) + later;
    auto const from = std::min(missing.from ? *missing.from - earlier : until - detail::unknown_length, until);
    result.from = from;
    result.until = until;

    protocol::repair_plan plan(filters.paths(), of->scopes());
    result.unhealed = std::move(plan.unhealed);
    auto const deadline = of->services->deadlines.now() + of->settings.repair_timeout;
    std::map<record_source, std::string> stopped; // and why
    for (auto const& source : plan.sources) {
        auto const known = stopped.find(source.kind);
        auto reason = known == stopped.end() ? std::string() : known->second;
        if (reason.empty()) {
            try {
                if (source.kind == record_source::message_sync) {
                    co_await detail::read_messages(of, source, from, until, deadline, &result.records);
                } else {
                    co_await detail::read_calls(of, source, from, until, deadline, &result.records);
                }
                continue;
            } catch (failure const& why) {
                reason = why.what();
                auto const reach = detail::reach_of(why);
                if (reach != detail::reach::this_list) {
                    stopped[source.kind] = reason;
                }
                if (reach == detail::reach::all) {
                    stopped[record_source::message_sync] = stopped[record_source::call_log] = reason;
                }
            }
        }
        for (auto const& each : source.filters) {
            result.unhealed.emplace_back(each, reason);
        }
    }
    detail::put_in_order(result.records);
    co_return result;
}

} // namespace ringtail::core
