// SPDX-License-Identifier: MIT
// Why BPF programs did not load, explained for the user: the missing kernel feature and the version that has it. For
// the error that stops the probes and for doctor's check of each program.
#pragma once

#include <bpf/libbpf.h>

#include <string>
#include <string_view>

namespace tsa {

/// The errors of libbpf and the kernel when a program did not load.
struct LoadFailure {
    std::string_view section;    ///< "tp_btf/sched_switch"; empty: unknown program
    int error_number = 0;        ///< positive
    std::string_view complaint;  ///< libbpf's first warning
    std::string_view map;        ///< the map in the complaint, as text: "task local storage"; empty: not a map
};

/// Finds the program and the map in libbpf's complaint. The views are valid as long as the object and the complaint.
[[nodiscard]] LoadFailure find_load_failure(const bpf_object* object, int error_number, std::string_view complaint);

/// Explains the failure, with the version that has the missing feature. Pure.
[[nodiscard]] std::string load_failure_words(const LoadFailure& failure);

}  // namespace tsa
