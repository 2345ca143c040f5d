// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/core/account.hpp>
#include <ringtail/core/any_transport.hpp>
#include <ringtail/core/event_queue.hpp>
#include <ringtail/core/gap_reader.hpp>
#include <ringtail/core/payload_reader.hpp>
#include <ringtail/counters.hpp>
#include <ringtail/detail/similar_text.hpp>
#include <ringtail/event_filters.hpp>
#include <ringtail/net/background.hpp>
#include <ringtail/protocol/duplicate_window.hpp>
#include <ringtail/protocol/lifecycle.hpp>
#include <ringtail/subscription_info.hpp>

#include <boost/asio/awaitable.hpp>

#include <array>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace ringtail::core {

/// What the service last said of a subscription, in its own words: parsed, it would be several times as large.
class kept_info {
public:
    kept_info() = default;
    explicit kept_info(std::string_view its_id) : id(its_id) {}
    /// @param like  see `similar_text`
    kept_info(subscription_info const& said, ringtail::detail::similar_text::pattern& like) : id(said.id), asked_at(said.asked_at), raw_(said.raw(), like)
    {
    }

    [[nodiscard]] subscription_info parsed() const
    {
        subscription_info result;
        if (raw_.empty()) {
            result.id = id;
        } else {
            auto const said = secret(raw_.text());
            result = subscription_info::parse(said.reveal());
        }
        result.asked_at = asked_at;
        return result;
    }

    std::string id;
    std::optional<wall_time> asked_at;

private:
    ringtail::detail::similar_text raw_;
};

/** One subscription: carries out what its life asks for, and turns deliveries into events.

    The life (`protocol::lifecycle`) decides, the transport delivers, the account calls; this brings them together on the
    strand. `step` is the whole loop: ask what to do, start it, and come back when something was reported. It lives
    until it is closed and everything it started has ended. */
class subscription_core final : public std::enable_shared_from_this<subscription_core>, private delivery_sink {
public:
    subscription_core(std::shared_ptr<account> of, event_filters filters, transport_factory makes, std::optional<cursor> adopt);

    // From any executor.

    /// Whether its transport wants a subscription on the server.
    [[nodiscard]] bool has_resource() const { return transport_->requested_delivery().has_value(); }
    /// Start, and return once delivery is on its way. On failure or cancellation nothing is left on the server.
    static asio::awaitable<void> start(std::shared_ptr<subscription_core> self);
    /// `deadline` on the environment's clock.
    asio::awaitable<std::optional<event>> next_event(std::optional<steady_time> deadline);
    asio::awaitable<std::optional<event>> next_event_within(duration timeout);
    [[nodiscard]] std::optional<event> try_next_event() { return queue_.try_take(); }
    void acknowledge() { queue_.acknowledge_taken(); }
    static asio::awaitable<void> modify(std::shared_ptr<subscription_core> self, event_filters filters);
    static asio::awaitable<void> renew(std::shared_ptr<subscription_core> self);
    /// A request over the transport's own connection if it carries requests, else as any call of the account.
    static asio::awaitable<response> exchange(std::shared_ptr<subscription_core> self, request wanted);
    [[nodiscard]] asio::awaitable<gap_repair> repair(gap missing) const { return read_gap(account_, std::move(missing), filters()); }
    static asio::awaitable<void> unsubscribe(std::shared_ptr<subscription_core> self);
    /// End at once, from any thread; what was received can still be taken.
    void close();
    /// Wait until everything has ended.
    static asio::awaitable<void> closed(std::shared_ptr<subscription_core> self);

    [[nodiscard]] subscription_info info() const;
    [[nodiscard]] event_filters filters() const;
    [[nodiscard]] filter_outcome outcome() const;
    [[nodiscard]] ringtail::cursor cursor() const;
    [[nodiscard]] ringtail::counters counters() const;

private:
    using life = protocol::lifecycle;
    // One operation of each kind at a time, each with its own cancellation.
    enum slot : std::size_t { link_slot, attach_slot, request_slot, read_slot, slots };
    enum class wish { start, modify, renew, remove, end };
    // What the program waits for.
    class command {
    public:
        explicit command(wish what) : kind(what) {}
        wish kind;
        event_filters filters;
        std::exception_ptr failed;
        std::shared_ptr<net::parked> waiter;
        std::unique_ptr<net::alarm> limit;
    };

    static asio::awaitable<std::optional<event>> next_event_of(std::shared_ptr<subscription_core> self, std::optional<steady_time> deadline);
    static asio::awaitable<void> obey(std::shared_ptr<subscription_core> self, std::shared_ptr<command> what);
    void take_command(std::shared_ptr<command> const& what);
    void withdraw(std::shared_ptr<command> const& what);
    void finish_commands(wish kind, std::exception_ptr failed);
    void finish(std::shared_ptr<command> const& what, std::exception_ptr failed);
    [[nodiscard]] std::shared_ptr<command> first_command(wish kind) const;

    void step();
    void carry_out(life::idle due);
    void carry_out(life::finished);
    template <life::job Kind>
    void carry_out(life::task<Kind> task);
    void spawn(slot which, asio::awaitable<void> work);

