// SPDX-License-Identifier: MIT
// What a service needs: addresses and times of sd_notify, severities for the journal, and doctor's findings about
// units.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/commands/doctor_service.h"
#include "app/host/desktop_notifier.h"
#include "app/host/notice.h"
#include "app/host/service_manager.h"
#include "base/privilege.h"
#include "doctor/service.h"
#include "paths.h"
#include "recording_folder.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

TEST(ServiceManager, addresses_are_paths_or_abstract_names) {
    const auto path = parse_notify_address("/run/systemd/notify");
    ASSERT_TRUE(path.has_value());
    EXPECT_STREQ(path->address.sun_path, "/run/systemd/notify");
    EXPECT_EQ(path->size, offsetof(sockaddr_un, sun_path) + 20) << "with the zero byte";
    const auto abstract = parse_notify_address("@manager");
    ASSERT_TRUE(abstract.has_value());
    EXPECT_EQ(std::string_view(abstract->address.sun_path, 8), std::string_view("\0manager", 8));
    EXPECT_EQ(abstract->size, offsetof(sockaddr_un, sun_path) + 8) << "without one";
    for (const std::string& wrong : {std::string(), std::string("relative"), std::string("vsock:2:1234"),
                                     std::string("@"), "/" + std::string(107, 'x')}) {
        EXPECT_FALSE(parse_notify_address(wrong).has_value()) << wrong;
    }
    EXPECT_TRUE(parse_notify_address("/" + std::string(106, 'x')).has_value());
}

TEST(ServiceManager, signs_of_life_come_three_times_as_often_as_the_watchdog_needs_them) {
    EXPECT_EQ(watchdog_wish("3000000", nullptr, 7).every_ns, kNsPerSecond);
    EXPECT_TRUE(watchdog_wish("3000000", "7", 7).wanted);
    EXPECT_FALSE(watchdog_wish("3000000", "8", 7).wanted) << "meant for another process";
    EXPECT_FALSE(watchdog_wish("0", "7", 7).wanted);
    EXPECT_FALSE(watchdog_wish("soon", nullptr, 7).wanted);
    EXPECT_FALSE(watchdog_wish(nullptr, nullptr, 7).wanted);
    EXPECT_EQ(watchdog_wish(nullptr, nullptr, 7).every_ns, ServiceManager::kBeatNs);
    EXPECT_EQ(watchdog_wish("18446744073709551615", nullptr, 7).every_ns, ServiceManager::kBeatNs);
    EXPECT_EQ(watchdog_wish("1", nullptr, 7).every_ns, kNsPerUs);
}

TEST(DesktopNotifier, text_has_no_tags) {
    EXPECT_EQ(notification_markup("exec > 1 & <b>\n"), "exec &gt; 1 &amp; &lt;b&gt;\n");
}

TEST(Notice, lines_for_the_journal_have_a_severity_each) {
    EXPECT_EQ(journal_lines("one", Severity::info), "<6>one\n");
    EXPECT_EQ(journal_lines("rule:\n  a > b\n  ^", Severity::error), "<3>rule:\n<3>  a > b\n<3>  ^\n");
    EXPECT_TRUE(is_journal("9:4711", 9, 4711));
    EXPECT_FALSE(is_journal("9:4711", 9, 4712));
    EXPECT_FALSE(is_journal("9", 9, 0));
    EXPECT_FALSE(is_journal("9:4711 ", 9, 4711));
}

TEST(ServiceUnits, the_last_setting_counts_and_an_empty_one_resets) {
    const UnitSettings unit = parse_unit(
        "[Unit]\nType=wrong\n[Service]\nType=exec\n# ExecStart=/bin/no\nExecStart=-/usr/bin/rstat-tsa metrics\n"
        "AmbientCapabilities=CAP_SYSLOG\nAmbientCapabilities=\nAmbientCapabilities=cap_bpf CAP_PERFMON\r\n"
        "[Service]\nType=notify\nWatchdogSec=30");
    EXPECT_EQ(unit.type, "notify");
    EXPECT_EQ(unit.program, "/usr/bin/rstat-tsa");
    EXPECT_EQ(unit.watchdog, "30");
    EXPECT_THAT(unit.ambient, ElementsAre("CAP_BPF", "CAP_PERFMON"));
}

