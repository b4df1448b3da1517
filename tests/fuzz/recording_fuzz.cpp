// SPDX-License-Identifier: MIT
// libFuzzer target for reading recordings: bytes as threads.csv, system.csv and meta.json, plain or compressed, and
// threads.csv put together with itself. For any input, opening and playing finishes without a file error, each row's
// states sum to its wall time, time never goes back, and nothing is summed twice or where it was not recorded. Seeds:
// tests/data/recording_fuzz; run by scripts/check fuzz.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>

#include "record/recording.h"

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

/// A directory in memory for this process, with the files of one recording.
class Folder {
  public:
    Folder() {
        std::string pattern = "/dev/shm/tsa_fuzz_XXXXXX";
        require(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        clear();
        ::rmdir(path_.c_str());
    }
    void put(const char* name, std::string_view text) const {
        const int file = ::open((path_ + "/" + name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        require(file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        ::close(file);
    }
    void clear() const {
        for (const char* name : kNames) {
            ::unlink((path_ + "/" + name).c_str());
        }
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    static constexpr std::array kNames{"threads.csv", "system.csv", "threads.csv.zst", "meta.json"};
    std::string path_;
};

void check(const tsa::Report& report) {
    for (const auto* rows : {&report.threads, &report.exited}) {
        for (const tsa::ThreadRow& row : *rows) {
            require(row.now != nullptr && row.process < report.processes.size());
            require(std::accumulate(row.state_ns.begin(), row.state_ns.end(), std::uint64_t{0}) == row.wall_ns);
        }
    }
}

void check(const tsa::Timeline& timeline) {
    for (std::size_t i = 1; i < timeline.size(); ++i) {
        const tsa::TimeSlice& before = timeline[i - 1];
        const tsa::TimeSlice& slice = timeline[i];
        require(before.time_unix_ns <= slice.time_unix_ns && before.now_ns <= slice.now_ns);
        require(!before.missing || !slice.follows);
    }
}

/// Number of intervals; 0: it cannot be opened.
std::size_t play(const std::string& path) {
    const auto opened = tsa::Recording::open(path);
    if (!opened.ok()) {
        require(!opened.error().message.empty());
        return 0;
    }
    tsa::Recording& recording = *opened.value();
    require(recording.intervals() != 0 && recording.remarks().size() <= 21);
    check(recording.timeline());
    tsa::Player player(recording, tsa::Player::WallClock::straight);
    for (std::size_t i = 0; i < recording.intervals(); ++i) {
        const auto report = player.seek(i);
        require(report.ok());
        check(*report.value());
        require(!recording.timeline()[i].missing ||
                report.value()->threads.size() + report.value()->exited.size() == 0);
        require(report.value()->time_unix_ns == recording.timeline()[i].time_unix_ns);
    }
    // Backward, which starts over at an earlier interval.
    const auto report = player.seek(recording.intervals() / 2);
    require(report.ok());
    check(*report.value());
    return recording.intervals();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
    static const Folder folder;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    // The files are separated by NUL bytes: a mutation can change each of them.
    std::string_view rest = text;
    for (const char* name : {"threads.csv", "system.csv", "meta.json"}) {
        const std::size_t cut = std::min(rest.find('\0'), rest.size());
        if (name[0] == 't' || !rest.empty()) {
            folder.put(name, rest.substr(0, cut));
        }
        rest.remove_prefix(std::min(cut + 1, rest.size()));
    }
    const std::string_view rows = text.substr(0, text.find('\0'));
    const std::size_t intervals = play(folder.path());
    if (rows.ends_with('\n') && rows.find('"') == std::string_view::npos) {
        folder.put("threads.csv", std::string(rows) + std::string(rows));
        require(play(folder.path()) <= intervals);
    }
    folder.clear();
    if (size > 4 && text.starts_with("\x28\xb5\x2f\xfd")) {  // zstd's
        folder.put("threads.csv.zst", text);
        play(folder.path());
        folder.clear();
    }
    return 0;
}
