// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "service.hpp"

#include <ringtail/crypto/base64.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace simulation {

using namespace ringtail::sandbox_detail;

namespace {

std::string accept_key(std::string const& key)
{
    auto const text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    std::string encoded(4 * ((size + 2) / 3) + 4, '\0');
    encoded.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), digest.data(), static_cast<int>(size))));
    return encoded;
}

// As a server sends it: not masked (RFC 6455 section 5.1).
std::string frame(unsigned opcode, std::string_view payload)
{
    std::string text;
    text += static_cast<char>(0x80u | opcode);
    if (payload.size() < 126) {
        text += static_cast<char>(payload.size());
    } else if (payload.size() < 0x10000) {
        text += static_cast<char>(126);
        text += static_cast<char>(payload.size() >> 8 & 0xff);
        text += static_cast<char>(payload.size() & 0xff);
    } else {
        text += static_cast<char>(127);
        for (auto shift = 56; shift >= 0; shift -= 8) {
            text += static_cast<char>(std::uint64_t{payload.size()} >> shift & 0xff);
        }
    }
    text += payload;
    return text;
}

// The header of an HTTP message, if it is all there: the first line, the fields, and where the body begins.
struct header_lines {
    std::string first;
    field_list fields;
    std::size_t size = 0;
    std::size_t body = 0;
};

std::optional<header_lines> read_header(std::string_view text)
{
    auto const end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    header_lines found;
    found.size = end + 4;
    auto at = text.find("\r\n");
    found.first = text.substr(0, at);
    while (at < end) {
        auto const next = text.find("\r\n", at + 2);
        auto const line = text.substr(at + 2, next - at - 2);
        auto const colon = line.find(':');
        if (colon != std::string_view::npos) {
            auto const value = line.find_first_not_of(' ', colon + 1);
            found.fields.add(std::string(line.substr(0, colon)), std::string(value == std::string_view::npos ? "" : line.substr(value)));
        }
        at = next;
    }
    auto const length = found.fields.get("Content-Length");
    std::from_chars(length.data(), length.data() + length.size(), found.body);
    return found;
}

// The API group of a request, as the vendor's page "Rate limits" has them; empty for those without.
std::string group_of(std::string const& method, std::string const& target)
{
    if (target.starts_with("/restapi/oauth/token")) {
        return "auth";
    }
    if (!target.starts_with("/restapi/v1.0/subscription")) {
        return {};
    }
    return method == "GET" || target.ends_with("/renew") ? "light" : "medium";
}

} // namespace

/// One connection of a client: HTTP requests one after the other, perhaps a WebSocket in the end.
class service::session : public std::enable_shared_from_this<session> {
public:
    session(service& owner, std::shared_ptr<wire> over) : owner_(owner), wire_(std::move(over)) {}

    void received(std::string_view bytes, wall_time sent)
    {
        if (muted_) {
            return;
        }
        sent_ = sent;
        buffer_ += bytes;
        socket_ ? read_frames() : read_requests();
    }

    void ended()
    {
        if (poll_) {
            owner_.polls_.erase(*poll_);
            owner_.last_poll_ = owner_.time_.now();
            owner_.change([&](services& all, wall_time) { all.abandon(*poll_); });
        }
        close_socket();
    }

    void answer_poll(http_reply reply)
    {
        poll_.reset();
        owner_.last_poll_ = owner_.time_.now();
        send(std::move(reply), group_);
        read_requests();
    }

    void act(gateway_action const& what)
    {
        if (muted_) {
            return;
        }
        switch (what.what) {
        case gateway_step::send: put(frame(1, what.text), what.more); break;
        case gateway_step::send_binary: put(frame(2, what.text), what.more); break;
        case gateway_step::send_raw: put(what.text, what.more); break;
        case gateway_step::cut: {
            auto const whole = frame(1, what.text);
            put(whole.substr(0, whole.size() / 2), false);
            leave(false);
            break;
        }
        case gateway_step::ping: put(frame(9, "ping"), what.more); break;
        case gateway_step::mute: no_pong_ = true; break;
        case gateway_step::close: {
            std::string const code{static_cast<char>(what.code >> 8 & 0xff), static_cast<char>(what.code & 0xff)};
            put(frame(8, code), false);
            leave(false);
            break;
        }
        case gateway_step::finish: leave(false); break;
        case gateway_step::reset: leave(true); break;
        case gateway_step::stall: muted_ = true; break;
        }
    }

private:
    void put(std::string const& bytes, bool more)
    {
        out_ += bytes;
        if (!more) {
            wire_->send(std::exchange(out_, {}));
        }
    }

