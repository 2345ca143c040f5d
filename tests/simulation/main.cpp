// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// Lives many days of accounts in virtual time, and says which promise was broken on which of them.

#include "account_day.hpp"

#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <mutex>
#include <thread>

namespace {

constexpr char const* usage = "usage: simulation [--days N] [--seed FIRST] [--transport pubnub|websocket|webhook|pool] [--jobs N] [--story] [--first]\n"
                              "  --days N   so many days of an account, each with the next seed (1000)\n"
                              "  --story    tell everything that happens; for one day\n"
                              "  --first    end with the first day on which a promise is broken\n";

class wishes {
public:
    std::uint64_t days = 1'000;
    std::uint64_t seed = 1;
    std::optional<simulation::delivery_kind> transport;
    unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
    bool story = false;
    bool first = false;
};

bool read(wishes& into, int argc, char** argv)
{
    for (int i = 1; i < argc; ++i) {
        std::string_view const name = argv[i];
        if (name == "--story") {
            into.story = true;
            continue;
        }
        if (name == "--first") {
            into.first = true;
            continue;
        }
        if (i + 1 == argc) {
            return false;
        }
        std::string_view const value = argv[++i];
        auto const number = [&](auto& to) {
            auto const [end, bad] = std::from_chars(value.data(), value.data() + value.size(), to);
            return bad == std::errc{} && end == value.data() + value.size();
        };
        auto good = false;
        if (name == "--days") {
            good = number(into.days);
        } else if (name == "--seed") {
            good = number(into.seed);
        } else if (name == "--jobs") {
            good = number(into.jobs) && into.jobs != 0;
        } else if (name == "--transport") {
            for (auto const kind : simulation::delivery_kinds) {
                if (simulation::name_of(kind) == value) {
                    into.transport = kind;
                    good = true;
                }
            }
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

} // namespace

int main(int argc, char** argv)
{
    wishes wanted;
    if (!read(wanted, argc, argv)) {
        std::cerr << usage;
        return 2;
    }
    // Nothing here is encrypted: parsing the system's certificates would take most of the time.
    setenv("SSL_CERT_FILE", "/dev/null", 1);
    setenv("SSL_CERT_DIR", "/dev/null", 1);

    std::atomic<std::uint64_t> next = 0;
    std::mutex mutex;
    simulation::day_report sum;
    std::vector<std::string> broken;
    auto const start = std::chrono::steady_clock::now();
    auto const work = [&] {
        for (auto i = next++; i < wanted.days; i = next++) {
            auto const seed = wanted.seed + i;
            auto const kind = wanted.transport.value_or(simulation::delivery_kinds[seed % simulation::delivery_kinds.size()]);
            auto const report = simulation::account_day(seed, kind, wanted.story).live();
            std::lock_guard const lock(mutex);
            for (auto const& line : report.story) {
                std::cout << line << '\n';
            }
            if (!report.complaint.empty()) {
                broken.push_back("seed " + std::to_string(seed) + ", " + std::string(name_of(kind)) + ": " + report.complaint);
                std::cout << "BROKEN " << broken.back() << std::endl;
                if (wanted.first) {
                    next = wanted.days;
                }
            }
            for (auto const& [what, count] : report.disturbances) {
                sum.disturbances[what] += count;
            }
            sum.published += report.published;
            sum.heard += report.heard;
            sum.gaps += report.gaps;
            sum.requests += report.requests;
            sum.steps += report.steps;
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < wanted.jobs; ++i) {
        threads.emplace_back(work);
    }
    work();
    for (auto& each : threads) {
        each.join();
    }
    auto const took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

    std::size_t disturbances = 0;
    for (auto const& [what, count] : sum.disturbances) {
        disturbances += count;
        std::printf("%9zu  %s\n", count, what.c_str());
    }
    std::printf("%llu days, %zu events published, %zu heard, %zu gaps, %zu requests, %zu disturbances, %.1f s\n",
                static_cast<unsigned long long>(wanted.days), sum.published, sum.heard, sum.gaps, sum.requests, disturbances, took);
    std::printf("simulation: %llu passed, %zu failed\n", static_cast<unsigned long long>(wanted.days - broken.size()), broken.size());
    for (auto const& each : broken) {
        std::printf("BROKEN %s\n", each.c_str());
    }
    return broken.empty() ? 0 : 1;
}
