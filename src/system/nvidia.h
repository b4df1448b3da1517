// SPDX-License-Identifier: MIT
// NVIDIA GPUs through NVML, the library that comes with their driver. It is opened only if the machine has such a GPU
// that is awake, and closed again when the GPU is idle and could be suspended: reading keeps it awake.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/dynamic_library.h"
#include "system/gpu.h"
#include "system/slow_source.h"

namespace tsa {

/// The functions used from libnvidia-ml.so.1, by its stable ABI (version 2 names of NVML). All return 0 on success.
struct NvmlFunctions {
    struct Utilization {
        unsigned gpu_pct, memory_pct;
    };
    struct Memory {
        unsigned long long total_bytes, free_bytes, used_bytes;
    };
    using Device = void*;

    int (*init)() = nullptr;
    int (*shutdown)() = nullptr;
    int (*count)(unsigned* devices) = nullptr;
    int (*by_index)(unsigned index, Device* device) = nullptr;
    int (*utilization)(Device device, Utilization* out) = nullptr;
    int (*memory)(Device device, Memory* out) = nullptr;
    int (*clock)(Device device, int type, unsigned* mhz) = nullptr;              ///< type 0: graphics
    int (*temperature)(Device device, int sensor, unsigned* celsius) = nullptr;  ///< sensor 0: the chip
};

inline constexpr const char* kNvmlName = "libnvidia-ml.so.1";

/// The open library: `functions` are valid as long as this object.
class NvmlLibrary {
  public:
    /// Absent if the library or one of these functions is missing; always in the static build, which loads no library.
    static std::optional<NvmlLibrary> open(const char* name);
    /// Functions without a library, for tests.
    explicit NvmlLibrary(const NvmlFunctions& functions) : functions_(functions) {}

    [[nodiscard]] const NvmlFunctions& functions() const { return functions_; }
    /// For functions beyond these; none without a library.
    [[nodiscard]] const DynamicLibrary& library() const { return library_; }

  private:
    DynamicLibrary library_;
    NvmlFunctions functions_;
};

class NvidiaSource : public SlowSource {
  public:
    /// Number of idle rounds after which a GPU that could be suspended is left alone, and for how long.
    static constexpr unsigned kIdleRounds = 5;
    static constexpr std::uint64_t kRestNs = 60'000'000'000;

    using Loader = std::optional<NvmlLibrary> (*)();
    /// The default: opens libnvidia-ml.so.1.
    static std::optional<NvmlLibrary> load_installed();

    explicit NvidiaSource(std::string root, Loader load = load_installed) : root_(std::move(root)), load_(load) {}
    ~NvidiaSource() override { close(); }

    void discover() override;
    [[nodiscard]] std::size_t steps() const override { return power_.empty() ? 0 : power_.size() + 1 + kMaxCalls; }
    void step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) override;
    void publish(SystemSample& out) const override;

  private:
    static constexpr std::size_t kCallsPerGpu = 4;
    static constexpr std::size_t kMaxCalls = kCallsPerGpu * kMaxGpus;

    struct Power {
        SlowFile status;  ///< runtime_status
        bool can_be_switched_off = false;
        bool asleep = false;
    };
    [[nodiscard]] bool opened() const { return !devices_.empty(); }
    void open();
    void close();
    void begin_round(std::uint64_t now_ns);
    void ask(std::size_t device, std::size_t call);

    std::string root_;
    Loader load_;
    std::vector<Power> power_;  ///< of each GPU of the driver; empty: none
    std::optional<NvmlLibrary> library_;
    std::vector<NvmlFunctions::Device> devices_;
    std::vector<Gpu> gpus_;
    unsigned idle_rounds_ = 0;
    std::uint64_t rest_until_ns_ = 0;
};

}  // namespace tsa
