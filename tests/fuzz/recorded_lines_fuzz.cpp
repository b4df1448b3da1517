// SPDX-License-Identifier: MIT
// libFuzzer target for the files of a recording that are read line by line without another file: wakers.csv,
// neighbors.csv, processes.csv. The first byte chooses the file, the rest is its text. For any input a line is refused
// or has values that a reader can rely on. Seeds: tests/data/recorded_lines_fuzz; run by scripts/check fuzz.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "model/state.h"
#include "record/line_reader.h"
#include "record/neighbor_lines.h"
#include "record/process_lines.h"
#include "record/waker_lines.h"

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void check_wakers(const tsa::LineReader& reader) {
    const auto line = tsa::read_waker_line(reader);
    if (!line || line->kind == tsa::WakerLine::Kind::missed) {
        return;
    }
    require(tsa::index(line->wakeups.state) < tsa::kStateCount);
    require(tsa::is_recorded_time(line->wakeups.total_ns) && tsa::is_recorded_time(line->wakeups.longest_ns));
    require(line->kind != tsa::WakerLine::Kind::wakeups || line->last_unix_ns != 0);
}

void check_neighbors(const tsa::LineReader& reader) {
    if (const auto charge = tsa::read_neighbor_line(reader)) {
        require(tsa::is_recorded_time(charge->ns) && !charge->victim.empty() && !charge->culprit.empty());
    }
}

void check_processes(const tsa::LineReader& reader) {
    if (const auto line = tsa::read_process_line(reader)) {
        require(line->cmdline.size() <= reader[tsa::ProcessField::cmdline].size());
    }
}

struct RecordedFile {
    std::span<const tsa::LineColumn> columns;
    void (*check)(const tsa::LineReader& reader);
};
constexpr std::array<RecordedFile, 3> kFiles{{{tsa::kWakerColumns, check_wakers},
                                              {tsa::kNeighborColumns, check_neighbors},
                                              {tsa::kProcessCsvColumns, check_processes}}};

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
    if (size == 0) {
        return 0;
    }
    const RecordedFile& file = kFiles[data[0] % kFiles.size()];
    std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    auto reader = tsa::LineReader::create(take_line(text), file.columns);
    if (!reader.ok()) {
        require(!reader.error().message.empty());
        return 0;
    }
    while (!text.empty()) {
        if (reader.value().split(take_line(text))) {
            file.check(reader.value());
        }
    }
    return 0;
}
