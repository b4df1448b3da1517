// SPDX-License-Identifier: MIT
// See capture_files.h.
#include "record/capture_files.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tsa {

/// Used by the thread of the queue only.
struct CaptureFiles::Shared {
    std::optional<Segments> segments;

    Result<void> add(const SegmentInterval& interval) {
        TRY(segments->prepare());
        Result<void> added = segments->add(interval);
        if (!added.ok()) {
            segments->give_up();
        }
        return added;
    }
};

CaptureFiles::CaptureFiles(SideQueue& queue, SegmentOptions options, RecordingMeta meta)
    : queue_(queue), options_(std::move(options)), meta_(std::move(meta)), shared_(std::make_shared<Shared>()) {}

Result<void> CaptureFiles::begin(std::vector<std::shared_ptr<const RingChunk>> before) {
    std::size_t bytes = 0;
    for (const auto& chunk : before) {
        bytes += chunk->bytes();
    }
    auto step = [shared = shared_, options = options_, text = encode_meta(meta_),
                 chunks = std::move(before)]() -> Result<void> {
        shared->segments.emplace(TRY(Segments::create(options)));
        TRY(shared->segments->write_meta(text, false));
        for (const auto& chunk : chunks) {
            TRY(chunk->for_each([&](const SegmentInterval& interval) { return shared->add(interval); }));
        }
        return {};
    };
    return queue_.run(std::move(step), bytes);
}

Result<void> CaptureFiles::add(const SegmentInterval& interval) {
    PerTable<std::string> texts;
    std::size_t bytes = 0;
    for (std::size_t table = 0; table < texts.size(); ++table) {
        texts[table] = interval.texts[table];
        bytes += texts[table].size();
    }
    auto step = [shared = shared_, interval, texts = std::move(texts)] {
        SegmentInterval copy = interval;
        std::ranges::copy(texts, copy.texts.begin());
        return shared->add(copy);
    };
    return queue_.run(std::move(step), bytes);
}

Result<void> CaptureFiles::finish(RecordingEnd end) {
    return queue_.run([shared = shared_, meta = meta_, end = std::move(end)]() mutable -> Result<void> {
        TRY(shared->segments->finish());
        end.intervals = shared->segments->intervals();
        end.rows = shared->segments->rows();
        meta.end = std::move(end);
        return shared->segments->write_meta(encode_meta(meta), true);
    });
}

}  // namespace tsa
