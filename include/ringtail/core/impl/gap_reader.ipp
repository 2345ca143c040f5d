// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/core/account_calls.hpp>
#include <ringtail/core/gap_reader.hpp>
#include <ringtail/protocol/repair_plan.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <tuple>

namespace ringtail::core {

namespace detail {

// Our clock and the service's may differ, and a record is made a little after what it is of.
inline constexpr auto repair_margin = std::chrono::minutes(1);
// A call is listed by its beginning, once it is over.
inline constexpr auto longest_call = std::chrono::hours(2);
// As far back as message-sync reads unless told otherwise.
inline constexpr auto unknown_length = std::chrono::hours(24);
inline constexpr std::size_t most_repair_pages = 1'000; // a server that never comes to an end must not hold us for ever

inline asio::awaitable<protocol::repair_page> read_page(shared_account of, protocol::repair_source source, std::string path)
{
    auto const messages = source.kind == record_source::message_sync;
    request wanted("GET", std::move(path), messages ? api_group::light : api_group::heavy);
    auto const read = [source](json::value const& answer) { return protocol::repair_page(source, answer); };
    co_return co_await read_call(std::move(of), std::move(wanted), messages ? "reading messages" : "reading the call log", read);
}

inline asio::awaitable<std::vector<healed_record>> read_messages(shared_account of, protocol::repair_source source, wall_time from,
                                                                 wall_time until)
{
    std::vector<healed_record> found;
    for (std::size_t page = 0; page != most_repair_pages; ++page) {
        auto got = co_await read_page(of, source, source.path(from, until));
        std::move(got.records.begin(), got.records.end(), std::back_inserter(found));
        if (!got.older_messages || !got.oldest || *got.oldest <= from) {
            co_return found;
        }
        // Their times count milliseconds. Those of the same one come again, and are dropped as doubles.
        auto const next = *got.oldest + std::chrono::milliseconds(1);
        if (next >= until) {
            throw failure(error::reply_too_large, "more messages of one moment than the service lists");
        }
        until = next;
    }
    throw failure(error::reply_too_large, "the list of messages does not end");
}

inline asio::awaitable<std::vector<healed_record>> read_calls(shared_account of, protocol::repair_source source, wall_time from, wall_time until)
{
    std::vector<healed_record> found;
    auto path = source.path(from - longest_call, until);
    for (std::size_t page = 0; page != most_repair_pages; ++page) {
        auto got = co_await read_page(of, source, path);
        std::move(got.records.begin(), got.records.end(), std::back_inserter(found));
        if (got.next_page.empty()) {
            co_return found;
        }
        auto next = next_page_path(got.next_page);
        if (next == path) {
            throw failure(error::invalid_reply, "the call log names itself as its next page");
        }
        path = std::move(next);
    }
    throw failure(error::reply_too_large, "the call log does not end");
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
    auto const until = missing.until.value_or(of->services->deadlines.wall_now()) + detail::repair_margin;
    auto const from = std::min(missing.from ? *missing.from - detail::repair_margin : until - detail::unknown_length, until);
    result.from = from;
    result.until = until;

    protocol::repair_plan plan(filters.paths(), of->scopes());
    result.unhealed = std::move(plan.unhealed);
    std::string stop;
    for (auto const& source : plan.sources) {
        auto reason = stop;
        if (reason.empty()) {
            try {
                std::vector<healed_record> found;
                if (source.kind == record_source::message_sync) {
                    found = co_await detail::read_messages(of, source, from, until);
                } else {
                    found = co_await detail::read_calls(of, source, from, until);
                }
                std::move(found.begin(), found.end(), std::back_inserter(result.records));
                continue;
            } catch (failure const& why) {
                reason = why.what();
                if (why.code() == error::throttled || why.code() == error::timed_out || why.code() == error::bad_credentials) {
                    stop = reason; // the rest would fare no better
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
