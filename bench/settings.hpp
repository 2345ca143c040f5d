// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/config.hpp>

#include <string>

namespace bench {

/// Of an account on a server that checks nothing.
inline ringtail::config settings_for(std::string const& url)
{
    ringtail::config settings;
    settings.server_url = url;
    settings.pubnub_origin = url;
    settings.client_id = "id";
    settings.client_secret = ringtail::secret("secret");
    settings.login = ringtail::jwt_login(ringtail::secret("jwt"));
    return settings;
}

} // namespace bench
