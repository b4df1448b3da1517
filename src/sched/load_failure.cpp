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
            return "task local storage (Linux 5.15 for such programs)";
        case BPF_MAP_TYPE_RINGBUF:
            return "ring buffers (Linux 5.8)";
        case BPF_MAP_TYPE_ARRAY:
            return "arrays that can be mapped (Linux 5.5)";
        case BPF_MAP_TYPE_STACK:
            return "stacks (Linux 4.20)";
        default:
            return "a kind of map";
    }
}

/// libbpf names what it complains of as 'name' or, where it makes a map, as (name).
bool names(std::string_view complaint, std::string_view name) {
    return complaint.find(fmt::format("'{}'", name)) != std::string_view::npos ||
           complaint.find(fmt::format("({})", name)) != std::string_view::npos;
}

/// What a kernel answers that does not know a kind of map or of program.
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
        return fmt::format("the kernel gives no {}: {}{}", failure.map, std::strerror(failure.error_number), quoted);
    }
    if (failure.error_number == ESRCH && kind == "tp_btf") {
        return fmt::format("this kernel has no event {}", event);
    }
    // libbpf's word for what it fits to the running kernel's types.
    if (failure.error_number == EINVAL && failure.complaint.find(": relo #") != std::string_view::npos) {
        return fmt::format("this kernel has a field of another kind than it reads{}", quoted);
    }
    // What passed the verifier, and cannot be translated. On arm64 atomic operations that return a value came with 5.18
    // (1902472b4fa9).
    if (failure.error_number == kNotSupported) {
        return fmt::format("this kernel cannot translate the program for this CPU (on arm64: Linux 5.18){}", quoted);
    }
    const bool refused_kind = says_unknown(failure.error_number) || failure.error_number == ESRCH;
    if (refused_kind && kind == "iter") {
        return fmt::format("this kernel cannot list its threads to a program (Linux 5.8){}", quoted);
    }
    if (refused_kind && kind == "syscall") {
        return fmt::format("this kernel has no programs that are called from outside (Linux 5.14){}", quoted);
    }
    if (failure.error_number == EACCES || failure.error_number == EINVAL || failure.error_number == E2BIG) {
        return fmt::format("the kernel's verifier refuses it{}", quoted);
    }
    return fmt::format("{}{}", std::strerror(failure.error_number), quoted);
}

}  // namespace tsa
