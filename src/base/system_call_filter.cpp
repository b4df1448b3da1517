// SPDX-License-Identifier: MIT
// See system_call_filter.h. The kernel keeps a bitmap of the calls that the program allows whatever their arguments are
// (Linux 5.11), so these do not run it.
#include "base/system_call_filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace tsa {

namespace {

#if defined(__aarch64__)
constexpr std::uint32_t kArch = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArch = AUDIT_ARCH_X86_64;
#endif

#if defined(__x86_64__)
constexpr std::uint32_t kX32Bit = 0x40000000;
#endif

std::uint32_t failure(int error) {
    return SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(error) & SECCOMP_RET_DATA);
}

sock_filter answer_with(std::uint32_t action) {
    return BPF_STMT(BPF_RET | BPF_K, action);
}

/// Runs the next instruction only if the loaded value is this one.
sock_filter if_equal(std::uint32_t value) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
}

}  // namespace

SystemCallFilter::SystemCallFilter() {
    load(offsetof(seccomp_data, arch));
    program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArch, 1, 0));
    program_.push_back(answer_with(SECCOMP_RET_KILL_PROCESS));
    load_number();
#if defined(__x86_64__)
    // The x32 interface has the same architecture and the same calls, with this bit.
    program_.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 0, 1));
    program_.push_back(answer_with(failure(ENOSYS)));
#endif
}

SystemCallFilter::~SystemCallFilter() = default;

void SystemCallFilter::load(std::size_t offset) {
    program_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
}

void SystemCallFilter::load_number() {
    load(offsetof(seccomp_data, nr));
}

void SystemCallFilter::answer(std::uint32_t call, std::uint32_t action) {
    program_.push_back(if_equal(call));
    program_.push_back(answer_with(action));
}

void SystemCallFilter::allow(std::span<const std::uint32_t> calls) {
    for (const std::uint32_t call : calls) {
        answer(call, SECCOMP_RET_ALLOW);
    }
}

void SystemCallFilter::refuse(std::span<const std::uint32_t> calls, int error) {
    for (const std::uint32_t call : calls) {
        answer(call, failure(error));
    }
}

void SystemCallFilter::refuse_unless(std::uint32_t call, std::span<const std::uint32_t> first_arguments, int error) {
    // For other calls over the argument: its load, two instructions each, and the failure.
    const auto skipped = static_cast<std::uint8_t>(2 + 2 * first_arguments.size());
    program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, skipped));
    // The lower half of an argument: both architectures are little-endian.
    load(offsetof(seccomp_data, args));
    for (const std::uint32_t argument : first_arguments) {
        answer(argument, SECCOMP_RET_ALLOW);
    }
    program_.push_back(answer_with(failure(error)));
}

bool SystemCallFilter::install(int others, Log log) {
    program_.push_back(answer_with(others == 0 ? SECCOMP_RET_ALLOW : failure(others)));
    const sock_fprog filter{static_cast<unsigned short>(program_.size()), program_.data()};
    // Without SPEC_ALLOW, kernels before 5.16 switch speculation off for these threads, which makes them slower.
    const unsigned flags =
        SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW | (log == Log::yes ? SECCOMP_FILTER_FLAG_LOG : 0U);
    return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter) == 0;
}

}  // namespace tsa
