// SPDX-License-Identifier: MIT
// See nvml_processes.h.
#include "system/nvml_processes.h"

#include <algorithm>
#include <array>

#include "base/text_file.h"
#include "system/tree.h"

namespace tsa {

namespace {

constexpr unsigned kMostProcesses = 512;  // of one GPU

NvmlProcess& process_of(std::vector<NvmlProcess>& all, std::uint32_t tgid) {
    const auto found = std::ranges::find(all, tgid, &NvmlProcess::tgid);
    return found != all.end() ? *found : all.emplace_back(NvmlProcess{tgid, std::nullopt, std::nullopt});
}

}  // namespace

std::optional<NvmlProcesses::Library> NvmlProcesses::load_installed() {
    auto nvml = NvmlLibrary::open(kNvmlName);
    if (!nvml) {
        return std::nullopt;
    }
    Library library{std::move(*nvml), {}};
    const DynamicLibrary& from = library.nvml.library();
    NvmlProcessFunctions& f = library.processes;
    // An older driver lacks some.
    static_cast<void>(
        from.find({"nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"}, f.compute));
    static_cast<void>(from.find(
        {"nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v2"}, f.graphics));
    static_cast<void>(from.find("nvmlDeviceGetProcessUtilization", f.utilization));
    return library;
}

void NvmlProcesses::look_for_gpus() {
    looked_ = true;
    for (const std::string& address : list_names(root_ + "/proc/driver/nvidia/gpus")) {
        const std::string power = root_ + "/sys/bus/pci/devices/" + address + "/power/";
        statuses_.push_back(power + "runtime_status");
        can_sleep_ = can_sleep_ || read_text_file(power + "control").value_or("").starts_with("auto");
    }
}

bool NvmlProcesses::one_sleeps() const {
    return std::ranges::any_of(
        statuses_, [](const std::string& file) { return read_text_file(file).value_or("").starts_with("suspended"); });
}

void NvmlProcesses::open() {
    library_ = load_();
    if (!library_ || library_->nvml.functions().init() != 0) {
        library_.reset();
        return;
    }
    const NvmlFunctions& f = library_->nvml.functions();
    unsigned count = 0;
    if (f.count(&count) == 0) {
        for (unsigned i = 0; i < std::min<unsigned>(count, kMaxGpus); ++i) {
            NvmlFunctions::Device device = nullptr;
            if (f.by_index(i, &device) == 0) {
                devices_.push_back(device);
                last_us_.push_back(0);
            }
        }
    }
}

void NvmlProcesses::close() {
    if (library_) {
        (void)library_->nvml.functions().shutdown();
    }
    devices_.clear();
    last_us_.clear();
    library_.reset();
    idle_rounds_ = 0;
}

void NvmlProcesses::add_memory(NvmlFunctions::Device device, std::vector<NvmlProcess>& out) const {
    std::array<NvmlProcessFunctions::Info, kMostProcesses> list{};
    for (const auto call : {library_->processes.compute, library_->processes.graphics}) {
        unsigned count = kMostProcesses;
        if (call == nullptr || call(device, &count, list.data()) != 0) {
            continue;
        }
        for (unsigned at = 0; at < std::min(count, kMostProcesses); ++at) {
            NvmlProcess& process = process_of(out, list[at].pid);
            if (list[at].used_bytes != ~0ULL) {
                process.memory_bytes = process.memory_bytes.value_or(0) + list[at].used_bytes;
            }
        }
    }
}

void NvmlProcesses::add_busy(std::size_t device, std::vector<NvmlProcess>& out) {
    std::array<NvmlProcessFunctions::Sample, kMostProcesses> list{};
    unsigned count = kMostProcesses;
    if (library_->processes.utilization == nullptr ||
        library_->processes.utilization(devices_[device], list.data(), &count, last_us_[device]) != 0) {
        return;  // also: no sample since
    }
    for (unsigned at = 0; at < std::min(count, kMostProcesses); ++at) {
        const NvmlProcessFunctions::Sample& sample = list[at];
        last_us_[device] = std::max(last_us_[device], sample.time_us);
        NvmlProcess& process = process_of(out, sample.pid);
        const unsigned busiest = std::max({sample.sm_pct, sample.encoder_pct, sample.decoder_pct});
        process.busy_pct = std::max(process.busy_pct.value_or(0), static_cast<double>(std::min(busiest, 100U)));
    }
}

std::vector<NvmlProcess> NvmlProcesses::read(std::uint64_t now_ns) {
    if (!looked_) {
        look_for_gpus();
    }
    std::vector<NvmlProcess> out;
    if (statuses_.empty() || one_sleeps()) {
        close();
        return out;
    }
    if (devices_.empty() && now_ns >= rest_until_ns_) {
        open();
        rest_until_ns_ = devices_.empty() ? now_ns + NvidiaSource::kRestNs : rest_until_ns_;
    }
    for (std::size_t device = 0; device < devices_.size(); ++device) {
        add_memory(devices_[device], out);
        add_busy(device, out);
    }
    // Asking keeps it awake.
    const bool idle = std::ranges::none_of(out, [](const NvmlProcess& one) { return one.busy_pct.value_or(0) > 0; });
    idle_rounds_ = idle && can_sleep_ && !devices_.empty() ? idle_rounds_ + 1 : 0;
    if (idle_rounds_ > NvidiaSource::kIdleRounds) {
        close();
        rest_until_ns_ = now_ns + NvidiaSource::kRestNs;
    }
    return out;
}

}  // namespace tsa
