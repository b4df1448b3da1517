// Why BPF programs did not load, in a user's words: what this kernel lacks, with the version that has it. For the error
// that stops the probes and for doctor's check of each program.
#pragma once

#include <bpf/libbpf.h>

#include <string>
#include <string_view>

namespace tsa {

/// What the library and the kernel said when a program did not load.
struct LoadFailure {
    std::string_view section;    ///< "tp_btf/sched_switch"; empty: not known which program
    int error_number = 0;        ///< positive
    std::string_view complaint;  ///< libbpf's first one
    std::string_view map;        ///< what the complaint is about, in words: "task local storage"; empty: not a map
};

/// Finds the program and the map that libbpf complained of. The views live as long as the object and the complaint.
[[nodiscard]] LoadFailure find_load_failure(const bpf_object* object, int error_number, std::string_view complaint);

/// In a user's words, with the version that has what is missing. Pure.
[[nodiscard]] std::string load_failure_words(const LoadFailure& failure);

}  // namespace tsa
