// SPDX-License-Identifier: MIT
// The text of a finding, fit to paste into a ticket, with its figures: see findings.h.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "summary/findings.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr double kMostOfIt = 0.5;
/// Fewer threads on average are not worth a sentence.
constexpr double kVisible = 0.05;

/// "most of it xz (61 %)", "xz 31 %, cc1 22 %"; empty: none stands out.
std::string blame_words(std::span<const Blamed> blamed) {
    if (blamed.empty()) {
        return {};
    }
    if (blamed.front().share >= kMostOfIt) {
        return fmt::format("; most of it {} ({:.0f} %)", blamed.front().name, 100 * blamed.front().share);
    }
    std::string words;
    for (const Blamed& one : blamed) {
        words += fmt::format("{} {} ({:.0f} %)", words.empty() ? ";" : ",", one.name, 100 * one.share);
    }
    return words;
}

std::string cpus_words(std::uint32_t cpus) {
    if (cpus <= 1) {
        return "the only CPU was busy";
    }
    return cpus == 2 ? "both CPUs were busy" : fmt::format("all {} CPUs were busy", cpus);
}

class Words {
  public:
    Words(const Stretch& stretch, std::span<const Blamed> blamed, SummaryFinding& finding)
        : stretch_(stretch), blamed_(blamed), finding_(finding) {}

    void say();

  private:
    [[nodiscard]] double mean(Measure measure) const { return stretch_.value(measure).mean(); }
    [[nodiscard]] double max(Measure measure) const { return stretch_.value(measure).max(); }
    [[nodiscard]] bool told(Measure measure) const { return !stretch_.value(measure).empty(); }
    void threads_figure(std::string_view label, Measure measure) {
        finding_.figures.push_back(
            fmt::format("{} {:.1f} threads on average, {:.1f} at most", label, mean(measure), max(measure)));
    }
    void pct_figure(std::string_view label, Measure measure) {
        if (told(measure)) {
            finding_.figures.push_back(
                fmt::format("{} {:.0f} % on average, {:.0f} % at most", label, mean(measure), max(measure)));
        }
    }
    void rate_figure(std::string_view label, Measure measure) {
        if (told(measure)) {
            finding_.figures.push_back(fmt::format("{} {} on average, {} at most", label,
                                                   rate_text(mean(measure)).view(), rate_text(max(measure)).view()));
        }
    }
    void say_cpu();
    [[nodiscard]] std::string memory_delay_words() const;
    void say_memory();
    void say_io();
    void say_storm();
    void say_rest();

    const Stretch& stretch_;
    std::span<const Blamed> blamed_;
    SummaryFinding& finding_;
};

void Words::say_cpu() {
    finding_.words = fmt::format("For {} {:.1f} threads on average waited for a CPU while {}{}.",
                                 duration_text(stretch_.length_ns).view(), mean(Measure::cpu_wait),
                                 cpus_words(stretch_.cpus), blame_words(blamed_));
    finding_.next =
        "Run less of it at the same time, give what can wait a lower priority (nice, CPUWeight=), or add CPUs.";
    threads_figure("cpu wait", Measure::cpu_wait);
    pct_figure("CPUs busy", Measure::cpu_busy_pct);
    pct_figure("PSI cpu", Measure::stall_cpu_pct);
}

/// Where the time for memory was spent.
std::string Words::memory_delay_words() const {
    if (mean(Measure::mem_wait) >= kVisible) {
        return fmt::format("{:.1f} threads on average waited until some was freed{}", mean(Measure::mem_wait),
                           blame_words(blamed_));
    }
    if (mean(Measure::exec_reclaim) >= kVisible) {
        return fmt::format("{:.1f} threads on average freed memory themselves, executing inside reclaim{}",
                           mean(Measure::exec_reclaim), blame_words(blamed_));
    }
    if (mean(Measure::swap_wait) >= kVisible) {
        return fmt::format("{:.1f} threads on average waited for pages that had been evicted{}",
                           mean(Measure::swap_wait), blame_words(blamed_));
    }
    return fmt::format(
        "some thread was stalled for it {:.0f} % of the time (PSI), but none blocked. The time is in exec where the "
        "thread that needs memory frees it itself (reclaim), or unpacks it from compressed swap",
        mean(Measure::stall_memory_pct));
}

void Words::say_memory() {
    const std::string length(duration_text(stretch_.length_ns).view());
    if (finding_.kind == FindingKind::swap_thrash && mean(Measure::swap_wait) >= kVisible) {
        finding_.words = fmt::format(
            "For {} memory was repeatedly swapped in ({} on average): {:.1f} threads on average waited for it{}.",
            length, told(Measure::swap_in) ? rate_text(mean(Measure::swap_in)).view() : "rate not known",
            mean(Measure::swap_wait), blame_words(blamed_));
    } else if (finding_.kind == FindingKind::swap_thrash) {
        finding_.words = fmt::format("For {} memory was repeatedly swapped in ({} on average): {}.", length,
                                     rate_text(mean(Measure::swap_in)).view(), memory_delay_words());
    } else {
        finding_.words = fmt::format("For {} memory was short: {}.", length, memory_delay_words());
    }
    finding_.next =
        "Find the processes with the largest RSS, and give the machine or their cgroup (memory.high, memory.max) more "
        "memory, or them less to do.";
    threads_figure("swap wait", Measure::swap_wait);
    threads_figure("mem wait", Measure::mem_wait);
    if (told(Measure::exec_reclaim)) {
        threads_figure("executing inside reclaim", Measure::exec_reclaim);
    }
    if (finding_.kind == FindingKind::swap_thrash) {
        rate_figure("swapped in", Measure::swap_in);
        rate_figure("swapped out", Measure::swap_out);
    }
    pct_figure("PSI memory", Measure::stall_memory_pct);
    pct_figure("PSI memory full", Measure::stall_memory_full_pct);
}

