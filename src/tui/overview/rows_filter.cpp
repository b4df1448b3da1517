// SPDX-License-Identifier: MIT
// See rows.h: which threads the filters let through.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/process_table.h"
#include "model/top.h"
#include "tui/overview/condition.h"
#include "tui/overview/rows.h"
#include "tui/text.h"

namespace tsa {
namespace {

// A row with less than this share of its time outside idle, sleep and sync is idle. It would show 0.0 everywhere.
constexpr std::uint64_t kBusyParts = 2000;

bool is_idle(const ThreadRow& row) {
    const std::uint64_t asleep = row.state_ns[index(ThreadState::idle)] + row.state_ns[index(ThreadState::sleep)] +
                                 row.state_ns[index(ThreadState::sync)];
    return row.wall_ns - std::min(asleep, row.wall_ns) <= row.wall_ns / kBusyParts;
}

bool tid_contains(std::uint32_t tid, std::string_view term) {
    std::array<char, 16> digits{};
    const auto end = fmt::format_to_n(digits.data(), digits.size(), "{}", tid);
    return std::string_view(digits.data(), end.size).find(term) != std::string_view::npos;
}

}  // namespace

bool facts_contain(const Report& report, const Thread& thread, std::string_view term) {
    const ProcessFacts* facts = facts_of(report, thread);
    if (facts != nullptr && contains_ignoring_case(facts->command, term)) {
        return true;
    }
    const CgroupPlace* place = place_of(report, thread);
    return place != nullptr &&
           (contains_ignoring_case(place->unit, term) || contains_ignoring_case(place->container, term) ||
            contains_ignoring_case(place->pod, term));
}

bool RowList::matches_condition(const ThreadRow& row, const GroupRow* group) const {
    if (group != nullptr) {
        values_.set(report_, row, &group->sums, true);
    } else {
        values_.set(report_, row, state_.mode == RowMode::processes ? &report_.processes[row.process] : nullptr);
    }
    return state_.condition->expression.matches(values_);
}

bool RowList::matches_filter(const ThreadRow& row, const GroupRow* group) const {
    if (state_.condition != nullptr) {
        return matches_condition(row, group);
    }
    if (terms_.empty()) {
        return true;
    }
    const Thread& thread = *row.now;
    const ProcessRow& process = report_.processes[row.process];
    return std::any_of(terms_.begin(), terms_.end(), [&](std::string_view term) {
        return contains_ignoring_case(comm_of(thread), term) ||
               contains_ignoring_case(comm_of(*process.leader), term) || tid_contains(thread.tid, term) ||
               facts_contain(report_, thread, term);
    });
}

bool RowList::shown(const ThreadRow& row, const GroupRow* group) const {
    const Thread& thread = *row.now;
    const bool of_process = !state_.tgid || thread.tgid == *state_.tgid;
    if ((thread.kernel && !state_.kernel_threads) || (state_.uid && thread.uid != *state_.uid) || !of_process) {
        return false;
    }
    if (state_.group && group_name(report_, row, state_.group->key, {}, scratch_) != state_.group->name) {
        return false;
    }
    // An ended thread is no longer delayed.
    if (state_.held_up && (has_ended(row, report_.now_ns) || !is_held_up(thread, report_.now_ns))) {
        return false;
    }
    return !(state_.hide_idle && is_idle(row)) && matches_filter(row, group);
}

}  // namespace tsa
