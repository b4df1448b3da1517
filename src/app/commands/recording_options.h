// SPDX-License-Identifier: MIT
// What all recordings of live threads have in common: those of `record`, of a key of the screens, and captures.
#pragma once

#include <cstdint>
#include <string>

#include "app/commands/thread_choice.h"
#include "record/writer.h"

namespace tsa {

/// The chosen threads, what meta.json says of the choice, and names of users. `container`: see RecordingMeta.
[[nodiscard]] RecordWriterOptions recording_options(const ThreadChoice& choice, const std::string& version,
                                                    std::uint64_t interval_ms, bool container);

}  // namespace tsa