void Words::say_io() {
    std::string disk;
    if (stretch_.disk) {
        disk = fmt::format("; busiest disk {} ({:.0f} % at most)", stretch_.disk->name.view(), stretch_.disk->busy_pct);
    }
    std::string oldest;
    if (max(Measure::io_wait_age_s) >= 1) {
        oldest = fmt::format("; the longest single wait took {:.1f} s or more", max(Measure::io_wait_age_s));
    }
    finding_.words = fmt::format("For {} {:.1f} threads on average waited for storage{}{}{}.",
                                 duration_text(stretch_.length_ns).view(), mean(Measure::io_wait), blame_words(blamed_),
                                 oldest, disk);
    finding_.next =
        "See who reads and writes most (READ and WRITE in the screens), and whether the disk is slow or has too much "
        "to do (iostat -x).";
    threads_figure("io wait", Measure::io_wait);
    pct_figure("PSI io", Measure::stall_io_pct);
    pct_figure("PSI io full", Measure::stall_io_full_pct);
    rate_figure("read", Measure::disk_read);
    rate_figure("written", Measure::disk_write);
}

void Words::say_storm() {
    const double cpu_pct = 100 * mean(Measure::brief_exec) / std::max(1U, stretch_.cpus);
    finding_.words = fmt::format(
        "For {} {:.0f} threads or processes a second were started, and almost all of them ended soon; "
        "they used {:.0f} % of the CPUs{}.",
        duration_text(stretch_.length_ns).view(), mean(Measure::births_per_s), cpu_pct, blame_words(blamed_));
    finding_.next = "Find out who starts them (their PPID), and let it reuse processes or threads.";
    finding_.figures.push_back(fmt::format("started {:.0f} a second on average, {:.0f} at most",
                                           mean(Measure::births_per_s), max(Measure::births_per_s)));
    finding_.figures.push_back(fmt::format("ended {:.0f} a second on average", mean(Measure::ends_per_s)));
    finding_.figures.push_back(fmt::format("they kept {:.2f} CPUs busy on average, {:.2f} at most",
                                           mean(Measure::brief_exec), max(Measure::brief_exec)));
}

void Words::say_rest() {
    const std::string length(duration_text(stretch_.length_ns).view());
    switch (finding_.kind) {
        case FindingKind::throttled:
            finding_.words = fmt::format("For {} CPUs were slowed down because of heat.", length);
            finding_.next = "Check fans, dust and the power profile; sustained load then takes longer than it should.";
            finding_.figures.push_back(fmt::format("at most {:.0f} events in an interval", max(Measure::throttles)));
            pct_figure("CPUs busy", Measure::cpu_busy_pct);
            break;
        case FindingKind::zombies:
            finding_.words =
                fmt::format("For {} {:.0f} threads on average were dead and not reaped by their parents{}.", length,
                            mean(Measure::zombies), blame_words(blamed_));
            finding_.next = "Look at their parent (PPID): it does not call wait(), and ends them when it ends.";
            threads_figure("zombies", Measure::zombies);
            break;
        case FindingKind::stolen_cpu:
            finding_.words = fmt::format("For {} the hypervisor gave {:.0f} % of the CPUs' time to others.", length,
                                         mean(Measure::steal_pct));
            finding_.next = "Ask for more CPU time of the host, or move the machine to one that is less busy.";
            pct_figure("stolen", Measure::steal_pct);
            threads_figure("cpu wait", Measure::cpu_wait);
            break;
        default:
            finding_.words =
                "Some threads could not be followed one by one: the lists lack them, and the sums may lack some of "
                "their time.";
            finding_.next = "Record again with more slots (--max-threads), a longer interval or a filter.";
            finding_.figures.push_back(fmt::format("at most {:.0f} in an interval", max(Measure::lost)));
            break;
    }
}

void Words::say() {
    switch (finding_.kind) {
        case FindingKind::cpu_saturation:
            return say_cpu();
        case FindingKind::swap_thrash:
        case FindingKind::memory_stall:
            return say_memory();
        case FindingKind::io_stall:
            return say_io();
        case FindingKind::short_lived_storm:
            return say_storm();
        default:
            return say_rest();
    }
}

}  // namespace

void word_finding(const Stretch& stretch, std::span<const Blamed> blamed, SummaryFinding& finding) {
    Words(stretch, blamed, finding).say();
}

}  // namespace tsa
