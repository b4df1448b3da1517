// SPDX-License-Identifier: MIT
// Two summaries side by side: see summary.h. Everything is compared per time, so their lengths, intervals and numbers
// of CPUs may differ.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

#include "summary/noise.h"
#include "summary/summary.h"

namespace tsa {

namespace {

/// Rounding of sums of ns must not count as a change; a difference of 1 us per second does.
constexpr double kRounding = 1e-9;

StateChange change_of(double before, double after, double variance_before, double variance_after, double factor) {
    const double error = std::sqrt(variance_before + variance_after);
    // Without variation this would be 0 x infinity, NaN: a recording that is too short still has no estimate.
    return {before, after, std::isinf(factor) ? factor : factor * error + kRounding};
}

/// A group that is in neither: exactly zero.
const SummaryGroup& nothing() {
    static const SummaryGroup kNothing;
    return kNothing;
}

GroupChange change_of(const SummaryGroup* before, const SummaryGroup* after, double factor) {
    const SummaryGroup& from = before != nullptr ? *before : nothing();
    const SummaryGroup& to = after != nullptr ? *after : nothing();
    GroupChange change;
    change.process = before != nullptr ? from.process : to.process;
    change.thread = before != nullptr ? from.thread : to.thread;
    change.in_before = before != nullptr;
    change.in_after = after != nullptr;
    change.measured = from.measured & to.measured;
    for (const StateInfo& state : state_table()) {
        const std::size_t at = index(state.state);
        // What one of the two could not measure cannot be compared.
        if ((change.measured & measured_bit(state.state)) == 0) {
            continue;
        }
        StateChange& one = change.states[at];
        one = change_of(from.mean[at], to.mean[at], from.variance_of_mean[at], to.variance_of_mean[at], factor);
        if (one.beyond_noise()) {
            double& weight = is_load(state.state) ? change.weight : change.resting_weight;
            weight = std::max(weight, std::abs(one.after - one.before));
        }
    }
    return change;
}

std::vector<GroupChange> changes_of(const std::vector<SummaryGroup>& before, const std::vector<SummaryGroup>& after,
                                    double factor) {
    using Name = std::pair<std::string_view, std::string_view>;
    std::map<Name, std::pair<const SummaryGroup*, const SummaryGroup*>> names;
    for (const SummaryGroup& group : before) {
        names[{group.process, group.thread}].first = &group;
    }
    for (const SummaryGroup& group : after) {
        names[{group.process, group.thread}].second = &group;
    }
    std::vector<GroupChange> changes;
    changes.reserve(names.size());
    for (const auto& [name, pair] : names) {
        changes.push_back(change_of(pair.first, pair.second, factor));
    }
    // The map's order, by name, settles ties.
    std::ranges::stable_sort(changes, std::greater{}, [](const GroupChange& change) {
        return std::tuple(change.weight, change.resting_weight);
    });
    return changes;
}

}  // namespace

SummaryChange compare_summaries(const Summary& before, const Summary& after) {
    const double factor = noise_factor(std::min(before.noise_blocks, after.noise_blocks));
    SummaryChange change;
    change.measured = before.measured & after.measured;
    for (const StateInfo& state : state_table()) {
        const std::size_t at = index(state.state);
        if ((change.measured & measured_bit(state.state)) != 0) {
            change.machine[at] = change_of(before.threads_in[at].mean, after.threads_in[at].mean,
                                           before.variance_of_mean[at], after.variance_of_mean[at], factor);
            change.recorded[at] = change_of(before.recorded_in[at].mean, after.recorded_in[at].mean,
                                            before.recorded_variance[at], after.recorded_variance[at], factor);
        }
    }
    change.by_process = changes_of(before.by_process, after.by_process, factor);
    change.by_thread = changes_of(before.by_thread, after.by_thread, factor);
    return change;
}

}  // namespace tsa
