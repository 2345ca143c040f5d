// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#pragma once

#include <ringtail/fwd.hpp>
#include <ringtail/values.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringtail {

/** The id of an account, extension, device, group or batch: text or a number.

    Ids have twelve digits and more, so take them from the service as text or as 64-bit numbers. `~` stands for the
    account or extension that is logged in, `pid=X` for a partner's own id. */
class resource_id {
public:
    resource_id(char const* id) : text_(id == nullptr ? "" : id) {}
    resource_id(std::string id) : text_(std::move(id)) {}
    resource_id(std::string_view id) : text_(id) {}
    template <std::integral Number>
        requires (!std::same_as<Number, bool> && !std::same_as<Number, char>)
    resource_id(Number id) : text_(std::to_string(id))
    {
    }

    [[nodiscard]] std::string const& text() const noexcept { return text_; }

private:
    std::string text_;
};

/// How much a presence notification tells; combine with `|`.
enum class presence_detail : unsigned char {
    plain = 0,
    detailed_telephony_state = 1, ///< adds the active calls
    sip_data = 2,                 ///< adds their SIP data, and with it the active calls
};
constexpr presence_detail operator|(presence_detail a, presence_detail b) noexcept
{
    return static_cast<presence_detail>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool includes(presence_detail all, presence_detail one) noexcept
{
    return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) != 0;
}
inline constexpr presence_detail detailed_telephony_state = presence_detail::detailed_telephony_state;
inline constexpr presence_detail sip_data = presence_detail::sip_data;

/** Which telephony sessions to be told of (vendor's page "Extension Telephony Sessions Event"). Unset means all.

        filters.telephony_sessions("~", ringtail::session_query().inbound().missed_calls()); */
class session_query {
public:
    session_query() = default;

    session_query& inbound();
    session_query& outbound();
    /// Only sessions whose call was missed.
    session_query& missed_calls();
    /// Only calls to or from this number, E.164 with the `+`.
    session_query& phone_number(std::string_view number);
    /// Adds SIP data to the notifications.
    session_query& sip_data();
    /// Only this status. For several, add a filter for each.
    session_query& status(call_status code);
    session_query& status(std::string_view code);
    /// Only sessions with recordings.
    session_query& with_recordings();

    [[nodiscard]] std::string const& text() const noexcept { return text_; }

private:
    std::string text_;
};

/// Which high volume messages to be told of (vendor's page "Batch Messages Event"). Unset means all.
class a2p_sms_query {
public:
    a2p_sms_query() = default;

    a2p_sms_query& inbound();
    a2p_sms_query& outbound();
    a2p_sms_query& batch(resource_id const& id);
    /// Only messages sent from this number, E.164 with the `+`.
    a2p_sms_query& from(std::string_view number);
    /// Only messages received by this number, E.164 with the `+`.
    a2p_sms_query& to(std::string_view number);

    [[nodiscard]] std::string const& text() const noexcept { return text_; }

private:
    std::string text_;
};

/** What to be told of: an ordered list of distinct event filters.

    An event filter is the path of a resource of the service; a notification says that the resource has changed, and
    often how. The functions below build the paths of the vendor's event filter index; `raw` takes any other.

        ringtail::event_filters filters;
        filters.presence("~", ringtail::detailed_telephony_state).message_store("~");

    Wherever an account or extension is asked for, `~` is the one that is logged in, never all of them: to follow the
    presence of everybody add a filter for each extension (see `client::list_extensions`), or `account_presence` for
    the plain form. More than 2,000 filters in one subscription have worked. Adding a filter twice is no error and
    changes nothing. Nothing is checked before `validate`.

    @par Thread safety Distinct objects: safe. Shared: only to read. */
class event_filters {
public:
    event_filters() = default;

    /// From ready paths: `event_filters{"/restapi/v1.0/account/~/presence", "/team-messaging/v1/posts"}`.
    template <class... Paths>
        requires (sizeof...(Paths) > 0 && (std::convertible_to<Paths const&, std::string_view> && ...))
    event_filters(Paths const&... paths)
    {
        (raw(paths), ...);
    }

    /// From a list. (g++ 12 compiles no braced list within a `co_await` expression: name the vector there.)
    static event_filters from(std::vector<std::string> const& paths);

    /// @name Presence
    /// @{

