// SPDX-License-Identifier: MIT
// See summary.h. One pass over the rows of each report; memory grows with names, not with threads or time.
#include "summary/summary.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>
#include <utility>

#include "base/saturating.h"
#include "model/process_table.h"
#include "model/process_title.h"
#include "summary/delayed.h"
#include "summary/findings.h"
#include "summary/groups.h"
#include "summary/noise.h"
#include "summary/noisy.h"
#include "summary/series.h"
#include "summary/waits.h"

namespace tsa {

namespace {

/// Bytes through sockets are in the sums only while they are counted.
Measured measured_in(const Report& report, Measured measured) {
    return report.network ? measured : measured & ~kMeasuredNetwork;
}

template <std::size_t kSize>
std::string_view view(const std::array<char, kSize>& name) {
    return {name.data(), strnlen(name.data(), name.size())};
}

/// The name of a process, by its command line if the recording has it.
std::string title_of(const Report& report, const Thread& leader) {
    const ProcessFacts* facts = facts_of(report, leader);
    return process_title(comm_of(leader), facts != nullptr ? std::string_view(facts->command) : std::string_view());
}

/// Counters: the newest value; gauges: the largest.
void take_health(Health& health, const Health& newest) {
    const std::uint64_t without_slot = std::max(health.threads_without_slot, newest.threads_without_slot);
    const std::uint64_t torn = std::max(health.torn_reads, newest.torn_reads);
    health = newest;
    health.threads_without_slot = without_slot;
    health.torn_reads = torn;
}

/// The machine's numbers over the intervals: those of the table that appear in reports.
class SystemSums {
  public:
    SystemSums() {
        for (const SystemColumn& column : system_columns()) {
            if (!column.reports.label.empty()) {
                sums_.push_back({&column, {}});
            }
        }
    }

    void add(const Report& report) {
        threads_.add(static_cast<double>(report.threads.size()), report.interval_ns, report.time_unix_ns);
        for (Sum& sum : sums_) {
            sum.of.add(number_of(sum.column->get(report, scratch_)), report.interval_ns, report.time_unix_ns);
        }
    }

    void fill(Summary& summary) const {
        summary.threads = threads_.spread();
        for (const Sum& sum : sums_) {
            summary.system.push_back({sum.column, sum.of.spread()});
        }
    }

  private:
    struct Sum {
        const SystemColumn* column;
        SpreadSum of;
    };

    SpreadSum threads_;
    std::vector<Sum> sums_;
    fmt::memory_buffer scratch_;
};

}  // namespace

struct SummaryBuilder::State {
    State(bool filtered, std::optional<GroupKey> by, UserName names) : watch(filtered), user_name(std::move(names)) {
        summary.filtered = filtered;
        summary.by = by;
    }

    Summary summary;  ///< what needs no final step
    PerState<SpreadSum> threads_in, recorded_in;
    SystemSums system;
    SliceSeries slices;
    BlockClock clock;
    GroupTable processes, threads, by_group;
    GroupBuilder group_builder;
    std::vector<PerState<std::uint64_t>> machine_blocks, recorded_blocks;
    ThreadMemo memo;
    WorstWaits waits;
    DelayedThreads delayed;
    FindingWatch watch;
    UserName user_name;
    // Of the report's processes: scratch.
    std::vector<const Thread*> leaders;
    std::vector<std::uint32_t> process_groups;
    std::vector<std::string> titles;

