// SPDX-License-Identifier: MIT
// How large the scheduler probes' maps are: for those that measure, and for a trial load. Only files that include the
// skeleton can use it.
#pragma once

#include <bpf/libbpf.h>

#include <algorithm>
#include <cstdint>

#include "tsa.h"
// after tsa.h: the skeleton holds its structs
#include "sched.skel.h"

namespace tsa {

struct MapSizes {
    std::uint32_t slots = 0;
    std::uint32_t ring_bytes = 0;  ///< of exit records: a power of two, whole pages
    std::uint32_t cpus = static_cast<std::uint32_t>(std::max(libbpf_num_possible_cpus(), 1));
};

/// Before the skeleton, which may be that of a variant, is loaded.
template <class Skeleton>
void size_maps(Skeleton& skeleton, const MapSizes& sizes) {
    bpf_map__set_max_entries(skeleton.maps.tsa_slots, sizes.slots);
    bpf_map__set_max_entries(skeleton.maps.tsa_slot_changes, (sizes.slots + TSA_CHANGES - 1) / TSA_CHANGES);
    bpf_map__set_max_entries(skeleton.maps.tsa_free, sizes.slots);
    bpf_map__set_max_entries(skeleton.maps.tsa_tids, sizes.slots);
    bpf_map__set_max_entries(skeleton.maps.tsa_untracked_totals, sizes.cpus);
    bpf_map__set_max_entries(skeleton.maps.tsa_exits, sizes.ring_bytes);
}

}  // namespace tsa