    asio::awaitable<void> open_link(life::task<life::job::open> task);
    asio::awaitable<void> attach_link(life::task<life::job::attach> task);
    asio::awaitable<void> create_resource(life::task<life::job::create> task);
    asio::awaitable<void> find_resource(life::task<life::job::find> task);
    asio::awaitable<void> renew_resource(life::task<life::job::renew> task);
    asio::awaitable<void> modify_resource(life::task<life::job::modify> task);
    asio::awaitable<void> audit_resource(life::task<life::job::audit> task);
    void look_if_blacklisted();
    asio::awaitable<void> remove_resource(life::task<life::job::remove> task);
    asio::awaitable<void> remove_given_up();
    asio::awaitable<void> read();
    void link_ended(std::exception_ptr how);
    void close_link(failure why);

    // Of a transport that delivers by calls.
    [[nodiscard]] bool ready() override;
    [[nodiscard]] bool take(delivery& arrived, steady_time asked, wall_time asked_wall) override;
    void failed(std::exception_ptr why) override;
    void go_on();

    asio::awaitable<response> call(request wanted, bool* sent, bool* repeated = nullptr);
    asio::awaitable<protocol::resource_facts> ask(request wanted, std::string what, bool* sent);
    void check_before_create() const;
    void compare_filters();
    void end_doubt();
    void pass_over(bool moved);
    void take_over();
    void start_position();
    [[nodiscard]] wall_time complete_until() const;
    [[nodiscard]] ringtail::cursor named(ringtail::cursor const& position, std::optional<wall_time> complete_until) const;
    protocol::resource_facts apply(response const& answer, wall_time asked, bool just_created);
    std::optional<protocol::resource_facts> recognise(response const& list);
    asio::awaitable<failure> with_ids_of_others(failure limit);
    [[nodiscard]] bool legible(delivery const& arrived);
    [[nodiscard]] std::unique_ptr<net::alarm> hold_for_key();
    asio::awaitable<void> wait_for_key(delivery const& arrived);
    void key_is_certain();
    void deliver(delivery arrived);
    void count(ringtail::counters const& more);
    [[nodiscard]] bool is_new(std::string_view uuid);
    [[nodiscard]] bool is_of_another(std::string_view subscription_id) const;
    [[nodiscard]] bool is_orphans(message const& what, std::string_view subscription_id);
    void publish_news();
    [[nodiscard]] protocol::moment now() const;
    [[nodiscard]] std::string resource_path() const;

    std::shared_ptr<account> const account_;
    std::unique_ptr<any_transport> transport_;
    any_transport::traits const& about_;
    life life_;
    event_queue queue_;
    payload_reader reader_;
    std::unique_ptr<protocol::duplicate_window> seen_; // from the first notification on
    net::alarm wake_;
    std::optional<net::services::clock_watch> clock_;
    ringtail::cursor fetched_;
    steady_time moved_; // when that last changed
    net::services::instant listening_since_;
    wall_time create_asked_;
    std::optional<wall_time::duration> create_ahead_; // the service's clock then
    std::optional<wall_time::duration> server_ahead_; // the service's clock, by the creation time it gave
    bool clock_was_set_ = false;                      // or the machine slept, since then

    std::array<net::background, slots> running_work_;
    wish requesting_ = wish::start; // what the request in its slot is for, `renew` and `modify` told from all others
    std::size_t running_ = 0;
    bool repeated_ = false;         // the request was sent twice, and both may have been carried out
    std::uint64_t unreached_ = 0;   // by calls of the account, up to the last answer
    bool stepping_ = false;
    bool step_again_ = false;
    bool over_ = false;
    std::unique_ptr<failure> link_failure_; // why we closed the link ourselves
    bool adopting_;
    bool times_are_ours_ = false;         // those of `fetched_`
    bool login_doubted_ = false;          // by a 401 over the link at the start
    bool made_here_ = false;              // not adopted, so removed again if the start fails
    bool filters_differ_ = false;         // the subscription's from those that are wanted
    std::optional<wall_time> filters_doubted_; // since a change of them had no answer
    bool filters_strayed_ = false;        // and then they were others than those that are wanted
    std::string successor_;               // that was heard of before its creation was answered
    std::vector<subscription_info> passed_; // answers that were never attached, for others moved the delivery on
    std::optional<wall_time> forgotten_since_; // more of them than are remembered
    bool info_attached_ = false;          // `info_` was given to the transport
    bool names_ours_ = false;             // notifications say which subscription they are of
    bool key_in_doubt_ = false;           // a request that may change it is out, or its answer was lost
    std::shared_ptr<net::parked> waits_for_key_;
    std::unique_ptr<net::alarm> held_for_key_; // what was brought was not taken
    bool waits_for_room_ = false;

    std::vector<std::shared_ptr<command>> commands_;

    mutable std::mutex mutex_; // of what the program may ask for at any time
    event_filters filters_;
    kept_info info_;
    std::optional<wall_time> began_; // what happened before is not ours
    ringtail::counters counters_;
};

} // namespace ringtail::core

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/core/impl/subscription_core.ipp>
#endif
