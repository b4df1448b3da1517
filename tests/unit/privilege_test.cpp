// SPDX-License-Identifier: MIT
// Dropping capabilities: the requested ones are kept, if the process had them.
#include "app/host/privilege.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

namespace tsa {
namespace {

std::map<std::string, std::string> own_status() {
    std::ifstream file("/proc/self/status");
    std::map<std::string, std::string> values;
    for (std::string key, value; file >> key && std::getline(file >> std::ws, value);) {
        values[key] = value;
    }
    return values;
}

std::uint64_t bits_of(const std::string& hexadecimal) {
    constexpr int kBase = 16;
    return std::stoull(hexadecimal, nullptr, kBase);
}

constexpr std::uint64_t bit(int capability) {
    return std::uint64_t{1} << static_cast<unsigned>(capability);
}

/// Ends the process, with 0 if exactly the `allowed` capabilities remained.
[[noreturn]] void exit_if_it_keeps(const Keep& keep, std::uint64_t allowed) {
    auto before = own_status();
    if (!drop_capabilities(keep).ok()) {
        std::_Exit(2);
    }
    auto after = own_status();
    const bool exact = bits_of(after["CapEff:"]) == (bits_of(before["CapEff:"]) & allowed) &&
                       bits_of(after["CapPrm:"]) == (bits_of(before["CapPrm:"]) & allowed) &&
                       bits_of(after["CapInh:"]) == 0 && bits_of(after["CapAmb:"]) == 0 && after["NoNewPrivs:"] == "1";
    std::_Exit(exact ? 0 : 1);
}

/// What is dropped is dropped for good, so each check has a new process. It is executed, not only forked: other tests
/// have left threads here, and a forked child might find their locks held.
class Privilege : public testing::Test {
  protected:
    Privilege() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

    static void expect_exactly(const Keep& keep, std::uint64_t allowed) {
        EXPECT_EXIT(exit_if_it_keeps(keep, allowed), testing::ExitedWithCode(0), "");
    }
};

TEST_F(Privilege, is_given_up_for_good_where_nothing_is_kept) {
    expect_exactly(Keep{}, 0);
}

TEST_F(Privilege, is_kept_by_the_name_of_its_use) {
    Keep keep;
    keep.probes = true;
    expect_exactly(keep, bit(CAP_BPF));
    keep.taskstats = true;
    expect_exactly(keep, bit(CAP_BPF) | bit(CAP_NET_ADMIN));
    keep.signals = true;
    expect_exactly(keep, bit(CAP_BPF) | bit(CAP_NET_ADMIN) | bit(CAP_KILL));
}

TEST_F(Privilege, of_the_screens_is_limited_to_what_their_keys_need) {
    expect_exactly(kept_by_screens(), bit(CAP_BPF) | bit(CAP_PERFMON) | bit(CAP_NET_ADMIN) | bit(CAP_SYS_PTRACE) |
                                          bit(CAP_DAC_READ_SEARCH) | bit(CAP_KILL) | bit(CAP_SYS_NICE) |
                                          bit(CAP_SYS_ADMIN) | bit(CAP_DAC_OVERRIDE));
}

TEST_F(Privilege, of_stat_is_as_small_as_its_source_and_options_allow) {
    const Keep plain = kept_by_stat(Source::bpf, false);
    EXPECT_TRUE(plain.probes);
    EXPECT_FALSE(plain.more_probes || plain.taskstats || plain.signals || plain.priorities || plain.settings);
    EXPECT_TRUE(kept_by_stat(Source::bpf, true).taskstats);
    const Keep procfs = kept_by_stat(Source::procfs, true);
    EXPECT_TRUE(procfs.other_processes);
    EXPECT_FALSE(procfs.probes);
    EXPECT_TRUE(kept_by_stat_command().signals);
    RecordOptions record;
    record.output = "-";
    EXPECT_FALSE(kept_by_record(record, Source::bpf).signals);
    EXPECT_FALSE(kept_by_record(record, Source::bpf).foreign_files);
    EXPECT_FALSE(kept_by_record(record, Source::bpf).commands || kept_by_record(record, Source::bpf).programs);
    record.run = "gdb -p $PID";
    EXPECT_TRUE(kept_by_record(record, Source::bpf).commands);
    record.command_line = {"make"};
    record.taskstats = true;
    EXPECT_TRUE(kept_by_record(record, Source::bpf).signals);
    EXPECT_TRUE(kept_by_record(record, Source::bpf).taskstats);
}

}  // namespace
}  // namespace tsa
