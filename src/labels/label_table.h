// SPDX-License-Identifier: MIT
// Rules that give a stack a label by the functions on it. The first rule that applies decides, so special ones come
// before general ones. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/stack_label.h"
#include "model/wait_stack.h"

namespace tsa {

/// What may be further in on the stack than a rule's function, apart from the C library.
enum class FurtherIn : std::uint8_t {
    anything,
    own_module,  ///< functions of the same module: so no callback that it called
    nothing,     ///< it waits itself
};

/// The module of the kernel's functions, in rules.
inline constexpr std::string_view kKernelModule = "[kernel]";

/// A name in a rule may have one '*', which stands for any text; it is compared with the whole name of a function and
/// with its bare_name().
struct LabelRule {
    std::vector<std::string> functions;  ///< one of these is on the stack
    std::vector<std::string> callers;    ///< and one of these is further out; empty: whatever called it
    std::string module;                  ///< the file that the function is from, may have a '*'; empty: any
    FurtherIn further_in = FurtherIn::anything;
    StackLabel label;
};

class LabelTable {
  public:
    /// After the rules that it has.
    void add(std::vector<LabelRule> rules);

    /// The label of a user stack, innermost function first; null: no rule applies. At most about a millisecond, for the
    /// largest table and the most frames.
    [[nodiscard]] const StackLabel* find(std::span<const StackFrame> frames) const;
    /// The same of a kernel stack, by the rules for kKernelModule only.
    [[nodiscard]] const StackLabel* find_in_kernel(std::span<const StackFrame> frames) const;
    [[nodiscard]] std::size_t size() const { return rules_.size(); }

  private:
    /// A name of a rule.
    struct Entry {
        std::string name;
        std::uint32_t rule;
        bool is_caller;
    };
    /// Where a rule's functions are on a stack: indices + 1 of frames; 0: not there.
    struct Reached {
        std::uint32_t function = 0;  ///< the innermost one
        std::uint32_t caller = 0;    ///< the outermost one
    };
    void add_names(const std::vector<std::string>& names, std::uint32_t rule, bool is_caller);
    void note(std::string_view name, const StackFrame& frame, std::uint32_t place, std::vector<Reached>& reached) const;
    void note(const Entry& entry, const StackFrame& frame, std::uint32_t place, std::vector<Reached>& reached) const;
    template <class IsWanted>
    [[nodiscard]] const StackLabel* find_if(std::span<const StackFrame> frames, IsWanted is_wanted) const;
    [[nodiscard]] static bool holds(const LabelRule& rule, const Reached& reached, std::span<const StackFrame> frames);

    std::vector<LabelRule> rules_;
    std::vector<Entry> exact_;     // by name
    std::vector<Entry> patterns_;  // those with a '*'
};

}  // namespace tsa