    void begin_blocks(const Report& report);
    void add_machine(const Report& report);
    void find_leaders(const Report& report);
    void add_processes(const Report& report);
    void add_rows(const Report& report);
    void add_groups(const Report& report);
    void add_row(const Report& report, const ThreadRow& row);
    MemoEntry& place(const ThreadRow& row);
    [[nodiscard]] bool was_born(const Report& report, const ThreadRow& row) const;
    [[nodiscard]] std::vector<SummaryGroup> groups_of(const GroupTable& table) const;
    static void add_noisy_findings(Summary& summary);
};

void SummaryBuilder::State::begin_blocks(const Report& report) {
    if (!clock.begin(report.interval_ns)) {
        return;
    }
    merge_blocks(machine_blocks);
    merge_blocks(recorded_blocks);
    for (GroupTable* table : {&processes, &threads, &by_group}) {
        for (GroupSums& group : table->all()) {
            merge_blocks(group.blocks);
        }
    }
}

void SummaryBuilder::State::add_machine(const Report& report) {
    const bool first = summary.intervals == 0;
    if (first) {
        summary.source = report.source;
        summary.begin_unix_ns = saturating_sub(report.time_unix_ns, report.interval_ns);
    }
    summary.end_unix_ns = report.time_unix_ns;
    summary.elapsed_ns += report.interval_ns;
    ++summary.intervals;
    summary.cpus = std::max(summary.cpus, report.system.cpus);
    summary.measured &= report.measured;
    summary.unlisted_exits += report.unlisted_exits;
    summary.own_cpu_ns += saturating_sub(report.own_now.cpu_ns, report.own_before.cpu_ns);
    take_health(summary.health, report.health);
    machine_blocks.resize(clock.current() + 1);
    recorded_blocks.resize(clock.current() + 1);
    PerState<std::uint64_t> recorded_ns{};
    for (const ProcessRow& process : report.processes) {
        for (std::size_t state = 0; state < kStateCount; ++state) {
            recorded_ns[state] += process.state_ns[state];
        }
    }
    const auto interval = static_cast<double>(report.interval_ns);
    for (std::size_t state = 0; state < kStateCount; ++state) {
        summary.total_ns[state] += report.total_ns[state];
        summary.recorded_ns[state] += recorded_ns[state];
        machine_blocks.back()[state] += report.total_ns[state];
        recorded_blocks.back()[state] += recorded_ns[state];
        threads_in[state].add(static_cast<double>(report.total_ns[state]) / interval, report.interval_ns,
                              report.time_unix_ns);
        recorded_in[state].add(static_cast<double>(recorded_ns[state]) / interval, report.interval_ns,
                               report.time_unix_ns);
    }
    system.add(report);
    slices.add(report, recorded_ns);
}

/// The main threads. For a process whose main thread is not listed, the one with the lowest TID, in any order of rows.
void SummaryBuilder::State::find_leaders(const Report& report) {
    leaders.clear();
    bool all_main = true;
    for (const ProcessRow& process : report.processes) {
        leaders.push_back(process.leader);
        all_main = all_main && process.leader->tid == process.tgid;
    }
    if (all_main) {
        return;
    }
    for (const auto* rows : {&report.threads, &report.exited}) {
        for (const ThreadRow& row : *rows) {
            const Thread*& leader = leaders[row.process];
            if (leader->tid != leader->tgid && row.now->tid < leader->tid) {
                leader = row.now;
            }
        }
    }
}

void SummaryBuilder::State::add_processes(const Report& report) {
    find_leaders(report);
    process_groups.clear();
    titles.resize(report.processes.size());
    for (const ProcessRow& process : report.processes) {
        const std::size_t nth = process_groups.size();
        titles[nth] = title_of(report, *leaders[nth]);
        const std::uint32_t at = processes.group_of(group_name(titles[nth], {}));
        process_groups.push_back(at);
        GroupSums& group = processes.at(at);
        PerState<std::uint64_t>& block = group.block(clock.current());
        for (std::size_t state = 0; state < kStateCount; ++state) {
            block[state] += process.state_ns[state];
        }
        group.wall_ns += process.wall_ns;
        group.part_ns += process.part_ns;
        group.voluntary_switches += process.voluntary_switches;
        group.involuntary_switches += process.involuntary_switches;
        group.read_bytes += process.read_bytes;
        group.write_bytes += process.write_bytes;
        group.net_rx_bytes += process.net_rx_bytes;
        group.net_tx_bytes += process.net_tx_bytes;
        group.measured &= measured_in(report, process.measured);
    }
}

/// Its groups in this interval; the thread is counted in each group where it was not seen before. Two rows may have one
/// identity: a dead main thread, and the thread of its process that became the main thread by exec. Each belongs to the
/// group of its name, and only a real rename counts again.
MemoEntry& SummaryBuilder::State::place(const ThreadRow& row) {
    const Thread& thread = *row.now;
    MemoEntry& entry = memo.find(key_of(thread));
    const std::uint32_t process = process_groups[row.process];
    if (entry.process_group == process && entry.comm == thread.comm) {
        return entry;
    }
    const bool known = entry.thread_group != kNoGroup;
    const bool moved = entry.process_group != process;
    const bool renamed = row.before == nullptr || row.before->comm != thread.comm;
    const std::uint32_t group = threads.group_of(group_name(titles[row.process], comm_of(thread)));
    summary.threads_seen += known ? 0 : 1;
    processes.at(process).threads += moved ? 1 : 0;
    threads.at(group).threads += entry.thread_group != group && (!known || moved || renamed) ? 1 : 0;
    entry.comm = thread.comm;
    entry.process_group = process;
    entry.thread_group = group;
    return entry;
}

bool SummaryBuilder::State::was_born(const Report& report, const ThreadRow& row) const {
    // The start of a row is all that a recording has about a thread's start; live reports use the same rule. In the
    // first report no thread may have an earlier row.
    const bool first = summary.intervals == 1;
    if (row.before != nullptr && !first) {
        return false;
    }
    // Where the row of one that has just died begins is a guess of a recording.
    const bool just_dead = row.exit_time_unix_ns == 0 && has_ended(row, report.now_ns);
    if (just_dead && !first && row.wall_ns < report.interval_ns) {
        return true;
    }
    const std::uint64_t end_ns = row.exit_time_unix_ns != 0
                                     ? row.exit_time_unix_ns - report.time_unix_ns + report.now_ns
                                     : closed_at_ns(*row.now, report.now_ns);
    const std::uint64_t begin_ns = saturating_sub(report.now_ns, report.interval_ns);
    return saturating_sub(end_ns, row.wall_ns) > begin_ns + std::min(kReadingNs, report.interval_ns / 16);
}

void SummaryBuilder::State::add_row(const Report& report, const ThreadRow& row) {
    MemoEntry& entry = place(row);
    const bool born = !row.quiet && was_born(report, row);
    waits.look(report, row, *leaders[row.process]);
    delayed.look(report, row, *leaders[row.process], entry.delayed);
    watch.look(report, row, entry.process_group, born);
    GroupSums& group = threads.at(entry.thread_group);
    GroupSums& process = processes.at(entry.process_group);
    PerState<std::uint64_t>& block = group.block(clock.current());
    const Thread& thread = *row.now;
    group.wall_ns += row.wall_ns;
    group.measured &= measured_in(report, thread.measured);
    group.max_rss_bytes = std::max(group.max_rss_bytes, thread.rss_bytes);
    process.max_rss_bytes = std::max(process.max_rss_bytes, thread.rss_bytes);
    if (row.quiet) {
        block[index(thread.state)] += row.wall_ns;
        return;
    }
    for (std::size_t state = 0; state < kStateCount; ++state) {
        block[state] += row.state_ns[state];
    }
    group.part_ns += row.part_ns;
    group.voluntary_switches += row.voluntary_switches();
    group.involuntary_switches += row.involuntary_switches();
    group.read_bytes += row.read_bytes().value_or(0);
    group.write_bytes += row.write_bytes().value_or(0);
    group.net_rx_bytes += row.net_rx_bytes().value_or(0);
    group.net_tx_bytes += row.net_tx_bytes().value_or(0);
    if (born) {
        ++group.born;
        ++process.born;
    }
    if (row.exit_time_unix_ns != 0) {
        ++group.ended;
        ++process.ended;
        ++summary.threads_ended;
    }
}

void SummaryBuilder::State::add_rows(const Report& report) {
    memo.begin(report.threads.size() + report.exited.size());
    waits.begin();
    delayed.begin(report);
    watch.begin();
    for (const ThreadRow& row : report.threads) {
        add_row(report, row);
    }
    for (const ThreadRow& row : report.exited) {
        add_row(report, row);
    }
    waits.end(report);
    watch.end(report, process_groups, processes.all().size());
}

void SummaryBuilder::State::add_groups(const Report& report) {
    if (!summary.by) {
        return;
    }
    constexpr std::size_t kRoom = std::tuple_size_v<decltype(GroupName::process)>;
    for (const GroupRow& row : group_builder.build(report, *summary.by, user_name)) {
        std::string_view name = row.name.empty() ? std::string_view("-") : std::string_view(row.name);
        name.remove_prefix(name.size() > kRoom ? name.size() - kRoom : 0);
        GroupSums& group = by_group.at(by_group.group_of(group_name(name, {})));
        PerState<std::uint64_t>& block = group.block(clock.current());
        for (std::size_t state = 0; state < kStateCount; ++state) {
            block[state] += row.sums.state_ns[state];
        }
        group.threads = std::max<std::uint64_t>(group.threads, row.sums.threads + row.sums.exited_threads);
        group.ended += row.sums.exited_threads;
        group.wall_ns += row.sums.wall_ns;
        group.part_ns += row.sums.part_ns;
        group.voluntary_switches += row.sums.voluntary_switches;
        group.involuntary_switches += row.sums.involuntary_switches;
        group.read_bytes += row.sums.read_bytes;
        group.write_bytes += row.sums.write_bytes;
        group.net_rx_bytes += row.sums.net_rx_bytes;
        group.net_tx_bytes += row.sums.net_tx_bytes;
        group.max_rss_bytes = std::max(group.max_rss_bytes, row.sums.rss_bytes);
        group.measured &= measured_in(report, row.sums.measured);
    }
}

/// In their places among the others: worst first, those of the machine last.
void SummaryBuilder::State::add_noisy_findings(Summary& summary) {
    for (SummaryFinding& finding : noisy_findings(summary)) {
        const auto at = std::ranges::find_if(summary.findings, [&](const SummaryFinding& other) {
            return std::tuple(other.scope, -other.weight) > std::tuple(finding.scope, -finding.weight);
        });
        summary.findings.insert(at, std::move(finding));
    }
}

std::vector<SummaryGroup> SummaryBuilder::State::groups_of(const GroupTable& table) const {
    std::vector<SummaryGroup> groups;
    groups.reserve(table.all().size());
    std::vector<std::uint64_t> sums;
    for (const GroupSums& from : table.all()) {
        SummaryGroup& group = groups.emplace_back();
        group.process = view(from.name.process);
        group.thread = view(from.name.thread);
        group.threads = from.threads;
        group.ended = from.ended;
        group.born = from.born;
        group.wall_ns = from.wall_ns;
        group.part_ns = from.part_ns;
        group.voluntary_switches = from.voluntary_switches;
        group.involuntary_switches = from.involuntary_switches;
        group.read_bytes = from.read_bytes;
        group.write_bytes = from.write_bytes;
        group.net_rx_bytes = from.net_rx_bytes;
        group.net_tx_bytes = from.net_tx_bytes;
        group.max_rss_bytes = from.max_rss_bytes;
        group.measured = from.measured;
        for (std::size_t state = 0; state < kStateCount; ++state) {
            sums.clear();
            for (const PerState<std::uint64_t>& block : from.blocks) {
                sums.push_back(block[state]);
                group.state_ns[state] += block[state];
            }
            group.mean[state] = summary.elapsed_ns == 0 ? 0
                                                        : static_cast<double>(group.state_ns[state]) /
                                                              static_cast<double>(summary.elapsed_ns);
            group.variance_of_mean[state] = variance_of_mean(sums, clock.lengths_ns());
        }
    }
    const auto rank = [](const SummaryGroup& group) {
        return std::tuple(UINT64_MAX - latency_ns(group.state_ns),
                          UINT64_MAX - group.state_ns[index(ThreadState::exec)], std::string_view(group.process),
                          std::string_view(group.thread));
    };
    std::ranges::sort(groups, {}, rank);
    return groups;
}

const Spread& Summary::of_column(std::string_view key) const {
    static const Spread kNone;
    const auto found = std::ranges::find(system, key, [](const SystemSpread& one) { return one.column->key; });
    return found != system.end() ? found->spread : kNone;
}

SummaryBuilder::SummaryBuilder(bool filtered, std::optional<GroupKey> by, UserName user_name)
    : state_(std::make_unique<State>(filtered, by, std::move(user_name))) {}
SummaryBuilder::~SummaryBuilder() = default;
SummaryBuilder::SummaryBuilder(SummaryBuilder&&) noexcept = default;
SummaryBuilder& SummaryBuilder::operator=(SummaryBuilder&&) noexcept = default;

void SummaryBuilder::add(const Report& report) {
    if (report.interval_ns == 0) {
        return;
    }
    state_->begin_blocks(report);
    state_->add_machine(report);
    state_->add_processes(report);
    state_->add_rows(report);
    state_->add_groups(report);
}

void SummaryBuilder::set_neighbors(std::vector<NoisyPair> pairs) {
    state_->summary.neighbors = std::move(pairs);
}

bool SummaryBuilder::empty() const {
    return state_->summary.intervals == 0;
}

Summary SummaryBuilder::finish() const {
    Summary summary = state_->summary;
    std::vector<std::uint64_t> sums;
    const auto variance = [&](const std::vector<PerState<std::uint64_t>>& blocks, std::size_t state) {
        sums.clear();
        for (const PerState<std::uint64_t>& block : blocks) {
            sums.push_back(block[state]);
        }
        return variance_of_mean(sums, state_->clock.lengths_ns());
    };
    for (std::size_t state = 0; state < kStateCount; ++state) {
        summary.threads_in[state] = state_->threads_in[state].spread();
        summary.variance_of_mean[state] = variance(state_->machine_blocks, state);
        summary.recorded_in[state] = state_->recorded_in[state].spread();
        summary.recorded_variance[state] = variance(state_->recorded_blocks, state);
    }
    summary.noise_blocks = static_cast<std::uint32_t>(state_->clock.lengths_ns().size());
    state_->system.fill(summary);
    summary.by_process = state_->groups_of(state_->processes);
    summary.by_group = state_->groups_of(state_->by_group);
    summary.by_thread = state_->groups_of(state_->threads);
    summary.worst = state_->waits.waits();
    state_->delayed.fill(summary);
    summary.findings = state_->watch.findings(state_->processes, summary.elapsed_ns);
    state_->add_noisy_findings(summary);
    summary.slices = state_->slices.slices();
    return summary;
}

}  // namespace tsa
