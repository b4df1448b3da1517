// SPDX-License-Identifier: MIT
// The texts of reconcile.h: keys for programs, sentences for people. One table.
#include <cstddef>

#include "model/reconcile.h"

namespace tsa {

namespace {

struct ReasonText {
    Reason reason;
    std::string_view key;
    std::string_view explained;  ///< verdict_words() with this reason
    std::string_view words;
};

constexpr ReasonText kReasons[] = {
    {Reason::none, "", "explained", ""},
    {Reason::open_wait, "open_wait", "explained: open wait",
     "taskstats adds a wait when it ends; one is open, or was at the start of the interval"},
    {Reason::between_ticks, "between_ticks", "explained: between ticks",
     "the thread is running: the kernel updates its run time only at ticks and switches"},
    {Reason::wakeup_as_exec, "wakeup_as_exec", "explained: wakeup as exec",
     "the kernel counts the time from a wakeup to the CPU as run time, the probes as waiting"},
    {Reason::irq_or_steal, "irq_or_steal", "explained: irq or steal",
     "the kernel excludes what interrupts and the hypervisor took while the thread was on a CPU"},
    {Reason::switch_clocks, "switch_clocks", "explained: switch clocks",
     "many switches: at each one, the two read the clock at slightly different points"},
    {Reason::readings_apart, "readings_apart", "explained: readings apart",
     "the two sources were read at different times; a longer interval reduces the effect"},
    {Reason::synchronous_swap_in, "synchronous_swap_in", "explained: synchronous swap-in",
     "taskstats also counts a swap-in while it runs on the CPU (zram never blocks), partly twice, as thrashing too"},
    {Reason::swap_in_as_io, "swap_in_as_io", "explained: swap-in as I/O",
     "taskstats counts the time blocked in a swap-in as blkio, and only the start of the read as swapin"},
    {Reason::ring_wait_as_io, "ring_wait_as_io", "explained: io_uring as I/O",
     "taskstats counts a wait in io_uring_enter as block I/O whatever its requests are for; here it is idle unless "
     "they "
     "are for files"},
    {Reason::request_wait_uncounted, "request_wait_uncounted", "explained: asynchronous I/O",
     "taskstats does not count waits for requests through libaio as block I/O, nor those through io_uring on some "
     "kernels; the probes' number is correct"},
    {Reason::missed_waits, "missed_waits", "explained: missed waits",
     "taskstats counted fewer waits than there were: Linux 6.12 and later skip one that ends before the scheduler has "
     "removed the thread from its run queue; the probes' number is correct"},
    {Reason::accounting_off, "accounting_off", "explained: accounting off",
     "delay accounting is off; sysctl kernel.task_delayacct=1 turns it on for threads created from then on"},
    {Reason::older_thread, "older_thread", "explained: older thread",
     "the thread was created before delay accounting was switched on, or may have been; restart its program"},
    {Reason::kernel_lacks_it, "kernel_lacks_it", "explained: kernel lacks it",
     "this kernel does not provide this number: too old, or built or booted without it"},
    {Reason::no_reply, "no_reply", "explained: no reply",
     "taskstats has no reply for this thread at both ends of the interval; it needs CAP_NET_ADMIN"},
    {Reason::not_measured, "not_measured", "explained: not measured",
     "the source of the thread data does not measure this state; the probes do (--source bpf)"},
    {Reason::impossible_value, "impossible_value", "disagree: impossible value",
     "taskstats cannot be right: more than the interval, or than the thread was blocked; Linux 6.12 and later start "
     "an I/O wait at the wrong time when the thread leaves its run queue late"},
    {Reason::tick_samples, "tick_samples", "explained: sampled at ticks",
     "/proc/stat is sampled at each tick; what runs between ticks is over- or underestimated"},
    {Reason::stalled_on_cpu, "stalled_on_cpu", "explained: stalled on a CPU",
     "pressure also counts a thread that reclaims memory itself while it is on a CPU"},
    {Reason::unseen_threads, "unseen_threads", "explained: unseen threads",
     "/proc does not show what threads did that ended between two refreshes, nor a wait that has not ended; the probes "
     "do"},
};

const ReasonText& text_of(Reason reason) {
    const auto at = static_cast<std::size_t>(reason);
    return kReasons[at];
}

constexpr bool in_order() {
    std::size_t at = 0;
    for (const ReasonText& each : kReasons) {
        if (static_cast<std::size_t>(each.reason) != at++) {
            return false;
        }
    }
    return at == static_cast<std::size_t>(Reason::unseen_threads) + 1;
}
static_assert(in_order(), "one row per Reason, in its order");

}  // namespace

std::string_view pair_key(Pair pair) {
    constexpr std::string_view kKeys[kPairCount] = {"exec", "cpu_wait", "io_wait", "swap_wait"};
    return kKeys[static_cast<std::size_t>(pair)];
}

std::string_view pair_key(SystemPair pair) {
    constexpr std::string_view kKeys[kSystemPairCount] = {"busy", "cpu_pressure", "io_pressure", "memory_pressure"};
    return kKeys[static_cast<std::size_t>(pair)];
}

std::string_view verdict_words(Verdict verdict, Reason reason) {
    switch (verdict) {
        case Verdict::agree:
            return "agree";
        case Verdict::explained:
            return text_of(reason).explained;
        case Verdict::disagree:
            return reason == Reason::impossible_value ? text_of(reason).explained : "disagree";
    }
    return "";
}

std::string_view reason_key(Reason reason) {
    return text_of(reason).key;
}

std::string_view reason_words(Reason reason) {
    return text_of(reason).words;
}

}  // namespace tsa
