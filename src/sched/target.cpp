// SPDX-License-Identifier: MIT
// See target.h. Order of start: copy the thread's slot, attach, copy it again; one of the copies shows the program
// which wait ends at the first event that it sees.
#include "sched/target.h"

#include <bpf/libbpf.h>

#include <algorithm>

#include "base/clock.h"
#include "base/saturating.h"
#include "sched/mapping.h"
#include "sched/stack_accounts.h"
#include "sched/target_programs.h"
#include "sched/wait_entries.h"
#include "tsa.h"
#include "tsa_waits.h"
// after tsa.h: the skeleton's .bss holds its structs
#include "target.skel.h"

namespace tsa {

namespace {

constexpr std::size_t kTarget = 0;  // the only one

}  // namespace

struct TargetProbe::Impl {
    Impl(Probe& slots_of, const ThreadKey& looked_at)
        : probe(slots_of),
          thread(looked_at),
          reader([this](std::uint64_t address) { return address == 0 ? "" : probe.kernel_function(address); }) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() = default;

    Probe& probe;
    ThreadKey thread;
    std::unique_ptr<TargetPrograms> programs;
    Mapping<tsa_wait_entry> entries;
    WaitEntryReader reader;
    std::uint64_t since_ns = 0;
    StackAccountReader account_reader;
    tsa_slot before_stacks{};
    std::uint64_t stacks_since_ns = 0;

    Result<void> start();
    [[nodiscard]] Error untracked() const;
    void read_exact(StackTimes& out) const;
};

Error TargetProbe::Impl::untracked() const {
    return Error{"watch the waits of thread " + std::to_string(thread.tid) + ": it has ended or is untracked",
                 "if rstat-tsa reports untracked threads, raise --max-threads", 0};
}

Result<void> TargetProbe::Impl::start() {
    programs = TRY(TargetPrograms::load(probe, {.targets = 1, .counts_kinds = true}));
    TRY(entries.map(bpf_map__fd(programs->skeleton().maps.tsa_wait_entries), TSA_WAIT_KINDS, false,
                    "the waits of one thread"));
    // The open wait: the first copy of the slot has it if it ends while we attach, the second if it starts meanwhile.
    if (!programs->link(kTarget, thread)) {
        return untracked();
    }
    TRY(programs->attach());
    since_ns = clock_ns(CLOCK_MONOTONIC);
    programs->prime_again(kTarget);
    return {};
}

TargetProbe::TargetProbe(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TargetProbe::~TargetProbe() = default;

Result<std::unique_ptr<TargetProbe>> TargetProbe::start(Probe& probe, const ThreadKey& thread) {
    auto impl = std::make_unique<Impl>(probe, thread);
    if (!probe.slot_of(thread)) {
        return impl->untracked();
    }
    TRY(impl->start());
    return std::unique_ptr<TargetProbe>(new TargetProbe(std::move(impl)));
}

void TargetProbe::read(WaitTable& out) {
    Impl& self = *impl_;
    const auto& state = *self.programs->skeleton().bss;
    const std::uint32_t used = 1 + __atomic_load_n(&state.tsa_wait_kinds, __ATOMIC_ACQUIRE);
    self.reader.read(self.entries.view(), used, out.kinds);
    out.since_ns = self.since_ns;
    out.missed = __atomic_load_n(&self.programs->target(kTarget).waits_missed, __ATOMIC_RELAXED);
    out.unavailable.clear();
}

Result<void> TargetProbe::watch_stacks(std::span<const tsa_address_range> code) {
    set_code(code);
    if (const auto slot = impl_->probe.slot_of(impl_->thread)) {
        impl_->before_stacks = *slot;
    }
    impl_->stacks_since_ns = clock_ns(CLOCK_MONOTONIC);
    return impl_->programs->attach_stacks();
}

void TargetProbe::set_code(std::span<const tsa_address_range> code) {
    impl_->programs->set_code(kTarget, code);
}

/// All time of each state since the start, from the slot, which also has what no account has.
void TargetProbe::Impl::read_exact(StackTimes& out) const {
    out.open.reset();
    const std::uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
    const auto slot = probe.slot_of(thread);
    if (!slot) {
        return;  // ended: as it was
    }
    out.now_ns = now_ns;
    for (std::size_t state = 0; state < kStateCount; ++state) {
        out.exact_ns[state] = saturating_sub(slot->ns[state], before_stacks.ns[state]);
    }
    const ThreadState state = static_cast<ThreadState>(std::min<std::uint8_t>(slot->state, kStateCount - 1));
    const std::uint64_t open_ns = saturating_sub(now_ns, slot->since_ns);
    out.exact_ns[index(state)] += open_ns;
    if (state == ThreadState::exec || state == ThreadState::zombie) {
        return;
    }
    out.open = OpenAccount{state, programs->open_fingerprint(kTarget, slot->since_ns), slot->since_ns, open_ns};
    if (!out.open->fingerprint && slot->since_ns < stacks_since_ns) {
        out.open->fingerprint = kNoFingerprint;
    }
}

void TargetProbe::read_stacks(StackTimes& out) {
    Impl& self = *impl_;
    self.account_reader.read(self.programs->accounts(), self.programs->accounts_used(), out.accounts);
    out.uncopied = __atomic_load_n(&self.programs->target(kTarget).stacks_uncopied, __ATOMIC_RELAXED);
    out.since_ns = self.stacks_since_ns;
    out.long_wait_ns = kLongWaitNs;
    self.read_exact(out);
}

void TargetProbe::take_copies(const std::function<bool(const tsa_stack_copy&)>& take) {
    impl_->programs->take_copies(take);
}

}  // namespace tsa
