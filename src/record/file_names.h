// SPDX-License-Identifier: MIT
// The names of a recording's files, for the code that writes and finds them: threads.csv, system.csv, processes.csv,
// by option also stacks.csv and waits.csv, wakers.csv, neighbors.csv; with a limit, threads-000012.csv and so on for
// each full segment; meta.json. Compressed files end in .zst. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsa {

inline constexpr const char* kMetaName = "meta.json";

enum class RecordedTable : std::uint8_t { threads, system, stacks, waits, processes, wakers, neighbors };
inline constexpr std::array kRecordedTables{RecordedTable::threads,  RecordedTable::system,    RecordedTable::stacks,
                                            RecordedTable::waits,    RecordedTable::processes, RecordedTable::wakers,
                                            RecordedTable::neighbors};
[[nodiscard]] constexpr std::size_t index(RecordedTable table) {
    return static_cast<std::size_t>(table);
}
template <class Value>
using PerTable = std::array<Value, kRecordedTables.size()>;

/// Stands for the segment being written, whose files have no number.
inline constexpr std::uint64_t kNewestSegment = UINT64_MAX;

struct TableFile {
    RecordedTable table = RecordedTable::threads;
    bool compressed = false;
    std::uint64_t segment = kNewestSegment;  ///< ascends
};

[[nodiscard]] std::string name_of(const TableFile& file);
/// The parts of a file name; absent if it is not a table of a recording.
[[nodiscard]] std::optional<TableFile> table_file(std::string_view name);
/// A table or meta.json.
[[nodiscard]] bool is_recording_file(std::string_view name);

}  // namespace tsa
