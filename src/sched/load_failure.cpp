// SPDX-License-Identifier: MIT
// See load_failure.h.
#include "sched/load_failure.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace tsa {

namespace {

constexpr int kNotSupported = 524;  // the kernel's ENOTSUPP, which has no name in user space

std::string_view map_words(bpf_map_type type) {
    switch (type) {
        case BPF_MAP_TYPE_TASK_STORAGE:
            return "task local storage for these programs (Linux 5.15)";
        case BPF_MAP_TYPE_RINGBUF:
            return "ring buffers (Linux 5.8)";
        case BPF_MAP_TYPE_ARRAY:
            return "mappable arrays (Linux 5.5)";
        case BPF_MAP_TYPE_STACK:
            return "stacks (Linux 4.20)";
        default:
            return "map type that the program needs";
    }
}

/// libbpf's warnings refer to objects as 'name' or, when it creates a map, as (name).
bool names(std::string_view complaint, std::string_view name) {
    return complaint.find(fmt::format("'{}'", name)) != std::string_view::npos ||
           complaint.find(fmt::format("({})", name)) != std::string_view::npos;
}

/// Errors of a kernel that does not support a map or program type.
bool says_unknown(int error_number) {
    return error_number == EINVAL || error_number == kNotSupported;
}

}  // namespace

LoadFailure find_load_failure(const bpf_object* object, int error_number, std::string_view complaint) {
    LoadFailure failure{{}, error_number, complaint, {}};
    const bpf_map* map = nullptr;
    bpf_object__for_each_map(map, object) {
        if (names(complaint, bpf_map__name(map))) {
            failure.map = map_words(bpf_map__type(map));
        }
    }
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object) {
        if (names(complaint, bpf_program__name(program))) {
            failure.section = bpf_program__section_name(program);
        }
    }
    return failure;
}

std::string load_failure_words(const LoadFailure& failure) {
    const std::size_t slash = failure.section.find('/');
    const std::string_view kind = failure.section.substr(0, slash);
    const std::string_view event = slash == std::string_view::npos ? "" : failure.section.substr(slash + 1);
    const std::string quoted = failure.complaint.empty() ? "" : fmt::format(" ({})", failure.complaint);
    if (failure.error_number == EPERM) {
        return "not permitted";
    }
    if (!failure.map.empty() && says_unknown(failure.error_number)) {
        return fmt::format("this kernel has no {}", failure.map);
    }
    if (!failure.map.empty()) {
        return fmt::format("cannot create {}: {}{}", failure.map, std::strerror(failure.error_number), quoted);
    }
    if (failure.error_number == ESRCH && kind == "tp_btf") {
        return fmt::format("this kernel has no event {}", event);
    }
    // "relo": libbpf's term for CO-RE relocations against the running kernel's types.
    if (failure.error_number == EINVAL && failure.complaint.find(": relo #") != std::string_view::npos) {
        return fmt::format("a kernel field has a different type than the program expects{}", quoted);
    }
    // Passed the verifier, but the JIT cannot compile it. On arm64, atomic operations that return a value need 5.18
    // (1902472b4fa9).
    if (failure.error_number == kNotSupported) {
        return fmt::format("this kernel cannot compile the program for this CPU (on arm64: Linux 5.18){}", quoted);
    }
    const bool refused_kind = says_unknown(failure.error_number) || failure.error_number == ESRCH;
    if (refused_kind && kind == "iter") {
        return fmt::format("this kernel has no task iterator programs (Linux 5.8){}", quoted);
    }
    if (refused_kind && kind == "syscall") {
        return fmt::format("this kernel has no syscall programs (Linux 5.14){}", quoted);
    }
    if (failure.error_number == EACCES || failure.error_number == EINVAL || failure.error_number == E2BIG) {
        return fmt::format("rejected by the kernel's verifier{}", quoted);
    }
    return fmt::format("{}{}", std::strerror(failure.error_number), quoted);
}

}  // namespace tsa
