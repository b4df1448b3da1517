// SPDX-License-Identifier: MIT
// See expression.h.
#include "stacks/expression.h"

#include <dwarf.h>

#include <cstring>

namespace tsa {

namespace {

constexpr std::size_t kMaxDepth = 32;

class Evaluator {
  public:
    Evaluator(const Registers& registers, std::optional<std::uint64_t> cfa, const StackCopy& stack,
              std::optional<std::uint64_t>* missing)
        : registers_(registers), cfa_(cfa), stack_(stack), missing_(missing) {}

    std::optional<ExpressionResult> run(std::span<const Dwarf_Op> operations);

  private:
    bool step(const Dwarf_Op& operation);
    bool push_constant(const Dwarf_Op& operation);
    bool rearrange(const Dwarf_Op& operation);
    bool combine(std::uint8_t atom);
    bool change(std::uint8_t atom, std::uint64_t operand);
    bool dereference(std::uint64_t size);
    bool push(std::optional<std::uint64_t> value);
    std::optional<std::uint64_t> pop();
    [[nodiscard]] std::optional<std::uint64_t> at_register(std::uint64_t number) const {
        return number < registers_.size() ? registers_[number] : std::nullopt;
    }

    const Registers& registers_;
    std::optional<std::uint64_t> cfa_;
    const StackCopy& stack_;
    std::optional<std::uint64_t>* missing_;
    std::array<std::uint64_t, kMaxDepth> values_{};
    std::size_t depth_ = 0;
    bool is_value_ = false;
};

bool Evaluator::push(std::optional<std::uint64_t> value) {
    if (!value || depth_ == kMaxDepth) {
        return false;
    }
    values_[depth_++] = *value;
    return true;
}

std::optional<std::uint64_t> Evaluator::pop() {
    return depth_ > 0 ? std::optional(values_[--depth_]) : std::nullopt;
}

bool Evaluator::dereference(std::uint64_t size) {
    const auto address = pop();
    if (!address || size == 0 || size > sizeof(std::uint64_t)) {
        return false;
    }
    const auto word = stack_.read(*address, size);
    if (!word && missing_ != nullptr) {
        *missing_ = *address;
    }
    return push(word);
}

bool Evaluator::push_constant(const Dwarf_Op& operation) {
    const std::uint8_t atom = operation.atom;
    if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31) {
        return push(atom - DW_OP_lit0);
    }
    if (atom >= DW_OP_const1u && atom <= DW_OP_consts) {
        return push(operation.number);  // libdw has extended the sign
    }
    if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31) {
        const auto base = at_register(atom - DW_OP_breg0);
        return push(base ? std::optional(*base + operation.number) : std::nullopt);
    }
    if (atom == DW_OP_bregx) {
        const auto base = at_register(operation.number);
        return push(base ? std::optional(*base + operation.number2) : std::nullopt);
    }
    if (atom >= DW_OP_reg0 && atom <= DW_OP_reg31) {
        is_value_ = true;
        return push(at_register(atom - DW_OP_reg0));
    }
    if (atom == DW_OP_regx) {
        is_value_ = true;
        return push(at_register(operation.number));
    }
    return atom == DW_OP_call_frame_cfa && push(cfa_);
}

bool Evaluator::rearrange(const Dwarf_Op& operation) {
    const auto from_top = [&](std::uint64_t nth) {
        return nth < depth_ ? std::optional(values_[depth_ - 1 - nth]) : std::nullopt;
    };
    switch (operation.atom) {
        case DW_OP_dup:
            return push(from_top(0));
        case DW_OP_over:
            return push(from_top(1));
        case DW_OP_pick:
            return push(from_top(operation.number));
        case DW_OP_drop:
            return pop().has_value();
        case DW_OP_swap:
            if (depth_ < 2) {
                return false;
            }
            std::swap(values_[depth_ - 1], values_[depth_ - 2]);
            return true;
        default:
            return false;
    }
}

bool Evaluator::combine(std::uint8_t atom) {
    const auto right = pop();
    const auto left = pop();
    if (!left || !right) {
        return false;
    }
    const auto signed_left = static_cast<std::int64_t>(*left);
    const auto signed_right = static_cast<std::int64_t>(*right);
    constexpr std::uint64_t kBits = 64;
    switch (atom) {
        case DW_OP_plus:
            return push(*left + *right);
        case DW_OP_minus:
            return push(*left - *right);
        case DW_OP_mul:
            return push(*left * *right);
        case DW_OP_and:
            return push(*left & *right);
        case DW_OP_or:
            return push(*left | *right);
        case DW_OP_xor:
            return push(*left ^ *right);
        case DW_OP_shl:
            return push(*right < kBits ? *left << *right : 0);
        case DW_OP_shr:
            return push(*right < kBits ? *left >> *right : 0);
        case DW_OP_eq:
            return push(*left == *right ? 1 : 0);
        case DW_OP_ne:
            return push(*left != *right ? 1 : 0);
        case DW_OP_ge:
            return push(signed_left >= signed_right ? 1 : 0);
        case DW_OP_gt:
            return push(signed_left > signed_right ? 1 : 0);
        case DW_OP_le:
            return push(signed_left <= signed_right ? 1 : 0);
        case DW_OP_lt:
            return push(signed_left < signed_right ? 1 : 0);
        default:
            return false;
    }
}

bool Evaluator::change(std::uint8_t atom, std::uint64_t operand) {
    const auto value = pop();
    if (!value) {
        return false;
    }
    switch (atom) {
        case DW_OP_plus_uconst:
            return push(*value + operand);
        case DW_OP_neg:
            return push(0 - *value);
        case DW_OP_not:
            return push(~*value);
        default:
            return false;
    }
}

bool Evaluator::step(const Dwarf_Op& operation) {
    switch (operation.atom) {
        case DW_OP_nop:
            return true;
        case DW_OP_stack_value:
            is_value_ = true;
            return true;
        case DW_OP_deref:
            return dereference(sizeof(std::uint64_t));
        case DW_OP_deref_size:
            return dereference(operation.number);
        case DW_OP_dup:
        case DW_OP_over:
        case DW_OP_pick:
        case DW_OP_drop:
        case DW_OP_swap:
            return rearrange(operation);
        case DW_OP_plus_uconst:
        case DW_OP_neg:
        case DW_OP_not:
            return change(operation.atom, operation.number);
        default:
            break;
    }
    const bool is_binary = (operation.atom >= DW_OP_and && operation.atom <= DW_OP_xor) ||
                           (operation.atom >= DW_OP_eq && operation.atom <= DW_OP_ne);
    return is_binary ? combine(operation.atom) : push_constant(operation);
}

std::optional<ExpressionResult> Evaluator::run(std::span<const Dwarf_Op> operations) {
    for (const Dwarf_Op& operation : operations) {
        if (!step(operation)) {
            return std::nullopt;
        }
    }
    const auto result = pop();
    return result ? std::optional(ExpressionResult{*result, is_value_}) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> StackCopy::read(std::uint64_t address, std::size_t size) const {
    const std::uint64_t at = address - begin;
    if (address < begin || at >= bytes.size() || bytes.size() - at < size) {
        return std::nullopt;
    }
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, size);
    return word;
}

std::optional<ExpressionResult> evaluate(std::span<const Dwarf_Op> operations, const Registers& registers,
                                         std::optional<std::uint64_t> cfa, const StackCopy& stack,
                                         std::optional<std::uint64_t>* missing_address) {
    return Evaluator(registers, cfa, stack, missing_address).run(operations);
}

}  // namespace tsa
