// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace bench {

/// CPU time of the calling thread, in microseconds.
inline double thread_cpu_us()
{
    rusage used{};
    getrusage(RUSAGE_THREAD, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
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

/// Say how it is used if that is asked for.
inline bool help(int argc, char** argv, char const* usage)
{
    auto const asked = std::any_of(argv + 1, argv + argc, [](std::string_view each) { return each == "--help" || each == "-h"; });
    if (asked) {
        std::printf("usage: %s\n", usage);
    }
    return asked;
}

/// Whether the command line says `--name`.
inline bool flag(int argc, char** argv, std::string const& name)
{
    return std::any_of(argv + 1, argv + argc, [&](std::string_view each) { return each == "--" + name; });
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

} // namespace bench
