// The table of one interval. text_command.cpp has the summary of a command, wait_text.cpp the wait phrases.
#include "output/text.h"

#include <algorithm>
#include <array>

#include "base/local_time.h"
#include "base/time_units.h"
#include "model/reconcile.h"
#include "text/cells.h"
#include "text/sanitize.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr std::size_t kTidCells = 7;
constexpr std::size_t kNameCells = 16;
constexpr std::size_t kShareCells = 7;
/// At this width every state has a column; below it only CPU time and the delays.
constexpr std::size_t kWideWidth = 116;

bool narrow_state(ThreadState state) {
    return is_load(state);
}

}  // namespace

bool TextWriter::wide() const {
    return width_ >= kWideWidth;
}

/// Moves the line to the output, cut to the width, without trailing spaces.
void TextWriter::put_line() {
    std::string_view text = cut_to_cells({line_.data(), line_.size()}, width_);
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    put(out_, text);
    out_.push_back('\n');
    line_.clear();
}

/// Adds text that stays together, on a new line when the current one is full.
void TextWriter::put_words(std::string_view words) {
    constexpr std::string_view kIndent = "    ";
    if (line_.size() > kIndent.size() && cells_of({line_.data(), line_.size()}) + cells_of(words) > width_) {
        put_line();
        put(line_, kIndent);
    }
    put(line_, words);
    put(line_, "   ");
}

void TextWriter::put_averages(std::string_view title, const PerState<std::uint64_t>& state_ns, std::uint64_t wall_ns,
                              std::uint64_t interval_ns, Measured measured) {
    const double interval = interval_ns == 0 ? 1.0 : static_cast<double>(interval_ns);
    std::array<char, 48> words{};
    put_words(title);
    for (const StateInfo& state : state_table()) {
        if ((measured & measured_bit(state.state)) == 0) {
            continue;
        }
        const double threads = static_cast<double>(state_ns[index(state.state)]) / interval;
        const auto end = state_ns[index(state.state)] == 0
                             ? fmt::format_to_n(words.data(), words.size(), "{} 0", state.label)
                             : fmt::format_to_n(words.data(), words.size(), "{} {:.2f}", state.label, threads);
        put_words({words.data(), std::min(end.size, words.size())});
    }
    const auto end =
        fmt::format_to_n(words.data(), words.size(), "(of {:.1f})", static_cast<double>(wall_ns) / interval);
    put_words({words.data(), std::min(end.size, words.size())});
    put_line();
}

void TextWriter::put_health(const Health& health) {
    if (health.lost() == 0) {
        return;
    }
    fmt::format_to(std::back_inserter(line_),
                   "INCOMPLETE: {} untracked threads, {} exit records dropped, {} exits not listed, {} torn reads, {} "
                   "without storage",
                   health.threads_without_slot, health.exit_records_lost, health.exits_folded, health.torn_reads,
                   health.storage_failures);
    put_line();
}

void TextWriter::put_head(const Report& report) {
    const std::tm local = local_time(static_cast<std::int64_t>(report.time_unix_ns / kNsPerSecond)).value_or(std::tm{});
    const SystemRow& system = report.system;
    auto out = std::back_inserter(line_);
    fmt::format_to(out, "{:02}:{:02}:{:02}.{:03}   over {}   {}   {} CPUs", local.tm_hour, local.tm_min, local.tm_sec,
                   report.time_unix_ns / kNsPerMs % 1000, duration_text(report.interval_ns).view(),
                   source_key(report.source), system.cpus);
    if (system.cpu_busy_pct) {
        fmt::format_to(out, "   busy {:.1f} %", *system.cpu_busy_pct);
    }
    if (system.stall_cpu_pct && system.stall_io_pct && system.stall_memory_pct) {
        fmt::format_to(out, "   stalled: cpu {:.1f} io {:.1f} memory {:.1f} %", *system.stall_cpu_pct,
                       *system.stall_io_pct, *system.stall_memory_pct);
    }
    if (system.now.load) {
        const auto& load = *system.now.load;
        fmt::format_to(out, "   load {:.2f} {:.2f} {:.2f}", load[0], load[1], load[2]);
    }
    put_line();
    put_health(report.health);
    put_averages("threads are on average in:", report.total_ns, report.total_wall_ns, report.interval_ns,
                 report.measured);
}

