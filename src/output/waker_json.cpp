// SPDX-License-Identifier: MIT
// See waker_json.h.
#include "output/waker_json.h"

#include <optional>

#include "model/wakers.h"

namespace tsa {

void put_waker(Json& json, const Report& report, const ThreadRow& row) {
    if (report.wakers == nullptr) {
        return;
    }
    put(json, "exec_irq_ns", row.exit_time_unix_ns == 0 ? report.wakers->irq_ns(row) : std::nullopt);
    put_key(json, "waker");
    const std::optional<Waker> waker =
        row.exit_time_unix_ns == 0 ? report.wakers->find(*row.now) : std::optional<Waker>();
    if (waker && waker->kind == WakerKind::thread) {
        json.StartObject();
        // Of another PID namespace: no ID that means anything here.
        put(json, "tid", waker->tid != 0 ? std::optional<std::uint64_t>(waker->tid) : std::nullopt);
        put(json, "tgid", waker->tgid != 0 ? std::optional<std::uint64_t>(waker->tgid) : std::nullopt);
        put_name(json, "comm", waker->comm_view());
        json.EndObject();
    } else if (waker && !interrupt_key(waker->kind).empty()) {
        json.StartObject();
        put_key(json, "interrupt");
        put_text(json, interrupt_key(waker->kind));
        json.EndObject();
    } else {
        json.Null();
    }
}

}  // namespace tsa
