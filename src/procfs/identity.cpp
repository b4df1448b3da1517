// SPDX-License-Identifier: MIT
// See identity.h.
#include "procfs/identity.h"

#include <algorithm>

#include "base/scan.h"
#include "base/text_file.h"

namespace tsa {
namespace {

// The kernel writes a newline in a name as \n and a backslash as \\.
std::string unescape_name(std::string_view text) {
    std::string name;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            ++i;
            name += text[i] == 'n' ? '\n' : text[i];
        } else {
            name += text[i];
        }
    }
    return name;
}

}  // namespace

std::optional<TaskStatus> parse_status(std::string_view proc_status) {
    std::optional<std::string> name;
    std::optional<std::uint32_t> tid;
    std::optional<std::uint32_t> tgid;
    std::optional<std::uint32_t> parent_tgid;
    std::optional<std::uint32_t> uid;
    std::string_view state;
    while (std::optional<std::string_view> line = next_line(proc_status)) {
        const std::size_t colon = line->find(":\t");
        if (colon == std::string_view::npos) {
            continue;
        }
        const std::string_view key = line->substr(0, colon);
        std::string_view value = line->substr(colon + 2);
        if (key == "Name") {
            name = unescape_name(value);
        } else if (key == "State") {
            state = next_field(value);
        } else if (key == "Tgid") {
            tgid = number<std::uint32_t>(next_field(value));
        } else if (key == "Pid") {
            tid = number<std::uint32_t>(next_field(value));
        } else if (key == "PPid") {
            parent_tgid = number<std::uint32_t>(next_field(value));
        } else if (key == "Uid") {  // real, effective, saved, file system
            (void)next_field(value);
            uid = number<std::uint32_t>(next_field(value));
        }
    }
    if (!name || !tid || !tgid || !parent_tgid || !uid || state.size() != 1) {
        return std::nullopt;
    }
    return TaskStatus{*tid, *tgid, *parent_tgid, *uid, state[0], std::move(*name)};
}

std::string join_cmdline(std::string_view proc_cmdline) {
    // A program that sets its own title (setproctitle) pads it with NULs.
    const std::size_t last = proc_cmdline.find_last_not_of('\0');
    std::string joined(proc_cmdline.substr(0, last == std::string_view::npos ? 0 : last + 1));
    std::ranges::replace(joined, '\0', ' ');
    return joined;
}

std::optional<TaskStatus> ProcFs::status(std::uint32_t tid) const {
    const std::optional<std::string> text = read_text_file(root_ + "/proc/" + std::to_string(tid) + "/status");
    return text ? parse_status(*text) : std::nullopt;
}

std::optional<std::string> ProcFs::cmdline(std::uint32_t tgid) const {
    const std::optional<std::string> text = read_text_file(root_ + "/proc/" + std::to_string(tgid) + "/cmdline");
    return text ? std::optional(join_cmdline(*text)) : std::nullopt;
}

}  // namespace tsa
