// SPDX-License-Identifier: MIT
// The facts of a verdict, from a report and from the drill-down.
#include <algorithm>
#include <charconv>

#include "model/columns.h"
#include "model/wait_labels.h"
#include "text/sanitize.h"
#include "verdict/verdict.h"

namespace tsa {

namespace {

/// Whether "0-3,8" has the number.
bool list_has(std::string_view list, std::uint32_t cpu) {
    while (!list.empty()) {
        const std::string_view part = list.substr(0, list.find(','));
        list.remove_prefix(std::min(part.size() + 1, list.size()));
        std::uint32_t first = 0;
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), first);
        std::uint32_t last = first;
        if (error == std::errc() && end != part.data() + part.size() && *end == '-') {
            std::from_chars(end + 1, part.data() + part.size(), last);
        }
        if (error == std::errc() && first <= cpu && cpu <= last) {
            return true;
        }
    }
    return false;
}

/// Busy share of the CPUs that are not in the list; absent: there are none, or it is not known.
std::optional<double> others_busy_pct(const Report& report, std::string_view allowed) {
    double sum = 0;
    std::size_t count = 0;
    for (const CpuShare& cpu : report.system.per_cpu) {
        if (!list_has(allowed, cpu.cpu)) {
            sum += cpu.busy_pct;
            ++count;
        }
    }
    return count != 0 ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
}

}  // namespace

VerdictFacts facts_of(const Report& report, const Thread& thread, ThreadIndex& threads, FactsScratch& scratch) {
    VerdictFacts facts;
    facts.thread = &thread;
    facts.cpus = report.system.cpus;
    facts.busy_pct = report.system.cpu_busy_pct;
    facts.disk = report.system.busiest_disk;
    if (report.interval_ns != 0) {
        facts.runnable = report.threads_in(ThreadState::exec) + report.threads_in(ThreadState::cpu_wait);
    }
    if (!is_blocked(thread.state)) {
        return facts;
    }
    scratch.label = printable(threads.label_of(thread));
    facts.label = scratch.label;
    facts.is_deadlocked = is_deadlocked(thread, threads);
    if (const ThreadRow* row = thread.wait.owner_tid != 0 ? threads.find(thread.wait.owner_tid) : nullptr) {
        facts.holder = row->now;
        const Value on = is_blocked(row->now->state) ? wait_on(*row->now) : Value();
        scratch.holder_waits = on.present() ? printable(on.text) : std::string();
        facts.holder_waits = scratch.holder_waits;
    }
    return facts;
}

bool judge_row(const Report& report, const ThreadRow& row, ThreadIndex& threads, FactsScratch& scratch,
               DelayVerdict& verdict) {
    VerdictFacts facts = facts_of(report, *row.now, threads, scratch);
    std::ranges::copy(row.state_ns, facts.ns.begin());
    for (const PartInfo& part : kParts) {
        facts.part_ns[part.part] = static_cast<double>(row.part_ns[part.part]);
    }
    facts.labeled_ns = static_cast<double>(delay_labeled_ns(report, row).value_or(0));
    if (report.wakers != nullptr) {
        facts.woken = report.wakers->woken(key_of(*row.now));
    }
    if (report.neighbors != nullptr) {
        facts.neighbors = report.neighbors->of(key_of(*row.now));
    }
    return judge(facts, verdict);
}

void add_detail(VerdictFacts& facts, const ThreadDetail& detail, const Report& report) {
    const ThreadProperties& properties = detail.properties;
    facts.allowed_count = properties.allowed_count;
    if (properties.cpus_allowed) {
        facts.cpus_allowed = *properties.cpus_allowed;
        facts.others_busy_pct = others_busy_pct(report, *properties.cpus_allowed);
    }
    facts.quota = properties.quota ? &*properties.quota : nullptr;
}

}  // namespace tsa
