// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

// The sandbox's bodies, for one translation unit of a program that defines RINGTAIL_SEPARATE_COMPILATION everywhere.
#ifndef RINGTAIL_SEPARATE_COMPILATION
#error "ringtail/sandbox/src.hpp is for programs that define RINGTAIL_SEPARATE_COMPILATION"
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
// g++ warns of every lambda in a coroutine that is not inline and does not stand in the main file.
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

#include <ringtail/sandbox.hpp>
#include <ringtail/sandbox/impl/call_center.ipp>
#include <ringtail/sandbox/impl/calls.ipp>
#include <ringtail/sandbox/impl/control_api.ipp>
#include <ringtail/sandbox/impl/event_filter.ipp>
#include <ringtail/sandbox/impl/extension_directory.ipp>
#include <ringtail/sandbox/impl/fault.ipp>
#include <ringtail/sandbox/impl/fault_book.ipp>
#include <ringtail/sandbox/impl/gateway_connection.ipp>
#include <ringtail/sandbox/impl/gateway_service.ipp>
#include <ringtail/sandbox/impl/gateway_frames.ipp>
#include <ringtail/sandbox/impl/http_message.ipp>
#include <ringtail/sandbox/impl/http_server.ipp>
#include <ringtail/sandbox/impl/oauth_service.ipp>
#include <ringtail/sandbox/impl/pubnub_service.ipp>
#include <ringtail/sandbox/impl/record_book.ipp>
#include <ringtail/sandbox/impl/sandbox.ipp>
#include <ringtail/sandbox/impl/services.ipp>
#include <ringtail/sandbox/impl/subscription_service.ipp>
#include <ringtail/sandbox/impl/subscription_events.ipp>
#include <ringtail/sandbox/impl/throttle.ipp>
#include <ringtail/sandbox/impl/toolbox.ipp>
#include <ringtail/sandbox/impl/webhook_sender.ipp>
#include <ringtail/sandbox/impl/webhook_service.ipp>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
