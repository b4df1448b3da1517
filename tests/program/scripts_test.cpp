// SPDX-License-Identifier: MIT
// The scripts for developers say what they do before they do anything.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "paths.h"
#include "program/run.h"
#include "support/guards.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// Those that are started: others are sourced, or are data.
std::vector<std::string> scripts() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(paths::kSources + "/scripts")) {
        std::string first;
        std::getline(std::ifstream(entry.path()), first);
        if (first.starts_with("#!")) {
            names.push_back("scripts/" + entry.path().filename().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

TEST(Scripts, explain_themselves_before_they_install_or_build) {
    const TempDir folder;
    for (const char* command : {"cmake", "apt-get", "sudo"}) {
        const std::string path = folder.path() + "/" + command;
        std::ofstream(path) << "#!/bin/sh\nexit 1\n";
        fs::permissions(path, fs::perms::owner_all);
    }
    ASSERT_GT(scripts().size(), 15U);
    for (const std::string& name : scripts()) {
        if (name == "scripts/run") {
            continue;  // its arguments are the program's
        }
        const Finished finished =
            run({"PATH=" + folder.path() + ":/usr/bin:/bin", paths::kSources + "/" + name, "--help"}, false,
                "/usr/bin/env");
        EXPECT_EQ(finished.exit_code, 0) << name << "\n" << finished.err;
        EXPECT_THAT(finished.out + finished.err, HasSubstr(name));
    }
}

}  // namespace
}  // namespace tsa::test
