// SPDX-License-Identifier: MIT
// The table of one interval. text_command.cpp has the summary of a command, wait_text.cpp the wait phrases.
#include "output/text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/local_time.h"
#include "base/time_units.h"
#include "model/reconcile.h"
#include "model/wait_labels.h"
#include "text/ascii.h"
#include "text/cells.h"
#include "text/sanitize.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr std::size_t kTidCells = 7;
constexpr std::size_t kNameCells = 16;
constexpr std::size_t kShareCells = 7;
constexpr std::size_t kHeadCells = 5;
/// The least widths of the forms, with a useful part of WAITS ON.
constexpr std::size_t kAllWidth = 140, kLoadWidth = 108, kWorstWidth = 64;

constexpr std::string_view kBold = "1", kDim = "2";

constexpr Measured kMeasuredDelays = [] {
    Measured bits = 0;
    for (const StateInfo& one : state_table()) {
        bits = static_cast<Measured>(one.is_delay ? bits | measured_bit(one.state) : bits);
    }
    return bits;
}();

/// The colors of the screens, which are those of a dark background.
std::string_view tint_of(ThreadState state) {
    static const PerState<std::string> kTints = [] {
        PerState<std::string> tints;
        for (const StateInfo& one : state_table()) {
            tints[index(one.state)] =
                fmt::format("{}{}38;5;{}", one.dark.bold ? "1;" : "", one.dark.dim ? "2;" : "", one.dark.color_256);
        }
        return tints;
    }();
    return kTints[index(state)];
}

/// A part of the header.
class Phrase {
  public:
    template <class... Args>
    explicit Phrase(fmt::format_string<Args...> format, Args&&... args) {
        size_ = std::min(fmt::format_to_n(text_.data(), text_.size(), format, std::forward<Args>(args)...).size,
                         text_.size());
    }
    [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

  private:
    std::array<char, 96> text_{};
    std::size_t size_ = 0;
};

/// The longest delay; without a delay, the state that took most.
ThreadState worst_state(const PerState<std::uint64_t>& state_ns) {
    const bool delayed = latency_ns(state_ns) != 0;
    ThreadState worst = ThreadState::exec;
    std::uint64_t most_ns = 0;
    for (const StateInfo& one : state_table()) {
        const std::uint64_t spent_ns = state_ns[index(one.state)];
        if ((one.is_delay || !delayed) && spent_ns > most_ns) {
            worst = one.state;
            most_ns = spent_ns;
        }
    }
    return worst;
}

}  // namespace

void TextWriter::set_look(const TextLook& look) {
    look_ = look;
    look_.width = std::max(look.width, kMinTextWidth);
}

TextWriter::Form TextWriter::form() const {
    return look_.width >= kAllWidth     ? Form::all
           : look_.width >= kLoadWidth  ? Form::load
           : look_.width >= kWorstWidth ? Form::worst
                                        : Form::tight;
}

bool TextWriter::shows(ThreadState state) const {
    switch (form()) {
        case Form::all:
            return true;
        case Form::load:
            return is_load(state);
        case Form::worst:
            return state == ThreadState::exec;
        case Form::tight:
            return false;
    }
    return false;
}

void TextWriter::set_tint(std::string_view sgr) {
    if (look_.color) {
        tints_.push_back({line_.size(), sgr});
    }
}

void TextWriter::put_tinted_line(std::string_view text) {
    std::size_t at = 0;
    std::string_view tint;
    const auto put_to = [&](std::size_t end) {
        const std::string_view part = text.substr(at, end - at);
        const bool tinted = !part.empty() && !tint.empty();
        if (tinted) {
            fmt::format_to(std::back_inserter(out_), "\x1b[{}m", tint);
        }
        look_.ascii ? put_ascii(out_, part) : put(out_, part);
        put(out_, tinted ? "\x1b[0m" : "");
        at = end;
    };
    for (const Tint& next : tints_) {
        put_to(std::min(next.begin, text.size()));
        tint = next.sgr;
    }
    put_to(text.size());
}

/// Moves the line to the output, cut to the width, without trailing spaces.
void TextWriter::put_line() {
    std::string_view text = cut_to_cells({line_.data(), line_.size()}, look_.width);
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    put_tinted_line(text);
    out_.push_back('\n');
    line_.clear();
    tints_.clear();
}

