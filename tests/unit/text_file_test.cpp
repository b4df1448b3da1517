// SPDX-License-Identifier: MIT
// Small files as strings.
#include "base/text_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "unit/recording_folder.h"

namespace tsa {
namespace {

/// Longer than what one system call reads.
std::string long_text() {
    std::string text;
    while (text.size() < 100'000) {
        text += std::to_string(text.size()) + "\n";
    }
    return text;
}

class TextFile : public ::testing::Test {
  protected:
    std::string file_with(std::string_view text) const {
        folder_.put("file", text);
        return folder_.file("file");
    }

    testing::RecordingFolder folder_;
};

TEST_F(TextFile, is_read_up_to_the_limit) {
    const std::string text = long_text();
    const std::string path = file_with(text);
    EXPECT_EQ(read_text_file(path, 2 * text.size()), text);
    EXPECT_EQ(read_text_file(path, text.size()), text);
    EXPECT_EQ(read_text_file(path, 50'000), text.substr(0, 50'000));
    EXPECT_EQ(read_text_file(path), text.substr(0, kTextFileBytes));
    EXPECT_EQ(read_text_file(path, 0), "");
    EXPECT_EQ(read_text_file(file_with("")), "");
}

TEST_F(TextFile, has_no_more_memory_than_a_text_of_its_size_needs) {
    const std::string text(300, 'x');
    EXPECT_LE(read_text_file(file_with(text), 1U << 20U)->capacity(), 2 * text.size());
}

TEST_F(TextFile, is_absent_where_nothing_can_be_read) {
    EXPECT_EQ(read_text_file(folder_.file("none")), std::nullopt);
    EXPECT_EQ(read_text_file("/proc/self"), std::nullopt);
}

TEST_F(TextFile, that_a_user_names_is_a_regular_file) {
    EXPECT_EQ(read_regular_file(file_with("\xef\xbb\xbfkey = 1\n"), 100).value(), "key = 1\n");
    EXPECT_EQ(read_regular_file(file_with(long_text()), 10).value(), long_text().substr(0, 10));
    EXPECT_EQ(read_regular_file(folder_.file("none"), 100).error().error_number, ENOENT);
    EXPECT_EQ(read_regular_file("/proc/self", 100).error().message, "/proc/self: not a regular file");
    const std::string fifo = folder_.file("fifo");
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(read_regular_file(fifo, 100).error().message, fifo + ": not a regular file");
}

}  // namespace
}  // namespace tsa
