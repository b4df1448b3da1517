// Whether the kernel accounts delays, and since when: from the sysctl, the boot line and the kernel's release, and from
// what is seen of it while this program runs. The rule that uses it is delay_absence() in model/taskstats.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/taskstats.h"

namespace tsa::taskstats {

/// What the machine's files say at one moment.
struct AccountingFacts {
    std::optional<bool> sysctl;     ///< kernel.task_delayacct; absent: no such file (before 5.14, or not compiled in)
    bool boot_delayacct = false;    ///< `delayacct` on the kernel's command line: on since boot, from 5.14 on
    bool boot_nodelayacct = false;  ///< `nodelayacct`: off, before 5.14
    std::optional<std::uint32_t> release;  ///< 1000 * major + minor; absent: not understood
};

/// Text of the files; a missing one is absent.
[[nodiscard]] AccountingFacts parse_accounting_facts(std::optional<std::string_view> task_delayacct,
                                                     std::optional<std::string_view> cmdline,
                                                     std::string_view osrelease);

/// Keeps what has been seen: when accounting was off last, and from which start time on threads have it. Feed it the
/// facts of each refresh in the order of time, and threads that prove to be accounted.
class AccountingWatch {
  public:
    /// `now_ns`: ns since boot (CLOCK_BOOTTIME, as Thread::start_time_ns). Switched off and on between two calls is
    /// not seen.
    void update(const AccountingFacts& facts, std::uint64_t now_ns);

    /// A thread whose reply proves_accounting(): so do all that were created later, as long as it is not switched off.
    void saw_accounted_thread(std::uint64_t start_time_ns);

    [[nodiscard]] const DelayAccounting& state() const { return state_; }

  private:
    DelayAccounting state_;
};

/// Reads /proc under a root; for tests another one.
[[nodiscard]] AccountingFacts read_accounting_facts(const std::string& root = "/");

}  // namespace tsa::taskstats
