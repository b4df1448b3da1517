// SPDX-License-Identifier: MIT
// See python_gil.h.
#include "sched/python_gil.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <memory>

#include "base/fd.h"
#include "base/scan.h"
#include "base/text_file.h"

namespace tsa {

namespace {

constexpr std::size_t kMapsBytes = 4U << 20U;
constexpr std::string_view kRuntime = "_PyRuntime";

struct ElfEnd {
    void operator()(Elf* elf) const { elf_end(elf); }
};
using ElfFile = std::unique_ptr<Elf, ElfEnd>;

/// Of "08:02", as in /proc/PID/maps.
std::optional<std::uint64_t> device_number(std::string_view text) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const auto major = hexadecimal<std::uint64_t>(text.substr(0, colon));
    const auto minor = colon < text.size() ? hexadecimal<std::uint64_t>(text.substr(colon + 1)) : std::nullopt;
    if (!major || !minor) {
        return std::nullopt;
    }
    return makedev(static_cast<unsigned>(*major), static_cast<unsigned>(*minor));
}

/// Of a line of /proc/PID/maps: "7f2c-7f2d r--p 00000000 08:02 173521   /usr/lib/libpython3.11.so.1.0".
std::optional<MappedFile> first_mapping(std::string_view line) {
    const std::string_view addresses = next_field(line);
    [[maybe_unused]] const std::string_view permissions = next_field(line);
    const auto offset = hexadecimal<std::uint64_t>(next_field(line));
    const auto device = device_number(next_field(line));
    const auto inode = number<std::uint64_t>(next_field(line));
    const auto begin = hexadecimal<std::uint64_t>(addresses.substr(0, addresses.find('-')));
    const std::size_t path_at = line.find_first_not_of(' ');
    if (!begin || !offset || *offset != 0 || !device || !inode || path_at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view path = line.substr(path_at);
    const std::string_view name = path.substr(path.rfind('/') + 1);
    if (!path.starts_with('/') || path.ends_with(" (deleted)") || name.find("python") == std::string_view::npos) {
        return std::nullopt;
    }
    return MappedFile{*begin, *device, *inode, std::string(path)};
}

/// The address at which the file's first byte would be if the file were at the addresses that it was linked for.
std::optional<std::uint64_t> linked_begin(Elf* elf) {
    std::size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0) {
        return std::nullopt;
    }
    for (std::size_t at = 0; at < count; ++at) {
        GElf_Phdr header;
        if (gelf_getphdr(elf, static_cast<int>(at), &header) != nullptr && header.p_type == PT_LOAD) {
            return header.p_vaddr - header.p_offset;
        }
    }
    return std::nullopt;
}

std::optional<GElf_Sym> find_symbol(Elf* elf, std::string_view name) {
    for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_DYNSYM || header.sh_entsize == 0) {
            continue;
        }
        Elf_Data* data = elf_getdata(section, nullptr);
        const std::size_t symbols = data != nullptr ? header.sh_size / header.sh_entsize : 0;
        for (std::size_t at = 0; at < symbols; ++at) {
            GElf_Sym symbol;
            if (gelf_getsym(data, static_cast<int>(at), &symbol) == nullptr || symbol.st_shndx == SHN_UNDEF) {
                continue;
            }
            const char* found = elf_strptr(elf, header.sh_link, symbol.st_name);
            if (found != nullptr && name == found) {
                return symbol;
            }
        }
    }
    return std::nullopt;
}

/// Through the root directory of the process or, if that is not permitted, by the path here: then it must be the same
/// file.
Fd open_mapped(std::uint32_t tgid, const MappedFile& file) {
    for (const std::string& path : {fmt::format("/proc/{}/root{}", tgid, file.path), file.path}) {
        Fd opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        struct stat status {};
        if (opened.valid() && ::fstat(opened.get(), &status) == 0 && S_ISREG(status.st_mode) &&
            status.st_ino == file.inode && status.st_dev == file.device) {
            return opened;
        }
    }
    return {};
}

}  // namespace

std::vector<MappedFile> mapped_pythons(std::string_view maps) {
    std::vector<MappedFile> files;
    while (const auto line = next_line(maps)) {
        std::optional<MappedFile> file = first_mapping(*line);
        if (file && std::ranges::find(files, file->path, &MappedFile::path) == files.end()) {
            files.push_back(std::move(*file));
        }
    }
    return files;
}

std::optional<AddressRange> dynamic_symbol(int file, std::string_view name, std::uint64_t file_begin) {
    if (elf_version(EV_CURRENT) == EV_NONE) {
        return std::nullopt;
    }
    const ElfFile elf(elf_begin(file, ELF_C_READ, nullptr));
    if (elf == nullptr || elf_kind(elf.get()) != ELF_K_ELF) {
        return std::nullopt;
    }
    const auto linked = linked_begin(elf.get());
    const auto symbol = linked ? find_symbol(elf.get(), name) : std::nullopt;
    if (!symbol || symbol->st_size == 0) {
        return std::nullopt;
    }
    const std::uint64_t begin = symbol->st_value - *linked + file_begin;
    return AddressRange{begin, begin + symbol->st_size};
}

std::optional<AddressRange> python_runtime(std::uint32_t tgid) {
    const auto maps = read_text_file(fmt::format("/proc/{}/maps", tgid), kMapsBytes);
    if (!maps) {
        return std::nullopt;
    }
    for (const MappedFile& file : mapped_pythons(*maps)) {
        const Fd opened = open_mapped(tgid, file);
        if (opened.valid()) {
            if (const auto range = dynamic_symbol(opened.get(), kRuntime, file.begin)) {
                return range;
            }
        }
    }
    return std::nullopt;
}

}  // namespace tsa
