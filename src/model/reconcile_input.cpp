// SPDX-License-Identifier: MIT
// Where reconcile() finds both ends of an interval in a Report.
#include "model/reconcile.h"

namespace tsa {

ReconcileInput reconcile_input(const Report& report, const ThreadRow& row) {
    ReconcileInput input;
    input.before = row.before;
    input.now = row.now;
    input.before_ns = report.now_ns - report.interval_ns;
    input.now_ns = report.now_ns;
    if (report.delays != nullptr) {
        input.delays = report.delays->find(key_of(*row.now));
        input.accounting = report.delays->accounting;
        input.run_time_age_ns = report.delays->run_time_age_ns;
    }
    input.cpus = report.system.cpus;
    input.irq_and_steal_ns = report.system.irq_and_steal_ns;
    return input;
}

}  // namespace tsa
