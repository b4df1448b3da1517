// SPDX-License-Identifier: MIT
// See thread_count.h.
#include "base/thread_count.h"

#include <sys/sysinfo.h>

#include "base/covered_file.h"
#include "base/scan.h"
#include "base/text_file.h"

namespace tsa {

std::optional<std::uint32_t> parse_thread_count(std::string_view proc_loadavg) {
    std::optional<std::string_view> line = next_line(proc_loadavg);
    if (!line) {
        return std::nullopt;
    }
    for (int average = 0; average < 3; ++average) {
        (void)next_field(*line);
    }
    const std::string_view running_of_all = next_field(*line);
    const std::size_t slash = running_of_all.find('/');
    return slash == std::string_view::npos ? std::nullopt : number<std::uint32_t>(running_of_all.substr(slash + 1));
}

std::optional<std::uint32_t> read_thread_count(const std::string& root) {
    const std::string path = root + "/proc/loadavg";
    if (is_covered(path.c_str())) {
        struct sysinfo info {};
        return ::sysinfo(&info) == 0 ? std::optional<std::uint32_t>(info.procs) : std::nullopt;
    }
    const std::optional<std::string> text = read_text_file(path);
    return text ? parse_thread_count(*text) : std::nullopt;
}

}  // namespace tsa
