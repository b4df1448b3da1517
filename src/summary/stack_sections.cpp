// SPDX-License-Identifier: MIT
// See stack_sections.h: text.
#include "summary/stack_sections.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "model/state.h"
#include "text/sanitize.h"
#include "text/units.h"

namespace tsa {

namespace {

/// Functions of a stack that a line names: the innermost ones, where it waits, and some of what called them.
constexpr std::size_t kNamedFunctions = 8;
/// Stacks per state unless --top asks for more.
constexpr std::size_t kStacksPerState = 3;
constexpr std::size_t kUsualRows = 10;
/// A state with less than this share of the recorded time has no section in the text.
constexpr double kLeastShare = 0.001;

/// "futex_wait ← lock ← parse ← ...".
std::string functions_words(const RecordedStack& stack) {
    std::vector<std::string> names;
    for (const std::string_view frame : frames_of(stack)) {
        if (names.size() == kNamedFunctions) {
            names.emplace_back("...");
            break;
        }
        names.push_back(printable(frame));
    }
    return fmt::format("{}", fmt::join(names, " ← "));
}

void put_state_stacks(SummaryLines& lines, const Summary& summary, ThreadState state, std::uint64_t total_ns,
                      std::size_t rows) {
    const std::vector<StateStack> stacks = stacks_of_state(summary.stacks, state);
    lines.add(fmt::format(" {:<17}{}", info(state).label, duration_text(total_ns).view()));
    lines.end();
    for (std::size_t at = 0; at < std::min(stacks.size(), rows); ++at) {
        const StateStack& one = stacks[at];
        lines.wrapped(fmt::format("   {:>4} %  ", share_text(one.waits.total_ns, total_ns).view()),
                      functions_words(*one.stack));
        std::vector<std::string> facts{fmt::format("{} in all", duration_text(one.waits.total_ns).view())};
        if (one.waits.count != 0) {
            facts.push_back(fmt::format("{} {}{}", one.waits.count, state == ThreadState::exec ? "sample" : "wait",
                                        one.waits.count == 1 ? "" : "s"));
        }
        const auto median = wait_quantile_ns(one.waits, kMedian);
        const auto nearly_all = wait_quantile_ns(one.waits, kNearlyAll);
        if (one.waits.count > 1 && median && nearly_all) {
            facts.push_back(fmt::format("P50 {}", duration_text(*median).view()));
            facts.push_back(fmt::format("P99 {}", duration_text(*nearly_all).view()));
        }
        if (one.waits.max_ns != 0) {
            facts.push_back(fmt::format("longest {}", duration_text(one.waits.max_ns).view()));
        }
        const std::string name = printable(summary.stacks.name_of(one.most->thread));
        facts.push_back(one.threads == 1
                            ? fmt::format("{} ({})", name, one.most->thread.tid)
                            : fmt::format("{} threads, most {} ({})", one.threads, name, one.most->thread.tid));
        lines.listed("            ", facts, ", ");
    }
}

}  // namespace

std::optional<ThreadState> state_of(FindingKind kind) {
    switch (kind) {
        case FindingKind::cpu_saturation:
        case FindingKind::cpu_limited:
        case FindingKind::noisy_neighbor:
            return ThreadState::cpu_wait;
        case FindingKind::lock_convoy:
        case FindingKind::deadlock:
        case FindingKind::abandoned_lock:
        case FindingKind::lock_holder:
            return ThreadState::lock_wait;
        case FindingKind::swap_thrash:
            return ThreadState::swap_wait;
        case FindingKind::io_stall:
        case FindingKind::io_bound:
            return ThreadState::io_wait;
        case FindingKind::memory_stall:
            return ThreadState::mem_wait;
        default:
            return std::nullopt;
    }
}

PerState<std::uint64_t> stack_time(const Summary& summary) {
    PerState<std::uint64_t> ns{};
    for (const StackSum& sum : summary.stacks.sums()) {
        ns[index(sum.state)] += sum.total_ns;
    }
    return ns;
}

std::vector<ThreadState> states_with_stacks(const Summary& summary) {
    const PerState<std::uint64_t> ns = stack_time(summary);
    std::vector<ThreadState> states;
    for (const bool load : {true, false}) {
        for (const StateInfo& info : state_table()) {
            if (ns[index(info.state)] != 0 && is_load(info.state) == load) {
                states.push_back(info.state);
            }
        }
    }
    return states;
}

void put_stack_lines(SummaryLines& lines, const Summary& summary, std::size_t rows) {
    const std::vector<ThreadState> states = states_with_stacks(summary);
    if (states.empty()) {
        return;
    }
    const PerState<std::uint64_t> time_ns = stack_time(summary);
    const std::uint64_t all_ns = std::accumulate(time_ns.begin(), time_ns.end(), std::uint64_t{0});
    lines.head("WHICH CODE IT WAS IN", "stacks, innermost function first, share of the state's time by stack");
    const std::size_t shown = std::max(kStacksPerState, rows > kUsualRows ? rows : 0);
    for (const ThreadState state : states) {
        const std::uint64_t ns = time_ns[index(state)];
        if (static_cast<double>(ns) >= kLeastShare * static_cast<double>(all_ns)) {
            put_state_stacks(lines, summary, state, ns, shown);
        }
    }
}

std::string stack_words(const Summary& summary, FindingKind kind) {
    const std::optional<ThreadState> state = state_of(kind);
    if (!state) {
        return {};
    }
    const std::vector<StateStack> stacks = stacks_of_state(summary.stacks, *state);
    const auto worst = std::ranges::find_if(stacks, [](const StateStack& one) { return has_frames(one.stack->kind); });
    if (worst == stacks.end()) {
        return {};
    }
    return fmt::format("{} % of {} was in {}",
                       share_text(worst->waits.total_ns, stack_time(summary)[index(*state)]).view(), info(*state).label,
                       functions_words(*worst->stack));
}

}  // namespace tsa
