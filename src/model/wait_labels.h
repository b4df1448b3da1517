// SPDX-License-Identifier: MIT
// What open waits are about beyond their system call: "tcp 127.0.0.1:5432 (postgres 1479)". Filled by the loops for the
// threads that are shown or recorded, and by the player of a recording; read by columns and phrases. Pure data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/flat_map.h"
#include "model/stack_label.h"
#include "model/thread.h"

namespace tsa {

struct Report;
struct ThreadRow;

/// Longer labels are cut, never within a number or a character.
inline constexpr std::size_t kMaxLabelBytes = 112;

/// The label of one open wait. Its thread is looked up by identity; the label is that of the wait since `since_ns`.
struct WaitLabel {
    WaitLabel() = default;
    explicit WaitLabel(const ThreadKey& of) : tid(of.tid), start_time_ns(of.start_time_ns) {}

    std::uint32_t mark = 0;
    std::uint32_t tid = 0;
    std::uint64_t start_time_ns = 0;
    std::uint64_t since_ns = 0;
    bool delays = false;  ///< a lock, a file system served by a process, or a reader that is too slow: in `sync`,
                          ///< `sleep` and `idle` a delay too
    std::uint8_t size = 0;
    std::array<char, kMaxLabelBytes> bytes{};

    /// Printable; empty: it was looked for, and nothing was found.
    [[nodiscard]] std::string_view text() const { return {bytes.data(), size}; }
    void set_text(std::string_view text);

    [[nodiscard]] ThreadKey key() const { return {tid, start_time_ns}; }
    [[nodiscard]] static std::uint64_t hash(const ThreadKey& key) {
        return flat_hash(flat_hash(key.start_time_ns) ^ key.tid);
    }
};

class WaitLabels {
  public:
    /// Null: no label was looked for in this wait, or it was not found in time.
    [[nodiscard]] const WaitLabel* find(const Thread& thread) const;
    /// The entry for the thread's open wait, new or replaced.
    WaitLabel& put(const Thread& thread);
    /// The thread's label, if it has one, is that of its wait now.
    void renew(const Thread& thread);
    void erase(const ThreadKey& key);
    void clear() { labels_.clear(); }
    [[nodiscard]] std::size_t size() const { return labels_.size(); }

  private:
    mutable FlatMap<WaitLabel> labels_;
};

/// Sets the text and `delays` of the label of the thread's open wait from what was found out about the wait's object
/// and about its stack: "client read: tcp 10.0.0.7:40112 (psql 4177)". Only one is known: that one. A wait that is a
/// lock already is named by its stack only as a lock. `found` may be null.
void combine(const Thread& thread, const WaitLabel* found, const StackLabel& of_stack, WaitLabel& label);

/// Whether a stack may say more about the thread's wait than its state and its system call do.
[[nodiscard]] bool may_have_stack_label(const Thread& thread);

/// The label of the thread's open wait: with that of its stack, if it has one. Null: none was looked for.
[[nodiscard]] const WaitLabel* find_label(const Report& report, const Thread& thread);

/// The label of the row's open wait; null as above, and for a thread that has ended or is not blocked.
[[nodiscard]] const WaitLabel* label_of(const Report& report, const ThreadRow& row);

/// The part of `sync`, `sleep` or `idle` in the row that its label calls a delay: the open wait's. Absent where no
/// label was looked for.
[[nodiscard]] std::optional<std::uint64_t> delay_labeled_ns(const Report& report, const ThreadRow& row);

/// Time that the row was delayed, as the screens show it: latency_ns() and delay_labeled_ns().
[[nodiscard]] std::uint64_t shown_delay_ns(const Report& report, const ThreadRow& row);

/// The longest start of `text` within `bytes` that ends neither within a number nor within a character.
[[nodiscard]] std::string_view cut_at_number(std::string_view text, std::size_t bytes);

}  // namespace tsa
