// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/cursor.hpp>
#include <ringtail/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace app {

/** A saved position: written beside the file and renamed over it, so that there is always a whole one.

    A process that is killed at any moment finds the last position that it saved. Mode 0600. */
class state_file {
public:
    /// @throws ringtail::failure if the folder can't be written
    explicit state_file(std::string path) : path_(std::move(path)), temporary_(path_ + ".new")
    {
        if (auto const trouble = write("")) {
            throw ringtail::failure(ringtail::error::invalid_argument, "--state " + path_ + " can't be written: " + *trouble);
        }
        ::unlink(temporary_.c_str());
    }

    /// What was saved; nothing if there is no file. @throws ringtail::failure, with the reason, if it is no cursor
    [[nodiscard]] std::optional<ringtail::cursor> load() const
    {
        std::ifstream file(path_, std::ios::binary);
        if (!file) {
            return std::nullopt;
        }
        std::string const text{std::istreambuf_iterator<char>(file), {}};
        return ringtail::cursor::parse(text);
    }

    void save(ringtail::cursor const& where)
    {
        auto text = where.to_json() + '\n';
        if (where.position() == saved_position_ && where.subscription_id() == saved_subscription_) {
            return;
        }
        auto trouble = write(text);
        if (!trouble && std::rename(temporary_.c_str(), path_.c_str()) != 0) {
            trouble = std::strerror(errno);
        }
        if (trouble) {
            throw ringtail::failure(ringtail::error::invalid_argument, "--state " + path_ + " can't be written: " + *trouble);
        }
        saved_position_ = where.position();
        saved_subscription_ = where.subscription_id();
    }

private:
    [[nodiscard]] std::optional<std::string> write(std::string const& text) const
    {
        auto const file = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (file < 0) {
            return std::strerror(errno);
        }
        auto const whole = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
        auto const code = errno;
        ::close(file);
        return whole ? std::nullopt : std::optional<std::string>(std::strerror(code));
    }

    std::string path_;
    std::string temporary_;
    std::string saved_position_;
    std::string saved_subscription_;
};

} // namespace app
