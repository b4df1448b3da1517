// SPDX-License-Identifier: MIT
// How a thread is scheduled, in words: lists of CPUs, policies, I/O priorities. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace tsa {

/// "0-3,8"; the CPUs ascending.
[[nodiscard]] std::string cpu_list_text(std::span<const std::uint32_t> cpus);
/// "other", "fifo 10", "policy 9".
[[nodiscard]] std::string policy_text(int policy, int rt_priority);
/// Of a class and level as in ioprio_set(2): "by nice value", "real-time 4", "best effort 4", "idle".
[[nodiscard]] std::string io_priority_text(int io_class, int level);

}  // namespace tsa
