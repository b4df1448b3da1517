// SPDX-License-Identifier: MIT
// The running cost of a recording: CPU of `record` with a crowd of mostly idle threads, and its files.
#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "child.h"
#include "measure.h"
#include "parts.h"
#include "program.h"

namespace tsa::bench {

namespace {

constexpr const char* kRecord = "record";
constexpr int kSettleSeconds = 4;  // startup and the first interval, in which every thread has a row
constexpr int kSeconds = 30;

/// A separate temporary directory, removed with its contents.
class Scratch {
  public:
    Scratch() {
        std::error_code error;
        std::string path = (std::filesystem::temp_directory_path(error) / "rstat-tsa-bench-XXXXXX").string();
        path_ = error || ::mkdtemp(path.data()) == nullptr ? std::string() : path;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;  // empty: could not be created
};

std::uint64_t bytes_in(const std::string& folder) {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const std::uint64_t size = entry.file_size(error);
        bytes += error ? 0 : size;
    }
    return bytes;
}

Result<void> measure(Table& table, std::uint32_t threads, const std::vector<std::string>& arguments,
                     const std::string& what, std::optional<double> budget) {
    const Scratch scratch;
    if (scratch.path().empty()) {
        return Error{"cannot create a temporary directory", {}, 0};
    }
    const std::string place = scratch.path() + "/recording";
    std::vector<std::string> command{BENCH_PROGRAM, "record", "-o", place, "-i", "1000"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    auto recorder = Child::start(command);
    if (!recorder.ok()) {
        return recorder.error();
    }
    sleep_ms(kSettleSeconds * 1000);
    const std::uint64_t cpu_before_ns = recorder.value().cpu_ns(), begin_ns = monotonic_ns();
    const std::uint64_t bytes_before = bytes_in(place);
    sleep_ms(kSeconds * 1000);
    const std::uint64_t cpu_ns = recorder.value().cpu_ns() - cpu_before_ns, length_ns = monotonic_ns() - begin_ns;
    const std::uint64_t bytes = bytes_in(place) - bytes_before;
    if (bytes_before == 0 || cpu_ns == 0) {
        return Error{"rstat-tsa record wrote nothing", {}, 0};
    }
    const double seconds = static_cast<double>(length_ns) / 1e9;
    table.add({kRecord, fmt::format("share of one CPU, {}, {} threads, every 1000 ms", what, threads),
               100.0 * static_cast<double>(cpu_ns) / static_cast<double>(length_ns), "%", budget,
               fmt::format("{:.1f} s; {:.2f} ms and {:.1f} kB per interval; without the probes' time", seconds,
                           static_cast<double>(cpu_ns) / 1e6 / seconds, static_cast<double>(bytes) / 1e3 / seconds)});
    return {};
}

}  // namespace

void part_record(Table& table) {
    constexpr std::uint32_t kThreads = 10'000;
    const auto crowd = Crowd::start(kThreads);
    if (!crowd.ok()) {
        table.skip(kRecord, "share of one CPU", crowd.error().text());
        return;
    }
    skip_on_error(table, kRecord, "share of one CPU, record", measure(table, kThreads, {}, "record", 1.0));
    skip_on_error(table, kRecord, "share of one CPU, record --compress",
                  measure(table, kThreads, {"--compress"}, "record --compress", std::nullopt));
}

}  // namespace tsa::bench
