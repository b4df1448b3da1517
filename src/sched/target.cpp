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
#include "base/saturating.h"
#include "sched/first_arguments.h"
#include "sched/library_log.h"
#include "sched/mapping.h"
#include "sched/stack_accounts.h"
#include "sched/wait_entries.h"
#include "tsa.h"
#include "tsa_stack_accounts.h"
#include "tsa_waits.h"
// after tsa.h: the skeleton's .bss holds its structs
#include "target.skel.h"

namespace tsa {

namespace {

struct TargetSkeletonDelete {
    void operator()(target_bpf* skeleton) const { target_bpf::destroy(skeleton); }
};

struct RingDelete {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

/// Stacks of shorter waits are not copied.
constexpr std::uint64_t kLongWaitNs = 1'000'000;

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

    std::string stacks_refused;  // why the program for stacks was not loaded; empty: it was
    Mapping<tsa_stack_account> accounts;
    StackAccountReader account_reader;
    std::unique_ptr<ring_buffer, RingDelete> copies;
    std::function<bool(const tsa_stack_copy&)> take_copy;
    tsa_slot before_stacks{};
    std::uint64_t stacks_since_ns = 0;

    Result<void> load();
    Result<void> load_with(bool stacks);
    Result<void> prepare_stacks();
    Result<void> attach();
    Result<void> attach_stacks();
    void prime(tsa_slot& place) const;
    void read_exact(StackTimes& out) const;
};

/// Without the program for stacks where the kernel refuses that one.
Result<void> TargetProbe::Impl::load() {
    if (Result<void> loaded = load_with(true); !loaded.ok()) {
        stacks_refused = loaded.error().text();
        TRY(load_with(false));
    }
    cost = CostRegistry::Member(probe.costs(), skeleton->obj);
    return entries.map(bpf_map__fd(skeleton->maps.tsa_wait_entries), TSA_WAIT_KINDS, false, "the waits of one thread");
}

Result<void> TargetProbe::Impl::load_with(bool stacks) {
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
    data->tsa_long_wait_ns = kLongWaitNs;
    bpf_program__set_autoload(skeleton->progs.tsa_target_stacks, stacks);
    for (bpf_map* map :
         {skeleton->maps.tsa_stack_index, skeleton->maps.tsa_stack_accounts, skeleton->maps.tsa_stack_copies}) {
        bpf_map__set_autocreate(map, stacks);
    }
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
    return {};
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
    skeleton->links.tsa_target_switch = bpf_program__attach(skeleton->progs.tsa_target_switch);
    if (skeleton->links.tsa_target_switch == nullptr) {
        return log.error("attach the probe of one thread", errno);
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

Result<void> TargetProbe::Impl::prepare_stacks() {
    TRY(accounts.map(bpf_map__fd(skeleton->maps.tsa_stack_accounts), TSA_STACK_ACCOUNTS, false,
                     "the accounts of one thread's stacks"));
    const LogScope log;
    copies.reset(ring_buffer__new(
        bpf_map__fd(skeleton->maps.tsa_stack_copies),
        [](void* self, void* data, std::size_t bytes) {
            const bool is_copy = bytes >= sizeof(tsa_stack_copy);
            return !is_copy || static_cast<Impl*>(self)->take_copy(*static_cast<const tsa_stack_copy*>(data)) ? 0 : -1;
        },
        this, nullptr));
    return copies != nullptr ? Result<void>{} : log.error("map the copies of one thread's stacks", errno);
}

/// After the other program, whose work it uses at each event.
Result<void> TargetProbe::Impl::attach_stacks() {
    const LogScope log;
    prime(before_stacks);
    stacks_since_ns = clock_ns(CLOCK_MONOTONIC);
    skeleton->links.tsa_target_stacks = bpf_program__attach(skeleton->progs.tsa_target_stacks);
    if (skeleton->links.tsa_target_stacks == nullptr) {
        return log.error("attach the probe of one thread's stacks", errno);
    }
    return {};
}

Result<void> TargetProbe::watch_stacks(std::span<const tsa_address_range> code) {
    if (!impl_->stacks_refused.empty()) {
        return Error{impl_->stacks_refused, {}, 0};
    }
    set_code(code);
    TRY(impl_->prepare_stacks());
    return impl_->attach_stacks();
}

void TargetProbe::set_code(std::span<const tsa_address_range> code) {
    auto& ranges = impl_->skeleton->bss->tsa_code_ranges;
    for (std::size_t at = 0; at < std::size(ranges); ++at) {
        ranges[at] = at < code.size() ? code[at] : tsa_address_range{};
    }
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
    const auto& live = skeleton->bss->tsa_open_stack;
    const std::uint64_t fingerprint = __atomic_load_n(&live.fingerprint, __ATOMIC_ACQUIRE);
    out.open = OpenAccount{state, std::nullopt, slot->since_ns, open_ns};
    if (__atomic_load_n(&live.since_ns, __ATOMIC_ACQUIRE) == slot->since_ns) {
        out.open->fingerprint = fingerprint;
    } else if (slot->since_ns < stacks_since_ns) {
        out.open->fingerprint = kNoFingerprint;
    }
}

void TargetProbe::read_stacks(StackTimes& out) {
    Impl& self = *impl_;
    const auto& state = *self.skeleton->bss;
    const std::uint32_t used = 1 + __atomic_load_n(&state.tsa_stack_accounts_used, __ATOMIC_ACQUIRE);
    self.account_reader.read(self.accounts.view(), used, out.accounts);
    out.uncopied = __atomic_load_n(&state.tsa_stacks_uncopied, __ATOMIC_RELAXED);
    out.since_ns = self.stacks_since_ns;
    out.long_wait_ns = kLongWaitNs;
    self.read_exact(out);
}

void TargetProbe::take_copies(const std::function<bool(const tsa_stack_copy&)>& take) {
    impl_->take_copy = take;
    ring_buffer__consume(impl_->copies.get());
    impl_->take_copy = nullptr;
}

}  // namespace tsa