void TextWriter::put_wait_and_age(const Report& report, const ThreadRow& row) {
    if (has_ended(row, report.now_ns)) {
        put(line_, "ended");
        return;
    }
    const Thread& thread = *row.now;
    if ((thread.measured & kMeasuredAge) == 0) {
        return;
    }
    const WaitSymbols symbols;
    const std::string_view mark = thread.since_is_upper_bound ? symbols.at_least : std::string_view{};
    const ShortText age = duration_text(closed_at_ns(thread, report.now_ns) - thread.since_ns);
    constexpr std::string_view kGap = "  ";
    const std::size_t begin = line_.size();
    const std::size_t used = cells_of({line_.data(), begin}) + kGap.size() + cells_of(mark) + cells_of(age.view());
    const std::size_t room = width_ > used ? width_ - used : 0;
    put_wait_within(line_, thread, threads_, room, symbols);
    line_.resize(begin + cut_to_cells({line_.data() + begin, line_.size() - begin}, room).size());
    const bool age_known = !thread.since_is_upper_bound || closed_at_ns(thread, report.now_ns) > thread.since_ns;
    if (line_.size() > begin && age_known) {
        put(line_, kGap);
        put(line_, mark);
        put(line_, age.view());
    }
}

void TextWriter::put_row(const Report& report, const ThreadRow& row) {
    put_right(line_, fmt::format_int(row.now->tid).c_str(), kTidCells);
    put(line_, "  ");
    put_left(line_, Printable(comm_of(*row.now)).view(), kNameCells);
    for (const StateInfo& state : state_table()) {
        if (wide() || narrow_state(state.state)) {
            const bool known = (row.now->measured & measured_bit(state.state)) != 0;
            put_right(line_, known ? share_text(row.state_ns[index(state.state)], row.wall_ns).view() : "-",
                      kShareCells);
        }
    }
    put(line_, "  ");
    put_wait_and_age(report, row);
    put_line();
}

/// Below a row: the same from the kernel's delay accounting, and how the two compare.
void TextWriter::put_delays(const Report& report, const ThreadRow& row) {
    if (report.delays == nullptr || row.exit_time_unix_ns != 0) {
        return;
    }
    put_right(line_, "", kTidCells);
    put_words("  taskstats");
    for (const Comparison& comparison : reconcile(reconcile_input(report, row))) {
        std::array<char, 96> words{};
        const auto end = fmt::format_to_n(
            words.data(), words.size(), "{} {} ({})",
            info(state_from_key(pair_key(comparison.pair)).value_or(ThreadState::exec)).label,
            comparison.taskstats_ns ? share_text(*comparison.taskstats_ns, row.wall_ns).view() : std::string_view("-"),
            verdict_words(comparison));
        put_words({words.data(), std::min(end.size, words.size())});
    }
    put_line();
}

std::string_view TextWriter::write(const Report& report, const SelectedRows& rows, bool all_rows) {
    out_.clear();
    line_.clear();
    threads_.reset(report);
    put_head(report);
    put_right(line_, "TID", kTidCells);
    put(line_, "  ");
    put_left(line_, "NAME", kNameCells);
    for (const StateInfo& state : state_table()) {
        if (wide() || narrow_state(state.state)) {
            put_right(line_, state.head, kShareCells);
        }
    }
    put(line_, "  WAITS ON");
    put_line();
    std::size_t shown = 0;
    for (const ThreadRow* row : rows.threads()) {
        if (all_rows || was_active(row->state_ns)) {
            put_row(report, *row);
            put_delays(report, *row);
            ++shown;
        }
    }
    const std::size_t listed = report.threads.size() + report.exited.size();
    if (shown < listed) {
        const std::size_t cut = report.active_rows > shown ? report.active_rows - shown : 0;
        fmt::format_to(std::back_inserter(line_), "         and {} more ({} of them only slept)", listed - shown,
                       listed - shown - cut);
        put_line();
    }
    out_.push_back('\n');
    return {out_.data(), out_.size()};
}

}  // namespace tsa
