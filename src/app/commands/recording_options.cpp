// SPDX-License-Identifier: MIT
// See recording_options.h.
#include "app/commands/recording_options.h"

#include "procfs/user_names.h"

namespace tsa {

RecordWriterOptions recording_options(const ThreadChoice& choice, const std::string& version, std::uint64_t interval_ms,
                                      bool container) {
    RecordWriterOptions wanted;
    wanted.filter = choice.filter;
    wanted.meta.version = version;
    wanted.meta.interval_ms = interval_ms;
    wanted.meta.container = container;
    wanted.meta.filters = choice.words;
    wanted.user_name = names_of_users();
    return wanted;
}

}  // namespace tsa
