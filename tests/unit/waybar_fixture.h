// SPDX-License-Identifier: MIT
// Machines for tests of the status bar: one with all values, and one with almost none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "unit/sample_rows.h"
#include "waybar/waybar.h"

namespace tsa::testing {

inline constexpr std::uint64_t kBarSecond = 1'000'000'000;
inline constexpr std::uint64_t kBarMiB = 1'048'576;

class BarMachine : public LiteralReport {
  public:
    /// A process of one thread with its row; the states are shares of one thread in per mille.
    ProcessRow& add_process(std::uint32_t tgid, std::string_view comm) {
        Thread& leader = add(tgid, comm);
        leader.state = ThreadState::idle;
        report.threads.back().state_ns = {};
        ProcessRow& process = report.processes.emplace_back();
        process.tgid = tgid;
        process.leader = &leader;
        process.threads = 1;
        return process;
    }

    static void lose(ProcessRow& process, ThreadState state, double threads) {
        process.state_ns[index(state)] += static_cast<std::uint64_t>(threads * 1e9);
    }

    /// The sums of what the processes have.
    void add_up() {
        report.total_ns = {};
        for (const ProcessRow& process : report.processes) {
            for (std::size_t i = 0; i < kStateCount; ++i) {
                report.total_ns[i] += process.state_ns[i];
            }
        }
        report.listed_ns = report.total_ns;
        report.listed_threads = report.threads.size();
        report.system.cpu_exec_ns = report.total_ns[index(ThreadState::exec)];
    }

    /// A database under load on a machine with every sensor.
    static void fill_all(BarMachine& machine);
    /// Two processes with CPU time from /proc; no file of the system could be read.
    static void fill_nothing(BarMachine& machine);
};

/// The tooltip as shown on the screen, without markup. `well_formed`: tags nest, entities are known.
[[nodiscard]] std::string without_markup(std::string_view markup, bool& well_formed);

}  // namespace tsa::testing
