// SPDX-License-Identifier: MIT
// The time of a whole recording by thread, state and stack: what reports show and exports write. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/stack_waits.h"

namespace tsa {

/// The time of one thread in one state with one stack.
struct StackSum {
    ThreadKey thread;
    std::uint32_t tgid = 0;  ///< 0: not known
    ThreadState state = ThreadState::sleep;
    std::shared_ptr<const RecordedStack> stack;
    std::uint64_t count = 0, total_ns = 0, max_ns = 0;
    LengthCounts lengths{};
};

class StackProfile {
  public:
    /// Stacks with the same text must be the same object.
    void add(const StackWaits& waits);
    /// In the order of their first addition. Valid until the next add().
    [[nodiscard]] std::span<const StackSum> sums() const { return sums_; }
    /// The threads that have any.
    [[nodiscard]] std::vector<ThreadKey> threads() const;
    /// Raw names; empty: not known.
    void name(const ThreadKey& thread, std::string_view comm) { names_[thread] = comm; }
    [[nodiscard]] std::string_view name_of(const ThreadKey& thread) const;

  private:
    struct Key {
        ThreadKey thread;
        ThreadState state;
        const RecordedStack* stack;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const;
        std::size_t operator()(const ThreadKey& key) const;
    };

    std::vector<StackSum> sums_;
    std::unordered_map<Key, std::size_t, Hash> places_;
    std::unordered_map<ThreadKey, std::string, Hash> names_;
};

/// The functions of a stack, innermost first; at the end, or alone, what it lacks: "(not unwound further)". Refers into
/// the stack.
[[nodiscard]] std::vector<std::string_view> frames_of(const RecordedStack& stack);

/// A stack of one state, of all threads.
struct StateStack {
    const RecordedStack* stack = nullptr;
    WaitLengths waits{};  ///< without `max_at_ns`; of `exec` samples
    std::size_t threads = 0;
    const StackSum* most = nullptr;  ///< the thread with the most of it
};
/// Those of the state, most time first.
[[nodiscard]] std::vector<StateStack> stacks_of_state(const StackProfile& profile, ThreadState state);

}  // namespace tsa
