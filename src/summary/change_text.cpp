// SPDX-License-Identifier: MIT
// See change_text.h.
#include "summary/change_text.h"

#include <algorithm>
#include <cmath>

#include "model/process_title.h"
#include "summary/lines.h"
#include "text/sanitize.h"
#include "text/system_text.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr std::size_t kNameCells = 28;
constexpr std::size_t kStateCells = 17;
constexpr std::size_t kNumberCells = 10;

std::string signed_text(double value) {
    return value == 0 ? "0" : fmt::format("{}{}", value < 0 ? "-" : "+", average_text(std::abs(value)).view());
}

/// "+63 %"; empty if it was zero before.
std::string growth_text(double before, double after) {
    if (before <= 0) {
        return after > 0 ? "new" : "";
    }
    if (after <= 0) {
        return "gone";
    }
    const double times = after / before;
    return times >= 10 ? fmt::format("x {:.0f}", times) : fmt::format("{:+.0f} %", 100 * (times - 1));
}

class Writer {
  public:
    Writer(const ContextedSummary& before, const ContextedSummary& after, const SummaryChange& change,
           const SummaryTextOptions& options)
        : before_(before),
          after_(after),
          change_(change),
          rows_(std::max<std::size_t>(1, options.rows)),
          lines_(std::max(kMinSummaryWidth, options.width), options.color) {}

    std::string write();

  private:
    void put_header();
    void put_one(std::string_view which, const ContextedSummary& one);
    void put_differences();
    void put_heads(std::string_view name);
    void put_change(const StateChange& change);
    void put_states(std::string_view title, const PerState<StateChange>& changes);
    void put_system();
    void put_mean(const SystemColumn& column);
    void put_findings();
    void put_groups(std::string_view title, const std::vector<GroupChange>& groups);
    void put_rest(const std::vector<GroupChange>& groups, std::size_t from);

    const ContextedSummary& before_;
    const ContextedSummary& after_;
    const SummaryChange& change_;
    std::size_t rows_;
    SummaryLines lines_;
};

void Writer::put_one(std::string_view which, const ContextedSummary& one) {
    if (!one.context.title.empty()) {
        lines_.wrapped(which, printable(one.context.title));
        which = "           ";
    }
    lines_.wrapped(which, machine_words(one.summary, one.context));
    lines_.wrapped("           ", time_words(one.summary, one.context));
    if (one.context.capture) {
        lines_.wrapped("           ",
                       "captured when " + printable(capture_words(*one.context.capture, one.context.utc_offsets)));
    }
    if (!one.context.filters.empty()) {
        lines_.wrapped("      only ", words_of(one.context.filters, ", "));
    }
    if (const std::string loss = loss_words(one.summary); !loss.empty()) {
        lines_.wrapped("INCOMPLETE ", loss);
    }
    for (const std::string& remark : one.context.remarks) {
        lines_.wrapped("NOTE       ", printable(remark));
    }
}

/// What makes the two difficult to compare.
void Writer::put_differences() {
    const auto note = [this](std::string_view words) { lines_.wrapped("NOTE       ", words); };
    const SummaryContext& from = before_.context;
    const SummaryContext& to = after_.context;
    if (from.host != to.host) {
        note("the hosts differ");
    }
    if (before_.summary.source != after_.summary.source) {
        note("they come from different sources: only what both could measure is compared");
    }
    if (before_.summary.cpus != after_.summary.cpus) {
        note(fmt::format("the number of CPUs differs: {} and {}", before_.summary.cpus, after_.summary.cpus));
    }
    if (from.filters != to.filters) {
        note("different threads were recorded: only the machine's sums are comparable");
    }
    constexpr std::uint32_t kFew = 8;
    const std::uint32_t blocks = std::min(before_.summary.noise_blocks, after_.summary.noise_blocks);
    if (blocks < 2) {
        note("one of them has a single interval: the noise cannot be estimated");
    } else if (blocks < kFew) {
        note(fmt::format("one of them has only {} intervals: the noise estimate is conservative", blocks));
    }
}

void Writer::put_header() {
    put_one("before     ", before_);
    put_one("after      ", after_);
    put_differences();
}

void Writer::put_heads(std::string_view name) {
    lines_.add(" ");
    if (!name.empty()) {
        lines_.left(name, kNameCells);
    }
    lines_.left("STATE", kStateCells);
    for (const std::string_view title : {"BEFORE", "AFTER", "CHANGE", "NOISE"}) {
        lines_.right(title, kNumberCells);
    }
    lines_.end();
}

void Writer::put_change(const StateChange& change) {
    lines_.right(average_text(change.before).view(), kNumberCells);
    lines_.right(average_text(change.after).view(), kNumberCells);
    lines_.right(signed_text(change.after - change.before), kNumberCells);
    // Noise that is only rounding does not count.
    constexpr double kLeastShown = 0.0005;
    lines_.right(std::isinf(change.noise)     ? "?"
                 : change.noise < kLeastShown ? "0"
                                              : average_text(change.noise).view(),
                 kNumberCells);
}

