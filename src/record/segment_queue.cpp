// SPDX-License-Identifier: MIT
// See segment_queue.h.
#include "record/segment_queue.h"

#include <fmt/format.h>
#include <linux/capability.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tsa {

SegmentQueue::SegmentQueue(Segments segments, const SegmentOptions& options, std::chrono::milliseconds patience)
    : segments_(std::make_shared<Segments>(std::move(segments))),
      directory_(options.directory),
      streams_(options.stream_fd >= 0),
      // As the recorder itself: the directory may be another user's.
      queue_("rstat-write", {CAP_DAC_OVERRIDE, CAP_FOWNER}, kMaxWaitingBytes, patience) {}

Result<void> SegmentQueue::run(std::function<Result<void>(Segments&)> step, std::size_t bytes,
                               std::optional<std::chrono::milliseconds> patience) {
    if (streams_ || !began_) {
        return step(*segments_);
    }
    SideQueue::Step whole = [segments = segments_, step = std::move(step)] { return step(*segments); };
    auto done = patience ? queue_.run(std::move(whole), bytes, *patience) : queue_.run(std::move(whole), bytes);
    return done.ok() || done.error().error_number != ETIMEDOUT ? done : Result<void>(done.error().in(directory_));
}

Result<void> SegmentQueue::prepare() {
    began_ = true;
    if (queue_.is_late() || !segments_->is_complete()) {
        return {};
    }
    return run([](Segments& segments) { return segments.prepare(); });
}

bool SegmentQueue::needs_all() const {
    return queue_.is_late() || segments_->first() || segments_->last();
}

Result<void> SegmentQueue::add(const SegmentInterval& interval) {
    if (streams_) {
        return segments_->add(interval);
    }
    PerTable<std::string> texts;
    std::size_t bytes = 0;
    for (std::size_t table = 0; table < texts.size(); ++table) {
        texts[table] = interval.texts[table];
        bytes += texts[table].size();
    }
    auto step = [interval, texts = std::move(texts)](Segments& segments) -> Result<void> {
        SegmentInterval copy = interval;
        std::ranges::copy(texts, copy.texts.begin());
        TRY(segments.prepare());  // starts the next segment, if the directory did not answer before
        return segments.add(copy);
    };
    return run(std::move(step), bytes);
}

Result<void> SegmentQueue::write_meta(std::string text, bool to_disk) {
    const std::size_t bytes = text.size();
    return run([text = std::move(text), to_disk](Segments& segments) { return segments.write_meta(text, to_disk); },
               bytes, to_disk ? std::optional(kLastPatience) : std::nullopt);
}

void SegmentQueue::give_up() {
    (void)run([](Segments& segments) {
        segments.give_up();
        return Result<void>{};
    });
}

void SegmentQueue::abandon() {
    (void)run([](Segments& segments) {
        segments.abandon();
        return Result<void>{};
    });
}

Result<void> SegmentQueue::finish() {
    TRY(run([](Segments& segments) { return segments.finish(); }, 0, kLastPatience));
    if (const std::size_t missing = queue_.queued(); missing != 0) {
        return Error{fmt::format("{}: no answer for {} s: its last intervals may be missing", directory_,
                                 kLastPatience.count() / 1000),
                     "", ETIMEDOUT};
    }
    return {};
}

const SegmentQueue::Totals& SegmentQueue::totals() {
    if (!queue_.is_late()) {
        totals_ = {segments_->bytes(), segments_->deleted(), segments_->intervals(), segments_->rows()};
    }
    return totals_;
}

}  // namespace tsa
