// What `stat -- CMD` knows at the end beside the report: how the command ended, and the whole lives of all its threads
// added up. Filled by src/app, written by the outputs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/tally.h"

namespace tsa {

struct CommandSummary {
    std::vector<std::string> argv;
    std::uint64_t elapsed_ns = 0;     ///< from its start to its end
    std::optional<int> exit_code;     ///< absent: killed by a signal, or still running
    std::optional<int> signal;        ///< that killed it
    std::uint64_t user_ns = 0;        ///< getrusage of it and of the children that it waited for
    std::uint64_t system_ns = 0;      ///< the same
    std::uint64_t still_running = 0;  ///< threads of it that outlived it
    std::uint64_t folded = 0;         ///< ended threads that are in the sums only, not listed one by one
    TallyGroup total;
    std::vector<TallyGroup> groups;
};

}  // namespace tsa
