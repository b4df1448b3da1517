// SPDX-License-Identifier: MIT
// Which function an address is in: from an ELF file's symbol tables, or from the text of a perf map, which runtimes
// write for code that they make (/tmp/perf-PID.map). Both may be hostile: bounded, and never trusted.
#pragma once

#include <libelf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsa {

/// Per file; further ones are dropped and counted.
inline constexpr std::size_t kMaxSymbols = 1'000'000;

struct Symbol {
    std::string_view name;
    std::uint64_t offset = 0;  ///< of the address from the function's start
};

class SymbolTable {
  public:
    /// The functions of .symtab and .dynsym of a program, and of files that have more of its symbols. Names refer to
    /// the files' memory: valid as long as they are open.
    friend SymbolTable read_symbols(std::span<Elf* const> files);
    /// Lines "ADDRESS SIZE NAME", in hexadecimal. Where functions overlap, the last one of the file is meant: the
    /// memory was used again. Names refer to the text.
    friend SymbolTable read_perf_map(std::string_view text);

    /// Absent: the address is in none of them.
    [[nodiscard]] std::optional<Symbol> find(std::uint64_t address) const;
    [[nodiscard]] std::size_t size() const { return functions_.size(); }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    struct Function {
        std::uint64_t begin;
        std::uint64_t end;  ///< exclusive
        const char* name;
        std::uint32_t name_size;
        std::uint32_t rank;  ///< of several at one address the lowest has the name
    };
    void add_section(Elf* elf, Elf_Scn* section);
    void add(const Function& function);
    void sort();

    std::vector<Function> functions_;  // by address
    std::uint64_t dropped_ = 0;
};

[[nodiscard]] SymbolTable read_symbols(std::span<Elf* const> files);
[[nodiscard]] SymbolTable read_perf_map(std::string_view text);

/// "tsa::Loop::run()" of "_ZN3tsa4Loop3runEv": C++ and Rust; any other name as it is. At most kMaxNameBytes.
[[nodiscard]] std::string demangled(std::string_view name);
inline constexpr std::size_t kMaxNameBytes = 240;

}  // namespace tsa
