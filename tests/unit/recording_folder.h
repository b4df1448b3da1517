// SPDX-License-Identifier: MIT
// A directory for a test's recording, removed with its contents.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

namespace tsa::testing {

class RecordingFolder {
  public:
    RecordingFolder() {
        std::string pattern = "/tmp/tsa_recording_XXXXXX";
        root_ = ::mkdtemp(pattern.data());
    }
    RecordingFolder(const RecordingFolder&) = delete;
    RecordingFolder& operator=(const RecordingFolder&) = delete;
    ~RecordingFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }

    /// Path of the recording; does not exist at first.
    [[nodiscard]] std::string path() const { return root_ + "/r"; }
    [[nodiscard]] std::string file(std::string_view name) const { return path() + "/" + std::string(name); }
    void put(std::string_view name, std::string_view text) const {
        std::filesystem::create_directories(path());
        std::ofstream(file(name), std::ios::binary) << text;
    }
    [[nodiscard]] std::string text_of(std::string_view name) const {
        std::ifstream in(file(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void remove(std::string_view name) const { std::filesystem::remove(file(name)); }
    void rename(std::string_view from, std::string_view to) const { std::filesystem::rename(file(from), file(to)); }
    [[nodiscard]] bool has(std::string_view name) const { return std::filesystem::exists(file(name)); }

  private:
    std::string root_;
};

}  // namespace tsa::testing
