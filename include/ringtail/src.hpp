// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

// The bodies, for one translation unit of a program that defines RINGTAIL_SEPARATE_COMPILATION everywhere.
#ifndef RINGTAIL_SEPARATE_COMPILATION
#error "ringtail/src.hpp is for programs that define RINGTAIL_SEPARATE_COMPILATION"
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
// g++ warns of every lambda in a coroutine that is not inline and does not stand in the main file.
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

#include <ringtail.hpp>

#include <ringtail/core/impl/account.ipp>
#include <ringtail/core/impl/event_queue.ipp>
#include <ringtail/core/impl/gap_reader.ipp>
#include <ringtail/core/impl/payload_reader.ipp>
#include <ringtail/core/impl/rate_gates.ipp>
#include <ringtail/core/impl/subscription_core.ipp>
#include <ringtail/crypto/impl/decoder.ipp>
#include <ringtail/detail/impl/json_fields.ipp>
#include <ringtail/events/impl/extension_list.ipp>
#include <ringtail/events/impl/instant_message.ipp>
#include <ringtail/events/impl/message_store.ipp>
#include <ringtail/events/impl/post.ipp>
#include <ringtail/events/impl/presence.ipp>
#include <ringtail/events/impl/telephony_session.ipp>
#include <ringtail/impl/authorization_request.ipp>
#include <ringtail/impl/client.ipp>
#include <ringtail/impl/config.ipp>
#include <ringtail/impl/cursor.ipp>
#include <ringtail/impl/environment.ipp>
#include <ringtail/impl/error.ipp>
#include <ringtail/impl/event.ipp>
#include <ringtail/impl/event_filters.ipp>
#include <ringtail/impl/extension.ipp>
#include <ringtail/impl/gap_repair.ipp>
#include <ringtail/impl/pooled_pubnub.ipp>
#include <ringtail/impl/pubnub.ipp>
#include <ringtail/impl/subscription.ipp>
#include <ringtail/impl/subscription_info.ipp>
#include <ringtail/impl/timestamp.ipp>
#include <ringtail/impl/webhook.ipp>
#include <ringtail/impl/webhook_receiver.ipp>
#include <ringtail/impl/websocket.ipp>
#include <ringtail/net/impl/background.ipp>
#include <ringtail/net/impl/deadlines.ipp>
#include <ringtail/net/impl/http_client.ipp>
#include <ringtail/net/impl/http_connection.ipp>
#include <ringtail/net/impl/http_listener.ipp>
#include <ringtail/net/impl/parking.ipp>
#include <ringtail/net/impl/services.ipp>
#include <ringtail/net/impl/tcp_acceptor.ipp>
#include <ringtail/net/impl/tcp_connector.ipp>
#include <ringtail/net/impl/tls_context.ipp>
#include <ringtail/net/impl/tls_identity.ipp>
#include <ringtail/net/impl/tls_peer.ipp>
#include <ringtail/net/impl/tls_stream.ipp>
#include <ringtail/net/impl/url.ipp>
#include <ringtail/net/impl/websocket_connection.ipp>
#include <ringtail/protocol/impl/failure_table.ipp>
#include <ringtail/protocol/impl/gateway_frame.ipp>
#include <ringtail/protocol/impl/http_date.ipp>
#include <ringtail/protocol/impl/lifecycle.ipp>
#include <ringtail/protocol/impl/position_history.ipp>
#include <ringtail/protocol/impl/pubnub_poll.ipp>
#include <ringtail/protocol/impl/pubnub_reply.ipp>
#include <ringtail/protocol/impl/repair_plan.ipp>
#include <ringtail/protocol/impl/shared_polls.ipp>
#include <ringtail/protocol/impl/throttle.ipp>
#include <ringtail/protocol/impl/token.ipp>
#include <ringtail/pubnub_pool/impl/member.ipp>
#include <ringtail/pubnub_pool/impl/pool.ipp>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
