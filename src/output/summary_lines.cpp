// See summary_lines.h.
#include "output/summary_lines.h"

#include <algorithm>

#include "output/sanitize.h"
#include "output/time_text.h"
#include "output/units.h"

namespace tsa {

namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kPlain = "\x1b[0m";

}  // namespace

void SummaryLines::head(std::string_view title, std::string_view words) {
    out_.push_back('\n');
    if (color_) {
        put(out_, kBold);
    }
    put(out_, title);
    if (color_) {
        put(out_, kPlain);
    }
    if (!words.empty()) {
        const std::size_t used = cells_of(title) + 2;
        put(out_, "  ");
        put(out_, cut_to_cells(words, width_ > used ? width_ - used : 0));
    }
    out_.push_back('\n');
}

void SummaryLines::end() {
    std::string_view text = cut_to_cells({line_.data(), line_.size()}, width_);
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    put(out_, text);
    out_.push_back('\n');
    line_.clear();
}

void SummaryLines::wrapped(std::string_view first, std::string_view words) {
    const std::size_t indent = cells_of(first);
    add(first);
    std::size_t used = indent;
    while (!words.empty()) {
        const std::size_t begin = std::min(words.find_first_not_of(' '), words.size());
        const std::size_t end = std::min(words.find(' ', begin), words.size());
        const std::string_view word = words.substr(0, end);
        if (used > indent && used + cells_of(word) > width_) {
            this->end();
            line_.resize(indent);
            std::fill(line_.begin(), line_.end(), ' ');
            words.remove_prefix(begin);
            used = indent;
            continue;
        }
        add(word);
        used += cells_of(word);
        words.remove_prefix(end);
    }
    this->end();
}

std::string SummaryLines::take() {
    return fmt::to_string(out_);
}

std::string words_of(const std::vector<std::string>& words, std::string_view between) {
    std::string all;
    for (const std::string& word : words) {
        all += all.empty() ? std::string_view{} : between;
        all += printable(word);
    }
    return all;
}

std::string machine_words(const Summary& summary, const SummaryContext& context) {
    std::string words = context.host.empty() ? "host not known" : "host " + printable(context.host);
    if (!context.kernel.empty()) {
        words += fmt::format("   Linux {} {}", printable(context.kernel), printable(context.machine));
    }
    words += fmt::format("   {} CPU{}", summary.cpus, summary.cpus == 1 ? "" : "s");
    words += summary.source == Source::procfs ? "   times from /proc" : "   times from the probes";
    return words;
}

std::string time_words(const Summary& summary, const SummaryContext& context) {
    std::string words =
        fmt::format("{} to {} {}: {} in {} interval{}", date_text(summary.begin_unix_ns, context.utc_offset_s).view(),
                    date_text(summary.end_unix_ns, context.utc_offset_s).view(), zone_text(context.utc_offset_s).view(),
                    duration_text(summary.elapsed_ns).view(), summary.intervals, summary.intervals == 1 ? "" : "s");
    if (context.interval_ms != 0) {
        words += fmt::format(" of {}", duration_text(context.interval_ms * 1'000'000).view());
    }
    return words;
}

std::string loss_words(const Summary& summary) {
    const Health& health = summary.health;
    std::string words;
    const auto say = [&](std::uint64_t count, std::string_view what) {
        if (count != 0) {
            words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count, what);
        }
    };
    say(health.threads_without_slot, "threads at once without a slot");
    say(health.exit_records_lost, "final records lost");
    say(health.exits_folded, "ended threads in the sums only");
    say(health.torn_reads, "threads at once not readable");
    say(health.storage_failures, "threads not followed for want of memory");
    return words;
}

}  // namespace tsa
