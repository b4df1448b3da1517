// SPDX-License-Identifier: MIT
// Every command line of the documents runs: in a new folder, with recordings under the names that the documents
// use, and this test in place of the processes that they name. What runs until Ctrl-C gets that after its first line.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <set>
#include <thread>

#include "paths.h"
#include "program/run.h"
#include "program/terminal.h"
#include "support/document_commands.h"
#include "support/feature.h"
#include "support/guards.h"

namespace tsa::test {
namespace {

using ::testing::AnyOf;
using Words = std::vector<std::string>;

bool has(const Words& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

/// The word after this option; null: it is not there.
std::string* value_of(Words& words, std::string_view option) {
    const auto found = std::ranges::find(words, option);
    return found != words.end() && found + 1 != words.end() ? &*(found + 1) : nullptr;
}

enum class Kind { screen, endless, serves, ends };

constexpr std::array<std::string_view, 11> kCommands{"stat",   "record", "replay",  "report", "export", "waybar",
                                                     "doctor", "bench",  "profile", "help",   "metrics"};

/// A thread or a process that the screens open: its number or its name.
bool is_shown(const std::string& word) {
    return !word.empty() && !word.starts_with('-') && std::ranges::find(kCommands, word) == kCommands.end();
}

Kind kind_of(const Words& words) {
    if (std::ranges::any_of(words, [](const std::string& word) {
            return word == "--help" || word == "--help-all" || word == "--version" || word == "-n" || word == "--";
        })) {
        return Kind::ends;
    }
    const std::string name = words.empty() || words[0].starts_with('-') ? "" : words[0];
    if (name.empty() || name == "replay" || is_shown(name)) {
        return Kind::screen;
    }
    if (name == "metrics") {
        return Kind::serves;
    }
    const bool endless = name == "stat" || name == "waybar" || (name == "record" && has(words, "-"));
    return endless ? Kind::endless : Kind::ends;
}

class DocumentCommands : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_tmux());
        before_ = std::filesystem::current_path();
        std::filesystem::current_path(folder_.path());
        std::ofstream("Makefile") << "all:\n\t@true\n";
        std::ofstream("bench") << "#!/bin/sh\n";
        ASSERT_EQ(::chmod("bench", 0755), 0);
        const std::filesystem::path recording = std::filesystem::path(paths::kTestData) / "recording";
        for (const char* name : {"monday", "before", "after", "DIR"}) {
            std::filesystem::copy(recording, name);
        }
        const std::string self = std::to_string(::getpid());
        const Finished made = run({"record", "-o", "db", "--stacks", "-p", self, "-i", "100", "-d", "0.4"});
        ASSERT_EQ(made.exit_code, 0) << made.err;
    }
    void TearDown() override {
        if (!before_.empty()) {
            std::filesystem::current_path(before_);
        }
    }

    /// With names of this machine instead of the documents', and nothing longer than it must be.
    Words adapted(Words words) {
        const std::string self = std::to_string(::getpid());
        for (const char* option : {"-p", "--tid"}) {
            if (std::string* value = value_of(words, option)) {
                *value = self;
            }
        }
        if (!words.empty() && is_shown(words[0])) {
            words[0] = self;
        }
        if (std::string* at = value_of(words, "--at")) {
            *at = "50%";  // the recording is of another day
        }
        if (std::string* interval = value_of(words, "-i")) {
            *interval = std::to_string(std::min(100, std::stoi(*interval)));
        }
        if (!words.empty() && words[0] == "replay") {
            words[1] = folder_.path() + "/" + words[1];  // a terminal has another working directory
        }
        if (!words.empty() && words[0] == "profile" && words.size() == 1) {
            words.emplace_back("1");
        }
        if (!words.empty() && words[0] == "record") {
            adapt_record(words);
        }
        if (!words.empty() && words[0] == "metrics") {
            adapt_metrics(words);
        }
        return words;
    }

    /// Runs each command line of this kind once, however many documents have it; returns how many there were.
    int each(Kind kind, const std::function<void(const Words& words)>& run_one) {
        std::set<Words> done;
        for (const DocumentedCommand& command : documented_commands()) {
            if (kind_of(command.words) == kind && done.insert(command.words).second) {
                SCOPED_TRACE(command.place + ": " + fmt::format("{}", fmt::join(command.words, " ")));
                run_one(adapted(command.words));
            }
        }
        return static_cast<int>(done.size());
    }

    void run_in_terminal(const Words& words) {
        std::string line;
        for (const std::string& word : words) {
            line += fmt::format(" '{}'", word);
        }
        Terminal terminal(120, 40);
        ASSERT_TRUE(terminal.start(line, "Quit")) << line << "\n" << terminal.screen();
        terminal.key("F10");
        EXPECT_TRUE(terminal.await_text("ended 0")) << line << "\n" << terminal.screen();
    }

    static void run_to_its_end(const Words& words) {
        const Finished finished = run(words);
        const bool judges = words[0] == "doctor";  // 1: the scheduler probes do not work
        EXPECT_THAT(finished.exit_code, AnyOf(0, judges ? 1 : 0)) << finished.err;
    }

    static void run_until_interrupted(const Words& words) {
        Program program(words);
        EXPECT_TRUE(program.wait_for_lines(1));
        const Finished finished = program.finish(SIGINT);
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
    }

    /// It is up when its socket, or its file, is there.
    static void run_until_it_serves(const Words& words) {
        Program program(words);
        const auto is_up = [] { return std::filesystem::exists("metrics.sock") || std::filesystem::exists("a.prom"); };
        for (int tries = 0; tries < 500 && !is_up(); ++tries) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        EXPECT_TRUE(is_up());
        const Finished finished = program.finish(SIGINT);
        EXPECT_EQ(finished.exit_code, 0) << finished.err;
        EXPECT_FALSE(is_up());
    }

  private:
    static void adapt_metrics(Words& words) {
        std::string* const file = value_of(words, "--textfile");
        std::string* const address = value_of(words, "--listen");
        if (file != nullptr) {
            *file = "a.prom";
        }
        if (address != nullptr) {
            *address = "unix:metrics.sock";
        } else if (file == nullptr) {
            words.insert(words.end(), {"--listen", "unix:metrics.sock"});
        }
    }

    void adapt_record(Words& words) {
        std::string* output = value_of(words, "-o");
        if (output != nullptr && *output != "-") {
            *output = fmt::format("new-{}", ++recordings_);
        }
        if (std::string* comm = value_of(words, "--comm")) {
            *comm = "*";  // the pattern of the document may match nothing here
        }
        if (std::string* duration = value_of(words, "-d")) {
            *duration = "0.2";
        } else if (!has(words, "--") && output != nullptr && *output != "-") {
            words.insert(words.end(), {"-d", "0.2"});
        }
    }

    TempDir folder_;
    std::filesystem::path before_;
    int recordings_ = 0;
};

TEST_F(DocumentCommands, those_of_screens_open_and_close) {
    EXPECT_GE(each(Kind::screen, [this](const Words& words) { run_in_terminal(words); }), 5);
}

TEST_F(DocumentCommands, endless_ones_print_until_they_are_interrupted) {
    EXPECT_GE(each(Kind::endless, run_until_interrupted), 5);
}

TEST_F(DocumentCommands, those_that_serve_do_so_until_they_are_interrupted) {
    TSA_REQUIRE(missing_http_library());
    EXPECT_GE(each(Kind::serves, run_until_it_serves), 3);
}

TEST_F(DocumentCommands, the_others_end_without_an_error) {
    EXPECT_GE(each(Kind::ends, run_to_its_end), 15);
}

}  // namespace
}  // namespace tsa::test
