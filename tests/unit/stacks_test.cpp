// SPDX-License-Identifier: MIT
// The pure parts of stacks: mappings, perf maps, expressions of unwind tables, slots of files, names of frames.
#include <dwarf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <cstring>
#include <string>
#include <vector>

#include "model/wait_stack.h"
#include "stacks/expression.h"
#include "stacks/file_slots.h"
#include "stacks/mappings.h"
#include "stacks/symbols.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(CodeMappings, only_executable_memory_counts_each_kind_by_its_path) {
    constexpr std::string_view kMaps =
        "00400000-00423000 r--p 00000000 08:02 173521     /usr/bin/a b\n"
        "00423000-006e8000 r-xp 00023000 08:02 173521     /usr/bin/a b\n"
        "7f0000000000-7f0000001000 r-xp 00000000 08:02 9  /tmp/gone.so (deleted)\n"
        "7f1000000000-7f1000001000 rwxp 00000000 00:00 0 \n"
        "7f2000000000-7f2000001000 r-xs 00000000 00:01 7  /memfd:jit (deleted)\n"
        "7ffd4a000000-7ffd4a002000 r-xp 00000000 00:00 0  [vdso]\n";
    const std::vector<CodeMapping> mappings = code_mappings(kMaps);
    ASSERT_THAT(mappings, SizeIs(5));
    EXPECT_EQ(mappings[0], (CodeMapping{0x423000, 0x6e8000, 0x23000, makedev(8, 2), 173521, MappingKind::file, false,
                                        "/usr/bin/a b"}));
    EXPECT_EQ(module_name(mappings[0]), "a b");
    EXPECT_EQ(module_name(mappings[1]), "gone.so (deleted)");
    EXPECT_EQ(mappings[2].kind, MappingKind::anonymous);
    EXPECT_EQ(mappings[3].kind, MappingKind::file);
    EXPECT_EQ(module_name(mappings[3]), "memfd:jit (deleted)");
    EXPECT_EQ(mappings[4].kind, MappingKind::vdso);
    EXPECT_EQ(module_name(mappings[4]), "[vdso]");
}

TEST(CodeMappings, lines_that_are_not_mappings_are_skipped) {
    for (const std::string_view line :
         {"\n", "x\n", "2-1 r-xp 0 08:02 1 /a\n", "1-2 r-xp zz 08:02 1 /a\n", "1-2 rx 0 08:02 1 /a\n",
          "1-2 r-xp 0 0802 1 /a\n", "1-2 r-xp 0 08:02 x /a\n", "1-2 r-xp 0 08:02 1 /a"}) {
        EXPECT_THAT(code_mappings(line), IsEmpty()) << line;
    }
}

TEST(CodeMappings, words_that_are_addresses_of_code_mark_their_mapping) {
    const std::vector<CodeMapping> mappings =
        code_mappings("1000-2000 r-xp 0 08:02 1 /a\n3000-4000 r-xp 0 08:02 2 /b\n");
    std::vector<bool> referenced;
    note_referenced(mappings, std::vector<std::uint64_t>{0xfff, 0x2000, 0x2fff, 0x3000}, referenced);
    EXPECT_THAT(referenced, ElementsAre(false, true));
    EXPECT_EQ(mapping_at(mappings, 0x1fff), &mappings[0]);
    EXPECT_EQ(mapping_at(mappings, 0x2000), nullptr);
}

TEST(PerfMap, an_address_has_the_name_of_its_function) {
    const SymbolTable table = read_perf_map("1000 10 one\n2000 20 two words\n");
    EXPECT_EQ(table.find(0x1000)->name, "one");
    EXPECT_EQ(table.find(0x201f)->name, "two words");
    EXPECT_EQ(table.find(0x201f)->offset, 0x1fU);
    EXPECT_FALSE(table.find(0x1010));
    EXPECT_FALSE(table.find(0xfff));
}

