// SPDX-License-Identifier: MIT
// See screen_recorder.h.
#include "app/commands/screen_recorder.h"

#include <fmt/format.h>

#include <ctime>

#include "base/clock.h"
#include "base/local_time.h"
#include "text/units.h"

namespace tsa {

namespace {

std::string directory_of_now() {
    const std::optional<std::tm> local = local_time(std::time(nullptr));
    std::array<char, 32> text{};
    const std::size_t size = local ? std::strftime(text.data(), text.size(), "%Y%m%d-%H%M%S", &*local) : 0;
    return fmt::format("rstat-tsa-{}", std::string_view(text.data(), size));
}

}  // namespace

ScreenRecorder::~ScreenRecorder() {
    if (active()) {
        finish("the screens were closed");
    }
}

ActionResult ScreenRecorder::start(std::uint64_t interval_ms, bool container) {
    RecordWriterOptions wanted = writer_.options(interval_ms, container);
    wanted.directory = directory_ = directory_of_now();
    if (const auto begun = writer_.begin(std::move(wanted)); !begun.ok()) {
        return {fmt::format("cannot record: {}", begun.error().text()), true};
    }
    return {fmt::format("recording to {}; R ends it", directory_), false};
}

std::optional<ActionResult> ScreenRecorder::add(const Report& report, const std::string& why) {
    if (!active()) {
        return std::nullopt;
    }
    if (const auto added = writer_->add(report, !why.empty()); !added.ok()) {
        ActionResult failed{fmt::format("recording ended: {}", added.error().text()), true};
        finish(added.error().message);
        return failed;
    }
    return why.empty() ? std::nullopt : finish(why);
}

std::optional<ActionResult> ScreenRecorder::finish(const std::string& why) {
    RecordingEnd end;
    end.why = why;
    const Result<void> done = writer_->finish(std::move(end));
    const RecordProgress progress = writer_->progress();
    writer_.close();
    if (!done.ok()) {
        return ActionResult{fmt::format("recording ended: {}", done.error().text()), true};
    }
    return ActionResult{fmt::format("recorded {} intervals, {}: rstat-tsa replay {}", progress.intervals,
                                    bytes_text(progress.bytes).view(), directory_),
                        false};
}

}  // namespace tsa