/// Adds text that stays together, on a new line when the current one is full.
void TextWriter::put_words(std::string_view words) {
    constexpr std::string_view kIndent = "    ";
    if (line_.size() > kIndent.size() && cells_of({line_.data(), line_.size()}) + cells_of(words) > look_.width) {
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
    set_tint(kBold);
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
    put_words(Phrase("{:02}:{:02}:{:02}.{:03}", local.tm_hour, local.tm_min, local.tm_sec,
                     report.time_unix_ns / kNsPerMs % 1000)
                  .view());
    put_words(Phrase("over {}", duration_text(report.interval_ns).view()).view());
    put_words(source_key(report.source));
    put_words(Phrase("{} CPUs", system.cpus).view());
    if (system.cpu_busy_pct) {
        put_words(Phrase("busy {:.1f} %", *system.cpu_busy_pct).view());
    }
    if (system.stall_cpu_pct && system.stall_io_pct && system.stall_memory_pct) {
        put_words(Phrase("stalled: cpu {:.1f} io {:.1f} memory {:.1f} %", *system.stall_cpu_pct, *system.stall_io_pct,
                         *system.stall_memory_pct)
                      .view());
    }
    if (system.now.load) {
        const auto& load = *system.now.load;
        put_words(Phrase("load {:.2f} {:.2f} {:.2f}", load[0], load[1], load[2]).view());
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
    const WaitSymbols symbols = look_.ascii ? kPlainWaitSymbols : WaitSymbols{};
    const std::string_view mark = thread.since_is_upper_bound ? symbols.at_least : std::string_view{};
    const ShortText age = duration_text(closed_at_ns(thread, report.now_ns) - thread.since_ns);
    constexpr std::string_view kGap = "  ";
    const std::size_t begin = line_.size();
    const std::size_t used = cells_of({line_.data(), begin}) + kGap.size() + cells_of(mark) + cells_of(age.view());
    const std::size_t room = look_.width > used ? look_.width - used : 0;
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
    const bool known_delay = (row.now->measured & kMeasuredDelays) != 0;
    put_right(line_, known_delay ? share_text(shown_delay_ns(report, row), row.wall_ns).view() : "-", kShareCells);
    for (const StateInfo& state : state_table()) {
        if (shows(state.state)) {
            const bool known = (row.now->measured & measured_bit(state.state)) != 0;
            put_share(known ? share_text(row.state_ns[index(state.state)], row.wall_ns).view() : "-", kShareCells,
                      state.state);
        }
    }
    put_worst(row);
    put_network(report, row.net_rx_bytes(), row.net_tx_bytes());
    put(line_, "  ");
    set_tint(has_ended(row, report.now_ns) ? kDim : tint_of(row.now->state));
    put_wait_and_age(report, row);
    put_line();
}

/// A share of nothing is dim.
void TextWriter::put_share(std::string_view share, std::size_t cells, ThreadState state) {
    set_tint(share == "·" || share == "-" ? kDim : tint_of(state));
    put_right(line_, share, cells);
    set_tint({});
}

/// "LOCK   98.0", where the states have no columns.
void TextWriter::put_worst(const ThreadRow& row) {
    if (form() != Form::worst && form() != Form::tight) {
        return;
    }
    const ThreadState worst = worst_state(row.state_ns);
    put(line_, "  ");
    set_tint(tint_of(worst));
    put_left(line_, info(worst).head, kHeadCells);
    put_right(line_, share_text(row.state_ns[index(worst)], row.wall_ns).view(), kShareCells - 1);
    set_tint({});
}

void TextWriter::put_network(const Report& report, std::optional<std::uint64_t> received,
                             std::optional<std::uint64_t> sent) {
    if (!report.network) {
        return;
    }
    for (const std::optional<std::uint64_t>& bytes : {received, sent}) {
        const double per_s = report.interval_ns == 0 || !bytes
                                 ? 0
                                 : static_cast<double>(*bytes) * 1e9 / static_cast<double>(report.interval_ns);
        set_tint(per_s == 0 ? kDim : std::string_view{});
        put_right(line_,
                  !bytes       ? "-"
                  : per_s == 0 ? "·"
                               : short_bytes_text(static_cast<std::uint64_t>(per_s)).view(),
                  kNetworkCells);
        set_tint({});
    }
}

void TextWriter::put_heads(bool network) {
    set_tint(kBold);
    put_right(line_, "TID", kTidCells);
    put(line_, "  ");
    put_left(line_, "NAME", kNameCells);
    put_right(line_, "DELAY", kShareCells);
    for (const StateInfo& state : state_table()) {
        if (shows(state.state)) {
            put_right(line_, state.head, kShareCells);
        }
    }
    if (form() == Form::worst || form() == Form::tight) {
        put(line_, "  ");
        put_left(line_, "WORST", kHeadCells + kShareCells - 1);
    }
    if (network) {
        put_right(line_, "RX/s", kNetworkCells);
        put_right(line_, "TX/s", kNetworkCells);
    }
    put(line_, "  WAITS ON");
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
    put_heads(report.network);
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
