// SPDX-License-Identifier: MIT
// See stack_exports.h: folded stacks. Lines with the same frames are one, whichever threads they are of.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "output/stack_export_text.h"

namespace tsa {

std::string write_folded(const StackProfile& profile, const StackExportContext& context) {
    std::map<std::string, std::uint64_t> lines;
    for (const StackSum& sum : profile.sums()) {
        if (is_exported(sum, context)) {
            const std::string_view state = context.state ? std::string_view{} : info(sum.state).key;
            lines[fmt::format("{}{}{}", state, state.empty() ? "" : ";",
                              fmt::join(rooted_frames(profile, sum), ";"))] += sum.total_ns;
        }
    }
    std::string out;
    for (const auto& [frames, ns] : lines) {
        out += fmt::format("{} {}\n", frames, ns);
    }
    return out;
}

}  // namespace tsa
