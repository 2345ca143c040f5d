// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/sandbox/extension_directory.hpp>
#include <ringtail/sandbox/options.hpp>
#include <ringtail/sandbox/toolbox.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringtail::sandbox_detail {

/// Something that happened on the account: the name of the event, and its body with all details.
class happening {
public:
    happening(std::string its_event, json::object its_body)
        : event(std::move(its_event)), body(std::move(its_body))
    {
    }

    std::string event;
    json::object body;
};

/// One person's phone call.
class phone_call {
public:
    std::string session, id, other_number, other_name;
    bool inbound = true;
    bool was_held = false;
    wall_time started;
    std::int64_t sequence = 0;
};

class person_state {
public:
    std::int64_t sequence = 0; ///< of presence
    std::string telephony = "NoCall";
    std::optional<phone_call> call;
};

/** The virtual people: they are called, answer or do not, hold, hang up, and get text messages and voicemail.

    One thing at a time per person. Without `start` everybody is idle for ever. */
class call_center {
public:
    call_center(extension_directory const& directory, sandbox_time_form form);

    void start(call_center_options options, wall_time now);
    void stop(); ///< everybody is idle at once; nothing tells of it

    /// What happened until `now`, in order.
    [[nodiscard]] std::vector<happening> advance(wall_time now);
    [[nodiscard]] std::optional<wall_time> next() const;

    /// The body of a presence notification as it would be now, with all details.
    [[nodiscard]] json::object presence(extension_record const& person) const;

private:
    enum class step { call_arrives, message_arrives, ring_ends, talk_ends, hold_ends };

    struct action {
        step what;
        std::size_t who;
    };

    [[nodiscard]] std::chrono::milliseconds about(double seconds); ///< at random around it, at the set speed
    void later(double seconds, step what, std::size_t who, wall_time now);
    void perform(action const& next, wall_time when, std::vector<happening>& happened);
    void begin_call(wall_time when, std::vector<happening>& happened);
    void end_call(std::size_t who, std::string_view code, bool missed, wall_time when,
                  std::vector<happening>& happened);
    void show(std::size_t who, std::string_view telephony, std::string_view code, bool missed, wall_time when,
              std::vector<happening>& happened);
    void leave_message(std::size_t who, bool voicemail, wall_time when, std::vector<happening>& happened);
    [[nodiscard]] std::string path(std::size_t who, std::string_view tail) const;
    [[nodiscard]] json::object session_body(std::size_t who, std::string_view code, bool missed,
                                            wall_time when) const;

    extension_directory const& directory_;
    sandbox_time_form form_;
    call_center_options options_;
    id_source ids_{1};
    std::vector<person_state> people_; ///< as in the directory
    std::multimap<wall_time, action> agenda_;
    std::optional<wall_time> closing_; ///< nothing new begins after it
};

} // namespace ringtail::sandbox_detail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/sandbox/impl/call_center.ipp>
#endif