std::string text_of(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

TEST(ServiceUnits, those_of_contrib_grant_what_doctor_lists_and_report_that_they_run) {
    for (const char* const name : {"metrics", "record"}) {
        const UnitSettings unit =
            parse_unit(text_of(paths::kSources + "/contrib/systemd/rstat-tsa-" + name + ".service"));
        EXPECT_EQ(unit.type, "notify") << name;
        EXPECT_FALSE(unit.watchdog.empty()) << name;
        std::size_t granted = 0;
        for (const CapabilityInfo& one : kCapabilities) {
            granted += one.granted ? 1 : 0;
        }
        EXPECT_EQ(unit.ambient.size(), granted) << name;
    }
}

/// Unit files as an administrator has them, below a folder.
class ServiceFiles : public ::testing::Test {
  protected:
    void put(const std::string& path, const std::string& text) const {
        const fs::path file = folder_.path() + path;
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    Diagnosis diagnosis() const {
        MachineFacts machine;
        machine.probes.ok = true;
        machine.effective = ~std::uint64_t{0};
        return diagnose_service(machine, collect_service_facts(folder_.path()));
    }
    static Finding find(const Diagnosis& diagnosis, const std::string& key) {
        for (const Finding& finding : diagnosis.findings) {
            if (finding.key == key) {
                return finding;
            }
        }
        ADD_FAILURE() << "no finding " << key;
        return {};
    }
    const testing::RecordingFolder folder_;
};

TEST_F(ServiceFiles, units_are_found_with_their_state) {
    put("/usr/lib/systemd/system/rstat-tsa-metrics.service", "[Service]\nExecStart=/old\n");
    put("/etc/systemd/system/rstat-tsa-metrics.service",
        text_of(paths::kSources + "/contrib/systemd/rstat-tsa-metrics.service"));
    put("/etc/systemd/system/rstat-tsa-metrics.service.d/less.conf",
        "[Service]\nAmbientCapabilities=\n"
        "AmbientCapabilities=CAP_BPF CAP_PERFMON CAP_NET_ADMIN CAP_SYS_PTRACE\n");
    put("/etc/systemd/system/other.service", "[Service]\n");
    fs::create_directories(folder_.path() + "/etc/systemd/system/multi-user.target.wants");
    fs::create_symlink("../rstat-tsa-metrics.service",
                       folder_.path() + "/etc/systemd/system/multi-user.target.wants/rstat-tsa-metrics.service");
    Finding unit = find(diagnosis(), "unit:rstat-tsa-metrics.service");
    EXPECT_EQ(unit.status, FindingStatus::missing) << "no program at this path";
    EXPECT_THAT(unit.cost, HasSubstr("/usr/bin/rstat-tsa is not there"));
    EXPECT_THAT(unit.found, HasSubstr("enabled, /etc/systemd/system/rstat-tsa-metrics.service and 1 drop-in"));
    EXPECT_THAT(unit.found, HasSubstr("watchdog 30"));

    put("/usr/bin/rstat-tsa", "");
    fs::permissions(folder_.path() + "/usr/bin/rstat-tsa", fs::perms::owner_all);
    put("/sys/fs/cgroup/system.slice/rstat-tsa-metrics.service/cgroup.procs", "12\n");
    unit = find(diagnosis(), "unit:rstat-tsa-metrics.service");
    EXPECT_EQ(unit.status, FindingStatus::limited);
    EXPECT_EQ(unit.cost, "it does not grant CAP_SYSLOG") << "the drop-in took it away";
    EXPECT_THAT(unit.found, HasSubstr("running, "));
    EXPECT_EQ(diagnosis().findings.size(), 15U) << "no other unit is listed";
}

TEST_F(ServiceFiles, what_a_unit_lacks_is_named_as_units_have_it) {
    MachineFacts machine;
    machine.probes.error = "not permitted";
    machine.effective = 0;
    machine.open_files = 64;
    ServiceFacts service = collect_service_facts(folder_.path());
    service.bounding = std::uint64_t{1} << CAP_BPF;
    service.memory_max = std::uint64_t{32} << 20U;
    service.notify_socket = "vsock:1:2";
    service.watchdog_us = 30'000'000;
    const Diagnosis found = diagnose_service(machine, service);
    EXPECT_FALSE(found.main_job);
    EXPECT_EQ(find(found, "cap_bpf").fix, "in [Service]: AmbientCapabilities=CAP_BPF");
    EXPECT_EQ(find(found, "cap_bpf").status, FindingStatus::missing);
    EXPECT_EQ(find(found, "cap_perfmon").fix, "in [Service]: CapabilityBoundingSet=CAP_PERFMON");
    EXPECT_EQ(find(found, "cap_syslog").status, FindingStatus::limited);
    EXPECT_EQ(find(found, "memory_max").status, FindingStatus::limited);
    EXPECT_EQ(find(found, "open_files").status, FindingStatus::limited);
    EXPECT_EQ(find(found, "notify").status, FindingStatus::limited);
    EXPECT_THAT(find(found, "watchdog").found, HasSubstr("30"));
    EXPECT_THAT(find(found, "units").found, HasSubstr("none"));
    EXPECT_THAT(find(found, "units").fix, HasSubstr("sudo cp contrib/systemd/rstat-tsa-* ")) << "it is not installed";
    service.unit_folder = "/usr/share/doc/rstat-tsa/contrib/systemd";
    EXPECT_THAT(find(diagnose_service(machine, service), "units").fix, HasSubstr("sudo cp /usr/share/doc/rstat-tsa/"));
}

}  // namespace
}  // namespace tsa
