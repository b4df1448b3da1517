// SPDX-License-Identifier: MIT
// See recorded_users.h.
#include "record/recorded_users.h"

#include <sys/utsname.h>

#include "base/text_file.h"

namespace tsa {

namespace {

std::string first_line(const char* path) {
    const std::string text = read_text_file(path).value_or("");
    return text.substr(0, text.find('\n'));
}

}  // namespace

namespace {

/// Maximum number of user names; further users have only numbers.
constexpr std::size_t kMaxUsers = 4096;

}  // namespace

void RecordedUsers::note(std::span<const RecordedRow> rows) {
    for (const RecordedRow& row : rows) {
        const std::uint32_t uid = row.row->now->uid;
        // Rows of the same user are mostly adjacent.
        if (!name_ || (uid == last_uid_ && began_)) {
            continue;
        }
        last_uid_ = uid;
        began_ = true;
        if (asked_.size() >= kMaxUsers || !asked_.insert(uid).second) {
            continue;
        }
        unnamed_.push_back(uid);
        (void)name_(uid);  // the look-up begins
    }
}

void RecordedUsers::put_in(RecordingMeta& meta) {
    std::erase_if(unnamed_, [&](std::uint32_t uid) {
        std::optional<std::string> name = name_(uid);
        if (name) {
            meta.users[uid] = std::move(*name);
        }
        return name.has_value();
    });
}

void put_machine(RecordingMeta& meta) {
    meta.boot_id = first_line("/proc/sys/kernel/random/boot_id");
    meta.id = first_line("/proc/sys/kernel/random/uuid");
    utsname name{};
    if (::uname(&name) != 0) {
        return;
    }
    const auto put = [](std::string& to, const char* from) { to = to.empty() ? from : to; };
    put(meta.host, name.nodename);
    put(meta.kernel, name.release);
    put(meta.machine, name.machine);
}

}  // namespace tsa
