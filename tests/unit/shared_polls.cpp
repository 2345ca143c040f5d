// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
#include <ringtail/protocol/shared_polls.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace {

using namespace ringtail;
using namespace std::chrono_literals;
using protocol::poll_standing;
using protocol::shared_poll;
using protocol::shared_polls;

class channel final : public protocol::polled_channel {
public:
    using polled_channel::polled_channel;
};

class stubborn_poll final : public shared_poll {
public:
    explicit stubborn_poll(bool const& disturbed) : disturbed_(disturbed) {}
    [[nodiscard]] bool may_be_disturbed() const override { return disturbed_; }

private:
    bool const& disturbed_;
};

poll_standing at(int position)
{
    poll_standing result;
    result.position.timetoken = std::to_string(17'360'000'000'000'000 + position);
    return result;
}

/// A plan with a hand clock and channels by their number.
class polls final : public shared_polls {
public:
    explicit polls(limits bounds = {}) : shared_polls(bounds) {}

    std::shared_ptr<channel> join(std::string name, int position)
    {
        auto made = std::make_shared<channel>(std::move(name));
        made->own = std::make_unique<poll_standing>(at(position));
        add(made, now);
        return made;
    }
    std::vector<std::shared_ptr<channel>> join(int count, int position)
    {
        std::vector<std::shared_ptr<channel>> result;
        for (int i = 0; i != count; ++i) {
            result.push_back(join("channel-" + std::to_string(++made_), position));
        }
        return result;
    }

    /// A reply with so many messages of some of its channels.
    void reply(shared_poll& to, int position, std::vector<std::pair<std::shared_ptr<channel>, std::size_t>> const& messages = {})
    {
        ++to.questions;
        std::size_t all = 0;
        for (auto const& [of, count_of] : messages) {
            count(*of, count_of, now);
            all += count_of;
        }
        advance(to, at(position), all, now);
        to.changed = false;
    }

    /// Polls with channels.
    [[nodiscard]] std::vector<std::size_t> sizes() const
    {
        std::vector<std::size_t> result;
        for (auto const& each : shared_polls::polls()) {
            if (!each->channels.empty()) {
                result.push_back(each->channels.size());
            }
        }
        return result;
    }

    steady_time now{1h};
    bool disturbed = true;

private:
    std::unique_ptr<shared_poll> make_poll() override { return std::make_unique<stubborn_poll>(disturbed); }
    int made_ = 0;
};

shared_polls::limits up_to(std::size_t channels, std::size_t url_size = 8'000)
{
    shared_polls::limits result;
    result.channels = channels;
    result.url_size = url_size;
    return result;
}

using sizes = std::vector<std::size_t>;

} // namespace

TEST_CASE("channels share a poll, up to as many as one may have")
{
    polls plan(up_to(3));
    auto const all = plan.join(7, 10);
    CHECK(plan.sizes() == sizes{3, 3, 1});
    CHECK(all[0]->poll == all[2]->poll);
    CHECK(all[0]->poll != all[3]->poll);
}

TEST_CASE("and up to as long an address, as it is encoded; one alone is asked for whatever its length")
{
    polls plan(up_to(50, 20));
    auto const first = plan.join("12345678", 10);
    CHECK(plan.join("12345678901", 10)->poll != first->poll); // 9 + 12
    CHECK(plan.join("1234567890", 10)->poll == first->poll);  // 9 + 11
    polls other(up_to(50, 20));
    auto const encoded = other.join("a/b c/d e", 10); // 9 + 4 * 2 + 1
    CHECK(other.join("xy", 10)->poll != encoded->poll);
    CHECK(other.join(std::string(92, 'x'), 10)->poll != nullptr);
}

TEST_CASE("a channel never moves a poll's position: one that is behind gets a poll at its own")
{
    polls plan;
    auto const first = plan.join("first", 10);
    auto& poll = *first->poll;
    plan.reply(poll, 20);
    CHECK(plan.join("ahead", 30)->poll == &poll);
    auto const behind = plan.join("behind", 15);
    CHECK(behind->poll != &poll);
    CHECK(behind->poll->at.position.timetoken == at(15).position.timetoken);
    CHECK(poll.at.position.timetoken == at(20).position.timetoken);
    CHECK(plan.join("also behind", 16)->poll == behind->poll);
}

TEST_CASE("a channel that joined behind the last question is heard elsewhere if the reply passes it")
{
    polls plan;
    auto const first = plan.join("first", 10);
    auto& poll = *first->poll;
    ++poll.questions;
    auto const late = plan.join("late", 30);
    auto const later = plan.join("later", 60);
    CHECK(late->poll == &poll);
    plan.advance(poll, at(50), 0, plan.now);
    CHECK_FALSE(first->own);
    CHECK(late->poll != &poll);
    CHECK(late->own->position.timetoken == at(30).position.timetoken);
    CHECK(late->poll->at.position.timetoken == at(30).position.timetoken);
    CHECK(later->poll == &poll);
    CHECK(later->own);
}

TEST_CASE("a channel that got messages since a poll's position stays away from it, for PubNub would send them again to all")
{
    polls plan;
    auto const quiet = plan.join("quiet", 10);
    auto busy = std::make_shared<channel>("busy");
    busy->own = std::make_unique<poll_standing>(at(30));
    busy->own->newest = at(25).position.timetoken;
    plan.add(busy, plan.now);
    CHECK(busy->poll != quiet->poll);
    auto calm = std::make_shared<channel>("calm");
    calm->own = std::make_unique<poll_standing>(at(30));
    calm->own->newest = at(5).position.timetoken;
    plan.add(calm, plan.now);
    CHECK((calm->poll == quiet->poll || calm->poll == busy->poll));
}

TEST_CASE("what a process before had is not sent again to its successor: not by a join, and not by a merge")
{
    polls plan;
    auto const others = plan.join(3, 10);
    plan.reply(*others[0]->poll, 20);
    auto adopted = std::make_shared<channel>("adopted");
    adopted->own = std::make_unique<poll_standing>(at(30));
    adopted->own->newest = adopted->own->position.timetoken;
    plan.add(adopted, plan.now);
    CHECK(adopted->poll != others[0]->poll);
    plan.reply(*adopted->poll, 40);
    plan.now += 60s;
    plan.reply(*adopted->poll, 50);
    CHECK(adopted->poll != others[0]->poll);
    plan.reply(*others[0]->poll, 35);
    plan.reply(*adopted->poll, 60);
    CHECK(adopted->poll == others[0]->poll);
    // Nor later, when it stands where the others do.
    plan.reply(*adopted->poll, 70);
    plan.remove(*adopted);
    CHECK(adopted->own->newest == at(30).position.timetoken);
}

TEST_CASE("a poll whose silence must not be interrupted gets no more channels")
{
    polls plan;
    auto const first = plan.join("first", 10);
    plan.disturbed = false;
    CHECK(plan.join("second", 10)->poll != first->poll);
}

TEST_CASE("a busy channel moves to a poll of its own, from where all of them stand, long before the buffer is full")
{
    polls plan;
    auto const all = plan.join(10, 10);
    auto& poll = *all[0]->poll;
    plan.reply(poll, 20, {{all[3], 24}, {all[4], 1}});
    CHECK(plan.sizes() == sizes{9, 1});
    CHECK(all[3]->poll->at.position.timetoken == at(20).position.timetoken);
    CHECK(all[4]->poll == &poll);
    CHECK(poll.at.position.timetoken == at(20).position.timetoken);
}

TEST_CASE("messages count over ten seconds, not reply by reply")
{
    polls plan;
    auto const all = plan.join(10, 10);
    auto& poll = *all[0]->poll;
    for (int i = 1; i <= 24; ++i) {
        plan.reply(poll, 10 + i, {{all[3], 1}});
    }
    CHECK(plan.sizes() == sizes{10});
    plan.reply(poll, 40, {{all[3], 1}});
    CHECK(plan.sizes() == sizes{9, 1});

    polls slow;
    auto const others = slow.join(10, 10);
    for (int i = 1; i <= 60; ++i) {
        slow.now += 1s;
        slow.reply(*others[0]->poll, 10 + i, {{others[3], 1}});
    }
    CHECK(slow.sizes() == sizes{10});
}

TEST_CASE("a poll whose channels are all a little busy is cut in halves that are equally busy")
{
    polls plan;
    auto const all = plan.join(10, 10);
    std::vector<std::pair<std::shared_ptr<channel>, std::size_t>> some;
    for (auto const& each : all) {
        some.emplace_back(each, 3);
    }
    plan.reply(*all[0]->poll, 20, some);
    CHECK(plan.sizes() == sizes{5, 5});
}

TEST_CASE("a channel that was busy goes back to the others once it is quiet")
{
    polls plan;
    auto const all = plan.join(10, 10);
    auto& poll = *all[0]->poll;
    plan.reply(poll, 20, {{all[3], 30}});
    CHECK(plan.sizes() == sizes{9, 1});
    plan.now += 5s;
    plan.reply(*all[3]->poll, 30);
    CHECK(plan.sizes() == sizes{9, 1}); // not yet
    plan.now += 30s;
    plan.reply(*all[3]->poll, 40);
    CHECK(plan.sizes() == sizes{10});
    CHECK(poll.at.position.timetoken == at(20).position.timetoken);
}

TEST_CASE("it does not while PubNub would send again what it had since the others' position")
{
    polls plan;
    auto const all = plan.join(10, 10);
    auto& poll = *all[0]->poll;
    plan.reply(poll, 20, {{all[3], 30}});
    plan.now += 5s;
    plan.reply(*all[3]->poll, 30, {{all[3], 30}});
    plan.now += 60s;
    plan.reply(*all[3]->poll, 40);
    CHECK(plan.sizes() == sizes{9, 1});
    plan.reply(poll, 35);
    plan.reply(*all[3]->poll, 50);
    CHECK(plan.sizes() == sizes{10});
}

TEST_CASE("polls that became small end in favour of others")
{
    polls plan(up_to(4));
    auto const all = plan.join(12, 10);
    for (auto const i : {0u, 1u, 4u, 5u, 8u, 9u}) {
        plan.remove(*all[i]);
    }
    CHECK(plan.sizes() == sizes{2, 2, 2});
    plan.now += 60s;
    plan.reply(*all[10]->poll, 20);
    auto left = plan.sizes();
    CHECK(left.size() == 2);
    CHECK(all[10]->own); // until the next reply
}

TEST_CASE("who leaves stands where the poll did, or where he had never left")
{
    polls plan;
    auto const first = plan.join("first", 10);
    plan.reply(*first->poll, 20);
    auto const second = plan.join("second", 30);
    plan.remove(*first);
    plan.remove(*second);
    CHECK(first->own->position.timetoken == at(20).position.timetoken);
    CHECK(second->own->position.timetoken == at(30).position.timetoken);
    CHECK(plan.sizes().empty());
}

TEST_CASE("a poll that PubNub denies is cut in halves, and who was denied is asked for alone until PubNub answers")
{
    polls plan;
    auto const all = plan.join(5, 10);
    auto& poll = *all[0]->poll;
    plan.halve(poll);
    CHECK(plan.sizes() == sizes{2, 3});
    CHECK(all[4]->poll->at.position.timetoken == poll.at.position.timetoken);
    plan.remove(*all[4]);
    all[4]->alone = true;
    plan.add(all[4], plan.now);
    CHECK(all[4]->poll->channels.size() == 1);
    CHECK(plan.join("another", 10)->poll != all[4]->poll);
    plan.reply(*all[4]->poll, 20);
    CHECK_FALSE(all[4]->alone);
}
