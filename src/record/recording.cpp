// SPDX-License-Identifier: MIT
// See recording.h. index.cpp finds and scans the files, player.cpp plays them.
#include "record/recording.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/text_file.h"
#include "record/file_names.h"
#include "record/neighbor_lines.h"
#include "record/recording_parts.h"
#include "record/waker_lines.h"
#include "record/writer.h"

namespace tsa {

namespace {

constexpr std::size_t kMaxMetaBytes = 16 << 20;

Result<RecordingMeta> decode_file(const std::string& path) {
    const std::string text = TRY(read_regular_file(path, kMaxMetaBytes));
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
        return Error{path + ": empty", "", 0};
    }
    Result<RecordingMeta> meta = decode_meta(text);
    return meta.ok() ? std::move(meta) : meta.error().in(path);
}

/// Fills parts.meta. A file that cannot be read costs what it would have said, not the recording.
Result<void> read_meta(RecordingParts& parts) {
    parts.meta.quiet_limit_ns = kQuietLimitNs;
    const std::string path = parts.directory + "/" + kMetaName;
    Result<RecordingMeta> meta = decode_file(path);
    if (!meta.ok()) {
        parts.remark(meta.error().message + ": host, command, filters and users are not known");
        return {};
    }
    if (Result<void> checked = check_schema(meta.value()); !checked.ok()) {
        return checked.error().in(path);
    }
    parts.meta = std::move(meta).value();
    parts.has_meta = true;
    if (parts.meta.quiet_limit_ns == 0) {
        parts.meta.quiet_limit_ns = kQuietLimitNs;
    }
    if (parts.meta.container) {
        parts.remark("recorded in a container: only its threads are in it");
    }
    if (!parts.meta.end) {
        parts.remark("meta.json has no end: the recording was interrupted or is still running");
    }
    return {};
}

/// For intervals without a line in system.csv: computes their sums from the rows, including quiet threads.
Result<void> sum_rows(Recording& recording, RecordingParts& parts) {
    Player player(recording);
    for (std::size_t i = 0; i < parts.places.size(); ++i) {
        if (parts.places[i].system.section != RowPlace::kNowhere) {
            continue;
        }
        Result<const Report*> report = player.seek(i);
        if (!report.ok()) {
            return report.error();
        }
        for (const StateInfo& state : state_table()) {
            parts.timeline[i].threads_in[index(state.state)] =
                static_cast<float>(report.value()->threads_in(state.state));
        }
    }
    return {};
}

}  // namespace

Recording::Recording(std::unique_ptr<RecordingParts> parts) : parts_(std::move(parts)) {}
Recording::~Recording() = default;

Result<std::unique_ptr<Recording>> Recording::open(const std::string& directory) {
    auto parts = std::make_unique<RecordingParts>();
    parts->directory = directory;
    struct stat status {};
    if (stat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
        const int why = errno;
        return system_error(directory, S_ISDIR(status.st_mode) || status.st_mode == 0 ? why : ENOTDIR,
                            "give the directory that rstat-tsa record -o created");
    }
    if (Result<void> read = read_meta(*parts); !read.ok()) {
        return read.error();
    }
    if (Result<void> indexed = index_recording(*parts); !indexed.ok()) {
        return indexed.error();
    }
    if (auto processes = RecordedProcesses::open(directory); processes.ok()) {
        parts->processes = std::move(processes).value();
        if (const std::uint64_t bad = parts->processes.bad_lines(); bad != 0) {
            parts->remark(fmt::format("processes.csv: {} lines are not valid and were skipped", bad));
        }
    } else {
        parts->remark(processes.error().text() + ": command lines and units are absent");
    }
    parts->wakers = TRY(IntervalLines::open(directory, RecordedTable::wakers, kWakerColumns));
    parts->neighbors = TRY(IntervalLines::open(directory, RecordedTable::neighbors, kNeighborColumns));
    RecordingParts& opened = *parts;
    std::unique_ptr<Recording> recording(new Recording(std::move(parts)));
    if (Result<void> summed = sum_rows(*recording, opened); !summed.ok()) {
        return summed.error();
    }
    return recording;
}

const RecordingMeta& Recording::meta() const {
    return parts_->meta;
}

const Timeline& Recording::timeline() const {
    return parts_->timeline;
}

Result<void> Recording::require_rows() const {
    if (!std::ranges::all_of(timeline(), &TimeSlice::missing)) {
        return {};
    }
    const std::string why = remarks().empty() ? std::string() : "; " + remarks().front();
    return Error{fmt::format("{}: no interval has all rows of its threads{}", parts_->directory, why),
                 "copy the files after the recording has ended; sort threads.csv by time_unix_ns", 0};
}

const std::vector<std::string>& Recording::remarks() const {
    return parts_->remarks;
}

}  // namespace tsa
