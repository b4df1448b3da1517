// What a source looks like that changes slowly (a temperature, a battery): found once, then read in small steps which
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

/// Both clocks of one instant, in ns. Their distance grows while the machine is suspended.
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

    /// Finds its files, or finds them anew. The only call that may allocate.
    virtual void discover() = 0;
    /// How many steps read all of it once. 0: this machine has no such thing, and it costs nothing.
    [[nodiscard]] virtual std::size_t steps() const = 0;
    /// Step `number` of a round, in order from 0: at most two system calls. `now_ns`: CLOCK_MONOTONIC.
    virtual void step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) = 0;
    /// The newest values.
    virtual void publish(SystemSample& out) const = 0;
    /// The machine was suspended: a span that began before tells nothing.
    virtual void resumed() {}
};

/// A file of a slow source. One that fails stays closed for a while: a device may be asleep, or a value not ready.
class SlowFile {
  public:
    static constexpr std::uint64_t kReopenAfterNs = 30'000'000'000;

    explicit SlowFile(std::string path) : file_(std::move(path)) {}

    [[nodiscard]] bool is_open() const { return file_.is_open(); }
    /// Its text now. Absent: it cannot be read now.
    [[nodiscard]] std::optional<std::string_view> read(std::uint64_t now_ns, TextBuffer& buffer);
    /// The number that its first line is.
    [[nodiscard]] std::optional<std::uint64_t> read_number(std::uint64_t now_ns, TextBuffer& buffer);

  private:
    SourceFile file_;
    std::uint64_t failed_at_ns_ = 0;
};

/// What a counter grew by per ns between its two newest readings.
class CounterRate {
  public:
    /// `wraps_at`: the largest value before 0; 0: one that went back was restarted, and this span tells nothing.
    std::optional<double> update(std::uint64_t counter, std::uint64_t now_ns, std::uint64_t wraps_at = 0);
    void forget() { at_ns_ = 0; }

  private:
    std::uint64_t counter_ = 0;
    std::uint64_t at_ns_ = 0;  ///< 0: nothing before
};

}  // namespace tsa