TEST(PerfMap, memory_that_was_used_again_belongs_to_the_last_function) {
    const SymbolTable table = read_perf_map("1000 100 old\n2000 100 stale\n1080 1000 new\n");
    EXPECT_EQ(table.find(0x1000)->name, "old");
    EXPECT_EQ(table.find(0x1080)->name, "new");
    EXPECT_EQ(table.find(0x2000)->name, "new");
    EXPECT_FALSE(table.find(0x2090));
}

TEST(PerfMap, lines_that_are_not_functions_are_skipped) {
    const SymbolTable table =
        read_perf_map("\nx y z\n1000 0 empty\nffffffffffffffff 10 wraps\n1000 10\n1000 10 unfinished");
    EXPECT_EQ(table.size(), 0U);
}

TEST(Demangled, names_of_cpp_and_rust_are_for_people) {
    EXPECT_EQ(demangled("_ZN3tsa4Loop3runEv"), "tsa::Loop::run()");
    EXPECT_EQ(demangled("_ZN4core3fmt5write17h0123456789abcdefE"), "core::fmt::write");
    EXPECT_EQ(demangled("_ZN3std4sync4mpmc4list16Channel$LT$T$GT$4recv17h0123456789abcdefE"),
              "std::sync::mpmc::list::Channel<T>::recv");
    EXPECT_EQ(demangled("_RNvMNtNtNtNtCsjrHSEGnQ3l9_3std3sys4sync5mutex5futexNtB2_5Mutex14lock_contended"),
              "<std::sys::sync::mutex::futex::Mutex>::lock_contended");
    EXPECT_EQ(demangled("_RNvNtNtCsjrHSEGnQ3l9_3std6thread9functions5sleep"), "std::thread::functions::sleep");
    EXPECT_EQ(demangled("_Rnot a name"), "_Rnot a name");
    EXPECT_EQ(demangled("read"), "read");
    EXPECT_EQ(demangled("_Znot a name"), "_Znot a name");
    EXPECT_THAT(demangled(std::string(5000, 'x')), SizeIs(kMaxNameBytes));
}

TEST(Demangled, a_rust_name_whose_parts_refer_to_each_other_many_times_is_left) {
    std::string name = "_RINvC1a1fT";
    for (int number = 0; number < 30; ++number) {
        name += "B2_";
    }
    name += "EE";
    EXPECT_EQ(demangled(name), name.substr(0, std::min(name.size(), kMaxNameBytes)));
}

class Expression : public ::testing::Test {
  protected:
    Expression() { std::memcpy(memory_.data() + 8, &kWord, sizeof(kWord)); }

    std::optional<std::uint64_t> value(std::vector<Dwarf_Op> operations, std::optional<std::uint64_t> cfa = {}) {
        missing_.reset();
        const auto result = evaluate(operations, registers_, cfa, {0x1000, memory_}, &missing_);
        is_value_ = result && result->is_value;
        return result ? std::optional(result->value) : std::nullopt;
    }

    static constexpr std::uint64_t kWord = 0x1122334455667788;
    std::vector<std::uint8_t> memory_ = std::vector<std::uint8_t>(16);
    Registers registers_{};
    std::optional<std::uint64_t> missing_;
    bool is_value_ = false;
};

TEST_F(Expression, the_rules_of_common_tables) {
    registers_[7] = 0x1000;
    EXPECT_EQ(value({{DW_OP_breg7, 8, 0, 0}}), 0x1008U);
    EXPECT_FALSE(is_value_);
    EXPECT_EQ(value({{DW_OP_call_frame_cfa, 0, 0, 0}, {DW_OP_plus_uconst, static_cast<Dwarf_Word>(-8), 0, 0}}, 0x1010),
              0x1008U);
    EXPECT_EQ(value({{DW_OP_breg7, 8, 0, 0}, {DW_OP_deref, 0, 0, 0}}), kWord);
    EXPECT_EQ(value({{DW_OP_breg7, 8, 0, 0}, {DW_OP_deref_size, 2, 0, 0}}), kWord & 0xffff);
    registers_[3] = 42;
    EXPECT_EQ(value({{DW_OP_regx, 3, 0, 0}}), 42U);
    EXPECT_TRUE(is_value_);
}