    void leave(bool abruptly)
    {
        abruptly ? wire_->reset() : wire_->end();
        close_socket();
    }

    void close_socket()
    {
        if (auto const id = std::exchange(socket_, std::nullopt)) {
            owner_.sockets_.erase(*id);
            owner_.change([&](services& all, wall_time now) { all.gateway().closed(*id, now); });
        }
    }

    void read_requests()
    {
        while (!poll_ && !socket_ && !muted_) {
            auto const header = read_header(buffer_);
            if (!header || buffer_.size() < header->size + header->body) {
                return;
            }
            auto const method_end = header->first.find(' ');
            auto const target_end = header->first.find(' ', method_end + 1);
            http_request request(header->first.substr(0, method_end), header->first.substr(method_end + 1, target_end - method_end - 1),
                                 buffer_.substr(header->size, header->body));
            request.headers = header->fields;
            buffer_.erase(0, header->size + header->body);
            serve(std::move(request));
        }
        if (socket_) {
            read_frames();
        }
    }

    void serve(http_request request)
    {
        ++owner_.requests_;
        owner_.tell("    > " + request.method + ' ' + request.target.substr(0, 1000));
        owner_.look_for_trespass(request.method, request.target);
        owner_.last_poll_ = request.target.find("/subscribe/") == std::string::npos ? owner_.last_poll_ : owner_.time_.now();
        if (owner_.on_request) {
            owner_.on_request(request.method, request.target);
        }
        group_ = group_of(request.method, request.target);
        owner_.check_gate(group_, sent_);
        if (owner_.all_.is_upgrade(request)) {
            auto opened = owner_.all_.upgrade(request, owner_.time_.now());
            if (auto* const refusal = std::get_if<http_reply>(&opened)) {
                send(std::move(*refusal), {});
            } else {
                socket_ = std::get<gateway_id>(opened);
                owner_.sockets_[*socket_] = weak_from_this();
                put("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
                        accept_key(request.headers.get("Sec-WebSocket-Key")) + "\r\n\r\n",
                    false);
            }
        } else {
            auto result = owner_.all_.handle(request, owner_.time_.now());
            if (auto* const reply = std::get_if<http_reply>(&result)) {
                send(std::move(*reply), group_);
            } else {
                poll_ = std::get<poll_id>(result);
                owner_.polls_[*poll_] = weak_from_this();
            }
        }
        owner_.pump();
    }

    void send(http_reply reply, std::string const& group)
    {
        owner_.tell("    < " + std::to_string(reply.status) + ' ' + reply.body.substr(0, 1000) +
                    (reply.effect == wire_effect::none ? "" : " (damaged)"));
        if (reply.delay > 0ms && reply.effect != wire_effect::trickle) {
            auto const delay = std::exchange(reply.delay, 0ms);
            muted_ = true; // no other request meanwhile
            owner_.time_.after(delay, [self = shared_from_this(), late = std::move(reply), group] {
                self->muted_ = false;
                self->send(late, group);
                self->read_requests();
            });
            return;
        }
        auto const whole = reply.effect != wire_effect::raw;
        std::string header;
        if (whole) {
            header = "HTTP/1.1 " + std::to_string(reply.status) + " Whatever\r\nDate: " + ringtail::sandbox_detail::http_date(owner_.time_.now()) + "\r\n";
            for (auto const& [name, value] : reply.headers) {
                header += name + ": " + value + "\r\n";
            }
            if (reply.status != 204) {
                header += "Content-Length: " + std::to_string(reply.body.size() + (reply.effect == wire_effect::wrong_length ? 64 : 0)) + "\r\n";
            }
            header += "\r\n";
        }
        auto const text = header + reply.body;
        switch (reply.effect) {
        case wire_effect::none:
            wire_->send(text);
            wire_->when_arrived([self = shared_from_this(), reply, group] { self->owner_.note_penalty(group, reply); });
            break;
        case wire_effect::wrong_length: wire_->send(text); break;
        case wire_effect::raw:
        case wire_effect::close_after:
            wire_->send(text);
            end();
            break;
        case wire_effect::cut_header:
            wire_->send(std::string_view(text).substr(0, header.size() / 2));
            end();
            break;
        case wire_effect::cut_body:
            wire_->send(std::string_view(text).substr(0, header.size() + reply.body.size() / 2));
            end();
            break;
        case wire_effect::lost: end(); break;
        case wire_effect::reset:
            muted_ = true;
            wire_->reset();
            break;
        case wire_effect::stall: muted_ = true; break;
        case wire_effect::trickle:
            for (std::size_t at = 0, count = 0; at < text.size(); at += 16, ++count) {
                owner_.time_.after(reply.delay * static_cast<int>(count),
                                   [to = wire_, part = text.substr(at, 16)] { to->send(part); });
            }
            break;
        }
    }

