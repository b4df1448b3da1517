// SPDX-License-Identifier: MIT
// Who ends the waits of threads: the last waker of each, and for one chosen thread all of its wakers. Filled by the
// loops while something shows wakers. Pure data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/thread.h"

namespace tsa {

/// With the values of `enum tsa_waker_kind` in bpf/tsa_wakers.h.
enum class WakerKind : std::uint8_t {
    none,    ///< not woken since wakers are recorded
    thread,  ///< a thread
    timer,   ///< the rest: an interrupt, which is not the work of the thread that it interrupted
    block,   ///< a request to a block device ended
    net,     ///< packets
    other,
    unsure,  ///< a thread, or an interrupt of it
};
inline constexpr std::size_t kWakerKinds = 7;

/// "timer", "block", "net", "other" for interrupts; empty for the others.
[[nodiscard]] std::string_view interrupt_key(WakerKind kind);
/// "timer", "disk", "network", "interrupt", "unsure"; empty for a thread.
[[nodiscard]] std::string_view waker_label(WakerKind kind);

struct Waker {
    WakerKind kind = WakerKind::none;
    std::uint32_t tid = 0;  ///< of a thread; 0: of another PID namespace
    std::uint32_t tgid = 0;
    std::uint64_t start_time_ns = 0;
    std::array<char, 16> comm{};  ///< at the wakeup; raw
    std::uint64_t at_ns = 0;      ///< CLOCK_MONOTONIC of the wakeup

    [[nodiscard]] ThreadKey key() const { return {tid, start_time_ns}; }
    /// Raw.
    [[nodiscard]] std::string_view comm_view() const;
};

/// One waker of the chosen thread.
struct WokenBy {
    Waker who;                ///< at_ns: its last wakeup
    std::uint64_t count = 0;  ///< waits that it ended
    std::uint64_t total_ns = 0;
    std::uint64_t longest_ns = 0;
    std::uint64_t sync_count = 0;  ///< the part in `sync`
    std::uint64_t sync_ns = 0;
};

struct WokenTable {
    ThreadKey key;
    std::uint64_t since_ns = 0;   ///< CLOCK_MONOTONIC from which on it was recorded
    std::vector<WokenBy> wakers;  ///< longest total first
    WokenBy others;               ///< those beyond the bound of the table
    [[nodiscard]] std::uint64_t count() const;
    [[nodiscard]] std::uint64_t total_ns() const;
};

struct ThreadRow;

class WakerTable {
  public:
    WakerTable() = default;
    WakerTable(const WakerTable&) = delete;
    WakerTable& operator=(const WakerTable&) = delete;
    virtual ~WakerTable() = default;

    /// The last waker of a thread of the newest sample. Absent: none was recorded.
    [[nodiscard]] virtual std::optional<Waker> find(const Thread& thread) const = 0;
    /// All wakers of the chosen thread; null: it is another one, or none.
    [[nodiscard]] virtual const WokenTable* woken(const ThreadKey& thread) const = 0;
    /// Time of interrupts in the interval, which is part of the thread's `exec`. Absent: not measured.
    [[nodiscard]] virtual std::optional<std::uint64_t> irq_ns(const ThreadRow& row) const = 0;
    /// Why there are no wakers, with a hint; empty: there are.
    [[nodiscard]] virtual std::string_view unavailable() const = 0;
};

/// How `sync` waits of a thread ended, in ns.
struct SyncEnds {
    std::uint64_t own_process_ns = 0;
    std::uint64_t other_process_ns = 0;
    std::uint64_t timer_ns = 0;
    std::uint64_t other_ns = 0;  ///< other interrupts, and unsure ones
    [[nodiscard]] std::uint64_t all_ns() const { return own_process_ns + other_process_ns + timer_ns + other_ns; }
};
[[nodiscard]] SyncEnds sync_ends(const WokenTable& table, std::uint32_t own_tgid);

struct Report;

/// The last waker of the thread, the last waker of that one, and so on: at most `kMaxWakers`, ending with an interrupt
/// or with a thread whose waker is unknown or is already in the chain. Each wakeup but the first is before the one that
/// it led to.
inline constexpr std::size_t kMaxWakers = 5;
[[nodiscard]] std::vector<Waker> waker_chain(const Report& report, const Thread& thread);
/// Of the living thread with that key; empty if the report does not list it.
[[nodiscard]] std::vector<Waker> waker_chain(const Report& report, const ThreadKey& key);

}  // namespace tsa
