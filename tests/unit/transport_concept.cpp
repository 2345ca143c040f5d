// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail.hpp>

#include <doctest/doctest.h>

namespace {

using namespace ringtail;

// The three ways of delivery as skeletons: what the concept must be able to carry.

class long_poll {
public:
    static constexpr std::string_view name = "long_poll";
    static constexpr when_full on_full = when_full::stop_receiving;
    explicit long_poll(transport_context) {}
    asio::awaitable<opened> open(cursor const& where) { co_return where.empty() ? continuity::fresh : continuity::resumed; }
    std::optional<delivery_mode> requested_delivery() const { return delivery_mode::pubnub(); }
    asio::awaitable<void> attach(subscription_info const&) { co_return; }
    asio::awaitable<delivery> receive() { co_return delivery(); }
    void close() noexcept {}
};

class gateway {
public:
    static constexpr std::string_view name = "gateway";
    static constexpr when_full on_full = when_full::drop_oldest;
    static constexpr bool server_renews = true;
    explicit gateway(transport_context) {}
    asio::awaitable<opened> open(cursor const&) { co_return opened(continuity::lost, "recovery failed"); }
    std::optional<delivery_mode> requested_delivery() const { return delivery_mode::websocket(); }
    asio::awaitable<void> attach(subscription_info const&) { co_return; }
    asio::awaitable<delivery> receive() { co_return delivery(); }
    asio::awaitable<response> exchange(request) { co_return response(); }
    void close() noexcept {}
};

class listener {
public:
    static constexpr std::string_view name = "listener";
    static constexpr when_full on_full = when_full::drop_oldest;
    listener(transport_context, std::string public_url) : url_(std::move(public_url)) {}
    asio::awaitable<opened> open(cursor const&) { co_return continuity::fresh; }
    std::optional<delivery_mode> requested_delivery() const { return delivery_mode::webhook(url_); }
    asio::awaitable<void> attach(subscription_info const&) { co_return; }
    asio::awaitable<delivery> receive() { co_return delivery(); }
    void close() noexcept {}

private:
    std::string url_;
};

// A user's own: no resource on the server.
class replay : public long_poll {
public:
    using long_poll::long_poll;
    std::optional<delivery_mode> requested_delivery() const { return std::nullopt; }
};

static_assert(transport<long_poll> && transport<gateway> && transport<listener> && transport<replay>);
static_assert(control_channel<gateway> && !control_channel<long_poll> && !control_channel<listener>);
static_assert(renewed_by_server<gateway> && !renewed_by_server<long_poll>);

// What it refuses.
class throwing_close : public long_poll {
public:
    void close() {}
};
class blocking_receive : public long_poll {
public:
    delivery receive() { return {}; }
};
class no_policy : public long_poll {
public:
    static constexpr int on_full = 0;
};
class loose_result : public long_poll {
public:
    asio::awaitable<void> open(cursor const&) { co_return; }
};
static_assert(!transport<throwing_close> && !transport<blocking_receive> && !transport<no_policy> && !transport<loose_result> && !transport<int>);

TEST_CASE("a transport's type is forgotten behind the edge, and its traits are not")
{
    static_assert(std::derived_from<core::transport_model<gateway>, core::any_transport>);
    auto const make = core::factory_for<listener>(std::string("https://example.com/hook"));
    auto const made = make(transport_context(nullptr));
    CHECK(made->about().name == "listener");
    CHECK(made->about().on_full == when_full::drop_oldest);
    CHECK(!made->about().carries_requests);
    CHECK(made->requested_delivery()->address == "https://example.com/hook");
}

} // namespace
