// SPDX-License-Identifier: MIT
// See check.h.
#include "sched/check.h"

#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>

#include "sched/kallsyms.h"
#include "sched/library_log.h"
#include "sched/load_failure.h"
#include "sched/map_sizes.h"
#include "tsa.h"
#include "tsa_stack_accounts.h"
// after tsa.h: the skeletons hold its structs
#include "locks.skel.h"
#include "neighbors.skel.h"
#include "network.skel.h"
#include "sched.skel.h"
#include "sched_matrix.skel.h"
#include "target.skel.h"
#include "tsa_locks.h"
#include "tsa_matrix.h"
#include "tsa_neighbors.h"
#include "tsa_wakers.h"
#include "wakers.skel.h"

namespace tsa {

namespace {

constexpr std::string_view kCorePart = "core";
constexpr std::string_view kDrillDownPart = "drill-down";
constexpr std::string_view kStackTimesPart = "time by stack";
constexpr std::string_view kLockHoldersPart = "lock holders";
constexpr std::string_view kWakersPart = "wakers";
constexpr std::string_view kNeighborsPart = "neighbors";
constexpr std::string_view kNetworkPart = "network";
constexpr std::string_view kSplicePart = "network by splice";
constexpr std::string_view kCgroupNeighborsPart = "neighbors by cgroup";

/// Loads one program of a new skeleton. `prepare` gives it what the verifier must know.
template <class Skeleton>
ProgramCheck check_one(const std::string& name, std::string_view part, void (*prepare)(Skeleton&)) {
    ProgramCheck result{name, std::string(part), false, 0, {}};
    const LogScope log;
    const auto destroy = [](Skeleton* skeleton) { Skeleton::destroy(skeleton); };
    const std::unique_ptr<Skeleton, decltype(destroy)> skeleton(Skeleton::open(), destroy);
    if (skeleton == nullptr) {
        result.error_number = errno;
        result.error = log.error("open", errno).message;
        return result;
    }
    std::string_view section;
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, skeleton->obj) {
        const bool this_one = bpf_program__name(program) == name;
        bpf_program__set_autoload(program, this_one);
        section = this_one ? bpf_program__section_name(program) : section;
    }
    prepare(*skeleton);
    const int error = Skeleton::load(skeleton.get());
    result.ok = error == 0;
    if (!result.ok) {
        result.error_number = -error;
        LoadFailure failure = find_load_failure(skeleton->obj, -error, log.complaint());
        failure.section = section;  // there is no other that it could be
        result.error = load_failure_words(failure);
    }
    return result;
}

/// All programs of a skeleton whose part is known; `part_of`: empty for one that this kernel does not need.
template <class Skeleton>
void check_all(const std::function<std::string_view(std::string_view)>& part_of, void (*prepare)(Skeleton&),
               std::vector<ProgramCheck>& out) {
    std::vector<std::string> names;
    if (Skeleton* const skeleton = Skeleton::open()) {
        bpf_program* program = nullptr;
        bpf_object__for_each_program(program, skeleton->obj) {
            names.emplace_back(bpf_program__name(program));
        }
        Skeleton::destroy(skeleton);
    }
    for (const std::string& name : names) {
        if (const std::string_view part = part_of(name); !part.empty()) {
            out.push_back(check_one<Skeleton>(name, part, prepare));
        }
    }
}

/// Read-only data is known to the verifier: with zeros it would throw away, and not check, what they switch off.
template <class Skeleton>
void prepare_sched(Skeleton& skeleton) {
    constexpr std::uint32_t kSlots = 64;
    constexpr tsa_address_range kSomewhere{1, 2};
    skeleton.rodata->tsa_max_slots = kSlots;
    skeleton.rodata->tsa_exit_wakeup_bytes = 1;
    skeleton.rodata->tsa_page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    skeleton.rodata->tsa_swap_functions[0] = kSomewhere;
    skeleton.rodata->tsa_memory_functions[0] = kSomewhere;
    skeleton.rodata->tsa_sched_text = kSomewhere;
    skeleton.rodata->tsa_zram_major = 1;
    skeleton.rodata->tsa_counts_waits = 1;
    skeleton.rodata->tsa_userfault_function = kSomewhere;
    skeleton.rodata->tsa_async_layout = {.task_io_uring = 8,
                                         .registered_rings = 8,
                                         .mm_contexts = 8,
                                         .contexts_count = 8,
                                         .contexts = 8,
                                         .aio_user_id = 8,
                                         .aio_total = 8,
                                         .aio_set_aside = 8,
                                         .aio_available = 8,
                                         .aio_completed = 8,
                                         .aio_polls = 8};
    skeleton.rodata->tsa_cpus = 2;
    size_maps(skeleton, {kSlots, static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE))});
}

void prepare_target(target_bpf& skeleton) {
    skeleton.rodata->tsa_counts_kinds = 1;
}

}  // namespace

Result<ProbeCheck> check_programs() {
    auto support = TRY(kernel_support());
    support.kallsyms = read_kernel_ranges().known();
    ProbeCheck check;
    check.plan = plan(support);
    const auto part_of = [&check](std::string_view program) -> std::string_view {
        for (const PlannedPart& part : check.plan.parts) {
            if (std::ranges::find(part.programs, program) != part.programs.end()) {
                return part.name;
            }
        }
        const bool planned = std::ranges::find(check.plan.programs, program) != check.plan.programs.end();
        return planned ? kCorePart : std::string_view{};
    };
    check_all<sched_bpf>(part_of, prepare_sched<sched_bpf>, check.programs);
    check_all<target_bpf>(
        [](std::string_view program) { return program == "tsa_target_stacks" ? kStackTimesPart : kDrillDownPart; },
        prepare_target, check.programs);
    check_all<locks_bpf>([](std::string_view) { return kLockHoldersPart; }, [](locks_bpf&) {}, check.programs);
    const auto waker_part = [&check](std::string_view program) {
        const bool planned = std::ranges::find(check.plan.wakers, program) != check.plan.wakers.end();
        return planned ? kWakersPart : std::string_view{};
    };
    check_all<wakers_bpf>(
        waker_part, [](wakers_bpf&) {}, check.programs);
    check_all<neighbors_bpf>([](std::string_view) { return kNeighborsPart; }, [](neighbors_bpf&) {}, check.programs);
    const auto network_part = [&check](std::string_view program) {
        const auto is_in = [program](const std::vector<std::string>& names) {
            return std::ranges::find(names, program) != names.end();
        };
        return is_in(check.plan.network)          ? kNetworkPart
               : is_in(check.plan.network_splice) ? kSplicePart
                                                  : std::string_view{};
    };
    check_all<network_bpf>(
        network_part, [](network_bpf&) {}, check.programs);
    // Of this variant of the scheduler probes, what differs from the regular ones.
    const auto matrix_part = [&part_of](std::string_view program) {
        const bool differs = program.starts_with("tsa_switch") || program == "tsa_wakeup";
        const bool is_planned = differs && !part_of(program).empty();
        return is_planned || program == "tsa_matrix_migrate" ? kCgroupNeighborsPart : std::string_view{};
    };
    check_all<sched_matrix_bpf>(matrix_part, prepare_sched<sched_matrix_bpf>, check.programs);
    return check;
}

}  // namespace tsa
