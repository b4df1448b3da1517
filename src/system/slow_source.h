// SPDX-License-Identifier: MIT
// The interface of a source that changes slowly (a temperature, a battery): found once, then read in small steps that
// Rotation spreads over the refreshes. The newest values stay until the next round, or until their file is gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/system_sample.h"
#include "system/source_file.h"

namespace tsa {

/// Both clocks at one instant, in ns. Their difference increases while the machine is suspended.
struct Instant {
    std::uint64_t monotonic_ns = 0;
    std::uint64_t boottime_ns = 0;

    static Instant now() { return {clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_BOOTTIME)}; }
};

class SlowSource {
  public:
    SlowSource() = default;
    SlowSource(const SlowSource&) = delete;
    SlowSource& operator=(const SlowSource&) = delete;
    virtual ~SlowSource() = default;

    /// Finds its files, also repeatedly. The only call that may allocate.
    virtual void discover() = 0;
    /// Number of steps in a round. 0: this machine does not have the device, and the source costs nothing.
    [[nodiscard]] virtual std::size_t steps() const = 0;
    /// Step `number` of a round, in order from 0: at most two system calls. `now_ns`: CLOCK_MONOTONIC.
    virtual void step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) = 0;
    /// The newest values.
    virtual void publish(SystemSample& out) const = 0;
    /// The machine was suspended: time spans that started before are invalid.
    virtual void resumed() {}
};

/// A file of a slow source. After a failure it stays closed for a while: the device may be asleep, or the value not
/// ready.
class SlowFile {
  public:
    static constexpr std::uint64_t kReopenAfterNs = 30'000'000'000;

    explicit SlowFile(std::string path) : file_(std::move(path)) {}

    [[nodiscard]] bool is_open() const { return file_.is_open(); }
    /// Its current text. Absent: it cannot be read now.
    [[nodiscard]] std::optional<std::string_view> read(std::uint64_t now_ns, TextBuffer& buffer);
    /// Its first line as a number.
    [[nodiscard]] std::optional<std::uint64_t> read_number(std::uint64_t now_ns, TextBuffer& buffer);

  private:
    SourceFile file_;
    std::uint64_t failed_at_ns_ = 0;
};

/// The rate of a counter, per ns, between its two newest readings.
class CounterRate {
  public:
    /// `wraps_at`: the largest value before it wraps to 0; 0: does not wrap, so a decrease means a restart, which
    /// invalidates this span.
    std::optional<double> update(std::uint64_t counter, std::uint64_t now_ns, std::uint64_t wraps_at = 0);
    void forget() { at_ns_ = 0; }

  private:
    std::uint64_t counter_ = 0;
    std::uint64_t at_ns_ = 0;  ///< 0: no earlier reading
};

}  // namespace tsa
