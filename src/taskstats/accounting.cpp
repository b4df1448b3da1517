// SPDX-License-Identifier: MIT
// See accounting.h.
#include "taskstats/accounting.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/text_file.h"

namespace tsa::taskstats {
namespace {

// Commits e4042ad49235 (off by default) and 0cd7c741f01d (the sysctl).
constexpr std::uint32_t kSysctlRelease = 5'014;

bool has_word(std::string_view text, std::string_view word) {
    constexpr std::string_view kBlanks = " \t\n";
    while (!text.empty()) {
        const std::size_t begin = text.find_first_not_of(kBlanks);
        if (begin == std::string_view::npos) {
            return false;
        }
        text.remove_prefix(begin);
        const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
        // Arguments after "--" are for init.
        if (text.substr(0, end) == "--") {
            return false;
        }
        if (text.substr(0, end) == word) {
            return true;
        }
        text.remove_prefix(end);
    }
    return false;
}

/// "6.18.44-x" is 6018.
std::optional<std::uint32_t> parse_release(std::string_view text) {
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    const char* end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, major);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.' || major > 1000) {
        return std::nullopt;
    }
    const auto second = std::from_chars(first.ptr + 1, end, minor);
    if (second.ec != std::errc{} || minor >= 1000) {
        return std::nullopt;
    }
    return 1000 * major + minor;
}

std::optional<std::string_view> view(const std::optional<std::string>& text) {
    return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

Accounting state_of(const AccountingFacts& facts) {
    if (facts.sysctl) {
        return *facts.sysctl ? Accounting::on : Accounting::off;
    }
    if (!facts.release) {
        return Accounting::unknown;
    }
    if (*facts.release >= kSysctlRelease) {
        return Accounting::not_compiled;
    }
    return facts.boot_nodelayacct ? Accounting::off : Accounting::on;
}

}  // namespace

AccountingFacts parse_accounting_facts(std::optional<std::string_view> task_delayacct,
                                       std::optional<std::string_view> cmdline, std::string_view osrelease) {
    AccountingFacts facts;
    if (task_delayacct && !task_delayacct->empty()) {
        const char first = task_delayacct->front();
        if (first == '0' || first == '1') {
            facts.sysctl = first == '1';
        }
    }
    facts.boot_delayacct = has_word(cmdline.value_or(""), "delayacct");
    facts.boot_nodelayacct = has_word(cmdline.value_or(""), "nodelayacct");
    facts.release = parse_release(osrelease);
    return facts;
}

void AccountingWatch::update(const AccountingFacts& facts, std::uint64_t now_ns) {
    const Accounting before = state_.state;
    state_.state = state_of(facts);
    const bool before_sysctl = facts.release && *facts.release < kSysctlRelease && !facts.sysctl;
    state_.covers_cpu = before_sysctl;
    if (state_.state == Accounting::off) {
        state_.off_until_ns = now_ns;
        state_.on_no_later_than_ns.reset();
        return;
    }
    if (state_.state != Accounting::on) {
        return;
    }
    if (before == Accounting::off) {
        state_.on_no_later_than_ns = now_ns;
        return;
    }
    // On since boot, unless it was seen off: an old kernel cannot switch it, and a new one has the boot parameter. An
    // old kernel without CONFIG_TASK_DELAY_ACCT looks the same, but its CPU counters stay 0 (`covers_cpu`).
    if (!state_.off_until_ns && facts.boot_delayacct && !before_sysctl) {
        state_.on_no_later_than_ns = 0;
    }
}

void AccountingWatch::saw_accounted_thread(std::uint64_t start_time_ns) {
    if (state_.state != Accounting::on || start_time_ns == 0) {
        return;
    }
    // Left over from an earlier period when it was on: no evidence for the time after it was seen off.
    if (state_.off_until_ns && start_time_ns < *state_.off_until_ns) {
        return;
    }
    state_.on_no_later_than_ns = std::min(state_.on_no_later_than_ns.value_or(start_time_ns), start_time_ns);
}

AccountingFacts read_accounting_facts(const std::string& root) {
    const std::optional<std::string> sysctl = read_text_file(root + "proc/sys/kernel/task_delayacct");
    const std::optional<std::string> cmdline = read_text_file(root + "proc/cmdline");
    const std::optional<std::string> release = read_text_file(root + "proc/sys/kernel/osrelease");
    return parse_accounting_facts(view(sysctl), view(cmdline), release.value_or(""));
}

}  // namespace tsa::taskstats
