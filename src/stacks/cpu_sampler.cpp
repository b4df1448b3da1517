// SPDX-License-Identifier: MIT
// See cpu_sampler.h.
#include "stacks/cpu_sampler.h"

#include <asm/perf_regs.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

namespace tsa {

namespace {

constexpr std::uint64_t kFrequency = 99;  // not in step with timers of 100 Hz
constexpr std::uint32_t kStackBytes = 8192;
/// One second of samples.
constexpr std::size_t kRingBytes = std::size_t{1} << 20U;

/// The kernel's number of each register, by DWARF's.
#if defined(__aarch64__)
constexpr std::array<std::uint8_t, 33> kRegisters = [] {
    std::array<std::uint8_t, 33> numbers{};
    for (std::uint8_t at = 0; at < numbers.size(); ++at) {
        numbers[at] = at;
    }
    return numbers;
}();
#else
constexpr std::array<std::uint8_t, 17> kRegisters{
    PERF_REG_X86_AX,  PERF_REG_X86_DX,  PERF_REG_X86_CX,  PERF_REG_X86_BX,  PERF_REG_X86_SI,  PERF_REG_X86_DI,
    PERF_REG_X86_BP,  PERF_REG_X86_SP,  PERF_REG_X86_R8,  PERF_REG_X86_R9,  PERF_REG_X86_R10, PERF_REG_X86_R11,
    PERF_REG_X86_R12, PERF_REG_X86_R13, PERF_REG_X86_R14, PERF_REG_X86_R15, PERF_REG_X86_IP};
#endif

constexpr std::uint64_t register_mask() {
    std::uint64_t mask = 0;
    for (const std::uint8_t number : kRegisters) {
        mask |= std::uint64_t{1} << number;
    }
    return mask;
}

perf_event_attr attributes(bool with_kernel) {
    perf_event_attr attr{};
    attr.size = sizeof(attr);
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_CPU_CLOCK;
    attr.freq = 1;
    attr.sample_freq = kFrequency;
    attr.sample_type = PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
    attr.exclude_callchain_user = 1;
    attr.exclude_kernel = with_kernel ? 0 : 1;
    attr.exclude_hv = 1;
    attr.sample_regs_user = register_mask();
    attr.sample_stack_user = kStackBytes;
    return attr;
}

Fd open_event(std::uint32_t tid, bool with_kernel) {
    perf_event_attr attr = attributes(with_kernel);
    return Fd(
        static_cast<int>(::syscall(SYS_perf_event_open, &attr, static_cast<pid_t>(tid), -1, -1, PERF_FLAG_FD_CLOEXEC)));
}

std::size_t page_bytes() {
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t mapped_bytes() {
    return kRingBytes + page_bytes();
}

/// Takes words off the front of a record.
class Words {
  public:
    explicit Words(std::span<const std::byte> bytes) : bytes_(bytes) {}
    std::optional<std::uint64_t> next() {
        if (bytes_.size() < sizeof(std::uint64_t)) {
            return std::nullopt;
        }
        std::uint64_t word = 0;
        std::memcpy(&word, bytes_.data(), sizeof(word));
        bytes_ = bytes_.subspan(sizeof(word));
        return word;
    }
    std::optional<std::span<const std::byte>> bytes(std::uint64_t count) {
        if (bytes_.size() < count) {
            return std::nullopt;
        }
        const auto taken = bytes_.first(static_cast<std::size_t>(count));
        bytes_ = bytes_.subspan(static_cast<std::size_t>(count));
        return taken;
    }

  private:
    std::span<const std::byte> bytes_;
};

/// Marks in a chain that are not addresses are the last page's.
constexpr std::uint64_t kFirstMark = ~std::uint64_t{4094};

bool take_chain(Words& words, tsa_stack_query& out) {
    const auto count = words.next();
    for (std::uint64_t nth = 0; count && nth < *count; ++nth) {
        const auto address = words.next();
        if (!address) {
            return false;
        }
        if (*address < kFirstMark && out.kernel_frames < TSA_KERNEL_FRAMES) {
            out.kernel[out.kernel_frames++] = *address;
        }
    }
    return count.has_value();
}

bool take_registers(Words& words, tsa_stack_query& out) {
    const auto abi = words.next();
    if (!abi) {
        return false;
    }
    if (*abi == PERF_SAMPLE_REGS_ABI_NONE) {
        out.flags = TSA_STACK_NO_USER;
        return true;
    }
    out.flags = *abi == PERF_SAMPLE_REGS_ABI_32 ? TSA_STACK_COMPAT : 0;
    // In the order of their numbers.
    for (std::uint8_t number = 0; number < 64; ++number) {
        const auto at = std::ranges::find(kRegisters, number);
        if (at == kRegisters.end()) {
            continue;
        }
        const auto value = words.next();
        if (!value) {
            return false;
        }
        out.registers[at - kRegisters.begin()] = *value;
    }
    return true;
}

bool take_stack(Words& words, tsa_stack_query& out) {
    const auto size = words.next();
    if (!size || *size == 0) {
        return size.has_value();
    }
    const auto stack = words.bytes(*size);
    const auto used = words.next();
    if (!stack || !used || *used > stack->size()) {
        return false;
    }
    out.stack_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(*used, TSA_STACK_BYTES));
    std::memcpy(out.stack, stack->data(), out.stack_bytes);
    return true;
}

}  // namespace

bool decode_cpu_sample(std::span<const std::byte> body, tsa_stack_query& out) {
    out.kernel_frames = out.stack_bytes = out.flags = 0;
    out.error = 0;
    Words words(body);
    return take_chain(words, out) && take_registers(words, out) && take_stack(words, out);
}

Result<std::unique_ptr<CpuSampler>> CpuSampler::start(std::uint32_t tid) {
    Fd event = open_event(tid, true);
    if (!event.valid()) {
        event = open_event(tid, false);
    }
    if (!event.valid()) {
        return system_error("sample its CPU time", errno,
                            "needs CAP_PERFMON, and root where kernel.perf_event_paranoid is above 2");
    }
    void* memory = ::mmap(nullptr, mapped_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, event.get(), 0);
    if (memory == MAP_FAILED) {
        return system_error("map the samples of its CPU time", errno,
                            "raise kernel.perf_event_mlock_kb or the limit of locked memory");
    }
    return std::unique_ptr<CpuSampler>(new CpuSampler(std::move(event), memory));
}

CpuSampler::~CpuSampler() {
    ::munmap(memory_, mapped_bytes());
}

void CpuSampler::take_record(std::span<const std::byte> record, const std::function<bool(const tsa_stack_query&)>& take,
                             bool& wants_more) {
    perf_event_header header{};
    std::memcpy(&header, record.data(), sizeof(header));
    const std::span<const std::byte> body = record.subspan(sizeof(header));
    if (header.type == PERF_RECORD_LOST) {
        Words words(body);
        static_cast<void>(words.next());  // the event's number
        lost_ += words.next().value_or(0);
    } else if (header.type == PERF_RECORD_SAMPLE) {
        auto sample = std::make_unique<tsa_stack_query>();
        if (decode_cpu_sample(body, *sample)) {
            wants_more = take(*sample);
        }
    }
}

void CpuSampler::take(const std::function<bool(const tsa_stack_query&)>& take) {
    auto* page = static_cast<perf_event_mmap_page*>(memory_);
    const std::byte* ring = static_cast<const std::byte*>(memory_) + page_bytes();
    const std::uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
    std::uint64_t tail = page->data_tail;
    std::vector<std::byte> record;
    bool wants_more = true;
    while (wants_more && head - tail >= sizeof(perf_event_header)) {
        perf_event_header header{};
        const auto copy = [&](void* into, std::size_t bytes) {
            const std::size_t at = tail % kRingBytes;
            const std::size_t first = std::min(bytes, kRingBytes - at);
            std::memcpy(into, ring + at, first);
            std::memcpy(static_cast<std::byte*>(into) + first, ring, bytes - first);
        };
        copy(&header, sizeof(header));
        if (header.size < sizeof(header) || header.size > head - tail) {
            tail = head;
            break;
        }
        record.resize(header.size);
        copy(record.data(), record.size());
        take_record(record, take, wants_more);
        tail += header.size;
    }
    __atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
}

}  // namespace tsa
