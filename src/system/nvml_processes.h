// SPDX-License-Identifier: MIT
// What processes use of NVIDIA GPUs, through NVML. Like NvidiaSource it leaves a GPU that sleeps alone, and one that
// could sleep after a while without processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "system/nvidia.h"

namespace tsa {

/// Further functions of the library, by its stable ABI. Each may be missing.
struct NvmlProcessFunctions {
    /// nvmlProcessInfo_v2_t, which version 3 of the calls has too.
    struct Info {
        unsigned pid = 0;
        unsigned long long used_bytes = 0;  ///< all bits set: not known
        unsigned gpu_instance = 0, compute_instance = 0;
    };
    /// nvmlProcessUtilizationSample_t: percent since an earlier sample.
    struct Sample {
        unsigned pid = 0;
        unsigned long long time_us = 0;
        unsigned sm_pct = 0, memory_pct = 0, encoder_pct = 0, decoder_pct = 0;
    };
    int (*compute)(NvmlFunctions::Device device, unsigned* count, Info* out) = nullptr;
    int (*graphics)(NvmlFunctions::Device device, unsigned* count, Info* out) = nullptr;
    int (*utilization)(NvmlFunctions::Device device, Sample* out, unsigned* count,
                       unsigned long long since_us) = nullptr;
};

struct NvmlProcess {
    std::uint32_t tgid = 0;
    std::optional<double> busy_pct;
    std::optional<std::uint64_t> memory_bytes;
};

class NvmlProcesses {
  public:
    struct Library {
        NvmlLibrary nvml;
        NvmlProcessFunctions processes;
    };
    using Loader = std::optional<Library> (*)();
    /// The default: opens libnvidia-ml.so.1.
    static std::optional<Library> load_installed();

    explicit NvmlProcesses(std::string root = "/", Loader load = load_installed)
        : root_(std::move(root)), load_(load) {}
    NvmlProcesses(const NvmlProcesses&) = delete;
    NvmlProcesses& operator=(const NvmlProcesses&) = delete;
    ~NvmlProcesses() { close(); }

    /// Of all GPUs together: memory added, the busiest one. Empty while one sleeps.
    [[nodiscard]] std::vector<NvmlProcess> read(std::uint64_t now_ns);

  private:
    void look_for_gpus();
    [[nodiscard]] bool one_sleeps() const;
    void open();
    void close();
    void add_memory(NvmlFunctions::Device device, std::vector<NvmlProcess>& out) const;
    void add_busy(std::size_t device, std::vector<NvmlProcess>& out);

    std::string root_;
    Loader load_;
    bool looked_ = false;
    bool can_sleep_ = false;
    std::vector<std::string> statuses_;  ///< files of the GPUs' power states; empty: there are none
    std::optional<Library> library_;
    std::vector<NvmlFunctions::Device> devices_;
    std::vector<unsigned long long> last_us_;  ///< newest sample of each
    unsigned idle_rounds_ = 0;
    std::uint64_t rest_until_ns_ = 0;
};

}  // namespace tsa
