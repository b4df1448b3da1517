// SPDX-License-Identifier: MIT
// See order.h.
#include "tui/overview/order.h"

#include <algorithm>

#include "model/top.h"
#include "model/wait_labels.h"

namespace tsa {
namespace {

Value number(std::uint64_t value) {
    return Value{Value::Kind::integer, static_cast<std::int64_t>(value), {}};
}

}  // namespace

Value sort_value_now(const Report& report, const ThreadRow& row, std::string_view key, const Column* column) {
    if (key == kSortLatency) {
        return number(shown_delay_ns(report, row));
    }
    if (column != nullptr) {
        return column->of_thread(report, row);
    }
    if (key == kSortExecTotal) {
        return number(state_total_ns(*row.now, ThreadState::exec, report.now_ns));
    }
    if (key == kSortIo) {
        const std::optional<std::uint64_t> read = row.read_bytes();
        const std::optional<std::uint64_t> written = row.write_bytes();
        return read && written ? number(*read + *written) : Value{};
    }
    return number(latency_ns(row.state_ns));
}

Value sort_value_now(const Report& report, const ProcessRow& row, std::string_view key, const Column* column,
                     const ShownDelays& delays) {
    if (key == kSortLatency) {
        return number(delays.of(report, row));
    }
    if (column != nullptr) {
        return column->of_process != nullptr ? column->of_process(report, row) : Value{};
    }
    if (key == kSortIo) {
        const std::optional<std::uint64_t> bytes = top_value(row, TopBy::io);
        return bytes ? number(*bytes) : Value{};
    }
    return key == kSortExecTotal ? Value{} : number(latency_ns(row.state_ns));
}

void HeldOrder::start_by(std::string_view key) {
    key_ = key;
    column_ = find_column(key);
    kind_ = Kind::sum;
    if (key == kSortExecTotal || key == kCpuTime) {
        kind_ = Kind::steady;  // it only grows, and slowly
    } else if (column_ != nullptr && !is_of_interval(column_->unit)) {
        const bool changes = column_->unit == Unit::count || column_->unit == Unit::age || column_->unit == Unit::bytes;
        kind_ = changes ? Kind::latest : Kind::steady;
    }
    reset();
}

void HeldOrder::reset() {
    sorted_ = false;
    for (Slice& slice : slices_) {
        slice.end_ns = slice.length_ns = 0;
        slice.threads.clear();
        slice.processes.clear();
    }
}

void HeldOrder::collect(const Report& report) {
    added_ns_ = report.now_ns;
    delays_.update(report);
    if (kind_ != Kind::sum) {
        return;
    }
    if (slices_[newest_].length_ns >= kSliceNs) {
        newest_ = (newest_ + 1) % kSlices;
        Slice& oldest = slices_[newest_];
        oldest.length_ns = 0;
        oldest.threads.clear();
        oldest.processes.clear();
    }
    Slice& slice = slices_[newest_];
    slice.end_ns = report.now_ns;
    slice.length_ns += report.interval_ns;
    for (const ThreadRow& row : report.threads) {
        if (const Value value = sort_value_now(report, row, key_, column_); value.integer != 0) {
            slice.threads.push_back({key_of(*row.now), value.integer});
        }
    }
    for (const ProcessRow& row : report.processes) {
        if (const Value value = sort_value_now(report, row, key_, column_, delays_); value.integer != 0) {
            slice.processes.push_back({{row.tgid, 0}, value.integer});
        }
    }
}

void HeldOrder::sort(const Report& report) {
    sorted_ = true;
    sorted_at_ns_ = report.now_ns;
    threads_.clear();
    processes_.clear();
    if (kind_ == Kind::sum) {
        for (const Slice& slice : slices_) {
            if (slice.length_ns == 0 || slice.end_ns + kMeanNs <= report.now_ns) {
                continue;
            }
            for (const Amount& amount : slice.threads) {
                threads_.insert(amount.key).entry.value += amount.value;
            }
            for (const Amount& amount : slice.processes) {
                processes_.insert(amount.key).entry.value += amount.value;
            }
        }
        return;
    }
    if (kind_ == Kind::latest) {
        for (const ThreadRow& row : report.threads) {
            if (const Value value = sort_value_now(report, row, key_, column_); value.present()) {
                threads_.insert(key_of(*row.now)).entry.value = value.integer;
            }
        }
        for (const ProcessRow& row : report.processes) {
            if (const Value value = sort_value_now(report, row, key_, column_, delays_); value.present()) {
                processes_.insert({row.tgid, 0}).entry.value = value.integer;
            }
        }
    }
}

void HeldOrder::add(const Report& report, std::string_view key, std::uint64_t held_ns) {
    if (report.interval_ns == 0) {
        return;  // nothing was measured yet
    }
    if (key != key_) {
        start_by(key);
    }
    collect(report);
    if (!sorted_ || report.now_ns - std::min(sorted_at_ns_, report.now_ns) >= held_ns) {
        sort(report);
    }
}

void HeldOrder::sort_now(const Report& report, std::string_view key) {
    if (report.interval_ns == 0) {
        return;
    }
    if (key != key_ || added_ns_ != report.now_ns) {
        start_by(key);
        collect(report);
    }
    sort(report);
}

Value HeldOrder::held(const Values& values, const ThreadKey& key, const Value& now) const {
    if (kind_ == Kind::steady) {
        return now;
    }
    Value value = kind_ == Kind::sum && now.present() ? number(0) : Value{};
    values.for_each(key, [&](const HeldValue& entry) {
        value.kind = Value::Kind::integer;
        value.integer = entry.value;
    });
    return value;
}

}  // namespace tsa
