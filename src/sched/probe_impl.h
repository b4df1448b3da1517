// SPDX-License-Identifier: MIT
// What a Probe consists of, for the files that implement it: probe_start.cpp builds it, probe.cpp reads it.
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/recent_peak.h"
#include "model/sample.h"
#include "sched/decode.h"
#include "sched/gil_watch.h"
#include "sched/holders.h"
#include "sched/kernel_names.h"
#include "sched/lock_reader.h"
#include "sched/map_sizes.h"
#include "sched/mapping.h"
#include "sched/probe.h"
#include "sched/sweep.h"
#include "sched/zombie_census.h"
#include "tsa.h"
// after tsa.h: the skeleton's .bss holds its structs
#include "sched.skel.h"

namespace tsa {

struct KernelRanges;

struct SkeletonDelete {
    void operator()(sched_bpf* skeleton) const { sched_bpf::destroy(skeleton); }
};
struct LinkDelete {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
struct RingDelete {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

/// Final records per interval; more make the buffers grow, and a storm's room is given back.
inline constexpr std::size_t kUsualExits = 64;

/// Drives an iterator program, which writes nothing, over all tasks.
Result<void> iterate_tasks(const bpf_link* link);

struct Probe::Impl {
    std::unique_ptr<sched_bpf, SkeletonDelete> skeleton;
    bpf_program* migrate = nullptr;  // of skeleton, which does not have it: that of the matrix
    std::unique_ptr<bpf_link, LinkDelete> migrate_link;
    CostRegistry costs;
    CostRegistry::Member cost;
    std::unique_ptr<ring_buffer, RingDelete> ring;
    Mapping<tsa_slot> slots;
    Mapping<tsa_changes> changes;
    Mapping<tsa_untracked> untracked;
    SlotReader reader;
    std::unique_ptr<LockReader> locks;
    CostRegistry::Member locks_cost;
    std::optional<HolderFinder> holders;
    std::unique_ptr<GilWatch> gil;  // null if /proc is another PID namespace's
    KernelNames names;
    ProbePlan plan;
    std::vector<ExitedThread> pending;  // taken off the ring, not yet in a sample
    std::vector<ExitedThread> held;     // scratch of split_pending
    RecentPeak exits;                   // per sample
    PerState<std::uint64_t> folded_ns{};
    std::uint64_t folded = 0;
    Sweeper sweeper;
    std::uint64_t missed_frees = 0;
    std::uint64_t ended_by_sweep = 0;  // slots that wait to be abandoned
    ZombieCensus census;
    bool sees_all_tasks = true;  // by iterators; in a container's PID namespace only its own
    bool network = false;        // bytes through sockets are counted in the slots
    bool proc_is_own = true;     // /proc has the IDs that the slots have
    bool counts_waits = false;   // for a CPU, by their length

    // The steps of the start, in their order.
    Result<void> load(const ProbeOptions& options);
    void locate();
    Result<void> attach();
    Result<void> seed();
    Result<void> start_holders();
    void judge_seeded();
    void find_per_cpu_base();
    void fill_read_only_data(const MapSizes& sizes, const KernelRanges& ranges, const KernelSupport& support);

    [[nodiscard]] std::size_t used() const;
    void take_exit(const tsa_slot& final);
    void split_pending(Sample& sample);
    void unlist(const tsa_slot& slot, __u32 number);
    void sweep(std::uint64_t now_ns);
    void take_census(std::uint64_t now_ns);
};

}  // namespace tsa
