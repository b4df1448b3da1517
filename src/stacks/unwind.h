// SPDX-License-Identifier: MIT
// From registers and a copied stack to the functions on it, by the unwind tables of the files that the code is from: no
// frame pointers needed. Pure over captured bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "model/wait_stack.h"
#include "stacks/elf_object.h"
#include "stacks/expression.h"

namespace tsa {

inline constexpr std::size_t kMaxFrames = 128;

/// What DWARF calls the registers that every step needs.
struct RegisterNames {
    std::size_t stack_pointer, instruction_pointer, frame_pointer;
    std::uint64_t address_mask;  ///< bits of an address: arm64 signs return addresses in the others
    /// From the stack pointer in the code that returns from a signal handler to the saved registers; 0: its unwind
    /// table has them. Linux's for arm64 skips the function that was interrupted.
    std::uint64_t signal_registers;
};
#if defined(__aarch64__)
inline constexpr RegisterNames kRegisterNames{31, 32, 29, (std::uint64_t{1} << 48U) - 1, 312};
#else
inline constexpr RegisterNames kRegisterNames{7, 16, 6, ~std::uint64_t{0}, 0};
#endif

/// Code at an address: the file that it is from, and which address the file's symbols and tables have for it.
struct CodePlace {
    ElfObject* object = nullptr;  ///< null: not a file that can be read
    std::uint64_t address = 0;    ///< as the object counts
    bool is_code = false;         ///< the address is in executable memory
};
using FindCode = std::function<CodePlace(std::uint64_t address)>;

struct UnwoundFrame {
    std::uint64_t address = 0;  ///< of the next instruction
    std::uint64_t look_up = 0;  ///< of the call: the address that is in the function for certain
};

struct UnwoundStack {
    std::vector<UnwoundFrame> frames;  ///< innermost first; at least one
    StackEnd end = StackEnd::complete;
    bool by_frame_pointer = false;
};

[[nodiscard]] UnwoundStack unwind(const Registers& registers, const StackCopy& stack, const FindCode& find_code);

}  // namespace tsa
