// SPDX-License-Identifier: MIT
// See latency_text.h.
#include "output/latency_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/time_units.h"
#include "text/cells.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr std::size_t kMinBarCells = 10;
constexpr std::size_t kMaxBarCells = 60;
constexpr double kTail = 0.99;

std::uint64_t rounded(double ns) {
    return static_cast<std::uint64_t>(std::llround(ns));
}

std::string seconds(std::uint64_t ns) {
    return fmt::format("{:.2f} s", to_seconds(ns));
}

/// "2 CPUs, Linux 6.18.5 x86_64"
std::string machine_words(const CostContext& context) {
    return fmt::format("{} CPU{}, Linux {} {}", context.cpus, context.cpus == 1 ? "" : "s", context.kernel_release,
                       context.architecture);
}

std::string share(double pct) {
    return pct > 0 && pct < 0.0005 ? "<0.001 %" : fmt::format("{:.3f} %", pct);
}

/// At most `cells` wide; never empty for a nonzero count.
std::string bar(std::uint64_t part, std::uint64_t most, std::size_t cells) {
    constexpr std::size_t kEighths = 8;
    constexpr std::array<std::string_view, kEighths> kPart{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const double exact = static_cast<double>(part) / static_cast<double>(most) * static_cast<double>(cells * kEighths);
    const auto eighths = std::max<std::size_t>(rounded(exact), part != 0 ? 1 : 0);
    std::string text;
    for (std::size_t full = 0; full < eighths / kEighths; ++full) {
        text += "█";
    }
    text += kPart[eighths % kEighths];
    return text;
}

struct BucketSpan {
    std::size_t first = 0, last = 0;  ///< nonempty buckets
};

BucketSpan used_buckets(const LatencyHistogram& runs) {
    BucketSpan span;
    const auto is_used = [](std::uint64_t count) { return count != 0; };
    span.first = static_cast<std::size_t>(std::ranges::find_if(runs.counts, is_used) - runs.counts.begin());
    span.last = span.first;
    for (std::size_t bucket = span.first; bucket < LatencyHistogram::kBuckets; ++bucket) {
        span.last = runs.counts[bucket] != 0 ? bucket : span.last;
    }
    return span;
}

/// Column widths shared by all histograms of a page.
struct HistogramCells {
    std::size_t ns = 0, count = 0, bar = 0;
};

class ProfilePage {
  public:
    explicit ProfilePage(const ProfileResult& result, std::size_t width) : result_(result) {
        const LatencyHistogram all = result.all();
        if (all.count() != 0) {
            columns_.ns = fmt::formatted_size("{}", LatencyHistogram::bucket_to_ns(used_buckets(all).last));
        }
        columns_.count = fmt::formatted_size("{}", std::ranges::max(all.counts));
        constexpr std::size_t kFixed = 24;  // the separators and the percentage
        const std::size_t taken = 2 * columns_.ns + columns_.count + kFixed;
        columns_.bar = std::clamp(width > taken ? width - taken : 0, kMinBarCells, kMaxBarCells);
    }

    [[nodiscard]] std::string text() {
        put_head();
        for (const ProgramLatency& program : result_.programs) {
            if (program.runs.count() != 0) {
                put_histogram(program);
            }
        }
        put_sums();
        return fmt::to_string(out_);
    }

  private:
    template <class... Args>
    void add(fmt::format_string<Args...> format, Args&&... args) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    }

    void put_head() {
        add("Cost of the probes in {}{}; {} threads, {}\n\n", seconds(result_.interval_ns),
            result_.interval_ns < result_.wanted_ns ? fmt::format(" of {}", seconds(result_.wanted_ns)) : "",
            result_.context.threads, machine_words(result_.context));
    }

    void put_histogram(const ProgramLatency& program) {
        const LatencyHistogram& runs = program.runs;
        const std::uint64_t count = runs.count();
        add("{} at {}: {} run{}, mean {} ns, 99 % below {} ns, {} of one CPU\n", program.program, program.event, count,
            count == 1 ? "" : "s", rounded(runs.mean_ns().value_or(0)), runs.below_ns(kTail).value_or(0),
            share(result_.cpu_pct(runs.total_ns)));
        const BucketSpan span = used_buckets(runs);
        const std::uint64_t most = std::ranges::max(runs.counts);
        for (std::size_t bucket = span.first; bucket <= span.last; ++bucket) {
            const std::uint64_t here = runs.counts[bucket];
            add("  {:>{}} - {:>{}} ns  ", LatencyHistogram::bucket_from_ns(bucket), columns_.ns,
                LatencyHistogram::bucket_to_ns(bucket) - 1, columns_.ns);
            put_left(out_, bar(here, most, columns_.bar), columns_.bar);
            add("  {:>{}}  {:>5.1f} %\n", here, columns_.count,
                100.0 * static_cast<double>(here) / static_cast<double>(count));
        }
        add("\n");
    }

    void put_sums() {
        const LatencyHistogram all = result_.all();
        std::string idle;
        for (const ProgramLatency& program : result_.programs) {
            if (program.runs.count() == 0) {
                idle += (idle.empty() ? "" : ", ") + program.program;
            }
        }
        const double pct = result_.cpu_pct(all.total_ns);
        add("all: {} runs, {} total, {} of one CPU, {} of all {} CPUs\n", all.count(),
            duration_text(all.total_ns).view(), share(pct), share(pct / std::max(result_.context.cpus, 1U)),
            result_.context.cpus);
        if (!idle.empty()) {
            add("did not run: {}\n", idle);
        }
        if (result_.seed && result_.seed->runs.count() != 0) {
            add("at startup: {} once for each of {} threads, mean {} ns\n", result_.seed->program,
                result_.seed->runs.count(), rounded(result_.seed->runs.mean_ns().value_or(0)));
        }
        if (result_.empty_ns) {
            add("Each time includes {} ns of the clock reads themselves, measured here with an empty program.\n",
                rounded(*result_.empty_ns));
        }
        add("It excludes the kernel's cost of calling a program. The regular probes contain no timing code.\n");
    }

    const ProfileResult& result_;
    HistogramCells columns_;
    fmt::memory_buffer out_;
};

}  // namespace

