// SPDX-License-Identifier: MIT
// NDJSON: parsed back; keys, nulls, hostile names, and no allocation once the buffer has its full size.
#include "output/ndjson.h"

#include <gmock/gmock.h>

#include <limits>

#include "model/neighbors.h"
#include "model/wait_stack.h"
#include "model/wakers.h"
#include "support/strict_json.h"
#include "text/time_text.h"
#include "unit/allocations.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using testing::AllocationCount;
using testing::LiteralReport;

rapidjson::Document parse(std::string_view line) {
    rapidjson::Document document;
    document.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag>(line.data(),
                                                                                               line.size());
    EXPECT_FALSE(document.HasParseError()) << line;
    return document;
}

std::string_view write(NdjsonWriter& writer, SelectedRows& rows, const Report& report) {
    rows.select_apart(report, {});
    return writer.write(report, rows);
}

TEST(Ndjson, a_report_is_one_line_with_the_schemas_keys) {
    LiteralReport literal;
    literal.add(7, "worker", 250);
    literal.add_exited(8, "gone", 10);
    NdjsonWriter writer;
    SelectedRows rows;
    const std::string line(write(writer, rows, literal.report));
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto json = parse(line);
    EXPECT_EQ(json["schema"].GetInt(), 1);
    EXPECT_EQ(json["time_unix_ns"].GetUint64(), literal.report.time_unix_ns);
    EXPECT_EQ(json["time_unix"].GetString(), std::string(rfc3339_text(literal.report.time_unix_ns).view()));
    EXPECT_EQ(json["interval_ns"].GetUint64(), 1'000'000'000U);
    EXPECT_STREQ(json["source"].GetString(), "bpf");
    EXPECT_EQ(json["health"]["exit_records_lost"].GetUint64(), 0U);
    EXPECT_EQ(json["system"]["cpus"].GetUint64(), 2U);
    ASSERT_EQ(json["threads"].Size(), 1U);
    EXPECT_EQ(json["threads"][0]["exec_ns"].GetUint64(), 250U);
    EXPECT_FALSE(json["threads"][0].HasMember("exit_time_unix_ns"));
    ASSERT_EQ(json["exited"].Size(), 1U);
    EXPECT_EQ(json["exited"][0]["exit_time_unix_ns"].GetUint64(), literal.report.time_unix_ns - 5);
    EXPECT_EQ(json["exited"][0]["exit_time_unix"].GetString(),
              std::string(rfc3339_text(literal.report.time_unix_ns - 5).view()));
    for (const Column& column : columns()) {
        EXPECT_TRUE(json["threads"][0].HasMember(std::string(column.key).c_str())) << column.key;
        EXPECT_TRUE(json["exited"][0].HasMember(std::string(column.key).c_str())) << column.key;
    }
}

TEST(Ndjson, the_start_time_is_also_text_that_no_double_rounds) {
    LiteralReport literal;
    literal.add(7, "old");
    Thread thread = *literal.report.threads[0].now;
    thread.start_time_ns = (std::uint64_t{1} << 53U) + 1;
    literal.report.threads[0].now = &thread;
    NdjsonWriter writer;
    SelectedRows rows;
    const auto json = parse(write(writer, rows, literal.report));
    EXPECT_STREQ(json["threads"][0]["start_time"].GetString(), "9007199.254740993");
}

TEST(Ndjson, what_was_not_measured_is_null) {
    LiteralReport literal;
    literal.add(7, "x");
    literal.report.system.cpu_busy_pct = std::numeric_limits<double>::quiet_NaN();
    NdjsonWriter writer;
    SelectedRows rows;
    const auto json = parse(write(writer, rows, literal.report));
    EXPECT_TRUE(json["system"]["cpu_busy_pct"].IsNull());
    EXPECT_TRUE(json["system"]["load1"].IsNull());
    EXPECT_TRUE(json["threads"][0]["rss_bytes"].IsNull());
    EXPECT_TRUE(json["threads"][0]["taskstats"].IsNull());
    EXPECT_TRUE(json["own"]["probe_ns"].IsNull());
}

class OneStack : public StackTable {
  public:
    [[nodiscard]] const WaitStack* find(const Thread& thread) const override {
        return thread.tid == 7 ? &stack : nullptr;
    }
    [[nodiscard]] std::string_view unavailable() const override { return ""; }

    WaitStack stack;
};

TEST(Ndjson, stacks_have_their_functions_innermost_first) {
    LiteralReport literal;
    literal.add(7, "worker");
    literal.add(8, "other");
    NdjsonWriter writer;
    SelectedRows rows;
    EXPECT_FALSE(parse(write(writer, rows, literal.report))["threads"][0].HasMember("stack")) << "not asked for";
    OneStack table;
    literal.report.stacks = &table;
    EXPECT_TRUE(parse(write(writer, rows, literal.report))["threads"][0]["stack"].IsNull()) << "not read yet";
    table.stack.status = StackStatus::read;
    table.stack.end = StackEnd::truncated;
    table.stack.user = {{"read", "libc.so.6", 0, 0}, {"", "a.out", 0, 0x1234}};
    table.stack.kernel = {{"pipe_read", "", 0, 0}};
    const auto json = parse(write(writer, rows, literal.report));
    const auto& stack = json["threads"][0]["stack"];
    ASSERT_EQ(stack["user"].Size(), 2U);
    EXPECT_STREQ(stack["user"][0].GetString(), "read");
    EXPECT_STREQ(stack["user"][1].GetString(), "[a.out]+0x1234");
    EXPECT_STREQ(stack["kernel"][0].GetString(), "pipe_read");
    EXPECT_NE(std::string_view(stack["incomplete"].GetString()).find("copied"), std::string_view::npos);
    EXPECT_TRUE(stack["label"].IsNull());
    EXPECT_TRUE(stack["kind"].IsNull());
    EXPECT_TRUE(json["threads"][1]["stack"].IsNull());
    table.stack.label = {"row lock", StackLabelKind::lock};
    const auto labeled = parse(write(writer, rows, literal.report));
    EXPECT_STREQ(labeled["threads"][0]["stack"]["label"].GetString(), "row lock");
    EXPECT_STREQ(labeled["threads"][0]["stack"]["kind"].GetString(), "lock");
}

class OneWaker : public WakerTable {
  public:
    [[nodiscard]] std::optional<Waker> find(const Thread& thread) const override {
        return thread.tid == 7 ? std::optional(waker) : std::nullopt;
    }
    [[nodiscard]] const WokenTable* woken(const ThreadKey& /*thread*/) const override { return nullptr; }
    [[nodiscard]] std::optional<std::uint64_t> irq_ns(const ThreadRow& /*row*/) const override { return 1234; }
    [[nodiscard]] std::string_view unavailable() const override { return ""; }

    Waker waker;
};

TEST(Ndjson, wakers_are_threads_or_kinds_of_interrupts) {
    LiteralReport literal;
    literal.add(7, "worker");
    literal.add(8, "other");
    NdjsonWriter writer;
    SelectedRows rows;
    EXPECT_FALSE(parse(write(writer, rows, literal.report))["threads"][0].HasMember("waker")) << "not asked for";
    OneWaker table;
    literal.report.wakers = &table;
    EXPECT_TRUE(parse(write(writer, rows, literal.report))["threads"][0]["waker"].IsNull());
    table.waker.kind = WakerKind::thread;
    table.waker.tid = 12;
    table.waker.tgid = 11;
    table.waker.comm = {'p', 'e', 'e', 'r'};
    auto json = parse(write(writer, rows, literal.report));
    EXPECT_EQ(json["threads"][0]["exec_irq_ns"].GetUint64(), 1234U);
    EXPECT_EQ(json["threads"][0]["waker"]["tid"].GetUint64(), 12U);
    EXPECT_EQ(json["threads"][0]["waker"]["tgid"].GetUint64(), 11U);
    EXPECT_STREQ(json["threads"][0]["waker"]["comm"].GetString(), "peer");
    EXPECT_TRUE(json["threads"][1]["waker"].IsNull());
    table.waker.tid = table.waker.tgid = 0;
    EXPECT_TRUE(parse(write(writer, rows, literal.report))["threads"][0]["waker"]["tid"].IsNull());
    table.waker.kind = WakerKind::net;
    EXPECT_STREQ(parse(write(writer, rows, literal.report))["threads"][0]["waker"]["interrupt"].GetString(), "net");
    table.waker.kind = WakerKind::unsure;
    EXPECT_TRUE(parse(write(writer, rows, literal.report))["threads"][0]["waker"].IsNull());
}

class OneNeighborhood : public NeighborTable {
  public:
    [[nodiscard]] const CpuWaitBy* of(const ThreadKey& thread) const override {
        return thread.tid == 7 ? &waits : nullptr;
    }
    [[nodiscard]] std::string_view unavailable() const override { return ""; }

    CpuWaitBy waits;
};

TEST(Ndjson, neighbors_of_the_interval_are_listed_most_first) {
    LiteralReport literal;
    literal.add(7, "worker");
    literal.add(8, "other");
    NdjsonWriter writer;
    SelectedRows rows;
    EXPECT_FALSE(parse(write(writer, rows, literal.report))["threads"][0].HasMember("cpu_wait_by")) << "not asked for";
    OneNeighborhood table;
    literal.report.neighbors = &table;
    Neighbor first;
    first.key.tid = first.tgid = 12;
    first.comm = {'a'};
    first.total_ns = 900;
    first.recent_ns = 10;
    Neighbor second = first;
    second.key.tid = 13;
    second.cgroup = "/batch";
    second.recent_ns = 20;
    Neighbor quiet = first;
    quiet.recent_ns = 0;
    Neighbor idle = first;
    idle.idle = true;
    table.waits.neighbors = {first, second, quiet, idle};
    const auto json = parse(write(writer, rows, literal.report));
    const auto& by = json["threads"][0]["cpu_wait_by"];
    ASSERT_EQ(by.Size(), 2U);
    EXPECT_EQ(by[0]["tid"].GetUint64(), 13U);
    EXPECT_EQ(by[0]["ns"].GetUint64(), 20U);
    EXPECT_STREQ(by[0]["cgroup"].GetString(), "/batch");
    EXPECT_STREQ(by[1]["comm"].GetString(), "a");
    EXPECT_TRUE(by[1]["cgroup"].IsNull());
    EXPECT_TRUE(json["threads"][1]["cpu_wait_by"].IsNull());
}

TEST(Ndjson, a_verdict_has_its_cause_share_and_text) {
    LiteralReport literal;
    literal.add(7, "worker");
    NdjsonWriter writer;
    SelectedRows rows;
    ThreadRow& row = literal.report.threads[0];
    row.state_ns = {};
    row.state_ns[index(ThreadState::idle)] = 1'000'000'000;
    EXPECT_TRUE(parse(write(writer, rows, literal.report))["threads"][0]["verdict"].IsNull());
    row.state_ns[index(ThreadState::idle)] = 0;
    row.state_ns[index(ThreadState::io_wait)] = 900'000'000;
    row.state_ns[index(ThreadState::cpu_wait)] = 100'000'000;
    const auto json = parse(write(writer, rows, literal.report));
    const auto& verdict = json["threads"][0]["verdict"];
    EXPECT_STREQ(verdict["cause"].GetString(), "storage");
    EXPECT_DOUBLE_EQ(verdict["share"].GetDouble(), 0.9);
    EXPECT_TRUE(verdict["culprit"].IsNull());
    EXPECT_EQ(std::string_view(verdict["text"].GetString()).substr(0, 40), "90 % of its delay is waiting for storage");
}

TEST(Ndjson, hostile_names_stay_valid_and_printable) {
    LiteralReport literal;
    literal.add(1, "\x1b[2J\x07");
    literal.add(2, "\xff\xc3(\xe2\x82");
    literal.add(3, "a\"b\\c\n");
    literal.add(4, "grün");
    NdjsonWriter writer;
    SelectedRows rows;
    const auto json = parse(write(writer, rows, literal.report));
    EXPECT_STREQ(json["threads"][0]["comm"].GetString(), "\\x1b[2J\\x07");
    EXPECT_STREQ(json["threads"][1]["comm"].GetString(), "\\xff\\xc3(\\xe2\\x82");
    EXPECT_STREQ(json["threads"][2]["comm"].GetString(), "a\"b\\c\\x0a");
    EXPECT_STREQ(json["threads"][3]["comm"].GetString(), "grün");
}

TEST(Ndjson, numbers_keep_all_their_bits) {
    LiteralReport literal;
    Thread& thread = literal.add(7, "x");
    thread.state = ThreadState::lock_wait;
    thread.nice = -20;
    thread.wait.kernel_lock = true;
    thread.wait.args[0] = 0xffff'8881'2345'6788;
    NdjsonWriter writer;
    SelectedRows rows;
    const auto json = parse(write(writer, rows, literal.report));
    EXPECT_EQ(json["threads"][0]["wait_arg0"].GetUint64(), 0xffff'8881'2345'6788U);
    EXPECT_EQ(json["threads"][0]["nice"].GetInt(), -20);
}

TEST(Ndjson, the_count_of_allocations_sees_the_first_line) {
    if (!testing::allocations_are_counted()) {
        GTEST_SKIP() << "a sanitizer holds malloc";
    }
    LiteralReport literal;
    literal.add(7, "x");
    const AllocationCount count;
    NdjsonWriter writer;
    SelectedRows rows;
    (void)write(writer, rows, literal.report);
    EXPECT_GT(count.so_far(), 0U);
}

TEST(Ndjson, a_steady_state_allocates_nothing) {
    LiteralReport literal;
    for (std::uint32_t tid = 1; tid <= 500; ++tid) {
        literal.add(tid, "worker", tid);
    }
    NdjsonWriter writer;
    SelectedRows rows;
    const Selection selection{find_sort_column("cpu"), true, 0};
    rows.select_apart(literal.report, selection);
    const std::size_t length = writer.write(literal.report, rows).size();
    const AllocationCount count;
    rows.select_apart(literal.report, selection);
    EXPECT_EQ(writer.write(literal.report, rows).size(), length);
    EXPECT_EQ(count.so_far(), 0U);
}

// The worst three of a table, wherever they are in the report, and ended ones among them.
TEST(Ndjson, a_limit_takes_the_same_rows_as_the_table) {
    LiteralReport literal;
    for (std::uint32_t tid = 1; tid <= 9; ++tid) {
        literal.add(tid, "worker", 1'000'000'000 - 1000 * tid);
    }
    literal.add_exited(20, "short", 1'000'000).state = ThreadState::zombie;
    literal.report.exited.back().state_ns[index(ThreadState::lock_wait)] = 8500;
    const Selection selection{find_sort_column("delay"), true, 3};
    SelectedRows table, json;
    table.select_together(literal.report, selection);
    json.select_apart(literal.report, selection);
    std::vector<const ThreadRow*> of_json(json.threads().begin(), json.threads().end());
    EXPECT_EQ(of_json.size(), 2U);
    of_json.insert(of_json.end(), json.exited().begin(), json.exited().end());
    EXPECT_THAT(of_json, ::testing::UnorderedElementsAreArray(table.threads().begin(), table.threads().end()));
    EXPECT_EQ(json.threads().front()->now->tid, 9U);
    EXPECT_EQ(json.exited().front()->now->tid, 20U);
}

}  // namespace
}  // namespace tsa
