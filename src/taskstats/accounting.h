// SPDX-License-Identifier: MIT
// Whether the kernel accounts delays, and since when: from the sysctl, the kernel command line and release, and from
// observations while this program runs. delay_absence() in model/taskstats.h applies it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/taskstats.h"

namespace tsa::taskstats {

/// The contents of the machine's files at one moment.
struct AccountingFacts {
    std::optional<bool> sysctl;     ///< kernel.task_delayacct; absent: no such file (before 5.14, or not compiled in)
    bool boot_delayacct = false;    ///< `delayacct` on the kernel's command line: on since boot, from 5.14 on
    bool boot_nodelayacct = false;  ///< `nodelayacct`: off, before 5.14
    std::optional<std::uint32_t> release;  ///< 1000 * major + minor; absent: unknown format
};

/// From the text of the files; a missing file is absent.
[[nodiscard]] AccountingFacts parse_accounting_facts(std::optional<std::string_view> task_delayacct,
                                                     std::optional<std::string_view> cmdline,
                                                     std::string_view osrelease);

/// Tracks observations: when accounting was last off, and the start time from which threads have it. Pass it the facts
/// of each refresh in time order, and threads that prove accounting.
class AccountingWatch {
  public:
    /// `now_ns`: ns since boot (CLOCK_BOOTTIME, like Thread::start_time_ns). Switching off and on between two calls is
    /// not detected.
    void update(const AccountingFacts& facts, std::uint64_t now_ns);

    /// A thread whose reply proves_accounting(): threads created later have it too, as long as it is not switched off.
    void saw_accounted_thread(std::uint64_t start_time_ns);

    [[nodiscard]] const DelayAccounting& state() const { return state_; }

  private:
    DelayAccounting state_;
};

/// Reads /proc under a root; tests use another root.
[[nodiscard]] AccountingFacts read_accounting_facts(const std::string& root = "/");

}  // namespace tsa::taskstats