void Writer::put_states(std::string_view title, const PerState<StateChange>& changes) {
    lines_.head(title, "threads in each state on average; a change within the noise may be chance");
    put_heads({});
    for (const StateInfo& state : state_table()) {
        const StateChange& change = changes[index(state.state)];
        lines_.add(" ");
        lines_.left(state.label, kStateCells);
        if ((change_.measured & measured_bit(state.state)) == 0) {
            lines_.right("-", kNumberCells);
            lines_.end();
            continue;
        }
        put_change(change);
        lines_.add(change.beyond_noise()           ? "  " + growth_text(change.before, change.after)
                   : change.before == change.after ? ""
                                                   : "  within noise");
        lines_.end();
    }
}

void Writer::put_mean(const SystemColumn& column) {
    const Spread& before = before_.summary.of_column(column.key);
    const Spread& after = after_.summary.of_column(column.key);
    if (before.intervals == 0 && after.intervals == 0) {
        return;
    }
    lines_.add(" ");
    lines_.left(column.reports.label, kStateCells);
    for (const Spread* spread : {&before, &after}) {
        lines_.right(spread->intervals == 0 ? "-" : system_text(spread->mean, column.unit).view(), kNumberCells);
    }
    lines_.end();
}

void Writer::put_system() {
    for (const SystemSpread& one : after_.summary.system) {
        put_mean(*one.column);
    }
}

void Writer::put_findings() {
    const auto list = [this](std::string_view which, const Summary& summary) {
        std::vector<std::pair<std::string, std::size_t>> titles;  // with how often
        for (const SummaryFinding& finding : summary.findings) {
            const std::string title = fmt::format("{}{}", finding_title(finding.kind),
                                                  finding.scope == FindingScope::machine ? " (machine)" : "");
            const auto known = std::ranges::find(titles, title, &std::pair<std::string, std::size_t>::first);
            known != titles.end() ? ++known->second : titles.emplace_back(title, 1).second;
        }
        std::string words;
        for (const auto& [title, count] : titles) {
            words += fmt::format("{}{}{}", words.empty() ? "" : ", ", title,
                                 count > 1 ? fmt::format(" x {}", count) : std::string());
        }
        lines_.wrapped(which, words.empty() ? "nothing stands out" : words);
    };
    lines_.head("WHAT LOOKS WRONG", "the report of each has the figures");
    list(" before    ", before_.summary);
    list(" after     ", after_.summary);
}

void Writer::put_rest(const std::vector<GroupChange>& groups, std::size_t from) {
    std::size_t beyond = 0, within = 0;
    PerState<StateChange> sum{};
    for (std::size_t at = from; at < groups.size(); ++at) {
        (groups[at].beyond_noise() ? beyond : within) += 1;
        for (std::size_t state = 0; state < kStateCount; ++state) {
            sum[state].before += groups[at].states[state].before;
            sum[state].after += groups[at].states[state].after;
        }
    }
    if (beyond + within == 0) {
        return;
    }
    const auto change = [&](ThreadState state) {
        const StateChange& one = sum[index(state)];
        return fmt::format("{} {} to {}", info(state).label, average_text(one.before).view(),
                           average_text(one.after).view());
    };
    std::string words = beyond == 0 ? fmt::format("{} more names, all within noise", within)
                                    : fmt::format("{} more names beyond noise, {} within it", beyond, within);
    words += "; together: " + change(ThreadState::exec);
    for (const StateInfo& state : state_table()) {
        const StateChange& one = sum[index(state.state)];
        if (state.is_delay && (one.before > 0 || one.after > 0)) {
            words += ", " + change(state.state);
        }
    }
    lines_.wrapped(" ", words);
}

void Writer::put_groups(std::string_view title, const std::vector<GroupChange>& groups) {
    const bool any = !groups.empty() && groups.front().beyond_noise();
    lines_.head(title, any ? "changes larger than the noise, largest first" : "no change is larger than the noise");
    if (any) {
        put_heads("NAME");
    }
    std::size_t at = 0;
    for (; at < std::min(groups.size(), rows_) && groups[at].beyond_noise(); ++at) {
        const GroupChange& group = groups[at];
        std::string name = printable(group.process);
        if (!group.thread.empty() && !title_names(group.process, group.thread)) {
            name += "/" + printable(group.thread);
        }
        for (const StateInfo& state : state_table()) {
            const StateChange& change = group.states[index(state.state)];
            if ((group.measured & measured_bit(state.state)) == 0 || !change.beyond_noise()) {
                continue;
            }
            lines_.add(" ");
            lines_.left(name, kNameCells);
            lines_.left(state.label, kStateCells);
            put_change(change);
            lines_.add("  " + growth_text(change.before, change.after));
            lines_.end();
            name.clear();
        }
    }
    put_rest(groups, at);
}

std::string Writer::write() {
    put_header();
    if (before_.summary.filtered && before_.context.filters == after_.context.filters) {
        put_states("THE RECORDED THREADS", change_.recorded);
    }
    put_states("THE MACHINE", change_.machine);
    put_system();
    put_findings();
    put_groups("PROCESSES", change_.by_process);
    put_groups("THREADS", change_.by_thread);
    return lines_.take();
}

}  // namespace

std::string write_change_text(const ContextedSummary& before, const ContextedSummary& after,
                              const SummaryChange& change, const SummaryTextOptions& options) {
    return Writer(before, after, change, options).write();
}

}  // namespace tsa
