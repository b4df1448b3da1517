// SPDX-License-Identifier: MIT
// Frames and texts that were checked by eye. RSTAT_UPDATE_GOLDENS=1 rewrites them: check the difference before you
// commit it.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "paths.h"
#include "unit/view_fixture.h"

namespace tsa::test {

// The characters, and below them one letter per cell for its role: a change of color alone is a difference too.
inline std::string golden_text(const Frame& frame) {
    std::string out = text_of(frame) + "---- roles\n";
    for (int y = 0; y < frame.height(); ++y) {
        std::string roles;
        for (int x = 0; x < frame.width(); ++x) {
            const Cell& cell = frame.at(x, y);
            const char letter = static_cast<char>((cell.selected ? 'A' : 'a') + static_cast<int>(cell.role));
            roles += cell.role == Role::text && !cell.selected ? ' ' : letter;
        }
        roles.erase(roles.find_last_not_of(' ') + 1);
        out += roles + "\n";
    }
    return out;
}

/// `file`: below the tests' data.
inline void expect_golden_file(const std::string& file, const std::string& actual) {
    const std::string path = fmt::format("{}/{}", paths::kTestData, file);
    if (std::getenv("RSTAT_UPDATE_GOLDENS") != nullptr) {
        std::ofstream(path) << actual;
        return;
    }
    std::ifstream golden(path);
    ASSERT_TRUE(golden.is_open()) << path;
    std::stringstream wanted;
    wanted << golden.rdbuf();
    EXPECT_EQ(actual, wanted.str()) << "of " << file;
}

inline void expect_golden(const std::string& name, const Frame& frame) {
    expect_golden_file(fmt::format("screens/{}.txt", name), golden_text(frame));
}

}  // namespace tsa::test
