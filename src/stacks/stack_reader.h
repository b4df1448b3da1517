// SPDX-License-Identifier: MIT
// Makes a WaitStack of a copied one: finds the files that its code is from, has the helper process unwind it, and puts
// module names to the answer. Runs on the thread of stack_thread.h, since all of it may block.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/wait_stack.h"
#include "stacks/debug_fetcher.h"
#include "stacks/file_slots.h"
#include "stacks/helper_process.h"
#include "stacks/mappings.h"
#include "tsa_stack_accounts.h"

namespace tsa {

/// The thread that a copied stack is of.
struct StackOwner {
    std::uint32_t tid = 0;
    std::uint32_t tgid = 0;
    std::uint32_t ns_tgid = 0;  ///< in its own PID namespace; 0: unknown
};

class StackReader {
  public:
    /// `fetcher`: of debug files that are not on this machine; null: they are not looked for elsewhere.
    StackReader(HelperProcess helper, std::shared_ptr<DebugFetcher> fetcher)
        : helper_(std::move(helper)), fetcher_(std::move(fetcher)) {}

    /// Before the stacks of one call: mappings of processes that were read earlier are not used again.
    void begin_round();
    /// Kernel frames have addresses only. `copy.error` must be 0.
    [[nodiscard]] WaitStack read(const tsa_stack_query& copy, const StackOwner& owner);
    /// Where the process's code is, at most TSA_CODE_RANGES ranges.
    [[nodiscard]] std::vector<tsa_address_range> code_of(const StackOwner& owner);

    /// CPU time of the helper process so far, in ns.
    [[nodiscard]] std::uint64_t helper_cpu_ns() const { return cpu_before_ns_ + cpu_ns_; }

  private:
    struct Process {
        std::uint32_t tgid = 0;
        std::vector<CodeMapping> mappings;
    };

    const std::vector<CodeMapping>& mappings_of(const StackOwner& owner);
    [[nodiscard]] std::string request_for(const tsa_stack_query& copy, const StackOwner& owner,
                                          const std::vector<CodeMapping>& mappings);
    std::uint32_t slot_of(const CodeMapping& mapping, std::uint32_t tid);
    std::uint32_t slot_of_perf_map(const StackOwner& owner);
    std::uint32_t load(const FileIdentity& file, HelperTask task, const Fd& opened, std::uint32_t tid);
    bool load_symbols(std::string_view build_id, std::uint32_t slot, std::uint32_t tid);
    void load_late_files();
    bool unwind_into(WaitStack& stack, const tsa_stack_query& copy, const StackOwner& owner,
                     const std::vector<CodeMapping>& mappings);
    bool take_answer(std::string_view answer, const std::vector<CodeMapping>& mappings, WaitStack& stack) const;
    [[nodiscard]] std::optional<std::string> ask(const std::string& message, int file);

    /// A file in a slot whose symbols are being fetched.
    struct Stripped {
        std::string build_id;
        FileIdentity file;
    };

    HelperProcess helper_;
    std::shared_ptr<DebugFetcher> fetcher_;
    std::vector<Stripped> stripped_;
    FileSlots slots_;
    std::vector<Process> processes_;      // of this round
    std::vector<std::uint32_t> sent_;     // indices of the mappings of the last request
    std::vector<std::uint32_t> refused_;  // processes whose files made the helper fail
    std::uint64_t cpu_before_ns_ = 0, cpu_ns_ = 0;
};

}  // namespace tsa
