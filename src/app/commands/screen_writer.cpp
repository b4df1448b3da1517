// SPDX-License-Identifier: MIT
// See screen_writer.h.
#include "app/commands/screen_writer.h"

#include <utility>

#include "app/commands/recording_options.h"
#include "app/host/recording_start.h"

namespace tsa {

RecordWriterOptions ScreenWriter::options(std::uint64_t interval_ms, bool container) const {
    return recording_options(choice_, options_.version, interval_ms, container);
}

Result<void> ScreenWriter::begin(RecordWriterOptions options) {
    auto writer = create_recording(std::move(options), signals_, kScreenStartPatience);
    if (!writer.ok()) {
        return writer.error();
    }
    writer_ = std::move(writer).value();
    return {};
}

}  // namespace tsa
