// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "everything.hpp"

two_units::unit two_units::first()
{
    return {&ringtail::error_category(), &follow};
}
