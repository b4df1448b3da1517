// SPDX-License-Identifier: MIT
// Presses keys in a real terminal: each where something that is seen follows from it.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "program/key_steps.h"
#include "program/terminal.h"
#include "support/guards.h"
#include "support/puppet.h"

namespace tsa::test {

class ScreenKeys : public ::testing::Test {
  protected:
    void SetUp() override;

    void open(const std::string& arguments, const std::string& awaited, int width = 120, int height = 40);
    /// The rows of the puppet's threads, the cursor on one of them.
    void open_list(const std::string& set, int width = 120, int height = 40);
    Puppet& puppet();
    void press_all(std::span<const Step> steps);
    void press(const Step& step);

    std::optional<Terminal> terminal_;
    std::optional<Puppet> puppet_;
    std::uint32_t tid_ = 0;
    std::vector<std::pair<std::string, std::string>> names_;

  private:
    /// The text, and the background where it changes: that of the selected row moves with the cursor. Without the last
    /// waker of a thread, which is read when it is drawn.
    [[nodiscard]] std::string marked() const;
    /// Of a paused program: what the key before has changed is drawn.
    [[nodiscard]] std::string settled() const;
    [[nodiscard]] std::string with_names(std::string_view text) const;

    TempDir folder_;
    pid_t program_ = 0;
    std::string before_;
};

}  // namespace tsa::test
