// SPDX-License-Identifier: MIT
// See process_look.h.
#include "peers/process_look.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/directory.h"
#include "base/fd.h"
#include "base/scan.h"
#include "base/task_identity.h"
#include "peers/label_reader.h"
#include "peers/label_text.h"
#include "peers/proc_files.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

/// Environments and lists of locks are cut there.
constexpr std::size_t kMostBytes = std::size_t{4} << 20U;

std::string path_of(std::uint32_t tgid, std::string_view file) {
    return fmt::format("/proc/{}/{}", tgid, file);
}

/// 0 or an errno.
int read_file(const std::string& path, std::string& out) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
        return errno;
    }
    constexpr std::size_t kStep = 65536;
    out.clear();
    while (out.size() < kMostBytes) {
        const std::size_t before = out.size();
        out.resize(before + kStep);
        const ssize_t got = ::read(file.get(), out.data() + before, kStep);
        const int error = errno;
        out.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got <= 0) {
            return got < 0 ? error : 0;
        }
    }
    return 0;
}

/// Why a file of the process could not be read.
std::string problem_text(std::string_view what, int error) {
    const bool denied = error == EACCES || error == EPERM;
    return fmt::format(
        "{}: {}{}", what, strerrordesc_np(error),
        denied ? "; those of other users' processes need root, or cap_sys_ptrace and cap_dac_read_search" : "");
}

void add_row(ProcessLook& out, std::vector<std::string> cells) {
    if (out.rows.size() < kMaxLookRows) {
        out.rows.push_back(std::move(cells));
    } else {
        ++out.left_out;
    }
}

/// Ascending; absent with a problem in `out`: it cannot be read.
std::optional<std::vector<std::int32_t>> descriptors_of(std::uint32_t tgid, ProcessLook& out) {
    const Directory folder(::opendir(path_of(tgid, "fd").c_str()));
    if (folder == nullptr) {
        out.problem = problem_text("its descriptors", errno);
        return std::nullopt;
    }
    std::vector<std::int32_t> found;
    while (const dirent* entry = ::readdir(folder.get())) {
        if (const auto fd = number<std::int32_t>(entry->d_name)) {
            found.push_back(*fd);
        }
    }
    std::ranges::sort(found);
    return found;
}

/// The lines of fdinfo that rows have.
struct Opened {
    std::string position, mode;
    std::vector<LockLine> locks;  ///< views into `text`
    std::string text;
};

void read_opened(std::uint32_t tgid, std::int32_t fd, Opened& out) {
    out.position.clear();
    out.mode.clear();
    out.locks.clear();
    if (read_file(path_of(tgid, fmt::format("fdinfo/{}", fd)), out.text) != 0) {
        return;
    }
    std::string_view rest = out.text;
    while (const auto line = next_line(rest)) {
        std::string_view fields = *line;
        const std::string_view key = next_field(fields);
        if (key == "pos:") {
            out.position = std::string(next_field(fields));
        } else if (key == "flags:") {
            constexpr int kOctal = 8;
            const std::string text(next_field(fields));
            out.mode = mode_text(static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, kOctal)));
        } else if (key == "lock:") {
            if (const auto lock = parse_lock(fields)) {
                out.locks.push_back(*lock);
            }
        }
    }
}

std::string name_of(std::uint32_t tgid) {
    std::string text;
    if (read_file(path_of(tgid, "comm"), text) != 0 || text.empty()) {
        return {};
    }
    text.pop_back();
    return text;
}

/// Looks up what descriptors of one process are about.
class Describer {
  public:
    Describer(std::uint32_t tgid, std::uint64_t until_ns) : tgid_(tgid), until_ns_(until_ns) { reader_.begin(); }

    /// "tcp 127.0.0.1:5432 (postgres 1479)"; empty: nothing beyond its type.
    std::string describe(const FileLink& link, std::int32_t fd) {
        if (link.type != FileType::socket && link.type != FileType::pipe) {
            return {};
        }
        LabelQuery query;
        query.tid = query.tgid = tgid_;
        query.subject.kind = SubjectKind::descriptor;
        query.subject.fd = fd;
        query.subject.writes = link.type == FileType::pipe && !ProcFiles::is_readable(tgid_, fd);
        query.since_ns = since_ns_;
        LabelAnswer answer;
        reader_.answer(query, until_ns_, answer);
        answer.too_slow = false;  // of a wait, and it is not known whether anything waits
        const std::string peer = answer.peer_tgid != 0 ? name_of(answer.peer_tgid) : std::string();
        return printable(compose_label(answer, tgid_, peer).view());
    }

  private:
    std::uint32_t tgid_;
    std::uint64_t until_ns_;
    std::uint64_t since_ns_ = clock_ns(CLOCK_MONOTONIC);
    LabelReader reader_;
};

std::string_view type_of(const FileLink& link) {
    return link.type == FileType::other && !link.name.empty() ? link.name : type_name(link.type, false);
}

void read_files(const LookTopic& topic, std::uint64_t until_ns, ProcessLook& out) {
    const auto descriptors = descriptors_of(topic.tgid, out);
    if (!descriptors) {
        return;
    }
    ProcFiles files;
    Opened opened;
    Describer describer(topic.tgid, until_ns);
    for (const std::string_view place : {"cwd", "root", "exe"}) {
        const std::string target(files.link(topic.tgid, std::string(place).c_str()));
        if (!target.empty()) {
            add_row(out, {std::string(place), "file", "", "", printable(target)});
        }
    }
    for (const std::int32_t fd : *descriptors) {
        const std::string target(files.link(topic.tgid, fd));
        if (target.empty()) {
            continue;  // closed meanwhile
        }
        const FileLink link = parse_link(target);
        read_opened(topic.tgid, fd, opened);
        const std::string about = describer.describe(link, fd);
        const bool has_position = link.type == FileType::file;
        add_row(out, {fmt::format("{}", fd), printable(type_of(link)), opened.mode,
                      has_position ? opened.position : std::string(), about.empty() ? printable(target) : about});
    }
}

