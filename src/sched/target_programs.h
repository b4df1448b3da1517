// SPDX-License-Identifier: MIT
// The programs of bpf/target.bpf.c, loaded and attached, and the threads that they look at. Shared by the probe of the
// drill-down (one thread, target.h) and by that of recorded stacks (several, stack_probe.h), which read the tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "sched/mapping.h"
#include "sched/probe.h"
#include "tsa_targets.h"

struct ring_buffer;
struct target_bpf;

namespace tsa {

struct TargetProgramOptions {
    std::uint32_t targets = 1;  ///< most at a time; at most TSA_MAX_TARGETS
    bool counts_kinds = false;  ///< waits by kind; then only one target
    std::uint32_t ring_bytes = TSA_STACK_RING_BYTES;
};

/// Stacks of shorter waits are not copied.
inline constexpr std::uint64_t kLongWaitNs = 1'000'000;

class TargetPrograms {
  public:
    /// `probe` must outlive it. Probe::costs() includes the programs, also after this object is destroyed. Without the
    /// program for stacks where the kernel refuses that one. Errors: no privilege, the verifier; with a hint.
    static Result<std::unique_ptr<TargetPrograms>> load(Probe& probe, const TargetProgramOptions& options);
    TargetPrograms(const TargetPrograms&) = delete;
    TargetPrograms& operator=(const TargetPrograms&) = delete;
    ~TargetPrograms();

    Result<void> attach();
    /// After attach(): this program uses the other one's work at each event. Error: also why it was not loaded.
    Result<void> attach_stacks();

    /// Looks at a thread from now on. While the programs are attached, prime_again() follows at once; else right after
    /// attach(). False: it has ended or is untracked, or its bucket is full.
    [[nodiscard]] bool link(std::size_t at, const ThreadKey& thread);
    /// The open wait counts if it is the same as in link(), or began since.
    void prime_again(std::size_t at);
    /// No event finds it from now on, except those that have found it already.
    void unlink(std::size_t at);
    /// Where the code of its process is, at most TSA_CODE_RANGES ranges; none for a kernel thread.
    void set_code(std::size_t at, std::span<const tsa_address_range> code);
    [[nodiscard]] const tsa_target& target(std::size_t at) const { return targets_.view()[at]; }
    [[nodiscard]] std::size_t capacity() const { return targets_.view().size(); }
    /// Of the open wait that began at `since_ns`; absent: not known at this moment. `is_woken`: a CPU_WAIT, which may
    /// follow another wait that began earlier.
    [[nodiscard]] std::optional<std::uint64_t> open_fingerprint(std::size_t at, std::uint64_t since_ns,
                                                                bool is_woken = false) const;

    // After attach_stacks().
    [[nodiscard]] std::span<tsa_stack_account> accounts() { return accounts_.writable_view(); }
    [[nodiscard]] std::size_t accounts_used() const;
    /// No wait is added to an account from now on, except those that have found it already.
    void close_account(const tsa_stack_key& key);
    /// Later: it is empty, and can be used for another key.
    void free_account(std::uint32_t index);
    /// Passes the copied stacks to `take`, oldest first, until it returns false: then it takes no more for now. Those
    /// that stay keep the kernel from copying more than fit into the ring.
    void take_copies(const std::function<bool(const tsa_stack_copy&)>& take);

    [[nodiscard]] target_bpf& skeleton() { return *skeleton_; }

  private:
    struct SkeletonDelete {
        void operator()(target_bpf* skeleton) const;
    };
    struct RingDelete {
        void operator()(ring_buffer* ring) const;
    };

    explicit TargetPrograms(Probe& probe) : probe_(probe) {}
    Result<void> load_with(const TargetProgramOptions& options, bool stacks);
    void size_and_set(const TargetProgramOptions& options, bool stacks);
    Result<void> map_stacks();
    [[nodiscard]] std::uint8_t& head_of(const tsa_target& target);
    [[nodiscard]] bool prime(const ThreadKey& thread, tsa_slot& place) const;

    Probe& probe_;
    std::unique_ptr<target_bpf, SkeletonDelete> skeleton_;
    CostRegistry::Member cost_;
    std::string stacks_refused_;  // why the program for stacks was not loaded; empty: it was
    Mapping<tsa_target> targets_;
    Mapping<tsa_stack_account> accounts_;
    std::unique_ptr<ring_buffer, RingDelete> copies_;
    std::function<bool(const tsa_stack_copy&)> take_copy_;
};

}  // namespace tsa
