// The text of a finding, fit to paste into a ticket, with its figures: see findings.h.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "summary/findings.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr double kMostOfIt = 0.5;

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

/// "up to 4 at once for one held by holder (TID 4110)".
std::string lock_words(const ContendedLock& lock) {
    if (lock.owner_tid == 0) {
        return fmt::format("up to {} at once for one lock", lock.waiters);
    }
    if (lock.owner_exited) {
        return fmt::format("up to {} at once for one held by TID {}, which has exited without unlocking", lock.waiters,
                           lock.owner_tid);
    }
    const auto& comm = lock.owner_comm;
    const std::string_view name{comm.data(), strnlen(comm.data(), comm.size())};
    return name.empty()
               ? fmt::format("up to {} at once for one held by TID {}", lock.waiters, lock.owner_tid)
               : fmt::format("up to {} at once for one held by {} (TID {})", lock.waiters, name, lock.owner_tid);
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
    void say_lock();
    void say_memory();
    void say_io();
    void say_storm();
    void say_rest();

    const Stretch& stretch_;
    std::span<const Blamed> blamed_;
    SummaryFinding& finding_;
};

void Words::say_cpu() {
    const std::string waited = fmt::format("For {} {:.1f} threads on average waited for a CPU",
                                           duration_text(stretch_.length_ns).view(), mean(Measure::cpu_wait));
    if (finding_.kind == FindingKind::cpu_saturation) {
        finding_.words = fmt::format("{} while {}{}.", waited, cpus_words(stretch_.cpus), blame_words(blamed_));
    } else {
        finding_.words = fmt::format(
            "{} although the CPUs were only {:.0f} % busy{}. A CPU quota (cgroup) or an affinity limits them, or "
            "the load comes in bursts shorter than an interval.",
            waited, mean(Measure::cpu_busy_pct), blame_words(blamed_));
    }
    threads_figure("cpu wait", Measure::cpu_wait);
    pct_figure("CPUs busy", Measure::cpu_busy_pct);
    pct_figure("PSI cpu", Measure::stall_cpu_pct);
}

void Words::say_lock() {
    finding_.words = fmt::format("For {} {:.1f} threads on average waited for locks, {}{}.",
                                 duration_text(stretch_.length_ns).view(), mean(Measure::lock_wait),
                                 lock_words(stretch_.lock), blame_words(blamed_));
    threads_figure("lock wait", Measure::lock_wait);
    finding_.figures.push_back(fmt::format("waiters for one holder {:.1f} on average, {:.0f} at most",
                                           mean(Measure::lock_waiters), max(Measure::lock_waiters)));
}

void Words::say_memory() {
    const std::string length(duration_text(stretch_.length_ns).view());
    if (finding_.kind == FindingKind::swap_thrash) {
        finding_.words = fmt::format(
            "For {} memory was repeatedly swapped in ({} on average): {:.1f} threads on average waited for it{}.",
            length, told(Measure::swap_in) ? rate_text(mean(Measure::swap_in)).view() : "rate not known",
            mean(Measure::swap_wait), blame_words(blamed_));
        threads_figure("swap wait", Measure::swap_wait);
        rate_figure("swapped in", Measure::swap_in);
        rate_figure("swapped out", Measure::swap_out);
    } else {
        finding_.words =
            fmt::format("For {} memory was short: {:.1f} threads on average waited until some was freed{}.", length,
                        mean(Measure::mem_wait), blame_words(blamed_));
        threads_figure("mem wait", Measure::mem_wait);
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
            finding_.figures.push_back(fmt::format("at most {:.0f} events in an interval", max(Measure::throttles)));
            pct_figure("CPUs busy", Measure::cpu_busy_pct);
            break;
        case FindingKind::zombies:
            finding_.words =
                fmt::format("For {} {:.0f} threads on average were dead and not reaped by their parents{}.", length,
                            mean(Measure::zombies), blame_words(blamed_));
            threads_figure("zombies", Measure::zombies);
            break;
        case FindingKind::stolen_cpu:
            finding_.words = fmt::format("For {} the hypervisor gave {:.0f} % of the CPUs' time to others.", length,
                                         mean(Measure::steal_pct));
            pct_figure("stolen", Measure::steal_pct);
            threads_figure("cpu wait", Measure::cpu_wait);
            break;
        default:
            finding_.words =
                "Some threads could not be followed one by one: the lists lack them, and the sums may lack some of "
                "their time.";
            finding_.figures.push_back(fmt::format("at most {:.0f} in an interval", max(Measure::lost)));
            break;
    }
}

void Words::say() {
    switch (finding_.kind) {
        case FindingKind::cpu_saturation:
        case FindingKind::cpu_limited:
            return say_cpu();
        case FindingKind::lock_convoy:
            return say_lock();
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
