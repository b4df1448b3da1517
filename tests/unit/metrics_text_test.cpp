// SPDX-License-Identifier: MIT
// What a scrape returns, in both formats: goldens of a small machine, the rules of the formats, and which one a request
// gets. `promtool check metrics` reads the real thing in tests/program/metrics_test.cpp.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <sstream>

#include "metrics/metrics.h"
#include "model/sample.h"
#include "paths.h"
#include "unit/golden.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::LiteralReport;
using ::testing::Not;

class MetricsTextTest : public ::testing::Test {
  protected:
    MetricsTextTest() {
        Thread& waiter = world_.add(10, "post\"gres\\\xff", 250'000'000);
        waiter.state = ThreadState::lock_wait;
        waiter.wait.kind = FutexKind::rwlock_writer;
        waiter.since_ns = world_.report.now_ns - 1'500'000'000;
        Thread& runner = world_.add(20, "nginx", 1'000'000'000);
        runner.state = ThreadState::exec;
        world_.report.threads[1].process = 1;
        world_.report.processes.resize(2);
        world_.report.processes[0].leader = world_.report.threads[0].now;
        world_.report.processes[1].leader = world_.report.threads[1].now;
        for (const ThreadRow& row : world_.report.threads) {
            for (std::size_t state = 0; state < kStateCount; ++state) {
                world_.report.total_ns[state] += row.state_ns[state];
            }
        }
        world_.report.health.exit_records_lost = 3;
        sample_.own.cpu_ns = 123'456'789;
        sample_.system.net_rx_bytes = 1000;
        sample_.system.net_tx_bytes = 2000;
        groups_.add(world_.report, {});
        machine_.version = "1.2.3";
        machine_.start_unix_ns = 1'700'000'000'500'000'000;
        machine_.take(world_.report, sample_);
        sample_.system.net_rx_bytes = 1500;
        machine_.take(world_.report, sample_);
        machine_.run_queue.emplace();
        machine_.run_queue->total_ns = 2'500'000;
        machine_.run_queue->counts[3] = 1;   // some ns
        machine_.run_queue->counts[20] = 4;  // a ms
        machine_.run_queue->counts[40] = 1;  // quarters of an hour
    }
    std::string render(Exposition format) { return std::string(text_.render(groups_, machine_, format)); }

    LiteralReport world_;
    Sample sample_;
    MetricGroups groups_{{GroupKey::unit, GroupKey::command}, 10};
    MachineMetrics machine_;
    MetricsText text_;
};

TEST_F(MetricsTextTest, golden_of_the_text_format) {
    test::expect_golden_file("metrics/text.prom", render(Exposition::text));
}

TEST_F(MetricsTextTest, golden_of_openmetrics) {
    test::expect_golden_file("metrics/openmetrics.txt", render(Exposition::open_metrics));
}

TEST_F(MetricsTextTest, names_have_their_units_and_counters_end_in_total) {
    std::istringstream lines(render(Exposition::open_metrics));
    std::string line;
    std::string family;
    std::string type;
    std::string last;
    std::set<std::string> families;
    while (std::getline(lines, line)) {
        last = line;
        std::istringstream words(line);
        std::string hash;
        std::string kind;
        std::string name;
        words >> hash >> kind >> name;
        if (kind == "HELP") {
            family = name;
            EXPECT_TRUE(families.insert(family).second) << family << " is there twice";
        } else if (kind == "TYPE") {
            words >> type;
            EXPECT_EQ(name, family);
        } else if (kind == "UNIT") {
            std::string unit;
            words >> unit;
            EXPECT_THAT(family, EndsWith("_" + unit));
        } else if (hash != "#") {
            EXPECT_TRUE(line.starts_with(family)) << line;
            const std::string sample = line.substr(0, line.find_first_of("{ "));
            EXPECT_EQ(sample.ends_with("_total"), type == "counter") << line;
            EXPECT_EQ(sample.ends_with("_info"), type == "info") << line;
        }
    }
    EXPECT_EQ(last, "# EOF");
}

TEST_F(MetricsTextTest, docs_have_each_of_them) {
    machine_.own_probe_ns = machine_.own_memory_bytes = 1;
    sample_.system.disk_read_bytes = sample_.system.disk_write_bytes = 1;
    machine_.take(world_.report, sample_);
    std::ifstream file(paths::kSources + "/docs/metrics.md");
    std::stringstream document;
    document << file.rdbuf();
    std::istringstream lines(render(Exposition::text));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string hash;
        std::string kind;
        std::string name;
        words >> hash >> kind >> name;
        if (kind == "TYPE") {
            EXPECT_THAT(document.str(), HasSubstr("| `" + name)) << "docs/metrics.md";
        }
    }
    for (const DropReason& reason : kDropReasons) {
        EXPECT_THAT(document.str(), HasSubstr(fmt::format("`{}`", reason.name)));
    }
    for (const std::string_view kind : kLockKindNames) {
        EXPECT_THAT(document.str(), HasSubstr(fmt::format("`{}`", kind)));
    }
}