/// The table of x86-64 for entries of the procedure linkage table.
TEST_F(Expression, the_rule_of_the_procedure_linkage_table) {
    registers_[7] = 0x1000;
    const auto cfa_at = [&](std::uint64_t ip) {
        registers_[16] = ip;
        return value({{DW_OP_breg7, 8, 0, 0},
                      {DW_OP_breg16, 0, 0, 0},
                      {DW_OP_lit15, 0, 0, 0},
                      {DW_OP_and, 0, 0, 0},
                      {DW_OP_lit11, 0, 0, 0},
                      {DW_OP_ge, 0, 0, 0},
                      {DW_OP_lit3, 0, 0, 0},
                      {DW_OP_shl, 0, 0, 0},
                      {DW_OP_plus, 0, 0, 0}});
    };
    EXPECT_EQ(cfa_at(0x400020), 0x1008U);
    EXPECT_EQ(cfa_at(0x40002b), 0x1010U);
}

TEST_F(Expression, what_is_not_there_has_no_value) {
    registers_[7] = 0x1000;
    EXPECT_FALSE(value({{DW_OP_breg6, 0, 0, 0}})) << "a register that was not saved";
    EXPECT_FALSE(value({{DW_OP_breg7, 9, 0, 0}, {DW_OP_deref, 0, 0, 0}})) << "memory beyond the copy";
    EXPECT_EQ(missing_, 0x1009U);
    EXPECT_FALSE(value({{DW_OP_plus, 0, 0, 0}})) << "an empty stack";
    EXPECT_FALSE(value({{DW_OP_skip, 0, 0, 0}})) << "a jump";
    EXPECT_FALSE(value({}));
    EXPECT_FALSE(value(std::vector<Dwarf_Op>(40, {DW_OP_lit1, 0, 0, 0}))) << "too deep";
}

TEST(FileSlots, the_file_that_was_used_longest_ago_makes_room) {
    FileSlots slots;
    for (std::uint64_t inode = 1; inode <= kHelperSlots; ++inode) {
        EXPECT_EQ(slots.take({1, inode, 0}), inode - 1);
    }
    EXPECT_EQ(slots.take({1, 1000, 0}), kNoSlot) << "all are in use in this round";
    slots.begin_round();
    EXPECT_EQ(slots.find({1, 1, 0}), 0U);
    EXPECT_EQ(slots.take({1, 1000, 0}), 1U);
    EXPECT_EQ(slots.find({1, 2, 0}), std::nullopt);
    EXPECT_EQ(slots.dropped(), 1U);
}

TEST(FileSlots, a_file_that_could_not_be_loaded_is_not_tried_again) {
    FileSlots slots;
    EXPECT_EQ(slots.take({1, 5, 0}), 0U);
    slots.refuse({1, 5, 0});
    EXPECT_EQ(slots.find({1, 5, 0}), kNoSlot);
    slots.clear();
    slots.refuse({1, 6, 0});
    EXPECT_EQ(slots.find({1, 6, 0}), kNoSlot);
    EXPECT_EQ(slots.find({1, 5, 0}), std::nullopt);
}

TEST(WaitStack, a_frame_without_a_name_has_its_module_and_offset) {
    EXPECT_EQ(frame_words({"read", "libc.so.6", 0x7f00, 0x100}), "read");
    EXPECT_EQ(frame_words({"", "libfoo.so (deleted)", 0x7f00, 0x1234}), "[libfoo.so (deleted)]+0x1234");
    EXPECT_EQ(frame_words({"", "", 0x7f12a000, 0x7f12a000}), "0x7f12a000");
}

}  // namespace
}  // namespace tsa
