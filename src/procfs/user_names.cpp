// SPDX-License-Identifier: MIT
// See user_names.h.
#include "procfs/user_names.h"

#include <mutex>
#include <utility>
#include <vector>

namespace tsa {

/// Shared with the threads.
struct UserNames::Answers {
    struct Answer {
        std::uint32_t uid = 0;
        std::optional<std::string> name;
    };
    std::mutex mutex;
    std::vector<Answer> found;

    void put(std::uint32_t uid, std::optional<std::string> name) {
        const std::lock_guard lock(mutex);
        found.push_back({uid, std::move(name)});
    }
    std::vector<Answer> take() {
        const std::lock_guard lock(mutex);
        return std::exchange(found, {});
    }
};

UserNames::UserNames(Lookup lookup) : lookup_(std::move(lookup)), answers_(std::make_shared<Answers>()) {}

std::optional<std::string_view> UserNames::find(std::uint32_t uid) {
    const Entry& found = entry(uid);
    return found.has_name ? std::optional<std::string_view>(found.text) : std::nullopt;
}

std::string_view UserNames::name(std::uint32_t uid) {
    return entry(uid).text;
}

UserNames::Entry& UserNames::entry(std::uint32_t uid) {
    if (entries_.size() >= kMaxNames && !entries_.contains(uid)) {
        if (outstanding_ != 0) {
            overflow_.text = std::to_string(uid);
            return overflow_;
        }
        entries_.clear();
    }
    Entry& found = entries_.try_emplace(uid, Entry{std::to_string(uid), false, false, {}}).first->second;
    if (!found.has_name && !found.is_asked && Clock::now() >= found.again) {
        found.is_asked = true;
        queue_.push_back(uid);
        ++outstanding_;
    }
    if (found.is_asked) {
        advance();
    }
    return found;
}

/// Takes the answers that there are and begins the next look-ups.
void UserNames::advance() {
    take_answers();
    while (!queue_.empty() && jobs_.begin([answers = answers_, lookup = lookup_, uid = queue_.front()] {
        answers->put(uid, lookup(uid));
    })) {
        queue_.pop_front();
        wait_a_little();
        take_answers();
    }
}

void UserNames::wait_a_little() {
    const Clock::time_point begin = Clock::now();
    if (begin - window_ >= kPatienceWindow) {
        window_ = begin;
        waited_ = {};
    }
    if (waited_ < kPatience) {
        [[maybe_unused]] const bool done = jobs_.wait_for(kPatience - waited_);
        waited_ += Clock::now() - begin;
    }
}

void UserNames::take_answers() {
    for (Answers::Answer& answer : answers_->take()) {
        --outstanding_;
        Entry& found = entries_[answer.uid];
        found.is_asked = false;
        found.has_name = answer.name.has_value();
        found.text = answer.name ? std::move(*answer.name) : std::to_string(answer.uid);
        found.again = Clock::now() + kAgain;
    }
}

UserNames::Lookup names_of_users() {
    return [names = std::make_shared<UserNames>()](std::uint32_t uid) -> std::optional<std::string> {
        const auto found = names->find(uid);
        return found ? std::optional<std::string>(*found) : std::nullopt;
    };
}

}  // namespace tsa
