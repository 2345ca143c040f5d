// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#define RINGTAIL_VERSION "0.1.0"
