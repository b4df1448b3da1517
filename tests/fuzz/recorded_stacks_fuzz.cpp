// SPDX-License-Identifier: MIT
// libFuzzer target for the time by stack of a recording: bytes as stacks.csv and waits.csv. For any input, reading ends
// without a file error, what is read has a stack, and all of it can be summed up and exported. Seeds:
// tests/data/recorded_stacks_fuzz; run by scripts/check fuzz.
#include <fcntl.h>
#include <rapidjson/document.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "output/stack_exports.h"
#include "record/recorded_stacks.h"

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

/// A directory in memory for this process.
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
        ::unlink((path_ + "/stacks.csv").c_str());
        ::unlink((path_ + "/waits.csv").c_str());
        ::rmdir(path_.c_str());
    }
    void put(const char* name, std::string_view text) const {
        const int file = ::open((path_ + "/" + name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        require(file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        ::close(file);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

void check_exports(const tsa::StackProfile& profile) {
    tsa::StackExportContext context;
    context.title = "fuzz";
    context.duration_ns = 1;
    const std::string folded = tsa::write_folded(profile, context);
    require(folded.empty() || folded.back() == '\n');
    require(static_cast<std::size_t>(std::ranges::count(folded, '\n')) <= profile.sums().size());
    rapidjson::Document json;
    const std::string speedscope = tsa::write_speedscope(profile, context);
    json.Parse<rapidjson::kParseValidateEncodingFlag>(speedscope.data(), speedscope.size());
    require(!json.HasParseError());
    require(tsa::write_pprof(profile, context).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
    static const Folder folder;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t cut = std::min(text.find('\0'), size);  // between the files
    folder.put("stacks.csv", text.substr(0, cut));
    folder.put("waits.csv", text.substr(std::min(cut + 1, size)));
    auto opened = tsa::RecordedStacks::open(folder.path());
    if (!opened.ok()) {
        require(!opened.error().message.empty());
        return 0;
    }
    if (!opened.value()) {
        return 0;
    }
    tsa::RecordedStacks& stacks = *opened.value();
    tsa::StackProfile profile;
    const auto read = stacks.for_each([&](const tsa::RecordedWaits& recorded) -> tsa::Result<void> {
        require(recorded.waits.stack != nullptr);
        require(tsa::has_frames(recorded.waits.stack->kind) || recorded.waits.stack->frames.empty());
        profile.add(recorded.waits);
        return {};
    });
    require(read.ok() || !read.error().message.empty());
    check_exports(profile);
    return 0;
}
