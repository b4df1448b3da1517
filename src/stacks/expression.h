// SPDX-License-Identifier: MIT
// Evaluates the expressions of unwind tables (DWARF 5, section 2.5) over registers and copied memory. Pure; bounded by
// the length of the expression, since those that jump are refused.
#pragma once

#include <elfutils/libdw.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "tsa_stacks.h"

namespace tsa {

/// The registers of one function on a stack, by DWARF's numbers; what its callees did not save is absent.
using Registers = std::array<std::optional<std::uint64_t>, TSA_STACK_REGISTERS>;

/// A copied part of a stack.
struct StackCopy {
    std::uint64_t begin = 0;  ///< address of the first byte
    std::span<const std::uint8_t> bytes;

    /// The little-endian word of `size` bytes (at most 8) there; absent: not all of it was copied.
    [[nodiscard]] std::optional<std::uint64_t> read(std::uint64_t address, std::size_t size) const;
};

struct ExpressionResult {
    std::uint64_t value = 0;
    bool is_value = false;  ///< the value itself; else the address of where it is stored
};

/// Absent: an operation that is not supported, or data that is not there. `missing_address`, if not null, is set to the
/// address of the memory that was not copied.
[[nodiscard]] std::optional<ExpressionResult> evaluate(std::span<const Dwarf_Op> operations, const Registers& registers,
                                                       std::optional<std::uint64_t> cfa, const StackCopy& stack,
                                                       std::optional<std::uint64_t>* missing_address);

}  // namespace tsa
