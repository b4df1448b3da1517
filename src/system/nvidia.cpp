// SPDX-License-Identifier: MIT
// See nvidia.h.
#include "system/nvidia.h"

#include <algorithm>

#include "system/tree.h"

namespace tsa {
namespace {}  // namespace

std::optional<NvmlLibrary> NvmlLibrary::open(const char* name) {
    NvmlLibrary out((NvmlFunctions()));
    out.library_ = DynamicLibrary::open(name);
    const DynamicLibrary& library = out.library_;
    NvmlFunctions& f = out.functions_;
    const bool complete =
        library.find("nvmlInit_v2", f.init) && library.find("nvmlShutdown", f.shutdown) &&
        library.find("nvmlDeviceGetCount_v2", f.count) && library.find("nvmlDeviceGetHandleByIndex_v2", f.by_index) &&
        library.find("nvmlDeviceGetUtilizationRates", f.utilization) &&
        library.find("nvmlDeviceGetMemoryInfo", f.memory) && library.find("nvmlDeviceGetClockInfo", f.clock) &&
        library.find("nvmlDeviceGetTemperature", f.temperature);
    return complete ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<NvmlLibrary> NvidiaSource::load_installed() {
    return NvmlLibrary::open(kNvmlName);
}

void NvidiaSource::discover() {
    close();
    power_.clear();
    rest_until_ns_ = 0;
    for (const std::string& address : list_names(root_ + "/proc/driver/nvidia/gpus")) {
        const std::string path = root_ + "/sys/bus/pci/devices/" + address + "/power/";
        if (power_.size() < kMaxGpus) {
            power_.push_back({SlowFile(path + "runtime_status"), read_value(path + "control") == "auto"});
        }
    }
}

void NvidiaSource::open() {
    library_ = load_();
    if (!library_ || library_->functions().init() != 0) {
        library_.reset();
        return;
    }
    const NvmlFunctions& f = library_->functions();
    unsigned count = 0;
    if (f.count(&count) == 0) {
        for (unsigned i = 0; i < std::min<unsigned>(count, kMaxGpus); ++i) {
            NvmlFunctions::Device device = nullptr;
            if (f.by_index(i, &device) == 0) {
                Gpu gpu;
                gpu.name = DeviceName("nvidia" + std::to_string(i));
                gpu.driver = "nvidia";
                gpus_.push_back(gpu);
                devices_.push_back(device);
            }
        }
    }
    if (devices_.empty()) {
        close();
    }
}

void NvidiaSource::close() {
    if (library_) {
        (void)library_->functions().shutdown();
    }
    devices_.clear();
    gpus_.clear();
    library_.reset();
    idle_rounds_ = 0;
}

// Runs after the steps that read which GPUs are asleep. NVML wakes all its GPUs, so it stays closed while one is
// asleep.
void NvidiaSource::begin_round(std::uint64_t now_ns) {
    const bool one_asleep = std::ranges::any_of(power_, &Power::asleep);
    const bool can_rest = std::ranges::any_of(power_, &Power::can_be_switched_off);
    if (opened() && can_rest) {
        const bool busy = std::ranges::any_of(gpus_, [](const Gpu& gpu) { return gpu.busy_pct.value_or(0) > 0; });
        idle_rounds_ = busy ? 0 : idle_rounds_ + 1;
        if (idle_rounds_ > kIdleRounds) {
            close();
            rest_until_ns_ = now_ns + kRestNs;
        }
    }
    if (one_asleep) {
        close();
    } else if (!opened() && now_ns >= rest_until_ns_) {
        open();
        if (!opened()) {
            rest_until_ns_ = now_ns + kRestNs;
        }
    }
}

void NvidiaSource::step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) {
    if (number < power_.size()) {
        const std::optional<std::string_view> text = power_[number].status.read(now_ns, buffer);
        power_[number].asleep = text && text->starts_with("suspended");
        return;
    }
    if (number == power_.size()) {
        begin_round(now_ns);
        return;
    }
    const std::size_t call = number - power_.size() - 1;
    const std::size_t device = call / kCallsPerGpu;
    if (device < devices_.size()) {
        ++buffer.calls;
        ask(device, call % kCallsPerGpu);
    }
}

void NvidiaSource::ask(std::size_t device, std::size_t call) {
    const NvmlFunctions& f = library_->functions();
    Gpu& gpu = gpus_[device];
    const NvmlFunctions::Device handle = devices_[device];
    if (call == 0) {
        NvmlFunctions::Utilization use{};
        const bool known = f.utilization(handle, &use) == 0;
        gpu.busy_pct = known ? std::optional<double>(std::min(use.gpu_pct, 100U)) : std::nullopt;
    } else if (call == 1) {
        NvmlFunctions::Memory memory{};
        const bool known = f.memory(handle, &memory) == 0;
        gpu.memory_used_bytes = known ? std::optional<std::uint64_t>(memory.used_bytes) : std::nullopt;
        gpu.memory_total_bytes = known ? std::optional<std::uint64_t>(memory.total_bytes) : std::nullopt;
    } else if (call == 2) {
        unsigned mhz = 0;
        gpu.mhz = f.clock(handle, 0, &mhz) == 0 ? std::optional<double>(mhz) : std::nullopt;
    } else {
        unsigned celsius = 0;
        gpu.temperature_c = f.temperature(handle, 0, &celsius) == 0 ? std::optional<double>(celsius) : std::nullopt;
    }
}

void NvidiaSource::publish(SystemSample& out) const {
    out.gpus.insert(out.gpus.end(), gpus_.begin(), gpus_.end());
    if (!gpus_.empty()) {
        return;
    }
    // Not read. A suspended GPU is known to be idle; a GPU that is left alone to fall asleep has no values.
    for (const auto& power : power_) {
        if (power.asleep) {
            Gpu gpu;
            gpu.name = DeviceName(std::string_view("nvidia"));
            gpu.driver = "nvidia";
            gpu.asleep = true;
            gpu.busy_pct = 0.0;
            out.gpus.push_back(gpu);
        }
    }
}

}  // namespace tsa
