// SPDX-License-Identifier: MIT
// The waits of several threads by stack, for recordings: what has been added to their accounts since the last reading.
// The programs are attached all the time; threads come and go without loading anything. Accounts that do not grow any
// more are given back, so the table is not filled by threads and stacks of the past.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "model/length_counts.h"
#include "model/thread.h"
#include "sched/target_programs.h"

namespace tsa {

/// The waits of one thread, state and fingerprint that have ended since the last reading.
struct StackGrowth {
    ThreadKey thread;
    ThreadState state = ThreadState::sleep;
    std::uint64_t fingerprint = 0;
    std::uint64_t count = 0;
    std::uint64_t total_ns = 0;
    std::uint64_t max_ns = 0;  ///< of these waits
    LengthCounts lengths;
};

class StackProbe {
  public:
    static constexpr std::size_t kMaxThreads = TSA_MAX_TARGETS;

    /// `probe` must outlive it. At most `threads` at a time. Takes some 50 ms. Probe::costs() includes its programs.
    /// Errors: no privilege, the verifier; with a hint.
    static Result<std::unique_ptr<StackProbe>> start(Probe& probe, std::size_t threads);
    StackProbe(const StackProbe&) = delete;
    StackProbe& operator=(const StackProbe&) = delete;
    ~StackProbe();

    /// From now on. `code`: where its process's code is, at most TSA_CODE_RANGES ranges; none for a kernel thread.
    /// False: it has ended, is untracked, or there is no room at the moment.
    [[nodiscard]] bool add(const ThreadKey& thread, std::span<const tsa_address_range> code);
    /// Its last waits are in the next reading. Its place is free three readings later.
    void remove(const ThreadKey& thread);
    void set_code(const ThreadKey& thread, std::span<const tsa_address_range> code);

    /// No system call, but two for each account that is given back.
    void read(std::vector<StackGrowth>& out);
    /// As TargetPrograms::open_fingerprint.
    [[nodiscard]] std::optional<std::uint64_t> open_fingerprint(const ThreadKey& thread, std::uint64_t since_ns,
                                                                bool is_woken) const;
    /// Long waits so far whose stack could not be copied in time.
    [[nodiscard]] std::uint64_t uncopied() const;
    /// As TargetPrograms::take_copies: the thread is in the copies.
    void take_copies(const std::function<bool(const tsa_stack_copy&)>& take) { programs_->take_copies(take); }

  private:
    /// A number in tsa_targets.
    struct Seat {
        enum class Use : std::uint8_t { free, taken, left, closing, closed } use = Use::free;
        ThreadKey thread;
    };
    /// By index of the account, like tsa_stack_accounts.
    struct Known {
        tsa_stack_account copy{};  // the last consistent one
        std::uint32_t quiet_reads = 0;
        bool is_closed = false;
    };

    explicit StackProbe(std::unique_ptr<TargetPrograms> programs);
    [[nodiscard]] std::optional<std::size_t> seat_of(const ThreadKey& thread) const;
    void read_account(std::size_t index, std::vector<StackGrowth>& out);
    void close_or_free(std::size_t index, const tsa_stack_key& key, bool has_grown);
    void advance_seats();

    std::unique_ptr<TargetPrograms> programs_;
    std::vector<Seat> seats_;
    std::vector<Known> known_;
    std::uint64_t uncopied_of_gone_ = 0;
};

}  // namespace tsa
