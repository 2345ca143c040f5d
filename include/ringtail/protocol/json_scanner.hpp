// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/protocol/json_place.hpp>

#include <cstddef>
#include <string_view>

namespace ringtail::protocol {

/** A validating pass over JSON text that builds nothing (RFC 8259).

    A notification is looked at for six members and handed on as text, so a document tree would be most of its cost. The
    scanner checks everything a parser checks (grammar, UTF-8, depth) and reports where values stand. Usable in constant
    expressions. Once something is malformed every further call fails. */
class json_scanner {
public:
    /** @param text       must outlive the scanner and the views it returns.
        @param max_depth  deepest nesting of arrays and objects that is accepted. */
    constexpr explicit json_scanner(std::string_view text, std::size_t max_depth = 64) noexcept
        : place_(text), depth_left_(max_depth)
    {
    }

    /// Validate the next value; its text, without white space around it, or an empty view if it is malformed.
    constexpr std::string_view value() noexcept
    {
        place_.space();
        auto const start = place_.at();
        return check(place_.value(depth_left_)) ? place_.since(start) : std::string_view{};
    }

    /** The text of the next value, where only brackets and quotes are looked at, at any depth.

        For a value that is validated on its own later: what is wrong inside it must not spoil what is around it. */
    constexpr std::string_view unchecked_value() noexcept
    {
        if (auto const first = peek(); first != '{' && first != '[') {
            return value();
        }
        auto const start = place_.at();
        return check(place_.unchecked()) ? place_.since(start) : std::string_view{};
    }

    /** Enter an object and hand each member to `visit(name, scanner)`, which must consume exactly its value.

        Names come as they stand in the text, without quotes and not unescaped. */
    template <class Visit>
    constexpr bool object(Visit&& visit)
    {
        return nested('{', '}', [&] {
            std::string_view name;
            if (!string(name)) {
                return false;
            }
            place_.space();
            return accept(':') && visit(name, *this) && ok_;
        });
    }

    /// Enter an array; `visit(scanner)` must consume exactly one element.
    template <class Visit>
    constexpr bool array(Visit&& visit)
    {
        return nested('[', ']', [&] { return visit(*this) && ok_; });
    }

    /// Consume a string; `content` is what stands between the quotes, escapes untouched.
    constexpr bool string(std::string_view& content) noexcept
    {
        place_.space();
        auto const start = place_.at();
        if (!check(place_.string())) {
            return false;
        }
        content = place_.since(start);
        content = content.substr(1, content.size() - 2);
        return true;
    }

    /// Whether there may be escapes in the string that was consumed last.
    [[nodiscard]] constexpr bool may_have_escapes() const noexcept { return !place_.was_plain(); }

    /// The first character of the next value, or 0 at the end of the text.
    constexpr char peek() noexcept
    {
        place_.space();
        return place_.here();
    }

    /// Whether all was well so far and nothing but white space is left.
    constexpr bool at_end() noexcept
    {
        place_.space();
        return ok_ && place_.at_end();
    }

private:
    constexpr bool fail() noexcept
    {
        ok_ = false;
        return false;
    }

    constexpr bool check(bool good) noexcept
    {
        ok_ = ok_ && good;
        return ok_;
    }

    constexpr bool accept(char expected) noexcept
    {
        if (!place_.is_at(expected)) {
            return fail();
        }
        place_.step();
        return true;
    }

    template <class Item>
    constexpr bool nested(char open, char close, Item&& item)
    {
        place_.space();
        if (depth_left_ == 0 || !accept(open)) {
            return fail();
        }
        --depth_left_;
        place_.space();
        if (place_.is_at(close)) {
            place_.step();
        } else {
            for (;;) {
                if (!item()) {
                    return fail();
                }
                place_.space();
                if (place_.is_at(',')) {
                    place_.step();
                } else if (accept(close)) {
                    break;
                } else {
                    return false;
                }
            }
        }
        ++depth_left_;
        return ok_;
    }

    json_place place_;
    std::size_t depth_left_;
    bool ok_ = true;
};

} // namespace ringtail::protocol
