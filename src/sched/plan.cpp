// SPDX-License-Identifier: MIT
// See plan.h.
#include "sched/plan.h"

#include <bpf/btf.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>

#include "base/scan.h"
#include "base/text_file.h"
#include "sched/async_layout.h"
#include "sched/library_log.h"

namespace tsa {

namespace {

constexpr const char* kTypesPath = "/sys/kernel/btf/vmlinux";

struct BtfFree {
    void operator()(btf* types) const { btf__free(types); }
};

bool has_event(const btf* types, const char* typedef_name) {
    return btf__find_by_name_kind(types, typedef_name, BTF_KIND_TYPEDEF) > 0;
}

bool has_function(const btf* types, const char* name) {
    return btf__find_by_name_kind(types, name, BTF_KIND_FUNC) > 0;
}

void find_network_support(const btf* types, KernelSupport& support) {
    const auto has = [types](const char* name) { return has_function(types, name); };
    support.socket_events =
        has_event(types, "btf_trace_sock_send_length") && has_event(types, "btf_trace_sock_recv_length");
    support.socket_functions =
        has("inet_sendmsg") && has("inet6_sendmsg") && has("inet_recvmsg") && has("inet6_recvmsg");
    support.splice_from_sockets = has("tcp_splice_read");
    support.sends_pages = has("inet_sendpage");
}

/// From " 253 zram" in /proc/devices. 0 if nothing is swapped to it: the probes cost a look at each request for a disk.
std::uint32_t read_zram_major() {
    if (read_text_file("/proc/swaps").value_or("").find("/zram") == std::string::npos) {
        return 0;
    }
    const std::string devices = read_text_file("/proc/devices").value_or("");
    std::string_view rest = devices;
    while (const auto line = next_line(rest)) {
        std::string_view fields = *line;
        const auto major = number<std::uint32_t>(next_field(fields));
        if (major && next_field(fields) == "zram") {
            return *major;
        }
    }
    return 0;
}

/// Arguments of a tracepoint's handler, the data pointer in front not counted; -1: no such tracepoint.
int event_arguments(const btf* types, const char* typedef_name) {
    const int id = btf__find_by_name_kind(types, typedef_name, BTF_KIND_TYPEDEF);
    const btf_type* type = id > 0 ? btf__type_by_id(types, static_cast<__u32>(id)) : nullptr;
    while (type != nullptr && (btf_is_typedef(type) || btf_is_ptr(type))) {
        type = btf__type_by_id(types, type->type);
    }
    return type != nullptr && btf_is_func_proto(type) ? static_cast<int>(btf_vlen(type)) - 1 : -1;
}

/// libbpf tries other places too, and its errno is that of the last one.
Error no_types(int error_number) {
    if (::access(kTypesPath, F_OK) == 0) {
        return system_error(std::string("read the kernel's type information ") + kTypesPath, error_number);
    }
    return {"this kernel has no type information (BTF), which the scheduler probes need",
            "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (all current distributions have it)", error_number};
}

constexpr const char* kZramPart = "swap-in from zram";

struct OptionalPart {
    bool KernelSupport::*has;
    const char* name;
    std::array<const char*, 3> programs;  ///< see for_kernel(); null: no more
    const char* without;                  ///< what is lost without it
};

/// A row for each, in doctor's order.
constexpr std::array kOptionalParts = std::to_array<OptionalPart>({
    {&KernelSupport::direct_reclaim_events,
     "direct reclaim",
     {"tsa_reclaim_begin", "tsa_reclaim_end"},
     "waits in direct reclaim count as io_wait or uninterruptible, not mem_wait"},
    {&KernelSupport::memcg_reclaim_events,
     "memory cgroup reclaim",
     {"tsa_memcg_begin", "tsa_memcg_end"},
     "waits in reclaim for a cgroup's limit count as io_wait or uninterruptible, not mem_wait"},
    {&KernelSupport::compaction_events,
     "compaction",
     {"tsa_compact_begin", "tsa_compact_end"},
     "waits in memory compaction count as uninterruptible, not mem_wait"},
    {&KernelSupport::block_events,
     kZramPart,
     {"tsa_swap_in_begin", "tsa_swap_in_end"},
     "exec_reclaim lacks swap-ins from zram"},
    {&KernelSupport::contention_events,
     "kernel locks",
     {"tsa_lock_begin", "tsa_lock_end"},
     "waits for a lock of the kernel count as uninterruptible, not lock_wait"},
    {&KernelSupport::ring_events,
     "io_uring",
     {"tsa_ring_create", "tsa_ring_submit", "tsa_ring_complete"},
     "waits for files in io_uring_enter count as idle, not io_wait"},
    {&KernelSupport::kallsyms,
     "kernel symbols",
     {},
     "swap-in counts as io_wait: kernel addresses are hidden (sysctl kernel.kptr_restrict, CAP_SYSLOG)"},
});

/// A program whose event had another form before.
struct OlderForm {
    std::string_view program;
    bool KernelSupport::*has_newer;
    const char* older;
};
constexpr std::array kOlderForms = std::to_array<OlderForm>({
    {"tsa_switch", &KernelSupport::sched_switch_state_argument, "tsa_switch_old"},
    {"tsa_ring_submit", &KernelSupport::ring_submit_req, "tsa_ring_submit_old"},
});

std::vector<std::string> waker_programs(const KernelSupport& support) {
    std::vector<std::string> programs{"tsa_waking", "tsa_handler_entry", "tsa_handler_exit", "tsa_hrtimer_entry",
                                      "tsa_hrtimer_exit"};
    if (!support.preemptible_softirqs) {
        programs.insert(programs.end(), {"tsa_softirq_raise", "tsa_softirq_entry", "tsa_softirq_exit"});
    }
    if (support.interrupt_vectors) {
        for (const char* vector : {"local_timer", "irq_work", "call_function", "call_function_single"}) {
            programs.push_back(std::string("tsa_") + vector + "_entry");
            programs.push_back(std::string("tsa_") + vector + "_exit");
        }
    }
    return programs;
}

void plan_network(const KernelSupport& support, ProbePlan& out) {
    if (support.socket_events) {
        out.network = {"tsa_sent", "tsa_received"};
    } else if (support.socket_functions) {
        out.network = {"tsa_sent_inet", "tsa_sent_inet6", "tsa_received_inet", "tsa_received_inet6"};
    } else {
        return;
    }
    if (support.splice_from_sockets) {
        out.network_splice.emplace_back("tsa_spliced");
    }
    if (support.sends_pages) {
        out.network_splice.emplace_back("tsa_sent_page");
    }
}

/// The program itself, or the one for the older form of its event if this kernel has that.
const char* for_kernel(const char* program, const KernelSupport& support) {
    for (const OlderForm& form : kOlderForms) {
        if (form.program == program && !(support.*form.has_newer)) {
            return form.older;
        }
    }
    return program;
}

}  // namespace

ProbePlan plan(const KernelSupport& support) {
    ProbePlan result;
    result.programs = {for_kernel("tsa_switch", support),
                       "tsa_wakeup",
                       "tsa_fork",
                       "tsa_wakeup_new",
                       "tsa_free_task",
                       "tsa_exec",
                       "tsa_rename",
                       "tsa_seed",
                       "tsa_recount",
                       "tsa_symbol",
                       "tsa_find_per_cpu",
                       "tsa_locate"};
    for (const OptionalPart& part : kOptionalParts) {
        if (part.name == kZramPart && support.zram_major == 0) {
            continue;
        }
        const bool on = support.*part.has;
        PlannedPart& added = result.parts.emplace_back(PlannedPart{part.name, on, part.without, {}});
        for (const char* program : part.programs) {
            if (on && program != nullptr) {
                added.programs.emplace_back(for_kernel(program, support));
            }
        }
        result.programs.insert(result.programs.end(), added.programs.begin(), added.programs.end());
    }
    result.wakers = waker_programs(support);
    plan_network(support, result);
    return result;
}

Result<KernelSupport> kernel_support() {
    const LogScope silent;
    const std::unique_ptr<btf, BtfFree> types(btf__load_vmlinux_btf());
    if (types == nullptr) {
        return no_types(errno);
    }
    KernelSupport support;
    support.sched_switch_state_argument = event_arguments(types.get(), "btf_trace_sched_switch") >= 4;
    support.direct_reclaim_events = has_event(types.get(), "btf_trace_mm_vmscan_direct_reclaim_begin");
    support.memcg_reclaim_events = has_event(types.get(), "btf_trace_mm_vmscan_memcg_reclaim_begin");
    support.compaction_events = has_event(types.get(), "btf_trace_mm_compaction_begin");
    support.block_events = event_arguments(types.get(), "btf_trace_block_bio_queue") == 1 &&
                           event_arguments(types.get(), "btf_trace_block_bio_complete") == 2;
    support.zram_major = read_zram_major();
    support.contention_events = has_event(types.get(), "btf_trace_contention_begin");
    support.ring_submit_req = has_event(types.get(), "btf_trace_io_uring_submit_req");
    support.ring_events = support.ring_submit_req || event_arguments(types.get(), "btf_trace_io_uring_submit_sqe") == 2;
    support.interrupt_vectors = has_event(types.get(), "btf_trace_local_timer_entry") &&
                                has_event(types.get(), "btf_trace_irq_work_entry") &&
                                has_event(types.get(), "btf_trace_call_function_single_entry");
    support.preemptible_softirqs = ::access("/sys/kernel/realtime", F_OK) == 0;
    find_network_support(types.get(), support);
    support.async_layout = async_layout(types.get());
    return support;
}

}  // namespace tsa
