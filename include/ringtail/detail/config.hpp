// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/detail/assert_coroutines.hpp>

#include <boost/version.hpp>

#if BOOST_VERSION < 108100
#error "ringtail needs Boost 1.81 or newer"
#endif

// Header-only unless the user asks otherwise: with RINGTAIL_SEPARATE_COMPILATION the headers only declare, and one
// translation unit of the program includes <ringtail/src.hpp>, which holds the bodies.
// Virtual functions say RINGTAIL_DECL in their class already: for one that is not inline there, g++ emits the whole class
// into every unit, used or not.
#if defined(RINGTAIL_SEPARATE_COMPILATION)
#define RINGTAIL_DECL
#else
#define RINGTAIL_HEADER_ONLY 1
#define RINGTAIL_DECL inline
#endif
