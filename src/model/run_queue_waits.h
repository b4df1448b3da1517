// SPDX-License-Identifier: MIT
// How long threads waited for a CPU, all of the machine: waits by their length. Pure data, with the values of
// struct tsa_run_queue in bpf/tsa_run_queue.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tsa_run_queue.h"

namespace tsa {

/// Waits that have ended. They only grow.
struct RunQueueWaits {
    static constexpr std::size_t kBuckets = TSA_RUN_QUEUE_BUCKETS;
    std::uint64_t total_ns = 0;
    std::array<std::uint64_t, kBuckets> counts{};  ///< each bucket up to bound_s(), from that of the previous one

    /// Powers of two, in seconds: so are the bounds of native histograms.
    [[nodiscard]] static constexpr double bound_s(std::size_t bucket) {
        double bound = 1.0 / (std::uint64_t{1} << TSA_RUN_QUEUE_UNIT_BITS);
        for (std::size_t at = 0; at <= bucket; ++at) {
            bound *= 2;
        }
        return bound;
    }
};

}  // namespace tsa
