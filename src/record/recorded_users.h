// SPDX-License-Identifier: MIT
// The users of recorded threads, whose names go into meta.json.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "output/csv.h"
#include "record/meta.h"

namespace tsa {

class RecordedUsers {
  public:
    using Name = std::function<std::optional<std::string>(std::uint32_t uid)>;

    /// Null: no user is named.
    explicit RecordedUsers(Name name) : name_(std::move(name)) {}

    /// The look-up of their names begins.
    void note(std::span<const RecordedRow> rows);
    /// Adds those that are known by now.
    void put_in(RecordingMeta& meta);

  private:
    Name name_;
    std::unordered_set<std::uint32_t> asked_;
    std::vector<std::uint32_t> unnamed_;  // of those, without a name so far
    std::uint32_t last_uid_ = 0;
    bool began_ = false;
};

/// The name of the machine, and its kernel.
void put_machine(RecordingMeta& meta);

}  // namespace tsa
