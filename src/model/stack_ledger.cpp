// SPDX-License-Identifier: MIT
// See stack_ledger.h.
#include "model/stack_ledger.h"

#include <algorithm>

#include "model/state.h"

namespace tsa {

namespace {

/// Less than this is carried on: the accounts are read a moment after the state's time.
constexpr std::int64_t kLeastElsewhereNs = 1'000'000;
/// Time on a CPU waits this long for the next sample: 20 periods of the sampler.
constexpr std::int64_t kMostUnsampledNs = 200'000'000;

}  // namespace

StackLedger::StackLedger(const Thread& thread, std::uint64_t now_ns) {
    for (const StateInfo& info : state_table()) {
        total_ns_[index(info.state)] = state_total_ns(thread, info.state, now_ns);
    }
    if (is_blocked(thread.state) || thread.state == ThreadState::stopped || thread.state == ThreadState::cpu_wait) {
        // It began before fingerprints were taken, and its account will have all of it.
        open_ = Open{thread.state, 0, thread.since_ns, closed_at_ns(thread, now_ns) - thread.since_ns};
    }
}

StackLedger::Row& StackLedger::row_of(ThreadState state, std::uint64_t fingerprint) {
    const auto found = std::ranges::find_if(
        rows_, [&](const Row& row) { return row.state == state && row.fingerprint == fingerprint; });
    return found != rows_.end() ? *found : rows_.emplace_back(Row{state, fingerprint});
}

/// Takes off what was added for the wait that was open before, and adds the one that is open now. If it is the same
/// wait, the difference remains; as long as it is not known whose it is, it stays as it was.
void StackLedger::move_open(const Thread& thread, std::uint64_t now_ns, std::optional<std::uint64_t> fingerprint) {
    const bool is_same = open_ && open_->state == thread.state && open_->since_ns == thread.since_ns;
    if (is_same && !fingerprint) {
        return;
    }
    if (open_) {
        row_of(open_->state, open_->fingerprint).ns -= static_cast<std::int64_t>(open_->ns);
        open_.reset();
    }
    if (!fingerprint || thread.state == ThreadState::exec || thread.state == ThreadState::zombie) {
        return;
    }
    open_ = Open{thread.state, *fingerprint, thread.since_ns, closed_at_ns(thread, now_ns) - thread.since_ns};
    Row& row = row_of(open_->state, open_->fingerprint);
    row.ns += static_cast<std::int64_t>(open_->ns);
    row.max_ns = std::max(row.max_ns, open_->ns);
}

/// A sample stands for its share of the time.
void StackLedger::divide_exec(std::int64_t exec_ns, bool last) {
    std::uint64_t samples = 0;
    for (const Row& row : rows_) {
        samples += row.state == ThreadState::exec ? row.count : 0;
    }
    std::int64_t& carried_ns = carried_ns_[index(ThreadState::exec)];
    carried_ns += exec_ns;
    const std::int64_t all_ns = carried_ns;
    for (const Row& row : rows_) {
        if (row.state == ThreadState::exec && row.count != 0) {
            const auto ns = static_cast<std::int64_t>(static_cast<double>(all_ns) * static_cast<double>(row.count) /
                                                      static_cast<double>(samples));
            const std::int64_t part_ns = std::min(ns, carried_ns);
            carried_ns -= part_ns;
            out_.push_back({row.state, row.fingerprint, row.count, static_cast<std::uint64_t>(part_ns), 0});
        }
    }
    if (samples == 0 && carried_ns > 0 && (last || carried_ns >= kMostUnsampledNs)) {
        out_.push_back({ThreadState::exec, std::nullopt, 0, static_cast<std::uint64_t>(carried_ns), 0});
        carried_ns = 0;
    }
}

void StackLedger::emit_waits(const PerState<std::int64_t>& grown_ns) {
    PerState<std::int64_t>& carried = carried_ns_;
    for (const StateInfo& info : state_table()) {
        carried[index(info.state)] += info.state != ThreadState::exec ? grown_ns[index(info.state)] : 0;
    }
    for (const Row& row : rows_) {
        const std::int64_t ns = std::max<std::int64_t>(row.ns, 0);
        if (row.state == ThreadState::exec || (row.count == 0 && ns == 0)) {
            continue;
        }
        carried[index(row.state)] -= ns;
        out_.push_back(
            {row.state, row.fingerprint, row.count, static_cast<std::uint64_t>(ns), row.max_ns, row.lengths});
    }
}

/// `pending_ns`: of the open wait, whose account is not known yet; it is carried on.
void StackLedger::emit_elsewhere(const PerState<std::int64_t>& pending_ns, bool last) {
    for (const StateInfo& info : state_table()) {
        std::int64_t& carried_ns = carried_ns_[index(info.state)];
        const std::int64_t left_ns = carried_ns - (last ? 0 : pending_ns[index(info.state)]);
        if (info.state != ThreadState::exec && left_ns > 0 && (last || left_ns >= kLeastElsewhereNs)) {
            out_.push_back({info.state, std::nullopt, 0, static_cast<std::uint64_t>(left_ns), 0});
            carried_ns -= left_ns;
        }
    }
}

std::span<const LedgerEntry> StackLedger::add(const Thread& thread, std::uint64_t now_ns,
                                              std::span<const LedgerEntry> grown, std::optional<std::uint64_t> open,
                                              bool last) {
    PerState<std::int64_t> grown_ns{};
    for (const StateInfo& info : state_table()) {
        const std::uint64_t total_ns = state_total_ns(thread, info.state, now_ns);
        grown_ns[index(info.state)] = static_cast<std::int64_t>(total_ns - total_ns_[index(info.state)]);
        total_ns_[index(info.state)] = total_ns;
    }
    rows_.clear();
    out_.clear();
    for (const LedgerEntry& entry : grown) {
        Row& row = row_of(entry.state, entry.fingerprint.value_or(0));
        row.count += entry.count;
        row.ns += static_cast<std::int64_t>(entry.total_ns);
        row.max_ns = std::max(row.max_ns, entry.max_ns);
        merge_lengths(row.lengths, entry.lengths);
    }
    move_open(thread, now_ns, open);
    divide_exec(grown_ns[index(ThreadState::exec)], last);
    emit_waits(grown_ns);
    PerState<std::int64_t> pending_ns{};
    const bool is_counted = open_ && open_->state == thread.state && open_->since_ns == thread.since_ns;
    pending_ns[index(thread.state)] = static_cast<std::int64_t>(closed_at_ns(thread, now_ns) - thread.since_ns) -
                                      static_cast<std::int64_t>(is_counted ? open_->ns : 0);
    emit_elsewhere(pending_ns, last);
    return out_;
}

}  // namespace tsa
