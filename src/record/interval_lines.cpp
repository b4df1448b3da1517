// SPDX-License-Identifier: MIT
// See interval_lines.h.
#include "record/interval_lines.h"

#include <optional>

#include "record/recorded_time.h"

namespace tsa {

namespace {

enum class TimeField : std::uint8_t { time_unix_ns };

}  // namespace

Result<std::unique_ptr<IntervalLines>> IntervalLines::open(const std::string& directory, RecordedTable table,
                                                           std::span<const LineColumn> columns) {
    const PerTable<FilesBySegment> found = TRY(list_table_files(directory));
    if (found[index(table)].empty()) {
        return std::unique_ptr<IntervalLines>();
    }
    auto lines = std::make_unique<IntervalLines>();
    for (const auto& [segment, file] : found[index(table)]) {
        lines->files_.push_back({TRY(open_table(file)), {}});
        TRY(lines->scan(static_cast<std::uint32_t>(lines->files_.size() - 1), columns));
    }
    return lines;
}

Result<void> IntervalLines::scan(std::uint32_t file, std::span<const LineColumn> columns) {
    LineReader& reader = files_[file].reader;
    LineSource& source = *files_[file].source.lines;
    std::string same_interval;  // how the lines of the current one begin
    Run* run = nullptr;
    std::uint64_t begin = 0;
    return read_lines(
        files_[file].source,
        [&](std::string_view header) -> Result<void> {
            reader = TRY(LineReader::create(header, columns));
            begin = source.offset();
            return {};
        },
        [&](std::string_view text) -> Result<void> {
            if (same_interval.empty() || !text.starts_with(same_interval)) {
                run = nullptr;
                same_interval.clear();
                const auto time = reader.split(text) ? reader.number_in<std::uint64_t>(TimeField::time_unix_ns)
                                                     : std::optional<std::uint64_t>();
                if (time && is_recorded_time(*time)) {
                    const auto [place, is_new] = runs_.try_emplace(*time, Run{file, begin, begin});
                    run = is_new || (place->second.file == file && place->second.end == begin) ? &place->second : run;
                    same_interval = reader.begins_with(TimeField::time_unix_ns) ? text.substr(0, text.find(',') + 1)
                                                                                : std::string_view();
                } else {
                    ++bad_lines_;
                }
            }
            begin = source.offset();
            if (run != nullptr) {
                run->end = begin;
            }
            return {};
        });
}

Result<void> IntervalLines::read(std::uint64_t time_unix_ns, const std::function<bool(const LineReader&)>& take) {
    const auto found = runs_.find(time_unix_ns);
    if (found == runs_.end()) {
        return {};
    }
    const Run& run = found->second;
    File& file = files_[run.file];
    LineSource& source = *file.source.lines;
    if (!source.seek(run.begin)) {
        return source.error();
    }
    std::string_view text;
    while (source.offset() < run.end) {
        if (source.next(text) != LineSource::Step::line) {
            return source.error().message.empty()
                       ? Error{"the recording was truncated after it was opened", "open it again", 0}
                       : source.error();
        }
        bad_lines_ += file.reader.split(text) && take(file.reader) ? 0 : 1;
    }
    return {};
}

}  // namespace tsa
