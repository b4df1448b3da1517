// SPDX-License-Identifier: MIT
// libFuzzer target for the helper process that reads foreign files: an ELF file is loaded, by itself or with a perf
// map, and a stack is unwound through it, so that its unwind tables run over registers and memory of the same input.
// Every answer is a whole message. The input: a byte of choices, two bytes with the size of the file, the file, the
// stack. Seeds: tests/data/helper_fuzz; run by scripts/check fuzz.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "stacks/helper_service.h"

namespace {

constexpr std::uint64_t kCode = 0x40'0000, kStack = 0x7ff0'0000;
constexpr std::size_t kHead = 3;

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

tsa::Fd file_of(std::string_view bytes) {
    tsa::Fd file(::memfd_create("fuzz", MFD_CLOEXEC));
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    return written == static_cast<ssize_t>(bytes.size()) ? std::move(file) : tsa::Fd();
}

/// As stack_reader.cpp reads it.
tsa::HelperReply check_answer(std::string_view answer) {
    const auto reply = tsa::take<tsa::HelperReply>(answer);
    require(reply.has_value() && reply->frames <= tsa::kMaxFrames && reply->build_id_bytes <= tsa::kMaxBuildId);
    for (std::uint32_t at = 0; at < reply->frames; ++at) {
        const auto frame = tsa::take<tsa::HelperFrame>(answer);
        require(frame.has_value() && tsa::take_bytes(answer, frame->name_bytes).has_value());
    }
    require(answer.empty());
    return *reply;
}

bool load(tsa::HelperService& service, tsa::HelperTask task, std::uint32_t slot, std::string_view file) {
    tsa::HelperRequest request;
    request.task = task;
    request.slot = slot;
    std::string message;
    tsa::append(message, request);
    return check_answer(service.answer(message, file_of(file))).ok != 0;
}

void unwind(tsa::HelperService& service, std::uint8_t choices, std::string_view stack) {
    tsa::HelperRequest request;
    request.slot = 1;
    request.mappings = 2;
    request.stack_bytes = static_cast<std::uint32_t>(stack.size());
    request.stack_begin = kStack;
    std::memcpy(request.registers, stack.data(), std::min(stack.size(), sizeof(request.registers)));
    // Addresses that mean something: code, and the stack.
    for (std::uint64_t& word : request.registers) {
        word = (choices & 4U) != 0 ? kCode + word % 0x1'0000 : kStack + word % 0x1000;
    }
    constexpr std::size_t kRegister = tsa::kRegisterNames.instruction_pointer;
    request.registers[kRegister] = kCode + request.registers[kRegister] % 0x1'0000;
    request.registers[tsa::kRegisterNames.stack_pointer] = kStack + (choices >> 4U) * 8U;
    std::string message;
    tsa::append(message, request);
    tsa::append(message, tsa::HelperMapping{kCode, kCode + 0x1'0000, 0, 0, 0});
    tsa::append(message, tsa::HelperMapping{kCode + 0x10'0000, kCode + 0x11'0000, 0, tsa::kNoSlot, choices & 1U});
    message += stack;
    const tsa::HelperReply reply = check_answer(service.answer(message, {}));
    require(reply.ok != 0 && reply.frames >= 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
    if (size < kHead) {
        return 0;
    }
    const std::uint8_t choices = data[0];
    const std::string_view rest(reinterpret_cast<const char*>(data) + kHead, size - kHead);
    const std::string_view file = rest.substr(0, data[1] | static_cast<std::size_t>(data[2]) << 8U);
    const std::string_view stack = rest.substr(file.size());
    const auto service = std::make_unique<tsa::HelperService>();
    // A message that is not from the program.
    check_answer(service->answer(stack, {}));
    if ((choices & 2U) != 0) {
        require(load(*service, tsa::HelperTask::load_perf_map, 1, file));
    }
    if (load(*service, tsa::HelperTask::load_elf, 0, file)) {
        (void)load(*service, tsa::HelperTask::load_symbols, 0, file);
    }
    unwind(*service, choices, stack);
    return 0;
}
