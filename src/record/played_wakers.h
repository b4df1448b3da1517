// SPDX-License-Identifier: MIT
// The wakers of one interval of a recording, as the reports of live wakers have them: who ended waits in that interval.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/flat_map.h"
#include "base/result.h"
#include "model/report.h"
#include "model/wakeups.h"
#include "record/interval_lines.h"

namespace tsa {

class PlayedWakers : public WakerTable {
  public:
    /// `lines`: of wakers.csv, which may be shared; must outlive it.
    explicit PlayedWakers(IntervalLines& lines) : lines_(lines) {}

    /// Reads the interval of the report, which ended at that time by the wall clock as it was recorded. Error: the file
    /// cannot be read.
    Result<void> read(const Report& report, std::uint64_t time_unix_ns);

    [[nodiscard]] std::optional<Waker> find(const Thread& thread) const override;
    [[nodiscard]] const WokenTable* woken(const ThreadKey& thread) const override;
    [[nodiscard]] std::optional<std::uint64_t> irq_ns(const ThreadRow& row) const override;
    [[nodiscard]] std::string_view unavailable() const override { return {}; }

  private:
    struct KeyHash {
        std::size_t operator()(const ThreadKey& key) const { return flat_hash(flat_hash(key.start_time_ns) ^ key.tid); }
    };
    /// Of one thread.
    struct Woken {
        WokenTable table;
        std::uint64_t irq_ns = 0;
    };
    void add(const Wakeups& wakeups);

    IntervalLines& lines_;
    std::uint64_t from_ns_ = 0;
    std::unordered_map<ThreadKey, Woken, KeyHash> threads_;
};

}  // namespace tsa
