// SPDX-License-Identifier: MIT
// See text.h. One function per section, in reading order.
#include "summary/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "model/process_title.h"
#include "summary/delayed_sections.h"
#include "summary/lines.h"
#include "summary/noisy.h"
#include "summary/stack_sections.h"
#include "text/sanitize.h"
#include "text/system_text.h"
#include "text/time_text.h"
#include "text/units.h"
#include "text/wait_text.h"

namespace tsa {

namespace {

constexpr std::size_t kStateCells = 18;
constexpr std::size_t kNumberCells = 10;
constexpr std::size_t kTimeCells = 8;
constexpr std::size_t kProcessCells = 26;
constexpr std::size_t kThreadCells = 26;
constexpr std::size_t kGroupCells = 26;
constexpr std::size_t kCountCells = 8;
constexpr std::size_t kBarCells = 20;
/// Names per state in the list state by state.
constexpr std::size_t kNamesPerState = 6;

bool tells_loss(const StateInfo& state) {
    return is_load(state.state);
}

/// "xz", or "xz/worker" for a thread whose name differs from its process.
std::string name_of(const SummaryGroup& group) {
    const std::string process = printable(group.process);
    return group.thread.empty() || title_names(group.process, group.thread) ? process
                                                                            : process + "/" + printable(group.thread);
}

class Writer {
  public:
    Writer(const Summary& summary, const SummaryContext& context, const SummaryTextOptions& options)
        : summary_(summary),
          context_(context),
          rows_(std::max<std::size_t>(1, options.rows)),
          lines_(std::max(kMinSummaryWidth, options.width), options.color) {}

    std::string write();

  private:
    void put_header();
    void put_findings(std::string_view title, FindingScope scope);
    void put_finding(const SummaryFinding& finding);
    void put_states(std::string_view title, std::string_view words, const PerState<std::uint64_t>& total_ns,
                    const PerState<Spread>& threads_in);
    void put_state(const StateInfo& state, const Spread& spread, std::uint64_t ns, std::uint64_t shown_ns);
    [[nodiscard]] std::string when_words(const SummaryFinding& finding) const;
    void put_system();
    void put_spread(const SystemSpread& one);
    void put_by_state();
    void put_groups(std::string_view title, const std::vector<SummaryGroup>& groups, std::size_t name_cells);
    void put_group(std::string_view name, const SummaryGroup& group, std::size_t name_cells);
    void put_waits();
    [[nodiscard]] ShortText clock(std::uint64_t unix_ns) const { return clock_text(unix_ns, context_.utc_offsets); }
    [[nodiscard]] bool measured(ThreadState state) const { return (summary_.measured & measured_bit(state)) != 0; }

