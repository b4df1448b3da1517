// SPDX-License-Identifier: MIT
// The messages between this program and the process that reads foreign files (helper_process.h): one datagram each way.
// A request is a HelperRequest, its mappings and the copied stack; a file's descriptor goes with a request to load it.
// An answer is a HelperReply and its frames, each followed by its name.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tsa_stacks.h"

namespace tsa {

/// Files that the helper has open at a time.
inline constexpr std::uint32_t kHelperSlots = 256;
inline constexpr std::uint32_t kNoSlot = UINT32_MAX;
/// Of one request: files that a stack refers to.
inline constexpr std::size_t kMaxHelperMappings = 512;
inline constexpr std::size_t kMaxHelperMessage = 65536;

/// load_symbols: the debug file of the ELF file in that slot.
enum class HelperTask : std::uint32_t { load_elf, load_symbols, load_perf_map, unwind };

/// Of the longest build ID that is used: those of all linkers are at most 20, but a user may give one.
inline constexpr std::size_t kMaxBuildId = 32;

struct HelperRequest {
    HelperTask task = HelperTask::unwind;
    std::uint32_t slot = kNoSlot;  ///< to load into; unwind: that of the perf map
    std::uint32_t mappings = 0;
    std::uint32_t stack_bytes = 0;
    std::uint64_t stack_begin = 0;
    std::uint64_t registers[TSA_STACK_REGISTERS] = {};
};

struct HelperMapping {
    std::uint64_t begin = 0, end = 0, file_offset = 0;
    std::uint32_t slot = kNoSlot;  ///< of its file
    std::uint32_t is_vdso = 0;
};

struct HelperReply {
    std::uint64_t cpu_ns = 0;           ///< that the helper has used so far
    std::uint64_t symbols_dropped = 0;  ///< so far
    std::uint32_t frames = 0;
    std::uint8_t ok = 0;   ///< the file was loaded; the stack was unwound
    std::uint8_t end = 0;  ///< a StackEnd
    std::uint8_t by_frame_pointer = 0;
    // of a loaded ELF file
    std::uint8_t has_symbols = 0;     ///< a whole table of them
    std::uint8_t build_id_bytes = 0;  ///< 0: none
    std::uint8_t build_id[kMaxBuildId] = {};
    std::uint8_t pad[7] = {};
};
static_assert(sizeof(HelperReply) % 8 == 0);

struct HelperFrame {
    std::uint64_t address = 0;
    std::uint64_t offset = 0;  ///< as the symbols of its file count
    std::uint32_t mapping = kNoSlot;
    std::uint32_t name_bytes = 0;
};

template <class T>
concept Message = std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T>;

template <Message T>
void append(std::string& bytes, const T& value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

/// Takes a value off the front of a message; absent: the message is too short.
template <Message T>
[[nodiscard]] std::optional<T> take(std::string_view& bytes) {
    if (bytes.size() < sizeof(T)) {
        return std::nullopt;
    }
    T value;
    std::memcpy(static_cast<void*>(&value), bytes.data(), sizeof(T));
    bytes.remove_prefix(sizeof(T));
    return value;
}

[[nodiscard]] inline std::optional<std::string_view> take_bytes(std::string_view& bytes, std::size_t count) {
    if (bytes.size() < count) {
        return std::nullopt;
    }
    const std::string_view taken = bytes.substr(0, count);
    bytes.remove_prefix(count);
    return taken;
}

}  // namespace tsa