    /** Presence of one extension.
        @param extension its id. `~` is only the logged-in user, NEVER everybody. Others need an administrator.
        @param detail with `detailed_telephony_state` the active calls (at most seven) come along. If plain and
        detailed presence are both asked for, the service sends the richest only.
        Over PubNub, presence forces encryption of everything the subscription delivers. */
    event_filters& presence(resource_id const& extension, presence_detail detail = presence_detail::plain,
                            resource_id const& account = "~");
    /// Presence of the extensions whose lines `extension` monitors.
    event_filters& presence_line_presence(resource_id const& extension,
                                          presence_detail detail = presence_detail::plain,
                                          resource_id const& account = "~");
    /// Presence of the favourites of `extension`.
    event_filters& favorite_presence(resource_id const& extension, presence_detail detail = presence_detail::plain,
                                     resource_id const& account = "~");
    /// Changes of the list of lines that `extension` monitors.
    event_filters& presence_line(resource_id const& extension, resource_id const& account = "~");
    /// Do-not-disturb status only.
    event_filters& presence_dnd(resource_id const& extension, resource_id const& account = "~");
    /// Plain presence of ALL extensions of the account; needs the scope `ReadAccounts`.
    event_filters& account_presence(resource_id const& account = "~");
    /// Which members of a call queue take its calls.
    event_filters& call_queue_presence(resource_id const& group, resource_id const& account = "~");
    /// @}

    /// @name Messages
    /// @{

    /// Counters of new and changed messages; the messages themselves are read over REST.
    event_filters& message_store(resource_id const& extension, resource_id const& account = "~");
    event_filters& message_store(resource_id const& extension, message_type type, resource_id const& account = "~");
    event_filters& message_store(resource_id const& extension, direction way, resource_id const& account = "~");
    event_filters& message_store(resource_id const& extension, message_type type, direction way,
                                 resource_id const& account = "~");
    /// Whole inbound SMS (`message-store/instant?type=SMS`).
    event_filters& instant_messages(resource_id const& extension, resource_id const& account = "~");
    /// Whole new voicemail messages.
    event_filters& voicemail(resource_id const& extension, resource_id const& account = "~");
    /// Whole inbound fax messages.
    event_filters& fax(resource_id const& extension, resource_id const& account = "~");
    /// Threads of shared SMS numbers: assigned, resolved and so on.
    event_filters& message_threads(resource_id const& account = "~");
    /// Messages within those threads.
    event_filters& message_thread_entries(resource_id const& account = "~");
    /// @}

    /// @name Calls
    /// @{

    /// Telephony sessions of one extension; needs the scope `CallControl`.
    event_filters& telephony_sessions(resource_id const& extension, session_query const& query = {},
                                      resource_id const& account = "~");
    /// Telephony sessions of all extensions of the account; needs the scope `CallControl`.
    event_filters& account_telephony_sessions(session_query const& query = {}, resource_id const& account = "~");
    /// @}

    /// @name The account and its extensions
    /// @{

    /// Extensions that are created, changed or deleted.
    event_filters& extension_list(resource_id const& account = "~");
    /// Changes of one extension.
    event_filters& extension_info(resource_id const& extension, resource_id const& account = "~");
    /// Changes of the list of favourites.
    event_filters& favorite(resource_id const& extension, resource_id const& account = "~");
    /// Changes of the grants.
    event_filters& grant(resource_id const& extension, resource_id const& account = "~");
    /// Changes of the company directory.
    event_filters& directory_entries(resource_id const& account = "~");
    event_filters& emergency_address(resource_id const& device, resource_id const& account = "~");
    /// Changes of contact centre numbers (`phone-number?usageType=ContactCenterNumber`).
    event_filters& contact_center_phone_numbers(resource_id const& account = "~");
    /// @}

    /// @name High volume SMS
    /// @{

    /// All batches, or those sent from one number (E.164 with the `+`).
    event_filters& a2p_sms_batches(std::string_view from = {}, resource_id const& account = "~");
    event_filters& a2p_sms_batch(resource_id const& batch, resource_id const& account = "~");
    event_filters& a2p_sms_messages(a2p_sms_query const& query = {}, resource_id const& account = "~");
    event_filters& a2p_sms_opt_outs(a2p_sms_query const& query = {}, resource_id const& account = "~");
    /// @}

    /// @name Team messaging and insights
    /// @{

