// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/fault_book.hpp>
#include <ringtail/sandbox/http_message.hpp>
#include <ringtail/sandbox/options.hpp>
#include <ringtail/sandbox/pubnub_service.hpp>
#include <ringtail/sandbox/subscription_service.hpp>
#include <ringtail/sandbox/toolbox.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ringtail::sandbox_detail {

/// One request to a webhook's address.
enum class post_id : std::uint64_t {};

/// A webhook's address, cut up. Default-constructed: it is none.
class webhook_url {
public:
    webhook_url() = default;
    explicit webhook_url(std::string_view text);

    [[nodiscard]] bool is_loopback() const; ///< by its name or number, without resolving anything

    bool secure = false;
    std::string host; ///< without the brackets of IPv6
    std::string port;
    std::string target;
};

/// What is to be sent.
class webhook_post {
public:
    post_id id{};
    webhook_url url;
    field_list headers;
    std::string body;
    std::chrono::milliseconds timeout{0}; ///< for everything, connecting included
    wire_effect effect = wire_effect::none; ///< `reset`, `lost` and `cut_body` strike the request
};

/// How it went.
class webhook_result {
public:
    enum class kind { answered, unreachable, timed_out, bad_certificate, invalid };

    webhook_result() = default;
    explicit webhook_result(kind its_outcome, int its_status = 0) : outcome(its_outcome), status(its_status) {}

    kind outcome = kind::unreachable;
    int status = 0;
    field_list headers;
    std::size_t size = 0; ///< of the whole answer, in bytes
};

/** The webhook sender without its sockets: what to post where and when comes out, how it went comes in.

    One notification of a subscription is under way at a time; while one waits for its next attempt the others pass.
    @code
    for (auto& post : all.webhooks().take_posts(now))  // after each call, and at next_wakeup()
    all.webhooks().report(id, result, now);
    @endcode */
class webhook_service {
public:
    webhook_service(sandbox_options const& options, id_source& ids, fault_book& faults,
                    subscription_service& subscriptions);

    /// Asks the address whether it wants the subscription; the answer to the creation comes with `take_created`.
    [[nodiscard]] outcome create(subscription_wish wish, wall_time now);
    [[nodiscard]] std::vector<std::pair<poll_id, http_reply>> take_created();

    /// A notification for a subscription of transport `WebHook`.
    void deliver(outgoing const& message, std::optional<fault> const& damage, wall_time now);

    [[nodiscard]] std::vector<webhook_post> take_posts(wall_time now);
    void report(post_id id, webhook_result const& result, wall_time now);

    void advance(wall_time now); ///< do what is due
    [[nodiscard]] std::optional<wall_time> next_wakeup() const;
    void count(sandbox_statistics& statistics) const; ///< fills in its part

private:
    struct delivery {
        outgoing message;
        std::size_t attempts = 0;
        bool swapped = false; ///< has let another one pass
    };
    struct handshake {
        poll_id poll{};
        subscription_wish wish; ///< of a creation
        std::string revived;    ///< id of a blacklisted subscription that is asked again
        std::string token;
    };
    struct hook_state { ///< one subscription's
        std::deque<delivery> waiting;
        bool busy = false;
        std::optional<delivery> held; ///< lets the next one pass
        std::optional<wall_time> failing_since;
        wall_time recheck = wall_time::max();
        std::string url;
    };
    struct task { ///< what a post is for
        std::optional<handshake> asking;
        std::string subscription_id;
        std::optional<delivery> delivering;
        bool ignored = false; ///< a double: what comes of it does not matter
        bool lost = false;    ///< its answer counts as none
    };

    void ask(handshake wanted, std::string const& url, std::string const& verification_token, wall_time now);
    void handshake_done(handshake asked, webhook_result const& result, wall_time now);
    void delivered(std::string const& id, delivery what, bool succeeded, webhook_result const& result,
                   wall_time now);
    void proceed(std::string const& id, wall_time now);
    void post(std::string const& id, delivery what, wall_time now);
    void schedule(webhook_post made, task what, std::chrono::milliseconds delay, wall_time now);
    [[nodiscard]] webhook_post make_post(std::string const& url, std::string body) const;

    sandbox_options const& options_;
    id_source& ids_;
    fault_book& faults_;
    subscription_service& subscriptions_;

    std::uint64_t last_id_ = 0;
    std::map<std::string, hook_state, std::less<>> hooks_; ///< by subscription id
    std::map<post_id, task> under_way_;
    std::multimap<wall_time, webhook_post> to_post_;
    std::multimap<wall_time, std::pair<std::string, delivery>> retries_;
    std::vector<std::pair<poll_id, http_reply>> created_;
    sandbox_statistics counted_; ///< the webhooks' part of it
};

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/webhook_service.ipp>
#endif
