// SPDX-License-Identifier: MIT
// See interval_text.h.
#include "record/interval_text.h"

namespace tsa {

IntervalText::IntervalText(const RecordWriterOptions& options)
    : picker_(options.filter, options.quiet_limit_ns), text_(options.meta.taskstats) {
    text_.put_header();
    headers_[index(RecordedTable::threads)] = text_.text();
    headers_[index(RecordedTable::system)] = system_text_.header();
    headers_[index(RecordedTable::processes)] = ProcessLineWriter::header();
    if (options.stacks) {
        headers_[index(RecordedTable::stacks)] = StackLineWriter::stacks_header();
        headers_[index(RecordedTable::waits)] = StackLineWriter::waits_header();
    }
    if (options.wakers) {
        headers_[index(RecordedTable::wakers)] = header_line(kWakerColumns);
    }
    if (options.neighbors) {
        headers_[index(RecordedTable::neighbors)] = header_line(kNeighborColumns);
    }
}

SegmentInterval IntervalText::put(const Report& report, bool all, bool last, const IntervalExtras& extras) {
    rows_ = picker_.pick(report, all);
    text_.clear();
    for (const RecordedRow& row : rows_) {
        text_.put(report, row);
    }
    SegmentInterval interval;
    stack_text_.put(report, extras.waits, all);
    interval.texts[index(RecordedTable::threads)] = text_.text();
    interval.texts[index(RecordedTable::system)] = system_text_.line(report, rows_.size());
    interval.texts[index(RecordedTable::stacks)] = stack_text_.stacks();
    interval.texts[index(RecordedTable::waits)] = stack_text_.waits();
    process_text_.put(report, rows_, all);
    interval.texts[index(RecordedTable::processes)] = process_text_.text();
    if (extras.wakers != nullptr) {
        interval.texts[index(RecordedTable::wakers)] = waker_text_.put(report, rows_, *extras.wakers);
    }
    if (extras.neighbors != nullptr) {
        interval.texts[index(RecordedTable::neighbors)] = neighbor_text_.put(report, *extras.neighbors);
    }
    interval.rows = rows_.size();
    interval.now_ns = report.now_ns;
    interval.interval_ns = report.interval_ns;
    interval.all = all;
    interval.last = last;
    return interval;
}

}  // namespace tsa