    void end()
    {
        muted_ = true;
        wire_->end();
    }

    // As a client sends them: masked (RFC 6455 section 5.3).
    void read_frames()
    {
        while (socket_ && !muted_ && buffer_.size() >= 2) {
            auto const octet = [&](std::size_t at) { return static_cast<unsigned char>(buffer_[at]); };
            auto const opcode = octet(0) & 0x0fu;
            std::uint64_t length = octet(1) & 0x7fu;
            std::size_t header = 2;
            auto const extra = length == 126 ? 2u : length == 127 ? 8u : 0u;
            if (buffer_.size() < header + extra + 4) {
                return;
            }
            if (extra != 0) {
                length = 0;
                for (std::size_t i = 0; i != extra; ++i) {
                    length = length << 8 | octet(header + i);
                }
                header += extra;
            }
            if (buffer_.size() < header + 4 + length) {
                return;
            }
            std::string payload = buffer_.substr(header + 4, static_cast<std::size_t>(length));
            for (std::size_t i = 0; i != payload.size(); ++i) {
                payload[i] = static_cast<char>(static_cast<unsigned char>(payload[i]) ^ octet(header + i % 4));
            }
            buffer_.erase(0, header + 4 + static_cast<std::size_t>(length));
            if (opcode == 1) {
                owner_.look_for_trespass(payload.find(R"("method":"GET")") == std::string::npos ? "" : "GET", payload);
                owner_.change([&](services& all, wall_time now) { all.gateway().receive(*socket_, payload, now); });
            } else if (opcode == 8) {
                leave(false);
            } else if (opcode == 9 && !no_pong_) {
                put(frame(10, payload), false);
            } else if (opcode == 10) {
                owner_.change([&](services& all, wall_time) { all.gateway().receive_pong(*socket_); });
            }
        }
    }

    service& owner_;
    std::shared_ptr<wire> wire_;
    std::string buffer_;
    std::string out_;
    std::string group_; // of the request that waits for its answer
    std::optional<poll_id> poll_;
    std::optional<gateway_id> socket_;
    wall_time sent_; // the last bytes
    bool muted_ = false;
    bool no_pong_ = false;
};

/// One request to a webhook.
class service::post : public std::enable_shared_from_this<post> {
public:
    post(service& owner, webhook_post what) : owner_(owner), what_(std::move(what)) {}

    void start()
    {
        auto const self = shared_from_this();
        std::uint16_t port = 0;
        std::from_chars(what_.url.port.data(), what_.url.port.data() + what_.url.port.size(), port);
        wire_ = owner_.network_.time.now() < owner_.network_.swallows_until ? nullptr : owner_.network_.dial(port);
        if (!wire_) {
            owner_.time_.after(10ms, [self] { self->report(webhook_result(webhook_result::kind::unreachable)); });
            return;
        }
        wire_->on_bytes = [self](std::string_view bytes, wall_time) { self->received(bytes); };
        wire_->on_end = [self] { self->report(webhook_result(webhook_result::kind::unreachable)); };
        owner_.time_.after(what_.timeout, [self] { self->report(webhook_result(webhook_result::kind::timed_out)); });
        auto text = "POST " + what_.url.target + " HTTP/1.1\r\nHost: " + what_.url.host + "\r\n";
        for (auto const& [name, value] : what_.headers) {
            text += name + ": " + value + "\r\n";
        }
        text += "Content-Length: " + std::to_string(what_.body.size()) + "\r\n\r\n" + what_.body;
        switch (what_.effect) {
        case wire_effect::reset: wire_->reset(); break;
        case wire_effect::lost: wire_->end(); break;
        case wire_effect::cut_body:
            wire_->send(std::string_view(text).substr(0, text.size() - what_.body.size() / 2));
            wire_->end();
            break;
        default: wire_->send(text);
        }
    }

private:
    void received(std::string_view bytes)
    {
        buffer_ += bytes;
        auto const header = read_header(buffer_);
        if (!header || buffer_.size() < header->size + header->body) {
            return;
        }
        webhook_result result(webhook_result::kind::answered);
        auto const space = header->first.find(' ');
        std::from_chars(header->first.data() + space + 1, header->first.data() + header->first.size(), result.status);
        result.headers = header->fields;
        result.size = header->size + header->body;
        report(result);
    }