TEST_F(MetricsTextTest, unmeasured_states_have_no_series) {
    machine_.measured = measured_bit(ThreadState::exec) | measured_bit(ThreadState::cpu_wait);
    const std::string text = render(Exposition::text);
    EXPECT_THAT(text, HasSubstr("state=\"exec\""));
    EXPECT_THAT(text, Not(HasSubstr("state=\"io_wait\"")));
    EXPECT_THAT(text, Not(HasSubstr("rstat_tsa_lock_waiters")));
    EXPECT_THAT(text, Not(HasSubstr("rstat_tsa_cpu_wait_seconds_total")));
    EXPECT_THAT(text, Not(HasSubstr("rstat_tsa_storage_bytes")));
}

TEST(Growth, begins_at_0_and_does_not_decrease_when_its_source_does) {
    Growth growth;
    EXPECT_FALSE(growth.total().has_value());
    growth.take(1000);
    EXPECT_EQ(growth.total(), 0);
    growth.take(1500);
    growth.take(200);  // a device was replaced
    EXPECT_EQ(growth.total(), 500);
    growth.take(std::nullopt);
    growth.take(300);
    EXPECT_EQ(growth.total(), 600);
}

TEST(Exposition, is_openmetrics_only_where_it_is_named) {
    EXPECT_EQ(accepted_exposition(""), Exposition::text);
    EXPECT_EQ(accepted_exposition("*/*"), Exposition::text);
    EXPECT_EQ(accepted_exposition("text/plain;version=0.0.4;q=0.5,*/*;q=0.1"), Exposition::text);
    EXPECT_EQ(accepted_exposition("application/openmetrics-text"), Exposition::open_metrics);
    EXPECT_EQ(accepted_exposition("Application/OpenMetrics-Text; version=1.0.0"), Exposition::open_metrics);
    EXPECT_EQ(
        accepted_exposition("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1"
                            ";q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
        Exposition::open_metrics);
    EXPECT_EQ(accepted_exposition("application/openmetrics-text;q=0"), Exposition::text);
    EXPECT_EQ(accepted_exposition("application/openmetrics-textual"), Exposition::text);
    EXPECT_EQ(accepted_exposition(",,;;,application/openmetrics-text"), Exposition::open_metrics);
}

TEST(Exposition, labels_are_utf8_and_escaped) {
    std::string labels;
    put_label(labels, "a", "x\"y\\z\n\x1b\xff\xc3\xa4");
    put_label(labels, "b", "");
    EXPECT_EQ(labels, "a=\"x\\\"y\\\\z\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xa4\",b=\"\"");
}

TEST(RunQueueWaits, have_bounds_in_powers_of_two_of_a_second) {
    EXPECT_DOUBLE_EQ(RunQueueWaits::bound_s(29), 1);
    EXPECT_DOUBLE_EQ(RunQueueWaits::bound_s(30), 2);
    EXPECT_EQ(tsa_run_queue_units(1'000'000'000), std::uint64_t{1} << 30U);
    EXPECT_EQ(tsa_run_queue_units(500'000'000), std::uint64_t{1} << 29U);
    EXPECT_EQ(tsa_run_queue_units(UINT64_MAX), tsa_run_queue_units(std::uint64_t{1} << 33U)) << "no overflow";
}

}  // namespace
}  // namespace tsa
