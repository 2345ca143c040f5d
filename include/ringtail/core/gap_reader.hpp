// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/core/account.hpp>
#include <ringtail/event.hpp>
#include <ringtail/event_filters.hpp>
#include <ringtail/gap_repair.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace ringtail::core {

/** Read again, over REST, what the service keeps of a gap.

    A list that can't be read leaves its filters unhealed; behind an outage all further ones, too, and behind a rate limit
    that outlasts `config::call_timeout` those of its group. It ends by `config::repair_timeout`.
    @throws failure  if the login fails. */
RINGTAIL_DECL asio::awaitable<gap_repair> read_gap(std::shared_ptr<account> of, gap missing, event_filters filters);

} // namespace ringtail::core

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/core/impl/gap_reader.ipp>
#endif