    const Summary& summary_;
    const SummaryContext& context_;
    std::size_t rows_;
    SummaryLines lines_;
};

void Writer::put_header() {
    if (!context_.title.empty()) {
        lines_.wrapped("recording  ", printable(context_.title));
    }
    if (context_.capture) {
        lines_.wrapped("captured   ", "when " + printable(capture_words(*context_.capture, context_.utc_offsets)));
    }
    lines_.wrapped("of         ", machine_words(summary_, context_));
    lines_.wrapped("from       ", time_words(summary_, context_));
    if (!context_.command.empty()) {
        lines_.wrapped("command    ", words_of(context_.command, " "));
    }
    if (!context_.filters.empty()) {
        lines_.wrapped("only       ",
                       words_of(context_.filters, ", ") + "; the machine has its own sections at the end");
    }
    lines_.wrapped("ended      ", context_.end_reason.empty()
                                      ? "not known: the recording is incomplete or still being written"
                                      : printable(context_.end_reason));
    lines_.wrapped("threads    ", fmt::format("{} seen, {:.1f} at a time; {} ended{}", summary_.threads_seen,
                                              summary_.threads.mean, summary_.threads_ended,
                                              summary_.unlisted_exits == 0 ? std::string()
                                                                           : fmt::format(", and {} more without a row",
                                                                                         summary_.unlisted_exits)));
    if (summary_.elapsed_ns != 0) {
        lines_.wrapped("own cost   ",
                       fmt::format("{:.3f} % of one CPU", 100 * static_cast<double>(summary_.own_cpu_ns) /
                                                              static_cast<double>(summary_.elapsed_ns)));
    }
    if (const std::string loss = loss_words(summary_); !loss.empty()) {
        lines_.wrapped("INCOMPLETE ", loss);
    }
    for (const std::string& remark : context_.remarks) {
        lines_.wrapped("NOTE       ", printable(remark));
    }
}

/// When it was: the stretch that the words describe.
std::string Writer::when_words(const SummaryFinding& finding) const {
    if (finding.to_unix_ns <= finding.from_unix_ns) {
        return {};
    }
    if (finding.open) {
        return fmt::format("   since {}, to the end of the recording", clock(finding.from_unix_ns).view());
    }
    std::string when = fmt::format("   {} to {}", clock(finding.from_unix_ns).view(), clock(finding.to_unix_ns).view());
    if (finding.worst_at_unix_ns != finding.to_unix_ns) {
        when += fmt::format(", worst at {}", clock(finding.worst_at_unix_ns).view());
    }
    // The two differ by gaps between and inside stretches.
    const std::uint64_t length_ns = finding.to_unix_ns - finding.from_unix_ns;
    if (finding.total_ns > length_ns + length_ns / 20) {
        when += fmt::format("; {} in all", duration_text(finding.total_ns).view());
    }
    return when;
}

void Writer::put_finding(const SummaryFinding& finding) {
    lines_.wrapped(" * ", fmt::format("{}{}", finding_title(finding.kind), when_words(finding)));
    lines_.wrapped("   ", printable(finding.words));
    std::vector<std::string> figures;
    for (const std::string& figure : finding.figures) {
        figures.push_back(printable(figure));
    }
    if (!figures.empty()) {
        lines_.listed("     ", figures, "; ");
    }
    if (const std::string words = stack_words(summary_, finding.kind);
        !words.empty() && finding.scope == FindingScope::recorded) {
        lines_.wrapped("   Code: ", words);
    }
    if (!finding.next.empty()) {
        lines_.wrapped("   Next: ", printable(finding.next));
    }
}

void Writer::put_findings(std::string_view title, FindingScope scope) {
    const bool any =
        std::ranges::any_of(summary_.findings, [&](const SummaryFinding& finding) { return finding.scope == scope; });
    std::string words = any ? "worst first" : "nothing stands out";
    if (summary_.filtered) {
        words += scope == FindingScope::machine ? ", over all threads, recorded or not" : ", in the recorded threads";
    }
    lines_.head(title, words);
    for (const SummaryFinding& finding : summary_.findings) {
        if (finding.scope == scope) {
            put_finding(finding);
        }
    }
}

void Writer::put_state(const StateInfo& state, const Spread& spread, std::uint64_t ns, std::uint64_t shown_ns) {
    lines_.left(fmt::format(" {}", state.label), kStateCells);
    if (!measured(state.state)) {
        lines_.right("-", kNumberCells);
        lines_.end();
        return;
    }
    lines_.right(average_text(spread.mean).view(), kNumberCells);
    lines_.right(average_text(spread.min).view(), kNumberCells);
    lines_.right(average_text(spread.max).view(), kNumberCells);
    lines_.right(spread.max > 0 ? clock(spread.max_at_unix_ns).view() : std::string_view{}, kNumberCells);
    lines_.right(duration_text(ns).view(), kNumberCells);
    if (tells_loss(state) && shown_ns != 0) {
        const double share = static_cast<double>(ns) / static_cast<double>(shown_ns);
        lines_.right(share_text(ns, shown_ns).view(), kTimeCells);
        lines_.add("  ");
        for (std::size_t cell = 0; cell < static_cast<std::size_t>(std::lround(share * kBarCells)); ++cell) {
            lines_.add("█");
        }
    }
    lines_.end();
}

void Writer::put_states(std::string_view title, std::string_view words, const PerState<std::uint64_t>& total_ns,
                        const PerState<Spread>& threads_in) {
    std::uint64_t shown_ns = 0;
    for (const StateInfo& state : state_table()) {
        shown_ns += tells_loss(state) && measured(state.state) ? total_ns[index(state.state)] : 0;
    }
    lines_.head(title, words);
    lines_.left("", kStateCells);
    for (const std::string_view column : {"AVERAGE", "LEAST", "MOST", "AT", "TIME"}) {
        lines_.right(column, kNumberCells);
    }
    lines_.right("%", kTimeCells);
    lines_.add("  of exec and waits");
    lines_.end();
    for (const StateInfo& state : state_table()) {
        put_state(state, threads_in[index(state.state)], total_ns[index(state.state)], shown_ns);
    }
}

void Writer::put_spread(const SystemSpread& one) {
    const Spread& spread = one.spread;
    if (spread.intervals == 0) {
        return;
    }
    lines_.left(fmt::format(" {}", one.column->reports.label), kStateCells);
    for (const double value : {spread.mean, spread.min, spread.max}) {
        lines_.right(system_text(value, one.column->unit).view(), kNumberCells);
    }
    lines_.right(spread.max > 0 ? clock(spread.max_at_unix_ns).view() : std::string_view{}, kNumberCells);
    lines_.end();
}

void Writer::put_system() {
    lines_.head("THE MACHINE", {});
    lines_.left("", kStateCells);
    for (const std::string_view title : {"AVERAGE", "LEAST", "MOST", "AT"}) {
        lines_.right(title, kNumberCells);
    }
    lines_.end();
    std::ranges::for_each(summary_.system, [this](const SystemSpread& one) { put_spread(one); });
}

void Writer::put_by_state() {
    lines_.head("WHO IT WAS, STATE BY STATE", "process/thread, its share of the listed threads' time in that state");
    for (const StateInfo& state : state_table()) {
        const std::size_t at = index(state.state);
        if (!tells_loss(state) || !measured(state.state)) {
            continue;
        }
        std::vector<const SummaryGroup*> groups;
        std::uint64_t sum_ns = 0;
        for (const SummaryGroup& group : summary_.by_thread) {
            sum_ns += group.state_ns[at];
            if (group.state_ns[at] != 0) {
                groups.push_back(&group);
            }
        }
        std::ranges::stable_sort(groups, std::greater{},
                                 [at](const SummaryGroup* group) { return group->state_ns[at]; });
        std::vector<std::string> names;
        for (std::size_t i = 0; i < std::min({groups.size(), rows_, kNamesPerState}); ++i) {
            names.push_back(
                fmt::format("{} {} %", name_of(*groups[i]), share_text(groups[i]->state_ns[at], sum_ns).view()));
        }
        if (!names.empty()) {
            lines_.listed(fmt::format(" {:<17}", state.label), names, "   ");
        }
    }
}

void Writer::put_group(std::string_view name, const SummaryGroup& group, std::size_t name_cells) {
    lines_.add(" ");
    lines_.left(name, name_cells);
    lines_.right(fmt::format_int(group.threads).c_str(), kCountCells);
    for (const StateInfo& state : state_table()) {
        if (tells_loss(state)) {
            const std::uint64_t ns = group.state_ns[index(state.state)];
            const bool known = (group.measured & measured_bit(state.state)) != 0;
            lines_.right(!known ? "-" : ns == 0 ? "·" : duration_text(ns).view(), kTimeCells);
        }
    }
    lines_.end();
}

void Writer::put_groups(std::string_view title, const std::vector<SummaryGroup>& groups, std::size_t name_cells) {
    lines_.head(title, "by time delayed, all threads of that name together");
    lines_.add(" ");
    lines_.left("NAME", name_cells);
    lines_.right("THREADS", kCountCells);
    for (const StateInfo& state : state_table()) {
        if (tells_loss(state)) {
            lines_.right(state.head, kTimeCells);
        }
    }
    lines_.end();
    SummaryGroup rest;
    std::size_t shown = 0;
    for (const SummaryGroup& group : groups) {
        const bool did_something = was_active(group.state_ns);
        if (shown < rows_ && did_something) {
            put_group(name_of(group), group, name_cells);
            ++shown;
            continue;
        }
        rest.threads += group.threads;
        rest.measured &= group.measured;
        for (std::size_t state = 0; state < kStateCount; ++state) {
            rest.state_ns[state] += group.state_ns[state];
        }
    }
    if (groups.size() > shown) {
        put_group(fmt::format("{} more names", groups.size() - shown), rest, name_cells);
    }
}

void Writer::put_waits() {
    if (summary_.worst.empty()) {
        return;
    }
    lines_.head("LONGEST SINGLE WAITS", "those open at the end of an interval");
    lines_.left(" STATE", kStateCells);
    lines_.right("OPEN AT", kNumberCells);
    lines_.right("AT LEAST", kNumberCells);
    lines_.right("AT MOST", kNumberCells);
    lines_.add("  THREAD");
    lines_.end();
    std::size_t of_state = 0;
    ThreadState state = ThreadState::zombie;
    for (const WorstWait& wait : summary_.worst) {
        of_state = wait.state == state ? of_state + 1 : 1;
        state = wait.state;
        // Three are enough as examples; --top shows more.
        if (of_state > std::max<std::size_t>(3, rows_ - std::min(rows_, kSummaryRows))) {
            continue;
        }
        lines_.left(fmt::format(" {}", info(wait.state).label), kStateCells);
        lines_.right(clock(wait.seen_unix_ns).view(), kNumberCells);
        lines_.right(duration_text(wait.at_least_ns).view(), kNumberCells);
        const bool end_known = wait.at_most_ns.has_value() && !wait.began_unseen;
        lines_.right(end_known ? duration_text(*wait.at_most_ns).view() : wait.at_most_ns ? "?" : "open", kNumberCells);
        SummaryGroup name;
        name.process = wait.process;
        name.thread = wait.comm;
        lines_.add(fmt::format("  {} ({})", name_of(name), wait.thread.tid));
        if (!wait.wait_on.empty()) {
            lines_.add(fmt::format("  {}", printable(wait.wait_on)));
        }
        if (wait.owner_exited) {
            fmt::memory_buffer words;
            put_exited_holder(words, wait.owner_tid);
            lines_.add(fmt::format(" {}", std::string_view(words.data(), words.size())));
        } else if (wait.owner_tid != 0) {
            lines_.add(fmt::format(" ← {} {}", wait.owner_tid, printable(wait.owner_comm)));
        }
        lines_.end();
    }
}

std::string Writer::write() {
    constexpr std::string_view kWholeMachine = "threads in each state, over all threads of the machine";
    constexpr std::string_view kRecorded = "threads in each state, over the recorded threads";
    put_header();
    put_findings("WHAT LOOKS WRONG", FindingScope::recorded);
    summary_.filtered ? put_states("WHERE THE TIME WENT", kRecorded, summary_.recorded_ns, summary_.recorded_in)
                      : put_states("WHERE THE TIME WENT", kWholeMachine, summary_.total_ns, summary_.threads_in);
    put_by_state();
    put_delayed_lines(lines_, summary_, rows_);
    put_noisy_lines(lines_, summary_, rows_);
    put_stack_lines(lines_, summary_, rows_);
    if (summary_.by) {
        std::string title(info(*summary_.by).many);
        std::ranges::transform(title, title.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
        put_groups(title, summary_.by_group, kGroupCells);
    }
    put_groups("PROCESSES", summary_.by_process, kProcessCells);
    put_groups("THREADS", summary_.by_thread, kThreadCells);
    put_waits();
    if (summary_.filtered) {
        put_findings("WHAT LOOKS WRONG ON THE MACHINE", FindingScope::machine);
        put_states("WHERE THE MACHINE'S TIME WENT", kWholeMachine, summary_.total_ns, summary_.threads_in);
    }
    put_system();
    return lines_.take();
}

}  // namespace

std::string write_summary_text(const Summary& summary, const SummaryContext& context,
                               const SummaryTextOptions& options) {
    return Writer(summary, context, options).write();
}

}  // namespace tsa
