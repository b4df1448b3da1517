// SPDX-License-Identifier: MIT
// meta.json: written files can be read, also by older and newer versions; invalid files are reported.
#include "record/meta.h"

#include <gmock/gmock.h>

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

RecordingMeta full_meta() {
    RecordingMeta meta;
    meta.version = "1.2.3";
    meta.host = "build-7";
    meta.kernel = "6.1.0-41-amd64";
    meta.machine = "x86_64";
    meta.cpus = 8;
    meta.boot_id = "0b1c";
    meta.id = "5f2e";
    meta.name = "monday \"2\"";
    meta.labels = {{"service", "checkout"}, {"tier", "a=b"}};
    meta.source = Source::procfs;
    meta.begin_unix_ns = 1'700'000'000'123'456'789;
    meta.interval_ms = 250;
    meta.quiet_limit_ns = 60'000'000'000;
    meta.utc_offsets = -12'600;
    EXPECT_TRUE(meta.utc_offsets.change({1'700'000'000'000'000'005, -9'000}));
    EXPECT_TRUE(meta.utc_offsets.change({1'710'000'000'000'000'000, -12'600}));
    meta.compressed = true;
    meta.taskstats = true;
    meta.filters = {"process 4121", "names like \"a*\""};
    meta.command = {"sh", "-c", "echo \"x\"\n\x1b[0m", "caf\xc3\xa9"};
    meta.users = {{0, "root"}, {4294967294, "nobody"}};
    meta.capture = CaptureNote{"a > 1", 1'700'000'030'000'000'000, {{"a", "2"}, {"b(\"x\")", "3 s"}}, 60,
                               30,      1'700'000'030'200'000'000};
    meta.end = RecordingEnd{1'700'000'060'000'000'000, "stopped by SIGINT", 240, 9000, 311, 2, 3, std::nullopt};
    return meta;
}

TEST(RecordMeta, is_read_as_it_was_written) {
    const RecordingMeta meta = full_meta();
    const Result<RecordingMeta> read = decode_meta(encode_meta(meta));
    ASSERT_TRUE(read.ok()) << read.error().text();
    const RecordingMeta& again = read.value();
    EXPECT_EQ(encode_meta(again), encode_meta(meta));
    EXPECT_EQ(again.source, Source::procfs);
    EXPECT_EQ(again.begin_unix_ns, meta.begin_unix_ns);
    EXPECT_EQ(again.utc_offsets, meta.utc_offsets);
    EXPECT_TRUE(again.compressed);
    EXPECT_EQ(again.boot_id, "0b1c");
    EXPECT_EQ(again.id, "5f2e");
    EXPECT_EQ(again.name, "monday \"2\"");
    EXPECT_THAT(again.labels, ElementsAre(Pair("service", "checkout"), Pair("tier", "a=b")));
    EXPECT_EQ(again.filters, meta.filters);
    EXPECT_EQ(again.command, meta.command);
    EXPECT_THAT(again.users, ElementsAre(Pair(0U, "root"), Pair(4294967294U, "nobody")));
    ASSERT_TRUE(again.capture.has_value());
    EXPECT_EQ(again.capture->detail_from_unix_ns, 1'700'000'030'200'000'000U);
    EXPECT_EQ(again.capture->values.at(1).name, "b(\"x\")");
    ASSERT_TRUE(again.end.has_value());
    EXPECT_EQ(again.end->why, "stopped by SIGINT");
    EXPECT_EQ(again.end->threads, 311U);
    EXPECT_EQ(again.end->exit_code, 3);
    EXPECT_FALSE(again.end->signal.has_value());
}

TEST(RecordMeta, of_an_interrupted_recording_has_no_end) {
    RecordingMeta meta = full_meta();
    meta.end.reset();
    EXPECT_THAT(encode_meta(meta), HasSubstr("\"end\": null"));
    const Result<RecordingMeta> read = decode_meta(encode_meta(meta));
    ASSERT_TRUE(read.ok());
    EXPECT_FALSE(read.value().end.has_value());
}

TEST(RecordMeta, says_that_only_a_container_was_seen) {
    RecordingMeta meta;
    EXPECT_FALSE(decode_meta(encode_meta(meta)).value().container);
    meta.container = true;
    EXPECT_TRUE(decode_meta(encode_meta(meta)).value().container);
    EXPECT_FALSE(decode_meta("{}").value().container);
}

TEST(RecordMeta, holds_arguments_that_are_no_utf8_as_escapes) {
    RecordingMeta meta;
    meta.command = {"cat", "\xff\xfe name"};
    const Result<RecordingMeta> read = decode_meta(encode_meta(meta));
    ASSERT_TRUE(read.ok()) << read.error().text();
    EXPECT_THAT(read.value().command, ElementsAre("cat", "\\xff\\xfe name"));
}

TEST(RecordMeta, unknown_keys_and_invalid_values_are_ignored) {
    const Result<RecordingMeta> read = decode_meta(
        R"({"schema":1,"colour":"blue","host":7,"cpus":-1,"kernel":"6.9","users":{"x":"a","5":"five","6":6},
            "filters":"none","command":[1,"ls"],"end":{"why":"done","rows":"many"}})");
    ASSERT_TRUE(read.ok()) << read.error().text();
    EXPECT_EQ(read.value().host, "");
    EXPECT_EQ(read.value().cpus, 0U);
    EXPECT_EQ(read.value().kernel, "6.9");
    EXPECT_THAT(read.value().users, ElementsAre(Pair(5U, "five")));
    EXPECT_THAT(read.value().filters, ElementsAre());
    EXPECT_THAT(read.value().command, ElementsAre("ls"));
    EXPECT_EQ(read.value().end->why, "done");
    EXPECT_EQ(read.value().end->rows, 0U);
}

TEST(RecordMeta, an_offset_from_utc_that_does_not_exist_is_ignored) {
    const Result<RecordingMeta> read = decode_meta(
        R"({"utc_offset_s":9223372036854775807,"utc_offset_changes":[{"from_unix_ns":7,"utc_offset_s":3600},8,)"
        R"({"from_unix_ns":7,"utc_offset_s":7200},{"from_unix_ns":9,"utc_offset_s":-9223372036854775808}]})");
    ASSERT_TRUE(read.ok());
    UtcOffsets wanted = 0;
    ASSERT_TRUE(wanted.change({7, 3600}) && wanted.change({9, 0}));
    EXPECT_EQ(read.value().utc_offsets, wanted);
}

TEST(RecordMeta, of_a_newer_schema_is_refused_with_both_numbers) {
    const Result<void> read = check_schema(decode_meta(R"({"schema":99})").value());
    ASSERT_FALSE(read.ok());
    EXPECT_THAT(read.error().message, HasSubstr("99"));
    EXPECT_THAT(read.error().message, HasSubstr("1"));
    EXPECT_NE(read.error().hint, "");
}

TEST(RecordMeta, that_is_not_a_json_object_is_an_error) {
    for (const std::string text : {"", "{", "[]", "null", "{\"host\":\"\xff\"}"}) {
        const Result<RecordingMeta> read = decode_meta(text);
        ASSERT_FALSE(read.ok()) << text;
        EXPECT_NE(read.error().message, "");
    }
    EXPECT_FALSE(decode_meta(std::string(1'000'000, '[')).ok()) << "nesting without an end";
}

}  // namespace
}  // namespace tsa
