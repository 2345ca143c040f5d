// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace ringtail::net {

/** Where the library's time comes from.

    The real one lives in `net/real_time.hpp`; a simulation brings its own and then no wait costs anything. */
class time_source {
public:
    virtual ~time_source() = default;
    [[nodiscard]] virtual steady_time now() const noexcept = 0;
    [[nodiscard]] virtual wall_time wall_now() const noexcept = 0;
    /** Call `on_wake`, as it is now, on the environment's strand at that time; replaces the earlier request, nothing cancels it.

        A call that is due already may come after the request was replaced, and after this source is gone. */
    virtual void wake_at(std::optional<steady_time> when) = 0;

    std::function<void()> on_wake; ///< whoever sets it sees to it that it may be called too late
};

class deadlines;

/** An action at a time. Destroying or resetting it means the action will not run.

    Not movable while set: the heap knows it by its address. Belongs to the environment's strand. */
class alarm {
public:
    explicit alarm(deadlines& owner) noexcept : owner_(&owner) {}
    alarm(deadlines& owner, steady_time when, std::function<void()> action) : owner_(&owner) { set(when, std::move(action)); }
    alarm(alarm const&) = delete;
    alarm& operator=(alarm const&) = delete;
    ~alarm() { reset(); }

    void set(steady_time when, std::function<void()> action);
    /// Move the time of an alarm whose action was given before; works after it has run, too.
    void set(steady_time when);
    void reset() noexcept;
    [[nodiscard]] bool is_set() const noexcept { return place_ != nowhere; }
    [[nodiscard]] steady_time when() const noexcept { return when_; }

private:
    friend class deadlines;
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
    deadlines* owner_;
    steady_time when_;
    std::size_t place_ = nowhere;
    std::function<void()> action_;
};

/** All alarms of an environment in one heap over one timer.

    Setting an alarm costs a few comparisons and no system call unless it becomes the earliest; one that is moved to a
    later time leaves the timer alone, which then wakes once for nothing. */
class deadlines {
public:
    explicit deadlines(time_source& time);
    deadlines(deadlines const&) = delete;
    deadlines& operator=(deadlines const&) = delete;
    ~deadlines();

    [[nodiscard]] steady_time now() const noexcept { return time_.now(); }
    [[nodiscard]] wall_time wall_now() const noexcept { return time_.wall_now(); }
    [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }
    /// Run what is due. The time source calls it.
    void wake();

private:
    friend class alarm;
    void insert(alarm& entry);
    void remove(alarm& entry) noexcept;
    void place(std::size_t at, alarm& entry) noexcept;
    void sift(std::size_t at) noexcept;
    void arm();

    time_source& time_;
    std::vector<alarm*> heap_;
    std::optional<steady_time> armed_;
    bool running_ = false;
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/deadlines.ipp>
#endif
