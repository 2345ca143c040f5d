// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/cursor.hpp>
#include <ringtail/pubnub_pool/pool.hpp>
#include <ringtail/subscription_info.hpp>
#include <ringtail/transport_context.hpp>

namespace ringtail::detail {

/// One subscription's part.
class pubnub_member final : public pool_listener, public std::enable_shared_from_this<pubnub_member> {
public:
    pubnub_member(transport_context in, std::optional<bool> wish);
    RINGTAIL_DECL ~pubnub_member() override;

    opened open(cursor const& where);
    [[nodiscard]] delivery_mode requested() const { return delivery_mode::pubnub(wish_); }
    asio::awaitable<void> attach(subscription_info info);
    void deliver_to(delivery_sink& sink) noexcept { sink_ = &sink; }
    void go_on();
    void close() noexcept;

    [[nodiscard]] RINGTAIL_DECL bool take(pooled_channel const& from, std::optional<gap> before, std::span<message const> messages,
                                          protocol::poll_standing const& next, bool tell, net::services::instant asked) override;
    RINGTAIL_DECL void failed(std::exception_ptr const& why) override;
    void denied() noexcept override { ++denied_; }
    void heard() noexcept override { denied_ = 0; }
    RINGTAIL_DECL void drained(std::shared_ptr<pooled_channel> const& which, bool reached) override;
    [[nodiscard]] bool is_open() const noexcept override { return open_ && attached_; }

private:
    // So many denials in a row mean that the channel is no more, whatever the subscription says.
    static constexpr unsigned denials_believed = 3;
    // Channels that were left while the program took nothing, and are not forgotten.
    static constexpr std::size_t most_left = 32;

    [[nodiscard]] std::shared_ptr<pooled_channel> current() const { return channels_.empty() ? nullptr : channels_.back(); }
    [[nodiscard]] protocol::poll_standing first_standing(subscription_info const& info);
    [[nodiscard]] protocol::poll_standing moved_standing(subscription_info const& info, std::optional<wall_time> told) const;
    void tell_if_moved_meanwhile(delivery_mode const& mode);
    void tell(gap what);
    void enter_all();
    [[nodiscard]] cursor place(pooled_channel const& of, protocol::poll_standing const& at) const;

    transport_context context_;
    std::optional<bool> wish_;
    delivery_sink* sink_ = nullptr;
    std::size_t subscription_ = 0; // its id in short; 0: none so far
    std::optional<wall_time> told_at_;
    std::vector<std::shared_ptr<pooled_channel>> channels_; // the one in use last
    std::unique_ptr<protocol::poll_standing> start_;        // of the process before
    std::unique_ptr<cursor> adopted_;
    std::optional<wall_time> forgotten_since_;              // more of them than are remembered
    unsigned denied_ = 0; // in a row
    unsigned closings_ = 0;
    bool open_ = false;
    bool attached_ = false;
    bool waiting_ = false; // to be told to go on
    bool attaching_ = false;
};

} // namespace ringtail::detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/pubnub_pool/impl/member.ipp>
#endif
