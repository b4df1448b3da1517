// SPDX-License-Identifier: MIT
// See target.h. Order of start: copy the thread's slot, attach, copy it again; one of the copies shows the program
// which wait ends at the first event that it sees.
#include "sched/target.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <malloc.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/first_namespace.h"
#include "sched/first_arguments.h"
#include "sched/library_log.h"
#include "sched/mapping.h"
#include "sched/wait_entries.h"
#include "tsa.h"
#include "tsa_waits.h"
// after tsa.h: the skeleton's .bss holds its structs
#include "target.skel.h"

namespace tsa {

namespace {

struct TargetSkeletonDelete {
    void operator()(target_bpf* skeleton) const { target_bpf::destroy(skeleton); }
};

}  // namespace

struct TargetProbe::Impl {
    Impl(Probe& slots_of, const ThreadKey& looked_at)
        : probe(slots_of),
          thread(looked_at),
          reader([this](std::uint64_t address) { return address == 0 ? "" : probe.kernel_function(address); }) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        if (skeleton != nullptr) {
            target_bpf::detach(skeleton.get());  // so that `cost` includes its last runs
        }
    }

    Probe& probe;
    ThreadKey thread;
    std::unique_ptr<target_bpf, TargetSkeletonDelete> skeleton;
    CostRegistry::Member cost;
    Mapping<tsa_wait_entry> entries;
    WaitEntryReader reader;
    std::uint64_t since_ns = 0;

    Result<void> load();
    Result<void> attach();
    void prime(tsa_slot& place) const;
};

Result<void> TargetProbe::Impl::load() {
    const LogScope log;
    skeleton.reset(target_bpf::open());
    if (skeleton == nullptr) {
        return log.error("open the probe of one thread", errno);
    }
    auto* data = skeleton->rodata;
    data->tsa_target_tid = thread.tid;
    data->tsa_target_translated = own_pid_namespace() != kFirstPidNamespace ? 1 : 0;
    data->tsa_target_start_ns = thread.start_time_ns;
    const FirstArguments native = native_first_arguments();
    const FirstArguments compat = compat_first_arguments();
    std::copy(native.begin(), native.end(), data->tsa_first_argument);
    std::copy(compat.begin(), compat.end(), data->tsa_compat_first_argument);
    int error = bpf_map__reuse_fd(skeleton->maps.tsa_slots, probe.slots_fd());
    if (error == 0) {
        error = bpf_map__reuse_fd(skeleton->maps.tsa_tasks, probe.tasks_fd());
    }
    if (error == 0) {
        error = target_bpf::load(skeleton.get());
    }
    if (error != 0) {
        return log.load_error("load the probe of one thread", -error, skeleton->obj);
    }
    cost = CostRegistry::Member(probe.costs(), skeleton->obj);
    return entries.map(bpf_map__fd(skeleton->maps.tsa_wait_entries), TSA_WAIT_KINDS, false, "the waits of one thread");
}

/// The program considers the copy complete once its life is set.
void TargetProbe::Impl::prime(tsa_slot& place) const {
    if (auto slot = probe.slot_of(thread)) {
        const TSA_U32 life = slot->life;
        slot->life = 0;
        place = *slot;
        __atomic_store_n(&place.life, life, __ATOMIC_RELEASE);
    }
}

Result<void> TargetProbe::Impl::attach() {
    const LogScope log;
    // The open wait: the first copy has it if it ends while we attach, the second if it starts meanwhile.
    prime(skeleton->bss->tsa_primed[0]);
    // After the scheduler probes: the programs of an event run in the order in which they were attached.
    if (const int error = target_bpf::attach(skeleton.get()); error != 0) {
        return log.error("attach the probe of one thread", -error);
    }
    since_ns = clock_ns(CLOCK_MONOTONIC);
    prime(skeleton->bss->tsa_primed[1]);
    return {};
}

TargetProbe::TargetProbe(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TargetProbe::~TargetProbe() = default;

Result<std::unique_ptr<TargetProbe>> TargetProbe::start(Probe& probe, const ThreadKey& thread) {
    if (!probe.slot_of(thread)) {
        return Error{"watch the waits of thread " + std::to_string(thread.tid) + ": it has ended or is untracked",
                     "if rstat-tsa reports untracked threads, raise --max-threads", 0};
    }
    auto impl = std::make_unique<Impl>(probe, thread);
    TRY(impl->load());
    TRY(impl->attach());
    ::malloc_trim(0);  // loading used some MB for the kernel's type information
    return std::unique_ptr<TargetProbe>(new TargetProbe(std::move(impl)));
}

void TargetProbe::read(WaitTable& out) {
    Impl& self = *impl_;
    const auto& state = *self.skeleton->bss;
    const std::uint32_t used = 1 + __atomic_load_n(&state.tsa_wait_kinds, __ATOMIC_ACQUIRE);
    self.reader.read(self.entries.view(), used, out.kinds);
    out.since_ns = self.since_ns;
    out.missed = __atomic_load_n(&state.tsa_waits_missed, __ATOMIC_RELAXED);
    out.unavailable.clear();
}

}  // namespace tsa
