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

    A list that can't be read leaves its filters unhealed; behind a rate limit that outlasts `config::call_timeout` all further
    ones, too.
    @throws failure  if the login fails. */
asio::awaitable<gap_repair> read_gap(std::shared_ptr<account> of, gap missing, event_filters filters);

} // namespace ringtail::core

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/core/impl/gap_reader.ipp>
#endif
