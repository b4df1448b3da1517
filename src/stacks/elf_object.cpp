// SPDX-License-Identifier: MIT
// See elf_object.h.
#include "stacks/elf_object.h"

#include <elfutils/libdwelf.h>
#include <gelf.h>

#include <utility>

#include "stacks/mini_debug.h"

namespace tsa {

namespace {

constexpr int kWidth = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;

Error elf_error(std::string_view what) {
    const char* message = elf_errmsg(-1);
    return Error{std::string(what) + ": " + (message != nullptr ? message : "not an ELF file"), "", 0};
}

bool is_native(Elf* elf) {
    return elf != nullptr && elf_kind(elf) == ELF_K_ELF && gelf_getclass(elf) == kWidth;
}

std::string build_id_of(Elf* elf) {
    const void* bytes = nullptr;
    const ssize_t count = dwelf_elf_gnu_build_id(elf, &bytes);
    return count > 0 ? std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(count)) : std::string();
}

}  // namespace

ElfObject::ElfObject(Fd file, std::unique_ptr<Elf, ElfEnd> elf)
    : file_(std::move(file)), elf_(std::move(elf)), eh_frame_(dwarf_getcfi_elf(elf_.get())) {}

Result<std::unique_ptr<ElfObject>> ElfObject::open(Fd file) {
    elf_version(EV_CURRENT);
    std::unique_ptr<Elf, ElfEnd> elf(elf_begin(file.get(), ELF_C_READ_MMAP, nullptr));
    if (!is_native(elf.get())) {
        return elf_error("read the file");
    }
    std::unique_ptr<ElfObject> object(new ElfObject(std::move(file), std::move(elf)));
    return object->read_segments() ? Result(std::move(object)) : elf_error("read the program headers");
}

Result<std::unique_ptr<ElfObject>> ElfObject::of_memory(std::span<char> image) {
    elf_version(EV_CURRENT);
    std::unique_ptr<Elf, ElfEnd> elf(elf_memory(image.data(), image.size()));
    if (!is_native(elf.get())) {
        return elf_error("read the image");
    }
    std::unique_ptr<ElfObject> object(new ElfObject(Fd(), std::move(elf)));
    return object->read_segments() ? Result(std::move(object)) : elf_error("read the program headers");
}

bool ElfObject::read_segments() {
    std::size_t count = 0;
    if (elf_getphdrnum(elf_.get(), &count) != 0) {
        return false;
    }
    for (std::size_t at = 0; at < count; ++at) {
        GElf_Phdr header;
        if (gelf_getphdr(elf_.get(), static_cast<int>(at), &header) != nullptr && header.p_type == PT_LOAD &&
            (header.p_flags & PF_X) != 0) {
            segments_.push_back({header.p_offset, header.p_vaddr, header.p_filesz});
        }
    }
    return !segments_.empty();
}

std::optional<std::uint64_t> ElfObject::address_of(std::uint64_t file_offset) const {
    for (const Segment& segment : segments_) {
        if (file_offset >= segment.offset && file_offset - segment.offset < segment.size) {
            return file_offset - segment.offset + segment.address;
        }
    }
    return std::nullopt;
}

FrameRules ElfObject::from(Dwarf_CFI* cfi, std::uint64_t address) const {
    Dwarf_Frame* frame = nullptr;
    return cfi != nullptr && dwarf_cfi_addrframe(cfi, address, &frame) == 0 ? FrameRules(frame) : nullptr;
}

/// Of programs without .eh_frame that are not stripped: Go's.
Dwarf_CFI* ElfObject::debug_frame() {
    if (!std::exchange(debug_frame_sought_, true)) {
        dwarf_.reset(dwarf_begin_elf(elf_.get(), DWARF_C_READ, nullptr));
        debug_frame_ = dwarf_ != nullptr ? dwarf_getcfi(dwarf_.get()) : nullptr;
    }
    return debug_frame_;
}

FrameRules ElfObject::rules_at(std::uint64_t address) {
    FrameRules rules = from(eh_frame_.get(), address);
    return rules != nullptr ? std::move(rules) : from(debug_frame(), address);
}

const SymbolTable& ElfObject::symbols() {
    if (symbols_) {
        return *symbols_;
    }
    std::vector<Elf*> files{elf_.get()};
    if (debug_elf_ != nullptr) {
        files.push_back(debug_elf_.get());
    } else if (!has_symbol_table() && (mini_debug_ = read_mini_debug(elf_.get()))) {
        mini_elf_.reset(elf_memory(mini_debug_->data(), mini_debug_->size()));
        if (is_native(mini_elf_.get())) {
            files.push_back(mini_elf_.get());
        }
    }
    symbols_ = read_symbols(files);
    return *symbols_;
}

std::string ElfObject::build_id() const {
    return build_id_of(elf_.get());
}

bool ElfObject::has_symbol_table() const {
    for (Elf_Scn* section = elf_nextscn(elf_.get(), nullptr); section != nullptr;
         section = elf_nextscn(elf_.get(), section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) != nullptr && header.sh_type == SHT_SYMTAB) {
            return true;
        }
    }
    return false;
}

bool ElfObject::add_symbols(Fd file) {
    std::unique_ptr<Elf, ElfEnd> elf(elf_begin(file.get(), ELF_C_READ_MMAP, nullptr));
    if (!is_native(elf.get()) || build_id().empty() || build_id_of(elf.get()) != build_id()) {
        return false;
    }
    symbols_.reset();  // its names are in the files that are replaced
    debug_elf_ = std::move(elf);
    debug_file_ = std::move(file);
    return true;
}

}  // namespace tsa
