// SPDX-License-Identifier: MIT
// Lines of /proc/self/mountinfo, taken apart.
#include "base/mountinfo.h"

#include <gtest/gtest.h>

namespace tsa {
namespace {

TEST(Mountinfo, takes_a_line_apart) {
    std::string_view text =
        "24 30 0:22 / /sys/fs/cgroup rw,nosuid shared:9 master:4 - cgroup2 cgroup rw,nsdelegate\n"
        "25 30 0:23 /a /proc rw - proc proc rw,hidepid=invisible";
    const auto first = next_mount(text);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->root, "/");
    EXPECT_EQ(first->point, "/sys/fs/cgroup");
    EXPECT_EQ(first->type, "cgroup2");
    EXPECT_EQ(first->super_options, "rw,nsdelegate");
    const auto second = next_mount(text);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->root, "/a");
    EXPECT_EQ(second->point, "/proc");
    EXPECT_EQ(second->type, "proc");
    EXPECT_EQ(second->super_options, "rw,hidepid=invisible");
    EXPECT_FALSE(next_mount(text));
}

TEST(Mountinfo, skips_what_is_not_a_mount) {
    std::string_view text =
        "\n24 30 0:22 /\n24 30 0:22 / /x rw\n24 30 0:22 / /y rw - ext4\n1 2 3:4 / /z rw - tmpfs t rw\n";
    const auto mount = next_mount(text);
    ASSERT_TRUE(mount);
    EXPECT_EQ(mount->point, "/z");
    EXPECT_FALSE(next_mount(text));
}

TEST(Mountinfo, lists_this_machines_proc) {
    const std::string here = read_mountinfo();
    std::string_view text = here;
    bool has_proc = false;
    while (const auto mount = next_mount(text)) {
        has_proc |= mount->point == "/proc" && mount->type == "proc";
    }
    EXPECT_TRUE(has_proc);
}

}  // namespace
}  // namespace tsa
