// The names of a recording's files, for who writes and who finds them: threads.csv beside system.csv, of a limit's full
// segments threads-000012.csv and system-000012.csv, with .zst behind it when compressed, and meta.json. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsa {

inline constexpr const char* kMetaName = "meta.json";

enum class RecordedTable : std::uint8_t { threads, system };
/// In place of a number: the segment that is written to, whose files have none.
inline constexpr std::uint64_t kNewestSegment = UINT64_MAX;

struct TableFile {
    RecordedTable table = RecordedTable::threads;
    bool compressed = false;
    std::uint64_t segment = kNewestSegment;  ///< ascends
};

[[nodiscard]] std::string name_of(const TableFile& file);
/// The file that has this name, taken apart; absent: it is no table of a recording.
[[nodiscard]] std::optional<TableFile> table_file(std::string_view name);
/// A table or meta.json.
[[nodiscard]] bool is_recording_file(std::string_view name);

}  // namespace tsa
