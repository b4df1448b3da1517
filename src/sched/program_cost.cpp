// SPDX-License-Identifier: MIT
// See program_cost.h.
#include "sched/program_cost.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

namespace tsa {

std::vector<ProgramCost> program_costs_of(const bpf_object* object) {
    std::vector<ProgramCost> costs;
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object) {
        const int fd = bpf_program__fd(program);
        bpf_prog_info info{};
        __u32 bytes = sizeof(info);
        if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &bytes) == 0) {
            costs.push_back({bpf_program__name(program), info.run_time_ns, info.run_cnt});
        }
    }
    return costs;
}

}  // namespace tsa
