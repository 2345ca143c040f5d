// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include "everything.hpp"

two_units::unit two_units::second()
{
    return {&ringtail::error_category(), &follow};
}

/// That it links is the test; and that what the units share is there once.
int main()
{
    auto const here = two_units::first();
    auto const there = two_units::second();
    return here.category == there.category && here.follows == there.follows ? 0 : 1;
}
