// See recording.h. index.cpp finds and scans the files, player.cpp plays them.
#include "record/recording.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/text_file.h"
#include "record/file_names.h"
#include "record/recording_parts.h"
#include "record/writer.h"

namespace tsa {

namespace {

constexpr std::size_t kMaxMetaBytes = 16 << 20;

Result<void> read_meta(RecordingParts& parts) {
    parts.meta.quiet_limit_ns = kQuietLimitNs;
    const std::string path = parts.directory + "/" + kMetaName;
    const std::optional<std::string> text = read_text_file(path, kMaxMetaBytes);
    if (!text) {
        parts.remark("no readable meta.json: host, command and users are unknown");
        return {};
    }
    Result<RecordingMeta> meta = decode_meta(*text);
    if (!meta.ok()) {
        return meta.error().in(path);
    }
    parts.meta = std::move(meta).value();
    if (parts.meta.quiet_limit_ns == 0) {
        parts.meta.quiet_limit_ns = kQuietLimitNs;
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

const std::vector<std::string>& Recording::remarks() const {
    return parts_->remarks;
}

}  // namespace tsa
