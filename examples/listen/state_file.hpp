// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/cursor.hpp>
#include <ringtail/error.hpp>
#include <ringtail/secret.hpp>

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
#include <string_view>

namespace app {

/** A file that always holds a whole text: written beside it and renamed over it. Mode 0600.

    A process that is killed at any moment leaves the last text that it saved. */
class whole_file {
public:
    /// @throws ringtail::failure if the folder can't be written
    explicit whole_file(std::string path) : path_(std::move(path)), temporary_(path_ + ".new")
    {
        if (auto const trouble = write("")) {
            refuse(*trouble);
        }
        ::unlink(temporary_.c_str());
    }

    /// Nothing if there is no file. @throws ringtail::failure if there is one that can't be read
    [[nodiscard]] std::optional<std::string> load() const
    {
        std::ifstream file(path_, std::ios::binary);
        if (!file && errno == ENOENT) {
            return std::nullopt;
        }
        file.peek(); // of a folder, for one, nothing can be read
        if (!file) {
            throw ringtail::failure(ringtail::error::invalid_argument, "--state " + path_ + " can't be read: " + std::strerror(errno));
        }
        return std::string{std::istreambuf_iterator<char>(file), {}};
    }

    /// @throws ringtail::failure
    void save(std::string_view text) const
    {
        auto trouble = write(text);
        if (!trouble && std::rename(temporary_.c_str(), path_.c_str()) != 0) {
            trouble = std::strerror(errno);
        }
        if (trouble) {
            refuse(*trouble);
        }
    }

private:
    [[noreturn]] void refuse(std::string const& why) const
    {
        throw ringtail::failure(ringtail::error::invalid_argument, "--state " + path_ + " can't be written: " + why);
    }

    [[nodiscard]] std::optional<std::string> write(std::string_view text) const
    {
        ::unlink(temporary_.c_str()); // and never write into what somebody else put there
        auto const file = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (file < 0) {
            return std::strerror(errno);
        }
        auto const written = ::write(file, text.data(), text.size());
        auto const code = written < 0 ? errno : ENOSPC; // if that is not all
        ::close(file);
        return written == static_cast<ssize_t>(text.size()) ? std::nullopt : std::optional<std::string>(std::strerror(code));
    }

    std::string path_;
    std::string temporary_;
};

/// A saved position.
class state_file {
public:
    /// @throws ringtail::failure if the folder can't be written
    explicit state_file(std::string path) : file_(std::move(path)) {}

    /// What was saved; nothing if there is no file. @throws ringtail::failure, with the reason, if it is no cursor
    [[nodiscard]] std::optional<ringtail::cursor> load() const
    {
        auto const text = file_.load();
        return text ? std::optional(ringtail::cursor::parse(*text)) : std::nullopt;
    }

    void save(ringtail::cursor const& where)
    {
        if (where.position() == saved_position_ && where.subscription_id() == saved_subscription_) {
            return;
        }
        file_.save(where.to_json() + '\n');
        saved_position_ = where.position();
        saved_subscription_ = where.subscription_id();
    }

private:
    whole_file file_;
    std::string saved_position_;
    std::string saved_subscription_;
};

/// A saved login: a refresh token.
class session_file {
public:
    explicit session_file(std::string const& state) : file_(state + ".session") {}

    /// Nothing if there is none; what is no token, the service refuses, and the usual login follows.
    [[nodiscard]] std::optional<ringtail::secret> load() const
    {
        auto text = file_.load();
        if (!text || text->empty()) {
            return std::nullopt;
        }
        return ringtail::secret(std::move(*text));
    }

    void save(ringtail::secret const& refresh_token) const { file_.save(refresh_token.reveal()); }

private:
    whole_file file_;
};

} // namespace app
