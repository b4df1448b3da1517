// SPDX-License-Identifier: MIT
// The summary of `stat -- CMD`: one line on how it ended, then how all its threads spent their time, by name.
#include <algorithm>
#include <array>
#include <string>

#include "output/text.h"
#include "text/cells.h"
#include "text/sanitize.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr std::size_t kNameCells = 17;
constexpr std::size_t kCountCells = 8;
constexpr std::size_t kTimeCells = 9;
/// The table sums up any further names; JSON has all of them.
constexpr std::size_t kMaxNames = 24;

constexpr std::array kNarrow{ThreadState::exec, ThreadState::cpu_wait, ThreadState::io_wait, ThreadState::lock_wait};

bool shown(ThreadState state, bool wide) {
    return state != ThreadState::zombie && (wide || std::ranges::find(kNarrow, state) != kNarrow.end());
}

std::string ending(const CommandSummary& command) {
    if (command.signal) {
        return fmt::format("killed by signal {}", *command.signal);
    }
    return command.exit_code ? fmt::format("exit code {}", *command.exit_code) : "still running";
}

std::string command_line(const CommandSummary& command) {
    std::string line;
    for (const std::string& argument : command.argv) {
        line += line.empty() ? "" : " ";
        line += printable(argument);
    }
    return line;
}

/// A thread is a zombie from its end until it is released: that time is not part of the command's life.
std::uint64_t lived_ns(const TallyGroup& group) {
    return group.wall_ns - group.state_ns[index(ThreadState::zombie)];
}

void add(TallyGroup& to, const TallyGroup& from) {
    to.threads += from.threads;
    to.wall_ns += from.wall_ns;
    for (std::size_t state = 0; state < kStateCount; ++state) {
        to.state_ns[state] += from.state_ns[state];
    }
}

}  // namespace

void TextWriter::put_command_heads() {
    set_tint("1");
    put(line_, " ");
    put_left(line_, "NAME", kNameCells);
    put_right(line_, "THREADS", kCountCells);
    put_right(line_, "LIVED", kTimeCells);
    for (const StateInfo& state : state_table()) {
        if (shown(state.state, form() == Form::all)) {
            put_right(line_, state.head, kTimeCells);
        }
    }
    put_line();
}

void TextWriter::put_group(std::string_view name, const TallyGroup& group) {
    put(line_, " ");
    put_left(line_, Printable(name).view(), kNameCells);
    put_right(line_, fmt::format_int(group.threads).c_str(), kCountCells);
    put_right(line_, duration_text(lived_ns(group)).view(), kTimeCells);
    for (const StateInfo& state : state_table()) {
        if (shown(state.state, form() == Form::all)) {
            const std::uint64_t spent = group.state_ns[index(state.state)];
            put_share(spent == 0 ? "·" : duration_text(spent).view(), kTimeCells, state.state);
        }
    }
    put_line();
}

std::string_view TextWriter::write_command(const CommandSummary& command, const Health& health) {
    out_.clear();
    line_.clear();
    const TallyGroup& total = command.total;
    out_.push_back('\n');
    put_words(fmt::format(" {}:", command_line(command)));
    put_words(fmt::format("{} after {}", ending(command), duration_text(command.elapsed_ns).view()));
    put_words(fmt::format("{} thread{} in {} process{}", total.threads, total.threads == 1 ? "" : "s", total.processes,
                          total.processes == 1 ? "" : "es"));
    put_line();
    put_words(fmt::format(" CPU time {}", duration_text(total.state_ns[index(ThreadState::exec)]).view()));
    put_words(fmt::format("(getrusage: user {}, system {})", duration_text(command.user_ns).view(),
                          duration_text(command.system_ns).view()));
    put_words(fmt::format("switches: {} blocked, {} preempted", total.voluntary_switches, total.involuntary_switches));
    put_words(fmt::format("storage: read {}, written {}", bytes_text(total.read_bytes).view(),
                          bytes_text(total.write_bytes).view()));
    if (command.network) {
        put_words(fmt::format("network: received {}, sent {}", bytes_text(total.net_rx_bytes).view(),
                              bytes_text(total.net_tx_bytes).view()));
    }
    put_line();
    if (command.still_running != 0) {
        put_words(fmt::format(" {} of its threads are still running: counted up to now", command.still_running));
        put_line();
    }
    put_health(health);
    PerState<std::uint64_t> alive_ns = total.state_ns;
    alive_ns[index(ThreadState::zombie)] = 0;
    put_averages(" its threads were on average in:", alive_ns, lived_ns(total), command.elapsed_ns, kMeasuredAll);
    out_.push_back('\n');
    put_command_heads();
    TallyGroup rest;
    for (std::size_t at = 0; at < command.groups.size(); ++at) {
        if (at < kMaxNames) {
            put_group(command.groups[at].name_view(), command.groups[at]);
        } else {
            add(rest, command.groups[at]);
        }
    }
    if (rest.threads != 0) {
        put_group(fmt::format("{} more names", command.groups.size() - kMaxNames), rest);
    }
    put_group("total", total);
    return {out_.data(), out_.size()};
}

}  // namespace tsa
