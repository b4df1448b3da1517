// SPDX-License-Identifier: MIT
// What a thread waits on, as a phrase for people: "futex lock ← 4177 worker ← 4190 cleaner: io wait pwrite64". The
// table of `stat`, the overview and the drill-down all use it. Nothing here allocates per row.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

#include "base/flat_map.h"
#include "model/report.h"

namespace tsa {

/// Appends "held by TID 2659, which has exited without unlocking". `tid` 0, unknown: "a thread".
void put_exited_holder(fmt::memory_buffer& out, std::uint32_t tid);

/// Finds a report's live threads by TID: filled at the first lookup, which most reports never need.
class ThreadIndex {
  public:
    ThreadIndex() = default;
    explicit ThreadIndex(const Report& report) : report_(&report) {}
    /// Call it for each new report, even one at the same address. Keeps its memory.
    void reset(const Report& report);
    /// Null when no live thread has that TID.
    [[nodiscard]] const ThreadRow* find(std::uint32_t tid);
    /// The label of the thread's open wait, printable; empty: none is known.
    [[nodiscard]] std::string_view label_of(const Thread& thread) const;

  private:
    void fill();

    const Report* report_ = nullptr;
    bool filled_ = false;
    FlatMap<FlatIndex<std::uint32_t>> row_of_;  // TID to index into Report::threads
};

/// How an owner and a lower bound are marked; the plain ones are for terminals without Unicode.
struct WaitSymbols {
    std::string_view owner = "←";
    std::string_view at_least = "≥";
};
inline constexpr WaitSymbols kPlainWaitSymbols{"<-", ">"};

/// Maximum number of owners named; a longer chain ends in "...".
inline constexpr std::size_t kMaxOwnersNamed = 8;
/// Maximum length of a chain that is followed to detect a circle.
inline constexpr std::size_t kMaxOwnersFollowed = 64;

/// Appends the phrase; nothing while the thread executes or if nothing is known. Owners are named if the report lists
/// them; the last one with what it does instead of unlocking. Owners in a circle are a DEADLOCK once the same waits for
/// the same holders have been read in two refreshes, whether or not the thread itself is part of it. A holder that has
/// exited ends the chain.
void put_wait(fmt::memory_buffer& out, const Thread& thread, ThreadIndex& threads, const WaitSymbols& symbols = {});
/// The same in at most `cells`, if leaving out parts can achieve that: the owner is left out last. A label loses its
/// end, or the start of a path, but no part of a number. The caller truncates a phrase that is still too long, usually
/// in the owner's name.
void put_wait_within(fmt::memory_buffer& out, const Thread& thread, ThreadIndex& threads, std::size_t cells,
                     const WaitSymbols& symbols = {});

/// Whether the thread waits in, or for, a circle of holders that has been there throughout: see put_wait().
[[nodiscard]] bool is_deadlocked(const Thread& thread, ThreadIndex& threads);

/// A label in at most `cells`: the start of a path, then the process, then the rest are left out; no number is cut.
/// Empty if nothing fits.
void put_label_within(fmt::memory_buffer& out, std::string_view label, std::size_t cells);

}  // namespace tsa
