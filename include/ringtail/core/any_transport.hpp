// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/error.hpp>
#include <ringtail/subscription_info.hpp>
#include <ringtail/transport.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace ringtail::core {

/** A transport whose type is forgotten: what the run loop drives.

    The concept is checked where the type is known; behind it everything is compiled once. One virtual call for each
    delivery is the price. */
class any_transport {
public:
    virtual ~any_transport() = default;
    virtual asio::awaitable<opened> open(cursor const& where) = 0;
    [[nodiscard]] virtual std::optional<delivery_mode> requested_delivery() const = 0;
    virtual asio::awaitable<void> attach(subscription_info const& info) = 0;
    virtual asio::awaitable<delivery> receive() = 0;
    /// In place of `receive`, where `traits::pushes`.
    virtual void deliver_to(delivery_sink& sink) noexcept = 0;
    virtual void go_on() = 0;
    virtual void close() noexcept = 0;
    /// Only where `traits::carries_requests`.
    virtual asio::awaitable<response> exchange(request call) = 0;

    class traits {
    public:
        std::string_view name;
        when_full on_full;
        bool carries_requests;
        bool server_renews;
        bool unbuffered;
        bool pushes;
    };
    [[nodiscard]] virtual traits const& about() const noexcept = 0;
};

template <transport T>
class transport_model final : public any_transport {
public:
    template <class... Args>
    explicit transport_model(Args&&... args) : transport_(std::forward<Args>(args)...)
    {
    }

    asio::awaitable<opened> open(cursor const& where) override { return transport_.open(where); }
    [[nodiscard]] std::optional<delivery_mode> requested_delivery() const override { return transport_.requested_delivery(); }
    asio::awaitable<void> attach(subscription_info const& info) override { return transport_.attach(info); }
    asio::awaitable<delivery> receive() override
    {
        if constexpr (pushed_delivery<T>) {
            throw failure(error::unsupported, "this transport delivers by calls");
        } else {
            return transport_.receive();
        }
    }
    void deliver_to([[maybe_unused]] delivery_sink& sink) noexcept override
    {
        if constexpr (pushed_delivery<T>) {
            transport_.deliver_to(sink);
        }
    }
    void go_on() override
    {
        if constexpr (pushed_delivery<T>) {
            transport_.go_on();
        }
    }
    void close() noexcept override { transport_.close(); }

    asio::awaitable<response> exchange([[maybe_unused]] request call) override
    {
        if constexpr (control_channel<T>) {
            return transport_.exchange(std::move(call));
        } else {
            throw failure(error::unsupported, "this transport carries no requests");
        }
    }

    [[nodiscard]] traits const& about() const noexcept override
    {
        static constexpr traits result{T::name, T::on_full, control_channel<T>, renewed_by_server<T>, unbuffered_delivery<T>, pushed_delivery<T>};
        return result;
    }

private:
    T transport_;
};

/// Makes a transport once the context is known; its arguments wait inside.
using transport_factory = std::function<std::unique_ptr<any_transport>(transport_context)>;

template <transport T, class... Args>
transport_factory factory_for(Args... args)
{
    if constexpr (sizeof...(Args) == 0) {
        return [](transport_context context) -> std::unique_ptr<any_transport> { return std::make_unique<transport_model<T>>(std::move(context)); };
    } else {
        // std::function copies its target, so what may only be moved is shared.
        auto kept = std::make_shared<std::tuple<Args...>>(std::move(args)...);
        return [kept](transport_context context) -> std::unique_ptr<any_transport> {
            return std::apply(
                [&](auto&... each) { return std::make_unique<transport_model<T>>(std::move(context), std::move(each)...); }, *kept);
        };
    }
}

} // namespace ringtail::core
