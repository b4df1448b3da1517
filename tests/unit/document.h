// SPDX-License-Identifier: MIT
// Documents of which parts are made from the program's tables. Such a part is between two comments with its name:
// <!-- made: NAME --> and <!-- end: NAME -->. RSTAT_UPDATE_GOLDENS=1 rewrites them.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "paths.h"

namespace tsa::test {

/// A file of the source tree; empty when it cannot be read.
inline std::string document(const std::string& path) {
    std::ifstream file(paths::kSources + "/" + path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline void expect_made(const std::string& path, const std::string& name, const std::string& wanted) {
    const std::string text = document(path);
    const std::string begin = "<!-- made: " + name + " -->\n";
    const std::string end = "<!-- end: " + name + " -->\n";
    const std::size_t from = text.find(begin);
    const std::size_t to = text.find(end);
    ASSERT_NE(from, std::string::npos) << path << " has no part " << name;
    ASSERT_NE(to, std::string::npos) << path << ": the part " << name << " does not end";
    const std::size_t first = from + begin.size();
    ASSERT_LE(first, to) << path;
    if (std::getenv("RSTAT_UPDATE_GOLDENS") != nullptr) {
        std::ofstream(paths::kSources + "/" + path) << text.substr(0, first) + wanted + text.substr(to);
        return;
    }
    EXPECT_EQ(text.substr(first, to - first), wanted) << path << ": " << name << ": RSTAT_UPDATE_GOLDENS=1 writes it";
}

}  // namespace tsa::test
