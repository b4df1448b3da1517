// SPDX-License-Identifier: MIT
// A small recording of a random machine, and all that is played from it, for tests that change its files in between.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/sample.h"
#include "record/recording.h"
#include "record/writer.h"
#include "unit/random_machine.h"
#include "unit/recording_folder.h"
#include "unit/report_cells.h"

namespace tsa::testing {

/// A small recording of a random machine.
inline void record(const RecordingFolder& folder, std::size_t intervals, std::size_t threads = 6, bool compress = false,
                   std::uint64_t seed = 5) {
    RecordWriterOptions options;
    options.directory = folder.path();
    options.compress = compress;
    Result<std::unique_ptr<RecordWriter>> writer = RecordWriter::create(std::move(options));
    ASSERT_TRUE(writer.ok()) << writer.error().text();
    RandomMachineOptions wanted;
    wanted.seed = seed;
    wanted.threads = threads;
    wanted.sets_clock = false;
    RandomMachine machine(wanted);
    Sample samples[2];
    machine.next(samples[0]);
    ReportBuilder builder;
    Report report;
    for (std::size_t i = 1; i <= intervals; ++i) {
        machine.next(samples[i % 2]);
        builder.build(samples[(i + 1) % 2], samples[i % 2], {}, report);
        ASSERT_TRUE(writer.value()->add(report, i == intervals).ok());
    }
    ASSERT_TRUE(writer.value()->finish({}).ok());
}

struct Whole {
    std::vector<ReportCells> reports;
    std::vector<std::string> remarks;
    std::uint64_t bad_lines = 0;
};

/// Opens and plays all of it.
inline Result<Whole> play(const RecordingFolder& folder) {
    Result<std::unique_ptr<Recording>> recording = Recording::open(folder.path());
    if (!recording.ok()) {
        return recording.error();
    }
    Whole out;
    out.remarks = recording.value()->remarks();
    Player player(*recording.value());
    for (std::size_t i = 0; i < recording.value()->intervals(); ++i) {
        Result<const Report*> report = player.seek(i);
        if (!report.ok()) {
            return report.error();
        }
        out.reports.push_back(cells_of(*report.value()));
    }
    out.bad_lines = player.bad_lines();
    return out;
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
        lines.push_back(text.substr(begin, end + 1 - begin));
        begin = end + 1;
    }
    return lines;
}

inline std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
        text += line;
    }
    return text;
}

inline void expect_same(const Whole& left, const Whole& right) {
    ASSERT_EQ(left.reports.size(), right.reports.size());
    for (std::size_t i = 0; i < left.reports.size(); ++i) {
        EXPECT_EQ(left.reports[i].rows, right.reports[i].rows) << i;
        ASSERT_EQ(left.reports[i].machine, right.reports[i].machine) << i;
    }
}

}  // namespace tsa::testing
