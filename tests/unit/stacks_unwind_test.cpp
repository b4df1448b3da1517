// SPDX-License-Identifier: MIT
// Unwinding this process's own stack from a copy of it, through the messages to the helper: no kernel feature is
// needed, so this runs on every architecture. And what damaged copies and hostile files make of it.
#include <dlfcn.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/auxv.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "base/text_file.h"
#include "stacks/helper_service.h"
#include "stacks/mappings.h"
#include "stacks/unwind.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;

/// Registers and stack of a moment.
struct Captured {
    std::array<std::uint64_t, TSA_STACK_REGISTERS> registers{};
    std::uint64_t begin = 0;
    std::vector<std::uint8_t> stack;
};

void fill_registers(const ucontext_t& context, Captured& out) {
    const mcontext_t& machine = context.uc_mcontext;
#if defined(__aarch64__)
    for (std::size_t number = 0; number < 31; ++number) {
        out.registers[number] = machine.regs[number];
    }
    out.registers[31] = machine.sp;
    out.registers[32] = machine.pc;
#else
    constexpr std::array<int, 17> kOrder{REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8,
                                         REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
    for (std::size_t number = 0; number < kOrder.size(); ++number) {
        out.registers[number] = static_cast<std::uint64_t>(machine.gregs[kOrder[number]]);
    }
#endif
}

#define KEPT __attribute__((noinline, used))

/// Where this thread's stack ends.
std::uint64_t stack_top() {
    pthread_attr_t attributes;
    void* bottom = nullptr;
    std::size_t bytes = 0;
    EXPECT_EQ(::pthread_getattr_np(::pthread_self(), &attributes), 0);
    ::pthread_attr_getstack(&attributes, &bottom, &bytes);
    ::pthread_attr_destroy(&attributes);
    return reinterpret_cast<std::uint64_t>(bottom) + bytes;
}

/// The caller's stack, at most `bytes` of it.
KEPT void capture(Captured& out, std::size_t bytes) {
    ucontext_t context{};
    ::getcontext(&context);
    fill_registers(context, out);
    out.begin = out.registers[kRegisterNames.stack_pointer];
    const auto* from = reinterpret_cast<const std::uint8_t*>(out.begin);  // NOLINT(performance-no-int-to-ptr)
    out.stack.assign(from, from + std::min<std::uint64_t>(bytes, stack_top() - out.begin));
}

struct Unwound {
    std::vector<std::string> names;
    std::vector<HelperFrame> frames;
    StackEnd end = StackEnd::complete;
    bool ok = false;
};

/// The helper's work without its process.
class Helper {
  public:
    Helper() : mappings_(code_mappings(*read_text_file("/proc/self/maps", 1U << 20U))) {
        std::uint32_t slot = 0;
        for (const CodeMapping& mapping : mappings_) {
            HelperMapping sent{mapping.begin, mapping.end, mapping.file_offset, kNoSlot, 0};
            sent.is_vdso = mapping.kind == MappingKind::vdso ? 1 : 0;
            if (mapping.kind == MappingKind::file && load(slot, Fd(::open(mapping.path.c_str(), O_RDONLY)))) {
                sent.slot = slot++;
            }
            sent_.push_back(sent);
        }
    }

    bool load(std::uint32_t slot, Fd file, HelperTask task = HelperTask::load_elf) {
        HelperRequest request;
        request.task = task;
        request.slot = slot;
        std::string message;
        append(message, request);
        const std::string answer = service_.answer(message, std::move(file));
        std::string_view bytes = answer;
        const auto reply = take<HelperReply>(bytes);
        return reply && reply->ok != 0;
    }

    [[nodiscard]] std::string message_for(const Captured& captured) const {
        HelperRequest request;
        request.mappings = static_cast<std::uint32_t>(sent_.size());
        request.stack_begin = captured.begin;
        request.stack_bytes = static_cast<std::uint32_t>(captured.stack.size());
        std::ranges::copy(captured.registers, request.registers);
        std::string message;
        append(message, request);
        for (const HelperMapping& mapping : sent_) {
            append(message, mapping);
        }
        return message.append(reinterpret_cast<const char*>(captured.stack.data()), captured.stack.size());
    }

    Unwound unwind(const Captured& captured) { return read(service_.answer(message_for(captured), Fd())); }
    HelperService& service() { return service_; }

    static Unwound read(std::string_view answer) {
        Unwound out;
        const auto reply = take<HelperReply>(answer);
        out.ok = reply && reply->ok != 0;
        for (std::uint32_t at = 0; reply && at < reply->frames; ++at) {
            const auto head = take<HelperFrame>(answer);
            out.frames.push_back(head.value_or(HelperFrame{}));
            out.names.emplace_back(head ? take_bytes(answer, head->name_bytes).value_or("?") : "?");
        }
        out.end = reply ? static_cast<StackEnd>(reply->end) : StackEnd::damaged;
        return out;
    }

  private:
    std::vector<CodeMapping> mappings_;
    std::vector<HelperMapping> sent_;
    HelperService service_;
};

}  // namespace

