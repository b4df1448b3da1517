// SPDX-License-Identifier: MIT
// An ELF file as unwinding needs it: which address of its symbols a byte of the file has, its unwind tables, and its
// symbols. The file may be hostile: used only in the process without privileges (helper_process.h) and in tests.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "stacks/symbols.h"

namespace tsa {

struct ElfEnd {
    void operator()(Elf* elf) const { elf_end(elf); }
};
struct CfiEnd {
    void operator()(Dwarf_CFI* cfi) const { dwarf_cfi_end(cfi); }
};
struct DwarfEnd {
    void operator()(Dwarf* dwarf) const { dwarf_end(dwarf); }
};
struct FrameFree {
    void operator()(Dwarf_Frame* frame) const { std::free(frame); }
};
using FrameRules = std::unique_ptr<Dwarf_Frame, FrameFree>;

class ElfObject {
  public:
    /// Of an open file, which is kept. Error: not an ELF file of this machine's width.
    static Result<std::unique_ptr<ElfObject>> open(Fd file);
    /// Of an image in memory, which must outlive it: the vDSO.
    static Result<std::unique_ptr<ElfObject>> of_memory(std::span<char> image);

    /// The address, as symbols count, of the byte at that offset of the file. Absent: it is not loaded.
    [[nodiscard]] std::optional<std::uint64_t> address_of(std::uint64_t file_offset) const;

    /// How to find the caller of the function at `address`. Null: there is no table for it.
    [[nodiscard]] FrameRules rules_at(std::uint64_t address);

    /// Read when it is first asked for. With those of .gnu_debugdata, if the file has no symbol table.
    [[nodiscard]] const SymbolTable& symbols();
    /// Names the file's build; empty: it has no build ID.
    [[nodiscard]] std::string build_id() const;
    /// False: it was stripped of its symbols, but for those that other objects may call.
    [[nodiscard]] bool has_symbol_table() const;
    /// Takes symbols from the debug file of this build, too, which is kept open. False: it is not that file.
    bool add_symbols(Fd file);

  private:
    struct Segment {
        std::uint64_t offset, address, size;
    };

    ElfObject(Fd file, std::unique_ptr<Elf, ElfEnd> elf);
    bool read_segments();
    [[nodiscard]] FrameRules from(Dwarf_CFI* cfi, std::uint64_t address) const;
    Dwarf_CFI* debug_frame();

    Fd file_;
    std::unique_ptr<Elf, ElfEnd> elf_;
    std::vector<Segment> segments_;
    std::unique_ptr<Dwarf_CFI, CfiEnd> eh_frame_;
    std::unique_ptr<Dwarf, DwarfEnd> dwarf_;
    Dwarf_CFI* debug_frame_ = nullptr;  // of dwarf_
    bool debug_frame_sought_ = false;
    std::optional<SymbolTable> symbols_;
    // More of its symbols.
    Fd debug_file_;
    std::unique_ptr<Elf, ElfEnd> debug_elf_;
    std::optional<std::vector<char>> mini_debug_;
    std::unique_ptr<Elf, ElfEnd> mini_elf_;
};

}  // namespace tsa
