// SPDX-License-Identifier: MIT
// See ring.h.
#include "record/ring.h"

#include <zstd.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace tsa {

namespace {

/// Fast: the text of a refresh of 10,000 threads must not take longer than the refresh.
constexpr int kLevel = 1;

/// Unchanged if it cannot be compressed, for lack of memory.
bool compress(std::string& text) {
    std::string packed(ZSTD_compressBound(text.size()), '\0');
    const std::size_t size = ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), kLevel);
    if (ZSTD_isError(size) != 0) {
        return false;
    }
    packed.resize(size);
    packed.shrink_to_fit();
    text = std::move(packed);
    return true;
}

Result<std::string> decompress(const std::string& packed, std::size_t size) {
    std::string text(size, '\0');
    const std::size_t got = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
    if (ZSTD_isError(got) != 0 || got != size) {
        return Error{"the ring in memory cannot be unpacked", {}, 0};
    }
    return text;
}

}  // namespace

void RingChunk::add(const SegmentInterval& interval, std::uint64_t end_unix_ns) {
    Mark mark;
    for (std::size_t table = 0; table < texts_.size(); ++table) {
        texts_[table] += interval.texts[table];
        mark.ends[table] = texts_[table].size();
    }
    mark.rows = interval.rows;
    mark.now_ns = interval.now_ns;
    mark.interval_ns = interval.interval_ns;
    mark.end_unix_ns = end_unix_ns;
    mark.all = interval.all;
    marks_.push_back(mark);
}

void RingChunk::pack() {
    packed_ = true;
    for (std::size_t table = 0; table < texts_.size(); ++table) {
        sizes_[table] = texts_[table].size();
        if (!texts_[table].empty() && !compress(texts_[table])) {
            sizes_[table] = 0;  // as it is
        }
    }
}

Result<void> RingChunk::for_each(const std::function<Result<void>(const SegmentInterval&)>& visit) const {
    PerTable<std::string> unpacked;
    PerTable<std::string_view> texts;
    for (std::size_t table = 0; table < texts_.size(); ++table) {
        if (packed_ && sizes_[table] != 0) {
            unpacked[table] = TRY(decompress(texts_[table], sizes_[table]));
            texts[table] = unpacked[table];
        } else {
            texts[table] = texts_[table];
        }
    }
    PerTable<std::size_t> begins{};
    for (const Mark& mark : marks_) {
        SegmentInterval interval;
        for (std::size_t table = 0; table < texts.size(); ++table) {
            interval.texts[table] = texts[table].substr(begins[table], mark.ends[table] - begins[table]);
        }
        begins = mark.ends;
        interval.rows = mark.rows;
        interval.now_ns = mark.now_ns;
        interval.interval_ns = mark.interval_ns;
        interval.all = mark.all;
        TRY(visit(interval));
    }
    return {};
}

std::size_t RingChunk::bytes() const {
    std::size_t bytes = marks_.capacity() * sizeof(Mark);
    for (const std::string& text : texts_) {
        bytes += text.capacity();
    }
    return bytes;
}

bool RecordRing::is_full(std::uint64_t now_ns) const {
    return !newest_.empty() && now_ns - newest_.begin_ns() >= before_ns_ / kChunks;
}

bool RecordRing::needs_all(std::uint64_t now_ns) const {
    return newest_.empty() || is_full(now_ns);
}

void RecordRing::add(const SegmentInterval& interval, std::uint64_t end_unix_ns) {
    // It may be late: what ends the chunk is an interval that was made for that.
    const bool ends = is_full(interval.now_ns) && interval.all;
    newest_.add(interval, end_unix_ns);
    if (ends || (newest_.intervals() == 1 && interval.interval_ns >= before_ns_ / kChunks)) {
        newest_.pack();
        closed_.push_back(std::make_shared<const RingChunk>(std::exchange(newest_, {})));
        closed_bytes_ += closed_.back()->bytes();
    }
    const auto drop = [this] {
        closed_bytes_ -= closed_.front()->bytes();
        closed_.pop_front();
    };
    while (!closed_.empty() && closed_.front()->end_ns() + before_ns_ < interval.now_ns) {
        drop();
    }
    while (!closed_.empty() && bytes() > max_bytes_) {
        drop();
        ++dropped_;
    }
}

std::vector<std::shared_ptr<const RingChunk>> RecordRing::contents() const {
    std::vector<std::shared_ptr<const RingChunk>> all(closed_.begin(), closed_.end());
    if (!newest_.empty()) {
        all.push_back(std::make_shared<const RingChunk>(newest_));
    }
    return all;
}

std::size_t RecordRing::bytes() const {
    return closed_bytes_ + newest_.bytes();
}

}  // namespace tsa
