// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace ringtail::protocol {

enum class websocket_opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// One frame as it stands in the read buffer; `payload` points into it.
class websocket_frame {
public:
    websocket_opcode opcode = websocket_opcode::text;
    bool last = true; ///< of its message
    std::string_view payload;
    std::size_t size = 0; ///< of the whole frame, with its header
};

enum class websocket_fault {
    none,
    incomplete,  ///< more bytes are needed
    too_large,   ///< the payload exceeds the bound
    malformed,   ///< reserved bits or opcodes, a masked frame from a server, a fragmented or long control frame
};

/** Take the first frame of `bytes`, as a client reads it (RFC 6455 section 5).

    @param most  bound of the payload.
    @param frame filled when the result is `none`. */
constexpr websocket_fault read_websocket_frame(std::string_view bytes, std::size_t most, websocket_frame& frame) noexcept
{
    auto const octet = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
    if (bytes.size() < 2) {
        return websocket_fault::incomplete;
    }
    auto const code = static_cast<std::uint8_t>(octet(0) & 0x0f);
    auto const control = (code & 0x08) != 0;
    auto const known = code <= 2 || (code >= 8 && code <= 10);
    auto const masked = (octet(1) & 0x80) != 0;
    std::uint64_t length = octet(1) & 0x7f;
    auto const last = (octet(0) & 0x80) != 0;
    if ((octet(0) & 0x70) != 0 || !known || masked || (control && (!last || length > 125))) {
        return websocket_fault::malformed;
    }
    std::size_t header = 2;
    if (length >= 126) {
        std::size_t const extra = length == 126 ? 2 : 8;
        if (bytes.size() < header + extra) {
            return websocket_fault::incomplete;
        }
        length = 0;
        for (std::size_t i = 0; i != extra; ++i) {
            length = length << 8 | octet(header + i);
        }
        header += extra;
    }
    if (length > most) {
        return websocket_fault::too_large;
    }
    if (bytes.size() - header < length) {
        return websocket_fault::incomplete;
    }
    frame.opcode = static_cast<websocket_opcode>(code);
    frame.last = last;
    frame.payload = bytes.substr(header, static_cast<std::size_t>(length));
    frame.size = header + static_cast<std::size_t>(length);
    return websocket_fault::none;
}

/** Append one whole message in one frame, as a client sends it: masked.

    @param mask  must not be foreseeable by whoever chose the payload (RFC 6455 section 10.3). */
inline void append_websocket_frame(std::string& out, websocket_opcode opcode, std::string_view payload, std::uint32_t mask)
{
    auto const put = [&](std::uint64_t byte) { out += static_cast<char>(byte & 0xff); };
    put(0x80u | static_cast<unsigned>(opcode));
    if (payload.size() < 126) {
        put(0x80u | payload.size());
    } else if (payload.size() < 0x10000) {
        put(0x80u | 126u);
        put(payload.size() >> 8);
        put(payload.size());
    } else {
        put(0x80u | 127u);
        for (int shift = 56; shift >= 0; shift -= 8) {
            put(std::uint64_t{payload.size()} >> shift);
        }
    }
    std::array<char, 4> key{};
    std::memcpy(key.data(), &mask, key.size());
    out.append(key.data(), key.size());
    auto const start = out.size();
    out.append(payload);
    for (std::size_t i = 0; i != payload.size(); ++i) {
        out[start + i] = static_cast<char>(out[start + i] ^ key[i % 4]);
    }
}

} // namespace ringtail::protocol
