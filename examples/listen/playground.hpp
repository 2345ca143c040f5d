// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail.hpp>
#include <ringtail/sandbox.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <string>
#include <vector>

namespace app {

/// The sandbox that stands in for an account, and its call centre.
class playground {
public:
    explicit playground(boost::asio::any_io_executor executor);
    [[nodiscard]] ringtail::config settings() const;
    [[nodiscard]] std::vector<std::string> filters() const;
    void stop();

private:
    ringtail::sandbox sandbox_;
};

} // namespace app
