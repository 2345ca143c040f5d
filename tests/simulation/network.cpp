// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "network.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstring>
#include <deque>

namespace simulation {

using ringtail::failure;
using ringtail::net::parked;

// The services' end.

void wire::send(std::string_view bytes)
{
    if (gone_ || bytes.empty()) {
        return;
    }
    auto const cut = bytes.size() > 1 && network_.chance(0.25)
                         ? std::uniform_int_distribution<std::size_t>(1, bytes.size() - 1)(network_.random)
                         : bytes.size();
    for (auto const part : {bytes.substr(0, cut), bytes.substr(cut)}) {
        if (part.empty()) {
            continue;
        }
        auto const soonest = network_.time.now() + std::chrono::duration_cast<wall_time::duration>(network_.latency());
        next_to_client_ = std::max({soonest, next_to_client_ + 1us, network_.swallows_until});
        network_.time.at(next_to_client_, [self = shared_from_this(), text = std::string(part)] { self->deliver(text); });
    }
}

void wire::when_arrived(std::function<void()> told)
{
    network_.time.at(next_to_client_, [self = shared_from_this(), told = std::move(told)] {
        if (!self->closed_ && !self->forgotten_ && !self->ending_) {
            told();
        }
    });
}

void wire::end()
{
    if (std::exchange(gone_, true)) {
        return;
    }
    auto const soonest = network_.time.now() + std::chrono::duration_cast<wall_time::duration>(network_.latency());
    next_to_client_ = std::max({soonest, next_to_client_ + 1us, network_.swallows_until});
    network_.time.at(next_to_client_, [self = shared_from_this()] {
        if (!self->forgotten_) {
            self->fail(asio::error::eof);
        }
    });
}

void wire::reset()
{
    if (!std::exchange(gone_, true)) {
        network_.time.after(network_.latency(), [self = shared_from_this()] {
            if (!self->forgotten_) {
                self->fail(asio::error::connection_reset);
            }
        });
    }
}

void wire::deliver(std::string bytes)
{
    if (!closed_ && !forgotten_ && !ending_) {
        inbox_ += bytes;
        notify();
    }
}

void wire::fail(error_code how)
{
    if (!closed_ && !ending_) {
        ending_ = how;
        notify();
    }
}

void wire::notify()
{
    if (auto const waiter = std::exchange(reader_, nullptr)) {
        waiter->wake();
    }
    if (auto told = std::exchange(told_, nullptr)) {
        asio::post(client_, [told = std::move(told)] { told({}); });
    }
}

// The client's end.

std::size_t wire::read(char* to, std::size_t room, error_code& how) noexcept
{
    how = {};
    if (closed_) {
        how = asio::error::bad_descriptor;
        return 0;
    }
    if (inbox_.empty()) {
        how = ending_ ? ending_ : error_code(asio::error::would_block);
        return 0;
    }
    auto const size = std::min(room, inbox_.size());
    std::memcpy(to, inbox_.data(), size);
    inbox_.erase(0, size);
    return size;
}

std::size_t wire::write(char const* from, std::size_t size, error_code& how) noexcept
{
    how = {};
    if (closed_ || ending_) {
        how = closed_ ? asio::error::bad_descriptor : asio::error::broken_pipe;
        return 0;
    }
    if (std::exchange(full_, false)) {
        how = asio::error::would_block;
        return 0;
    }
    full_ = network_.chance(0.02);
    auto const accepted = full_ ? (size + 1) / 2 : size;
    auto const soonest = network_.time.now() + std::chrono::duration_cast<wall_time::duration>(network_.latency());
    next_to_service_ = std::max({soonest, next_to_service_ + 1us, network_.swallows_until});
    network_.time.at(next_to_service_, [self = shared_from_this(), bytes = std::string(from, accepted), sent = network_.time.now()] {
        if (!self->gone_ && !self->forgotten_ && self->on_bytes) {
            self->on_bytes(bytes, sent);
        }
    });
    return accepted;
}

asio::awaitable<void> wire::readable()
{
    auto const self = shared_from_this();
    if (closed_) {
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    if (inbox_.empty() && !ending_) {
        auto const keep = [this](std::shared_ptr<parked> waiter) { reader_ = std::move(waiter); };
        co_await ringtail::net::park(keep);
    }
}

void wire::when_readable(std::function<void(error_code)> told)
{
    told_ = std::move(told);
    if (closed_) {
        asio::post(client_, [heard = std::exchange(told_, nullptr)] { heard(asio::error::operation_aborted); });
    } else if (!inbox_.empty() || ending_) {
        notify();
    }
}

asio::awaitable<void> wire::writable()
{
    auto const self = shared_from_this();
    auto const keep = [this](std::shared_ptr<parked> waiter) {
        writer_ = waiter;
        network_.time.after(1ms, [waiter] { waiter->wake(); });
    };
    co_await ringtail::net::park(keep);
}

void wire::close() noexcept
{
    if (std::exchange(closed_, true)) {
        return;
    }
    for (auto const& waiter : {std::exchange(reader_, nullptr), std::exchange(writer_, nullptr)}) {
        if (waiter) {
            waiter->wake(asio::error::operation_aborted);
        }
    }
    if (auto told = std::exchange(told_, nullptr)) {
        asio::post(client_, [told = std::move(told)] { told(asio::error::operation_aborted); });
    }
    next_to_service_ = std::max({network_.time.now() + 1ms, next_to_service_ + 1us, network_.swallows_until});
    network_.time.at(next_to_service_, [self = shared_from_this()] {
        if (!self->forgotten_) {
            self->leave();
        }
    });
}

// The services' end has no more to do.
void wire::leave()
{
    on_bytes = nullptr;
    auto const last = std::exchange(on_end, nullptr);
    if (!std::exchange(gone_, true) && last) {
        last();
    }
}

// The network.

void wire::break_now()
{
    fail(asio::error::connection_reset);
    leave();
}

void wire::forget()
{
    if (std::exchange(forgotten_, true)) {
        return;
    }
    // Probes of an idle connection find out, unless a router answers them.
    if (network_.chance(0.75)) {
        network_.time.after(60s, [self = shared_from_this()] { self->fail(asio::error::timed_out); });
    }
    // So do the services in the end.
    network_.time.after(10min, [self = shared_from_this()] { self->leave(); });
}

std::vector<std::shared_ptr<wire>> network::living()
{
    std::vector<std::shared_ptr<wire>> found;
    std::erase_if(wires_, [&](auto const& each) {
        if (auto alive = each.lock()) {
            found.push_back(std::move(alive));
            return false;
        }
        return true;
    });
    return found;
}

std::size_t network::open_connections() { return living().size(); }

void network::cut_all()
{
    for (auto const& each : living()) {
        each->break_now();
    }
}

void network::cut_one()
{
    auto const all = living();
    if (!all.empty()) {
        all[std::uniform_int_distribution<std::size_t>(0, all.size() - 1)(random)]->break_now();
    }
}

void network::forget_all()
{
    for (auto const& each : living()) {
        each->forget();
    }
}

duration network::latency()
{
    auto const usual = std::chrono::microseconds(std::uniform_int_distribution(2'000, 40'000)(random));
    return chance(0.01) ? duration(std::chrono::milliseconds(std::uniform_int_distribution(100, 1'200)(random))) : duration(usual);
}

namespace {

class wire_stream final : public ringtail::net::stream {
public:
    explicit wire_stream(std::shared_ptr<wire> over) : wire_(std::move(over)) {}
    ~wire_stream() override { wire_->close(); }

    std::size_t read(char* to, std::size_t room, error_code& how) noexcept override
    {
        auto const got = wire_->read(to, room, how);
        drained_ = how == asio::error::would_block;
        return got;
    }
    [[nodiscard]] bool drained() const noexcept override { return drained_; }
    std::size_t write(char const* from, std::size_t size, error_code& how) noexcept override { return wire_->write(from, size, how); }
    asio::awaitable<void> readable() override { return wire_->readable(); }
    void when_readable(std::function<void(error_code)> told) override { wire_->when_readable(std::move(told)); }
    asio::awaitable<void> writable() override { return wire_->writable(); }
    void close() noexcept override { wire_->close(); }

private:
    std::shared_ptr<wire> wire_;
    bool drained_ = false;
};

} // namespace

class network::listener {
public:
    explicit listener(asio::any_io_executor on) : executor(std::move(on)) {}
    asio::any_io_executor executor;
    std::deque<std::shared_ptr<wire>> waiting;
    std::shared_ptr<parked> acceptor;
    bool closed = false;
};

std::shared_ptr<wire> network::dial(std::uint16_t port)
{
    auto const found = listeners.find(port);
    auto const on = found == listeners.end() ? nullptr : found->second.lock();
    if (!on || on->closed || time.now() < refuses_until) {
        return nullptr;
    }
    auto made = std::make_shared<wire>(*this, on->executor);
    add(made);
    on->waiting.push_back(made);
    if (auto const waiter = std::exchange(on->acceptor, nullptr)) {
        waiter->wake();
    }
    return made;
}

namespace {

class wire_acceptor final : public ringtail::net::acceptor {
public:
    explicit wire_acceptor(std::shared_ptr<network::listener> of) : listener_(std::move(of)) {}
    ~wire_acceptor() override { close(); }

    asio::awaitable<std::unique_ptr<ringtail::net::stream>> accept() override
    {
        auto const on = listener_;
        while (on->waiting.empty()) {
            if (on->closed) {
                throw boost::system::system_error(asio::error::operation_aborted);
            }
            auto const keep = [&on](std::shared_ptr<parked> waiter) { on->acceptor = std::move(waiter); };
            co_await ringtail::net::park(keep);
        }
        auto next = std::move(on->waiting.front());
        on->waiting.pop_front();
        co_return std::make_unique<wire_stream>(std::move(next));
    }
    void close() noexcept override
    {
        listener_->closed = true;
        for (auto const& each : std::exchange(listener_->waiting, {})) {
            each->close();
        }
        if (auto const waiter = std::exchange(listener_->acceptor, nullptr)) {
            waiter->wake(asio::error::operation_aborted);
        }
    }

private:
    std::shared_ptr<network::listener> listener_;
};

class network_connector final : public ringtail::net::connector {
public:
    network_connector(network& through, machine_clock& clock, asio::any_io_executor client)
        : network_(through), clock_(clock), client_(std::move(client))
    {
    }

    asio::awaitable<std::unique_ptr<ringtail::net::stream>> connect(ringtail::net::endpoint, ringtail::steady_time deadline) override
    {
        auto& network = network_;
        co_await pause(network.latency());
        if (network.time.now() < network.refuses_until) {
            throw failure(ringtail::error::connection_failed, "connection refused");
        }
        if (network.time.now() < std::max(network.swallows_until, network.ignores_until)) {
            co_await pause(deadline - clock_.steady());
            throw failure(ringtail::error::timed_out, "connecting");
        }
        auto made = std::make_shared<wire>(network, client_);
        network.add(made);
        network.on_connection(made);
        co_return std::make_unique<wire_stream>(std::move(made));
    }

    std::unique_ptr<ringtail::net::acceptor> listen(ringtail::net::listening_point const& at) override
    {
        auto made = std::make_shared<network::listener>(client_);
        network_.listeners[at.port] = made;
        return std::make_unique<wire_acceptor>(std::move(made));
    }

private:
    asio::awaitable<void> pause(duration time)
    {
        co_await ringtail::net::park([&](std::shared_ptr<parked> waiter) {
            network_.time.after(std::max<duration>(time, 1ms), [waiter] { waiter->wake(); });
        });
    }

    network& network_;
    machine_clock& clock_;
    asio::any_io_executor client_;
};

} // namespace

std::unique_ptr<ringtail::net::connector> connector_of(network& through, machine_clock& clock, asio::any_io_executor client)
{
    return std::make_unique<network_connector>(through, clock, std::move(client));
}

} // namespace simulation
