// SPDX-License-Identifier: MIT
// What the names in an expression stand for. Who uses the parser says it: rows of a report (row_terms.h), or a whole
// report. An expression refers to a term by the number that its resolver gave it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsa {

/// How values of a term are written and compared.
enum class TermKind : std::uint8_t {
    number,       ///< 2, 0x7f00: IDs and counts
    share,        ///< 50, 50%: of the time that it is a part of; 10ms: of the interval
    duration,     ///< 10ms, 3s, 2m
    bytes,        ///< 4096, 64K, 1MiB
    bytes_per_s,  ///< the same, with or without "/s"
    per_s,        ///< 100, 100/s
    percent,      ///< 50, 50%
    text,         ///< = and != compare the whole text, ~ with a pattern
    flag,         ///< true or false; alone: true
};

struct Term {
    TermKind kind = TermKind::number;
    std::uint32_t id = 0;  ///< the resolver's number for it

    bool operator==(const Term&) const = default;
};

/// What a name means, or why nothing.
struct TermLookup {
    std::optional<Term> term;
    std::string problem{};                  ///< without a term; empty: there is no such name
    std::string hint{};                     ///< empty: the nearest of names()
    std::optional<std::size_t> argument{};  ///< the one that the problem is about; absent: the name
};

/// The names that an expression may use.
class TermResolver {
  public:
    virtual ~TermResolver() = default;
    /// Of `exec`, or of a function with its arguments: `cpu_wait(postgres)`. An argument is raw text.
    [[nodiscard]] virtual TermLookup resolve(std::string_view name,
                                             std::optional<std::span<const std::string>> arguments) = 0;
    /// All names, for completion and suggestions; those of functions end with a parenthesis: "cpu_wait(".
    [[nodiscard]] virtual std::vector<std::string_view> names() const = 0;
    /// The values that a name can have, for completion; empty: any.
    [[nodiscard]] virtual std::vector<std::string_view> values(std::string_view name) const {
        static_cast<void>(name);
        return {};
    }
};

/// The value of a term at the moment. Not measured is not zero: comparisons with it are neither true nor false. A text
/// that is absent is empty.
struct TermValue {
    bool present = false;
    double number = 0;      ///< percent of a share; nanoseconds of a duration; 0 or 1 of a flag
    double ns = 0;          ///< of a share
    std::string_view text;  ///< raw; valid until the next call
};

class TermValues {
  public:
    virtual ~TermValues() = default;
    [[nodiscard]] virtual TermValue value(const Term& term) const = 0;
};

}  // namespace tsa
