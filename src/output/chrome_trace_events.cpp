// SPDX-License-Identifier: MIT
// The individual events of chrome_trace.h: the common fields, and the events other than slices and counters.
#include <fmt/format.h>

#include <array>

#include "output/chrome_trace.h"
#include "text/sanitize.h"

namespace tsa {

void ChromeTraceWriter::start_event(std::string_view phase, std::string_view name, std::uint32_t pid,
                                    std::uint32_t tid) {
    if (!first_event_) {
        buffer_.Put(',');
        buffer_.Put('\n');
    }
    first_event_ = false;
    ++progress_.events;
    json_.Reset(buffer_);
    json_.StartObject();
    put_key(json_, "ph");
    put_text(json_, phase);
    put_key(json_, "name");
    put_text(json_, name);
    put_key(json_, "pid");
    json_.Uint(pid);
    put_key(json_, "tid");
    json_.Uint(tid);
}

/// Microseconds with three decimals, so with full nanosecond precision.
void ChromeTraceWriter::put_time(std::string_view key, std::uint64_t ns) {
    constexpr std::uint64_t kNsPerUs = 1000;
    constexpr std::size_t kRoom = 32;
    std::array<char, kRoom> number{};
    const auto end = fmt::format_to_n(number.data(), number.size(), "{}.{:03}", ns / kNsPerUs, ns % kNsPerUs);
    put_key(json_, key);
    json_.RawValue(number.data(), end.size, rapidjson::kNumberType);
}

void ChromeTraceWriter::end_event() {
    json_.EndObject();
}

void ChromeTraceWriter::put_name_event(std::string_view event, std::uint32_t pid, std::uint32_t tid,
                                       std::string_view name) {
    start_event("M", event, pid, tid);
    put_key(json_, "args");
    json_.StartObject();
    put_key(json_, event == "process_labels" ? "labels" : "name");
    put_text(json_, printable(name));
    json_.EndObject();
    end_event();
}

void ChromeTraceWriter::put_instant(std::string_view name, char scope, std::uint32_t pid, std::uint32_t tid,
                                    std::uint64_t at_ns) {
    start_event("i", name, pid, tid);
    put_time("ts", at_ns);
    put_key(json_, "s");
    put_text(json_, {&scope, 1});
    end_event();
}

}  // namespace tsa
