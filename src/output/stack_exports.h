// SPDX-License-Identifier: MIT
// The time by stack of a recording in the formats of other programs. Pure: text or bytes out; the caller writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/stack_profile.h"

namespace tsa {

struct StackExportContext {
    std::optional<ThreadState> state;  ///< only this one
    std::string title;                 ///< name of the recording
    std::uint64_t begin_unix_ns = 0;
    std::uint64_t duration_ns = 0;
};

/// For flamegraph.pl and others: a line for each stack, "name;outermost;...;innermost nanoseconds"; without
/// `context.state` the state's key comes before the name.
[[nodiscard]] std::string write_folded(const StackProfile& profile, const StackExportContext& context);
/// For speedscope.app: a profile for each state, in nanoseconds.
[[nodiscard]] std::string write_speedscope(const StackProfile& profile, const StackExportContext& context);
/// For pprof: a gzipped profile.proto with a sample type for each state, in nanoseconds; each sample has the label
/// "thread". Error: out of memory.
Result<std::string> write_pprof(const StackProfile& profile, const StackExportContext& context);

}  // namespace tsa
