// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/net/deadlines.hpp>
#include <ringtail/net/http_client.hpp>
#include <ringtail/net/stream.hpp>
#include <ringtail/protocol/random.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ringtail::net {

class http_listener;

/** What everything in one environment runs on: one strand, one clock with all deadlines, one maker of connections, one
    scratch buffer for reading. Lives as long as anything that uses it. */
class services : public std::enable_shared_from_this<services> {
public:
    services(asio::any_io_executor on_strand, std::unique_ptr<time_source> time, std::uint64_t seed)
        : strand(std::move(on_strand)), source(std::move(time)), deadlines(*source), scratch(64 * 1'024), random(seed), tick_(deadlines)
    {
    }

    /// Give the maker of connections; before anything is called.
    void use(std::unique_ptr<net::connector> makes)
    {
        source->on_wake = [maybe = weak_from_this()] {
            if (auto const self = maybe.lock()) {
                self->deadlines.wake();
            }
        };
        connector = std::move(makes);
        http = std::make_unique<http_client>(*connector, deadlines, scratch);
    }

    /** Tell `told` whenever the wall clock and the steady clock moved apart (the machine slept, or the time was set), with
        what the wall clock gained on the other; until the returned handle goes. */
    class clock_watch {
    public:
        clock_watch(services& owner, std::function<void(duration)> told);
        clock_watch(clock_watch const&) = delete;
        clock_watch& operator=(clock_watch const&) = delete;
        ~clock_watch();

    private:
        friend class services;
        services& owner_;
        std::function<void(duration)> told_;
        std::list<clock_watch*>::iterator place_;
    };

    /// A point on both clocks.
    class instant {
    public:
        steady_time steady;
        wall_time wall;
    };
    [[nodiscard]] instant now() const noexcept { return {deadlines.now(), deadlines.wall_now()}; }
    /** When something that is read now was surely still to come, given that it was waited for since `asked`.

        That is now, unless this process stood still meanwhile (the machine slept, a debugger held it): then it may have come
        before. While nobody watches the clocks, it is `asked`. */
    [[nodiscard]] instant earliest_arrival(instant asked) const noexcept { return earliest_arrival(asked, now()); }
    /// The same, for who has looked at the clocks just now: each look costs what decoding 100 bytes does.
    [[nodiscard]] instant earliest_arrival(instant asked, instant present) const noexcept;
    /// Wait on the strand until then.
    asio::awaitable<void> sleep_until(steady_time when);
    /// Look now whether the clocks moved apart, and tell.
    void compare_clocks();

    asio::any_io_executor strand;
    std::unique_ptr<time_source> source;
    net::deadlines deadlines;
    std::vector<char> scratch;
    std::unique_ptr<net::connector> connector;
    std::unique_ptr<http_client> http;
    protocol::random_source random;
    std::map<std::pair<std::string, std::uint16_t>, std::weak_ptr<http_listener>> listeners; // by address and port
    std::map<std::string, std::weak_ptr<void>> pools; // what transports share, by a name that begins with theirs
    std::uint64_t unreached = 0; // calls of any account that found no way to the service: while it grows, silence proves nothing

private:
    [[nodiscard]] bool stood_still(instant until) const noexcept;

    std::list<clock_watch*> watchers_; // null: left while the others are told
    std::size_t telling_ = 0;
    alarm tick_;
    instant seen_;            // the last tick
    instant still_since_{};   // the last time that this process stood still
    steady_time still_until_{};
};

} // namespace ringtail::net

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/net/impl/services.ipp>
#endif
