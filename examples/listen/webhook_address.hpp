// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include "options.hpp"

#include <ringtail/webhook.hpp>

#include <cstdlib>
#include <string>

namespace app {

/// Where the command line says that the web hook listens.
inline ringtail::webhook_options webhook_of(options const& wanted)
{
    auto address = wanted.listen_on.substr(0, wanted.listen_on.rfind(':'));
    if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
        address = address.substr(1, address.size() - 2); // an IPv6 address
    }
    ringtail::webhook_options where(wanted.public_url, address == "localhost" ? "127.0.0.1" : address, listening_port(wanted.listen_on));
    where.certificate_chain = wanted.certificate;
    where.private_key = wanted.private_key;
    if (auto const* const token = std::getenv("RINGTAIL_WEBHOOK_TOKEN"); token != nullptr) {
        where.verification_token = ringtail::secret(token);
    }
    return where;
}

} // namespace app
