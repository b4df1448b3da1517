// SPDX-License-Identifier: MIT
// SIGINT while a large recording is read, summed up and written: it ends at once, and leaves either the whole output or
// none, and never a temporary file.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
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

/// A line with other times: those of an interval some intervals later.
class Repeated {
  public:
    Repeated(const std::string& header, std::string line, std::uint64_t interval_ns)
        : fields_(fields_of(line)), interval_ns_(interval_ns) {
        const std::vector<std::string> columns = fields_of(header);
        for (std::size_t at = 0; at < columns.size(); ++at) {
            if (columns[at] == "time_unix_ns" || columns[at] == "monotonic_ns") {
                times_.push_back(at);
            }
        }
    }
    [[nodiscard]] std::string later_by(std::uint64_t intervals) const {
        std::string out;
        for (std::size_t at = 0; at < fields_.size(); ++at) {
            const bool is_time = std::ranges::find(times_, at) != times_.end();
            const std::string text =
                is_time ? std::to_string(std::stoull(fields_[at]) + intervals * interval_ns_) : fields_[at];
            out += (at > 0 ? "," : "") + (text.find_first_of(",\"") == std::string::npos ? text : "x");
        }
        return out + "\n";
    }

  private:
    std::vector<std::string> fields_;
    std::vector<std::size_t> times_;
    std::uint64_t interval_ns_;
};

/// The second interval of a short recording of this machine, thousands of times.
class Interrupt : public ::testing::Test {
  protected:
    static constexpr std::uint64_t kIntervals = 4000;
    static constexpr std::uintmax_t kBytes = 40U << 20U;

    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        const std::string small = folder_.path() + "/small";
        ASSERT_EQ(run({"record", "-i", "100", "-d", "0.5", "-o", small}).exit_code, 0);
        fs::create_directory(recording_);
        fs::create_directory(results_);
        const CsvTable system(text_of(small + "/system.csv"));
        const auto lines = lines_of(text_of(small + "/system.csv"));
        ASSERT_GE(lines.size(), 3U);
        const std::uint64_t interval_ns = system.number(1, "interval_ns");
        std::ofstream systems(recording_ + "/system.csv"), threads(recording_ + "/threads.csv");
        systems << lines[0] << "\n";
        const std::vector<Repeated> rows = rows_at(small, system.at(1, "time_unix_ns"), interval_ns, threads);
        ASSERT_FALSE(rows.empty()) << "no thread was active";
        const std::string counted = with_rows(lines[0], lines[2], rows.size());
        const Repeated of_system(lines[0], counted, interval_ns);
        for (std::uint64_t nth = 0; nth < kIntervals; ++nth) {
            systems << of_system.later_by(nth);
            for (const Repeated& row : rows) {
                threads << row.later_by(nth);
            }
            if (static_cast<std::uintmax_t>(threads.tellp()) > kBytes) {
                break;
            }
        }
    }

    /// The rows of threads that lived through the interval.
    static std::vector<Repeated> rows_at(const std::string& small, const std::string& time, std::uint64_t interval_ns,
                                         std::ostream& header) {
        const std::string text = text_of(small + "/threads.csv");
        const CsvTable table(text);
        const auto lines = lines_of(text);
        header << lines[0] << "\n";
        std::vector<Repeated> rows;
        for (std::size_t row = 0; row < table.size(); ++row) {
            if (table.at(row, "time_unix_ns") == time && table.number(row, "wall_ns") == interval_ns) {
                rows.emplace_back(lines[0], lines[row + 1], interval_ns);
            }
        }
        return rows;
    }
    static std::string with_rows(const std::string& header, const std::string& line, std::size_t rows) {
        const auto columns = fields_of(header);
        auto fields = fields_of(line);
        std::string out;
        for (std::size_t at = 0; at < fields.size(); ++at) {
            const bool has_comma = fields[at].find_first_of(",\"") != std::string::npos;
            out += (at > 0 ? "," : "") + (columns[at] == "rows" ? std::to_string(rows) : has_comma ? "" : fields[at]);
        }
        return out;
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
