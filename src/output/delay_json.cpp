// SPDX-License-Identifier: MIT
// See delay_json.h. Keys of the object are those of taskstats_columns() without their prefix.
#include "output/delay_json.h"

#include "model/columns.h"
#include "model/reconcile.h"

namespace tsa {

namespace {

std::string_view accounting_key(Accounting state) {
    switch (state) {
        case Accounting::on:
            return "on";
        case Accounting::off:
            return "off";
        case Accounting::not_compiled:
            return "not_compiled";
        case Accounting::unknown:
            break;
    }
    return "unknown";
}

void put_taskstats(Json& json, const Report& report, const ThreadRow& row) {
    put_key(json, "taskstats");
    if (report.delays == nullptr || report.delays->find(key_of(*row.now)) == nullptr) {
        json.Null();
        return;
    }
    json.StartObject();
    for (const Column& column : taskstats_columns()) {
        put_key(json, column.key.substr(kTaskstatsPrefix.size()));
        put_value(json, column, column.of_thread(report, row));
    }
    put_key(json, "accounting");
    put_text(json, accounting_key(report.delays->accounting.state));
    json.EndObject();
}

/// Either kind of comparison: `other_key` names the source that the probes are compared with.
template <class Pair>
void put_comparison(Json& json, const Pair& comparison, std::string_view other_key,
                    const std::optional<std::uint64_t>& other_ns) {
    json.StartObject();
    put_key(json, "pair");
    put_text(json, pair_key(comparison.pair));
    put(json, "probes_ns", comparison.probes_ns);
    put(json, other_key, other_ns);
    put_key(json, "difference_ns");
    comparison.probes_ns&& other_ns ? json.Int64(comparison.difference_ns) : json.Null();
    put_key(json, "verdict");
    put_text(json, verdict_words(comparison.verdict, comparison.reason));
    put_key(json, "reason");
    const std::string_view reason = reason_key(comparison.reason);
    if (reason.empty()) {
        json.Null();
    } else {
        put_text(json, reason);
    }
    json.EndObject();
}

}  // namespace

void put_delays(Json& json, const Report& report, const ThreadRow& row) {
    put_taskstats(json, report, row);
    if (report.delays == nullptr) {
        return;
    }
    put_key(json, "reconciliation");
    json.StartArray();
    for (const Comparison& comparison : reconcile(reconcile_input(report, row))) {
        put_comparison(json, comparison, "taskstats_ns", comparison.taskstats_ns);
    }
    json.EndArray();
}

void put_system_reconciliation(Json& json, const Report& report) {
    if (report.delays == nullptr) {
        return;
    }
    put_key(json, "reconciliation");
    json.StartArray();
    for (const SystemComparison& comparison : reconcile_system(report)) {
        put_comparison(json, comparison, "kernel_ns", comparison.kernel_ns);
    }
    json.EndArray();
}

}  // namespace tsa
