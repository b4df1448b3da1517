// SPDX-License-Identifier: MIT
// See unwind.h.
#include "stacks/unwind.h"

#include <algorithm>

namespace tsa {

namespace {

constexpr std::size_t kIp = kRegisterNames.instruction_pointer;
constexpr std::size_t kSp = kRegisterNames.stack_pointer;
constexpr std::size_t kFp = kRegisterNames.frame_pointer;

class Unwinder {
  public:
    Unwinder(const Registers& registers, const StackCopy& stack, const FindCode& find_code)
        : registers_(registers), stack_(stack), find_code_(find_code) {}

    UnwoundStack run();

  private:
    enum class Step : std::uint8_t { caller, last };

    Step step(const CodePlace& place);
    Step by_tables(Dwarf_Frame* rules);
    Step by_signal_frame();
    Step by_frame_pointer();
    Step go_to(const Registers& caller, bool is_signal);
    Step end(StackEnd why) {
        out_.end = why;
        return Step::last;
    }
    /// Why a word of the stack is missing: memory above the copy, or not of the stack.
    Step end_at(std::optional<std::uint64_t> address) {
        const bool above =
            address && *address >= stack_.begin + stack_.bytes.size() && *address - stack_.begin <= kMaxStackBytes;
        return end(above || on_other_stack_ ? StackEnd::truncated : StackEnd::damaged);
    }
    /// The caller's value; absent: it was not saved.
    std::optional<std::uint64_t> caller_value(Dwarf_Frame* rules, std::size_t number, std::uint64_t cfa);

    static constexpr std::uint64_t kMaxStackBytes = std::uint64_t{1} << 30U;

    Registers registers_;
    const StackCopy& stack_;
    const FindCode& find_code_;
    UnwoundStack out_;
    std::optional<std::uint64_t> missing_;  // address of a word that was not copied
    bool is_call_ = false;                  // the address is the one after a call
    bool on_other_stack_ = false;           // beyond a signal handler with a separate stack
};

std::optional<std::uint64_t> Unwinder::caller_value(Dwarf_Frame* rules, std::size_t number, std::uint64_t cfa) {
    std::array<Dwarf_Op, 3> memory;
    Dwarf_Op* operations = nullptr;
    std::size_t count = 0;
    if (dwarf_frame_register(rules, static_cast<int>(number), memory.data(), &operations, &count) != 0) {
        return std::nullopt;
    }
    if (count == 0) {
        // No operations at all: the callee has not changed it. An empty list of them: its value is lost.
        return operations == nullptr ? registers_[number] : std::nullopt;
    }
    const auto result = evaluate({operations, count}, registers_, cfa, stack_, &missing_);
    if (!result || result->is_value) {
        return result ? std::optional(result->value) : std::nullopt;
    }
    const auto word = stack_.read(result->value, sizeof(std::uint64_t));
    if (!word) {
        missing_ = result->value;
    }
    return word;
}

Unwinder::Step Unwinder::by_tables(Dwarf_Frame* rules) {
    bool is_signal = false;
    const int return_register = dwarf_frame_info(rules, nullptr, nullptr, &is_signal);
    Dwarf_Op* operations = nullptr;
    std::size_t count = 0;
    if (return_register < 0 || static_cast<std::size_t>(return_register) >= registers_.size() ||
        dwarf_frame_cfa(rules, &operations, &count) != 0) {
        return end(StackEnd::no_tables);
    }
    if (is_signal && kRegisterNames.signal_registers != 0) {
        return by_signal_frame();
    }
    missing_.reset();
    const auto cfa = evaluate({operations, count}, registers_, std::nullopt, stack_, &missing_);
    if (!cfa) {
        return end_at(missing_);
    }
    Registers caller{};
    for (std::size_t number = 0; number < caller.size(); ++number) {
        caller[number] = number == kIp ? std::nullopt : caller_value(rules, number, cfa->value);
    }
    missing_.reset();
    const auto address = caller_value(rules, static_cast<std::size_t>(return_register), cfa->value);
    if (!address) {
        return missing_ ? end_at(missing_) : end(StackEnd::complete);  // the first function has no caller
    }
    caller[kSp] = is_signal && caller[kSp] ? caller[kSp] : cfa->value;
    caller[kIp] = *address & kRegisterNames.address_mask;
    return go_to(caller, is_signal);
}

/// The kernel has saved all registers there.
Unwinder::Step Unwinder::by_signal_frame() {
    const std::uint64_t begin = registers_[kSp].value_or(0) + kRegisterNames.signal_registers;
    Registers caller{};
    for (std::size_t number = 0; number < caller.size(); ++number) {
        const std::uint64_t place = begin + number * sizeof(std::uint64_t);
        caller[number] = stack_.read(place, sizeof(std::uint64_t));
        if (!caller[number]) {
            return end_at(place);
        }
    }
    return go_to(caller, true);
}

Unwinder::Step Unwinder::go_to(const Registers& caller, bool is_signal) {
    const std::uint64_t pointer = caller[kSp].value_or(0);
    if (caller[kIp].value_or(0) == 0) {
        return end(StackEnd::complete);
    }
    // Only a function that has no frame, the innermost one, or a signal handler's return may leave it where it is.
    if (pointer <= registers_[kSp].value_or(0) && out_.frames.size() > 1 && !is_signal) {
        return end(StackEnd::damaged);
    }
    const bool is_copied = pointer >= stack_.begin && pointer - stack_.begin <= stack_.bytes.size();
    on_other_stack_ = on_other_stack_ || (is_signal && !is_copied);
    registers_ = caller;
    is_call_ = !is_signal;
    return Step::caller;
}

/// Code without tables: made at run time, or of a compiler that keeps frame pointers instead.
Unwinder::Step Unwinder::by_frame_pointer() {
    constexpr std::uint64_t kWord = sizeof(std::uint64_t);
    const std::uint64_t frame = registers_[kFp].value_or(0);
    const auto caller_frame = stack_.read(frame, kWord);
    const auto address = stack_.read(frame + kWord, kWord);
    if (frame % kWord != 0 || frame < registers_[kSp].value_or(0) || !caller_frame || !address ||
        (*address != 0 && !find_code_(*address & kRegisterNames.address_mask).is_code)) {
        return end(StackEnd::no_tables);
    }
    out_.by_frame_pointer = true;
    Registers caller{};
    caller[kFp] = *caller_frame;
    caller[kSp] = frame + 2 * kWord;
    caller[kIp] = *address & kRegisterNames.address_mask;
    return go_to(caller, false);
}

Unwinder::Step Unwinder::step(const CodePlace& place) {
    const FrameRules rules = place.object != nullptr ? place.object->rules_at(place.address) : nullptr;
    return rules != nullptr ? by_tables(rules.get()) : by_frame_pointer();
}

UnwoundStack Unwinder::run() {
    for (;;) {
        const std::uint64_t address = registers_[kIp].value_or(0);
        const std::uint64_t look_up = address - (is_call_ ? 1 : 0);
        const CodePlace place = find_code_(look_up);
        if (!place.is_code && !out_.frames.empty()) {
            out_.end = StackEnd::damaged;
            break;
        }
        if (out_.frames.size() == kMaxFrames) {
            out_.end = StackEnd::too_deep;
            break;
        }
        out_.frames.push_back({address, look_up});
        if (step(place) == Step::last) {
            break;
        }
    }
    return std::move(out_);
}

}  // namespace

UnwoundStack unwind(const Registers& registers, const StackCopy& stack, const FindCode& find_code) {
    return Unwinder(registers, stack, find_code).run();
}

}  // namespace tsa
