// SPDX-License-Identifier: MIT
// See signal_handling.h.
#include "procfs/signal_handling.h"

#include <charconv>
#include <filesystem>
#include <system_error>

#include "base/scan.h"
#include "base/text_file.h"

namespace tsa {
namespace {

/// A process may have many groups, which precede the masks.
constexpr std::size_t kStatusBytes = 1U << 16U;

std::optional<StatusSignals> read_status(const std::string& task) {
    const std::optional<std::string> text = read_text_file(task + "/status", kStatusBytes);
    return text ? parse_status_signals(*text) : std::nullopt;
}

std::optional<SignalSet> mask_of(std::string_view field) {
    SignalSet mask = 0;
    const char* end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, mask, 16);
    return error == std::errc{} && stop == end ? std::optional(mask) : std::nullopt;
}

// "NSpid:  4588  1": one number per PID namespace, from the reader's down to the process's own.
InitProcess init_of(std::string_view ids) {
    std::string_view last;
    int namespaces = 0;
    for (std::string_view id = next_field(ids); !id.empty(); id = next_field(ids)) {
        last = id;
        ++namespaces;
    }
    if (last != "1") {
        return InitProcess::no;
    }
    return namespaces == 1 ? InitProcess::of_machine : InitProcess::of_container;
}

/// The signals blocked by a process's threads, as far as they have been read.
class Masks {
  public:
    void add(const std::string& task, SignalSet blocked) {
        // While a thread is in sigwait, its mask excludes the signals that it waits for.
        const auto where = read_text_file(task + "/wchan");
        if (where && where->starts_with("do_sigtimedwait")) {
            waiters_ &= blocked;
        } else {
            others_ &= blocked;
        }
    }
    [[nodiscard]] SignalSet blocked() const { return others_ & waiters_; }
    [[nodiscard]] SignalSet awaited() const { return others_ & ~waiters_; }
    [[nodiscard]] bool nothing_left() const { return others_ == 0; }

  private:
    SignalSet others_ = ~SignalSet{0};
    SignalSet waiters_ = ~SignalSet{0};
};

bool has_ended(const StatusSignals& thread) {
    return thread.state == 'Z' || thread.state == 'X';
}

void read_masks(const std::string& tasks, SignalHandling& out) {
    Masks masks;
    std::size_t read = 0;
    std::error_code error;
    const std::filesystem::directory_iterator end;
    for (std::filesystem::directory_iterator at(tasks, error); !error && at != end; at.increment(error)) {
        if (masks.nothing_left() || ++read > kMostMasks) {
            break;
        }
        const std::optional<StatusSignals> thread = read_status(at->path());
        if (thread && !has_ended(*thread)) {
            masks.add(at->path(), thread->blocked);
        }
    }
    if (!error && read > 0 && read <= kMostMasks) {
        out.blocked = masks.blocked();
        out.awaited = masks.awaited();
    }
}

}  // namespace

std::optional<StatusSignals> parse_status_signals(std::string_view proc_status) {
    StatusSignals out;
    std::optional<SignalSet> caught;
    std::optional<SignalSet> ignored;
    std::optional<SignalSet> blocked;
    while (std::optional<std::string_view> line = next_line(proc_status)) {
        const std::size_t colon = line->find(":\t");
        if (colon == std::string_view::npos) {
            continue;
        }
        const std::string_view key = line->substr(0, colon);
        std::string_view value = line->substr(colon + 2);
        if (key == "State") {
            out.state = value.empty() ? '?' : value.front();
        } else if (key == "NSpid") {
            out.init = init_of(value);
        } else if (key == "Threads") {
            out.threads = number<std::uint32_t>(next_field(value)).value_or(0);
        } else if (key == "SigBlk") {
            blocked = mask_of(next_field(value));
        } else if (key == "SigIgn") {
            ignored = mask_of(next_field(value));
        } else if (key == "SigCgt") {
            caught = mask_of(next_field(value));
        }
    }
    if (!caught || !ignored || !blocked) {
        return std::nullopt;
    }
    out.caught = *caught;
    out.ignored = *ignored;
    out.blocked = *blocked;
    return out;
}

std::optional<SignalHandling> read_signal_handling(std::uint32_t tgid, std::uint32_t tid, const std::string& root) {
    const std::string process = root + "/proc/" + std::to_string(tgid);
    const std::optional<StatusSignals> leader = read_status(process);
    if (!leader) {
        return std::nullopt;
    }
    SignalHandling out;
    out.caught = leader->caught;
    out.ignored = leader->ignored;
    out.threads = leader->threads;
    out.init = leader->init;
    out.stopped = leader->state == 'T' || leader->state == 't';
    read_masks(process + "/task", out);
    if (tid != 0) {
        const auto thread = read_status(process + "/task/" + std::to_string(tid));
        out.blocked_by_thread = thread ? thread->blocked : 0;
    }
    return out;
}

}  // namespace tsa
