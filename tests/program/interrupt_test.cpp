// SPDX-License-Identifier: MIT
// SIGINT while a large recording is read, summed up and written: it ends at once, and leaves either the whole output or
// none, and never a temporary file.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "program/recorded.h"
#include "program/run.h"
#include "support/feature.h"
#include "support/guards.h"

namespace tsa::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

/// The second interval of a short recording of this machine, thousands of times.
class Interrupt : public ::testing::Test {
  protected:
    static constexpr std::uint64_t kIntervals = 4000;
    static constexpr std::streamoff kBytes = 40U << 20U;

    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        const std::string small = folder_.path() + "/small";
        ASSERT_EQ(run({"record", "-i", "100", "-d", "0.5", "-o", small}).exit_code, 0);
        fs::create_directory(recording_);
        fs::create_directory(results_);
        const CsvTable system(text_of(small + "/system.csv"));
        ASSERT_GE(system.size(), 2U);
        const std::string& time = system.at(1, "time_unix_ns");
        const std::uint64_t interval_ns = system.number(1, "interval_ns");
        std::ofstream threads(recording_ + "/threads.csv");
        const std::vector<std::string> rows = rows_at(small, time, interval_ns, threads);
        ASSERT_FALSE(rows.empty()) << "no thread was active";
        const std::vector<std::string> lines = lines_of(text_of(small + "/system.csv"));
        std::ofstream systems(recording_ + "/system.csv");
        systems << lines[0] << "\n";
        // Its columns begin with time_unix_ns, interval_ns and monotonic_ns, and end with the number of rows.
        const std::string middle = after_commas(lines[2], 3);
        const std::string numbers = middle.substr(0, middle.rfind(',') + 1) + std::to_string(rows.size()) + "\r\n";
        for (std::uint64_t nth = 0; nth < kIntervals && threads.tellp() < kBytes; ++nth) {
            const std::uint64_t later_ns = nth * interval_ns;
            const std::string now = std::to_string(std::stoull(time) + later_ns);
            systems << now << "," << interval_ns << "," << system.number(1, "monotonic_ns") + later_ns << ","
                    << numbers;
            for (const std::string& row : rows) {
                threads << now << "," << row << "\n";
            }
        }
    }

    static std::string after_commas(const std::string& line, int commas) {
        std::size_t at = 0;
        for (int seen = 0; seen < commas; ++seen) {
            at = line.find(',', at) + 1;
        }
        return line.substr(at);
    }
    /// The rows of threads that lived through the interval, without their first cell, the time.
    static std::vector<std::string> rows_at(const std::string& small, const std::string& time,
                                            std::uint64_t interval_ns, std::ostream& header) {
        const std::string text = text_of(small + "/threads.csv");
        const CsvTable table(text);
        const std::vector<std::string> lines = lines_of(text);
        header << lines[0] << "\n";
        std::vector<std::string> rows;
        for (std::size_t row = 0; row < table.size(); ++row) {
            if (table.at(row, "time_unix_ns") == time && table.number(row, "wall_ns") == interval_ns) {
                rows.push_back(after_commas(lines[row + 1], 1));
            }
        }
        return rows;
    }

    /// The files beside the output.
    [[nodiscard]] std::vector<std::string> results() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(results_)) {
            names.push_back(entry.path().filename().string());
        }
        return names;
    }
    [[nodiscard]] std::vector<std::string> writing(std::vector<std::string> arguments,
                                                   const std::string& option) const {
        arguments.insert(arguments.begin() + 1, recording_);
        arguments.push_back(option);
        arguments.push_back(results_ + "/out");
        return arguments;
    }
    /// Interrupts a run at several moments.
    void interrupt(const std::vector<std::string>& arguments, const char* complete_end) {
        constexpr int kMoments = 6;
        const auto began = steady_clock::now();
        const Finished whole = run(arguments);
        ASSERT_EQ(whole.exit_code, 0) << whole.err;
        const auto took = steady_clock::now() - began;
        int interrupted = 0;
        for (int moment = 0; moment < kMoments; ++moment) {
            fs::remove(results_ + "/out");
            Program program(arguments);
            std::this_thread::sleep_for(took * moment / kMoments);
            const Finished finished = program.finish(SIGINT);
            const std::vector<std::string> left = results();
            interrupted += left.empty() ? 1 : 0;
            if (!left.empty()) {
                ASSERT_THAT(left, testing::ElementsAre("out")) << "a temporary file is left";
                EXPECT_EQ(finished.exit_code, 0) << finished.err;
                EXPECT_THAT(text_of(results_ + "/out"), testing::EndsWith(complete_end));
            }
        }
        EXPECT_GT(interrupted, 0) << "or nothing was tried";
    }

    TempDir folder_;
    std::string recording_ = folder_.path() + "/large";
    std::string results_ = folder_.path() + "/results";
};

TEST_F(Interrupt, of_a_report_leaves_all_of_it_or_nothing) {
    interrupt(writing({"report", "--html"}, "-o"), "</html>\n");
    interrupt(writing({"report", "--json"}, "-o"), "}\n");
}

TEST_F(Interrupt, of_an_export_leaves_all_of_it_or_nothing) {
    interrupt(writing({"export"}, "--chrome-trace"), "}\n");
}

TEST_F(Interrupt, while_the_temporary_file_is_written_removes_it) {
    Program program(writing({"export"}, "--chrome-trace"));
    ASSERT_TRUE(await([&] { return !results().empty(); })) << "the export has begun to write";
    const Finished finished = program.finish(SIGINT);
    EXPECT_EQ(finished.exit_code, 1) << finished.err;
    EXPECT_THAT(finished.err, testing::HasSubstr("stopped by signal 2; the unfinished file was removed"));
    EXPECT_THAT(results(), testing::IsEmpty());
}

}  // namespace
}  // namespace tsa::test