    void report(webhook_result const& result)
    {
        if (std::exchange(reported_, true)) {
            return;
        }
        auto const self = shared_from_this();
        if (wire_) {
            wire_->end();
        }
        owner_.change([&](services& all, wall_time now) { all.webhooks().report(what_.id, result, now); });
    }

    service& owner_;
    webhook_post what_;
    std::shared_ptr<wire> wire_;
    std::string buffer_;
    bool reported_ = false;
};

service::service(timeline& time, network& over, ringtail::sandbox_options options)
    : time_(time), network_(over), all_(std::move(options), url)
{
    over.on_connection = [this](std::shared_ptr<wire> made) {
        auto const one = std::make_shared<session>(*this, made);
        made->on_bytes = [one](std::string_view bytes, wall_time sent) { one->received(bytes, sent); };
        made->on_end = [one] { one->ended(); };
        all_.count_connection();
    };
}

service::~service() { *alive_ = false; }

void service::pump()
{
    if (std::exchange(pumping_, true)) {
        return;
    }
    for (auto again = true; again;) {
        auto ready = all_.take_ready(time_.now());
        auto const actions = all_.gateway().take_actions();
        auto posts = all_.webhooks().take_posts(time_.now());
        again = !ready.empty() || !actions.empty() || !posts.empty();
        for (auto& [poll, reply] : ready) {
            auto const found = polls_.find(poll);
            auto const to = found == polls_.end() ? nullptr : found->second.lock();
            polls_.erase(poll);
            if (to) {
                to->answer_poll(std::move(reply));
            }
        }
        for (auto const& each : actions) {
            auto const found = sockets_.find(each.connection);
            if (auto const to = found == sockets_.end() ? nullptr : found->second.lock()) {
                to->act(each);
            }
        }
        for (auto& each : posts) {
            std::make_shared<post>(*this, std::move(each))->start();
        }
    }
    pumping_ = false;
    auto const next = all_.next_wakeup(time_.now());
    if (next && (!wakes_ || *next < *wakes_)) {
        wakes_ = std::max(*next, time_.now() + 1ms);
        time_.at(*wakes_, [this, mine = *wakes_, alive = alive_] {
            if (*alive && wakes_ == mine) {
                wakes_.reset();
                pump();
            }
        });
    }
}

void service::look_for_trespass(std::string_view method, std::string_view text)
{
    for (auto const& [id, address] : strangers_) {
        auto const changes = method != "GET" && text.find(id) != std::string_view::npos;
        auto const listens = text.find("/subscribe/") != std::string_view::npos && text.find(address) != std::string_view::npos;
        trespasses_ += changes || (listens && !address.empty()) ? 1u : 0u;
    }
}

// The client knows it now.
void service::note_penalty(std::string const& group, http_reply const& reply)
{
    if (group.empty() || reply.status != 429) {
        return;
    }
    int seconds = 0;
    auto const wait = reply.headers.get("Retry-After");
    std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
    closed_[group] = {time_.now(), time_.now() + std::chrono::seconds(seconds != 0 ? seconds : 60)};
}

void service::check_gate(std::string const& group, wall_time sent)
{
    auto const found = closed_.find(group);
    if (found != closed_.end() && sent > found->second.first + underway_at_most && sent < found->second.second) {
        ++early_requests_;
    }
}

} // namespace simulation