void read_environment(const LookTopic& topic, ProcessLook& out) {
    std::string text;
    if (const int error = read_file(path_of(topic.tgid, "environ"), text); error != 0) {
        out.problem = problem_text("its environment", error);
        return;
    }
    add_variables(text, out);
    if (text.size() >= kMostBytes) {
        out.problem = "the environment is longer than 4 MiB: its end is missing";
    }
}

/// "0-99", "all".
std::string range_text(const LockLine& lock) {
    return lock.begin == "0" && lock.end == "EOF"
               ? "all"
               : fmt::format("{}-{}", lock.begin, lock.end == "EOF" ? "end" : lock.end);
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

std::string lock_type(const LockLine& lock) {
    return lock.type == "POSIX" ? "fcntl" : lock.type == "OFDLCK" ? "fcntl, open file" : lower(lock.type);
}

std::string process_text(std::int64_t tgid) {
    if (tgid <= 0) {
        return "an open file";
    }
    const std::string name = name_of(static_cast<std::uint32_t>(tgid));
    return name.empty() ? fmt::format("{}", tgid) : fmt::format("{} {}", tgid, printable(name));
}

bool is_same(const LockLine& left, const LockLine& right) {
    return left.file == right.file && left.type == right.type && left.begin == right.begin && left.end == right.end &&
           left.pid == right.pid;
}

/// ", 2 wait: 4711 psql, 4712 psql".
std::string waiters_text(const LockLine& lock, std::string_view all) {
    constexpr std::size_t kNamed = 3;
    std::string names;
    std::size_t count = 0;
    std::string_view number;
    while (const auto line = next_lock(all)) {
        if (!line->waits) {
            number = is_same(*line, lock) ? line->number : std::string_view{};
        } else if (!number.empty() && line->number == number) {
            names += ++count <= kNamed ? (names.empty() ? "" : ", ") + process_text(line->pid) : "";
        }
    }
    return count == 0 ? std::string() : fmt::format(", {} wait: {}{}", count, names, count > kNamed ? " ..." : "");
}

/// A lock that the process waits for: whose it is.
void add_waits(std::uint32_t tgid, std::string_view all, ProcessLook& out) {
    LockLine holder;
    while (const auto lock = next_lock(all)) {
        if (!lock->waits) {
            holder = *lock;
        } else if (lock->pid == std::int64_t{tgid}) {
            const bool known = holder.number == lock->number;
            add_row(out, {lock_type(*lock), lower(lock->mode), range_text(*lock), "",
                          known ? "waits for " + process_text(holder.pid) : std::string("waits"),
                          fmt::format("inode {} on {}:{}", lock->file.inode, lock->file.major, lock->file.minor)});
        }
    }
}

void read_locks(const LookTopic& topic, ProcessLook& out) {
    std::string all;
    if (const int error = read_file("/proc/locks", all); error != 0) {
        out.problem = problem_text("/proc/locks", error);
    }
    const auto descriptors = descriptors_of(topic.tgid, out);
    if (!descriptors) {
        return;
    }
    add_waits(topic.tgid, all, out);
    ProcFiles files;
    Opened opened;
    for (const std::int32_t fd : *descriptors) {
        read_opened(topic.tgid, fd, opened);
        for (const LockLine& lock : opened.locks) {
            const bool is_other = lock.pid > 0 && lock.pid != std::int64_t{topic.tgid};
            add_row(out, {lock_type(lock), lower(lock.mode), range_text(lock), fmt::format("{}", fd),
                          (is_other ? "held, taken by " + process_text(lock.pid) : std::string("held")) +
                              waiters_text(lock, all),
                          printable(files.link(topic.tgid, fd))});
        }
    }
}

}  // namespace

std::string mode_text(std::uint32_t flags) {
    if ((flags & O_PATH) != 0) {
        return "path";
    }
    const std::uint32_t access = flags & O_ACCMODE;
    std::string text = access == O_RDONLY ? "r" : access == O_WRONLY ? "w" : "rw";
    text += (flags & O_APPEND) != 0 ? "a" : "";
    text += (flags & O_CLOEXEC) != 0 ? "x" : "";
    return text;
}

void add_variables(std::string_view environment, ProcessLook& out) {
    while (!environment.empty()) {
        const std::size_t end = std::min(environment.find('\0'), environment.size());
        const std::string_view variable = environment.substr(0, end);
        environment.remove_prefix(std::min(end + 1, environment.size()));
        if (variable.empty()) {
            continue;  // what a program that writes its title there left behind
        }
        const std::size_t equals = std::min(variable.find('='), variable.size());
        add_row(out, {printable(variable.substr(0, equals)),
                      printable(variable.substr(std::min(equals + 1, variable.size())))});
    }
}

ProcessLook read_look(const LookTopic& topic, std::uint64_t until_ns) {
    ProcessLook out;
    out.topic = topic;
    switch (topic.kind) {
        case LookKind::files:
            read_files(topic, until_ns, out);
            break;
        case LookKind::environment:
            read_environment(topic, out);
            break;
        case LookKind::locks:
            read_locks(topic, out);
            break;
    }
    // What was read may be of a later process with its ID.
    if (!task_exists(topic.tgid, topic.start_time_ns)) {
        out.ended = true;
        out.rows.clear();
        out.left_out = 0;
        out.problem.clear();
    }
    return out;
}

}  // namespace tsa
