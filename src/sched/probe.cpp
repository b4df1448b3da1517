// SPDX-License-Identifier: MIT
// See probe.h. How it starts is in probe_start.cpp.
#include "sched/probe.h"

#include <bpf/bpf.h>

#include <algorithm>

#include "base/clock.h"
#include "base/task_identity.h"
#include "sched/probe_impl.h"
#include "sched/program_cost.h"
#include "sched/run_queue.h"
#include "sched/timed_probes.h"

namespace tsa {

std::size_t Probe::Impl::used() const {
    const std::uint32_t value = __atomic_load_n(&skeleton->bss->tsa_slots_used, __ATOMIC_RELAXED);
    return std::min<std::size_t>(value, slots.view().size());
}

void Probe::Impl::take_exit(const tsa_slot& final) {
    if (final.tid == 0) {
        return;  // of a thread that this PID namespace does not see
    }
    if (pending.size() >= kMaxExitedListed) {
        for (std::size_t state = 0; state < kStateCount; ++state) {
            folded_ns[state] += final.ns[state];
        }
        ++folded;
        return;
    }
    ExitedThread& exited = pending.emplace_back();
    exited.index = final.index;
    exited.exit_ns = final.since_ns;
    exited.thread = decode_thread(final);
}

/// A record whose thread was seen alive in this very pass ended after the sample: it belongs to the next one.
void Probe::Impl::split_pending(Sample& sample) {
    held.clear();
    std::erase_if(pending, [&](const ExitedThread& exited) {
        const bool seen_alive =
            exited.index < sample.threads.size() && sample.threads[exited.index].life == exited.thread.life;
        if (seen_alive) {
            held.push_back(exited);
        }
        return seen_alive;
    });
    exits.note(pending.size());
    // The room goes round: what the sample had so far is for the next ones.
    sample.exited.swap(pending);
    clear_to(exits, pending);
    pending.reserve(std::max(kUsualExits, held.size()));
    pending.assign(held.begin(), held.end());
}

/// Removes the thread of a slot from the list by which the probes recognize IDs in lock words.
void Probe::Impl::unlist(const tsa_slot& slot, __u32 number) {
    const int tids = bpf_map__fd(skeleton->maps.tsa_tids);
    const tsa_tid_key key{slot.pid_namespace, slot.ns_tid};
    tsa_tid_owner owner{};
    if (bpf_map_lookup_elem(tids, &key, &owner) == 0 && owner.slot == number) {
        bpf_map_delete_elem(tids, &key);
    }
}

/// Writes slots that no task owns: no probe writes them any more.
void Probe::Impl::sweep(std::uint64_t now_ns) {
    const auto exists = proc_is_own
                            ? [](std::uint32_t tid, std::uint64_t start) { return tid == 0 || task_exists(tid, start); }
                            : [](std::uint32_t, std::uint64_t) { return true; };
    const Swept& swept = sweeper.sweep(slots.view().first(used()), reader.dead(), now_ns, exists);
    const auto rewrite = [this](std::uint32_t index, auto&& change) {
        tsa_slot& slot = slots.writable(index);
        __atomic_store_n(&slot.seq, slot.seq + 1, __ATOMIC_SEQ_CST);
        change(slot);
        __atomic_store_n(&slot.seq, slot.seq + 1, __ATOMIC_SEQ_CST);
        reader.mark(index);
    };
    for (const std::uint32_t index : swept.ended) {
        take_exit(slots.view()[index]);
        rewrite(index, [](tsa_slot& slot) { slot.flags |= TSA_F_GONE; });
        ++missed_frees;
        ++ended_by_sweep;
    }
    for (const std::uint32_t index : swept.abandoned) {
        rewrite(index, [](tsa_slot& slot) { slot.state = TSA_STATE_COUNT; });
        const __u32 number = index + 1;
        unlist(slots.view()[index], number);
        if (bpf_map_update_elem(bpf_map__fd(skeleton->maps.tsa_free), nullptr, &number, BPF_ANY) == 0) {
            __atomic_fetch_add(&skeleton->bss->tsa_slots_free, 1, __ATOMIC_RELAXED);
        } else {
            __atomic_fetch_add(&skeleton->bss->tsa_health.slots_leaked, 1, __ATOMIC_RELAXED);
        }
        // The end of one that an earlier sweep ended was counted then.
        if (ended_by_sweep != 0) {
            --ended_by_sweep;
        } else {
            ++missed_frees;
        }
    }
}

/// The same for those without a slot.
void Probe::Impl::take_census(std::uint64_t now_ns) {
    if (!sees_all_tasks || !census.is_due(untracked.view(), now_ns)) {
        return;
    }
    __atomic_store_n(&skeleton->bss->tsa_census, census.begin(untracked.view(), now_ns), __ATOMIC_SEQ_CST);
    if (!iterate_tasks(skeleton->links.tsa_recount).ok()) {
        census.stop();
    }
}

Probe::Probe(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Probe::~Probe() = default;

void Probe::read(Sample& sample) {
    Impl& self = *impl_;
    sample.source = Source::bpf;
    sample.network = self.network;
    sample.now_ns = clock_ns(CLOCK_MONOTONIC);
    sample.time_unix_ns = clock_ns(CLOCK_REALTIME);
    sample.health.torn_reads = 0;
    sample.untracked = decode_untracked(self.untracked.view(), sample.now_ns);
    self.census.correct(sample.untracked, sample.now_ns);
    self.sweep(sample.now_ns);
    self.reader.read(self.slots.view(), self.used(), sample);
    if (self.gil != nullptr) {
        self.gil->look(sample, self.reader.new_sync_waiters());
    }
    self.holders->find(self.slots.view(), self.reader, sample);
    drain_exits();
    self.split_pending(sample);
    for (std::size_t state = 0; state < kStateCount; ++state) {
        sample.untracked.ns[state] += self.folded_ns[state];
    }
    sample.untracked.exits += self.folded;
    const auto load = [](const TSA_U64& counter) { return __atomic_load_n(&counter, __ATOMIC_RELAXED); };
    const tsa_health& health = self.skeleton->bss->tsa_health;
    sample.health.threads_without_slot = sample.untracked.live_threads;
    sample.health.slots_refused = load(health.slots_refused);
    sample.health.slots_leaked = load(health.slots_leaked);
    sample.health.exit_records_lost = load(health.exit_records_lost);
    sample.health.exits_folded = self.folded;
    sample.health.storage_failures = load(health.storage_failures);
    sample.health.missed_frees = self.missed_frees + self.census.missed();
    sample.health.missed_switches = load(health.missed_switches);
    sample.health.unwatched_switches = load(health.unwatched_switches);
    sample.health.clock_backwards = load(health.clock_backwards);
    sample.health.locks_unread = self.holders->unread();
    self.take_census(sample.now_ns);  // last: it takes a while, and is for the next sample
}

int Probe::exit_fd() const {
    return ring_buffer__epoll_fd(impl_->ring.get());
}

void Probe::drain_exits() {
    ring_buffer__consume(impl_->ring.get());
}

void Probe::follow(std::uint32_t tgid) {
    __atomic_store_n(&impl_->skeleton->bss->tsa_follow_tgid, tgid, __ATOMIC_RELAXED);
    impl_->reader.set_followed(tgid);
}

void Probe::set_network(bool counted) {
    impl_->network = counted;
}

int Probe::slots_fd() const {
    return bpf_map__fd(impl_->skeleton->maps.tsa_slots);
}

int Probe::map_fd(const char* name) const {
    return bpf_object__find_map_fd_by_name(impl_->skeleton->obj, name);
}

int Probe::tasks_fd() const {
    return bpf_map__fd(impl_->skeleton->maps.tsa_tasks);
}

std::optional<tsa_slot> Probe::slot_of(const ThreadKey& thread) const {
    tsa_slot copy;
    std::uint64_t version = 0;
    for (const tsa_slot& slot : impl_->slots.view().first(impl_->used())) {
        // The first look is cheap and may be torn, the second is not.
        const auto is_it = [&thread](const tsa_slot& seen) {
            return seen.tid == thread.tid && seen.start_time_ns == thread.start_time_ns && seen.life != 0 &&
                   seen.state < TSA_ZOMBIE && (seen.flags & TSA_F_GONE) == 0;
        };
        if (is_it(slot) && copy_consistent(slot, copy, version) && is_it(copy)) {
            return copy;
        }
    }
    return std::nullopt;
}

std::string_view Probe::kernel_function(std::uint64_t address) {
    return impl_->names.name(address);
}

const ProbePlan& Probe::plan() const {
    return impl_->plan;
}

std::uint32_t Probe::slots() const {
    return static_cast<std::uint32_t>(impl_->slots.view().size());
}

std::vector<ProgramCost> Probe::program_costs() const {
    return program_costs_of(impl_->skeleton->obj);
}

CostRegistry& Probe::costs() {
    return impl_->costs;
}

std::optional<RunQueueWaits> Probe::run_queue_waits() const {
    return impl_->counts_waits ? read_run_queue_waits(bpf_map__fd(impl_->skeleton->maps.tsa_run_queue_waits))
                               : std::nullopt;
}

std::vector<ProgramLatency> Probe::latencies() const {
    return read_latencies(impl_->skeleton->obj);
}

std::optional<double> Probe::empty_latency_ns() const {
    return measure_empty_ns(impl_->skeleton->obj);
}

}  // namespace tsa
