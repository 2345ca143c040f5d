// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

namespace bench {

inline double cpu_us(clockid_t of)
{
    timespec used{};
    clock_gettime(of, &used);
    return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) / 1e3;
}

/// CPU time, user and system, of the calling thread, in microseconds.
inline double thread_cpu_us()
{
    return cpu_us(CLOCK_THREAD_CPUTIME_ID);
}

/// The same of the whole process.
inline double process_cpu_us()
{
    return cpu_us(CLOCK_PROCESS_CPUTIME_ID);
}

/// What the process has in memory now, in KiB.
inline long resident_kib()
{
    std::ifstream file("/proc/self/statm");
    long pages = 0;
    long resident = 0;
    file >> pages >> resident;
    return resident * (sysconf(_SC_PAGESIZE) / 1'024);
}

/// Nanoseconds since 1970: the clock that programs in other languages have, too.
inline std::int64_t wall_ns()
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// The value below which the part `p` of all lie. Sorts.
inline double percentile(std::vector<double>& values, double p)
{
    if (values.empty()) {
        return 0;
    }
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1, static_cast<std::size_t>(p * static_cast<double>(values.size())))];
}

/// One figure, measured again and again.
class series {
public:
    void add(double value) { values_.push_back(value); }
    [[nodiscard]] double median() { return percentile(values_, 0.5); }

    /// As members of a JSON object: the median under this name, and how far the figures were apart.
    [[nodiscard]] std::string json(std::string const& name)
    {
        std::array<char, 160> text{};
        std::snprintf(text.data(), text.size(), R"("%s":%.3f,"%s_least":%.3f,"%s_most":%.3f)", name.c_str(), median(), name.c_str(),
                      percentile(values_, 0), name.c_str(), percentile(values_, 1));
        return text.data();
    }

private:
    std::vector<double> values_;
};

/** How long things took, in a few KiB however many there were: values are told apart by a thirty-second of themselves. */
class histogram {
public:
    void add(std::int64_t nanoseconds)
    {
        auto const value = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0));
        ++counts_[index(value)];
        ++total_;
    }

    /// In microseconds.
    [[nodiscard]] double percentile_us(double p) const
    {
        auto const rank = static_cast<std::uint64_t>(p * static_cast<double>(total_));
        std::uint64_t passed = 0;
        for (std::size_t i = 0; i != counts_.size(); ++i) {
            passed += counts_[i];
            if (passed > rank) {
                return static_cast<double>(least(i)) / 1e3;
            }
        }
        return 0;
    }

private:
    static constexpr unsigned bits = 5; // of a value, behind its highest

    static std::size_t index(std::uint64_t value)
    {
        auto const width = static_cast<unsigned>(std::bit_width(value));
        auto const shift = width <= bits ? 0u : width - bits - 1;
        return (static_cast<std::size_t>(shift) << bits) + static_cast<std::size_t>(value >> shift);
    }
    static std::uint64_t least(std::size_t at)
    {
        auto const shift = at >> bits == 0 ? 0 : (at >> bits) - 1;
        return static_cast<std::uint64_t>(at - (shift << bits)) << shift;
    }

    std::array<std::uint64_t, (64 - bits + 1) << bits> counts_{};
    std::uint64_t total_ = 0;
};

/// Run a program of another language against a server of ours, which it finds in its environment. @return whether it went well
inline bool run_peer(std::string const& command, std::string const& url, std::size_t count)
{
    setenv("RC_SERVER_URL", url.c_str(), 1);
    setenv("RC_APP_CLIENT_ID", "id", 1);
    setenv("RC_APP_CLIENT_SECRET", "secret", 1);
    setenv("RC_USER_JWT", "jwt", 1);
    setenv("BENCH_COUNT", std::to_string(count).c_str(), 1);
    return std::system(command.c_str()) == 0;
}

/// Print one line now, for whoever reads along.
inline void say(std::string const& line)
{
    std::puts(line.c_str());
    std::fflush(stdout);
}

/// Let this process and its children have as many sockets as the system allows.
inline void allow_many_sockets()
{
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/// Say how it is used if that is asked for.
inline bool help(int argc, char** argv, char const* usage)
{
    auto const asked = std::any_of(argv + 1, argv + argc, [](std::string_view each) { return each == "--help" || each == "-h"; });
    if (asked) {
        std::printf("usage: %s\n", usage);
    }
    return asked;
}

/// `--name value` of the command line, or what it is otherwise.
inline std::string option(int argc, char** argv, std::string const& name, std::string otherwise)
{
    for (int i = 1; i + 1 < argc; ++i) {
        if (argv[i] == "--" + name) {
            return argv[i + 1];
        }
    }
    return otherwise;
}

/// Whether `--name` is on the command line.
inline bool flag(int argc, char** argv, std::string const& name)
{
    return std::any_of(argv + 1, argv + argc, [&](std::string_view each) { return each == "--" + name; });
}

} // namespace bench
