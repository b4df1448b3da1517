// SPDX-License-Identifier: MIT
// Users in a text as /etc/passwd, and in this machine's database.
#include "procfs/user_database.h"

#include <gtest/gtest.h>

namespace tsa {
namespace {

constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "+::::::\n"
    "alice:x:1000:7:Alice:/home/alice:/bin/sh\n"
    "alias:x:1000:7::/home/alice:/bin/sh\n"
    "broken:x:10x:1::/:/bin/sh\n"
    "short:x:12\n"
    ":x:13:13::/:/bin/sh\n"
    "cut:x:14";

TEST(UserDatabase, a_name_in_passwd_is_that_of_the_first_line_with_the_uid) {
    EXPECT_EQ(name_in_passwd(kPasswd, 0), "root");
    EXPECT_EQ(name_in_passwd(kPasswd, 1000), "alice");
    EXPECT_EQ(name_in_passwd(kPasswd, 12), "short");
    EXPECT_EQ(name_in_passwd(kPasswd, 7), std::nullopt) << "a group's ID";
    EXPECT_EQ(name_in_passwd(kPasswd, 10), std::nullopt);
    EXPECT_EQ(name_in_passwd(kPasswd, 13), std::nullopt) << "no name";
    EXPECT_EQ(name_in_passwd(kPasswd, 14), std::nullopt) << "a line that was cut off";
    EXPECT_EQ(name_in_passwd("", 0), std::nullopt);
}

TEST(UserDatabase, a_uid_in_passwd_is_that_of_the_whole_name) {
    EXPECT_EQ(uid_in_passwd(kPasswd, "alias"), 1000U);
    EXPECT_EQ(uid_in_passwd(kPasswd, "root"), 0U);
    for (const char* name : {"ali", "alice:x", "broken", "cut", "", "+"}) {
        EXPECT_EQ(uid_in_passwd(kPasswd, name), std::nullopt) << name;
    }
}

TEST(UserDatabase, a_home_in_passwd_is_that_of_the_first_line_with_the_uid) {
    EXPECT_EQ(home_in_passwd(kPasswd, 1000), "/home/alice");
    EXPECT_EQ(home_in_passwd(kPasswd, 12), std::nullopt) << "a short line";
    EXPECT_EQ(home_in_passwd(kPasswd, 7), std::nullopt);
}

TEST(UserDatabase, root_is_known_to_every_machine) {
    EXPECT_EQ(user_name(0), "root");
    EXPECT_EQ(user_id("root"), 0U);
    EXPECT_EQ(user_name(4294901234U), std::nullopt);
    EXPECT_EQ(user_id("there is no such user"), std::nullopt);
}

}  // namespace
}  // namespace tsa
