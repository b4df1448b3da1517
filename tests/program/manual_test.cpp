// SPDX-License-Identifier: MIT
// The manual pages that the build has written render without a warning, and the completions work in the shells.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "paths.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> missing_program(const std::string& name) {
    const bool there = std::system(fmt::format("command -v {} > /dev/null", name).c_str()) == 0;
    return there ? std::nullopt : std::optional(name);
}

std::string output_of(const std::string& command) {
    FILE* pipe = ::popen(command.c_str(), "re");
    EXPECT_NE(pipe, nullptr);
    std::string out;
    char buffer[4096];
    for (std::size_t size = 0; (size = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
        out.append(buffer, size);
    }
    EXPECT_EQ(::pclose(pipe), 0) << command << "\n" << out;
    return out;
}

TEST(ManualPages, render_without_a_warning) {
    if (missing_program("groff")) {
        GTEST_SKIP() << "groff is not installed";
    }
    int pages = 0;
    for (const char* section : {"man1", "man5"}) {
        for (const auto& entry : fs::directory_iterator(fs::path(paths::kManual) / section)) {
            const std::string path = entry.path().string();
            for (const char* device : {"utf8", "ascii"}) {
                EXPECT_EQ(output_of(fmt::format("groff -man -ww -T{} -rLL=78n '{}' 2>&1 > /dev/null", device, path)),
                          "")
                    << path;
            }
            EXPECT_THAT(output_of(fmt::format("groff -man -Tascii -P-c -P-b -P-u '{}'", path)),
                        ::testing::HasSubstr("SEE ALSO"));
            ++pages;
        }
    }
    EXPECT_EQ(pages, 13);
}

struct Shell {
    const char* name;
    const char* start;   ///< without the user's configuration
    const char* prompt;  ///< set and awaited, so that what is typed is not lost
    const char* load;    ///< with the folder of completions as {}
};

void PrintTo(const Shell& shell, std::ostream* out) {
    *out << shell.name;
}

class Completion : public ::testing::TestWithParam<Shell> {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_tmux());
        const Shell& shell = GetParam();
        if (missing_program(shell.name)) {
            GTEST_SKIP() << shell.name << " is not installed";
        }
        terminal_.emplace(110, 40);
        terminal_->type(fmt::format("{}\n", shell.start));
        terminal_->type(fmt::format("{}\n", shell.prompt));
        ASSERT_TRUE(await([this] { return has_prompt(); })) << terminal_->screen();
        terminal_->type(fmt::format(fmt::runtime(shell.load), fmt::arg("dir", paths::kManual + "/completions")) +
                        " && echo lo''aded\n");
        ASSERT_TRUE(terminal_->await_text("loaded")) << terminal_->screen();
        ASSERT_TRUE(await([this] { return has_prompt(); })) << terminal_->screen();
    }

    /// Types a line and Tab, and waits until it has been completed; then discards it.
    void expect_completed(const std::string& typed, const std::string& awaited) {
        terminal_->type(typed);
        EXPECT_TRUE(terminal_->await_text(typed)) << terminal_->screen();
        terminal_->key("Tab");
        EXPECT_TRUE(terminal_->await_text(awaited)) << typed << "\n" << terminal_->screen();
        terminal_->key("C-u");
        EXPECT_TRUE(await([this] { return has_prompt(); })) << terminal_->screen();
    }

    /// What is typed before the shell edits its line is not completed.
    [[nodiscard]] bool has_prompt() const {
        std::string last;
        for (const std::string& line : terminal_->lines()) {
            last = line.find_first_not_of(' ') == std::string::npos ? last : line;
        }
        return last.substr(0, last.find_last_not_of(' ') + 1) == "asks:";
    }

    std::optional<Terminal> terminal_;
};

TEST_P(Completion, completes_commands_options_and_values) {
    expect_completed("rstat-tsa docto", "rstat-tsa doctor");
    expect_completed("rstat-tsa stat --tasks", "rstat-tsa stat --taskstats");
    expect_completed("rstat-tsa stat --sort lock_w", "rstat-tsa stat --sort lock_wait_ns");
    expect_completed("rstat-tsa record --source proc", "rstat-tsa record --source procfs");
    expect_completed("rstat-tsa help wayb", "rstat-tsa help waybar");
}

INSTANTIATE_TEST_SUITE_P(
    Shells, Completion,
    ::testing::Values(Shell{"bash", "exec bash --norc --noprofile", "PS1='as''ks: '", "source {dir}/bash/rstat-tsa"},
                      Shell{"zsh", "exec zsh -f", "PS1='as''ks: '",
                            "fpath=({dir}/zsh $fpath) && autoload -U compinit && compinit -u -D"},
                      Shell{"fish", "exec fish --no-config", "function fish_prompt; echo -n 'as''ks: '; end",
                            "source {dir}/fish/rstat-tsa.fish"}),
    [](const auto& shell) { return std::string(shell.param.name); });

}  // namespace
}  // namespace tsa::test
