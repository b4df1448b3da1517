// SPDX-License-Identifier: MIT
// See symbols.h.
#include "stacks/symbols.h"

#include <cxxabi.h>
#include <gelf.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <memory>
#include <tuple>

#include "base/scan.h"

// Else libiberty declares another basename() than the C library.
#define HAVE_DECL_BASENAME 1
#include <libiberty/demangle.h>

namespace tsa {

namespace {

/// Longer ones are not demangled: the demangler's time and memory grow with them.
constexpr std::size_t kMaxMangledBytes = 1024;
constexpr int kMaxNested = 8;

/// Global before weak before local names, those without underscores first: "nanosleep", not "__nanosleep".
std::uint32_t rank_of(const GElf_Sym& symbol, std::string_view name) {
    const int binding = GELF_ST_BIND(symbol.st_info);
    const std::uint32_t by_binding = binding == STB_GLOBAL ? 0 : binding == STB_WEAK ? 1 : 2;
    const std::size_t underscores = std::min(name.find_first_not_of('_'), name.size());
    return by_binding + 4 * static_cast<std::uint32_t>(std::min<std::size_t>(underscores, 8));
}

bool is_function(const GElf_Sym& symbol) {
    const int type = GELF_ST_TYPE(symbol.st_info);
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol.st_shndx != SHN_UNDEF && symbol.st_size != 0 &&
           symbol.st_value + symbol.st_size > symbol.st_value;
}

/// Cut so that no character is incomplete.
std::string_view shortened(std::string_view name) {
    if (name.size() <= kMaxNameBytes) {
        return name;
    }
    std::size_t end = kMaxNameBytes;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return name.substr(0, end);
}

struct Free {
    void operator()(char* text) const { std::free(text); }
};
using Demangled = std::unique_ptr<char, Free>;

/// Both forms of Rust's names: "_RNv...", and C++'s form with a hash at the end. Null: neither.
Demangled rust_name(const std::string& mangled) {
    // A part of a name may refer to an earlier part, which may do the same: each of them multiplies the output.
    constexpr std::ptrdiff_t kMaxReferences = 24;
    const bool is_bounded = !mangled.starts_with("_R") || std::ranges::count(mangled, 'B') <= kMaxReferences;
    return Demangled(is_bounded ? ::rust_demangle(mangled.c_str(), DMGL_NO_OPTS) : nullptr);
}

Demangled cpp_name(const std::string& mangled) {
    int status = 0;
    Demangled name(abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status));
    return status == 0 ? std::move(name) : nullptr;
}

}  // namespace

void SymbolTable::add(const Function& function) {
    if (functions_.size() == kMaxSymbols) {
        ++dropped_;
        return;
    }
    functions_.push_back(function);
}

void SymbolTable::add_section(Elf* elf, Elf_Scn* section) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_entsize == 0 ||
        (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM)) {
        return;
    }
    Elf_Data* data = elf_getdata(section, nullptr);
    const std::size_t count = data != nullptr ? data->d_size / header.sh_entsize : 0;
    for (std::size_t at = 0; at < count; ++at) {
        GElf_Sym symbol;
        if (gelf_getsym(data, static_cast<int>(at), &symbol) == nullptr || !is_function(symbol)) {
            continue;
        }
        const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
        if (name != nullptr && *name != '\0') {
            const auto size = static_cast<std::uint32_t>(std::strlen(name));
            add({symbol.st_value, symbol.st_value + symbol.st_size, name, size, rank_of(symbol, name)});
        }
    }
}

void SymbolTable::sort() {
    std::ranges::stable_sort(functions_, {},
                             [](const Function& one) { return std::tuple(one.begin, one.rank, one.name_size); });
    const auto same = [](const Function& one, const Function& other) { return one.begin == other.begin; };
    functions_.erase(std::unique(functions_.begin(), functions_.end(), same), functions_.end());
    functions_.shrink_to_fit();
}

std::optional<Symbol> SymbolTable::find(std::uint64_t address) const {
    auto at = std::ranges::upper_bound(functions_, address, {}, &Function::begin);
    // One may have others inside it.
    for (int tries = 0; tries < kMaxNested && at != functions_.begin(); ++tries) {
        --at;
        if (address < at->end) {
            return Symbol{{at->name, at->name_size}, address - at->begin};
        }
    }
    return std::nullopt;
}

SymbolTable read_symbols(std::span<Elf* const> files) {
    SymbolTable table;
    for (Elf* elf : files) {
        for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section)) {
            table.add_section(elf, section);
        }
    }
    table.sort();
    return table;
}

SymbolTable read_perf_map(std::string_view text) {
    SymbolTable table;
    std::map<std::uint64_t, SymbolTable::Function> functions;
    while (auto line = next_line(text)) {
        const auto begin = hexadecimal<std::uint64_t>(next_field(*line));
        const auto size = hexadecimal<std::uint64_t>(next_field(*line));
        const std::size_t name_at = line->find_first_not_of(' ');
        if (!begin || !size || *size == 0 || *begin + *size < *begin || name_at == std::string_view::npos) {
            continue;
        }
        if (functions.size() == kMaxSymbols) {
            ++table.dropped_;
            continue;
        }
        const std::uint64_t end = *begin + *size;
        const std::string_view name = shortened(line->substr(name_at));
        functions.erase(functions.lower_bound(*begin), functions.lower_bound(end));
        const auto next =
            functions.insert({*begin, {*begin, end, name.data(), static_cast<std::uint32_t>(name.size()), 0}}).first;
        if (next != functions.begin()) {
            std::uint64_t& end_before = std::prev(next)->second.end;
            end_before = std::min(end_before, *begin);
        }
    }
    table.functions_.reserve(functions.size());
    for (const auto& [begin, function] : functions) {
        table.functions_.push_back(function);
    }
    return table;
}

std::string demangled(std::string_view name) {
    if (name.size() > kMaxMangledBytes || !(name.starts_with("_Z") || name.starts_with("_R"))) {
        return std::string(shortened(name));
    }
    const std::string mangled(name);
    Demangled plain = rust_name(mangled);
    plain = plain != nullptr ? std::move(plain) : cpp_name(mangled);
    return std::string(shortened(plain != nullptr ? plain.get() : name));
}

}  // namespace tsa
