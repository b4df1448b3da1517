// SPDX-License-Identifier: MIT
// src/record/file_names: written names are recognized, and no others.
#include <gtest/gtest.h>

#include "record/file_names.h"

namespace tsa::testing {
namespace {

TEST(RecordFileNames, a_name_that_is_made_reads_back_as_the_same_file) {
    for (const RecordedTable table : {RecordedTable::threads, RecordedTable::system}) {
        for (const bool compressed : {false, true}) {
            for (const std::uint64_t segment : {std::uint64_t{1}, std::uint64_t{12'345'678}, kNewestSegment}) {
                const std::string name = name_of({table, compressed, segment});
                const auto file = table_file(name);
                ASSERT_TRUE(file.has_value()) << name;
                EXPECT_EQ(file->table, table) << name;
                EXPECT_EQ(file->compressed, compressed) << name;
                EXPECT_EQ(file->segment, segment) << name;
            }
        }
    }
    EXPECT_EQ(name_of({RecordedTable::threads, false}), "threads.csv");
    EXPECT_EQ(name_of({RecordedTable::system, true, 12}), "system-000012.csv.zst");
}

TEST(RecordFileNames, other_names_are_not_files_of_a_recording) {
    for (const char* name :
         {"", ".csv", ".csv.zst", "threads", "threads.zst", "threads.csv.gz", "threads-.csv", "threads-1x.csv",
          "threads--1.csv", "threads_old.csv", "my-threads.csv", "threads-18446744073709551615.csv", "meta.json.new"}) {
        EXPECT_FALSE(table_file(name).has_value()) << name;
        EXPECT_FALSE(is_recording_file(name)) << name;
    }
    EXPECT_TRUE(is_recording_file("meta.json"));
    EXPECT_TRUE(is_recording_file("threads-7.csv"));
}

}  // namespace
}  // namespace tsa::testing
