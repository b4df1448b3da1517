// SPDX-License-Identifier: MIT
// See stack_reader.h.
#include "stacks/stack_reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "stacks/target_files.h"
#include "stacks/unwind.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

/// A request is made again when a file made the helper fail; the file is left out then.
constexpr int kTries = 3;
constexpr std::size_t kMaxRefused = 256;

std::vector<std::uint64_t> words_of(const tsa_stack_query& copy) {
    std::vector<std::uint64_t> words(copy.stack_bytes / sizeof(std::uint64_t));
    std::memcpy(words.data(), copy.stack, words.size() * sizeof(std::uint64_t));
    for (std::uint64_t& word : words) {
        word &= kRegisterNames.address_mask;
    }
    words.insert(words.end(), std::begin(copy.registers), std::end(copy.registers));
    return words;
}

/// What is known without unwinding.
void put_innermost(const tsa_stack_query& copy, const std::vector<CodeMapping>& mappings, WaitStack& stack) {
    StackFrame frame;
    frame.address = frame.offset = copy.registers[kRegisterNames.instruction_pointer];
    if (const CodeMapping* mapping = mapping_at(mappings, frame.address)) {
        frame.module = module_name(*mapping);
        frame.offset = frame.address - mapping->begin + mapping->file_offset;
    }
    stack.user.push_back(std::move(frame));
}

}  // namespace

void StackReader::begin_round() {
    processes_.clear();
    slots_.begin_round();
    if (fetcher_ != nullptr) {
        load_late_files();
    }
}

const std::vector<CodeMapping>& StackReader::mappings_of(const StackOwner& owner) {
    const auto known = std::ranges::find(processes_, owner.tgid, &Process::tgid);
    if (known != processes_.end()) {
        return known->mappings;
    }
    return processes_.emplace_back(Process{owner.tgid, code_mappings(read_maps(owner.tid))}).mappings;
}

std::vector<tsa_address_range> StackReader::code_of(const StackOwner& owner) {
    return code_ranges(mappings_of(owner), TSA_CODE_RANGES);
}

std::optional<std::string> StackReader::ask(const std::string& message, int file) {
    auto answer = helper_.ask(message, file);
    std::string_view bytes = answer ? *answer : std::string_view{};
    if (const auto reply = take<HelperReply>(bytes)) {
        cpu_ns_ = reply->cpu_ns;
        return answer;
    }
    cpu_before_ns_ += std::exchange(cpu_ns_, 0);
    slots_.clear();
    return std::nullopt;
}

/// Of a stripped file. False: there is no debug file of it here.
bool StackReader::load_symbols(std::string_view build_id, std::uint32_t slot, std::uint32_t tid) {
    const Fd file = open_debug_file(tid, build_id);
    if (!file.valid()) {
        return false;
    }
    HelperRequest request;
    request.task = HelperTask::load_symbols;
    request.slot = slot;
    std::string message;
    append(message, request);
    [[maybe_unused]] const auto answer = ask(message, file.get());  // without it some functions have no name
    return true;
}

/// What was fetched since the last round.
void StackReader::load_late_files() {
    for (const std::string& build_id : fetcher_->take_arrived()) {
        const auto found = std::ranges::find(stripped_, build_id, &Stripped::build_id);
        if (found == stripped_.end()) {
            continue;
        }
        const auto slot = slots_.find(found->file);
        const auto self = static_cast<std::uint32_t>(::getpid());
        if (slot && *slot != kNoSlot) {
            load_symbols(build_id, *slot, self);
        }
        stripped_.erase(found);
    }
}

std::uint32_t StackReader::load(const FileIdentity& file, HelperTask task, const Fd& opened, std::uint32_t tid) {
    HelperRequest request;
    request.task = task;
    request.slot = slots_.take(file);
    if (request.slot == kNoSlot) {
        return kNoSlot;
    }
    std::string message;
    append(message, request);
    const auto answer = opened.valid() ? ask(message, opened.get()) : std::nullopt;
    std::string_view bytes = answer ? *answer : std::string_view{};
    const auto reply = take<HelperReply>(bytes);
    if (reply && reply->ok != 0) {
        const std::size_t id_bytes = std::min<std::size_t>(reply->build_id_bytes, kMaxBuildId);
        if (task == HelperTask::load_elf && reply->has_symbols == 0 && id_bytes != 0) {
            const std::string build_id(reinterpret_cast<const char*>(reply->build_id), id_bytes);
            if (!load_symbols(build_id, request.slot, tid) && fetcher_ != nullptr && stripped_.size() < kMaxFetches) {
                fetcher_->want(build_id);
                stripped_.push_back({build_id, file});
            }
        }
        return request.slot;
    }
    // Also after the helper was replaced: the next one is not to fail by the same file.
    slots_.refuse(file);
    return kNoSlot;
}

std::uint32_t StackReader::slot_of(const CodeMapping& mapping, std::uint32_t tid) {
    const FileIdentity file{mapping.device, mapping.inode, 0};
    const auto known = slots_.find(file);
    return known ? *known : load(file, HelperTask::load_elf, open_mapped_file(tid, mapping), tid);
}

