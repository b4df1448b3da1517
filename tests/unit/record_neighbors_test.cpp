// SPDX-License-Identifier: MIT
// neighbors.csv: what is written can be read back; broken lines are left out.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "model/neighbors.h"
#include "record/interval_lines.h"
#include "record/neighbor_lines.h"
#include "record/recording.h"
#include "record/writer.h"
#include "unit/recorded_files.h"
#include "unit/recording_folder.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using testing::LiteralReport;
using testing::RecordingFolder;
using testing::Table;

std::vector<CpuCharge> read_at(const RecordingFolder& folder, std::uint64_t time_unix_ns, std::uint64_t bad = 0) {
    std::vector<CpuCharge> charges;
    auto lines = IntervalLines::open(folder.path(), RecordedTable::neighbors, kNeighborColumns);
    EXPECT_TRUE(lines.ok() && lines.value() != nullptr);
    EXPECT_TRUE(lines.value()
                    ->read(time_unix_ns,
                           [&charges](const LineReader& reader) {
                               auto charge = read_neighbor_line(reader);
                               if (charge) {
                                   charges.push_back(std::move(*charge));
                               }
                               return charge.has_value();
                           })
                    .ok());
    EXPECT_EQ(lines.value()->bad_lines(), bad);
    return charges;
}

TEST(RecordNeighbors, what_is_written_is_read_back_victim_by_victim_most_time_first) {
    const RecordingFolder folder;
    RecordWriterOptions options;
    options.directory = folder.path();
    options.neighbors = true;
    auto writer = RecordWriter::create(std::move(options));
    ASSERT_TRUE(writer.ok());
    LiteralReport one;
    one.add(4, "worker");
    NeighborInterval interval;
    interval.charges = {
        {"/b", "/a, \"x\"", 2, 1, 10}, {"/a, \"x\"", "[idle]", 1, 0, 5}, {"/a, \"x\"", "/b", 1, 2, 700}};
    interval.missed_ns = 33;
    ASSERT_TRUE(writer.value()->add(one.report, true, {{}, nullptr, &interval}).ok());
    ASSERT_TRUE(writer.value()->finish({}).ok());
    const std::vector<CpuCharge> charges = read_at(folder, one.report.time_unix_ns);
    ASSERT_EQ(charges.size(), 4U);
    EXPECT_EQ(charges[0].victim, "/a, \"x\"");
    EXPECT_EQ(charges[0].culprit, "/b");
    EXPECT_EQ(charges[0].ns, 700U);
    EXPECT_EQ(charges[0].victim_id, 1U);
    EXPECT_EQ(charges[0].culprit_id, 2U);
    EXPECT_EQ(charges[1].culprit, kNothingRan);
    EXPECT_EQ(charges[1].culprit_id, 0U);
    EXPECT_EQ(charges[2].victim, "/b");
    EXPECT_EQ(charges[3].victim, kNotKnown) << "that the table was full is said";
    EXPECT_EQ(charges[3].ns, 33U);
}

TEST(RecordNeighbors, a_player_has_those_of_its_interval_by_cgroup) {
    const RecordingFolder folder;
    RecordWriterOptions options;
    options.directory = folder.path();
    options.neighbors = true;
    auto writer = RecordWriter::create(std::move(options));
    ASSERT_TRUE(writer.ok());
    LiteralReport one;
    one.add(4, "worker");
    NeighborInterval interval;
    interval.charges = {{"/web", "/web", 7, 7, 10}, {"/web", "/batch", 7, 8, 700}, {"[kernel]", "/batch", 0, 8, 9}};
    const NeighborInterval none;
    for (const bool last : {false, true}) {
        ASSERT_TRUE(writer.value()->add(one.report, last, {{}, nullptr, last ? &interval : &none}).ok());
        one.report.time_unix_ns += 1'000'000'000;
        one.report.now_ns += 1'000'000'000;
    }
    ASSERT_TRUE(writer.value()->finish({}).ok());

    auto recording = Recording::open(folder.path());
    ASSERT_TRUE(recording.ok()) << recording.error().text();
    Player player(*recording.value());
    const NeighborTable* second = player.seek(1).value()->neighbors;
    ASSERT_NE(second, nullptr);
    const CgroupWaitBy* waits = second->of_cgroup(7);
    ASSERT_NE(waits, nullptr);
    EXPECT_EQ(waits->cgroup, "/web");
    ASSERT_EQ(waits->charges.size(), 2U);
    EXPECT_EQ(waits->charges[0].culprit, "/batch") << "most time first";
    EXPECT_EQ(waits->charges[0].ns, 700U);
    EXPECT_EQ(second->of_cgroup(0), nullptr) << "threads of the kernel share no cgroup";
    EXPECT_EQ(player.seek(0).value()->neighbors->of_cgroup(7), nullptr) << "after going back";
}

TEST(RecordNeighbors, a_player_has_none_of_a_recording_without) {
    const RecordingFolder folder;
    RecordWriterOptions options;
    options.directory = folder.path();
    auto writer = RecordWriter::create(std::move(options));
    ASSERT_TRUE(writer.ok());
    LiteralReport one;
    one.add(4, "worker");
    ASSERT_TRUE(writer.value()->add(one.report, true, {}).ok());
    ASSERT_TRUE(writer.value()->finish({}).ok());
    auto recording = Recording::open(folder.path());
    ASSERT_TRUE(recording.ok());
    EXPECT_EQ(Player(*recording.value()).seek(0).value()->neighbors, nullptr);
}

TEST(RecordNeighbors, lines_that_are_not_valid_are_counted_and_left_out) {
    const RecordingFolder folder;
    folder.put("neighbors.csv", header_line(kNeighborColumns) +
                                    "1000,/a,/b,50,1,2\r\n"
                                    "1000,,/b,50,1,2\r\n"
                                    "1000,/a,,50,1,2\r\n"
                                    "1000,/a,/b,-50,1,2\r\n"
                                    "1000,/a,/b,99999999999999999999,1,2\r\n"
                                    "1000,/a,/b,50,x,2\r\n"
                                    "1000,/a,/b,50,1\r\n");
    EXPECT_EQ(read_at(folder, 1000, 6).size(), 1U);
}

TEST(RecordNeighbors, an_interval_in_which_no_one_waited_has_no_lines) {
    const RecordingFolder folder;
    folder.put("neighbors.csv", header_line(kNeighborColumns) + "1000,/a,/b,50,1,2\r\n3000,/a,/b,50,1,2\r\n");
    EXPECT_TRUE(read_at(folder, 2000).empty());
    EXPECT_EQ(read_at(folder, 3000).size(), 1U);
}

}  // namespace
}  // namespace tsa
