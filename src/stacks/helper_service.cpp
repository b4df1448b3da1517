// SPDX-License-Identifier: MIT
// See helper_service.h.
#include "stacks/helper_service.h"

#include <link.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace tsa {

namespace {

constexpr std::size_t kMaxPerfMapBytes = 32U << 20U;

std::string read_all(const Fd& file) {
    constexpr std::size_t kPiece = 65536;
    std::string text;
    while (text.size() < kMaxPerfMapBytes) {
        const std::size_t before = text.size();
        text.resize(before + kPiece);
        const ssize_t got = ::pread(file.get(), text.data() + before, kPiece, static_cast<off_t>(before));
        text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got <= 0) {
            break;
        }
    }
    return text;
}

/// Its section headers are last.
std::span<char> own_vdso() {
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    auto* image = reinterpret_cast<char*>(::getauxval(AT_SYSINFO_EHDR));
    if (image == nullptr) {
        return {};
    }
    const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(image);
    return {image, header->e_shoff + std::size_t{header->e_shnum} * header->e_shentsize};
}

Registers registers_of(const HelperRequest& request) {
    Registers registers;
    std::ranges::copy(request.registers, registers.begin());
    return registers;
}

/// Absent: there are fewer, or more than a request may have.
std::optional<std::vector<HelperMapping>> take_mappings(std::string_view& bytes, std::uint32_t count) {
    std::vector<HelperMapping> mappings;
    for (std::uint32_t at = 0; at < count; ++at) {
        const auto mapping = take<HelperMapping>(bytes);
        if (!mapping || at == kMaxHelperMappings) {
            return std::nullopt;
        }
        mappings.push_back(*mapping);
    }
    return mappings;
}

std::uint32_t mapping_index(std::span<const HelperMapping> mappings, std::uint64_t address) {
    const auto found = std::ranges::find_if(
        mappings, [&](const HelperMapping& one) { return address >= one.begin && address < one.end; });
    return found != mappings.end() ? static_cast<std::uint32_t>(found - mappings.begin()) : kNoSlot;
}

/// The address within the mapping's file: as its symbols count or, if that is not known, as a byte of the file.
std::uint64_t offset_in(const ElfObject* object, const HelperMapping& mapping, std::uint64_t address) {
    const std::uint64_t in_file = address - mapping.begin + mapping.file_offset;
    return object != nullptr ? object->address_of(in_file).value_or(in_file) : in_file;
}

}  // namespace

bool HelperService::load_elf(Slot& slot, Fd file, HelperReply& reply) {
    auto object = ElfObject::open(std::move(file));
    slot.object = object.ok() ? std::move(object).value() : nullptr;
    if (slot.object == nullptr) {
        return false;
    }
    reply.has_symbols = slot.object->has_symbol_table() ? 1 : 0;
    const std::string build_id = slot.object->build_id();
    if (build_id.size() <= kMaxBuildId) {
        reply.build_id_bytes = static_cast<std::uint8_t>(build_id.size());
        std::ranges::copy(build_id, reply.build_id);
    }
    return true;
}

bool HelperService::load(const HelperRequest& request, Fd file, HelperReply& reply) {
    if (request.slot >= kHelperSlots || !file.valid()) {
        return false;
    }
    Slot& slot = slots_[request.slot];
    if (request.task == HelperTask::load_symbols) {
        return slot.object != nullptr && slot.object->add_symbols(std::move(file));
    }
    slot = {};
    if (request.task == HelperTask::load_perf_map) {
        slot.perf_map = std::make_unique<PerfMap>();
        slot.perf_map->text = read_all(file);
        slot.perf_map->symbols = read_perf_map(slot.perf_map->text);
        symbols_dropped_ += slot.perf_map->symbols.dropped();
        return true;
    }
    return load_elf(slot, std::move(file), reply);
}

/// This process's own: the kernel has one for all of its width.
ElfObject* HelperService::vdso() {
    if (!std::exchange(vdso_sought_, true)) {
        const std::span<char> image = own_vdso();
        auto object = !image.empty() ? ElfObject::of_memory(image) : Error{};
        vdso_ = object.ok() ? std::move(object).value() : nullptr;
    }
    return vdso_.get();
}

ElfObject* HelperService::object_of(const HelperMapping& mapping) {
    if (mapping.is_vdso != 0) {
        return vdso();
    }
    return mapping.slot < kHelperSlots ? slots_[mapping.slot].object.get() : nullptr;
}

std::string HelperService::name_of(const CodePlace& place, const PerfMap* perf_map, std::uint64_t address) {
    std::optional<Symbol> symbol;
    if (place.object != nullptr) {
        symbol = place.object->symbols().find(place.address);
    } else if (perf_map != nullptr) {
        symbol = perf_map->symbols.find(address);
    }
    return symbol ? demangled(symbol->name) : std::string();
}

CodePlace HelperService::place_of(std::span<const HelperMapping> mappings, std::uint64_t address) {
    const std::uint32_t at = mapping_index(mappings, address);
    if (at == kNoSlot) {
        return {};
    }
    ElfObject* object = object_of(mappings[at]);
    return CodePlace{object, offset_in(object, mappings[at], address), true};
}

void HelperService::put_frame(const UnwoundFrame& frame, std::span<const HelperMapping> mappings,
                              const PerfMap* perf_map, std::string& out) {
    const CodePlace place = place_of(mappings, frame.look_up);
    const std::string name = name_of(place, perf_map, frame.look_up);
    HelperFrame head;
    head.address = frame.address;
    head.offset = place.is_code ? place.address + (frame.address - frame.look_up) : frame.address;
    head.mapping = mapping_index(mappings, frame.look_up);
    head.name_bytes = static_cast<std::uint32_t>(name.size());
    append(out, head);
    out += name;
}

bool HelperService::unwind_into(const HelperRequest& request, std::string_view rest, HelperReply& reply,
                                std::string& frames) {
    const auto mappings = take_mappings(rest, request.mappings);
    const auto bytes = take_bytes(rest, request.stack_bytes);
    if (!mappings || !bytes) {
        return false;
    }
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes->data());
    const StackCopy copy{request.stack_begin, {data, bytes->size()}};
    const UnwoundStack stack =
        unwind(registers_of(request), copy, [&](std::uint64_t address) { return place_of(*mappings, address); });
    const PerfMap* perf_map = request.slot < kHelperSlots ? slots_[request.slot].perf_map.get() : nullptr;
    for (const UnwoundFrame& frame : stack.frames) {
        put_frame(frame, *mappings, perf_map, frames);
    }
    reply.frames = static_cast<std::uint32_t>(stack.frames.size());
    reply.end = static_cast<std::uint8_t>(stack.end);
    reply.by_frame_pointer = stack.by_frame_pointer ? 1 : 0;
    return true;
}

std::string HelperService::answer(std::string_view message, Fd file) {
    HelperReply reply;
    std::string frames;
    if (const auto request = take<HelperRequest>(message)) {
        reply.ok = request->task == HelperTask::unwind ? unwind_into(*request, message, reply, frames)
                                                       : load(*request, std::move(file), reply);
    }
    reply.cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    reply.symbols_dropped = symbols_dropped_;
    std::string out;
    append(out, reply);
    return out + frames;
}

}  // namespace tsa
