// SPDX-License-Identifier: MIT
// A tree of files like /proc and /sys of a machine, for tests of src/system.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "system/reader.h"

namespace tsa {

class SystemTree : public ::testing::Test {
  protected:
    SystemTree() {
        std::string pattern = std::filesystem::temp_directory_path() / "rstat-system-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
    }
    ~SystemTree() override { std::filesystem::remove_all(root_); }
    SystemTree(const SystemTree&) = delete;
    SystemTree& operator=(const SystemTree&) = delete;

    [[nodiscard]] std::string root() const { return root_.string(); }

    // The same file with new content, like the kernel's files.
    void write(const std::string& path, const std::string& text) const {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }
    // A new file in its place, like after a source was replaced.
    void replace(const std::string& path, const std::string& text) const {
        remove(path);
        write(path, text);
    }
    void remove(const std::string& path) const { std::filesystem::remove_all(root_ / path); }

    // Everything is due at each read.
    [[nodiscard]] SystemReaderOptions options(std::uint64_t reopen_after_ns = 0) const {
        return {.root = root(),
                .reopen_after_ns = reopen_after_ns,
                .slow_period_ns = 0,
                .look_again_after_ns = reopen_after_ns};
    }
    static SystemSample read(SystemReader& reader) {
        SystemSample sample;
        reader.read(sample);
        return sample;
    }

    std::filesystem::path root_;
};

}  // namespace tsa
