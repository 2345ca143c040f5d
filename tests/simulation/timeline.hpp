// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/deadlines.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace simulation {

using namespace std::chrono_literals;
using ringtail::duration;
using ringtail::wall_time;

/// The true time, which the services go by, and everything that is going to happen.
class timeline {
public:
    [[nodiscard]] wall_time now() const noexcept { return now_; }

    void at(wall_time when, std::function<void()> what)
    {
        plan_.push_back({std::max(when, now_), ++count_, std::move(what)});
        std::push_heap(plan_.begin(), plan_.end(), later);
    }
    void after(duration delay, std::function<void()> what)
    {
        at(now_ + std::chrono::duration_cast<wall_time::duration>(delay), std::move(what));
    }

    /// Go to what happens next, but not beyond `end`, and let it happen; false if nothing does before the end.
    bool step(wall_time end)
    {
        if (plan_.empty() || plan_.front().when > end) {
            now_ = std::max(now_, end);
            return false;
        }
        now_ = plan_.front().when;
        while (!plan_.empty() && plan_.front().when <= now_) {
            std::pop_heap(plan_.begin(), plan_.end(), later);
            auto const what = std::move(plan_.back().what);
            plan_.pop_back();
            what();
        }
        return true;
    }

private:
    struct entry {
        wall_time when;
        std::uint64_t number; // what was planned first happens first
        std::function<void()> what;
    };
    static bool later(entry const& a, entry const& b) { return std::pair(a.when, a.number) > std::pair(b.when, b.number); }

    wall_time now_{480'000h};
    std::uint64_t count_ = 0;
    std::vector<entry> plan_;
};

/// The clocks of the computer that the client runs on: one may be set, and both may sleep.
class machine_clock {
public:
    explicit machine_clock(timeline& time) : time_(time), start_(time.now()) {}

    [[nodiscard]] ringtail::steady_time steady() const noexcept
    {
        auto const awake = (asleep_since_ ? *asleep_since_ : time_.now()) - start_ - slept_;
        return ringtail::steady_time(1'000h) + std::chrono::duration_cast<duration>(awake);
    }
    [[nodiscard]] wall_time wall() const noexcept { return time_.now() + wrong_by_; }
    [[nodiscard]] wall_time::duration wrong_by() const noexcept { return wrong_by_; }
    [[nodiscard]] bool asleep() const noexcept { return asleep_since_.has_value(); }

    void set_wrong(wall_time::duration by) { wrong_by_ = by; }
    void fall_asleep() { asleep_since_ = time_.now(); }
    void wake_up()
    {
        slept_ += time_.now() - *asleep_since_;
        asleep_since_.reset();
    }

    timeline& time() const noexcept { return time_; }

private:
    timeline& time_;
    wall_time start_;
    wall_time::duration slept_{};
    wall_time::duration wrong_by_{};
    std::optional<wall_time> asleep_since_;
};

/// What the library's deadlines run on.
class virtual_time final : public ringtail::net::time_source {
public:
    virtual_time(machine_clock& clock, std::function<void(std::function<void()>)> post)
        : clock_(clock), post_(std::move(post)), alive_(std::make_shared<bool>(true))
    {
    }
    ~virtual_time() override { *alive_ = false; }

    [[nodiscard]] ringtail::steady_time now() const noexcept override { return clock_.steady(); }
    [[nodiscard]] wall_time wall_now() const noexcept override { return clock_.wall(); }

    void wake_at(std::optional<ringtail::steady_time> when) override
    {
        ++request_;
        if (when) {
            plan(*when, request_);
        }
    }

private:
    void plan(ringtail::steady_time when, std::uint64_t request)
    {
        clock_.time().after(std::max<duration>(when - clock_.steady(), duration::zero()), [this, when, request, alive = alive_] {
            if (!*alive || request != request_) {
                return;
            }
            if (clock_.asleep() || clock_.steady() < when) { // it slept meanwhile
                plan(std::max(when, clock_.steady() + 1s), request);
                return;
            }
            post_([this, request, still = alive] {
                if (*still && request == request_ && on_wake) {
                    on_wake();
                }
            });
        });
    }

    machine_clock& clock_;
    std::function<void(std::function<void()>)> post_;
    std::shared_ptr<bool> alive_;
    std::uint64_t request_ = 0;
};

} // namespace simulation