    event_filters& posts();
    event_filters& chats();
    /// The older form of `posts`.
    event_filters& glip_posts();
    /// The older form of `chats`.
    event_filters& glip_groups();
    /// RingSense insights of one source.
    event_filters& ringsense_insights(insight_domain domain, resource_id const& account = "~");
    event_filters& ringsense_insights(std::string_view domain, resource_id const& account = "~");
    /// @}

    /// @name Older filters of the mobile applications
    /// @{

    event_filters& incoming_call_pickup(resource_id const& extension, resource_id const& account = "~");
    event_filters& missed_calls(resource_id const& extension, resource_id const& account = "~");
    event_filters& start_ring(resource_id const& extension, resource_id const& account = "~");
    event_filters& stop_ring(resource_id const& extension, resource_id const& account = "~");
    /// `inbound-messages?badge=true`.
    event_filters& inbound_messages(resource_id const& extension, resource_id const& account = "~");
    /// @}

    /** A reminder before the subscription expires. It can't be the only filter (SUB-515).
        @param threshold how long before the end to start, at most half of the subscription's lifetime.
        @param interval how often to remind, at most half of `threshold`. Both in whole seconds. */
    event_filters& renewal_reminder(std::chrono::seconds threshold, std::chrono::seconds interval);

    /** Any path, sent as it is. Webinar filters do not belong here: they have a subscription service of their own
        (`/webinar/notifications/v1/subscriptions`). */
    event_filters& raw(std::string_view path);

    /// Appends the filters of another list that are not here yet.
    event_filters& add(event_filters const& others);

    [[nodiscard]] std::vector<std::string> const& paths() const noexcept { return paths_; }
    [[nodiscard]] bool empty() const noexcept { return paths_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return paths_.size(); }
    [[nodiscard]] bool contains(std::string_view path) const noexcept;

    /** Refuses what the service would refuse, or would accept and never answer.

        Checked are: at least one filter besides reminders; paths that begin with `/` and hold only characters of a
        URI path (no white space, control or non-ASCII characters, no placeholders such as `<ID>` or `{id}`, no `#`,
        no empty or dot segments); account and extension ids that are digits, `~` or `pid=X`; queries whose parameters
        have names and, behind a `=`, values (a lone name passes); the numbers of a reminder.
        @throws failure(error::invalid_filter) naming the first such filter. */
    void validate() const;

    friend bool operator==(event_filters const& a, event_filters const& b) noexcept { return a.paths_ == b.paths_; }

private:
    event_filters& put(std::string path);
    std::vector<std::uint32_t>::const_iterator position(std::string_view path) const noexcept;

    std::vector<std::string> paths_;
    std::vector<std::uint32_t> by_path_; // indices into paths_, sorted by path: keeps thousands of filters distinct
};

/** Brings a filter into the one form in which a requested filter and the granted one can be compared.

    The service answers with ids in place of `~` and may order the query anew, so: `~` becomes the given id (it stays
    when that is empty), the query is sorted, percent signs are decoded where that is unambiguous, and `sipData`
    implies `detailedTelephonyState` in presence filters. For comparing only: don't send it. */
RINGTAIL_DECL std::string normalize_filter(std::string_view filter, std::string_view account_id,
                                           std::string_view extension_id);

/// Whether a filter is about extension `~`. A token of an application without a user has no extension.
RINGTAIL_DECL bool mentions_own_extension(std::string_view filter) noexcept;

/// The extension a filter is about, as it is written there (`~` included); nothing for filters of a whole account.
RINGTAIL_DECL std::optional<std::string> extension_id_of(std::string_view filter);

/** The OAuth scope that a filter needs, as the vendor's page of that filter names it; empty where the page names
    none or is in doubt. Compare with `scope_covers`, for scopes include one another. */
RINGTAIL_DECL std::string_view required_scope(std::string_view filter) noexcept;

/** Whether the scopes of a token (its `scope` field) allow what `needed` allows.

    Follows "Included Permissions" of the vendor's page "Application permissions and scopes": `SMS`, `Faxes`,
    `InternalMessages` and `EditMessages` include `ReadMessages`, `EditPresence` includes `ReadPresence`, `Accounts`
    and `EditAccounts` include `ReadAccounts`, `Contacts` includes `ReadContacts`. An empty `needed` is covered. */
RINGTAIL_DECL bool scope_covers(std::string_view granted, std::string_view needed) noexcept;

} // namespace ringtail

#ifdef RINGTAIL_HEADER_ONLY
#include <ringtail/impl/event_filters.ipp>
#endif
