// SPDX-License-Identifier: MIT
// See lines.h.
#include "summary/lines.h"

#include <algorithm>

#include "base/time_units.h"
#include "text/sanitize.h"
#include "text/time_text.h"
#include "text/units.h"

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

void SummaryLines::listed(std::string_view first, const std::vector<std::string>& things, std::string_view between) {
    const std::size_t indent = cells_of(first);
    add(first);
    std::size_t used = indent;
    for (std::size_t at = 0; at < things.size(); ++at) {
        const std::string thing = at + 1 < things.size() ? fmt::format("{}{}", things[at], between) : things[at];
        if (used > indent && used + cells_of(things[at]) > width_) {
            end();
            left({}, indent);
            used = indent;
        }
        add(thing);
        used += cells_of(thing);
    }
    end();
}

void SummaryLines::wrapped(std::string_view first, std::string_view words) {
    std::vector<std::string> things;
    while (!words.empty()) {
        const std::size_t end_of_word = std::min(words.find(' '), words.size());
        things.emplace_back(words.substr(0, end_of_word));
        words.remove_prefix(std::min(end_of_word + 1, words.size()));
    }
    listed(first, things, " ");
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
    std::string words = fmt::format(
        "{}: {} in {} interval{}", span_text(summary.begin_unix_ns, summary.end_unix_ns, context.utc_offsets),
        duration_text(summary.elapsed_ns).view(), summary.intervals, summary.intervals == 1 ? "" : "s");
    if (context.interval_ms != 0) {
        words += fmt::format(" of {}", duration_text(context.interval_ms * kNsPerMs).view());
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
    say(health.threads_without_slot, "threads without a slot at the same time");
    say(health.exit_records_lost, "final records dropped");
    say(health.exits_folded, "ended threads in the sums only");
    say(health.torn_reads, "threads unreadable at the same time");
    say(health.storage_failures, "threads not followed: out of memory");
    return words;
}

}  // namespace tsa