std::uint32_t StackReader::slot_of_perf_map(const StackOwner& owner) {
    const Fd opened = owner.ns_tgid != 0 ? open_perf_map(owner.tid, owner.ns_tgid) : Fd();
    struct stat status {};
    if (!opened.valid() || ::fstat(opened.get(), &status) != 0 || status.st_size == 0) {
        return kNoSlot;
    }
    const FileIdentity file{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size)};
    const auto known = slots_.find(file);
    return known ? *known : load(file, HelperTask::load_perf_map, opened, owner.tid);
}

std::string StackReader::request_for(const tsa_stack_query& copy, const StackOwner& owner,
                                     const std::vector<CodeMapping>& mappings) {
    std::vector<bool> referenced;
    note_referenced(mappings, words_of(copy), referenced);
    HelperRequest request;
    std::string list;
    sent_.clear();
    for (std::uint32_t at = 0; at < mappings.size() && sent_.size() < kMaxHelperMappings; ++at) {
        if (!referenced[at]) {
            continue;
        }
        const CodeMapping& mapping = mappings[at];
        HelperMapping sent{mapping.begin, mapping.end, mapping.file_offset, kNoSlot, 0};
        sent.is_vdso = mapping.kind == MappingKind::vdso ? 1 : 0;
        sent.slot = mapping.kind == MappingKind::file ? slot_of(mapping, owner.tid) : kNoSlot;
        // Made at run time, in anonymous memory or in a separate file.
        if (mapping.kind != MappingKind::vdso && sent.slot == kNoSlot && request.slot == kNoSlot) {
            request.slot = slot_of_perf_map(owner);
        }
        append(list, sent);
        sent_.push_back(at);
    }
    request.mappings = static_cast<std::uint32_t>(sent_.size());
    request.stack_begin = copy.registers[kRegisterNames.stack_pointer];
    request.stack_bytes = copy.stack_bytes;
    std::ranges::copy(copy.registers, request.registers);
    std::string message;
    append(message, request);
    return message + list + std::string(reinterpret_cast<const char*>(copy.stack), copy.stack_bytes);
}

/// False: the answer is not complete.
bool StackReader::take_answer(std::string_view answer, const std::vector<CodeMapping>& mappings,
                              WaitStack& stack) const {
    const auto reply = take<HelperReply>(answer);
    if (!reply || reply->ok == 0 || reply->end > static_cast<std::uint8_t>(StackEnd::too_deep)) {
        return false;
    }
    for (std::uint32_t at = 0; at < std::min<std::size_t>(reply->frames, kMaxFrames); ++at) {
        const auto head = take<HelperFrame>(answer);
        const auto name = head ? take_bytes(answer, head->name_bytes) : std::nullopt;
        if (!name) {
            return false;
        }
        StackFrame& frame = stack.user.emplace_back();
        frame.function = printable(*name);
        frame.module = head->mapping < sent_.size() ? module_name(mappings[sent_[head->mapping]]) : std::string();
        frame.address = head->address;
        frame.offset = head->offset;
    }
    stack.end = static_cast<StackEnd>(reply->end);
    stack.by_frame_pointer = reply->by_frame_pointer != 0;
    return !stack.user.empty();
}

/// False: the helper did not answer.
bool StackReader::unwind_into(WaitStack& stack, const tsa_stack_query& copy, const StackOwner& owner,
                              const std::vector<CodeMapping>& mappings) {
    if (std::ranges::find(refused_, owner.tgid) != refused_.end()) {
        return false;
    }
    for (int tries = 0; tries < kTries; ++tries) {
        const std::uint32_t before = helper_.restarts();
        const std::string message = request_for(copy, owner, mappings);
        if (helper_.restarts() != before) {
            continue;  // the new one has not all of the files
        }
        const auto answer = ask(message, -1);
        if (!answer && refused_.size() < kMaxRefused) {
            refused_.push_back(owner.tgid);
        }
        return answer && take_answer(*answer, mappings, stack);
    }
    return false;
}

WaitStack StackReader::read(const tsa_stack_query& copy, const StackOwner& owner) {
    WaitStack stack;
    stack.status = StackStatus::read;
    for (std::uint32_t at = 0; at < std::min<std::uint32_t>(copy.kernel_frames, TSA_KERNEL_FRAMES); ++at) {
        StackFrame& frame = stack.kernel.emplace_back();
        frame.address = frame.offset = copy.kernel[at];
    }
    stack.kernel_thread = (copy.flags & TSA_STACK_NO_USER) != 0;
    if (stack.kernel_thread) {
        return stack;
    }
    const std::vector<CodeMapping>& mappings = mappings_of(owner);
    if ((copy.flags & TSA_STACK_COMPAT) != 0) {
        stack.end = StackEnd::not_native;
        put_innermost(copy, mappings, stack);
        return stack;
    }
    if (!unwind_into(stack, copy, owner, mappings)) {
        stack.user.clear();
        stack.end = StackEnd::no_reader;
        put_innermost(copy, mappings, stack);
    }
    return stack;
}

}  // namespace tsa
