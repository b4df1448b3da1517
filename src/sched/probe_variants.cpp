// SPDX-License-Identifier: MIT
// See probe_variants.h.
#include "sched/probe_variants.h"

#include <bpf/libbpf.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>

#include "tsa.h"
#include "tsa_matrix.h"
// after tsa.h: the skeletons' .bss holds its structs
#include "sched.skel.h"
#include "sched_matrix.skel.h"
#include "sched_profile.skel.h"

namespace tsa {

namespace {

static_assert(sizeof(*sched_bpf::rodata) == sizeof(*sched_profile_bpf::rodata));
static_assert(sizeof(*sched_bpf::bss) == sizeof(*sched_profile_bpf::bss));
static_assert(sizeof(*sched_bpf::rodata) == sizeof(*sched_matrix_bpf::rodata));
static_assert(sizeof(*sched_bpf::bss) == sizeof(*sched_matrix_bpf::bss));

sched_bpf* open_variant(const void* (*elf_bytes)(std::size_t*)) {
    auto* skeleton = static_cast<sched_bpf*>(std::calloc(1, sizeof(sched_bpf)));
    int error = skeleton == nullptr ? -ENOMEM : sched_bpf__create_skeleton(skeleton);
    if (error == 0) {
        skeleton->skeleton->data = elf_bytes(&skeleton->skeleton->data_sz);
        error = bpf_object__open_skeleton(skeleton->skeleton, nullptr);
    }
    if (error != 0) {
        sched_bpf::destroy(skeleton);
        errno = -error;
        return nullptr;
    }
    return skeleton;
}

}  // namespace

sched_bpf* open_timed_probes() {
    return open_variant(sched_profile_bpf::elf_bytes);
}

sched_bpf* open_matrix_probes() {
    return open_variant(sched_matrix_bpf::elf_bytes);
}

void size_matrix(const bpf_object* object, std::uint32_t slots, std::uint32_t cpus) {
    bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "tsa_cpu_times"), cpus);
    bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "tsa_matrix_cells"), cpus * TSA_MATRIX_CELLS);
    bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "tsa_queued"), slots);
}

}  // namespace tsa
