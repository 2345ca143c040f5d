// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "network.hpp"

#include <ringtail/sandbox/services.hpp>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulation {

/// The sandbox's services at the other end of the simulated network: HTTP, WebSockets, and requests to webhooks.
class service {
public:
    service(timeline& time, network& over, ringtail::sandbox_options options);
    service(service const&) = delete;
    service& operator=(service const&) = delete;
    ~service();

    static constexpr char const* url = "http://127.0.0.1:80";

    /// `f(services, now)`, and whatever it made ready is sent.
    template <class F>
    auto change(F f)
    {
        after const then(*this);
        return f(all_, time_.now());
    }

    std::function<void(std::string)> tells; ///< what it is asked and answers, if anybody wants to know

    [[nodiscard]] ringtail::sandbox_detail::services& all() noexcept { return all_; }
    /// Another process of the client's, to which nobody has said 429.
    void forget_penalties() { closed_.clear(); }
    /// Requests that came while the service had said 429 and the time to wait was not over.
    /// Where several are at work, one may have been let go already and still be connecting.
    duration underway_at_most{};
    [[nodiscard]] std::size_t early_requests() const noexcept { return early_requests_; }
    [[nodiscard]] std::size_t requests() const noexcept { return requests_; }

    /// When PubNub was last asked; now, while it has a poll to answer.
    [[nodiscard]] wall_time last_poll() const noexcept { return polls_.empty() ? last_poll_ : time_.now(); }

    /// Polls that wait for their answer.
    [[nodiscard]] std::size_t open_polls() const noexcept { return polls_.size(); }

    std::function<void(std::string_view method, std::string_view target)> on_request; ///< one is here, and not yet served

    /// Another program's subscription, and where it is delivered: nothing of it is the client's business.
    void protect(std::string id, std::string address) { strangers_.emplace_back(std::move(id), std::move(address)); }
    /// Requests that would have changed such a subscription, or listen to it.
    [[nodiscard]] std::size_t trespasses() const noexcept { return trespasses_; }

private:
    class session;
    class post;
    friend class session;
    friend class post;
    struct after {
        explicit after(service& which) : owner(which) {}
        after(after const&) = delete;
        after& operator=(after const&) = delete;
        ~after() { owner.pump(); }
        service& owner;
    };

    void pump();
    void tell(std::string what) const
    {
        if (tells) {
            tells(std::move(what));
        }
    }
    void look_for_trespass(std::string_view method, std::string_view text);
    void note_penalty(std::string const& group, ringtail::sandbox_detail::http_reply const& reply);
    void check_gate(std::string const& group, wall_time sent);

    timeline& time_;
    network& network_;
    ringtail::sandbox_detail::services all_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::map<ringtail::sandbox_detail::poll_id, std::weak_ptr<session>> polls_;
    std::map<ringtail::sandbox_detail::gateway_id, std::weak_ptr<session>> sockets_;
    std::optional<wall_time> wakes_;
    bool pumping_ = false;
    std::size_t requests_ = 0;
    std::size_t early_requests_ = 0;
    std::size_t trespasses_ = 0;
    wall_time last_poll_{};
    std::vector<std::pair<std::string, std::string>> strangers_;
    std::map<std::string, std::pair<wall_time, wall_time>> closed_; // by group, from when the client knows it until when
};

} // namespace simulation