// Not in the anonymous namespace: their names are looked for.
KEPT void stack_depth_1(Captured& out, std::size_t bytes) {
    capture(out, bytes);
    asm volatile("" ::: "memory");
}

KEPT void stack_depth_2(Captured& out, std::size_t bytes) {
    stack_depth_1(out, bytes);
    asm volatile("" ::: "memory");
}

KEPT void stack_depth_3(Captured& out, std::size_t bytes) {
    stack_depth_2(out, bytes);
    asm volatile("" ::: "memory");
}

namespace {

std::vector<std::string> depths_in(const std::vector<std::string>& names) {
    std::vector<std::string> found;
    std::ranges::copy_if(names, std::back_inserter(found),
                         [](const std::string& name) { return name.find("stack_depth_") != std::string::npos; });
    return found;
}

constexpr std::size_t kEnough = 4096;

TEST(Unwind, the_functions_of_a_copied_stack_are_found_in_order) {
    Helper helper;
    Captured captured;
    stack_depth_3(captured, kEnough);
    const Unwound stack = helper.unwind(captured);
    const std::vector<std::string> found = depths_in(stack.names);
    ASSERT_EQ(found.size(), 3U) << ::testing::PrintToString(stack.names);
    EXPECT_THAT(found[0], HasSubstr("stack_depth_1"));
    EXPECT_THAT(found[2], HasSubstr("stack_depth_3"));
    EXPECT_THAT(stack.names[0], HasSubstr("capture"));
    Dl_info program{};
    ASSERT_NE(::dladdr(reinterpret_cast<void*>(&stack_depth_1), &program), 0);
    EXPECT_EQ(stack.frames[1].offset, stack.frames[1].address - reinterpret_cast<std::uint64_t>(program.dli_fbase))
        << "as the symbols of a program at any address count";
}

TEST(Unwind, a_copy_that_is_too_short_is_truncated_and_keeps_what_it_has) {
    Helper helper;
    Captured captured;
    stack_depth_3(captured, kEnough);
    const std::vector<std::string> whole = helper.unwind(captured).names;
    for (std::size_t bytes = 0; bytes < kEnough; bytes += 8) {
        Captured part = captured;
        part.stack.resize(bytes);
        const Unwound stack = helper.unwind(part);
        EXPECT_TRUE(stack.end == StackEnd::truncated || stack.names == whole) << bytes;
        ASSERT_LE(stack.names.size(), whole.size());
        EXPECT_TRUE(std::equal(stack.names.begin(), stack.names.end(), whole.begin())) << bytes;
    }
}

Captured in_handler;

std::uint64_t interrupted_at_place = 0;  // address of the saved instruction pointer

KEPT void on_signal_capture(int, siginfo_t*, void* context) {
    mcontext_t& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__aarch64__)
    interrupted_at_place = reinterpret_cast<std::uint64_t>(&machine.pc);
#else
    interrupted_at_place = reinterpret_cast<std::uint64_t>(&machine.gregs[REG_RIP]);
#endif
    // The kernel saves all registers of the CPU there: with AVX-512 these are 3.5 KB, with matrices 11.
    stack_depth_1(in_handler, 20'000);
    asm volatile("" ::: "memory");
}

/// The functions from the handler on.
std::vector<std::string> from_handler(const std::vector<std::string>& names) {
    const auto handler = std::ranges::find_if(
        names, [](const std::string& name) { return name.find("on_signal_capture") != std::string::npos; });
    return {handler, names.end()};
}

/// On arm64 signal handlers return to code of the vDSO. An emulator of programs may have none.
bool signal_return_is_known() {
#if defined(__aarch64__)
    return ::getauxval(AT_SYSINFO_EHDR) != 0;
#else
    return true;
#endif
}

void capture_in_handler() {
    struct sigaction action {};
    struct sigaction before {};
    action.sa_sigaction = on_signal_capture;
    action.sa_flags = SA_SIGINFO;
    ASSERT_EQ(::sigaction(SIGUSR2, &action, &before), 0);
    ::raise(SIGUSR2);
    ::sigaction(SIGUSR2, &before, nullptr);
}

TEST(Unwind, it_continues_beyond_a_signal_handler) {
    if (!signal_return_is_known()) {
        GTEST_SKIP() << "no vDSO";
    }
    Helper helper;
    capture_in_handler();
    const std::vector<std::string> names = from_handler(helper.unwind(in_handler).names);
    EXPECT_TRUE(std::ranges::any_of(names, [](const std::string& name) {
        return name.find("capture_in_handler") != std::string::npos;
    })) << ::testing::PrintToString(names);
}

/// The address of a call's return is looked up in the call; that of an interrupted instruction is the instruction's.
TEST(Unwind, a_function_that_was_interrupted_at_its_first_instruction_is_named) {
    if (!signal_return_is_known()) {
        GTEST_SKIP() << "no vDSO";
    }
    Helper helper;
    capture_in_handler();
    ASSERT_GE(interrupted_at_place, in_handler.begin);
    const std::size_t at = interrupted_at_place - in_handler.begin;
    const auto first = reinterpret_cast<std::uint64_t>(&stack_depth_3);
    ASSERT_LE(at + sizeof(first), in_handler.stack.size());
    std::memcpy(in_handler.stack.data() + at, &first, sizeof(first));
    const std::vector<std::string> names = from_handler(helper.unwind(in_handler).names);
    ASSERT_GE(names.size(), 3U) << ::testing::PrintToString(names);
    EXPECT_THAT(names[2], HasSubstr("stack_depth_3"));
}

TEST(Unwind, no_bytes_of_a_stack_make_it_fail) {
    Helper helper;
    Captured captured;
    stack_depth_3(captured, kEnough);
    std::uint64_t seed = 1;
    for (int round = 0; round < 2000; ++round) {
        Captured damaged = captured;
        for (int change = 0; change < 8; ++change) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            damaged.stack[(seed >> 33U) % damaged.stack.size()] = static_cast<std::uint8_t>(seed >> 56U);
        }
        const Unwound stack = helper.unwind(damaged);
        EXPECT_TRUE(stack.ok);
        EXPECT_LE(stack.names.size(), kMaxFrames);
    }
}

