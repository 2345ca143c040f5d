// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#if !defined(__cpp_impl_coroutine) || !defined(__cpp_concepts) || !__has_include(<coroutine>)
#error "ringtail needs C++20 with coroutines: pass -std=c++20 (Meson: default_options: ['cpp_std=c++20'])"
#endif
