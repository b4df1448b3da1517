// SPDX-License-Identifier: MIT
// See target_programs.h.
#include "sched/target_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <malloc.h>

#include <algorithm>
#include <cerrno>

#include "base/first_namespace.h"
#include "sched/first_arguments.h"
#include "sched/library_log.h"
#include "tsa.h"
#include "tsa_waits.h"
// after tsa.h: the skeleton's .bss holds its structs
#include "target.skel.h"

namespace tsa {

void TargetPrograms::SkeletonDelete::operator()(target_bpf* skeleton) const {
    target_bpf::destroy(skeleton);
}

void TargetPrograms::RingDelete::operator()(ring_buffer* ring) const {
    ring_buffer__free(ring);
}

TargetPrograms::~TargetPrograms() {
    if (skeleton_ != nullptr) {
        target_bpf::detach(skeleton_.get());  // so that the cost includes its last runs
    }
}

Result<std::unique_ptr<TargetPrograms>> TargetPrograms::load(Probe& probe, const TargetProgramOptions& options) {
    std::unique_ptr<TargetPrograms> self(new TargetPrograms(probe));
    if (Result<void> loaded = self->load_with(options, true); !loaded.ok()) {
        self->stacks_refused_ = loaded.error().text();
        TRY(self->load_with(options, false));
    }
    self->cost_ = CostRegistry::Member(probe.costs(), self->skeleton_->obj);
    TRY(self->targets_.map(bpf_map__fd(self->skeleton_->maps.tsa_targets), options.targets, true,
                           "the threads that are looked at"));
    ::malloc_trim(0);  // loading used some MB for the kernel's type information
    return self;
}

void TargetPrograms::size_and_set(const TargetProgramOptions& options, bool stacks) {
    auto* data = skeleton_->rodata;
    data->tsa_target_translated = own_pid_namespace() != kFirstPidNamespace ? 1 : 0;
    data->tsa_counts_kinds = options.counts_kinds ? 1 : 0;
    data->tsa_long_wait_ns = kLongWaitNs;
    const FirstArguments native = native_first_arguments();
    const FirstArguments compat = compat_first_arguments();
    std::copy(native.begin(), native.end(), data->tsa_first_argument);
    std::copy(compat.begin(), compat.end(), data->tsa_compat_first_argument);
    const auto& maps = skeleton_->maps;
    bpf_map__set_max_entries(maps.tsa_targets, options.targets);
    bpf_map__set_max_entries(maps.tsa_pending_stacks, options.targets);
    bpf_map__set_max_entries(maps.tsa_stack_copies, options.ring_bytes);
    bpf_program__set_autoload(skeleton_->progs.tsa_target_stacks, stacks);
    for (bpf_map* map : {maps.tsa_stack_index, maps.tsa_stack_accounts, maps.tsa_stack_accounts_free,
                         maps.tsa_stack_copies, maps.tsa_pending_stacks}) {
        bpf_map__set_autocreate(map, stacks);
    }
}

Result<void> TargetPrograms::load_with(const TargetProgramOptions& options, bool stacks) {
    const LogScope log;
    skeleton_.reset(target_bpf::open());
    if (skeleton_ == nullptr) {
        return log.error("open the probe of chosen threads", errno);
    }
    size_and_set(options, stacks);
    int error = bpf_map__reuse_fd(skeleton_->maps.tsa_slots, probe_.slots_fd());
    if (error == 0) {
        error = bpf_map__reuse_fd(skeleton_->maps.tsa_tasks, probe_.tasks_fd());
    }
    if (error == 0) {
        error = target_bpf::load(skeleton_.get());
    }
    if (error != 0) {
        return log.load_error("load the probe of chosen threads", -error, skeleton_->obj);
    }
    return {};
}

Result<void> TargetPrograms::attach() {
    const LogScope log;
    // After the scheduler probes: the programs of an event run in the order in which they were attached.
    skeleton_->links.tsa_target_switch = bpf_program__attach(skeleton_->progs.tsa_target_switch);
    if (skeleton_->links.tsa_target_switch == nullptr) {
        return log.error("attach the probe of chosen threads", errno);
    }
    return {};
}

Result<void> TargetPrograms::map_stacks() {
    TRY(accounts_.map(bpf_map__fd(skeleton_->maps.tsa_stack_accounts), TSA_STACK_ACCOUNTS, true,
                      "the accounts of stacks"));
    const LogScope log;
    copies_.reset(ring_buffer__new(
        bpf_map__fd(skeleton_->maps.tsa_stack_copies),
        [](void* self, void* data, std::size_t bytes) {
            const auto& take = static_cast<TargetPrograms*>(self)->take_copy_;
            const bool is_copy = bytes >= sizeof(tsa_stack_copy);
            return !is_copy || take(*static_cast<const tsa_stack_copy*>(data)) ? 0 : -1;
        },
        this, nullptr));
    return copies_ != nullptr ? Result<void>{} : log.error("map the copies of stacks", errno);
}

Result<void> TargetPrograms::attach_stacks() {
    if (!stacks_refused_.empty()) {
        return Error{stacks_refused_, {}, 0};
    }
    TRY(map_stacks());
    const LogScope log;
    skeleton_->links.tsa_target_stacks = bpf_program__attach(skeleton_->progs.tsa_target_stacks);
    if (skeleton_->links.tsa_target_stacks == nullptr) {
        return log.error("attach the probe of stacks", errno);
    }
    return {};
}

/// The program considers the copy complete once its life is set.
bool TargetPrograms::prime(const ThreadKey& thread, tsa_slot& place) const {
    auto slot = probe_.slot_of(thread);
    if (!slot) {
        return false;
    }
    const TSA_U32 life = slot->life;
    slot->life = 0;
    place = *slot;
    __atomic_store_n(&place.life, life, __ATOMIC_RELEASE);
    return true;
}

/// As head_of() of bpf/target.bpf.c.
std::uint8_t& TargetPrograms::head_of(const tsa_target& target) {
    const std::uint64_t key = skeleton_->rodata->tsa_target_translated != 0 ? target.start_ns : target.tid;
    return skeleton_->bss->tsa_target_heads[key % TSA_TARGET_BUCKETS];
}

bool TargetPrograms::link(std::size_t at, const ThreadKey& thread) {
    tsa_target& target = targets_.writable(at);
    target = {};
    target.start_ns = thread.start_time_ns;
    target.tid = thread.tid;
    std::uint8_t& head = head_of(target);
    std::size_t others = 0;
    for (std::uint32_t number = head; number != 0; number = targets_.view()[number - 1].next) {
        ++others;
    }
    if (others >= TSA_TARGET_CHAIN || !prime(thread, target.primed[0])) {
        return false;
    }
    target.next = head;
    __atomic_store_n(&head, static_cast<std::uint8_t>(at + 1), __ATOMIC_RELEASE);
    return true;
}

void TargetPrograms::prime_again(std::size_t at) {
    tsa_target& target = targets_.writable(at);
    (void)prime({target.tid, target.start_ns}, target.primed[1]);
}

void TargetPrograms::unlink(std::size_t at) {
    const tsa_target& target = targets_.view()[at];
    std::uint8_t& head = head_of(target);
    if (head == at + 1) {
        __atomic_store_n(&head, static_cast<std::uint8_t>(target.next), __ATOMIC_RELEASE);
        return;
    }
    for (std::uint32_t number = head; number != 0; number = targets_.view()[number - 1].next) {
        tsa_target& before = targets_.writable(number - 1);
        if (before.next == at + 1) {
            __atomic_store_n(&before.next, target.next, __ATOMIC_RELEASE);
            return;
        }
    }
}

void TargetPrograms::set_code(std::size_t at, std::span<const tsa_address_range> code) {
    auto& ranges = targets_.writable(at).code;
    for (std::size_t nth = 0; nth < std::size(ranges); ++nth) {
        ranges[nth] = nth < code.size() ? code[nth] : tsa_address_range{};
    }
}

std::optional<std::uint64_t> TargetPrograms::open_fingerprint(std::size_t at, std::uint64_t since_ns,
                                                              bool is_woken) const {
    const tsa_open_stack& live = targets_.view()[at].stack;
    const std::uint64_t fingerprint = __atomic_load_n(&live.fingerprint, __ATOMIC_ACQUIRE);
    const std::uint64_t live_since_ns = __atomic_load_n(&live.since_ns, __ATOMIC_ACQUIRE);
    const bool is_before = is_woken && live_since_ns != 0 && live_since_ns < since_ns &&
                           fingerprint != TSA_NO_FINGERPRINT;  // else that one has ended
    const bool is_its = live_since_ns == since_ns || is_before;
    return is_its ? std::optional(fingerprint) : std::nullopt;
}

std::size_t TargetPrograms::accounts_used() const {
    const std::size_t used = 1 + __atomic_load_n(&skeleton_->bss->tsa_stack_accounts_used, __ATOMIC_ACQUIRE);
    return std::min<std::size_t>(used, TSA_STACK_ACCOUNTS);
}

void TargetPrograms::close_account(const tsa_stack_key& key) {
    bpf_map_delete_elem(bpf_map__fd(skeleton_->maps.tsa_stack_index), &key);
}

void TargetPrograms::free_account(std::uint32_t index) {
    accounts_.writable(index) = {};
    if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.tsa_stack_accounts_free), nullptr, &index, BPF_ANY) == 0) {
        __atomic_fetch_add(&skeleton_->bss->tsa_stack_accounts_unused, 1, __ATOMIC_RELAXED);
    }
}

void TargetPrograms::take_copies(const std::function<bool(const tsa_stack_copy&)>& take) {
    take_copy_ = take;
    ring_buffer__consume(copies_.get());
    take_copy_ = nullptr;
}

}  // namespace tsa
