// SPDX-License-Identifier: MIT
// The threads and processes that the user named by number: whether they exist, which ones they are, and whether they
// still live. A number alone says none of this: the kernel gives it to another thread or process later.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "model/chosen.h"
#include "model/report.h"

namespace tsa {

/// The thread's process. Error: no such thread, or /proc belongs to another PID namespace.
Result<std::uint32_t> process_of_thread(std::uint32_t tid);

/// Whether the chosen threads are in a report.
enum class Presence : std::uint8_t {
    seen,
    ended,   ///< none is in it, and none is alive
    unseen,  ///< none is in it, but one is alive
};

class Targets {
  public:
    /// Both may be empty: then nothing was chosen by number. Error: a process or thread does not exist, or one of
    /// `tgids` is a thread of another process.
    static Result<Targets> find(std::span<const std::uint32_t> tgids, std::span<const std::uint32_t> tids);

    /// A process that is known already.
    static Targets of(const ChosenProcess& process);

    [[nodiscard]] bool any() const { return !processes_.empty() || !threads_.empty(); }
    [[nodiscard]] std::span<const ChosenProcess> processes() const { return processes_; }
    [[nodiscard]] std::span<const ChosenThread> threads() const { return threads_; }

    /// After each report that lists the chosen threads. True: what was chosen is described differently from now on,
    /// because a later process has the same ID, or a thread has another TID by exec.
    [[nodiscard]] bool update(const Report& report);
    /// After update(). A thread that no report lists is looked up in the kernel.
    [[nodiscard]] Presence presence(const Report& report) const;

    /// "process 4588 has ended", "all of these threads have ended"; of `unseen`: "process 4588 is alive, but ...".
    [[nodiscard]] std::string words(Presence presence, const Report& report) const;

  private:
    [[nodiscard]] bool is_listed(const ThreadRow& row) const;
    [[nodiscard]] bool is_alive() const;
    bool note_later_process(const Report& report);
    bool note_renamed(const Report& report);

    /// Of a process in processes_.
    struct Life {
        ChosenThread leader;
        Fd pidfd;  // not valid before Linux 5.3
    };
    std::vector<ChosenProcess> processes_;
    std::vector<Life> lives_;  // as many, unless they are known already
    std::vector<ChosenThread> threads_;
};

}  // namespace tsa