std::string bench_text(const BenchResult& result) {
    fmt::memory_buffer out;
    const auto to = std::back_inserter(out);
    fmt::format_to(to, "{}{} refreshes, {} apart; {} threads from {}; {}\n",
                   result.refreshes < result.wanted ? fmt::format("{} of ", result.refreshes) : "", result.wanted,
                   duration_text(result.pause_ns).view(), result.context.threads,
                   result.source == Source::bpf ? "the scheduler probes" : "/proc", machine_words(result.context));
    if (result.refreshes == 0) {
        return fmt::to_string(out);
    }
    constexpr std::size_t kName = 9;
    constexpr std::size_t kTime = 9;
    put(out, "\n");
    put_left(out, "stage", kName);
    for (const char* head : {"avg", "p50", "p95", "p99", "min", "max"}) {
        put_right(out, head, kTime);
    }
    put(out, "\n");
    for (std::size_t at = 0; at < kStageCount; ++at) {
        const StageInfo& info = stage_info(static_cast<Stage>(at));
        const Quantiles times = result.stages[at].value_or(Quantiles{});
        put_left(out, info.key, kName);
        for (const std::uint64_t ns :
             {rounded(times.avg_ns), times.p50_ns, times.p95_ns, times.p99_ns, times.min_ns, times.max_ns}) {
            put_right(out, duration_text(ns).view(), kTime);
        }
        fmt::format_to(to, "  {}\n", info.meaning);
    }
    return fmt::to_string(out);
}

std::string profile_text(const ProfileResult& result, std::size_t width) {
    return ProfilePage(result, width).text();
}

}  // namespace tsa
