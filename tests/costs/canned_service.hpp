// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "../../bench/answers.hpp"
#include "../../bench/payload.hpp"

#include <ringtail/net/parking.hpp>
#include <ringtail/net/stream.hpp>

#include <boost/asio/error.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace test_support {

namespace asio = boost::asio;

/// What a program made a connection do.
class work {
public:
    std::size_t writes = 0;
    std::size_t reads = 0;
    std::size_t waits = 0;
    std::size_t bytes = 0; ///< read
};

/** A platform, PubNub and gateway in memory whose answers are always the same, so that what a client does for them is, too.

    Every poll is answered with as many notifications as every other; once it has a subscription, the gateway sends as many with each
    segment, and there is always another one. They come round again far behind any window in which a client looks for duplicates. */
class canned_service {
public:
    explicit canned_service(std::size_t at_a_time)
    {
        static constexpr std::size_t different = 6'000;
        std::uint64_t number = 0;
        for (std::size_t i = 0; i != (different + at_a_time - 1) / at_a_time; ++i) {
            std::string messages;
            std::string frames;
            for (std::size_t k = 0; k != at_a_time; ++k, ++number) {
                auto const envelope = bench::presence_envelope(number);
                auto const text = std::to_string(number);
                messages += k == 0 ? "" : ",";
                messages += R"({"a":"4","f":0,"p":{"t":")" + timetoken(number) + R"(","r":4},"c":"channel1","d":")" + bench::encrypted(envelope) + "\"}";
                frames += bench::text_frame(R"([{"type":"ServerNotification","messageId":"n)" + text + R"(","wsc":{"token":"T)" + text +
                                            R"(","sequence":)" + text + "}}," + envelope + ']');
            }
            replies_.push_back(bench::http_reply(R"({"t":{"t":")" + timetoken(number) + R"(","r":4},"m":[)" + messages + "]}"));
            segments_.push_back(std::move(frames));
        }
    }

    /// What a request is answered with; of a poll that is a piece of the service's own memory.
    void answer(std::string_view request, std::string& made, std::string_view& all)
    {
        if (request.starts_with("GET /v2/subscribe/")) {
            all = replies_[next_++ % replies_.size()];
            return;
        }
        auto const about_one = request.find("/subscription") != std::string_view::npos && !request.starts_with("DELETE");
        made = bench::http_reply(about_one ? bench::subscription_json(bench::subscription_id, bench::pubnub_delivery("channel1"), std::chrono::hours(24))
                                           : bench::login_answer(request, "canned", false).value_or("{}"));
        all = made;
    }

    [[nodiscard]] std::string_view segment() { return segments_[next_++ % segments_.size()]; }

    work of_polls;
    work of_gateway;

private:
    [[nodiscard]] std::string timetoken(std::uint64_t number) const { return std::to_string(start_ + number); }

    std::uint64_t const start_ = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(100));
    std::size_t next_ = 0;
    std::vector<std::string> replies_;
    std::vector<std::string> segments_;
};

/// A connection to it. Like a socket it gives what is there, as much as there is room for.
class canned_stream final : public ringtail::net::stream {
public:
    explicit canned_stream(canned_service& to) : service_(&to) {}

    std::size_t read(char* to, std::size_t room, ringtail::error_code& how) noexcept override
    {
        how = closed_ ? asio::error::bad_descriptor : unread_.empty() ? asio::error::would_block : ringtail::error_code();
        auto const size = unread_.copy(to, room);
        unread_.remove_prefix(size);
        drained_ = size < room;
        ++work_->reads;
        work_->bytes += size;
        return size;
    }
    [[nodiscard]] bool drained() const noexcept override { return drained_; }

    std::size_t write(char const* from, std::size_t size, ringtail::error_code& how) noexcept override
    {
        how = closed_ ? asio::error::bad_descriptor : ringtail::error_code();
        std::string_view const request(from, size);
        work_ = request.starts_with("GET /v2/subscribe/") ? &service_->of_polls : work_;
        ++work_->writes;
        if (gateway_) {
            sent_.append(request);
            while (auto const frame = bench::client_frame::take(sent_)) {
                if (frame->opcode != 1) {
                    continue;
                }
                made_ = frame->answer(bench::subscription_json(bench::subscription_id, bench::websocket_delivery, std::chrono::hours(24)));
                unread_ = made_;
                streams_ = !frame->says("DELETE");
            }
        } else if (request.starts_with("GET /ws")) {
            gateway_ = true;
            work_ = &service_->of_gateway;
            made_ = bench::upgrade_answer(request) + bench::details_frame();
            unread_ = made_;
        } else {
            service_->answer(request, made_, unread_);
        }
        written_.notify();
        return closed_ ? 0 : size;
    }

    asio::awaitable<void> readable() override
    {
        ++work_->waits;
        if (unread_.empty() && streams_) {
            unread_ = service_->segment();
        }
        if (unread_.empty() && !closed_) {
            co_await written_.wait();
        } else {
            co_await ringtail::net::park([](std::shared_ptr<ringtail::net::parked> waiter) { waiter->wake(); });
        }
    }
    void when_readable(std::function<void(ringtail::error_code)> told) override { told({}); }
    asio::awaitable<void> writable() override { co_return; }
    void close() noexcept override
    {
        closed_ = true;
        unread_ = {};
        written_.notify();
    }

private:
    canned_service* service_;
    work others_;
    work* work_ = &others_;
    bool closed_ = false;
    bool drained_ = false;
    bool gateway_ = false;
    bool streams_ = false;
    std::string sent_;
    std::string made_;
    std::string_view unread_;
    ringtail::net::notifier written_;
};

class canned_connector final : public ringtail::net::connector {
public:
    explicit canned_connector(canned_service& to) : service_(&to) {}
    asio::awaitable<std::unique_ptr<ringtail::net::stream>> connect(ringtail::net::endpoint, ringtail::steady_time) override
    {
        co_return std::make_unique<canned_stream>(*service_);
    }

private:
    canned_service* service_;
};

} // namespace test_support
