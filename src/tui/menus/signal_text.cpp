// SPDX-License-Identifier: MIT
// See signal_text.h.
#include "tui/menus/signal_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace tsa {
namespace {

constexpr std::size_t kMostNames = 4;

std::string count_text(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

// "webapp, 3 bash and 2 more": equal names together, in their order.
std::string name_list(const std::vector<std::string_view>& names) {
    std::vector<std::pair<std::string_view, std::size_t>> counted;
    for (const std::string_view name : names) {
        const auto known = std::ranges::find(counted, name, [](const auto& each) { return each.first; });
        if (known != counted.end()) {
            ++known->second;
        } else {
            counted.emplace_back(name, 1);
        }
    }
    std::string out;
    std::size_t left = names.size();
    for (std::size_t at = 0; at < std::min(counted.size(), kMostNames); ++at) {
        const auto& [name, count] = counted[at];
        out += at > 0 ? ", " : "";
        out += count > 1 ? fmt::format("{} {}", count, name) : std::string(name);
        left -= count;
    }
    return left > 0 ? fmt::format("{} and {} more", out, left) : out;
}

std::size_t threads_of(const SignalProcess& process) {
    return process.handling && process.handling->threads > 0 ? process.handling->threads : process.threads;
}

// `who`: a name, or a number.
std::string phrase(SignalEffect effect, std::string_view who) {
    switch (effect) {
        case SignalEffect::ends:
            return fmt::format("ends {}", who);
        case SignalEffect::ends_with_core:
            return fmt::format("ends {}, core dump", who);
        case SignalEffect::stops:
            return fmt::format("stops {}", who);
        case SignalEffect::resumes:
            return fmt::format("continues {}", who);
        case SignalEffect::is_handled:
            return fmt::format("handled by {}", who);
        case SignalEffect::is_ignored:
            return fmt::format("ignored by {}", who);
        case SignalEffect::does_nothing:
            return "ignored by default";
        case SignalEffect::stays_pending:
            return fmt::format("blocked by {}: pending until taken", who);
        case SignalEffect::may_be_awaited:
            return fmt::format("taken by sigwait in {}", who);
        case SignalEffect::waits_for_continue:
            return fmt::format("pending until SIGCONT to {}", who);
        case SignalEffect::spares_init:
            return fmt::format("no effect on init process {}", who);
    }
    return {};
}

using NamesByEffect = std::array<std::vector<std::string_view>, kSignalEffects>;

NamesByEffect names_by_effect(const SignalInfo& signal, const SignalTargets& targets) {
    NamesByEffect names;
    for (const SignalProcess& process : targets.processes) {
        if (process.handling) {
            names[static_cast<std::size_t>(effect_of(signal, *process.handling))].push_back(process.target.comm);
        }
    }
    return names;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    return fmt::format("{}", fmt::join(parts, between));
}

// The text in parentheses after the targets: everything that is not obvious from the signal's name.
std::string remarks(const SignalInfo& signal, const SignalTargets& targets) {
    std::vector<std::string> parts;
    for (const SignalProcess& process : targets.processes) {
        if (process.is_own) {
            parts.emplace_back(targets.processes.size() == 1 ? "this program" : "with this program");
        } else if (process.target.tgid == 1) {
            parts.emplace_back(targets.processes.size() == 1 ? "PID 1" : "with PID 1");
        }
    }
    const NamesByEffect names = names_by_effect(signal, targets);
    for (std::size_t at = 0; at < kSignalEffects; ++at) {
        const auto effect = static_cast<SignalEffect>(at);
        if (!acts_by_default(effect) && !names[at].empty()) {
            parts.push_back(phrase(effect, name_list(names[at])));
        }
    }
    if (targets.kernel_threads > 0) {
        parts.push_back(count_text(targets.kernel_threads, "kernel thread", "kernel threads") + " left out");
    }
    return parts.empty() ? std::string() : fmt::format(" ({})", joined(parts, "; "));
}

std::string answers(int signal, const SignalTargets& targets) {
    if (!offers_threads(signal, targets)) {
        return "y: yes, any other key: no";
    }
    const bool several = targets.processes.size() > 1;
    std::string threads = fmt::format("these {} threads", targets.threads.size());
    if (targets.threads.size() == 1) {
        const Target& thread = targets.threads.front();
        const bool blocks = has_signal(targets.processes.front().handling->blocked_by_thread, signal);
        threads =
            fmt::format("thread {} {}{}", thread.tid, thread.comm, blocks ? " (stays pending: it blocks it)" : "");
    }
    return fmt::format("y: process{}, t: only {}, any other key: no", several ? "es" : "", threads);
}

}  // namespace

std::string target_text(const SignalTargets& targets) {
    std::size_t threads = 0;
    std::vector<std::string_view> names;
    for (const SignalProcess& process : targets.processes) {
        threads += threads_of(process);
        names.emplace_back(process.target.comm);
    }
    const std::string count = count_text(threads, "thread", "threads");
    if (targets.processes.size() == 1) {
        const Target& process = targets.processes.front().target;
        return fmt::format("process {} ({}), {}", process.comm, process.tgid, count);
    }
    return fmt::format("{} processes ({}), {}", names.size(), name_list(names), count);
}

std::string effect_text(const SignalInfo& signal, const SignalTargets& targets) {
    const NamesByEffect names = names_by_effect(signal, targets);
    std::size_t unknown = targets.processes.size();
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < kSignalEffects; ++at) {
        unknown -= names[at].size();
        if (!names[at].empty()) {
            const bool one = targets.processes.size() == 1;
            const std::string who = one ? std::string(names[at].front()) : fmt::format("{}", names[at].size());
            parts.push_back(phrase(static_cast<SignalEffect>(at), who));
        }
    }
    if (!parts.empty() && unknown > 0) {
        parts.push_back(fmt::format("unknown for {}", unknown));
    }
    return joined(parts, ", ");
}

bool offers_threads(int signal, const SignalTargets& targets) {
    const SignalInfo* info = find_signal(signal);
    return info != nullptr && !targets.threads.empty() && !targets.processes.empty() &&
           std::ranges::all_of(targets.processes, [&](const SignalProcess& process) {
               return process.handling && threads_of(process) > 1 &&
                      effect_of(*info, *process.handling) == SignalEffect::is_handled;
           });
}

SignalQuestion signal_question(int signal, const SignalTargets& targets) {
    const SignalInfo* info = find_signal(signal);
    const std::string all_remarks = info != nullptr ? remarks(*info, targets) : std::string();
    return {fmt::format("{} to {}{}?", signal_name(signal), target_text(targets), all_remarks),
            answers(signal, targets)};
}

}  // namespace tsa
