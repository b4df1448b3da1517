// libFuzzer target for reading recordings: bytes as threads.csv and system.csv, plain or compressed. For any input,
// opening and playing finishes without a file error, and each row's states sum to its wall time. Seeds:
// tests/data/recording_fuzz; run by scripts/check fuzz.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

void play(const std::string& path) {
    const auto opened = tsa::Recording::open(path);
    if (!opened.ok()) {
        require(!opened.error().message.empty());
        return;
    }
    tsa::Recording& recording = *opened.value();
    require(recording.intervals() != 0 && recording.remarks().size() <= 21);
    tsa::Player player(recording);
    for (std::size_t i = 0; i < recording.intervals(); ++i) {
        const auto report = player.seek(i);
        require(report.ok());
        check(*report.value());
    }
    // Backward, which starts over at an earlier interval.
    const auto report = player.seek(recording.intervals() / 2);
    require(report.ok());
    check(*report.value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
    static const Folder folder;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    // Rows before the first NUL byte, machine lines after it: a mutation can change either.
    const std::size_t cut = text.find('\0');
    folder.put("threads.csv", text.substr(0, cut));
    if (cut != std::string_view::npos) {
        folder.put("system.csv", text.substr(cut + 1));
    }
    play(folder.path());
    folder.clear();
    if (size > 4 && text.starts_with("\x28\xb5\x2f\xfd")) {  // zstd's
        folder.put("threads.csv.zst", text);
        play(folder.path());
        folder.clear();
    }
    return 0;
}
