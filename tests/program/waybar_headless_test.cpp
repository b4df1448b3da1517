// SPDX-License-Identifier: MIT
// The status bar's line in the real Waybar, on a compositor without a screen (headless_bar.py): it is shown, a click
// changes it, and it ends with the bar.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/privilege.h"
#include "paths.h"
#include "support/feature.h"
#include "support/guards.h"

namespace tsa::test {
namespace {

TEST(WaybarHeadless, the_real_bar_shows_it_a_click_changes_it_and_it_ends_with_the_bar) {
    TSA_REQUIRE(missing_bpf());
    for (const char* program : {"sway", "waybar", "dbus-run-session", "python3", "setpriv"}) {
        TSA_REQUIRE(missing_file(std::string("/usr/bin/") + program));
    }
    const TempDir folder;
    const std::string here = folder.path();
    // sway refuses to run as root, so the program gets what an ordinary user's has: after the change of owner, which
    // takes a file's capabilities away.
    const std::string prepare = "cp " + paths::kBinary + " " + paths::kSources + "/tests/program/headless_bar.py " +
                                paths::kSources + "/contrib/waybar/config.jsonc " + paths::kSources +
                                "/contrib/waybar/style.css " + here + " && chmod 0700 " + here +
                                " && chown -R 65534:65534 " + here +
                                " && PATH=$PATH:/usr/sbin:/sbin " RSTAT_SETCAP " " + here + "/rstat-tsa";
    ASSERT_EQ(std::system(prepare.c_str()), 0);
    const std::string bar = "timeout -s KILL 60 setpriv --reuid 65534 --regid 65534 --clear-groups /usr/bin/python3 " +
                            here + "/headless_bar.py " + here;
    EXPECT_EQ(std::system(bar.c_str()), 0);
}

}  // namespace
}  // namespace tsa::test