TEST(Unwind, a_message_that_is_not_whole_is_refused) {
    Helper helper;
    Captured captured;
    stack_depth_1(captured, kEnough);
    const std::string message = helper.message_for(captured);
    for (std::size_t bytes = 0; bytes < message.size(); bytes += 61) {
        EXPECT_FALSE(Helper::read(helper.service().answer(message.substr(0, bytes), Fd())).ok) << bytes;
    }
    EXPECT_TRUE(Helper::read(helper.service().answer(message, Fd())).ok);
}

/// A file with these bytes, without a name.
Fd file_of(std::string_view bytes) {
    std::string path = "/tmp/rstat-unwind-XXXXXX";
    Fd file(::mkstemp(path.data()));
    ::unlink(path.c_str());
    EXPECT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    return file;
}

TEST(Unwind, a_file_that_is_not_elf_is_refused) {
    Helper helper;
    EXPECT_FALSE(helper.load(200, file_of("")));
    EXPECT_FALSE(helper.load(200, file_of("#!/bin/sh\n")));
    EXPECT_FALSE(helper.load(kHelperSlots, file_of("x")));
    EXPECT_FALSE(helper.load(200, Fd()));
}

/// Of the test's own program, with damage in its headers, tables and symbols.
TEST(Unwind, damaged_elf_files_give_no_names_and_no_crash) {
    Captured captured;
    stack_depth_3(captured, kEnough);
    const auto whole = read_text_file("/usr/bin/env", 1U << 20U);
    ASSERT_TRUE(whole);
    Helper helper;
    std::uint64_t seed = 7;
    for (int round = 0; round < 200; ++round) {
        std::string bytes = *whole;
        for (int change = 0; change < 64; ++change) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            const std::size_t range = change < 16 ? 4096 : bytes.size();
            bytes[(seed >> 33U) % range] = static_cast<char>(seed >> 56U);
        }
        auto object = ElfObject::open(file_of(bytes));
        if (!object.ok()) {
            continue;
        }
        for (std::uint64_t address = 0; address < bytes.size(); address += 997) {
            (void)object.value()->rules_at(address);
            (void)object.value()->symbols().find(address);
        }
    }
}

}  // namespace
}  // namespace tsa
