// SPDX-License-Identifier: MIT
// The command line of `metrics`, and addresses to listen on.
#include "cli/metrics_options.h"

#include <gmock/gmock.h>

#include "cli/listen_address.h"
#include "unit/parsed_options.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using testing::good;
using ::testing::HasSubstr;
using testing::parse;

TEST(ListenAddress, is_a_host_and_a_port_or_a_socket) {
    const auto read = [](std::string_view text) { return parse_listen_address(text).value(); };
    EXPECT_EQ(read("127.0.0.1:9787"), (ListenAddress{"", "127.0.0.1", 9787}));
    EXPECT_EQ(read("[::1]:80"), (ListenAddress{"", "::1", 80}));
    EXPECT_EQ(read("localhost:0"), (ListenAddress{"", "127.0.0.1", 0}));
    EXPECT_EQ(read(":9787"), (ListenAddress{"", "", 9787}));
    EXPECT_EQ(read("9787"), (ListenAddress{"", "127.0.0.1", 9787}));
    EXPECT_EQ(read("unix:/run/x.sock"), (ListenAddress{"/run/x.sock", "", 0}));
    for (const char* text : {"127.0.0.1:9787", "[::1]:80", ":9787", "unix:/run/x.sock"}) {
        EXPECT_EQ(to_text(read(text)), text);
    }
}

TEST(ListenAddress, wrong_ones_are_explained) {
    for (const char* text : {"", "host.example:80", "127.0.0.1", "127.0.0.1:http", "::1:80", "[::1]", "[127.0.0.1]:80",
                             "300.0.0.1:80", "unix:", "127.0.0.1:"}) {
        const auto address = parse_listen_address(text);
        ASSERT_FALSE(address.ok()) << text;
        EXPECT_FALSE(address.error().hint.empty()) << text;
    }
    EXPECT_THAT(parse_listen_address("127.0.0.1:70000").error().message, HasSubstr("70000"));
    EXPECT_THAT(parse_listen_address("unix:/" + std::string(200, 'a')).error().message, HasSubstr("at most 107 bytes"));
}

TEST(MetricsOptions, listen_on_this_machine_unless_there_is_a_file) {
    const auto usual = good<MetricsOptions>({"metrics"});
    EXPECT_EQ(to_text(usual.listen.value()), "127.0.0.1:9787");
    EXPECT_THAT(usual.by, ElementsAre(GroupKey::unit, GroupKey::container, GroupKey::command));
    EXPECT_EQ(usual.max_groups, 200);
    const auto file = good<MetricsOptions>({"metrics", "--textfile", "a.prom", "-i", "5000"});
    EXPECT_FALSE(file.listen.has_value());
    EXPECT_EQ(file.interval_ms, 5000);
    const auto both = good<MetricsOptions>(
        {"metrics", "--textfile", "a.prom", "--listen", "unix:a", "--by", "command,user", "--max-groups", "7"});
    EXPECT_EQ(both.listen->path, "a");
    EXPECT_THAT(both.by, ElementsAre(GroupKey::command, GroupKey::user));
    EXPECT_EQ(both.max_groups, 7);
}

TEST(MetricsOptions, what_cannot_be_is_explained) {
    struct Mistake {
        std::vector<const char*> arguments;
        const char* complaint;
    };
    const Mistake mistakes[] = {
        {{"metrics", "--listen", "x"}, "'x' is not an address"},
        {{"metrics", "--by", "process"}, "series by process would never end"},
        {{"metrics", "--by", "unit,containr"}, "no groups by 'containr'"},
        {{"metrics", "--by", "unit,unit"}, "given twice"},
        {{"metrics", "--by", "unit,"}, "no groups by ''"},
        {{"metrics", "--max-groups", "0"}, "out of range"},
        {{"metrics", "-i", "100"}, "-i is how often --textfile is written"},
        {{"metrics", "--textfile", "a", "--kernel-threads", "off"}, "include the threads of the kernel"},
        {{"metrics", "--", "ls"}, "does not run a command"},
    };
    for (const Mistake& mistake : mistakes) {
        const auto parsed = parse(mistake.arguments);
        const auto* end = std::get_if<EarlyEnd>(&parsed);
        ASSERT_NE(end, nullptr) << mistake.complaint;
        EXPECT_EQ(end->code, kExitUsage);
        EXPECT_THAT(end->text, HasSubstr(mistake.complaint));
        EXPECT_THAT(end->text, HasSubstr("\nhint: "));
    }
}

}  // namespace
}  // namespace tsa
